import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { accessTo } from "../support/access.ts";
import { CONNECTORS_DIR } from "../support/json-schemas.ts";
import { until } from "../support/until.ts";
import { ADMIN, playgroundCredential, startTestServer, type TestServer } from "./start.ts";

const DAY_MS = 86_400_000;

let server: TestServer;
let user: string;

beforeAll(async () => {
  server = await startTestServer({ env: { CONNECTORS_DIR } });
  user = world().users.rows.find(({ deactivatedAt }) => deactivatedAt === null)?.id as string;
  await call("POST", "/credentials", { ...playgroundCredential("main"), defaultPerformAs: user });
  await call("POST", "/credentials", playgroundCredential("nobody"));
  await call("POST", "/destinations", { name: "inbox", url: `${server.playground?.url}/inbox` });
});
afterAll(() => server?.close());

const call = (method: string, path: string, body?: unknown) => server.call(method, `/api/v1${path}`, { key: ADMIN, body });
const world = () => (server.playground as NonNullable<TestServer["playground"]>).playground.world;
const received = (from = 0) => (server.playground?.playground.inbox.list() ?? []).slice(from);
const fill = (recipe: string, inputs: object, more: object = {}) =>
  call("POST", "/workflows/from-recipe", { connector: "lever", recipe, inputs, ...more });

async function publish(recipe: string, inputs: object): Promise<string> {
  const { status, body } = await fill(recipe, inputs);
  expect([status, body.errors]).toEqual([201, undefined]);
  expect((await call("POST", `/workflows/${body.id}/publish`)).status).toBe(200);
  return body.id;
}

const run = async (id: string, input?: object) => (await call("POST", `/workflows/${id}/runs?wait=20`, { input })).body;

function opportunity(at: number, tags: string[]) {
  const found = world().opportunities.rows[at] as ReturnType<typeof world>["opportunities"]["rows"][number];
  return Object.assign(found, { tags });
}

describe("a recipe", () => {
  it("is told with its connector, whichever that is", async () => {
    const quill = (await call("GET", "/connectors/quill")).body.recipes;
    expect(quill).toEqual([
      expect.objectContaining({ name: "label-every-week", inputs: expect.objectContaining({ type: "object" }) }),
    ]);
    expect((await call("GET", "/connectors/lever")).body.recipes).toHaveLength(4);
  });

  it("becomes a draft that can be changed and published, by its name or by a number after it", async () => {
    const first = await fill("tag-hygiene-sweep", { credential: "main", tags: ["Old"] });
    expect([first.status, first.body]).toEqual([
      201,
      expect.objectContaining({ name: "tag-hygiene-sweep", title: "Tag hygiene sweep", status: "draft", version: 1 }),
    ]);
    const second = await fill("tag-hygiene-sweep", { credential: "main", tags: ["Old"] });
    expect([second.body.name, second.body.title]).toEqual(["tag-hygiene-sweep-2", "Tag hygiene sweep 2"]);
    const named = { name: "my-sweep", title: "My sweep" };
    expect((await fill("tag-hygiene-sweep", { credential: "main", tags: ["Old"] }, named)).body).toMatchObject(named);
    expect((await fill("tag-hygiene-sweep", { credential: "main", tags: ["Old"] }, named)).body.code).toBe("conflict");
  });

  it.each([
    ["what is missing", "verification-write-back", {}, "/inputs/credential"],
    ["what it does not know", "verification-write-back", { credential: "main", colour: "red" }, "/inputs/colour"],
    ["an empty list", "tag-hygiene-sweep", { credential: "main", tags: [] }, "/inputs/tags"],
    ["a credential that is not there", "verification-write-back", { credential: "man" }, "/inputs/credential"],
    [
      "a credential without the user that its writes need",
      "verification-write-back",
      { credential: "nobody" },
      "/inputs/performAs",
    ],
    ["a destination that is not there", "enrich-a-decision", { credential: "main", destination: "x" }, "/inputs/destination"],
    [
      "a schedule that is none",
      "stuck-verification-reminder",
      { credential: "main", destination: "inbox", cron: "daily" },
      "/inputs/cron",
    ],
    [
      "a time zone that is none",
      "stuck-verification-reminder",
      { credential: "main", destination: "inbox", timezone: "Mars" },
      "/inputs/timezone",
    ],
  ])("names the input that is wrong: %s", async (_, recipe, inputs, pointer) => {
    const { status, body } = await fill(recipe, inputs);
    expect([status, body.code, body.errors?.map((one: { pointer: string }) => one.pointer)]).toEqual([
      422,
      "input_invalid",
      expect.arrayContaining([pointer]),
    ]);
    expect(new Set(body.errors.map((one: { pointer: string }) => one.pointer)).size).toBe(1);
  });

  it("is not found where the connector has none of this name", async () => {
    expect((await fill("nothing", {})).body).toMatchObject({ status: 404, code: "not_found" });
    const elsewhere = { connector: "nowhere", recipe: "nothing", inputs: {} };
    expect((await call("POST", "/workflows/from-recipe", elsewhere)).body.code).toBe("connector_unknown");
  });
});

