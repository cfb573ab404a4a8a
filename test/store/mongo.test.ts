import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import mongoose, { type Connection } from "mongoose";
import { COLLECTIONS, type CollectionName } from "../../store/collections.ts";
import { type DocumentStore, storeTime } from "../../store/document-store.ts";
import { createMongoStore } from "../../store/mongo.ts";
import { toFilter, toMongoSort } from "../../store/mongo-query.ts";
import { checkMongoUri } from "../../store/mongo-uri.ts";
import { physicalIndexes, type Term } from "../../store/query-plan.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { itWith } from "../support/it-with.ts";
import { findMongod, sharedMongod, startMongod, type TestMongod } from "../support/mongod.ts";

const opened: DocumentStore[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.dispose();
});

function open(uri: string): DocumentStore {
  const store = createMongoStore({ uri });
  opened.push(store);
  return store;
}

describe("a MongoDB address", () => {
  it.each([
    ["mongodb://h/db?w=1"],
    ["mongodb://h/db?w=0"],
    ["mongodb://h/db?W=2"],
    ["mongodb://h/?journal=false"],
    ["mongodb://h/?j=false"],
    ["mongodb://h/?retryWrites=false"],
    ["mongodb://h/?readPreference=secondaryPreferred"],
    ["http://h/"],
    ["mongodb://"],
    [""],
  ])("is refused where it could lose acknowledged writes: %s", (uri) => {
    expect(() => createMongoStore({ uri })).toThrow(expect.objectContaining({ code: "config_invalid" }));
  });

  it("is never repeated in an error: it may hold a password", () => {
    for (const uri of ["mongodb://user:hunter2@h/?w=1", "mongo://user:hunter2@h"]) {
      expect(() => checkMongoUri(uri)).toThrow(expect.objectContaining({ message: expect.not.stringContaining("hunter2") }));
    }
  });

  it("names the database, or leaves that to us", () => {
    expect(checkMongoUri("mongodb+srv://u:p%40@a.example/prod?w=majority&journal=true&retryWrites=true")).toEqual({
      dbName: "prod",
    });
    expect(checkMongoUri("mongodb://a:1,b:2/?replicaSet=rs0")).toEqual({ dbName: "lever_connector" });
    expect(checkMongoUri("mongodb://a")).toEqual({ dbName: "lever_connector" });
  });

  it("that nobody answers at gives a clear error within 3 seconds, and costs nothing before it is used", async () => {
    const started = Date.now();
    const store = open("mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=60000");
    await expect(store.open()).rejects.toMatchObject({ code: "store_unavailable", retryable: true });
    expect(Date.now() - started).toBeLessThan(3000);
  });
});

