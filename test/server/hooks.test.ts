import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import type { Workflow } from "../../schemas/types/index.ts";
import { Secret } from "../../sealing/secret.ts";
import { runCli } from "../cli/run-cli.ts";
import { accessTo } from "../support/access.ts";
import { until } from "../support/until.ts";
import { ADMIN, playgroundCredential, startTestServer, type TestServer } from "./start.ts";

jest.setTimeout(120_000);

const SECRET = "wbhsec_of-the-test";
const access = accessTo("default");

let server: TestServer;
let opportunity: string;

beforeAll(async () => {
  server = await startTestServer({ hooks: { bodyMs: 300 } });
  const world = server.playground?.playground.world;
  opportunity = [...(world?.opportunityById.keys() ?? [])][0] as string;
  const user = world?.users.rows.find(({ deactivatedAt }) => deactivatedAt === null)?.id as string;
  await api("POST", "/credentials", { ...playgroundCredential("main"), defaultPerformAs: user });
});
afterAll(() => server?.close());

const api = (method: string, path: string, body?: unknown) => server.call(method, `/api/v1${path}`, { key: ADMIN, body });
const sample = () => {
  const preset = server.services.triggers.presetOf({ preset: "persona", definition: null });
  return structuredClone(preset?.sample?.body) as { data: { id: string; attributes: Attributes } };
};
interface Attributes {
  name: string;
  payload: { data: { attributes: Record<string, unknown> } };
}
function signed(body: string, secret = SECRET, atS = Math.floor(Date.now() / 1000)): Record<string, string> {
  const v1 = createHmac("sha256", secret).update(`${atS}.${body}`).digest("hex");
  return { "persona-signature": `t=${atS},v1=${v1}` };
}
const deliver = (endpoint: string, body: string, headers: Record<string, string> = signed(body)) =>
  server.call("POST", `/hooks/${endpoint}`, { headers, body });

function eventOf(id: string, name = "inquiry.approved", reference: unknown = opportunity): string {
  const event = sample();
  event.data.id = id;
  event.data.attributes.name = name;
  event.data.attributes.payload.data.attributes["reference-id"] = reference;
  return JSON.stringify(event);
}

async function persona(name: string) {
  const created = await api("POST", "/endpoints", { name, preset: "persona", settings: { secret: SECRET } });
  expect([created.status, created.body.secret]).toEqual([201, null]);
  return created.body as { id: string; url: string };
}

async function published(name: string, endpoint: string, more: object = {}, credential = "main"): Promise<string> {
  const tag = "{{ trigger.verification.outcome | choose: approved: 'Verified', declined: 'Failed', else: 'Needs Review' }}";
  const at = { connector: "lever", credential };
  const definition = {
    ...{ name, title: "Write back", trigger: { type: "webhook", endpoint, ...more } },
    steps: [
      {
        ...{ id: "tag", title: "Tag", kind: "operation", operation: "add_opportunity_tags", ...at },
        input: { opportunity_id: "{{ trigger.verification.reference }}", tags: [tag] },
      },
    ],
  } as unknown as Workflow;
  const saved = await api("POST", "/workflows", definition);
  expect([saved.status, saved.body.trigger]).toEqual([201, "webhook"]);
  const answer = await api("POST", `/workflows/${saved.body.id}/publish`);
  expect([answer.status, answer.body.detail]).toEqual([200, undefined]);
  return saved.body.id;
}

const runsOf = async (workflow: string) => (await api("GET", `/runs?workflow=${workflow}`)).body.data;
const tagsOf = () => server.playground?.playground.world.opportunityById.get(opportunity)?.tags as readonly string[];

