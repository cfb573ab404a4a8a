import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ConnectorError } from "../../errors/connector-error.ts";
import type { ExecuteResult } from "../../runtime/types.ts";
import { createWriteLedger, type WriteCall, type WriteLedger } from "../../runtime/write-ledger.ts";
import { createKeyRing } from "../../sealing/encrypt.ts";
import { reveal } from "../../sealing/secret.ts";
import { type DocumentStore, EVERY_PROJECT, type StoredDocument } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { accessTo } from "../support/access.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let folder: string;
/** How far the store's clock is ahead of the right time. */
let aheadMs = 0;
let store: DocumentStore;
let ledger: WriteLedger;
const keyRing = createKeyRing([{ kid: "k1", key: randomBytes(32) }]);
let keys = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ledger-"));
  store = createEmbeddedStore({ dataDir: folder, now: () => Date.now() + aheadMs });
  await store.open();
  ledger = createWriteLedger({ store, keyRing });
});
beforeEach(() => {
  aheadMs = 0;
});
afterAll(async () => {
  await store.dispose();
  rmSync(folder, { recursive: true });
});

const result: ExecuteResult = {
  output: { data: { id: "1", name: "Nadia" } },
  meta: { requestId: "req_1", attempts: 1, durationMs: 5, waitedMs: 0, budget: { remaining: 9, resetMs: 1 } },
};
const call = (more: Partial<WriteCall> = {}): WriteCall => ({
  access: accessTo("default"),
  owner: null,
  operation: "add_opportunity_tags",
  credential: "cred_1",
  input: { opportunity_id: "1", tags: ["a"] },
  effect: "repeatable",
  requestId: "req_1",
  idempotencyKey: `key-${++keys}`,
  timeoutMs: 60_000,
  ...more,
});
/** Begins a write and leaves it running, as a process does that dies; its record runs out in 20 ms. */
const abandon = async (more: Partial<WriteCall>) => {
  const left = call({ timeoutMs: 20 - 10_000, ...more });
  await ledger.begin(left);
  await new Promise((resolve) => setTimeout(resolve, 40));
  return { ...left, timeoutMs: 60_000 };
};
/** The record of the key that was used last, not that of its write. */
const newestKey = async () =>
  (await store.find("writes", "default", { sort: ["-createdAtMs"], limit: 10 })).find(({ isKey }) => isKey === true);
const begin = async (of: WriteCall) => {
  const begun = await ledger.begin(of);
  if (!("open" in begun)) throw new Error("already recorded");
  return begun.open;
};

