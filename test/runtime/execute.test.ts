import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import type { ErrorCode } from "../../errors/connector-error.ts";
import type { FaultSpec } from "../../playground/index.ts";
import type { ExecuteOptions, PageEvent } from "../../runtime/types.ts";
import { Secret } from "../../sealing/secret.ts";
import { startTestServer, type TestServer } from "../server/start.ts";
import { accessTo } from "../support/access.ts";

let server: TestServer;
let credential: string;
let user: string;
let target: string;

const playground = () => {
  if (!server.playground) throw new Error("the playground is off");
  return server.playground.playground;
};
const run = (operation: string, input: unknown, more: Partial<ExecuteOptions> = {}) =>
  server.services.runtime.execute({ access: accessTo("default"), operation, credential, input, ...more });
const addTags = (tags: string[], more: Partial<ExecuteOptions> = {}) =>
  run("add_opportunity_tags", { opportunity_id: target, tags }, more);
const fault = (...specs: FaultSpec[]) => playground().faults.add(specs);
const seen = () => playground().requests.report(0).count;
const tagsNow = async () =>
  ((await run("retrieve_opportunity", { opportunity_id: target })).output as { data: { tags: string[] } }).data.tags;
const code = (promise: Promise<unknown>): Promise<ErrorCode | "no error"> =>
  promise.then(
    () => "no error" as const,
    (error) => error.code,
  );

/** By how much the clock was set back. */
let setBackMs = 0;

beforeAll(async () => {
  // Before the server is put together: its parts keep the function.
  const { now } = Date;
  jest.spyOn(Date, "now").mockImplementation(() => now() - setBackMs);
  server = await startTestServer();
  const { credentials } = server.services;
  ({ id: credential } = await credentials.create(accessTo("default"), {
    nickname: "Lever",
    environment: "playground",
    auth: { type: "api_key", apiKey: new Secret("playground") },
  }));
  const users = await run("list_users", {});
  user = (users.output as { data: { id: string }[] }).data[0]?.id as string;
  await credentials.update(accessTo("default"), credential, { defaultPerformAs: user });
  const page = await run("list_opportunities", { limit: 100, archived: false });
  const named = (page.output as { data: { id: string; name: string; emails: string[] }[] }).data;
  target = named.find(({ name, emails }) => name !== "" && emails.length > 0)?.id as string;
});
afterAll(async () => {
  await server.close();
  jest.restoreAllMocks();
});
beforeEach(() => {
  setBackMs = 0;
  playground().faults.clear();
  playground().ledger.clear();
});