describeWithMongod("a MongoDB store on a real server", () => {
  let uri: string;
  let connection: Connection;
  beforeAll(async () => {
    uri = (await sharedMongod()).dbUri("test_store_mongo");
    connection = await mongoose.createConnection(uri, { monitorCommands: true }).asPromise();
    await createAndDispose(uri);
  });
  afterAll(() => connection.close());

  it.each(Object.keys(COLLECTIONS) as CollectionName[])(
    "serves a query by each index of %s from that index, without sorting",
    async (collection) => {
      for (const index of physicalIndexes(collection)) {
        const [first = ""] = index.fields;
        const variants: Term[][] = [
          [{ kind: "equal", field: first, value: null }],
          [{ kind: "range", field: first, operator: "lt", value: storeTime() }],
        ];
        for (const terms of variants) {
          const order = index.unique ? [] : index.fields.filter((field) => field !== first || terms[0]?.kind === "range");
          const query = connection.collection(collection).find(toFilter(terms)).hint(index.name);
          const { queryPlanner } = await query.sort(toMongoSort({ index, order, descending: true })).explain("queryPlanner");
          const stages = JSON.stringify(queryPlanner.winningPlan);
          expect(stages).toContain(`"indexName":"${index.name}"`);
          expect(stages).not.toMatch(/COLLSCAN|"SORT"/);
        }
      }
    },
  );

  it("bounds a comparison with the server's clock by the index", async () => {
    const store = open(uri);
    await store.removeMany("sessions", "clock", {});
    for (let n = 0; n < 50; n += 1)
      await store.insert("sessions", { id: `s${n}`, project: "clock", expiresAtMs: n < 5 ? 1000 : Date.now() + 1e7 });
    const filter = toFilter([{ kind: "range", field: "expiresAtMs", operator: "lt", value: storeTime() }]);
    const { executionStats } = await connection.collection("sessions").find(filter).hint("byExpiry").explain("executionStats");
    expect(executionStats.nReturned).toBe(5);
    expect(executionStats.totalKeysExamined).toBeLessThan(10);
  });

  it("writes with majority and journal, retryably; reads with a limit and a time limit", async () => {
    const commands: Array<{ commandName: string; command: Record<string, unknown> }> = [];
    const watched = await watchCommands(uri, commands);
    await watched.removeMany("turns", "watched", {});
    await watched.insert("turns", { id: "t", project: "watched" });
    await watched.get("turns", "watched", "t");
    await watched.find("turns", "watched");
    await watched.count("turns", "watched");
    await watched.patch("turns", "watched", "t", { inc: { fence: 1 } });
    await watched.claim("turns", "watched", { where: {} }, { inc: { fence: 1 } });
    await watched.remove("turns", "watched", "t");
    await watched.ping();
    const bucket = { ratePerSecond: 1, burst: 1, count: 1, maxWaitMs: 0 };
    const before = commands.length;
    await watched.take(`watched-${Date.now()}`, bucket);
    // Losing a bucket with a server costs nothing; waiting for a majority would cost every call.
    expect(commands.splice(before)).toMatchObject([
      { commandName: "findAndModify", command: { writeConcern: { w: 1, j: false } } },
    ]);
    const writes = commands.filter(({ commandName }) => ["insert", "findAndModify", "delete", "update"].includes(commandName));
    expect(writes.length).toBeGreaterThanOrEqual(6);
    for (const { command } of writes) expect(command).toMatchObject({ writeConcern: { w: "majority", j: true } });
    for (const { command } of writes.filter(({ commandName }) => commandName !== "delete"))
      expect(command).toHaveProperty("txnNumber");
    const finds = commands.filter(({ commandName }) => commandName === "find");
    expect(finds.length).toBeGreaterThanOrEqual(3);
    for (const { command } of finds) {
      expect(Number(command.limit)).toBeGreaterThan(0);
      expect(command.maxTimeMS).toBe(5_000);
    }
    expect(commands.find(({ commandName }) => commandName === "aggregate")?.command.maxTimeMS).toBe(5_000);
    expect(mongoose.connections.at(-1)?.getClient().options).toMatchObject({
      serverSelectionTimeoutMS: 2_000,
      connectTimeoutMS: 2_000,
      heartbeatFrequencyMS: 500,
      socketTimeoutMS: 10_000,
    });
  });

  it("keeps documents as ordinary MongoDB documents, without its bookkeeping showing", async () => {
    const store = open(uri);
    await store.remove("credentials", "a/b", "x/y");
    await store.insert("credentials", { id: "x/y", project: "a/b", nickname: "n", nested: { list: [{ a: 1 }] } });
    const raw = await connection.collection<{ _id: string }>("credentials").findOne({ _id: "a%2Fb/x/y" });
    expect(raw).toEqual({ _id: "a%2Fb/x/y", id: "x/y", project: "a/b", version: 1, nickname: "n", nested: { list: [{ a: 1 }] } });
    expect(await store.get("credentials", "a/b", "x/y")).not.toHaveProperty("_id");
  });

  it("makes an index anew when its declaration changed", async () => {
    const indexes = connection.collection("turns");
    await indexes.dropIndex("byExpiry");
    await indexes.createIndex({ expiresAtMs: -1 }, { name: "byExpiry" });
    await createAndDispose(uri);
    expect(await indexes.indexes()).toContainEqual(
      expect.objectContaining({ name: "byExpiry", key: { expiresAtMs: 1, id: 1, project: 1 } }),
    );
  });
});

