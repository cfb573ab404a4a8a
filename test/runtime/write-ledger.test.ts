import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createKeyRing } from "../../credentials/encrypt.ts";
import { reveal } from "../../credentials/secret.ts";
import type { ExecuteResult } from "../../runtime/types.ts";
import { createWriteLedger, type WriteCall, type WriteLedger } from "../../runtime/write-ledger.ts";
import { type DocumentStore, EVERY_PROJECT } from "../../store/document-store.ts";
import { openStore } from "../../store/index.ts";

let folder: string;
let store: DocumentStore;
let ledger: WriteLedger;
const keyRing = createKeyRing([{ kid: "k1", key: randomBytes(32) }]);
let keys = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "ledger-"));
  store = openStore({ dataDir: folder });
  await store.open();
  ledger = createWriteLedger({ store, keyRing });
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
  project: "default",
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

  it.each([{ idempotencyKey: undefined }, {}])("keeps, sealed, what a write really changed: %j", async (more) => {
    const one = call({ ...more, requestId: "req_changed" });
    const changed = { field: "tags", added: ["Nadia"], removed: [] };
    await (await begin(one)).done({ ...result, meta: { ...result.meta, changed } });
    const [stored] = await store.find("writes", "default", { sort: ["-createdAtMs"], limit: 1 });
    expect(JSON.stringify(stored)).not.toContain("Nadia");
    const place = { project: "default", id: stored?.id as string, field: "changed" };
    expect(JSON.parse(reveal(keyRing.open(stored?.changed as string, place)))).toEqual(changed);
    expect(stored?.sealedKid).toBe("v2.k1");
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

  it("runs a write again that ended without effect while its key was looked up", async () => {
    const one = call({ effect: "create" });
    const first = await begin(one);
    const late: DocumentStore = Object.create(store, {
      get: {
        async value(...of: Parameters<DocumentStore["get"]>) {
          await first.failed("rate_limited");
          return store.get(...of);
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
    expect(await ledger.begin({ ...one, project: "other" })).toHaveProperty("open");
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
    await stale.done({ ...result, output: "stale" });
    await taken.done({ ...result, output: "newer" });
    expect(await ledger.begin(left)).toMatchObject({ recorded: { output: "newer" } });
  });

  it("tells the unknown outcome of a create again, and sends nothing", async () => {
    const one = call({ effect: "create" });
    await (await begin(one)).unknown();
    await expect(ledger.begin(one)).rejects.toMatchObject({ code: "outcome_unknown" });
  });

  it("frees the key after a failure without effect", async () => {
    const one = call({ effect: "create" });
    await (await begin(one)).failed("permission_denied");
    expect(await ledger.begin(one)).toHaveProperty("open");
  });

  it("forgets records whose time is over, and no others", async () => {
    const old = createWriteLedger({ store, keyRing, now: () => Date.now() - 2 * 86_400_000 });
    const begun = await old.begin(call({ idempotencyKey: "of-yesterday" }));
    expect(begun).toHaveProperty("open");
    const before = await store.count("writes", EVERY_PROJECT);
    expect(await ledger.sweep()).toBe(1);
    expect(await store.count("writes", EVERY_PROJECT)).toBe(before - 1);
  });
});