describe("a write", () => {
  const record = (output: unknown) => (output as { data: { name: string; emails: string[]; tags: string[] } }).data;
  const methodsSince = (before: number) =>
    playground()
      .requests.report(seen() - before)
      .data.map(({ method }) => method);
  const reads = { method: "GET", pathPattern: "/opportunities/" };

  it("answers the whole record although Lever blanks the contact, by one read and one attempt", async () => {
    const before = seen();
    const { output, meta } = await addTags(["Verified"]);
    const { name, emails, tags } = record(output);
    expect([name === "", emails.length > 0, tags.at(-1)]).toEqual([false, true, "Verified"]);
    expect(output).toEqual((await run("retrieve_opportunity", { opportunity_id: target })).output);
    expect(meta).toMatchObject({ attempts: 1, readBack: { ok: true } });
    expect(methodsSince(before)).toEqual(["GET", "POST", "GET"]);
  });

  it("says what it really changed, and that nothing was where a tag was not there", async () => {
    await addTags(["Kept"]);
    expect((await addTags(["Kept", "Fresh"])).meta.changed).toEqual({ field: "tags", added: ["Fresh"], removed: [] });
    const remove = (tags: string[]) => run("remove_opportunity_tags", { opportunity_id: target, tags });
    expect((await remove(["fresh", "Nowhere"])).meta.changed).toEqual({ field: "tags", added: [], removed: [] });
    expect((await remove(["Nowhere", "Fresh"])).meta.changed).toEqual({ field: "tags", added: [], removed: ["Fresh"] });
  });

  it("of several that add the same tag at once, one says that it added it", async () => {
    const results = await Promise.all([addTags(["Race"]), addTags(["Race"]), addTags(["Race"])]);
    expect(results.map(({ meta }) => meta.changed?.added)).toEqual([["Race"], [], []]);
  });

  it("goes ahead where the record cannot be read before: it is read back, and what changed is not claimed", async () => {
    fault({ match: { ...reads, nth: 1, times: 1 }, action: { kind: "respond", status: 503, body: {} } });
    const before = seen();
    const { output, meta } = await addTags(["Blind"]);
    expect(methodsSince(before)).toEqual(["GET", "POST", "GET"]);
    expect(record(output)).toMatchObject({ name: expect.stringMatching(/./), tags: expect.arrayContaining(["Blind"]) });
    expect(meta).toMatchObject({ attempts: 1, readBack: { ok: true } });
    expect(meta).not.toHaveProperty("changed");
  });

  it("is not kept from Lever by a record that is slow to read", async () => {
    fault({ match: { ...reads, nth: 1, times: 1 }, action: { kind: "delay", delayBeforeMs: 60_000 } });
    const { meta } = await addTags(["Patient"], { timeoutMs: 4000 });
    expect(meta).not.toHaveProperty("changed");
    expect(meta.durationMs).toBeLessThan(3500);
  });

  it("is not sent for a caller who leaves while the record is read", async () => {
    fault({ match: { ...reads, nth: 1 }, action: { kind: "delay", delayBeforeMs: 60_000 } });
    const leaving = new AbortController();
    const before = seen();
    const write = addTags(["Left"], { signal: leaving.signal });
    while (seen() === before) await new Promise((resolve) => setTimeout(resolve, 5));
    leaving.abort();
    expect(await code(write)).toBe("cancelled");
    expect(methodsSince(before)).toEqual(["GET"]);
  });

  it("succeeds with the blanked record when it may not be read, says so, and does not ask twice", async () => {
    fault({ match: reads, action: { kind: "respond", status: 403, body: { code: "Forbidden", message: "no" } } });
    const before = seen();
    const { output, meta } = await addTags(["Verified"]);
    expect(record(output).name).toBe("");
    expect(meta.readBack).toEqual({ ok: false, code: "permission_denied" });
    expect(methodsSince(before)).toEqual(["GET", "POST"]);
  });

  it("succeeds with the blanked record when reading back fails as well", async () => {
    fault({ match: reads, action: { kind: "respond", status: 404, body: { code: "ResourceNotFound", message: "no" } } });
    const { output, meta } = await addTags(["Verified"]);
    expect(record(output).name).toBe("");
    expect(meta).toMatchObject({ attempts: 1, readBack: { ok: false, code: "upstream_not_found" } });
  });

  it("is recorded for the credential's default user, or the one of the input", async () => {
    await addTags(["Default user"]);
    const others = (await run("list_users", {})).output as { data: { id: string }[] };
    const other = others.data[1]?.id as string;
    await run("add_opportunity_tags", { opportunity_id: target, tags: ["Other user"], perform_as: other });
    expect(
      playground()
        .ledger.since(0)
        .map(({ performAs }) => performAs),
    ).toEqual([user, other]);
  });

  it("is not sent without a user to act as", async () => {
    const { id } = await server.services.credentials.create(accessTo("default"), {
      nickname: "nobody",
      environment: "playground",
      auth: { type: "api_key", apiKey: new Secret("playground") },
    });
    const before = seen();
    expect(await code(addTags(["x"], { credential: id }))).toBe("perform_as_missing");
    expect(seen()).toBe(before);
  });

  it("is repeated after a reset and leaves the tag once, whether or not it had arrived", async () => {
    for (const when of ["before-apply", "after-apply"] as const) {
      playground().faults.clear();
      fault({ match: { pathPattern: "addTags", nth: 1 }, action: { kind: "reset", when } });
      const tag = `Reset ${when}`;
      const { meta } = await addTags([tag]);
      expect(meta).toMatchObject({ attempts: 2, changed: { added: [tag] } });
      expect((await tagsNow()).filter((one) => one === tag)).toHaveLength(1);
    }
  });

  it("ends as outcome_unknown, safe to repeat, when no answer ever comes", async () => {
    fault({ match: { pathPattern: "addTags" }, action: { kind: "respond", status: 500, body: "x", afterApply: true } });
    await expect(addTags(["Nobody knows"])).rejects.toMatchObject({
      code: "outcome_unknown",
      details: { repeatable: true, seen: "upstream_error" },
    });
  });

  it("says that it was applied when only its answer is unusable, and is not repeated", async () => {
    fault({ match: { pathPattern: "addTags" }, action: { kind: "truncated-json" } });
    await expect(addTags(["Applied"])).rejects.toMatchObject({ code: "upstream_invalid_response", details: { applied: true } });
    expect(playground().ledger.since(0)).toHaveLength(1);
  });

  it("runs after the earlier ones to the same opportunity, in the order of the calls", async () => {
    fault({ match: { pathPattern: "Tags", nth: 1 }, action: { kind: "delay", delayBeforeMs: 150 } });
    const input = { opportunity_id: target, tags: ["Ordered"] };
    await Promise.all([
      addTags(["Ordered"]),
      run("remove_opportunity_tags", input),
      addTags(["Ordered"]),
      run("remove_opportunity_tags", input),
    ]);
    expect(
      playground()
        .ledger.since(0)
        .map(({ effect }) => effect),
    ).toEqual(["opportunity.tags_added", "opportunity.tags_removed", "opportunity.tags_added", "opportunity.tags_removed"]);
    expect(await tagsNow()).not.toContain("Ordered");
  });
});

