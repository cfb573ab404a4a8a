import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import Database from "libsql";
import mongoose from "mongoose";
import { openCollection } from "../../store/collection.ts";
import {
  type DocumentStore,
  EVERY_PROJECT,
  type FindOptions,
  type StoredDocument,
  storeTime,
  type Where,
} from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { findPage } from "../../store/find-page.ts";
import { insertIfAbsent } from "../../store/insert-if-absent.ts";
import { createLeaseWatch, endsTooLate, LEASE_FIELDS, type LeaseRequest, takeLease } from "../../store/lease.ts";
import { createMongoStore } from "../../store/mongo.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { sharedMongod } from "../support/mongod.ts";

interface Prepared {
  /** Opens further stores on the same data: other processes, as far as a store can tell. */
  readonly openAnother: () => DocumentStore;
  /** Runs `work` while the store's clock is two hours ahead. It knows the bucket and the project that `work` uses. */
  whileAhead<T>(work: () => Promise<T>, what: { bucket?: string; project?: string }): Promise<T>;
  /** What is saved of a bucket, as the database has it. */
  kept(bucket: string): Promise<unknown>;
}

const AHEAD_MS = 7_200_000;

describe("the embedded store", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "store-"));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
  let aheadMs = 0;
  storeContract(async () => ({
    openAnother: () => createEmbeddedStore({ dataDir, now: () => Date.now() + aheadMs }),
    async whileAhead(work) {
      aheadMs = AHEAD_MS;
      return work().finally(() => {
        aheadMs = 0;
      });
    },
    async kept(bucket) {
      const file = new Database(join(dataDir, "buckets.db"));
      const [row] = file.prepare("SELECT * FROM levels WHERE id = ?").raw(true).all([bucket]);
      file.close();
      return row;
    },
  }));
});

describeWithMongod("the MongoDB store", () => {
  storeContract(async () => {
    const uri = (await sharedMongod()).dbUri("contract_store");
    return {
      openAnother: () => createMongoStore({ uri }),
      // Nobody can set a server's clock. What it has saved is moved instead: every comparison comes out the same.
      async whileAhead(work, { bucket, project }) {
        const result = await work();
        const connection = await mongoose.createConnection(uri).asPromise();
        const ahead = (...fields: string[]) => [
          { $set: Object.fromEntries(fields.map((field) => [field, { $add: [`$${field}`, AHEAD_MS] }])) },
        ];
        if (bucket) await connection.collection<{ _id: string }>("buckets").updateOne({ _id: bucket }, ahead("tatMs", "nowMs"));
        if (project) await connection.collection("turns").updateMany({ project }, ahead("leaseExpiresAtMs"));
        await connection.close();
        return result;
      },
      async kept(bucket) {
        const connection = await mongoose.createConnection(uri).asPromise();
        const found = await connection.collection<{ _id: string }>("buckets").findOne({ _id: bucket });
        await connection.close();
        return found ?? undefined;
      },
    };
  });
});