describe("the ledger of writes", () => {
  it("keeps the recorded answer sealed", async () => {
    const one = call();
    await (await begin(one)).done(result);
    const [stored] = (await store.find("writes", "default", { sort: ["createdAtMs"] })).filter(({ state }) => state === "done");
    expect(JSON.stringify(stored)).not.toContain("Nadia");
    expect(await ledger.begin(one)).toEqual({ recorded: { ...result, meta: { ...result.meta, replayed: true } } });
  });

  it("names who sent a write at last, where its key is used again after a failure", async () => {
    const one = call({ access: { project: "default", actor: "api_key:first" } });
    await (await begin(one)).failed("upstream_error");
    await (await begin({ ...one, access: { project: "default", actor: "api_key:second" }, requestId: "req_2" })).done(result);
    const [stored] = await store.find("writes", "default", { sort: ["-createdAtMs"], limit: 1 });
    expect(stored).toMatchObject({ state: "done", requestId: "req_2", actor: "api_key:second" });
  });

  it("replays to the project what a version recorded that knew no owners, and to no owner", async () => {
    const one = call();
    await (await begin(one)).done(result);
    const [stored] = await store.find("writes", "default", { sort: ["-createdAtMs"], limit: 1 });
    await store.patch("writes", "default", String(stored?.id), { set: { owner: undefined, actor: undefined } });
    expect(await ledger.begin(one)).toMatchObject({ recorded: { meta: { replayed: true } } });
    expect(await ledger.begin({ ...one, access: accessTo("default", "alice") })).toHaveProperty("open");
  });

  it.each([{ idempotencyKey: undefined }, {}])("keeps, sealed, what a write really changed: %j", async (more) => {
    const one = call({ ...more, requestId: "req_changed" });
    const changed = { field: "tags", added: ["Nadia"], removed: [] };
    await (await begin(one)).done({ ...result, meta: { ...result.meta, changed } });
    const [stored] = await store.find("writes", "default", { sort: ["-createdAtMs"], limit: 1 });
    expect(JSON.stringify(stored)).not.toContain("Nadia");
    const place = { project: "default", id: stored?.id as string, field: "changed" };
    expect(JSON.parse(reveal(keyRing.open(stored?.changed as string, place)))).toEqual(changed);
    expect(stored?.sealedKid).toBe("v3.k1");
  });

  it("replays no answer whose record says another owner than the one that it was recorded for", async () => {
    const one = { ...call(), owner: "alice" };
    await (await begin(one)).done(result);
    expect(await ledger.begin(one)).toHaveProperty("recorded");
    const records = await store.find("writes", "default", { where: { owner: "alice" } });
    expect(records.length).toBeGreaterThanOrEqual(2);
    for (const { id } of records) await store.patch("writes", "default", id, { set: { owner: "bob" } });
    await expect(ledger.begin(one)).rejects.toMatchObject({ code: "sealed_data_invalid" });
  });

  it("keeps no sealed text where a write without a key tells nothing", async () => {
    await (await begin(call({ idempotencyKey: undefined }))).done(result);
    const [stored] = await store.find("writes", "default", { sort: ["-createdAtMs"], limit: 1 });
    expect(stored).toMatchObject({ state: "done", sealedKid: null });
    expect(stored).not.toHaveProperty("answer");
  });

  it("takes a write that is still running for no lost one, however wrong this process's clock is", async () => {
    const one = call({ effect: "create" });
    const open = await begin(one);
    const ahead = createWriteLedger({ store, keyRing, now: () => Date.now() + 600_000 });
    await expect(ahead.begin(one)).rejects.toMatchObject({ code: "idempotency_in_progress" });
    await open.done(result);
    expect(await ahead.begin(one)).toHaveProperty("recorded");
    const behind = createWriteLedger({ store, keyRing, now: () => Date.now() - 600_000 });
    await expect(behind.begin(await abandon({ effect: "create" }))).rejects.toMatchObject({ code: "outcome_unknown" });
  });

  it("runs a write again that another call took, and that ended without effect, while its key was looked up", async () => {
    const one = call({ effect: "create" });
    await (await begin(one)).failed("rate_limited");
    let isFirst = true;
    const late: DocumentStore = Object.create(store, {
      patch: {
        async value(...of: Parameters<DocumentStore["patch"]>) {
          if (!isFirst) return store.patch(...of);
          isFirst = false;
          const other = await begin(one);
          const taken = await store.patch(...of);
          await other.failed("rate_limited");
          return taken;
        },
      },
    });
    expect(await createWriteLedger({ store: late, keyRing }).begin(one)).toHaveProperty("open");
  });

  it("takes an input for the same whatever the order of its keys", async () => {
    const one = call();
    await (await begin(one)).done(result);
    expect(await ledger.begin({ ...one, input: { tags: ["a"], opportunity_id: "1" } })).toHaveProperty("recorded");
    await expect(ledger.begin({ ...one, input: { tags: ["b"], opportunity_id: "1" } })).rejects.toMatchObject({
      code: "idempotency_key_reused",
    });
  });

  it("keeps the keys of two projects apart", async () => {
    const one = call();
    await (await begin(one)).done(result);
    expect(await ledger.begin({ ...one, access: accessTo("other") })).toHaveProperty("open");
  });

  it("says that a call is still running", async () => {
    const one = call();
    await begin(one);
    await expect(ledger.begin(one)).rejects.toMatchObject({ code: "idempotency_in_progress" });
  });

  it("lets a harmless call of a process that died be made again", async () => {
    const left = await abandon({ effect: "repeatable" });
    expect(await ledger.begin(left)).toHaveProperty("open");
  });

  it("never repeats a create of a process that died", async () => {
    const left = await abandon({ effect: "create" });
    await expect(ledger.begin(left)).rejects.toMatchObject({ code: "outcome_unknown" });
  });

  it("refuses what a process writes that was taken for dead", async () => {
    const left = call({ timeoutMs: 20 - 10_000 });
    const stale = await begin(left);
    await new Promise((resolve) => setTimeout(resolve, 40));
    const taken = await begin({ ...left, timeoutMs: 60_000 });
    await taken.done({ ...result, output: "newer" });
    for (const late of [stale.done({ ...result, output: "stale" }), stale.failed("rate_limited"), stale.unknown()]) await late;
    expect(await ledger.begin(left)).toMatchObject({ recorded: { output: "newer" } });
  });

  it("refuses what a process writes whose record was removed and begun anew meanwhile, although numbers begin again", async () => {
    const one = call();
    const stale = await begin(one);
    await store.remove("writes", "default", (await newestKey())?.id as string);
    const newer = await begin(one);
    await stale.done({ ...result, output: "stale" });
    await expect(ledger.begin(one)).rejects.toMatchObject({ code: "idempotency_in_progress" });
    await newer.done({ ...result, output: "newer" });
    expect(await ledger.begin(one)).toMatchObject({ recorded: { output: "newer" } });
  });

  it("keeps a key that failed and is used again just before its day ends: while that call runs, and for a day after it", async () => {
    const one = call({ effect: "create" });
    await (await begin(one)).failed("permission_denied");
    aheadMs = DAY_MS - 1000;
    const open = await begin(one);
    aheadMs = DAY_MS + 30_000;
    await ledger.sweep();
    await expect(ledger.begin(one)).rejects.toMatchObject({ code: "idempotency_in_progress" });
    await open.done(result);
    aheadMs = 2 * DAY_MS - 60_000;
    await ledger.sweep();
    expect(await ledger.begin(one)).toHaveProperty("recorded");
  });

  it("keeps an answer for a day after it was last asked for, and no longer", async () => {
    const one = call();
    await (await begin(one)).done(result);
    for (const days of [0.9, 1.8, 2.7]) {
      aheadMs = days * DAY_MS;
      await ledger.sweep();
      expect(await ledger.begin(one)).toHaveProperty("recorded");
    }
    aheadMs = 3.8 * DAY_MS;
    await ledger.sweep();
    expect(await ledger.begin(one)).toHaveProperty("open");
  });

  it("writes nothing for an answer that is asked for again soon", async () => {
    const one = call();
    await (await begin(one)).done(result);
    const stored = async () => (await store.find("writes", "default", { sort: ["-createdAtMs"], limit: 1 }))[0];
    const { version } = (await stored()) ?? {};
    await ledger.begin(one);
    aheadMs = HOUR_MS / 2;
    await ledger.begin(one);
    expect((await stored())?.version).toBe(version);
  });

  it.each([
    ["create", { code: "outcome_unknown" }],
    ["repeatable", {}],
  ] as const)("does not wait for a clock that was set back by two hours: %s", async (effect, expected) => {
    const one = call({ effect });
    aheadMs = 2 * HOUR_MS;
    await begin(one);
    aheadMs = 0;
    const again = ledger.begin(one);
    if ("code" in expected) await expect(again).rejects.toMatchObject(expected);
    else expect(await again).toHaveProperty("open");
  });

  it("still tells a running call apart where the clock was set right by a few seconds", async () => {
    const one = call();
    aheadMs = 5000;
    await begin(one);
    aheadMs = 0;
    await expect(ledger.begin(one)).rejects.toMatchObject({ code: "idempotency_in_progress" });
  });

  it("knows of a write without a key how it ended, for thirty days", async () => {
    const one = call({ idempotencyKey: undefined, requestId: "req_of_a_month" });
    const open = await begin(one);
    const find = async () =>
      (await store.find("writes", "default", { sort: ["-createdAtMs"], limit: 50 })).find(
        (row) => row.requestId === one.requestId,
      );
    await ledger.sweep();
    expect(await find()).toMatchObject({ state: "running", id: expect.stringMatching(/^write_[0-9a-f]{32}$/) });
    await open.failed("permission_denied");
    aheadMs = 29.9 * DAY_MS;
    await ledger.sweep();
    expect(await find()).toMatchObject({ state: "failed", code: "permission_denied", credential: "cred_1" });
    aheadMs = 30.1 * DAY_MS;
    await ledger.sweep();
    expect(await find()).toBeUndefined();
  });

  it("tells the unknown outcome of a create again, and sends nothing", async () => {
    const one = call({ effect: "create" });
    await (await begin(one)).unknown();
    await expect(ledger.begin(one)).rejects.toMatchObject({ code: "outcome_unknown" });
  });

  it.each([
    ["done", "opened", undefined],
    ["applied", "upstream_invalid_response", { applied: true }],
    ["superseded", "superseded", {}],
    ["unknown", "outcome_unknown", { repeatable: false }],
  ] as const)("tells a create that ended as %s again as often as it is asked", async (ending, code, details) => {
    const one = call({ effect: "create" });
    const open = await begin(one);
    if (ending === "done") await open.done(result);
    else if (ending === "applied") await open.applied("upstream_invalid_response");
    else await open[ending]();
    for (const _time of [1, 2]) {
      if (details === undefined) expect(await ledger.begin(one)).toMatchObject({ recorded: { meta: { replayed: true } } });
      else await expect(ledger.begin(one)).rejects.toMatchObject({ code, details });
    }
  });

  it.each([
    ["a repeatable one whose outcome is unknown", "unknown", true],
    ["one that was superseded", "superseded", false],
  ] as const)("says of %s whether it may be sent again", async (_name, ending, again) => {
    const one = call({ effect: "repeatable" });
    await (await begin(one))[ending]();
    const next = ledger.begin(one);
    if (again) expect(await next).toHaveProperty("open");
    else await expect(next).rejects.toMatchObject({ code: "superseded" });
  });

  it("says of a call under way when to ask again, of whatever effect, and of another call that the key is taken", async () => {
    for (const effect of ["create", "repeatable"] as const) {
      const one = call({ effect });
      await begin(one);
      const running = { code: "idempotency_in_progress", details: { retryAfterMs: 1000 } };
      await expect(ledger.begin(one)).rejects.toMatchObject(running);
      for (const other of [{ operation: "remove_opportunity_tags" }, { credential: "cred_2" }, { input: {} }])
        await expect(ledger.begin({ ...one, ...other })).rejects.toMatchObject({ code: "idempotency_key_reused" });
    }
  });

  it.each([
    ["just began", 0, 1000],
    ["runs for 10 s", 10_000, 10_000],
    ["was left behind by a crash a minute ago", 60_000, 10_000],
    ["is over any moment", 69_900, 1000],
    ["began later than it is, by a clock that is wrong", -600_000, 1000],
    ["should have been over long ago, by a clock that is wrong", 600_000, 1000],
  ])("says of a call that %s when to ask again", async (_, laterMs, retryAfterMs) => {
    const one = call({ timeoutMs: 60_000, effect: "create" });
    await begin(one);
    const startedAtMs = Number((await newestKey())?.leaseExpiresAtMs) - 70_000;
    const later = createWriteLedger({ store, keyRing, now: () => startedAtMs + laterMs });
    await expect(later.begin(one)).rejects.toMatchObject({ code: "idempotency_in_progress", details: { retryAfterMs } });
  });

  it("does not let another call take a key that failed", async () => {
    const one = call();
    await (await begin(one)).failed("permission_denied");
    await expect(ledger.begin({ ...one, input: {} })).rejects.toMatchObject({ code: "idempotency_key_reused" });
    expect(await ledger.begin(one)).toHaveProperty("open");
  });

  it("gives up after three rounds where the record runs out each time between its insert and its taking", async () => {
    let inserts = 0;
    const forgetful: DocumentStore = Object.create(store, {
      insert: {
        value: async (_collection: string, document: object) => {
          inserts += 1;
          return { ...document, version: 1 };
        },
      },
    });
    await expect(createWriteLedger({ store: forgetful, keyRing }).begin(call())).rejects.toMatchObject({
      code: "idempotency_in_progress",
      details: { retryAfterMs: 1000 },
    });
    expect(inserts).toBe(3);
  });

  it("passes on what keeps the store from recording, with nothing begun", async () => {
    const full = () => Promise.reject(new ConnectorError("store_full", "full"));
    const failing: DocumentStore = Object.create(store, { insert: { value: full } });
    const broken = createWriteLedger({ store: failing, keyRing });
    for (const idempotencyKey of ["key-of-full", undefined])
      await expect(broken.begin(call({ idempotencyKey }))).rejects.toMatchObject({ code: "store_full" });
  });

  it.each(["", "a b", "a\n", "\u007f", "ä", "x".repeat(256)])("refuses the key %j", async (idempotencyKey) => {
    await expect(ledger.begin(call({ idempotencyKey }))).rejects.toMatchObject({ code: "idempotency_key_invalid" });
  });

  it.each(["!", "~", "x".repeat(255)])("takes the key %j", async (idempotencyKey) => {
    expect(await ledger.begin(call({ idempotencyKey }))).toHaveProperty("open");
  });

  it("takes inputs for the same at any depth, and arrays only in their order", async () => {
    const one = call({ input: { a: { b: 1, c: [1, { d: 1, e: null }] } } });
    await (await begin(one)).done(result);
    expect(await ledger.begin({ ...one, input: { a: { c: [1, { e: null, d: 1 }], b: 1 } } })).toHaveProperty("recorded");
    for (const input of [{ a: { b: 1, c: [{ d: 1, e: null }, 1] } }, { a: { b: 1, c: { 0: 1, 1: { d: 1, e: null } } } }])
      await expect(ledger.begin({ ...one, input })).rejects.toMatchObject({ code: "idempotency_key_reused" });
  });

  /** Answers the record as it was, after it has changed. */
  const lateStore = (change: (stored: StoredDocument | undefined) => Promise<unknown>): DocumentStore =>
    Object.create(store, {
      get: {
        async value(...of: Parameters<DocumentStore["get"]>) {
          const stored = await store.get(...of);
          if (stored) await change(stored);
          return stored;
        },
      },
    });

  it("does not take for lost what ended while it was looked at", async () => {
    const one = call({ effect: "create" });
    const open = await begin(one);
    aheadMs = 200_000;
    const late = createWriteLedger({ store: lateStore(() => open.done(result)), keyRing });
    await expect(late.begin(one)).rejects.toMatchObject({ code: "idempotency_in_progress" });
    expect(await ledger.begin(one)).toHaveProperty("recorded");
  });

  it("does not take over a call that began while an earlier one of a shorter time was looked at", async () => {
    const one = call({ timeoutMs: 1000 });
    await begin(one);
    let again = true;
    const longer = async () => {
      if (!again) return;
      again = false;
      aheadMs = 12_000;
      await begin({ ...one, timeoutMs: 600_000 });
    };
    const late = createWriteLedger({ store: lateStore(longer), keyRing });
    await expect(late.begin(one)).rejects.toMatchObject({ code: "idempotency_in_progress" });
  });

  it("removes what has run out in as many steps as it takes", async () => {
    const steps = [1000, 1000, 7, 0];
    const large = { removeMany: async () => steps.shift() } as unknown as DocumentStore;
    expect(await createWriteLedger({ store: large, keyRing }).sweep()).toBe(2007);
  });

  it("frees the key where the write itself cannot be recorded, and says why although the store is away by then", async () => {
    const one = call({ effect: "create" });
    const full = (isAway: boolean): DocumentStore =>
      Object.create(store, {
        insert: {
          value: (...[collection, document]: Parameters<DocumentStore["insert"]>) =>
            document.isKey === true
              ? store.insert(collection, document)
              : Promise.reject(new ConnectorError("store_full", "full")),
        },
        patch: {
          value: (...of: Parameters<DocumentStore["patch"]>) =>
            isAway && of[3].set?.state === "failed" ? Promise.reject(new Error("away")) : store.patch(...of),
        },
      });
    await expect(createWriteLedger({ store: full(false), keyRing }).begin(one)).rejects.toMatchObject({ code: "store_full" });
    expect(await ledger.begin(one)).toHaveProperty("open");
    await expect(createWriteLedger({ store: full(true), keyRing }).begin(call())).rejects.toMatchObject({ code: "store_full" });
  });

  it("takes a key although records are swept between its insert and its taking", async () => {
    const swept: DocumentStore = Object.create(store, {
      patch: {
        async value(...of: Parameters<DocumentStore["patch"]>) {
          await ledger.sweep();
          return store.patch(...of);
        },
      },
    });
    expect(await createWriteLedger({ store: swept, keyRing }).begin(call())).toHaveProperty("open");
  });

  it("holds a create that a process left behind for the time of its call and ten seconds", async () => {
    const one = call({ effect: "create", timeoutMs: 20_000 });
    await begin(one);
    for (const [ms, code] of [
      [28_000, "idempotency_in_progress"],
      [31_000, "outcome_unknown"],
    ] as const) {
      aheadMs = ms;
      await expect(ledger.begin(one)).rejects.toMatchObject({ code });
    }
  });

  const sha256 = (text: string) => createHash("sha256").update(text).digest("base64url");

  it("knows after an update what was recorded before it: neither a key's id nor the fingerprint of a call changes", async () => {
    const one = call({ idempotencyKey: "kept-over-versions" });
    await begin(one);
    expect(await newestKey()).toMatchObject({
      id: `idem_${sha256("\ntest\nkept-over-versions")}`,
      fingerprint: sha256('["add_opportunity_tags","cred_1",{"opportunity_id":"1","tags":["a"]}]'),
    });
    await begin({ ...one, access: accessTo("default", "alice") });
    const ofAlice = await store.find("writes", "default", { where: { owner: "alice" } });
    expect(ofAlice.map(({ id }) => id)).toContain(`idem_${sha256("alice\ntest\nkept-over-versions")}`);
  });

  it.each([undefined, "bob"])(
    "finds a key that an earlier version recorded for its owner alone, for whoever gave it: %s",
    async (owner) => {
      const by = (actor: string) => ({ project: "default", actor, ...(owner !== undefined && { owner }) });
      const one = call({ effect: "create", access: by("api_key:first") });
      await (await begin(one)).applied("upstream_invalid_response");
      const stored = (await newestKey()) as StoredDocument;
      await store.remove("writes", "default", stored.id);
      const id = `idem_${sha256([...(owner === undefined ? [] : [owner]), one.idempotencyKey].join("\n"))}`;
      await store.insert("writes", { ...stored, id });
      const known = { code: "upstream_invalid_response", details: { applied: true } };
      await expect(ledger.begin(one)).rejects.toMatchObject(known);
      const second = await ledger.begin({ ...one, access: by("api_key:second") });
      expect(second).toHaveProperty("open");
      // One from before the actor was recorded is anybody's.
      await store.patch("writes", "default", id, { set: { actor: undefined } });
      await expect(ledger.begin({ ...one, access: by("api_key:third") })).rejects.toMatchObject(known);
    },
  );

  it("frees the key after a failure without effect", async () => {
    const one = call({ effect: "create" });
    await (await begin(one)).failed("permission_denied");
    expect(await ledger.begin(one)).toHaveProperty("open");
  });

  it("forgets records whose time is over, and no others", async () => {
    await begin(call());
    aheadMs = 100 * DAY_MS;
    await ledger.sweep();
    await (await begin(call())).done(result);
    const before = await store.count("writes", EVERY_PROJECT);
    await (await begin(call({ idempotencyKey: "of-yesterday" }))).done(result);
    await store.patch("writes", "default", (await newestKey())?.id as string, { set: { expiresAtMs: Date.now() } });
    expect(await ledger.sweep()).toBe(1);
    // The write itself is still told.
    expect(await store.count("writes", EVERY_PROJECT)).toBe(before + 1);
  });
});
