import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { until } from "../support/until.ts";
import { ADMIN, type CallOptions, playgroundCredential, startTestServer, type TestServer } from "./start.ts";

let server: TestServer;
let opportunity: string;
let user: string;

beforeAll(async () => {
  server = await startTestServer();
  const world = server.playground?.playground.world;
  opportunity = world?.opportunities.rows[0]?.id as string;
  user = world?.users.rows.find(({ deactivatedAt }) => deactivatedAt === null)?.id as string;
  await call("POST", "/credentials", { body: { ...playgroundCredential("main"), defaultPerformAs: user } });
});
afterAll(() => server?.close());

const call = (method: string, path: string, options: CallOptions = {}) =>
  server.call(method, `/api/v1${path}`, { key: ADMIN, ...options });

/** Reads an opportunity and writes a tag to it, both named by the run's input. */
function writeBack(name: string, more: object = {}) {
  const common = { kind: "operation", connector: "lever", credential: "main" };
  return {
    name,
    title: "Write back",
    trigger: {
      type: "api",
      input: {
        type: "object",
        required: ["opportunity", "tag"],
        properties: { opportunity: { type: "string" }, tag: { type: "string", maxLength: 30 } },
        additionalProperties: false,
      },
    },
    steps: [
      {
        ...{ id: "find", title: "Read the opportunity", ...common, operation: "retrieve_opportunity" },
        input: { opportunity_id: "{{ trigger.input.opportunity }}" },
      },
      {
        ...{ id: "tag", title: "Write the outcome", ...common, operation: "add_opportunity_tags" },
        input: { opportunity_id: "{{ steps.find.output.data.id }}", tags: ["{{ trigger.input.tag }}"] },
      },
    ],
    ...more,
  };
}

async function published(name: string, more: object = {}): Promise<string> {
  const { id } = (await call("POST", "/workflows", { body: writeBack(name, more) })).body;
  expect((await call("POST", `/workflows/${id}/publish`)).status).toBe(200);
  return id;
}

const tagged = (tag: string) =>
  server.playground?.playground.ledger.since(0).filter(({ changed }) => changed?.includes(tag)).length;

describe("a workflow that a call starts", () => {
  it("is created, published and run to its end, with its effect at the service", async () => {
    const created = await call("POST", "/workflows", { body: writeBack("first") });
    expect(created).toMatchObject({ status: 201, body: { name: "first", status: "draft", published: null, version: 1 } });
    expect((await call("POST", "/workflows/first/publish")).body).toMatchObject({ version: 1, publishedBy: "admin_token" });
    const body = { input: { opportunity, tag: "Verified by a run" } };
    const run = await call("POST", "/workflows/first/runs?wait=20", { body });
    expect(run.body).toMatchObject({
      ...{ status: "succeeded", workflow: created.body.id, version: 1, owner: null, error: null, waitingFor: null },
      steps: [
        { id: "find", status: "succeeded", attempts: 1, output: { data: { id: opportunity } } },
        { id: "tag", status: "succeeded", attempts: 1, input: { tags: ["Verified by a run"] } },
      ],
    });
    expect(run.status).toBe(200);
    expect(tagged("Verified by a run")).toBe(1);
    expect((await call("GET", `/runs/${run.body.id}`)).body).toEqual(run.body);
  });

  it("is told to whoever asks what uses its credential, by nickname or id", async () => {
    const { body } = await call("POST", "/credentials", {
      body: { ...playgroundCredential("asked for"), defaultPerformAs: user },
    });
    const steps = writeBack("x").steps.map((step) => ({ ...step, credential: "asked for" }));
    const id = await published("uses-it", { steps });
    const usage = async () => (await call("GET", `/credentials/${body.id}/usage`)).body.workflows;
    expect(await usage()).toEqual([{ id, name: "uses-it", title: "Write back" }]);
    // What was published stays used, whatever the draft says and the credential is called.
    await call("PUT", `/workflows/${id}`, { body: writeBack("uses-it") });
    await call("PATCH", `/credentials/${body.id}`, { body: { nickname: "renamed" } });
    expect(await usage()).toEqual([{ id, name: "uses-it", title: "Write back" }]);
    await call("POST", `/workflows/${id}/publish`);
    expect(await usage()).toEqual([]);
  });

  it("answers at once with the run, and goes on by itself", async () => {
    await published("at-once");
    const body = { input: { opportunity, tag: "At once" } };
    const started = await call("POST", "/workflows/at-once/runs", { body });
    expect(started.status).toBe(202);
    expect(started.headers.get("location")).toBe(`/api/v1/runs/${started.body.id}`);
    await until(async () => (await call("GET", `/runs/${started.body.id}`)).body.status === "succeeded");
    expect(tagged("At once")).toBe(1);
  });

  it("starts one run for one Idempotency-Key, and refuses the key with another input", async () => {
    await published("once");
    const start = (tag: string) =>
      call("POST", "/workflows/once/runs?wait=20", {
        headers: { "idempotency-key": "the-same" },
        body: { input: { opportunity, tag } },
      });
    const [first, second] = await Promise.all([start("Once"), start("Once")]);
    expect(second?.body.id).toBe(first?.body.id);
    const third = await start("Once");
    expect([third.body.id, third.headers.get("idempotent-replayed")]).toEqual([first?.body.id, "true"]);
    expect(tagged("Once")).toBe(1);
    expect(await start("Twice")).toMatchObject({ status: 422, body: { code: "idempotency_key_reused" } });
  });

  it("says which field of the input is wrong, and starts nothing", async () => {
    await published("checked");
    const before = (await call("GET", "/runs")).body.data.length;
    const start = (body: object) => call("POST", "/workflows/checked/runs", { body });
    const pointers = async (body: object) => (await start(body)).body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(await pointers({})).toEqual(["/input/opportunity", "/input/tag"]);
    expect(await pointers({ input: { opportunity } })).toEqual(["/input/tag"]);
    expect((await pointers({ input: { opportunity: 7, tag: "x", more: true } })).sort()).toEqual([
      "/input/more",
      "/input/opportunity",
    ]);
    expect((await call("GET", "/runs")).body.data).toHaveLength(before);
  });
});
