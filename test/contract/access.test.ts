import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Runs } from "../../app/runs.ts";
import type { Workflows } from "../../app/workflows.ts";
import type { CredentialStore } from "../../credentials/credential-store.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import type { Workflow } from "../../schemas/types/index.ts";
import { reveal, Secret } from "../../sealing/secret.ts";
import type { Access } from "../../store/access.ts";
import { COLLECTIONS } from "../../store/collections.ts";
import { EVERY_PROJECT } from "../../store/document-store.ts";
import { startTestServer, type TestServer } from "../server/start.ts";
import { accessTo } from "../support/access.ts";
import { until } from "../support/until.ts";

const MISSING = "cred_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const KEY = { type: "api_key", apiKey: new Secret("playground") } as const;

let server: TestServer;
let opportunity: string;
let user: string;
const services = () => server.services;
const whole = accessTo("default");
const alice = accessTo("default", "alice");
const bob = accessTo("default", "bob");
/** Of each: an API key credential, a consent that waits, and its flow. */
const ids = { alice: "", bob: "", own: "", aliceConsent: "", aliceFlow: "" };

beforeAll(async () => {
  server = await startTestServer();
  const world = server.playground?.playground.world;
  opportunity = world?.opportunities.rows[0]?.id as string;
  user = world?.users.rows.find(({ deactivatedAt }) => deactivatedAt === null)?.id as string;
  const { credentials, consents } = services();
  const create = (access: Access, nickname: string) =>
    credentials.create(access, { nickname, environment: "playground", auth: KEY, defaultPerformAs: user });
  ids.alice = (await create(alice, "main")).id;
  ids.bob = (await create(bob, "main")).id;
  ids.own = (await create(whole, "the project's")).id;
  const pending = { nickname: "consent", environment: "playground", auth: { type: "oauth2" } } as const;
  ids.aliceConsent = (await credentials.create(alice, pending)).id;
  ids.aliceFlow = (await consents.start(whole, ids.aliceConsent)).flow;
});
afterAll(() => server.close());

interface Call {
  readonly access: Access;
  readonly id: string;
}
type Row = (call: Call) => unknown;

/** Every function of the credentials. `undefined`: it names no credential of its own accord. */
const CREDENTIALS: Record<keyof CredentialStore, Row | undefined> = {
  create: undefined,
  draft: undefined,
  list: undefined,
  settled: undefined,
  // Told of a credential that was signed with, which `sign` has let through.
  noteAccepted: undefined,
  noteRefused: undefined,
  get: ({ access, id }) => services().credentials.get(access, id),
  resolve: ({ access, id }) => services().credentials.resolve(access, id),
  idOf: ({ access, id }) => services().credentials.idOf(access, id),
  update: ({ access, id }) => services().credentials.update(access, id, { nickname: "taken over" }),
  remove: ({ access, id }) => services().credentials.remove(access, id),
  replaceApiKey: ({ access, id }) => services().credentials.replaceApiKey(access, id, new Secret("stolen")),
  saveGrant: ({ access, id }) => services().credentials.saveGrant(access, id, grant(), []),
  setStatus: ({ access, id }) => services().credentials.setStatus(access, id, "failing"),
  markUsed: ({ access, id }) => services().credentials.markUsed(access, id),
  sign: ({ access, id }) => services().credentials.sign(access, id),
  look: ({ access, id }) => services().credentials.look(access, id),
  lastReport: ({ access, id }) => services().credentials.lastReport(access, id),
  tokenState: ({ access, id }) => services().credentials.tokenState(access, id),
};

const run = ({ access, id: credential }: Call, operation: string, input: object) => ({ access, credential, operation, input });
const tags = () => ({ opportunity_id: opportunity, tags: ["planted"] });