describe("a verification that ends at a provider", () => {
  it("stands in Lever as a tag, once, however often it is delivered", async () => {
    const { id, url } = await persona("Persona");
    expect(url).toBe(`${server.services.publicUrl}/hooks/${id}`);
    const workflow = await published("write-back", " Persona ");
    const body = eventOf("evt_1");
    const [first, second] = [await deliver(id, body), await deliver(id, body)];
    expect([first.status, first.body, second.status, second.body]).toEqual([
      ...[200, { received: true, duplicate: false }],
      ...[200, { received: true, duplicate: true }],
    ]);
    expect(first.headers.get("set-cookie")).toBeNull();
    await until(async () => (await runsOf(workflow))[0]?.status === "succeeded");
    expect(tagsOf()).toContain("Verified");
    expect(await runsOf(workflow)).toHaveLength(1);
    const [delivery] = (await api("GET", `/deliveries?endpoint=Persona&state=done`)).body.data;
    expect(delivery.runs).toEqual([{ run: expect.any(String), workflow, name: "write-back" }]);
    expect(delivery.verification).toMatchObject({ provider: "persona", outcome: "approved", reference: opportunity });
    const { body: shown } = (await api("GET", `/deliveries/${delivery.id}`)).body;
    expect(shown.data.attributes.payload.data.attributes).toMatchObject({ "reference-id": opportunity, fields: "[redacted]" });
    const run = (await api("GET", `/runs/${delivery.runs[0].run}`)).body;
    expect(run.trigger).toEqual({ body: shown, verification: delivery.verification });
    // What decides nothing starts nothing, unless it is asked for.
    const asked = await published("asks-for-pending", id, { outcomes: ["pending"] });
    await deliver(id, eventOf("evt_2", "inquiry.started"));
    await until(async () => (await runsOf(asked)).length === 1);
    await deliver(id, eventOf("evt_3", "inquiry.unheard-of"));
    await until(async () => (await api("GET", `/deliveries?endpoint=${id}&state=done`)).body.data.length === 3);
    const [ignored] = (await api("GET", `/deliveries?endpoint=${id}`)).body.data;
    expect([ignored.runs, ignored.note]).toEqual([[], "Its outcome is ignored, for which nothing is started"]);
    expect(await runsOf(workflow)).toHaveLength(1);
    expect((await api("GET", `/endpoints/${id}/usage`)).body).toMatchObject({
      pending: 0,
      workflows: [{ id: workflow }, { id: asked }],
    });
    // A call starts it as little as a delivery starts what was paused.
    expect((await api("POST", `/workflows/${workflow}/runs`, {})).body).toMatchObject({ status: 409, code: "conflict" });
    await api("POST", `/workflows/${workflow}/pause`);
    await deliver(id, eventOf("evt_4"));
    await until(async () => (await api("GET", `/deliveries?endpoint=${id}&state=done`)).body.data.length === 4);
    expect(await runsOf(workflow)).toHaveLength(1);
    const tried = await api("POST", `/workflows/${workflow}/dry-run`, {});
    expect(tried.body.steps[0]).toMatchObject({ step: "tag" });
  });

  it("starts nothing in production by a test event", async () => {
    const { id } = (await api("POST", "/endpoints", { name: "Stripe", preset: "stripe-identity", settings: { secret: SECRET } }))
      .body;
    const real = { connector: "lever", nickname: "real", environment: "production", defaultPerformAs: "user-1" } as const;
    await server.services.credentials.create(access, { ...real, auth: { type: "api_key", apiKey: new Secret("x") } });
    const forTests = await published("for-tests", id);
    const forReal = await published("for-real", id, {}, "real");
    const preset = server.services.triggers.presetOf({ preset: "stripe-identity", definition: null });
    const event = { ...(preset?.sample?.body as Record<string, unknown>), livemode: false };
    const body = JSON.stringify(event);
    const { "persona-signature": signature = "" } = signed(body);
    expect((await deliver(id, body, { "stripe-signature": signature })).status).toBe(200);
    await until(async () => (await runsOf(forTests)).length === 1);
    expect(await runsOf(forReal)).toEqual([]);
  });
});

