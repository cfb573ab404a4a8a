import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { type EachState, expectedEndMs, NOTHING_YET } from "../../engine/each-state.ts";
import type { Run, Workflow } from "../../schemas/types/index.ts";
import { Secret } from "../../sealing/secret.ts";
import { startTestServer, type TestServer } from "../server/start.ts";
import { accessTo } from "../support/access.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { sharedMongod } from "../support/mongod.ts";
import { until } from "../support/until.ts";

describe("runs on the embedded store", () => describeRuns(async () => ({})));
describeWithMongod("runs on MongoDB", () =>
  describeRuns(async () => ({
    MONGODB_URI: (await sharedMongod()).dbUri(`runs_${process.pid}_${Date.now()}`),
    CREDENTIALS_KEYS: `k:${randomBytes(32).toString("base64")}`,
  })),
);

jest.setTimeout(60_000);

type Steps = Workflow["steps"];
const KEY = { type: "api_key", apiKey: new Secret("playground") } as const;
const access = accessTo("default");
const at = { kind: "operation", connector: "lever", credential: "main" } as const;

function describeRuns(environment: () => Promise<Record<string, string>>): void {
  let server: TestServer;
  let ids: string[];
  let user: string;
  let names = 0;

  beforeAll(async () => {
    server = await startTestServer({ env: await environment(), playground: { opportunities: 25 } });
    const world = server.playground?.playground.world;
    ids = world?.opportunities.rows.map(({ id }) => id) as string[];
    user = world?.users.rows.find(({ deactivatedAt }) => deactivatedAt === null)?.id as string;
    await credential("main");
  });
  afterAll(() => server?.close());
  beforeEach(() => playground().faults.clear());

  const services = () => server.services;
  const playground = () => server.playground?.playground as NonNullable<TestServer["playground"]>["playground"];
  const effects = () => playground().ledger.since(0);
  const tagged = (tag: string) => effects().filter(({ changed }) => changed?.includes(tag)).length;

  function credential(nickname: string, owner?: string) {
    const place = { nickname, environment: "playground", auth: KEY, defaultPerformAs: user };
    return services().credentials.create(accessTo("default", owner), place);
  }

  async function publish(steps: Steps, trigger: Workflow["trigger"] = { type: "api", input: {} }): Promise<string> {
    names += 1;
    const { id } = await services().workflows.create(access, { name: `flow-${names}`, title: "Test", trigger, steps });
    await services().workflows.publish(access, id);
    return id;
  }

  async function start(steps: Steps, input: unknown = {}, more: { owner?: string } = {}): Promise<string> {
    return (await services().runs.start(access, await publish(steps), { input, ...more })).id;
  }

  async function comesTo(id: string, status: Run["status"], waitingFor?: string): Promise<Run> {
    let run = await services().runs.get(access, id);
    await until(async () => {
      run = await services().runs.get(access, id);
      return run.status === status && run.waitingFor?.for === waitingFor;
    }).catch((error) => {
      throw new Error(`${error.message}: ${JSON.stringify(run)}`);
    });
    return run;
  }

  const tag = (id: string, name: string, more: object = {}) =>
    ({
      ...{ id, title: id, ...at, operation: "add_opportunity_tags" },
      input: { opportunity_id: ids[0], tags: [name] },
      ...more,
    }) as Steps[number];
  const create = (id: string, name: string) =>
    ({ ...{ id, title: id, ...at, operation: "create_opportunity" }, input: { name, perform_as: user } }) as Steps[number];

  it("wait for a time without a worker, and continue then", async () => {
    const told: string[] = [];
    const off = services().events.on(
      (event) => void (event.type === "run_changed" && told.push(`${event.status} ${event.waitingFor}`)),
    );
    const id = await start([{ id: "pause", title: "Pause", kind: "wait", for: "1s" }, tag("tag", "waited a second")]);
    const run = await comesTo(id, "succeeded");
    // It is told once it is recorded.
    await until(() => told.length > 2);
    off();
    expect(told).toEqual(["queued undefined", "waiting time", "succeeded undefined"]);
    const [pause] = run.steps;
    expect(Date.parse(String(pause?.endedAt)) - Date.parse(run.startedAt)).toBeGreaterThanOrEqual(1000);
    // How long it waited is told as well.
    expect(Date.parse(String(pause?.endedAt)) - Date.parse(String(pause?.startedAt))).toBeGreaterThanOrEqual(900);
    expect(tagged("waited a second")).toBe(1);
  });

  it("wait for an approval by one of those who are asked, and record who gave it", async () => {
    const ask = {
      id: "ask",
      title: "Ask",
      kind: "approval",
      message: "Tag {{ trigger.input.who }}?",
      approvers: ["Mina@example.com"],
    };
    const id = await start([ask as Steps[number], tag("tag", "approved")], { who: "Ada" });
    const waiting = await comesTo(id, "waiting", "approval");
    expect(waiting.waitingFor).toMatchObject({ step: "ask", message: "Tag Ada?", approvers: ["Mina@example.com"] });
    const { runs } = services();
    await expect(runs.decide(access, id, "approved", { names: ["somebody"] })).rejects.toMatchObject({ code: "forbidden" });
    await runs.decide(access, id, "approved", { names: ["mina@example.com"], note: "checked" });
    const run = await comesTo(id, "succeeded");
    expect(run.steps[0]?.output).toMatchObject({ decision: "approved", by: "mina@example.com", note: "checked" });
    expect(run.steps[0]?.startedAt).toBe(waiting.waitingFor?.since);
    await expect(runs.decide(access, id, "declined", { names: ["mina@example.com"] })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(tagged("approved")).toBe(1);
  });

  it("end where an approval is declined, and by its deadline as the workflow says", async () => {
    const ask = { id: "ask", title: "Ask", kind: "approval", message: "Go on?" } as const;
    const declined = await start([ask, tag("tag", "declined")]);
    await comesTo(declined, "waiting", "approval");
    await services().runs.decide(access, declined, "declined", { names: ["x"] });
    await comesTo(declined, "cancelled");
    const deadline = { after: "1s", decision: "approved" } as const;
    const late = await comesTo(await start([{ ...ask, deadline }, tag("tag", "by deadline")]), "succeeded");
    expect(late.steps[0]?.output).toMatchObject({ decision: "approved", by: null });
    expect([tagged("declined"), tagged("by deadline")]).toEqual([0, 1]);
  });

  it("wait for a credential that must be reconnected, and continue once it is", async () => {
    const { id: broken } = await credential("to be refused");
    const id = await (async () => {
      playground().faults.add([{ match: { pathPattern: "/addTags" }, action: { kind: "respond", status: 401, body: {} } }]);
      return start([{ ...tag("tag", "after reconnect"), credential: "to be refused" } as Steps[number]]);
    })();
    const waiting = await comesTo(id, "waiting", "credential");
    expect(waiting.waitingFor?.credential).toBe(broken);
    playground().faults.clear();
    await services().credentials.replaceApiKey(access, broken, new Secret("playground"));
    await comesTo(id, "succeeded");
    expect(tagged("after reconnect")).toBe(1);
  });

  it("need a person where it is not known whether something was created, and believe that person", async () => {
    const unknown = async (name: string) => {
      playground().faults.add([
        { match: { method: "POST", pathPattern: "/opportunities" }, action: { kind: "reset", when: "after-apply" } },
      ]);
      const id = await start([create("create", name), tag("tag", `${name} tagged`)]);
      const run = await comesTo(id, "needs_attention");
      playground().faults.clear();
      expect(run).toMatchObject({ atStep: "create", error: { code: "outcome_unknown" } });
      return id;
    };
    const created = (name: string) => effects().filter((effect) => JSON.stringify(effect).includes(name)).length;
    const { runs } = services();

    const happened = await unknown("Happened");
    await expect(runs.retry(access, happened)).rejects.toMatchObject({ code: "input_invalid" });
    await runs.retry(access, happened, { outcome: "happened", id: "the-id" });
    const believed = await comesTo(happened, "succeeded");
    expect((await runs.reveal(access, happened, "test")).steps[0]?.output).toEqual({ data: { id: "the-id" } });
    expect(believed.steps[0]?.status).toBe("succeeded");

    const before = playground().world.opportunities.rows.length;
    const again = await unknown("Once more");
    await runs.retry(access, again, { outcome: "not_happened" });
    await comesTo(again, "succeeded");
    expect(playground().world.opportunities.rows.length - before).toBe(2);

    const given = await unknown("Given up");
    expect((await runs.cancel(access, given)).status).not.toBe("needs_attention");
    await comesTo(given, "cancelled");
    expect(created("never")).toBe(0);
  });

  it("ask about the one item of a list of which it is not known whether it was created, and do the others after it", async () => {
    const names = ["List 1", "List 2", "List 3"];
    playground().faults.add([
      { match: { method: "POST", pathPattern: "/opportunities", nth: 2 }, action: { kind: "reset", when: "after-apply" } },
    ]);
    const each = { ...create("create", "{{ item }}"), forEach: { items: "{{ trigger.input.names }}" } } as Steps[number];
    const { runs } = services();
    const before = playground().world.opportunities.rows.length;
    const made = () => playground().world.opportunities.rows.length - before;
    const happened = await start([each], { names });
    const asked = await comesTo(happened, "needs_attention");
    expect(asked).toMatchObject({ atStep: "create", error: { code: "outcome_unknown" } });
    expect(asked.error?.message).toContain("item 1:");
    expect(asked.steps[0]).toMatchObject({ status: "unknown", items: { succeeded: 1, failed: 0, skipped: 0 } });
    playground().faults.clear();
    await runs.retry(access, happened, { outcome: "happened", id: "the-id" });
    expect((await comesTo(happened, "succeeded")).steps[0]?.items).toEqual({ succeeded: 3, failed: 0, skipped: 0, total: 3 });
    expect(made()).toBe(3);

    playground().faults.add([
      { match: { method: "POST", pathPattern: "/opportunities", nth: 2 }, action: { kind: "reset", when: "after-apply" } },
    ]);
    const again = await start([each], { names });
    await comesTo(again, "needs_attention");
    playground().faults.clear();
    await runs.retry(access, again, { outcome: "not_happened" });
    expect((await comesTo(again, "succeeded")).steps[0]?.items).toEqual({ succeeded: 3, failed: 0, skipped: 0, total: 3 });
    expect(made()).toBe(3 + 4);
  });

  it("create what was refused before, however long ago that was", async () => {
    const { id: broken } = await credential("to be refused at first");
    playground().faults.add([
      { match: { method: "POST", pathPattern: "/opportunities" }, action: { kind: "respond", status: 401, body: {} } },
    ]);
    const before = playground().world.opportunities.rows.length;
    const id = await start([{ ...create("create", "Refused"), credential: "to be refused at first" } as Steps[number]]);
    await comesTo(id, "waiting", "credential");
    const records = await services().store.find("writes", "default", { where: { credential: broken }, limit: 100 });
    expect(records.length).toBeGreaterThan(0);
    for (const record of records) await services().store.remove("writes", "default", record.id);
    playground().faults.clear();
    await services().credentials.replaceApiKey(access, broken, new Secret("playground"));
    await comesTo(id, "succeeded");
    expect(playground().world.opportunities.rows.length - before).toBe(1);
  });

  it("continue from the step that failed when they are retried, without doing the others again", async () => {
    playground().faults.add([{ match: { pathPattern: "/removeTags" }, action: { kind: "respond", status: 400, body: {} } }]);
    const remove = { ...tag("remove", "first of two"), operation: "remove_opportunity_tags" } as Steps[number];
    const id = await start([tag("tag", "first of two"), remove, tag("last", "last of two")]);
    const failed = await comesTo(id, "failed");
    expect(failed).toMatchObject({ atStep: "remove", error: { code: "upstream_rejected" } });
    playground().faults.clear();
    const before = effects().length;
    await services().runs.retry(access, id);
    await comesTo(id, "succeeded");
    expect(effects().length - before).toBe(2);
    await expect(services().runs.retry(access, id)).rejects.toMatchObject({ code: "conflict" });
  });

  it("go through all pages of a list, each record once, and say how many", async () => {
    const forEach = {
      connector: "lever",
      operation: "list_opportunities",
      credential: "main",
      input: { limit: 10 },
      concurrency: 4,
    };
    const input = { opportunity_id: "{{ item.id }}", tags: ["swept"] };
    const id = await start([tag("sweep", "swept", { forEach, input })]);
    const run = await comesTo(id, "succeeded");
    let all = 0;
    const list = {
      access,
      operation: "list_opportunities",
      credential: await services().credentials.idOf(access, "main"),
      input: {},
    };
    for await (const event of services().runtime.pages(list)) all = event.count;
    expect(run.steps[0]?.items).toEqual({ succeeded: all, failed: 0, skipped: 0, total: all });
    expect([tagged("swept"), run.steps[0]?.outcomes?.length]).toEqual([all, all]);
  });

  it("say of pages how many are known so far and the least that these take, and how many there are with the last page", async () => {
    playground().faults.add([{ match: { pathPattern: "/addTags" }, action: { kind: "delay", delayBeforeMs: 150 } }]);
    const forEach = {
      connector: "lever",
      operation: "list_opportunities",
      credential: "main",
      input: { limit: 15 },
      concurrency: 1,
    };
    const id = await start([tag("paged", "paged", { forEach, input: { opportunity_id: "{{ item.id }}", tags: ["paged"] } })]);
    const items = async () => (await services().runs.get(access, id)).steps[0]?.items;
    let seen: Awaited<ReturnType<typeof items>>;
    await until(async () => {
      seen = await items();
      return seen?.endsAt !== undefined;
    }, 45_000);
    expect(seen).toMatchObject({ known: 15, failed: 0, perMinute: expect.any(Number) });
    expect(seen?.total).toBeUndefined();
    // Each takes 0.15 s at the least, and a part of the page is left.
    expect(Date.parse(String(seen?.endsAt)) - Date.now()).toBeGreaterThan(-1_000);
    await until(async () => {
      seen = await items();
      return seen?.total !== undefined;
    }, 45_000);
    playground().faults.clear();
    const ended = (await comesTo(id, "succeeded")).steps[0]?.items;
    expect(ended).toEqual({ succeeded: seen?.total, failed: 0, skipped: 0, total: seen?.total });
  });

  it("resume inside a list after they stopped at an item that failed", async () => {
    const some = ids.slice(0, 9);
    playground().faults.add([
      { match: { pathPattern: `/${some[5]}/addTags` }, action: { kind: "respond", status: 400, body: {} } },
    ]);
    const input = { opportunity_id: "{{ item }}", tags: ["one by one"] };
    const id = await start([tag("each", "one by one", { forEach: { items: "{{ trigger.input.ids }}" }, input })], { ids: some });
    const failed = await comesTo(id, "failed");
    expect(failed.steps[0]).toMatchObject({ items: { succeeded: 5, failed: 1 }, error: { code: "upstream_rejected" } });
    playground().faults.clear();
    const before = effects().length;
    await services().runs.retry(access, id);
    expect((await comesTo(id, "succeeded")).steps[0]).toMatchObject({ items: { succeeded: 9, failed: 0, skipped: 0, total: 9 } });
    expect([effects().length - before, tagged("one by one")]).toEqual([4, 9]);
  });

  it("say how many items there are and until when, and end between two of them where they are cancelled", async () => {
    playground().faults.add([{ match: { pathPattern: "/addTags" }, action: { kind: "delay", delayBeforeMs: 300 } }]);
    const input = { opportunity_id: ids[2], tags: ["item {{ item }}"] };
    const items = Array.from({ length: 200 }, (_none, at) => `${at}`);
    const id = await start([tag("each", "unused", { forEach: { items: "{{ trigger.input.items }}" }, input })], { items });
    let step: Run["steps"][number] | undefined;
    await until(async () => {
      [step] = (await services().runs.get(access, id)).steps;
      return step?.items?.endsAt !== undefined;
    });
    expect(step?.items).toMatchObject({ total: 200, failed: 0 });
    // Each takes 0.3 s at the least, and a few are done.
    expect(Date.parse(String(step?.items?.endsAt)) - Date.now()).toBeGreaterThan(30_000);
    await services().runs.cancel(access, id);
    playground().faults.clear();
    const ended = (await comesTo(id, "cancelled")).steps[0]?.items;
    expect(ended?.succeeded).toBeLessThan(200);
    expect([ended?.total, ended?.endsAt, ended?.perMinute]).toEqual([200, undefined, undefined]);
  });

  it("do the other items where one fails and the workflow says so", async () => {
    const some = ids.slice(10, 15);
    playground().faults.add([
      { match: { pathPattern: `/${some[1]}/addTags` }, action: { kind: "respond", status: 400, body: {} } },
    ]);
    const input = { opportunity_id: "{{ item }}", tags: ["but one"] };
    const more = { forEach: { items: "{{ trigger.input.ids }}", concurrency: 3 }, input, onError: "continue" };
    const run = await comesTo(await start([tag("each", "but one", more)], { ids: some }), "succeeded");
    playground().faults.clear();
    expect(run.steps[0]).toMatchObject({ items: { succeeded: 4, failed: 1, skipped: 0 } });
    expect(run.steps[0]?.outcomes).toContainEqual({ item: "1", status: "failed", code: "upstream_rejected" });
  });

  it("use their owner's credential and no other, and say what is wrong with it", async () => {
    const own = { ...tag("tag", "for alice"), credential: "owner" } as Steps[number];
    await expect(start([own])).rejects.toMatchObject({ code: "input_invalid" });
    const without = await comesTo(await start([own], {}, { owner: "alice" }), "failed");
    expect(without.error).toMatchObject({ code: "not_found", message: expect.stringContaining("alice has no credential") });
    await credential("hers", "alice");
    expect((await comesTo(await start([own], {}, { owner: "alice" }), "succeeded")).owner).toBe("alice");
    await credential("hers too", "alice");
    const two = await comesTo(await start([own], {}, { owner: "alice" }), "failed");
    expect(two.error).toMatchObject({ code: "conflict", message: expect.stringContaining("2 credentials") });
    const foreign = await comesTo(await start([tag("tag", "by main")], {}, { owner: "alice" }), "failed");
    expect(foreign.error?.code).toBe("not_found");
    expect(tagged("by main")).toBe(0);
  });

  it("send a message to a destination once, and end when it was accepted", async () => {
    const inbox = `${server.playground?.url}/inbox/runs`;
    const made = await services().destinations.create(access, { name: `inbox ${names}`, url: inbox });
    const destination = made.destination.id;
    const send = {
      id: "send",
      title: "Send",
      kind: "send",
      destination,
      body: { outcome: "{{ trigger.input.outcome }}" },
    } as const;
    const run = await comesTo(await start([send], { outcome: "verified" }), "succeeded");
    expect(run.steps[0]).toMatchObject({ status: "succeeded", attempts: 1, output: { messageId: expect.any(String) } });
    const { data } = await services().destinations.deliveries(access, destination);
    expect(data.map(({ state }) => state)).toEqual(["delivered"]);
  });

  it("show nothing of people in their history, and all of it to whoever gives a reason, on record", async () => {
    const read = {
      id: "read",
      title: "Read",
      ...at,
      operation: "retrieve_opportunity",
      input: { opportunity_id: ids[3] },
    } as const;
    const run = await comesTo(await start([read], { name: "Ada Lovelace" }), "succeeded");
    const name = String(playground().world.opportunityById.get(String(ids[3]))?.contact.name);
    const text = JSON.stringify(run);
    expect(text).not.toContain(name);
    expect(text).not.toContain("Ada Lovelace");
    expect(run.steps[0]?.output).toMatchObject({ data: { id: ids[3], name: "[redacted]" } });
    for (const collection of ["runs", "runSteps"] as const) {
      const stored = JSON.stringify(await services().store.find(collection, "default", { limit: 1000 }));
      expect([collection, stored.includes(name), stored.includes("Ada Lovelace")]).toEqual([collection, false, false]);
    }
    const shown = await services().runs.reveal({ ...access, actor: "session:mina" }, run.id, "asked by the candidate");
    expect(JSON.stringify(shown)).toContain(name);
    expect(await services().runs.reveals(access, run.id)).toEqual([
      { by: "session:mina", at: expect.any(String), reason: "asked by the candidate" },
    ]);
  });

  it("go with their steps and reveals once their project has kept them for as long as it says, whenever that was said", async () => {
    const { store, runs, projects, sweep } = services();
    const read = {
      id: "read",
      title: "Read",
      ...at,
      operation: "retrieve_opportunity",
      input: { opportunity_id: ids[4] },
    } as const;
    const DAY_MS = 86_400_000;
    const ended = async (days: number) => {
      const { id } = await comesTo(await start([read]), "succeeded");
      await runs.reveal(access, id, "to see that it goes");
      await store.patch("runs", "default", id, { set: { endedAtMs: Date.now() - days * DAY_MS } });
      return id;
    };
    const left = async (id: string) => [
      (await store.get("runs", "default", id)) !== undefined,
      (await store.find("runSteps", "default", { where: { run: id } })).length,
      (await store.find("runReveals", "default", { where: { run: id } })).length,
    ];
    const [young, old] = [await ended(5), await ended(31)];
    await sweep();
    expect([await left(young), await left(old)]).toEqual([
      [true, 1, 1],
      [false, 0, 0],
    ]);
    await projects.keepRuns("default", 4);
    await sweep();
    await projects.keepRuns("default", 30);
    expect(await left(young)).toEqual([false, 0, 0]);
  });

  it("are started by the clock, once for each moment", async () => {
    const id = await publish([tag("tag", "by the clock")], { type: "schedule", cron: "0 3 * * *", timezone: "Europe/Vienna" });
    const [schedule] = (await services().store.find("schedules", "default", { limit: 1000 })).filter((one) => one.id === id);
    await services().store.patch(
      "schedules",
      "default",
      id,
      { set: { nextAtMs: Date.now() - 20 } },
      { version: schedule?.version as number },
    );
    await until(async () => (await services().runs.list(access, { workflow: id })).data.length > 0);
    const [run] = (await services().runs.list(access, { workflow: id })).data;
    expect(run).toMatchObject({ startedBy: "system", isCatchUp: false });
    await comesTo(String(run?.id), "succeeded");
    await services().store.patch("schedules", "default", id, { set: { nextAtMs: Date.now() - 26 * 3_600_000 } });
    await until(async () => (await services().runs.list(access, { workflow: id })).data.length > 1);
    const [caughtUp, ...others] = (await services().runs.list(access, { workflow: id })).data;
    expect([caughtUp?.isCatchUp, others.length]).toEqual([true, 1]);
    const { nextTimes } = await services().workflows.get(access, id);
    expect(nextTimes).toHaveLength(5);
    // By a call too, now and then; its moments stay as they are.
    const { id: called } = await services().runs.start(access, id);
    expect(await comesTo(called, "succeeded")).toMatchObject({ trigger: { scheduledAt: expect.any(String) }, isCatchUp: false });
    await expect(services().runs.start(access, id, { input: { a: 1 } })).rejects.toMatchObject({ code: "input_invalid" });
    expect((await services().workflows.get(access, id)).nextTimes).toEqual(nextTimes);
    await services().workflows.pause(access, id);
    expect(await services().store.get("schedules", "default", id)).toBeUndefined();
  });

  it("of other workflows are started by the clock where a schedule was left behind", async () => {
    const { store, workflows } = services();
    const clock = { type: "schedule", cron: "0 4 * * *", timezone: "UTC" } as const;
    const [paused, removed] = [await publish([tag("tag", "paused")], clock), await publish([tag("tag", "removed")], clock)];
    const other = await publish([tag("tag", "other")], clock);
    await workflows.pause(access, paused);
    await workflows.remove(access, removed);
    const due = { cron: clock.cron, timezone: clock.timezone, nextAtMs: Date.now() - 1_000 };
    // As it is where a process dies between the two.
    for (const id of [paused, removed]) await store.insert("schedules", { id, project: "default", ...due });
    await store.patch("schedules", "default", other, { set: { nextAtMs: due.nextAtMs + 500 } });
    await until(async () => (await services().runs.list(access, { workflow: other })).data.length > 0);
    await until(async () => Number((await store.get("schedules", "default", paused))?.nextAtMs) > Date.now());
    expect((await services().runs.list(access, { workflow: paused })).data).toEqual([]);
    expect((await services().runs.list(access, { workflow: removed })).data).toEqual([]);
  });
}

describe("the end of a step over several items", () => {
  const at = { startedAtMs: 0, nowMs: 10_000 };
  const budget = { remaining: 0, resetMs: 2_000, nextMs: 100, burst: 20, perSecond: 10 };
  const endsIn = (counts: Partial<EachState>, more: object = {}) => {
    const endMs = expectedEndMs({ ...NOTHING_YET, ...counts }, { ...at, ...more });
    return endMs === undefined ? undefined : endMs - at.nowMs;
  };

  it("is reckoned from the pace so far, and no sooner than the rate budget allows a call for each that is left", () => {
    expect(endsIn({ succeeded: 100, known: 200 })).toBe(10_000);
    // A hundred calls take 0.1 s for the first, and 0.1 s for each of the others.
    expect(endsIn({ succeeded: 100, known: 200 }, { budget })).toBe(10_000);
    expect(endsIn({ succeeded: 1_000, known: 1_100 }, { budget })).toBe(10_000);
    expect(endsIn({ known: 100 }, { budget })).toBe(10_000);
    expect(endsIn({ known: 100 }, { budget: { ...budget, remaining: 20, nextMs: 0 } })).toBe(8_000);
  });

  it("is not put off for items that are skipped, and costs no call", () => {
    expect(endsIn({ skipped: 1_000, known: 1_100 }, { budget })).toBe(1_000);
  });

  it("is not known where nothing is left, or nothing has ended and no budget is there", () => {
    expect([endsIn({ succeeded: 9, known: 9 }, { budget }), endsIn({ known: 9 }), endsIn({ succeeded: 9 })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