/** Everything else that a credential is named to. */
const OTHERS: Record<string, Row> = {
  "runtime.execute, a read": (call) => services().runtime.execute(run(call, "list_stages", {})),
  "runtime.execute, a write": (call) => services().runtime.execute(run(call, "add_opportunity_tags", tags())),
  "runtime.execute, a write with a key": (call) =>
    services().runtime.execute({ ...run(call, "add_opportunity_tags", tags()), idempotencyKey: "once" }),
  "runtime.pages": (call) =>
    services()
      .runtime.pages(run(call, "list_stages", {}))
      .next(),
  "runtime.probe": (call) => services().runtime.probe(run(call, "list_stages", {})),
  "runtime.dryRun": (call) => services().runtime.dryRun(run(call, "list_stages", {})),
  "pickLists.options": ({ access, id }) => services().pickLists.options({ access, credential: id, list: "stages" }),
  "writes.list, of one credential": ({ access, id }) => services().writes.list(access, { credential: id }),
  budget: ({ access, id }) => services().budget(access, id),
  test: ({ access, id }) => services().test(access, id),
  "checkedCredentials.update": ({ access, id }) => services().checkedCredentials.update(access, id, { defaultPerformAs: user }),
  "consents.start": ({ access, id }) => services().consents.start(access, id),
};

/** Every function of workflows: they belong to the project, and no owner reaches them. */
const WORKFLOWS: Record<keyof Workflows, Row | undefined> = {
  create: undefined,
  list: undefined,
  // For the engine: what a run works by is read for the run.
  runnable: undefined,
  // They name an endpoint of a project, for what was delivered to it.
  startedBy: undefined,
  // Looks at what it is given alone.
  issuesOf: undefined,
  idOf: ({ access }) => services().workflows.idOf(access, "its"),
  check: ({ access }) => services().workflows.check(access, definition()),
  get: ({ access, id }) => services().workflows.get(access, id),
  replace: ({ access, id }) => services().workflows.replace(access, id, definition("taken-over")),
  remove: ({ access, id }) => services().workflows.remove(access, id),
  publish: ({ access, id }) => services().workflows.publish(access, id),
  pause: ({ access, id }) => services().workflows.pause(access, id),
  resume: ({ access, id }) => services().workflows.resume(access, id),
  versions: ({ access, id }) => services().workflows.versions(access, id),
  version: ({ access, id }) => services().workflows.version(access, id, 1),
  diff: ({ access, id }) => services().workflows.diff(access, id, { from: 1, to: null }),
  rollBack: ({ access, id }) => services().workflows.rollBack(access, id, 1),
  toStart: ({ access, id }) => services().workflows.toStart(access, id),
  using: ({ access, id }) => services().workflows.using(access, { kind: "credential", id, name: "mine alone" }),
};

/** Every function of runs: they belong to the project, or to the owner on whose behalf they run. */
const RUNS: Record<keyof Runs, Row | undefined> = {
  list: undefined,
  // They name a workflow.
  start: undefined,
  startByClock: undefined,
  startByDelivery: undefined,
  get: ({ access, id }) => services().runs.get(access, id),
  settled: ({ access, id }) => services().runs.settled(access, id, { withinMs: 1 }),
  follow: ({ access, id }) => services().runs.follow(access, id, AbortSignal.timeout(1000)).next(),
  decide: ({ access, id }) => services().runs.decide(access, id, "approved", { names: ["owner"] }),
  retry: ({ access, id }) => services().runs.retry(access, id),
  again: ({ access, id }) => services().runs.again(access, id),
  cancel: ({ access, id }) => services().runs.cancel(access, id),
  reveal: ({ access, id }) => services().runs.reveal(access, id, "curious"),
  reveals: ({ access, id }) => services().runs.reveals(access, id),
};

function definition(name = "its"): Workflow {
  const ask = { id: "ask", title: "Ask", kind: "approval", message: "Go on?" } as const;
  return { name, title: "Its", trigger: { type: "api" }, steps: [ask] };
}