describeWithMongod("a MongoDB store whose server stops", () => {
  const found = findMongod();
  const isOurs = found !== undefined && "binary" in found;
  const itOnOurs = itWith(isOurs, "a mongod to stop: the server at MONGODB_URI is not ours");
  let server: TestMongod;
  beforeAll(async () => {
    if (isOurs) server = await startMongod(found);
  });
  afterAll(async () => {
    if (isOurs) await server.stop();
  });

  itOnOurs("says so within 3 seconds, keeps what was acknowledged, and recovers by itself", async () => {
    const store = open(server.dbUri("outage"));
    for (let n = 0; n < 20; n += 1) await store.insert("turns", { id: `t${n}`, project: "p" });
    await server.kill();
    const calls: Array<() => Promise<unknown>> = [
      () => store.get("turns", "p", "t1"),
      () => store.insert("turns", { id: "late", project: "p" }),
      () => store.patch("turns", "p", "t1", { inc: { fence: 1 } }),
      () => store.take("b", { ratePerSecond: 1, burst: 1, count: 1, maxWaitMs: 0 }),
      () => store.ping(),
    ];
    const started = Date.now();
    const results = await Promise.allSettled(calls.map((call) => call()));
    expect(Date.now() - started).toBeLessThan(3000);
    for (const result of results) expect(result).toMatchObject({ status: "rejected", reason: { code: "store_unavailable" } });
    await server.restart();
    expect(await store.count("turns", "p")).toBe(20);
    expect(await store.patch("turns", "p", "t1", { inc: { fence: 1 } })).toMatchObject({ fence: 1 });
    await store.ping();
  });

  itOnOurs("opens later when it was away at first", async () => {
    const store = open(server.dbUri("late"));
    await server.kill();
    await expect(store.get("turns", "p", "t")).rejects.toMatchObject({ code: "store_unavailable" });
    await server.restart();
    expect(await store.get("turns", "p", "t")).toBeUndefined();
  });
});

async function createAndDispose(uri: string): Promise<void> {
  const store = createMongoStore({ uri });
  await store.open();
  await store.dispose();
}

/** A store whose commands are recorded as the server gets them. */
async function watchCommands(
  uri: string,
  commands: Array<{ commandName: string; command: Record<string, unknown> }>,
): Promise<DocumentStore> {
  const store = open(`${uri}&monitorCommands=true`);
  await store.open();
  mongoose.connections
    .at(-1)
    ?.getClient()
    .on("commandStarted", (event) => commands.push(event as never));
  return store;
}

describeWithMongod("the buckets of a MongoDB store", () => {
  it("expire when they have been full for an hour; what an older version left goes when the store opens", async () => {
    const uri = (await sharedMongod()).dbUri("buckets_of_their_own");
    const connection = await mongoose.createConnection(uri).asPromise();
    const buckets = connection.collection<{ _id: string; expiresAt?: Date; tatMs?: number }>("buckets");
    await buckets.insertMany([
      { _id: "left behind", tatMs: Date.now() - 2 * 86_400_000 },
      { _id: "still in use", tatMs: Date.now() },
    ]);
    const store = open(uri);
    const before = Date.now();
    await store.take("a", { ratePerSecond: 10, burst: 20, count: 1, maxWaitMs: 0 });
    await store.drain("b", { ratePerSecond: 10, burst: 20, holdMs: 60_000 });
    const kept = await buckets.find().sort({ _id: 1 }).toArray();
    expect(kept.map(({ _id }) => _id)).toEqual(["a", "b", "still in use"]);
    for (const { expiresAt } of kept.slice(0, 2)) {
      expect(expiresAt?.getTime()).toBeGreaterThan(before + 3_600_000);
      expect(expiresAt?.getTime()).toBeLessThan(before + 2 * 3_600_000 + 120_000);
    }
    const indexes = await buckets.indexes();
    expect(indexes).toContainEqual(expect.objectContaining({ key: { expiresAt: 1 }, expireAfterSeconds: 0 }));
    await connection.dropDatabase();
    await connection.close();
  });
});