describe("a delivery", () => {
  it("is refused with one answer, whatever is wrong with it, and nothing is stored", async () => {
    const { id } = await persona("refuses");
    const { id: paused } = await persona("paused");
    await api("PATCH", `/endpoints/${paused}`, { paused: true });
    const body = eventOf("evt_refused");
    const late = Math.floor(Date.now() / 1000) - 301;
    const answers = [
      await deliver("hook_00000000000000000000000000", body),
      await deliver("x".repeat(500), body),
      await deliver(paused, body),
      await deliver(id, body, {}),
      await deliver(id, body, signed(body, "another")),
      await deliver(id, body, signed(body, SECRET, late)),
      await deliver(id, `${body} `, signed(body)),
      // A key is no proof here, and neither is a page of our own.
      await deliver(id, body, { authorization: `Bearer ${ADMIN}`, origin: server.url }),
    ];
    const alike = answers.map(({ status, headers, body: { requestId: _id, instance: _at, ...rest } }) => {
      return JSON.stringify([
        status,
        rest,
        [...headers.keys()].filter((name) => name !== "x-request-id"),
        headers.get("content-length"),
      ]);
    });
    expect(new Set(alike.map((text) => text.replace(/"\d+"\]$/, '"n"]'))).size).toBe(1);
    expect(answers[0]?.body).toMatchObject({ status: 401, code: "webhook_rejected" });
    expect((await api("GET", `/deliveries?endpoint=${id}`)).body.data).toEqual([]);
    await until(async () => (await api("GET", `/endpoints/${id}`)).body.refused.count === 5);
    expect(server.logged.join("")).not.toContain("evt_refused");
    expect(server.logged.some((line) => line.includes('"reason":"signature_wrong"'))).toBe(true);
  });

  it("is refused for its form before anything is looked up: too large, too slow, compressed, no JSON, no POST", async () => {
    const { id } = await persona("forms");
    const large = "x".repeat(1024 * 1024 + 1);
    expect((await deliver(id, large, signed(large))).body).toMatchObject({ status: 413, code: "payload_too_large" });
    const compressed = { ...signed("{}"), "content-encoding": "gzip" };
    const zipped = gzipSync("{}").toString("latin1");
    expect((await deliver(id, zipped, compressed)).body).toMatchObject({ status: 415, code: "unsupported_media_type" });
    const form = { ...signed("a=1"), "content-type": "application/x-www-form-urlencoded" };
    expect((await deliver(id, "a=1", form)).status).toBe(415);
    expect((await server.call("GET", `/hooks/${id}`)).status).toBe(405);
    const { port } = new URL(server.url);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = "";
      const socket = connect(Number(port), "127.0.0.1", () => {
        socket.write(`POST /hooks/${id} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{`);
      });
      socket.on("data", (data) => {
        text += data;
      });
      socket.once("error", reject).once("close", () => resolve(text));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*"code":"request_timeout"/);
    expect((await api("GET", `/deliveries?endpoint=${id}`)).body.data).toEqual([]);
  });

  it("is not listened to for a while where one sender was refused thirty times, and other senders are", async () => {
    const { id } = await persona("guessed");
    const headers = { "x-forwarded-for": "203.0.113.7", "persona-signature": "t=1,v1=00" };
    for (let n = 0; n < 30; n += 1) expect((await deliver(id, "{}", headers)).status).toBe(401);
    const refused = await deliver(id, "{}", headers);
    expect([refused.status, refused.body.code, Number(refused.headers.get("retry-after")) > 0]).toEqual([
      429,
      "too_many_requests",
      true,
    ]);
    expect((await deliver(id, eventOf("evt_5"))).status).toBe(200);
  });

  it("that was given up is told to destinations, by names and codes alone", async () => {
    const { id } = await persona("poison");
    const url = `${server.playground?.url}/inbox/dead`;
    await api("POST", "/destinations", { name: "told", url, events: ["delivery.dead"] });
    await deliver(id, eventOf("evt_dead"));
    await until(async () => (await api("GET", `/deliveries?endpoint=${id}`)).body.data[0]?.state === "done");
    const [{ id: delivery }] = (await api("GET", `/deliveries?endpoint=${id}`)).body.data;
    const untold = [{ id: "evt_x", type: "delivery.dead", atMs: Date.now(), code: "sealed_data_invalid" }];
    await server.services.store.patch("deliveries", "default", delivery, { set: { untold, untoldAtMs: Date.now() } });
    const inbox = () => server.playground?.playground.inbox.list() ?? [];
    await until(() => inbox().some(({ body }) => body.includes("delivery.dead")));
    const told = JSON.parse(inbox().find(({ body }) => body.includes("delivery.dead"))?.body ?? "{}");
    expect(told.data).toEqual({
      ...{ project: "default", owner: null, link: `${server.services.publicUrl}/api/v1/deliveries/${delivery}`, delivery },
      ...{ endpoint: id, endpointName: "poison", eventType: "inquiry.approved", code: "sealed_data_invalid" },
    });
  });
});