describe("workflows and runs", () => {
  const flow = { id: "", runs: { alice: "", own: "" } };
  beforeAll(async () => {
    const { workflows, runs } = services();
    flow.id = (await workflows.create(whole, definition())).id;
    await workflows.publish(whole, flow.id);
    flow.runs.alice = (await runs.start(whole, flow.id, { owner: "alice" })).id;
    flow.runs.own = (await runs.start(whole, flow.id)).id;
    await until(async () => (await runs.list(whole, { status: "waiting" })).data.length === 2);
  });

  const rows = (table: object) => Object.entries(table).filter((entry): entry is [string, Row] => entry[1] !== undefined);

  it.each(rows(WORKFLOWS).filter(([name]) => name !== "check" && name !== "idOf"))(
    "workflows.%s answers another project's, and any to an owner, exactly like a missing one",
    async (_name, row) => {
      const missing = await told(row, { access: whole, id: "flow_missing" });
      const before = await everything();
      for (const access of [accessTo("elsewhere"), accessTo("elsewhere", "alice"), alice])
        expect(await told(row, { access, id: flow.id })).toEqual(missing);
      expect(await everything()).toEqual(before);
    },
  );

  it.each(rows(RUNS))(
    "runs.%s answers another owner's and another project's run exactly like a missing one",
    async (_name, row) => {
      const missing = await told(row, { access: whole, id: "run_missing" });
      const before = await everything();
      for (const id of Object.values(flow.runs))
        for (const access of [bob, accessTo("elsewhere"), accessTo("elsewhere", "alice")])
          expect(await told(row, { access, id })).toEqual(missing);
      expect(await told(row, { access: alice, id: flow.runs.own })).toEqual(missing);
      expect(await everything()).toEqual(before);
    },
  );

  it("are listed to an owner as far as they are its own", async () => {
    const { workflows, runs } = services();
    const ids = async (access: Access, more = {}) => (await runs.list(access, more)).data.map(({ id }) => id);
    expect(await ids(alice)).toEqual([flow.runs.alice]);
    expect(await ids(alice, { workflow: flow.id, status: "waiting" })).toEqual([flow.runs.alice]);
    expect(await ids(bob)).toEqual([]);
    expect((await ids(whole)).sort()).toEqual(Object.values(flow.runs).sort());
    expect((await workflows.list(alice)).data).toEqual([]);
    expect((await runs.get(alice, flow.runs.alice)).owner).toBe("alice");
  });

  it("are not started by an owner of the project, to whom its workflows are not there", async () => {
    const { runs } = services();
    await expect(runs.start(alice, flow.id)).rejects.toMatchObject({ code: "not_found" });
  });
});

const CALLS = [
  ...Object.entries(CREDENTIALS).map(([name, row]) => [`credentials.${name}`, row] as const),
  ...Object.entries(OTHERS),
];
const NAMING = CALLS.filter((entry): entry is [string, Row] => entry[1] !== undefined);

/** Every service, and the functions of those that reach a project's documents. One that is new is to be tried below, or to be said to reach none. */
const SERVICES: Record<string, readonly string[] | "reaches no project's documents"> = {
  credentials: Object.keys(CREDENTIALS),
  checkedCredentials: ["create", "update"],
  runtime: ["execute", "pages", "probe", "dryRun", "sweep", "settled"],
  pickLists: ["options", "forget", "forgetProject"],
  consents: ["assertPossible", "start"],
  flows: ["createTicket", "readTicket", "beginConsent", "takeState", "recordFailure", "failureOf", "sweep"],
  oauthApps: ["resolve", "list", "save", "remove"],
  apiKeys: ["create", "list", "revoke", "authenticate", "believeNothing"],
  writes: ["list", "all", "get"],
  destinations: [
    ...[
      "create",
      "resolve",
      "list",
      "update",
      "rotate",
      "remove",
      "test",
      "send",
      "outcome",
      "deliveries",
      "pending",
      "subscribed",
      "forget",
    ],
    ...["onEnded", "start", "stop", "sweep", "dispose"],
  ],
  "triggers.endpoints": ["create", "resolve", "list", "update", "rotate", "remove"],
  "triggers.deliveries": ["list", "get", "pending", "replay", "replayRange", "forget", "sweep"],
  triggers: ["endpoints", "deliveries", "presets", "presetOf", "sampleOf", "take", "start", "stop"],
  workflows: Object.keys(WORKFLOWS),
  // What they save and read, workflows and runs do with the access that they are given.
  recipes: ["create"],
  previews: ["step"],
  // Reads by the runtime, with the access that it is given.
  dryRuns: ["run"],
  runs: Object.keys(RUNS),
  forget: ["forget", "list"],
  budget: [],
  test: [],
  ...Object.fromEntries(
    [
      ...[
        "config",
        "publicUrl",
        "log",
        "store",
        "connectors",
        "tokens",
        "projects",
        "accessLinks",
        "sessionStore",
        "sessionSecret",
        "keys",
      ],
      ...["engine", "productEvents", "fetch", "draining", "drain", "events", "sweep", "dispose"],
    ].map((name) => [name, "reaches no project's documents"] as const),
  ),
};