function storeContract(prepare: () => Promise<Prepared>): void {
  let openAnother: Prepared["openAnother"];
  let whileAhead: Prepared["whileAhead"];
  let kept: Prepared["kept"];
  let store: DocumentStore;
  const opened: DocumentStore[] = [];
  /** A project that nothing else uses, so that tests do not see each other's documents. */
  const newProject = () => `p-${randomUUID()}`;
  const credential = (project: string, n: number, more: Record<string, unknown> = {}) => ({
    id: `cred_${String(n).padStart(3, "0")}`,
    project,
    owner: "ann",
    nickname: `name ${n}`,
    createdAtMs: 1000 + n,
    ...more,
  });
  const ids = (documents: ReadonlyArray<{ id: string }>) => documents.map(({ id }) => Number(id.slice(-3)));

  beforeAll(async () => {
    ({ openAnother, whileAhead, kept } = await prepare());
    store = openAnother();
    await store.open();
    opened.push(store);
  });
  afterAll(async () => {
    for (const one of opened) await one.dispose();
  });

  describe("insert and get", () => {
    it("gives back what was stored, with version 1", async () => {
      const project = newProject();
      const document = credential(project, 1, {
        label: "Zoë 東京 😀 \u0000 \"'\\",
        nested: { list: [1, 2.5, -3e100, null, true, { a: [] }], empty: {} },
        none: null,
      });
      const stored = { ...document, version: 1 };
      expect(await store.insert("credentials", document)).toEqual(stored);
      expect(await store.get("credentials", project, document.id)).toEqual(stored);
    });

    it("keeps nested keys and values that mean something to a database or to JavaScript", async () => {
      const project = newProject();
      const odd = JSON.parse(
        '{"$set":{"a.b":1},"":0,"__proto__":{"x":1},"constructor":2,"_bsontype":"ObjectId","$ref":"a","$id":"b","a\\u0000b":1,"toBSON":3,"_json":"4","lone":"\\ud800","list":[{"$gt":""}]}',
      );
      const document = { ...credential(project, 1), odd, scope: ["$x", "$$NOW"], text: "$owner", later: null };
      await store.insert("credentials", document);
      expect(JSON.stringify((await store.get("credentials", project, document.id))?.odd)).toBe(JSON.stringify(odd));
      const patched = await store.patch("credentials", project, document.id, {
        set: { later: odd, text: "$$ROOT", list: [odd] },
      });
      expect(JSON.stringify(patched?.later)).toBe(JSON.stringify(odd));
      expect(JSON.stringify(patched?.list)).toBe(JSON.stringify([odd]));
      expect(patched).toMatchObject({ text: "$$ROOT", scope: ["$x", "$$NOW"] });
      expect(({} as Record<string, unknown>).x).toBeUndefined();
    });

    it.each([
      ["$set", 1],
      ["$$NOW", 1],
      ["a.b", 1],
      ["", 1],
      ["a\u0000b", 1],
      ["__proto__", { x: 1 }],
      ["constructor", 1],
      ["_bsontype", "ObjectId"],
      ["_id", 1],
      ["_json", "4"],
      ["toBSON", 3],
      ["toJSON", 3],
      ["\ud800", 1],
      ["then", 1],
    ])("keeps the nested key %j by itself, at any depth", async (key, value) => {
      const project = newProject();
      const odd = JSON.parse(`{${JSON.stringify(key)}: ${JSON.stringify(value)}}`);
      const nested = { plain: 1, list: [odd, [odd]] };
      await store.insert("credentials", { ...credential(project, 1), odd, nested });
      await store.patch("credentials", project, "cred_001", { set: { again: odd } });
      const found = await store.get("credentials", project, "cred_001");
      for (const field of ["odd", "again"]) expect(JSON.stringify(found?.[field])).toBe(JSON.stringify(odd));
      expect(JSON.stringify(found?.nested)).toBe(JSON.stringify(nested));
    });

    it.each([["\ud800"], ["a\udc00b"], ["$x"], ["😀"]])("keeps the text %j by itself", async (text) => {
      const project = newProject();
      await store.insert("credentials", { ...credential(project, 1), text, list: [text] });
      const found = await store.get("credentials", project, "cred_001");
      expect(JSON.stringify([found?.text, found?.list])).toBe(JSON.stringify([text, [text]]));
    });

    it("keeps numbers as they are", async () => {
      const project = newProject();
      const numbers = [0, 1, -1, 0.1, 0.30000000000000004, 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 2 ** 53 + 2, 1e308, 5e-324];
      await store.insert("credentials", { ...credential(project, 1), numbers });
      await store.patch("credentials", project, "cred_001", { set: { again: numbers, createdAtMs: 0.1 } });
      expect(await store.get("credentials", project, "cred_001")).toMatchObject({ numbers, again: numbers, createdAtMs: 0.1 });
    });

    it("keeps values 64 levels deep and values of a megabyte", async () => {
      const project = newProject();
      let deep: unknown = "bottom";
      for (let level = 0; level < 64; level += 1) deep = level % 2 ? [deep] : { deep };
      const large = "x".repeat(1_000_000);
      await store.insert("credentials", { ...credential(project, 1), deep, large });
      expect(await store.get("credentials", project, "cred_001")).toMatchObject({ deep, large });
    });

    it("drops undefined and turns what is not JSON into JSON", async () => {
      const project = newProject();
      const document = { ...credential(project, 1), gone: undefined, at: new Date(0), list: [undefined] };
      const plain = { ...credential(project, 1), version: 1, at: "1970-01-01T00:00:00.000Z", list: [null] };
      expect(await store.insert("credentials", document)).toEqual(plain);
      expect(await store.get("credentials", project, "cred_001")).toEqual(plain);
    });

    it("sees at once what another process wrote, and what it removed", async () => {
      const project = newProject();
      const other = openAnother();
      opened.push(other);
      await store.insert("credentials", credential(project, 1));
      for (let n = 0; n < 20; n += 1) {
        const [writer, reader] = n % 2 ? [store, other] : [other, store];
        expect(await reader.get("credentials", project, "cred_001")).toMatchObject({ version: n + 1 });
        await writer.patch("credentials", project, "cred_001", { set: { nickname: `n${n}` } });
        expect(await reader.get("credentials", project, "cred_001")).toMatchObject({ version: n + 2, nickname: `n${n}` });
      }
      await other.remove("credentials", project, "cred_001");
      expect(await store.get("credentials", project, "cred_001")).toBeUndefined();
    });

    it("begins with version 1, whatever the caller gives", async () => {
      const project = newProject();
      expect(await store.insert("turns", { id: "t", project, version: 7 })).toMatchObject({ version: 1 });
      expect(await store.get("turns", project, "t")).toMatchObject({ version: 1 });
      expect(await store.patch("turns", project, "t", {}, { version: 1 })).toMatchObject({ version: 2 });
    });

    it("answers each caller with a document of its own", async () => {
      const project = newProject();
      await store.insert("credentials", credential(project, 1, { nested: { list: [{ a: 1 }] } }));
      const found = (await store.get("credentials", project, "cred_001")) as unknown as { nested: { list: { a: number }[] } };
      found.nested.list.push({ a: 2 });
      expect(await store.get("credentials", project, "cred_001")).toMatchObject({ nested: { list: [{ a: 1 }] } });
    });

    it("refuses an id that is taken", async () => {
      const project = newProject();
      await store.insert("turns", { id: "a", project });
      await expect(store.insert("turns", { id: "a", project })).rejects.toMatchObject({
        code: "conflict",
        details: { index: "primary" },
      });
    });

    it("refuses a second document under a unique index, and names the index, not the value", async () => {
      const project = newProject();
      await store.insert("credentials", credential(project, 1, { nickname: "Main" }));
      const refused = store.insert("credentials", credential(project, 2, { nickname: "Main" }));
      await expect(refused).rejects.toMatchObject({ code: "conflict", details: { index: "byNickname" } });
      await refused.catch((error) => expect(JSON.stringify(error) + error.message + error.cause?.message).not.toContain("Main"));
      await store.insert("credentials", credential(project, 3, { nickname: "Other" }));
      const renamed = store.patch("credentials", project, "cred_003", { set: { nickname: "Main" } });
      await expect(renamed).rejects.toMatchObject({ code: "conflict", details: { index: "byNickname" } });
      expect(await store.get("credentials", project, "cred_003")).toMatchObject({ nickname: "Other", version: 1 });
    });

    it("counts an absent field as a value of a unique index", async () => {
      const project = newProject();
      await store.insert("credentials", { ...credential(project, 1, { nickname: "Main" }), owner: undefined });
      const second = { ...credential(project, 2, { nickname: "Main" }), owner: null };
      await expect(store.insert("credentials", second)).rejects.toMatchObject({ code: "conflict" });
      await store.insert("credentials", credential(project, 3, { nickname: "Main", owner: "" }));
    });

    it("refuses documents that it could not find again", async () => {
      const project = newProject();
      const refused = (more: Record<string, unknown>) =>
        expect(store.insert("credentials", { ...credential(project, 1), ...more })).rejects.toThrow(Error);
      await refused({ id: "" });
      await refused({ project: "" });
      await refused({ createdAtMs: "soon" });
      await refused({ createdAtMs: Number.NaN });
      await refused({ owner: { $gt: "" } });
      await refused({ "a.b": 1 });
      await refused({ $set: 1 });
      await refused({ _id: 1 });
      await refused({ "1st": 1 });
      await refused({ constructor: 1 });
      await refused({ prototype: 1 });
      await refused({ id: undefined });
      await refused({ project: 7 });
      await refused({ createdAtMs: Number.POSITIVE_INFINITY });
      await refused({ createdAtMs: true });
      await refused({ owner: 1 });
      await refused(JSON.parse('{"__proto__": {}}'));
      expect(await store.get("credentials", project, "cred_001")).toBeUndefined();
    });
  });

  describe("projects", () => {
    it("answers for another project's document exactly as for a missing one", async () => {
      const [mine, other] = [newProject(), newProject()];
      await store.insert("credentials", credential(mine, 1));
      expect(await store.get("credentials", other, "cred_001")).toBeUndefined();
      expect(await store.patch("credentials", other, "cred_001", { set: { owner: "eve" } })).toBeUndefined();
      expect(await store.claim("credentials", other, { where: {} }, { set: { owner: "eve" } })).toBeUndefined();
      expect(await store.remove("credentials", other, "cred_001")).toBe(false);
      expect(await store.removeMany("credentials", other, {})).toBe(0);
      expect(await store.find("credentials", other)).toEqual([]);
      expect(await store.count("credentials", other)).toBe(0);
      expect(await store.get("credentials", mine, "cred_001")).toMatchObject({ owner: "ann", version: 1 });
    });

    it("keeps equal ids of two projects apart, however odd the names", async () => {
      const [base, id] = [newProject(), "b/c"];
      const projects = [base, `${base}/b`, `${base}%2Fb`, `${base}'"$`, `${base} `];
      for (const project of projects)
        await store.insert("turns", { id: project === `${base}/b` ? "c" : id, project, of: project });
      await store.insert("turns", { id: "c", project: base, of: "c" });
      for (const project of projects) {
        expect(await store.get("turns", project, project === `${base}/b` ? "c" : id)).toMatchObject({ of: project });
      }
      expect(await store.get("turns", base, "c")).toMatchObject({ of: "c" });
    });

    it("sees every project only when told to", async () => {
      const [project, id] = [newProject(), randomUUID()];
      await store.insert("turns", { id, project, expiresAtMs: 5 });
      expect(await store.get("turns", EVERY_PROJECT, id)).toMatchObject({ id, project });
      expect(await store.patch("turns", EVERY_PROJECT, id, { inc: { fence: 2 } })).toMatchObject({ fence: 2 });
      expect(await store.find("turns", EVERY_PROJECT, { where: { id } })).toHaveLength(1);
      expect(await store.remove("turns", EVERY_PROJECT, id)).toBe(true);
      expect(await store.get("turns", project, id)).toBeUndefined();
    });

    it("refuses a call without a project", async () => {
      await expect(store.find("credentials", "")).rejects.toThrow("project");
      await expect(store.find("credentials", undefined as never)).rejects.toThrow("project");
    });
  });

  describe("find", () => {
    let project: string;
    beforeAll(async () => {
      project = newProject();
      const odd = { 3: { createdAtMs: null }, 4: { createdAtMs: undefined }, 7: { createdAtMs: 1006 }, 8: { createdAtMs: 1006 } };
      for (let n = 0; n < 12; n += 1) {
        const owner = n % 2 ? "ann" : n % 4 ? null : "bob";
        await store.insert(
          "credentials",
          credential(project, n, { owner, sealedKid: `k${n % 3}-${project}`, ...odd[n as keyof typeof odd] }),
        );
      }
    });
    const found = async (options: Parameters<DocumentStore["find"]>[2]) => ids(await store.find("credentials", project, options));

    it("finds by equality, absence and lists", async () => {
      expect(await found({ where: { owner: "ann" }, sort: ["createdAtMs"] })).toEqual([3, 1, 5, 7, 9, 11]);
      expect(await found({ where: { owner: null }, sort: ["createdAtMs"] })).toEqual([2, 6, 10]);
      expect(await found({ where: { owner: { in: ["bob", null] } }, sort: ["createdAtMs"] })).toEqual([4, 0, 2, 6, 8, 10]);
      expect(await found({ where: { owner: { in: ["bob", "bob", "zed"] } }, sort: ["createdAtMs"] })).toEqual([4, 0, 8]);
      expect(await found({ where: { owner: { in: [] } } })).toEqual([]);
      expect(await found({ where: { nickname: "name 5" } })).toEqual([5]);
      expect(await found({ where: { owner: "ann", nickname: "name 5" } })).toEqual([5]);
      expect(await found({ where: { id: "cred_009" } })).toEqual([9]);
    });

    it("finds by ranges, which leave out absent fields", async () => {
      expect(await found({ where: { createdAtMs: { gte: 1005, lt: 1009 } } })).toEqual([5, 6, 7, 8]);
      expect(await found({ where: { createdAtMs: { gt: 1005, lte: 1009 } } })).toEqual([6, 7, 8, 9]);
      expect(await found({ where: { createdAtMs: { lt: 1002 } }, sort: ["-createdAtMs"] })).toEqual([1, 0]);
      expect(await found({ where: { owner: "ann", createdAtMs: { gt: 1008 } }, sort: ["-createdAtMs"] })).toEqual([11, 9]);
      expect(await found({ where: { nickname: { gt: "name 7", lt: "name 9" } } })).toEqual([8]);
      expect(await found({ where: { createdAtMs: { gt: storeTime(-60_000) } } })).toEqual([]);
      expect(await found({ where: { createdAtMs: { lt: storeTime() } }, limit: 2 })).toEqual([0, 1]);
    });

    it("sorts both ways, absent first, with the id as tie-break", async () => {
      const ascending = [3, 4, 0, 1, 2, 5, 6, 7, 8, 9, 10, 11];
      expect(await found({ sort: ["createdAtMs"] })).toEqual(ascending);
      expect(await found({ sort: ["-createdAtMs"] })).toEqual(ascending.toReversed());
      expect(await found({})).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
      expect(await found({ sort: ["-id"], limit: 2 })).toEqual([11, 10]);
    });

    it.each([["createdAtMs"], ["-createdAtMs"]])("pages stably by %s, through equal and absent values", async (sort) => {
      const all = await found({ sort: [sort] });
      for (const limit of [1, 2, 3, 5]) {
        const paged: number[] = [];
        let after: Record<string, string | number | null> | undefined;
        for (;;) {
          const page = await store.find("credentials", project, { sort: [sort], limit, ...(after ? { after } : {}) });
          paged.push(...ids(page));
          const last = page.at(-1);
          if (!last || page.length < limit) break;
          after = { id: last.id, createdAtMs: (last.createdAtMs as number | undefined) ?? null };
        }
        expect(paged).toEqual(all);
      }
    });

    it("pages within a range and over every project", async () => {
      const where = { createdAtMs: { gte: 1005, lt: 1010 } };
      expect(await found({ where, sort: ["createdAtMs"], limit: 2, after: { createdAtMs: 1006, id: "cred_006" } })).toEqual([
        7, 8,
      ]);
      const kid = `k1-${project}`;
      const first = await store.find("credentials", EVERY_PROJECT, { where: { sealedKid: kid }, sort: ["id"], limit: 2 });
      expect(ids(first)).toEqual([1, 4]);
      const after = { id: "cred_004", project };
      expect(ids(await store.find("credentials", EVERY_PROJECT, { where: { sealedKid: kid }, sort: ["id"], after }))).toEqual([
        7, 10,
      ]);
    });

    it("limits to 100 by default and to 1000 at most", async () => {
      const many = newProject();
      await Promise.all(Array.from({ length: 103 }, (_, n) => store.insert("turns", { id: `t${n}`, project: many })));
      expect(await store.find("turns", many)).toHaveLength(100);
      expect(await store.find("turns", many, { limit: 1000 })).toHaveLength(103);
      for (const limit of [0, 1001, 1.5, -1]) await expect(store.find("turns", many, { limit })).rejects.toThrow("limit");
    });

    it("counts", async () => {
      expect(await store.count("credentials", project)).toBe(12);
      expect(await store.count("credentials", project, { owner: "ann" })).toBe(6);
      expect(await store.count("credentials", project, { owner: { in: ["ann", "bob"] }, createdAtMs: { gte: 1008 } })).toBe(2);
    });

    it("refuses what no declared index serves, naming collection and fields", async () => {
      const refused = (where: object, sort?: string[]) =>
        expect(store.find("credentials", project, { where: where as never, ...(sort ? { sort } : {}) })).rejects.toThrow(
          /credentials/,
        );
      await refused({ secret: "x" });
      await refused({ status: "healthy" });
      await refused({ owner: "ann", environment: "sandbox" });
      await refused({}, ["nickname", "createdAtMs"]);
      await refused({}, ["createdAtMs", "-id"]);
      await refused({ owner: { gt: "a" }, createdAtMs: { gt: 1 } });
      await refused({ owner: { $gt: "" } });
      await refused({ owner: { gt: 5 } });
      await refused({ owner: 5 });
      await refused({ owner: {} });
      await refused({ owner: undefined });
      await expect(store.count("credentials", EVERY_PROJECT, { owner: "ann" })).rejects.toThrow("owner");
      await expect(store.find("credentials", project, { sort: ["createdAtMs"], after: { id: "x" } })).rejects.toThrow(
        "createdAtMs",
      );
    });
  });

  describe("pages of a list", () => {
    it("follow each other without a gap or a repetition, oldest or newest first, however many are of the same moment", async () => {
      const project = newProject();
      for (let n = 0; n < 7; n += 1) await store.insert("credentials", { ...credential(project, n), createdAtMs: n < 5 ? 1 : 2 });
      const find = (options: FindOptions) => store.find("credentials", project, options);
      for (const newestFirst of [false, true]) {
        const seen: number[][] = [];
        let cursor: string | undefined;
        do {
          const page = await findPage(find, ({ id }) => Number(id.slice(-3)), { limit: 3, newestFirst, cursor });
          seen.push(page.data);
          cursor = page.next;
        } while (cursor !== undefined);
        const order = newestFirst ? [[6, 5, 4], [3, 2, 1], [0]] : [[0, 1, 2], [3, 4, 5], [6]];
        expect(seen).toEqual(order);
      }
    });

    it("lead on where what is listed lies far apart", async () => {
      const project = newProject();
      for (let n = 0; n < 6; n += 1) await store.insert("credentials", credential(project, n));
      const find = (options: FindOptions) => store.find("credentials", project, options);
      const isListed = ({ id }: StoredDocument) => Number(id.slice(-3)) % 2 === 1;
      const first = await findPage(find, ({ id }) => id, { limit: 2, isListed });
      expect(first.data).toEqual(["cred_001", "cred_003"]);
      expect(await findPage(find, ({ id }) => id, { limit: 2, isListed, cursor: first.next })).toEqual({ data: ["cred_005"] });
    });

    it.each(["", "nonsense", "WzEsImEiLDJd", "WyIxIiwiYSJd", "WzEuNSwiYSJd"])("refuse the cursor %j", async (cursor) => {
      const find = (options: FindOptions) => store.find("credentials", newProject(), options);
      await expect(findPage(find, String, { cursor })).rejects.toMatchObject({ code: "cursor_invalid" });
    });

    it.each([0, 501, 1.5])("refuse the limit %p", async (limit) => {
      const find = (options: FindOptions) => store.find("credentials", newProject(), options);
      const refused = { code: "input_invalid", details: { issues: [{ pointer: "/limit", keyword: "range" }] } };
      await expect(findPage(find, String, { limit })).rejects.toMatchObject(refused);
    });
  });

  describe("patch", () => {
    it("replaces, removes and increases fields, and counts the version", async () => {
      const project = newProject();
      await store.insert("credentials", credential(project, 1, { nested: { old: 1 }, gone: 1 }));
      const change = {
        set: { nested: { new: 2 }, gone: undefined, owner: undefined, status: "healthy", none: null },
        inc: { refreshFence: 3, other: -1 },
      };
      const expected = {
        id: "cred_001",
        project,
        version: 2,
        nickname: "name 1",
        createdAtMs: 1001,
        nested: { new: 2 },
        status: "healthy",
        none: null,
        refreshFence: 3,
        other: -1,
      };
      expect(await store.patch("credentials", project, "cred_001", change)).toEqual(expected);
      expect(await store.get("credentials", project, "cred_001")).toEqual(expected);
      expect(await store.patch("credentials", project, "cred_001", { inc: { refreshFence: 1, other: 1 } })).toMatchObject({
        refreshFence: 4,
        other: 0,
        version: 3,
      });
      expect(await store.find("credentials", project, { where: { owner: null }, sort: ["createdAtMs"] })).toHaveLength(1);
    });

    it("changes nothing where a condition does not hold", async () => {
      const project = newProject();
      await store.insert("credentials", credential(project, 1, { status: "healthy" }));
      const refused = async (where: object) =>
        expect(
          await store.patch("credentials", project, "cred_001", { set: { status: "failing" } }, where as never),
        ).toBeUndefined();
      await refused({ version: 2 });
      await refused({ status: null });
      await refused({ status: { in: ["failing", null] } });
      await refused({ refreshFence: 0 });
      await refused({ refreshLeaseExpiresAtMs: { lt: 5 } });
      await refused({ createdAtMs: { gt: 1001 } });
      expect(await store.patch("credentials", project, "cred_002", { set: {} })).toBeUndefined();
      expect(await store.get("credentials", project, "cred_001")).toMatchObject({ version: 1, status: "healthy" });
      const where = {
        version: 1,
        status: { in: ["healthy", null] },
        refreshFence: null,
        refreshOwner: { in: [null, "x"] },
        createdAtMs: { lte: 1001 },
      };
      expect(await store.patch("credentials", project, "cred_001", {}, where)).toMatchObject({ version: 2 });
    });

    it("never creates what is not there, or is not there any more", async () => {
      const project = newProject();
      const change = { set: { leaseOwner: "x" }, inc: { fence: 1 } };
      expect(await store.patch("turns", project, "gone", change)).toBeUndefined();
      await store.insert("turns", { id: "gone", project });
      await store.remove("turns", project, "gone");
      expect(await store.patch("turns", project, "gone", change)).toBeUndefined();
      expect(await store.patch("turns", project, "gone", change, { version: 1 })).toBeUndefined();
      expect(await store.patch("turns", EVERY_PROJECT, "gone", change, { leaseOwner: null })).toBeUndefined();
      expect(await store.claim("turns", project, { where: { expiresAtMs: null } }, change)).toBeUndefined();
      expect(await store.count("turns", project)).toBe(0);
    });

    it("compares every condition of a where by itself, fences and owners too", async () => {
      const project = newProject();
      const lease = { leaseOwner: "a", fence: 7, leaseExpiresAtMs: 1_000, expiresAtMs: 2_000 };
      await store.insert("turns", { id: "t", project, ...lease });
      const where = {
        leaseOwner: "a",
        fence: 7,
        leaseExpiresAtMs: { lte: 1_000 },
        expiresAtMs: { in: [2_000, null] },
        version: 1,
      };
      const wrong = { leaseOwner: "b", fence: 8, leaseExpiresAtMs: { lt: 1_000 }, expiresAtMs: { in: [3_000] }, version: 2 };
      for (const [field, value] of Object.entries(wrong)) {
        const almost = { ...where, [field]: value };
        expect([field, await store.patch("turns", project, "t", {}, almost)]).toEqual([field, undefined]);
        expect([field, await store.remove("turns", project, "t", almost)]).toEqual([field, false]);
      }
      expect(await store.patch("turns", project, "t", {}, where)).toMatchObject({ version: 2 });
      expect(await store.remove("turns", project, "t", where)).toBe(false);
      expect(await store.remove("turns", project, "t", { ...where, version: 2 })).toBe(true);
    });

    it("lets one of many compare-and-sets of the same version through", async () => {
      const project = newProject();
      const stores = [store, openAnother()];
      opened.push(stores[1] as DocumentStore);
      await store.insert("credentials", credential(project, 1));
      const attempts = Array.from({ length: 20 }, (_, n) =>
        stores[n % 2]?.patch("credentials", project, "cred_001", { set: { owner: `o${n}` } }, { version: 1 }),
      );
      expect((await Promise.all(attempts)).filter(Boolean)).toHaveLength(1);
    });

    it("loses no increase of 40 at once", async () => {
      const project = newProject();
      await store.insert("turns", { id: "t", project });
      await Promise.all(Array.from({ length: 40 }, () => store.patch("turns", project, "t", { inc: { fence: 1 } })));
      expect(await store.get("turns", project, "t")).toMatchObject({ fence: 40, version: 41 });
    });

    it("refuses changes that it could not keep", async () => {
      const project = newProject();
      await store.insert("turns", { id: "t", project });
      const refused = (change: object) => expect(store.patch("turns", project, "t", change)).rejects.toThrow(/turns/);
      for (const field of ["id", "project", "version"]) await refused({ set: { [field]: "x" } });
      await refused({ set: { "a.b": 1 } });
      await refused({ set: { fence: "1" } });
      await refused({ inc: { fence: 0.5 } });
      await refused({ inc: { leaseOwner: 1 } });
      await refused({ set: { fence: 1 }, inc: { fence: 1 } });
      for (const field of ["id", "project", "version"]) await refused({ inc: { [field]: 1 } });
      await refused({ inc: { "a.b": 1 } });
      await refused({ inc: { fence: 2 ** 53 } });
      await refused({ inc: { fence: "1" } });
      await refused({ set: { leaseOwner: storeTime() } });
      await expect(store.claim("turns", project, { where: {} }, { set: { fence: "1" } })).rejects.toThrow(/turns/);
      expect(await store.get("turns", project, "t")).toEqual({ id: "t", project, version: 1 });
    });
  });

  describe("claim", () => {
    it("gives each of 50 concurrent callers another document, in order", async () => {
      const project = newProject();
      const stores = [store, openAnother()];
      opened.push(stores[1] as DocumentStore);
      for (let n = 0; n < 40; n += 1)
        await store.insert("credentials", credential(project, n, { owner: "waiting", createdAtMs: 2000 - n }));
      const options = { where: { owner: "waiting" }, sort: ["createdAtMs"] };
      const claims = Array.from({ length: 50 }, (_, n) =>
        stores[n % 2]?.claim("credentials", project, options, { set: { owner: `caller ${n}` } }),
      );
      const claimed = (await Promise.all(claims)).filter((document) => document !== undefined);
      expect(new Set(claimed.map((document) => document.id)).size).toBe(40);
      expect(claimed).toHaveLength(40);
      expect(claimed.every((document) => document.version === 2 && String(document.owner).startsWith("caller"))).toBe(true);
    });

    it("takes the first in sort order", async () => {
      const project = newProject();
      for (const n of [3, 1, 2]) await store.insert("credentials", credential(project, n, { owner: "waiting" }));
      const claim = (sort: string) =>
        store.claim("credentials", project, { where: { owner: "waiting" }, sort: [sort] }, { set: { owner: "x" } });
      const order = [
        await claim("createdAtMs"),
        await claim("-createdAtMs"),
        await claim("createdAtMs"),
        await claim("createdAtMs"),
      ];
      expect(order.map((document) => document?.id)).toEqual(["cred_001", "cred_003", "cred_002", undefined]);
    });
  });

  describe("remove", () => {
    it("removes one document if its conditions hold", async () => {
      const project = newProject();
      await store.insert("turns", { id: "t", project, fence: 7 });
      expect(await store.remove("turns", project, "t", { fence: 6 })).toBe(false);
      expect(await store.remove("turns", project, "t", { fence: 7 })).toBe(true);
      expect(await store.remove("turns", project, "t")).toBe(false);
    });

    it("removes one of every project where that is asked for, if its conditions hold", async () => {
      const [project, id] = [newProject(), randomUUID()];
      await store.insert("turns", { id, project, fence: 7 });
      expect(await store.remove("turns", EVERY_PROJECT, id, { fence: 6 })).toBe(false);
      expect(await store.remove("turns", EVERY_PROJECT, id, { fence: 7 })).toBe(true);
      expect(await store.get("turns", project, id)).toBeUndefined();
    });

    it("removes a thousand at most at a time, and refuses more", async () => {
      const project = newProject();
      await Promise.all(Array.from({ length: 3 }, (_, n) => store.insert("turns", { id: `t${n}`, project })));
      for (const limit of [0, 1_001, 1.5]) await expect(store.removeMany("turns", project, {}, limit)).rejects.toThrow("limit");
      expect(await store.removeMany("turns", project, {}, 1_000)).toBe(3);
    });

    it("removes many, oldest first, up to a limit", async () => {
      const project = newProject();
      for (let n = 0; n < 10; n += 1)
        await store.insert("sessions", { id: `${project}-${n}`, project, expiresAtMs: n < 8 ? 1000 + n : Date.now() + 60_000 });
      expect(await store.removeMany("sessions", project, { expiresAtMs: { lt: storeTime() } }, 5)).toBe(5);
      expect((await store.find("sessions", project)).map(({ id }) => id.slice(-1))).toEqual(["5", "6", "7", "8", "9"]);
      expect(await store.removeMany("sessions", EVERY_PROJECT, { expiresAtMs: { lt: storeTime() } })).toBeGreaterThanOrEqual(3);
      expect(await store.count("sessions", project)).toBe(2);
    });
  });

  describe("insert if absent", () => {
    it("lets one of twenty at once store it, and tells all of them what is there", async () => {
      const project = newProject();
      const all = await Promise.all(
        Array.from({ length: 20 }, (_, n) => insertIfAbsent(store, "meta", { id: "m", project, value: String(n) })),
      );
      const winner = all.find(({ isNew }) => isNew)?.document.value;
      expect(all.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect(new Set(all.map(({ document }) => document.value))).toEqual(new Set([winner]));
      expect((await store.get("meta", project, "m"))?.value).toBe(winner);
    });

    it("stores one that was removed between being met and being read", async () => {
      const project = newProject();
      await store.insert("meta", { id: "m", project, value: "old" });
      const removing: DocumentStore = {
        ...store,
        async get(collection, scope, id) {
          await store.remove(collection, scope, id);
          return store.get(collection, scope, id);
        },
      };
      const inserted = await insertIfAbsent(removing, "meta", { id: "m", project, value: "new" });
      expect(inserted).toMatchObject({ isNew: true, document: { value: "new" } });
    });

    it("refuses one whose place in a unique index another document has", async () => {
      const project = newProject();
      await store.insert("credentials", credential(project, 1));
      const other = { ...credential(project, 2), nickname: "name 1" };
      await expect(insertIfAbsent(store, "credentials", other)).rejects.toMatchObject({
        code: "conflict",
        details: { index: "byNickname" },
      });
    });

    it("shows no owner what another one has under that id", async () => {
      const project = newProject();
      const writes = openCollection(store, "writes");
      const ann = { project, owner: "ann", actor: "test" };
      expect(await writes.insertIfAbsent(ann, { id: "w", createdAtMs: 1 })).toMatchObject({ isNew: true });
      expect(await writes.insertIfAbsent(ann, { id: "w", createdAtMs: 2 })).toMatchObject({
        isNew: false,
        document: { createdAtMs: 1 },
      });
      await expect(writes.insertIfAbsent({ ...ann, owner: "bob" }, { id: "w", createdAtMs: 3 })).rejects.toMatchObject({
        code: "conflict",
      });
    });
  });

  describe("a lease", () => {
    const hour = 3_600_000;
    const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    async function room(more: Partial<LeaseRequest> = {}) {
      const project = newProject();
      await insertIfAbsent(store, "turns", { id: "t", project, leaseOwner: null, leaseExpiresAtMs: 0, fence: 0 });
      const patch: LeaseRequest["patch"] = (change, where) => store.patch("turns", project, "t", change, where);
      const take = (owner: string, also: Partial<LeaseRequest> = {}) =>
        takeLease({ fields: LEASE_FIELDS, patch, owner, leaseMs: hour, ...more, ...also });
      return { project, take, patch, stored: () => store.get("turns", project, "t") as Promise<StoredDocument> };
    }

    it("is given to one of twenty at once", async () => {
      const { take, stored } = await room();
      const all = await Promise.all(Array.from({ length: 20 }, (_, n) => take(`holder ${n}`)));
      expect(all.filter((lease) => lease !== undefined)).toHaveLength(1);
      expect(await stored()).toMatchObject({ fence: 1, leaseOwner: expect.stringMatching(/^holder/) });
    });

    it("is given only where everything else that was asked for holds, and writes what belongs to it at once", async () => {
      const { take, stored } = await room();
      expect(await take("a", { where: { fence: 7 } })).toBeUndefined();
      expect(await take("a", { where: { fence: 0 }, set: { note: "mine" } })).toBeDefined();
      expect(await stored()).toMatchObject({ note: "mine", fence: 1 });
    });

    it("is free at once when it is given back, and its outcome is written with that", async () => {
      const { take, stored } = await room();
      const first = await take("a");
      expect(await take("b")).toBeUndefined();
      expect(await first?.release({ set: { note: "done" }, inc: { count: 2 } })).toBe(true);
      expect(await stored()).toMatchObject({ note: "done", count: 2, leaseOwner: null, leaseExpiresAtMs: 0 });
      expect(await take("b")).toBeDefined();
    });

    it("is lost where it ran out and another took it: nothing is written any more, not even by one of the same name", async () => {
      const { take, stored } = await room();
      const first = await take("a", { leaseMs: 1 });
      await sleep(50);
      expect(await take("a")).toBeDefined();
      expect(await first?.extend({ note: "late" })).toBe(false);
      expect(await first?.prove({ note: "late" })).toBe(false);
      expect(await first?.release({ set: { note: "late" } })).toBe(false);
      expect(await stored()).toMatchObject({ fence: 2, leaseOwner: "a" });
      expect((await stored()).note).toBeUndefined();
    });

    it("is lost where its document was removed and stored again, although the number is the same", async () => {
      const { project, take } = await room();
      const first = await take("a");
      await store.remove("turns", project, "t");
      await store.insert("turns", { id: "t", project, leaseOwner: null, leaseExpiresAtMs: 0, fence: 0 });
      expect((await take("b"))?.document.fence).toBe(first?.document.fence);
      expect(await first?.extend()).toBe(false);
    });

    it("outlives its time while its heart beats, and not after", async () => {
      const { take } = await room({ leaseMs: 600 });
      const first = await take("a");
      first?.startHeartbeat();
      await sleep(1200);
      expect(await take("b")).toBeUndefined();
      first?.stop();
      await sleep(900);
      expect(await take("b")).toBeDefined();
    });

    it("tells of a heartbeat that failed", async () => {
      const { take, patch } = await room({ leaseMs: 60 });
      let isAway = false;
      const lease = await take("a", { patch: (...call) => (isAway ? Promise.reject(new Error("away")) : patch(...call)) });
      isAway = true;
      const failed = await new Promise((resolve) => lease?.startHeartbeat(resolve));
      lease?.stop();
      expect(failed).toEqual(new Error("away"));
    });

    it("is proven again where the answer came so late that it may be over", async () => {
      const { take, patch } = await room({ leaseMs: 2000 });
      let asked = 0;
      const slow: LeaseRequest["patch"] = async (...call) => {
        const patched = await patch(...call);
        asked += 1;
        if (asked === 2) await sleep(1200);
        return patched;
      };
      const lease = await take("a", { patch: slow });
      expect(lease?.isStale()).toBe(false);
      expect(await lease?.prove()).toBe(true);
      expect(asked).toBe(3);
      expect(lease?.isStale()).toBe(false);
    });

    it("that was taken while the clock was two hours ahead is free where it does not move, or ends later than it could", async () => {
      const { project, take, stored } = await room({ leaseMs: 100 });
      await whileAhead(() => take("a"), { project });
      expect(await take("b")).toBeUndefined();
      const late = endsTooLate(LEASE_FIELDS, await stored(), 10_000);
      let nowMs = 0;
      const look = createLeaseWatch(LEASE_FIELDS, 100, () => nowMs);
      expect(look(await stored())).toBeUndefined();
      nowMs = 150;
      expect(look(await stored())).toBeUndefined();
      nowMs = 151;
      const free = look(await stored()) as Where;
      expect(await take("b", { free, leaseMs: hour })).toBeDefined();
      expect(await take("c", { free })).toBeUndefined();
      expect(await take("c", { free: late })).toBeUndefined();
      await whileAhead(() => take("d", { free: { fence: 2 } }), { project });
      expect(look(await stored())).toBeUndefined();
      expect(await take("e", { free: endsTooLate(LEASE_FIELDS, await stored(), 10_000) })).toBeDefined();
    });
  });

  describe("the store's clock", () => {
    it("lets a lease be taken over only after it ran out", async () => {
      const project = newProject();
      await store.insert("turns", { id: "t", project });
      const take = (owner: string) => {
        const change = { set: { leaseOwner: owner, leaseExpiresAtMs: storeTime(250) }, inc: { fence: 1 } };
        return (where: object) => store.patch("turns", project, "t", change, where as never);
      };
      const first = await take("a")({ leaseOwner: null });
      expect(first).toMatchObject({ leaseOwner: "a", fence: 1 });
      expect(Math.abs((first?.leaseExpiresAtMs as number) - Date.now() - 250)).toBeLessThan(2000);
      expect(await take("b")({ leaseExpiresAtMs: { lt: storeTime() } })).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await take("b")({ leaseExpiresAtMs: { lt: storeTime() } })).toMatchObject({ leaseOwner: "b", fence: 2 });
      expect(await take("a")({ fence: 1 })).toBeUndefined();
    });

    it("lets a lease be taken over that was given while the clock was two hours ahead", async () => {
      const project = newProject();
      await store.insert("turns", { id: "t", project });
      const lease = { set: { leaseOwner: "a", leaseExpiresAtMs: storeTime(10_000) } };
      await whileAhead(() => store.patch("turns", project, "t", lease), { project });
      const take = (where: Where) => store.patch("turns", project, "t", { set: { leaseOwner: "b" } }, where);
      expect(await take({ leaseExpiresAtMs: { lte: storeTime() } })).toBeUndefined();
      // No lease of ten seconds can end later than in ten seconds.
      expect(await take({ leaseExpiresAtMs: { gt: storeTime(10_000) } })).toMatchObject({ leaseOwner: "b" });
      await store.patch("turns", project, "t", lease);
      expect(await take({ leaseExpiresAtMs: { gt: storeTime(10_000) } })).toBeUndefined();
    });

    it("compares with offsets", async () => {
      const project = newProject();
      await store.insert("turns", { id: "t", project, expiresAtMs: 0 });
      await store.patch("turns", project, "t", { set: { expiresAtMs: storeTime(60_000) } });
      const holds = async (where: object) => (await store.patch("turns", project, "t", {}, where as never)) !== undefined;
      expect(await holds({ expiresAtMs: { gt: storeTime(), lt: storeTime(61_000) } })).toBe(true);
      expect(await holds({ expiresAtMs: { lte: storeTime(50_000) } })).toBe(false);
      expect(await store.count("turns", project, { expiresAtMs: { gte: storeTime(50_000) } })).toBe(1);
    });
  });

  describe("token buckets", () => {
    const LEVER = { ratePerSecond: 10, burst: 20, count: 1, maxWaitMs: 0 };

    it("grants the burst at once to two stores together, then the steady rate", async () => {
      const bucket = randomUUID();
      const stores = [store, openAnother()];
      opened.push(stores[1] as DocumentStore);
      await stores[1]?.open();
      const started = Date.now();
      const taken = await Promise.all(
        Array.from({ length: 60 }, (_, n) => stores[n % 2]?.take(bucket, { ...LEVER, maxWaitMs: 10_000 })),
      );
      const elapsed = Date.now() - started;
      const waits = taken.flatMap((result) => result?.waitsMs ?? []).sort((a, b) => a - b);
      expect(waits).toHaveLength(60);
      expect(waits.filter((wait) => wait === 0).length).toBeGreaterThanOrEqual(20);
      expect(waits.filter((wait) => wait === 0).length).toBeLessThanOrEqual(20 + Math.ceil(elapsed / 100));
      expect(waits.at(-1)).toBeGreaterThan(4000 - elapsed - 100);
      expect(waits.at(-1)).toBeLessThanOrEqual(4000);
      expect((await store.take(bucket, LEVER)).waitsMs).toEqual([]);
    });

    it("stays within burst + rate * time", async () => {
      const bucket = randomUUID();
      const started = Date.now();
      let granted = 0;
      /** Tokens that ran over because a busy machine asked too rarely. */
      let spilt = 0;
      for (let asked = started; asked - started < 500; ) {
        granted += (await store.take(bucket, { ...LEVER, ratePerSecond: 40, burst: 5 })).waitsMs.length;
        const now = Date.now();
        spilt += Math.max(0, ((now - asked) / 1000) * 40 - 5 + 1);
        asked = now;
      }
      const bound = 5 + ((Date.now() - started) / 1000) * 40;
      expect(granted).toBeLessThanOrEqual(Math.ceil(bound));
      expect(granted).toBeGreaterThan((bound - spilt) * 0.7);
    });

    it("grants part of what is asked for and says when the next is free", async () => {
      const bucket = randomUUID();
      const first = await store.take(bucket, { ...LEVER, ratePerSecond: 1, count: 25, maxWaitMs: 2500 });
      expect(first.waitsMs).toEqual([...Array(20).fill(0), 1000, 2000]);
      expect(first).toMatchObject({ remaining: 0, resetMs: 22_000, retryAfterMs: 3000 });
      const second = await store.take(bucket, { ...LEVER, ratePerSecond: 1 });
      expect(second.waitsMs).toEqual([]);
      expect(second.retryAfterMs).toBeGreaterThan(2000);
      expect(second.retryAfterMs).toBeLessThanOrEqual(3000);
    });

    it("are only looked at where no token is wanted: nothing is written, and none is created", async () => {
      const [bucket, unused] = [randomUUID(), randomUUID()];
      const look = (name: string) => store.take(name, { ...LEVER, ratePerSecond: 1, count: 0 });
      await whileAhead(() => store.take(bucket, { ...LEVER, ratePerSecond: 1, count: 5 }), { bucket });
      const before = await kept(bucket);
      expect(before).toBeDefined();
      const looked = await look(bucket);
      expect(looked).toMatchObject({ waitsMs: [], remaining: 15 });
      expect(looked.resetMs).toBeLessThanOrEqual(5_000);
      expect(await look(unused)).toEqual({ waitsMs: [], remaining: 20, resetMs: 0 });
      expect([await kept(bucket), await kept(unused)]).toEqual([before, undefined]);
    });

    it("tells what is left", async () => {
      const bucket = randomUUID();
      expect(await store.take(bucket, { ...LEVER, ratePerSecond: 1 })).toEqual({ waitsMs: [0], remaining: 19, resetMs: 1000 });
      expect(await store.take(randomUUID(), LEVER)).toMatchObject({ remaining: 19 });
    });

    it("stays empty for as long as it was drained", async () => {
      const bucket = randomUUID();
      await store.drain(bucket, { ...LEVER, holdMs: 300 });
      const refused = await store.take(bucket, LEVER);
      expect(refused).toMatchObject({ waitsMs: [], remaining: 0 });
      expect(refused.retryAfterMs).toBeGreaterThan(100);
      expect(refused.retryAfterMs).toBeLessThanOrEqual(300);
      await new Promise((resolve) => setTimeout(resolve, 320));
      expect((await store.take(bucket, { ...LEVER, count: 20 })).waitsMs.length).toBeLessThanOrEqual(3);
    });

    it("do not wait for a clock that was two hours ahead for one call", async () => {
      const bucket = randomUUID();
      const taken = await whileAhead(() => store.take(bucket, { ...LEVER, ratePerSecond: 1, count: 20 }), { bucket });
      expect(taken.waitsMs).toHaveLength(20);
      const refused = await store.take(bucket, { ...LEVER, ratePerSecond: 1 });
      expect(refused).toMatchObject({ waitsMs: [], remaining: 0 });
      expect(refused.retryAfterMs).toBeLessThanOrEqual(1_000);
      expect(refused.resetMs).toBeLessThanOrEqual(20_000);
      await new Promise((resolve) => setTimeout(resolve, 1_020));
      expect((await store.take(bucket, { ...LEVER, ratePerSecond: 1, count: 5 })).waitsMs.length).toBeGreaterThanOrEqual(1);
    });

    it("stay drained for no longer than they were told to, although the clock was two hours ahead then", async () => {
      const bucket = randomUUID();
      await whileAhead(() => store.drain(bucket, { ...LEVER, holdMs: 400 }), { bucket });
      const refused = await store.take(bucket, LEVER);
      expect(refused.waitsMs).toEqual([]);
      expect(refused.retryAfterMs).toBeLessThanOrEqual(400);
      await new Promise((resolve) => setTimeout(resolve, 420));
      expect((await store.take(bucket, LEVER)).waitsMs).toEqual([0]);
    });

    it("are held for ten minutes at most", async () => {
      const bucket = randomUUID();
      await store.drain(bucket, { ...LEVER, holdMs: 1e12 });
      const { retryAfterMs } = await store.take(bucket, LEVER);
      expect(retryAfterMs).toBeGreaterThan(595_000);
      expect(retryAfterMs).toBeLessThanOrEqual(600_000);
    });
  });

  describe("its life", () => {
    it("is not proven by ping any more once it is closed", async () => {
      const other = openAnother();
      await other.ping();
      await other.ping();
      await other.dispose();
      await expect(other.ping()).rejects.toMatchObject({ code: "store_unavailable" });
    });

    it("opens by itself, may be opened and disposed twice, or before any use, and then refuses", async () => {
      const lazy = openAnother();
      expect(await lazy.get("turns", "nobody", "nothing")).toBeUndefined();
      await lazy.open();
      await lazy.open();
      await lazy.dispose();
      await lazy.dispose();
      await expect(lazy.get("turns", "nobody", "nothing")).rejects.toMatchObject({ code: "store_unavailable" });
      await expect(lazy.open()).rejects.toMatchObject({ code: "store_unavailable" });
      await openAnother().dispose();
    });
  });
}