describe("the verification write-back", () => {
  let id: string;
  beforeAll(async () => {
    id = await publish("verification-write-back", { credential: "main", declinedTag: 'It\'s "failed"' });
  });

  it.each([
    ["approved", "Verified"],
    ["declined", 'It\'s "failed"'],
    ["needs_review", "Needs Review"],
  ])("leaves the one tag of the outcome %s, and touches no others", async (outcome, tag) => {
    const one = opportunity(0, ["Berlin", "Verified", 'It\'s "failed"', "Needs Review"]);
    const done = await run(id, { reference: one.id, outcome });
    expect([done.status, done.steps.map((step: { status: string }) => step.status)]).toEqual([
      "succeeded",
      ["succeeded", "succeeded", "succeeded", "succeeded", "skipped"],
    ]);
    expect([...one.tags].sort()).toEqual(["Berlin", tag].sort());
  });

  it("removes nothing where no other outcome was written", async () => {
    const one = opportunity(1, ["Berlin"]);
    const done = await run(id, { reference: one.id, outcome: "approved" });
    expect(done.steps.map((step: { status: string }) => step.status)).toEqual([
      "succeeded",
      "skipped",
      "succeeded",
      "succeeded",
      "skipped",
    ]);
    expect(one.tags).toEqual(["Berlin", "Verified"]);
  });

  it("asks a person to look where the tag is not there when it is read back", async () => {
    const one = opportunity(2, ["Berlin"]);
    // Somebody takes the tag away as soon as it is there.
    const tags = one.tags;
    Object.defineProperty(one, "tags", { configurable: true, get: () => ["Berlin"], set: () => undefined });
    const started = (await call("POST", `/workflows/${id}/runs`, { input: { reference: one.id, outcome: "approved" } })).body;
    await until(async () => (await call("GET", `/runs/${started.id}`)).body.status === "waiting");
    Object.defineProperty(one, "tags", { configurable: true, writable: true, enumerable: true, value: tags });
    expect((await call("GET", `/runs/${started.id}`)).body).toMatchObject({ waitingFor: { for: "approval", step: "look" } });
    await call("POST", `/runs/${started.id}/cancel`);
  });

  it("takes nothing but a reference and an outcome that it knows", async () => {
    expect((await run(id, { reference: "a/b", outcome: "maybe" })).errors.map((one: { pointer: string }) => one.pointer)).toEqual(
      ["/input/reference", "/input/outcome"],
    );
  });
});

it("the tag hygiene sweep asks, and then removes the tags from every opportunity that has one of them", async () => {
  const id = await publish("tag-hygiene-sweep", { credential: "main", tags: ["Docs Requested", "Pending"] });
  const swept = [3, 4, 5].map((at) => opportunity(at, ["Berlin", at % 2 ? "Pending" : "Docs Requested"]));
  const started = (await call("POST", `/workflows/${id}/runs`, {})).body;
  await until(async () => (await call("GET", `/runs/${started.id}`)).body.status === "waiting");
  expect(swept.every(({ tags }) => tags.length === 2)).toBe(true);
  expect((await call("POST", `/runs/${started.id}/approve`, {})).status).toBe(200);
  const done = await server.services.runs.settled(accessTo("default"), started.id, { withinMs: 20_000 });
  expect(done).toMatchObject({ status: "succeeded" });
  expect(done.steps[1]).toMatchObject({ id: "sweep", status: "succeeded", items: { succeeded: 3, failed: 0 } });
  for (const one of swept) expect(one.tags).toEqual(["Berlin"]);
});

it("an enriched decision tells of contact, stage and history", async () => {
  const id = await publish("enrich-a-decision", { credential: "main", destination: "inbox" });
  const one = opportunity(6, ["Berlin"]);
  const before = received().length;
  expect(await run(id, { reference: one.id, outcome: "declined" })).toMatchObject({ status: "succeeded" });
  await until(() => received().length > before);
  expect(JSON.parse(received(before)[0]?.body ?? "")).toMatchObject({
    ...{ event: "verification.decided", outcome: "declined", opportunity: one.id, tags: ["Berlin"] },
    contact: { id: one.contact.id, name: one.contact.name },
    stage: { id: expect.any(String), text: expect.any(String) },
    history: [expect.objectContaining({ toStageId: expect.any(String) }), ...(one.stageRank === 0 ? [] : [expect.anything()])],
  });
});

it("a stuck verification is told of once it has not changed for the days, and none that is younger or archived", async () => {
  const id = await publish("stuck-verification-reminder", { credential: "main", destination: "inbox", tag: "Stuck", days: 5 });
  const [old, young, archived] = [7, 8, 9].map((at) => opportunity(at, ["Stuck"]));
  const now = Date.now();
  Object.assign(old as object, { updatedAt: now - 6 * DAY_MS, archived: null });
  Object.assign(young as object, { updatedAt: now - 4 * DAY_MS, archived: null });
  Object.assign(archived as object, { updatedAt: now - 6 * DAY_MS, archived: { reason: "x", archivedAt: now } });
  const before = received().length;
  await server.services.runs.startByClock(accessTo("default"), id, {
    run: "run_of_the_clock",
    scheduledAtMs: now,
    isCatchUp: false,
  });
  const done = await server.services.runs.settled(accessTo("default"), "run_of_the_clock", { withinMs: 20_000 });
  expect(done).toMatchObject({ status: "succeeded" });
  await until(() => received().length > before);
  expect(received(before).map(({ body }) => JSON.parse(body))).toEqual([
    expect.objectContaining({ event: "verification.stuck", opportunity: old?.id, tag: "Stuck" }),
  ]);
});