it("knows every service, and every function of those that reach a project's documents", () => {
  const { endpoints, deliveries } = services().triggers;
  const parts = { "triggers.endpoints": endpoints, "triggers.deliveries": deliveries };
  const found = { ...services(), ...parts } as unknown as Record<string, object>;
  expect(Object.keys(found).sort()).toEqual(Object.keys(SERVICES).sort());
  for (const [name, functions] of Object.entries(SERVICES))
    if (typeof functions !== "string")
      expect([name, Object.keys(found[name] ?? {}).sort()]).toEqual([name, [...functions].sort()]);
});

describe.each(NAMING)("%s", (_name, row) => {
  it("answers another owner's credential, and the project's own, exactly like a missing one, and leaves it as it is", async () => {
    // What is remembered of the credential must not help either.
    await services().pickLists.options({ access: alice, credential: ids.alice, list: "stages" });
    await services().pickLists.options({ access: whole, credential: ids.own, list: "stages" });
    await services().credentials.settled();
    const before = await everything();
    const missing = await told(row, { access: bob, id: MISSING });
    for (const id of [ids.alice, ids.aliceConsent, ids.own]) expect(await told(row, { access: bob, id })).toEqual(missing);
    expect(await told(row, { access: accessTo("default", ""), id: ids.alice })).toEqual(missing);
    expect(await told(row, { access: accessTo("elsewhere", "alice"), id: ids.alice })).toEqual(missing);
    expect(await told(row, { access: accessTo("elsewhere"), id: ids.alice })).toEqual(missing);
    await services().credentials.settled();
    expect(await everything()).toEqual(before);
  });
});

describe.each(NAMING.filter(([name]) => !/\.(resolve|idOf)$/.test(name)))("%s", (_name, row) => {
  it("takes no nickname, which may mean another credential by now: names are resolved at the door", async () => {
    expect(await told(row, { access: bob, id: "main" })).toEqual(await told(row, { access: bob, id: MISSING }));
  });
});