describe("an Idempotency-Key", () => {
  it("answers the recorded result of the first call, and sends nothing", async () => {
    const first = await addTags(["Once"], { idempotencyKey: "key-1" });
    const before = seen();
    const second = await addTags(["Once"], { idempotencyKey: "key-1" });
    expect(seen()).toBe(before);
    expect(second).toEqual({ output: first.output, meta: { ...first.meta, replayed: true } });
  });

  it("refuses another call under the same key", async () => {
    await addTags(["One"], { idempotencyKey: "key-2" });
    const before = seen();
    expect(await code(addTags(["Two"], { idempotencyKey: "key-2" }))).toBe("idempotency_key_reused");
    expect(seen()).toBe(before);
  });

  it("lets exactly one of many concurrent calls through", async () => {
    fault({ match: { pathPattern: "addTags" }, action: { kind: "delay", delayBeforeMs: 50 } });
    const results = await Promise.all(
      Array.from({ length: 12 }, () => code(addTags(["Concurrent"], { idempotencyKey: "key-3" }))),
    );
    expect(results.filter((one) => one === "no error")).toHaveLength(1);
    expect(results.filter((one) => one === "idempotency_in_progress")).toHaveLength(11);
    expect(playground().ledger.since(0)).toHaveLength(1);
  });

  it("is free again after a failure that had no effect", async () => {
    fault({ match: { pathPattern: "addTags", nth: 1 }, action: { kind: "respond", status: 403, body: {} } });
    expect(await code(addTags(["Later"], { idempotencyKey: "key-4" }))).toBe("permission_denied");
    expect(await code(addTags(["Later"], { idempotencyKey: "key-4" }))).toBe("no error");
  });

  it.each(["", "a b", "ä", "x".repeat(256)])("refuses the key %j", async (idempotencyKey) => {
    expect(await code(addTags(["x"], { idempotencyKey }))).toBe("idempotency_key_invalid");
  });
});

describe("a read", () => {
  it("is repeated after resets and 5xx, and tells how often it was sent", async () => {
    fault({ match: { pathPattern: "/stages", nth: 1, times: 2 }, action: { kind: "respond", status: 503, body: {} } });
    expect((await run("list_stages", {})).meta.attempts).toBe(3);
  });

  it("gives up after four attempts", async () => {
    fault({ match: { pathPattern: "/sources" }, action: { kind: "reset", when: "before-apply" } });
    const before = seen();
    expect(await code(run("list_sources", {}))).toBe("upstream_unreachable");
    expect(seen() - before).toBe(4);
  });

  it("is not repeated when Lever refuses it", async () => {
    const before = seen();
    expect(await code(run("retrieve_opportunity", { opportunity_id: "nobody" }))).toBe("upstream_not_found");
    expect(await code(run("list_opportunities", { offset: "stale" }))).toBe("cursor_invalid");
    expect(seen() - before).toBe(2);
  });

  it("keeps to its own deadline, also while it waits between attempts", async () => {
    fault({
      match: { pathPattern: "/stages" },
      action: { kind: "respond", status: 429, body: {}, headers: { "retry-after": "30" } },
    });
    const started = Date.now();
    expect(await code(run("list_stages", {}, { timeoutMs: 500 }))).toBe("rate_limited");
    expect(Date.now() - started).toBeLessThan(1500);
  });

  it("keeps to its deadline although the clock is set back by two hours meanwhile", async () => {
    const { id } = await server.services.credentials.create(accessTo("default"), {
      nickname: "clock",
      environment: "playground",
      auth: { type: "api_key", apiKey: new Secret("playground") },
    });
    fault({ match: { pathPattern: "/stages" }, action: { kind: "delay", delayBeforeMs: 60_000 } });
    const before = seen();
    const started = performance.now();
    const reading = code(run("list_stages", {}, { credential: id, timeoutMs: 1000 }));
    while (seen() === before) await new Promise((resolve) => setTimeout(resolve, 5));
    setBackMs = 7_200_000;
    expect(await reading).toBe("upstream_timeout");
    expect([seen() - before, performance.now() - started < 4000]).toEqual([1, true]);
  });

  it("ends at once when the caller gives up", async () => {
    // A bucket of its own: the one above is still held.
    const { id } = await server.services.credentials.create(accessTo("default"), {
      nickname: "impatient",
      environment: "playground",
      auth: { type: "api_key", apiKey: new Secret("playground") },
    });
    fault({ match: { pathPattern: "/stages" }, action: { kind: "delay", delayBeforeMs: 5000 } });
    expect(await code(run("list_stages", {}, { credential: id, signal: AbortSignal.timeout(50) }))).toBe("cancelled");
  });
});