describe("lever-connector endpoints and deliveries", () => {
  const folder = mkdtempSync(join(tmpdir(), "endpoints-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const cli = (args: readonly string[], stdin?: string) =>
    runCli([...args], {
      env: { DATA_DIR: server.dataDir, PLAYGROUND_PORT: new URL(String(server.playground?.url)).port },
      ...(stdin !== undefined && { stdin }),
    });

  it("add, show, change, rotate and remove an endpoint, and replay what came", async () => {
    const added = await cli(["endpoints", "add", "--name", "by cli", "--preset", "persona"]);
    expect([added.code, added.err]).toEqual([0, expect.stringContaining("Nothing is accepted until it has: Webhook secret")]);
    expect((await cli(["endpoints", "change", "by cli", "--secret-stdin"], `${SECRET}\n`)).err).toContain("accepts deliveries");
    const id = added.out.trim().split("/").at(-1) as string;
    expect((await deliver(id, eventOf("evt_cli"))).status).toBe(200);
    await until(async () => (await api("GET", `/deliveries?endpoint=${id}&state=done`)).body.data.length === 1);
    expect((await cli(["endpoints", "show", "by cli"])).out).toMatch(/CAME[\s\S]*inquiry\.approved/i);
    const listed = (await cli(["deliveries", "list", "--endpoint", "by cli", "--json"])).json() as { data: { id: string }[] };
    const delivery = String(listed.data[0]?.id);
    expect((await cli(["deliveries", "show", delivery])).out).toContain("[redacted]");
    expect((await cli(["deliveries", "replay", delivery])).err).toContain("worked on again");
    expect((await cli(["deliveries", "replay"])).code).toBe(2);
    const range = ["--from", "2020-01-01T00:00:00Z", "--to", "2020-01-02T00:00:00Z"];
    expect((await cli(["deliveries", "replay", ...range])).err).toContain("0 are worked on again");
    expect((await cli(["endpoints", "rotate", "by cli"])).code).toBe(3);
    const made = await cli(["endpoints", "add", "--name", "made", "--preset", "hmac"]);
    expect(made.out.trim().split("\n")).toHaveLength(2);
    expect((await cli(["endpoints", "rotate", "made", "--keep", "0"])).err).toContain("accepted no more");
    expect((await cli(["endpoints", "presets"])).out).toContain("persona");
    expect((await cli(["endpoints", "presets", "persona"])).out).toMatch(/^1\. /);
    expect((await cli(["endpoints", "remove", "made", "--yes"])).code).toBe(0);
    const gone = await cli(["endpoints", "show", "made"]);
    expect([gone.code, gone.err]).toEqual([3, expect.stringContaining("endpoints list")]);
  });
});