describe("an owner", () => {
  it("is listed its own credentials, and finds them by a nickname that others have too", async () => {
    const { credentials } = services();
    const listed = async (access: Access, more = {}) => (await credentials.list(access, more)).data.map(({ id }) => id).sort();
    expect(await listed(bob)).toEqual([ids.bob]);
    expect(await listed(alice)).toEqual([ids.alice, ids.aliceConsent].sort());
    expect(await listed(bob, { owner: "alice" })).toEqual([]);
    expect(await listed(bob, { search: "main" })).toEqual([ids.bob]);
    expect(await listed(bob, { search: "consent" })).toEqual([]);
    expect(await listed(bob, { status: "pending" })).toEqual([]);
    expect(await listed(whole, { search: "main" })).toEqual([ids.alice, ids.bob].sort());
    expect((await credentials.resolve(bob, "main")).id).toBe(ids.bob);
    expect(await credentials.idOf(alice, "main")).toBe(ids.alice);
    for (const name of ["the project's", "consent"])
      await expect(credentials.idOf(bob, name)).rejects.toMatchObject({
        code: "not_found",
        message: "There is no such credential",
      });
  });

  it("gets nothing of others by the cursor of their list", async () => {
    const { credentials } = services();
    const first = await credentials.list(alice, { limit: 1 });
    const rest = await credentials.list(bob, { limit: 10, cursor: String(first.next) });
    for (const { owner } of rest.data) expect(owner).toBe("bob");
  });

  it("creates for itself alone, and may take a nickname that another has", async () => {
    const { credentials } = services();
    const wanted = { nickname: "consent", environment: "playground", auth: KEY };
    const made = await credentials.create(bob, wanted);
    expect(made.owner).toBe("bob");
    await credentials.remove(bob, made.id);
    const { checkedCredentials } = services();
    for (const create of [credentials.create, checkedCredentials.create]) {
      const foreign = { ...wanted, owner: "alice", defaultPerformAs: user };
      await expect(create(bob, foreign)).rejects.toMatchObject({ code: "forbidden" });
    }
    expect((await credentials.list(alice)).data).toHaveLength(2);
  });

  it("is told of no consent but its own, whoever started it", async () => {
    const { flows } = services();
    await flows.recordFailure({ project: "default", id: ids.aliceFlow }, { code: "oauth_denied", message: "Refused" });
    expect(await flows.failureOf(bob, ids.aliceFlow)).toBeUndefined();
    expect(await flows.failureOf(alice, ids.aliceFlow)).toMatchObject({ code: "oauth_denied" });
    expect(await flows.failureOf(whole, ids.aliceFlow)).toMatchObject({ code: "oauth_denied" });
  });

  it("connects by the project's OAuth app, and neither sees nor changes it", async () => {
    const { oauthApps } = services();
    await oauthApps.save(
      whole,
      { connector: "lever", environment: "sandbox" },
      { clientId: "of-the-project", clientSecret: new Secret("hidden") },
    );
    expect((await oauthApps.resolve(bob, { connector: "lever", environment: "sandbox" })).clientId).toBe("of-the-project");
    expect(JSON.stringify(await oauthApps.list(bob))).not.toContain("of-the-project");
    const change = { clientId: "of-bob", clientSecret: new Secret("x") };
    await expect(oauthApps.save(bob, { connector: "lever", environment: "sandbox" }, change)).rejects.toMatchObject({
      code: "forbidden",
    });
    await oauthApps.remove(bob, { connector: "lever", environment: "sandbox" });
    expect((await oauthApps.resolve(whole, { connector: "lever", environment: "sandbox" })).clientId).toBe("of-the-project");
    await oauthApps.remove(whole, { connector: "lever", environment: "sandbox" });
  });

  it("neither sees, ends nor creates API keys, which open the whole project", async () => {
    const { apiKeys } = services();
    const { apiKey } = await apiKeys.create(whole, { name: "of the project", scopes: ["admin"] });
    expect((await apiKeys.list(bob)).data).toEqual([]);
    const [foreign, missing] = [apiKey.id, "key_missing"].map((id) => failureOf(() => apiKeys.revoke(bob, id)));
    expect(await foreign).toEqual(await missing);
    await expect(apiKeys.create(bob, { name: "escape", scopes: ["admin"] })).rejects.toMatchObject({ code: "forbidden" });
    expect((await apiKeys.list(whole)).data.find(({ id }) => id === apiKey.id)?.revokedAt).toBeNull();
  });

  it("uses up no budget but its own", async () => {
    const { budget, runtime } = services();
    const before = await budget(bob, ids.bob);
    await Promise.all(Array.from({ length: 5 }, () => runtime.execute(run({ access: alice, id: ids.alice }, "list_stages", {}))));
    expect((await budget(bob, ids.bob)).remaining).toBe(before.remaining);
    expect((await budget(alice, ids.alice)).remaining).toBeLessThan(before.remaining);
  });
});

