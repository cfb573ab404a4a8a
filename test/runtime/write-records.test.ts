import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { ExecuteResult } from "../../runtime/types.ts";
import { createWriteLedger, type OpenWrite, type WriteCall, type WriteFacts } from "../../runtime/write-ledger.ts";
import { createWriteRecords, WRITES_RECORDED } from "../../runtime/write-records.ts";
import { createKeyRing } from "../../sealing/encrypt.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { accessTo } from "../support/access.ts";

const NOW = Date.UTC(2026, 10, 28, 9);
const keyRing = createKeyRing([{ kid: "k1", key: randomBytes(32) }]);
let folder: string;
let store: DocumentStore;
let nowMs = NOW;
/** A project of its own for each test. */
let project = "p0";
let projects = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "records-"));
  store = createEmbeddedStore({ dataDir: folder, now: () => nowMs });
  await store.open();
});
beforeEach(() => {
  nowMs = NOW;
  project = `p${++projects}`;
});
afterAll(async () => {
  await store.dispose();
  rmSync(folder, { recursive: true });
});

const now = () => nowMs;
const ledger = () => createWriteLedger({ store, keyRing, now });
const records = () => createWriteRecords({ store, keyRing, now });
const facts: WriteFacts = {
  connector: "lever",
  performAs: "user_1",
  target: { field: "opportunity_id", id: "1" },
  attempts: () => 3,
};
const result = (data: unknown, meta: object = {}): ExecuteResult => ({
  output: { data },
  meta: { requestId: "req_1", attempts: 2, durationMs: 5, waitedMs: 0, budget: { remaining: 9, resetMs: 1 }, ...meta },
});
async function begin(more: Partial<WriteCall> = {}): Promise<OpenWrite> {
  const begun = await ledger().begin({
    ...{ access: accessTo(project), owner: null, operation: "add_opportunity_tags", credential: "cred_1" },
    ...{ input: { opportunity_id: "1" }, effect: "repeatable", requestId: "req_1", facts, timeoutMs: 60_000 },
    ...more,
  });
  if (!("open" in begun)) throw new Error("already recorded");
  return begun.open;
}
const list = async (options = {}) => (await records().list(accessTo(project), options)).data;
const newest = async () => (await list())[0];

