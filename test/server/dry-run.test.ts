import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { DryRunStep } from "../../schemas/types/index.ts";
import { ADMIN, playgroundCredential, startTestServer, type TestServer } from "./start.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  const user = world().users.rows.find(({ deactivatedAt }) => deactivatedAt === null)?.id;
  await call("POST", "/credentials", { ...playgroundCredential("main"), defaultPerformAs: user });
  await call("POST", "/destinations", { name: "inbox", url: `${server.playground?.url}/inbox` });
});
afterAll(() => server?.close());

const call = (method: string, path: string, body?: unknown, key = ADMIN) => server.call(method, `/api/v1${path}`, { key, body });
const playground = () => (server.playground as NonNullable<TestServer["playground"]>).playground;
const world = () => playground().world;
const opportunity = (at: number, tags: string[]) =>
  Object.assign(world().opportunities.rows[at] as { id: string; tags: readonly string[] }, { tags });
const lever = { kind: "operation", connector: "lever", credential: "main" };

function flow(steps: object[], more: object = {}) {
  return {
    name: "tried",
    title: "Tried",
    trigger: { type: "api" },
    steps: steps.map((step) => ({ title: "Step", ...step })),
    ...more,
  };
}

async function tried(steps: object[], more: object = {}, definition: object = {}) {
  const before = playground().ledger.since(0).length;
  const { status, body } = await call("POST", "/workflows/dry-run", { definition: flow(steps, definition), ...more });
  // Whatever is tried: nothing is changed at the service, nothing sent, and no run kept.
  expect([status, playground().ledger.since(0).length, playground().inbox.list()]).toEqual([200, before, []]);
  expect((await call("GET", "/runs")).body.data).toEqual([]);
  return body as { status: string; steps: DryRunStep[] };
}

const add = (id: string, tags: string[]) => ({
  id: "add",
  ...lever,
  operation: "add_opportunity_tags",
  input: { opportunity_id: id, tags },
});
const remove = (id: string, tags: string[]) => ({ ...add(id, tags), id: "remove", operation: "remove_opportunity_tags" });
const read = (id: string, step = "read") => ({
  id: step,
  ...lever,
  operation: "retrieve_opportunity",
  input: { opportunity_id: id },
});

it("tells each request and how tags would change, and later steps see it, though nothing is sent", async () => {
  const { id } = opportunity(0, ["Berlin", "Needs Review", "Relocation"]);
  const asks = { id: "ask", kind: "approval", message: "Has {{ steps.read.output.data.tags | join: ', ' }}" };
  const { status, steps } = await tried([add(id, ["Verified", "Berlin"]), remove(id, ["Needs Review", "Other"]), read(id), asks]);
  expect(status).toBe("succeeded");
  expect(steps.map(({ step, outcome, diff, request, message }) => [step, outcome, diff ?? message, request?.method])).toEqual([
    ["add", "would_write", { field: "tags", added: ["Verified"], removed: [], untouched: 3 }, "POST"],
    ["remove", "would_write", { field: "tags", added: [], removed: ["Needs Review"], untouched: 3 }, "POST"],
    ["read", "read", undefined, "GET"],
    ["ask", "would_ask", "Has Berlin, Relocation, Verified", undefined],
  ]);
  expect(steps[0]?.request).toMatchObject({
    url: expect.stringContaining(`/opportunities/${id}/addTags?perform_as=`),
    body: { tags: ["Verified", "Berlin"] },
  });
  expect(JSON.stringify(steps)).not.toContain("authorization");
});

it("tries the first items of all pages, and says that there are more, or that these are all", async () => {
  for (const at of [1, 2, 3, 4]) opportunity(at, ["Sweep"]);
  const over = { connector: "lever", operation: "list_opportunities", credential: "main", input: { tag: ["Sweep"], limit: 1 } };
  const sweep = { ...remove("{{ item.id }}", ["Sweep"]), forEach: over };
  const some = await tried([sweep], { items: 2 });
  expect(some.steps.map(({ item, outcome, diff, tried: count, of }) => [item ?? outcome, diff?.removed ?? [count, of]])).toEqual([
    [1, ["Sweep"]],
    [2, ["Sweep"]],
    ["repeated", [2, null]],
  ]);
  expect((await tried([sweep], { items: 100 })).steps.at(-1)).toMatchObject({ tried: 4, of: 4 });
  const list = {
    ...read("{{ item }}"),
    forEach: {
      items: world()
        .opportunities.rows.slice(0, 5)
        .map(({ id }) => id),
    },
  };
  expect((await tried([list])).steps.at(-1)).toMatchObject({ outcome: "repeated", tried: 3, of: 5 });
});

it("sends no message and waits for nothing, and says what it would", async () => {
  const send = { id: "send", kind: "send", destination: "inbox", body: { at: "{{ trigger.scheduledAt }}" } };
  const schedule = { trigger: { type: "schedule", cron: "0 7 * * *", timezone: "UTC" } };
  const { steps } = await tried([send, { id: "wait", kind: "wait", for: "7d" }], {}, schedule);
  expect(steps).toEqual([
    { step: "send", outcome: "would_send", input: { at: expect.stringMatching(/^\d{4}-/) } },
    { step: "wait", outcome: "would_wait", until: expect.stringMatching(/^\d{4}-/) },
  ]);
});

it("ends as the run would: at a step that fails, or behind it where the workflow goes on", async () => {
  const nobody = "00000000-0000-4000-8000-000000000000";
  const after = { id: "after", kind: "wait", for: "1d" };
  const failed = await tried([read(nobody), after]);
  expect([failed.status, failed.steps.map(({ outcome, error }) => error?.code ?? outcome)]).toEqual([
    "failed",
    ["upstream_not_found"],
  ]);
  const ahead = await tried([{ ...read(nobody), onError: "continue" }, after]);
  expect([ahead.status, ahead.steps.map(({ outcome }) => outcome)]).toEqual(["succeeded", ["failed", "would_wait"]]);
  const unknown = await tried([{ ...read(nobody), credential: "man" }]);
  expect(unknown.steps).toMatchObject([{ outcome: "failed", error: { code: "not_found" } }]);
  const owner = await tried([{ ...read(nobody), credential: "owner" }], { owner: "alice" });
  expect(owner.steps[0]?.error?.message).toContain("alice has no credential");
});

it("holds the input to the trigger's schema, and tries a saved draft for callers who may read from the service", async () => {
  const { id } = opportunity(5, []);
  const input = { type: "object", required: ["id"], properties: { id: { type: "string", "x-id": "opportunity" } } };
  const definition = flow([read("{{ trigger.input.id }}")], { trigger: { type: "api", input } });
  expect((await call("POST", "/workflows/dry-run", { definition, input: {} })).body).toMatchObject({
    status: 422,
    errors: [{ pointer: "/input/id" }],
  });
  const broken = { ...definition, steps: [definition.steps[0], definition.steps[0]] };
  expect((await call("POST", "/workflows/dry-run", { definition: broken })).body.errors[0].pointer).toBe(
    "/definition/steps/1/id",
  );
  const saved = (await call("POST", "/workflows", definition)).body.id;
  const done = await call("POST", `/workflows/${saved}/dry-run`, { input: { id } });
  expect(done.body).toMatchObject({ status: "succeeded", steps: [{ step: "read", output: { data: { id } } }] });
  const reader = await server.key("default", "workflows:read", "workflows:run");
  const refused = await call("POST", `/workflows/${saved}/dry-run`, { input: { id } }, reader);
  expect(refused.body).toMatchObject({ status: 403, code: "forbidden", details: { scope: "operations:read" } });
});