describe("an endpoint, and what was delivered to it,", () => {
  let id: string;
  let delivery: string;
  beforeAll(async () => {
    const { endpoints, deliveries, take } = services().triggers;
    const created = await endpoints.create(whole, { name: "sender", preset: "hmac" });
    id = created.endpoint.id;
    const signature = createHmac("sha256", reveal(created.secret as never))
      .update("{}")
      .digest("hex");
    await take({ endpoint: id, rawHeaders: ["x-signature", signature], body: Buffer.from("{}"), requestId: "req_1" });
    delivery = (await deliveries.list(whole)).data[0]?.id as string;
    // No workflow is started by it; from then on nothing happens to it by itself.
    await until(async () => (await deliveries.get(whole, delivery)).state === "done");
  });
  afterAll(() => services().triggers.endpoints.remove(whole, id));

  /** Each answers what it is told of one that it cannot reach. */
  const NAMING: Record<string, (access: Access, one: string) => unknown> = {
    resolve: (access, one) => services().triggers.endpoints.resolve(access, one),
    update: (access, one) => services().triggers.endpoints.update(access, one, { name: "taken over" }),
    rotate: (access, one) => services().triggers.endpoints.rotate(access, one),
    remove: (access, one) => services().triggers.endpoints.remove(access, one),
    pending: (access, one) => services().triggers.deliveries.pending(access, one),
    deliveries: (access, one) => services().triggers.deliveries.list(access, { endpoint: one }),
    delivery: (access, one) => services().triggers.deliveries.get(access, one === id ? delivery : "dlv_0"),
    replay: (access, one) => services().triggers.deliveries.replay(access, one === id ? delivery : "dlv_0"),
  };

  it.each(Object.entries(NAMING))("is to an owner and to another project like a missing one: %s", async (_name, call) => {
    const before = await everything();
    const answer = async (access: Access, one: string) => JSON.stringify((await failureOf(() => call(access, one))) ?? null);
    const missing = await answer(bob, "hook_00000000000000000000000000");
    for (const access of [bob, accessTo("elsewhere"), accessTo("elsewhere", "bob")])
      expect(await answer(access, id)).toBe(missing);
    const { deliveries } = services().triggers;
    const range = { from: new Date(0).toISOString(), to: new Date(8e15).toISOString() };
    for (const access of [bob, accessTo("elsewhere")])
      expect(await deliveries.replayRange(access, range)).toMatchObject({ replayed: 0, skipped: 0 });
    expect(await everything()).toEqual(before);
  });
});

describe("a destination", () => {
  const url = "https://compliance.example.com/hooks";
  let id: string;
  beforeAll(async () => {
    id = (await services().destinations.create(whole, { name: "compliance", url })).destination.id;
    await services().destinations.update(whole, id, { paused: true });
  });

  /** Each answers what it is told of one that it cannot reach. */
  const NAMING: Record<string, (access: Access, id: string) => unknown> = {
    resolve: (access, one) => services().destinations.resolve(access, one),
    update: (access, one) => services().destinations.update(access, one, { name: "taken over" }),
    rotate: (access, one) => services().destinations.rotate(access, one),
    remove: (access, one) => services().destinations.remove(access, one),
    test: (access, one) => services().destinations.test(access, one),
    deliveries: (access, one) => services().destinations.deliveries(access, one),
    pending: (access, one) => services().destinations.pending(access, one),
  };

  it.each(Object.entries(NAMING))("is to an owner and to another project like a missing one: %s", async (_name, call) => {
    const before = await everything();
    const answer = async (access: Access, one: string) => JSON.stringify((await failureOf(() => call(access, one))) ?? null);
    const missing = await answer(bob, "dest_00000000000000000000000000");
    for (const access of [bob, accessTo("elsewhere"), accessTo("elsewhere", "bob")])
      expect(await answer(access, id)).toBe(missing);
    expect(await everything()).toEqual(before);
  });

  it("is listed, and found by its name, for those of the whole project alone", async () => {
    const { destinations } = services();
    expect((await destinations.list(whole)).data.map((one) => one.id)).toEqual([id]);
    for (const access of [bob, accessTo("elsewhere")]) {
      expect((await destinations.list(access)).data).toEqual([]);
      expect(await failureOf(() => destinations.resolve(access, "compliance"))).toMatchObject({ code: "not_found" });
    }
  });

  it("takes messages of its own project alone, whose owners share it", async () => {
    const { destinations } = services();
    const send = (access: Access) => failureOf(() => destinations.send(access, { destination: id, id: "isolation", body: 1 }));
    expect(await send(accessTo("elsewhere"))).toMatchObject({ code: "not_found" });
    // As far as it is known at all.
    expect(await send(bob)).toMatchObject({ code: "destination_paused" });
    await destinations.update(whole, id, { url: "https://127.0.0.1.example.invalid/", paused: false });
    await destinations.send(bob, { destination: id, id: "isolation", body: 1 });
    expect(await destinations.outcome(whole, "isolation")).toMatchObject({ destination: id });
    expect(await failureOf(() => destinations.outcome(accessTo("elsewhere"), "isolation"))).toMatchObject({ code: "not_found" });
    await destinations.remove(whole, id);
  });
});