describe("the record of a write", () => {
  it("tells by whom, for whom and to what it was sent, what changed, how often it was sent, when it began and ended", async () => {
    const open = await begin();
    expect(await newest()).toEqual({
      ...{ id: expect.stringMatching(/^write_/), at: "2026-11-28T09:00:00.000Z", endedAt: null },
      ...{ credential: "cred_1", connector: "lever", operation: "add_opportunity_tags", actor: "test", performAs: "user_1" },
      ...{ target: facts.target, changed: null, outcome: "running", code: null, attempts: null, requestId: "req_1" },
    });
    nowMs += 1500;
    await open.done(result({ id: "1" }, { changed: { field: "tags", added: ["a"], removed: [] } }));
    expect(await newest()).toMatchObject({
      ...{ endedAt: "2026-11-28T09:00:01.500Z", outcome: "succeeded", code: null, attempts: 2 },
      ...{ target: facts.target, changed: { field: "tags", added: ["a"], removed: [] } },
    });
  });

  it.each([
    ["done", "succeeded", null, 2],
    ["applied", "succeeded", "upstream_invalid_response", 3],
    ["failed", "failed", "permission_denied", 3],
    ["superseded", "superseded", "superseded", 3],
    ["unknown", "outcome_unknown", "outcome_unknown", 3],
  ] as const)("says of one that ended as %s: %s", async (ending, outcome, code, attempts) => {
    const open = await begin();
    if (ending === "done") await open.done(result({ id: "1" }));
    else if (ending === "applied") await open.applied("upstream_invalid_response");
    else if (ending === "failed") await open.failed("permission_denied");
    else await open[ending]();
    expect(await newest()).toMatchObject({ outcome, code, attempts });
    expect(await list({ outcome })).toHaveLength(1);
    expect(await list({ outcome: "running" })).toEqual([]);
  });

  it("names what was created by the id that the service gave it, and nothing where it gave none", async () => {
    const created = { ...facts, target: null };
    const cases: readonly (readonly [Partial<WriteCall>, unknown, WriteFacts["target"]])[] = [
      [{ effect: "create", facts: created }, { id: "new" }, { field: "id", id: "new" }],
      [{ effect: "create", facts: created }, { id: 7 }, null],
      [{ effect: "create", facts: created }, null, null],
      [{ effect: "create", facts }, { id: "new" }, facts.target],
      [{ effect: "create", facts: undefined as unknown as WriteFacts }, { id: "new" }, null],
      [{ effect: "repeatable", facts: created }, { id: "new" }, null],
    ];
    for (const [more, data, target] of cases) {
      nowMs += 1;
      await (await begin(more)).done(result(data));
      expect((await newest())?.target).toEqual(target);
    }
    nowMs += 1;
    await (await begin({ effect: "create", facts: created })).failed("permission_denied");
    expect((await newest())?.target).toBeNull();
    nowMs += 1;
    await (await begin({ effect: "create", facts: created })).done({ ...result(null), output: null });
    expect((await newest())?.target).toBeNull();
  });

  it("says that nobody knows how it ended once its process must be dead", async () => {
    await begin({ timeoutMs: 60_000 });
    nowMs = NOW + 70_000;
    expect(await newest()).toMatchObject({ outcome: "running", code: null });
    nowMs = NOW + 70_001;
    expect(await newest()).toMatchObject({ outcome: "outcome_unknown", code: "outcome_unknown", endedAt: null });
    expect(await list({ outcome: "outcome_unknown" })).toHaveLength(1);
  });

  it("is told of an earlier version's as well, which says neither of whom nor when it had to end", async () => {
    const earlier = { operation: "add_opportunity_tags", credential: "cred_1", createdAtMs: NOW, owner: "" };
    await store.insert("writes", { ...earlier, id: "write_1", project, state: "running" });
    expect(await newest()).toEqual({
      ...{ id: "write_1", at: "2026-11-28T09:00:00.000Z", endedAt: null, credential: "cred_1" },
      ...{ connector: null, operation: "add_opportunity_tags", actor: null, performAs: null, target: null, changed: null },
      ...{ outcome: "running", code: null, attempts: null, requestId: null },
    });
    nowMs = NOW + 600_000;
    expect((await newest())?.outcome).toBe("running");
    nowMs = NOW + 600_001;
    expect((await newest())?.outcome).toBe("outcome_unknown");
  });

  it("is found by its id in its own project; a key's record and an unknown id are not", async () => {
    await (await begin({ idempotencyKey: "key-1" })).done(result({ id: "1" }));
    const shown = await newest();
    const get = (id: string, of = project) => records().get(accessTo(of), id);
    expect(await get(String(shown?.id))).toEqual(shown);
    const key = (await store.find("writes", project)).find(({ isKey }) => isKey === true);
    for (const [id, of] of [
      [String(key?.id), project],
      ["write_0", project],
      [String(shown?.id), "other"],
    ] as const)
      await expect(get(id, of)).rejects.toMatchObject({ code: "not_found", details: { kind: "write" } });
    await store.insert("writes", { id: "idem_old", project, state: "new", owner: "", createdAtMs: NOW });
    await expect(get("idem_old")).rejects.toMatchObject({ code: "not_found" });
    expect(await list()).toEqual([shown]);
  });
});

describe("the list of writes", () => {
  beforeEach(async () => {
    for (const [credential, operation, requestId] of [
      ["cred_1", "add_opportunity_tags", "req_1"],
      ["cred_2", "add_opportunity_tags", "req_2"],
      ["cred_1", "remove_opportunity_tags", "req_3"],
    ] as const) {
      await (await begin({ credential, operation, requestId, idempotencyKey: `key of ${requestId}`.replaceAll(" ", "-") })).done(
        result({ id: "1" }),
      );
      nowMs += 1000;
    }
  });

  it.each([
    [{}, ["req_3", "req_2", "req_1"]],
    [{ credential: "cred_1" }, ["req_3", "req_1"]],
    [{ operation: "add_opportunity_tags" }, ["req_2", "req_1"]],
    [{ request: "req_2" }, ["req_2"]],
    [{ outcome: "failed" }, []],
    [{ fromMs: NOW + 1000 }, ["req_3", "req_2"]],
    [{ untilMs: NOW + 1000 }, ["req_1"]],
    [{ fromMs: NOW + 1000, untilMs: NOW + 2000 }, ["req_2"]],
    [{ credential: "cred_1", fromMs: NOW + 1 }, ["req_3"]],
    [{ limit: 1 }, ["req_3"]],
  ])("holds, newest first, what is asked for by %j", async (options, requests) => {
    expect((await list(options)).map(({ requestId }) => requestId)).toEqual(requests);
  });

  it("is as long as the count of the project's writes says, in which keys do not count", async () => {
    expect(await store.count("writes", project, WRITES_RECORDED)).toBe(3);
    expect(await store.count("writes", project)).toBe(6);
    expect(await store.count("writes", "other", WRITES_RECORDED)).toBe(0);
  });
});