describe("a refused key", () => {
  it("is the credential's trouble, and the credential says so afterwards", async () => {
    const { id } = await server.services.credentials.create(accessTo("default"), {
      nickname: "wrong",
      environment: "playground",
      auth: { type: "api_key", apiKey: new Secret("not-a-key") },
    });
    await expect(run("list_stages", {}, { credential: id })).rejects.toMatchObject({ code: "credential_rejected", status: 424 });
    expect((await server.services.credentials.get(accessTo("default"), id)).status).toBe("reauth_required");
  });
});

describe("pages", () => {
  const pages = async (input: unknown) => {
    const events: PageEvent[] = [];
    for await (const event of server.services.runtime.pages({
      access: accessTo("default"),
      operation: "list_opportunities",
      credential,
      input,
    }))
      events.push(event);
    return events;
  };
  const ids = (events: PageEvent[]) =>
    events.flatMap((event) => (event.type === "records" ? event.records.map((record) => (record as { id: string }).id) : []));

  beforeAll(async () => {
    // The first tests throttled this credential's bucket on purpose; pages need a fresh one.
    await server.services.credentials.update(accessTo("default"), credential, { nickname: "Throttled" });
    ({ id: credential } = await server.services.credentials.create(accessTo("default"), {
      nickname: "Lever",
      environment: "playground",
      defaultPerformAs: user,
      auth: { type: "api_key", apiKey: new Secret("playground") },
    }));
  });

  it("give every record once and count them", async () => {
    const events = await pages({ limit: 7 });
    const all = ids(events);
    expect(new Set(all).size).toBe(all.length);
    expect(events.at(-1)).toEqual({ type: "done", count: all.length });
    const whole = (await run("list_opportunities", {})).output as { data: { id: string }[] };
    expect(all).toEqual(whole.data.map(({ id }) => id));
  });

  it("go on from a cursor that was kept", async () => {
    const events = await pages({ limit: 10 });
    const [first] = events;
    if (first?.type !== "records") throw new Error("no first page");
    expect([...ids([first]), ...ids(await pages({ limit: 10, offset: first.cursor }))]).toEqual(ids(events));
  });

  it("are refused for an operation that has none", async () => {
    const { runtime } = server.services;
    const read = runtime.pages({
      access: accessTo("default"),
      operation: "retrieve_opportunity",
      credential,
      input: { opportunity_id: target },
    });
    await expect(read.next()).rejects.toMatchObject({ code: "input_invalid" });
  });
});

describe("a credential", () => {
  it("remembers that it was used", async () => {
    await run("list_stages", {});
    await server.services.credentials.settled();
    const { lastUsedAt } = await server.services.credentials.get(accessTo("default"), credential);
    expect(Date.now() - Date.parse(String(lastUsedAt))).toBeLessThan(60_000);
  });
});

describe("a dry run", () => {
  it("shows the request, and sends nothing", async () => {
    const before = seen();
    const shown = await server.services.runtime.dryRun({
      access: accessTo("default"),
      operation: "add_opportunity_tags",
      credential,
      input: { opportunity_id: target, tags: ["Verified"], expand: ["stage", "owner"] },
    });
    expect(seen()).toBe(before);
    expect(shown).toEqual({
      method: "POST",
      url: `${server.services.connectors.builtIn.environment("playground").api}/opportunities/${target}/addTags?perform_as=${user}&expand=stage&expand=owner`,
      headers: { accept: "application/json", "content-type": "application/json" },
      body: { tags: ["Verified"] },
      credential: { id: credential, nickname: "Lever", environment: "playground" },
      effect: "repeatable",
      scopes: ["opportunities:write:admin"],
    });
  });
});

describe("the log", () => {
  it("tells what was run, and neither secrets nor candidates", async () => {
    const { output } = await run("retrieve_opportunity", { opportunity_id: target });
    const { name, emails } = (output as { data: { name: string; emails: string[] } }).data;
    const log = server.logged.join("");
    expect(log).toContain('"operation":"add_opportunity_tags"');
    for (const secret of [name, ...emails, Buffer.from("playground:").toString("base64"), "Verified"])
      expect(log).not.toContain(secret);
  });
});