describe("an Idempotency-Key", () => {
  const write = (access: Access, id: string, tag: string) =>
    services().runtime.execute({
      ...run({ access, id }, "add_opportunity_tags", { opportunity_id: opportunity, tags: [tag] }),
      idempotencyKey: "same-key",
    });

  it("is each owner's own: an equal key of another, or of the project, is neither replayed nor in the way", async () => {
    const first = [
      await write(alice, ids.alice, "by alice"),
      await write(bob, ids.bob, "by bob"),
      await write(whole, ids.own, "by the project"),
    ];
    expect(first.map(({ meta }) => meta.replayed)).toEqual([undefined, undefined, undefined]);
    const again = [
      await write(alice, ids.alice, "by alice"),
      await write(bob, ids.bob, "by bob"),
      await write(whole, ids.own, "by the project"),
    ];
    expect(again.map(({ meta }) => meta.replayed)).toEqual([true, true, true]);
    expect(again.map(({ output }) => output)).toEqual(first.map(({ output }) => output));
  });

  it("of an owner is not one of the project, however it is spelt", async () => {
    const { runtime } = services();
    const input = { opportunity_id: opportunity, tags: ["x"] };
    const keyed = (access: Access, id: string, idempotencyKey: string) =>
      runtime.execute({ ...run({ access, id }, "add_opportunity_tags", input), idempotencyKey });
    await keyed(accessTo("default", "alice"), ids.alice, "k1");
    for (const spelt of ["alicek1", "alice:k1", "alice/k1", "alice%0Ak1"])
      expect((await keyed(whole, ids.alice, spelt)).meta.replayed).toBeUndefined();
    await expect(keyed(whole, ids.alice, "alice\nk1")).rejects.toMatchObject({ code: "idempotency_key_invalid" });
  });

  it("is recorded for the credential's owner, with who acted", async () => {
    const byKey = { ...whole, actor: "api_key:key_1" };
    await services().runtime.execute({
      ...run({ access: byKey, id: ids.alice }, "add_opportunity_tags", { opportunity_id: opportunity, tags: ["recorded"] }),
      requestId: "req_recorded",
    });
    const records = await services().store.find("writes", "default", { limit: 1000 });
    expect(records.find(({ requestId }) => requestId === "req_recorded")).toMatchObject({
      ...{ credential: ids.alice, owner: "alice", actor: "api_key:key_1", state: "done" },
    });
    const { writes } = services();
    const isThere = async (access: Access) =>
      (await writes.list(access)).data.find(({ requestId }) => requestId === "req_recorded");
    const shown = await isThere(alice);
    expect([shown?.actor, (await isThere(whole))?.id, await isThere(bob)]).toEqual(["api_key:key_1", shown?.id, undefined]);
    await expect(writes.get(bob, String(shown?.id))).rejects.toMatchObject({ code: "not_found" });
  });
});

/** All documents with an owner or of the project alone, as they are. */
async function everything() {
  const held = Object.entries(COLLECTIONS).filter(([, { belongsTo }]) => belongsTo !== "installation");
  const found = await Promise.all(
    held.map(([name]) => services().store.find(name as keyof typeof COLLECTIONS, EVERY_PROJECT, { limit: 1000 })),
  );
  return found.flat().sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What the caller is told; the id that it named itself is no news. */
async function told(row: Row, call: Call): Promise<unknown> {
  const outcome = await failureOf(() => row(call));
  return JSON.parse(JSON.stringify(outcome ?? null).replaceAll(call.id, "<id>"));
}

async function failureOf(work: () => unknown): Promise<unknown> {
  try {
    return { answer: await work() };
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    return { code: error.code, message: error.message, details: error.details };
  }
}

function grant() {
  const token = { accessToken: new Secret("a"), refreshToken: new Secret("r"), expiresAtMs: Date.now() + 3_600_000 };
  return { ...token, scopes: [], userId: "u", accountId: "a" };
}

describe("the source", () => {
  const ROOT = join(import.meta.dirname, "../..");
  const ROOMS = [
    "app",
    "cli",
    "connector",
    "credentials",
    "destinations",
    "engine",
    "runtime",
    "sealing",
    "server",
    "store",
    "triggers",
  ];
  const METHOD = /(?:\w*S|s)tore\s*\.(?:insert|get|find|patch|claim|remove|removeMany|count)\(|insertIfAbsent\((?:\w*S|s)tore,/;
  const CALL = new RegExp(`\\b(?:${METHOD.source})\\s*("?)(\\w+)\\1,?\\s*(\\w*)`, "g");
  const HELD = new Set(
    Object.entries(COLLECTIONS).flatMap(([name, { belongsTo }]) => (belongsTo === "installation" ? [] : [name])),
  );
  /** Where documents of any collection are worked on, each for itself. */
  const EACH_DOCUMENT: Record<string, string> = {
    "store/collection.ts": "holds the collections to an access",
    "store/insert-if-absent.ts": "is given the collection's name and document",
    "sealing/reseal.ts": "re-encrypts each record as it was found",
    "sealing/keys.ts": "counts the records of a key",
    "sealing/rotate-keys.ts": "counts the records of a key",
    "sealing/bind-seals.ts": "re-encrypts each record as it was found",
    "store/remove-all.ts": "sweeps every project, and empties one that was removed",
    "app/projects.ts": "counts what is in a project, for those who run the installation",
  };

  /** Calls that go to the store past the access: of a collection that is held, other than for every project. */
  function passing(file: string, source: string): string[] {
    return [...source.matchAll(CALL)].flatMap(([text, quote, name = "", scope]) => {
      if (file in EACH_DOCUMENT || scope === "EVERY_PROJECT" || (quote !== "" && !HELD.has(name))) return [];
      return [`${file}: ${text.replace(/\s+/g, " ")}`];
    });
  }

  it("reaches documents by their collection alone; who goes around it is found", () => {
    const files = ROOMS.flatMap((room) =>
      readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => `${room}/${file}`),
    );
    expect(files.length).toBeGreaterThan(120);
    expect(files.flatMap((file) => passing(file, readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
    for (const file of Object.keys(EACH_DOCUMENT)) expect(files).toContain(file);
    const planted = [
      'store.get("credentials", access.project, id)',
      'await store.patch(\n  "writes",\n  call.project, id, {})',
      "store.find(collection, project)",
      'store.insert("apiKeys", { id })',
      'insertIfAbsent(store, "writes", { id, project })',
      'services.store.find("credentials", "default")',
    ];
    for (const source of planted) expect([source, passing("app/planted.ts", source).length]).toEqual([source, 1]);
    for (const source of [
      'store.get("meta", project, id)',
      'store.find("apiKeys", EVERY_PROJECT, {})',
      'insertIfAbsent(store, "meta", { id })',
    ])
      expect([source, passing("app/planted.ts", source)]).toEqual([source, []]);
  });

  it("gives no function the bare name of a project to reach documents by", () => {
    const signature = /\(\s*_?project: string\b/;
    const pure: Record<string, string> = {
      "runtime/attempts.ts": "the name of a budget",
      "store/mongo-values.ts": "a primary key",
      "runtime/turns.ts": "locks",
    };
    const found = ROOMS.flatMap((room) =>
      readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" }).map((file) => `${room}/${file}`),
    ).filter((file) => file.endsWith(".ts") && !(file in pure) && signature.test(readFileSync(join(ROOT, file), "utf8")));
    expect(found).toEqual([]);
  });
});
