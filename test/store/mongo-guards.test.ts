import { afterEach, beforeEach, expect, it, jest } from "@jest/globals";
import mongoose, { type Connection } from "mongoose";
import type { DocumentStore } from "../../store/document-store.ts";
import { createMongoStore } from "../../store/mongo.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { sharedMongod } from "../support/mongod.ts";

/** Moments that a server which runs well never gives: the driver's calls are answered in its place, once or for as long as a test needs. */
describeWithMongod("a MongoDB store at a rare moment", () => {
  let store: DocumentStore;
  let connection: Connection;
  beforeEach(async () => {
    const uri = (await sharedMongod()).dbUri(`guards_${process.pid}`);
    const known = new Set(mongoose.connections);
    store = createMongoStore({ uri });
    await store.open();
    connection = mongoose.connections.find((one) => !known.has(one)) as Connection;
    await store.removeMany("turns", "p", {});
    await store.insert("turns", { id: "t", project: "p", fence: 1 });
  });
  afterEach(async () => {
    jest.useRealTimers();
    await store.dispose();
  });

  const turns = () => connection.model("turns");
  const closedBefore = () => Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  const get = () => store.get("turns", "p", "t");
  /** The driver's calls fail so often with this, then go through. */
  function failing(times: number, error: () => Error) {
    return jest.spyOn(turns().collection, "findOne").mockImplementation(((...args: unknown[]) => {
      if (calls.mock.calls.length <= times) return Promise.reject(error());
      calls.mockRestore();
      return turns().collection.findOne(...(args as [never]));
    }) as never);
  }
  let calls: ReturnType<typeof failing>;

  it("makes a call again that was never sent, because its connection had been closed, four times and no more", async () => {
    calls = failing(4, closedBefore);
    expect(await get()).toMatchObject({ fence: 1 });
    calls = failing(100, closedBefore);
    await expect(get()).rejects.toMatchObject({ code: "store_unavailable" });
    expect(calls).toHaveBeenCalledTimes(5);
    calls.mockRestore();
  });

  it("makes no call again that may have been sent", async () => {
    calls = failing(100, () => Object.assign(closedBefore(), { syscall: "write" }));
    await expect(get()).rejects.toMatchObject({ code: "store_unavailable" });
    expect(calls).toHaveBeenCalledTimes(1);
    calls.mockRestore();
  });

  it("gives up a call that is never answered after ten seconds, and leaves no timer behind one that is", async () => {
    jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "setInterval", "queueMicrotask"] });
    const before = jest.getTimerCount();
    await get();
    expect(jest.getTimerCount()).toBeLessThanOrEqual(before);
    const silent = jest.spyOn(turns().collection, "findOne").mockImplementation((() => new Promise(() => {})) as never);
    let outcome: unknown;
    const call = get().catch((error: unknown) => {
      outcome = error;
    });
    while (silent.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await jest.advanceTimersByTimeAsync(9_990);
    expect(outcome).toBeUndefined();
    await jest.advanceTimersByTimeAsync(10);
    await call;
    expect(outcome).toMatchObject({ code: "store_unavailable", details: { reason: "CallLimit" } });
    silent.mockRestore();
  });

  it("waits less once there has been no server to write to for a second, and at once not at all when there is one again", async () => {
    const tell = (...types: string[]) =>
      connection.getClient().emit("topologyDescriptionChanged", {
        newDescription: { servers: new Map(types.map((type, at) => [`s${at}`, { type }])) },
      } as never);
    const asked = jest.spyOn(turns().collection, "findOne");
    const clock = jest.spyOn(performance, "now");
    const at = (ms: number) => clock.mockReturnValue(ms);
    at(10_000);
    tell("Unknown", "RSSecondary");
    at(10_900);
    // Told again: it is away since the first time.
    tell("Unknown");
    at(11_000);
    expect(await get()).toMatchObject({ fence: 1 });
    expect(asked).toHaveBeenCalledTimes(1);
    at(11_001);
    let outcome: unknown;
    const call = get().catch((error: unknown) => {
      outcome = error;
    });
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(outcome).toBeUndefined();
    at(11_701);
    await call;
    expect(outcome).toMatchObject({ code: "store_unavailable", details: { reason: "Away" } });
    expect(asked).toHaveBeenCalledTimes(1);
    const patient = get();
    await new Promise((resolve) => setTimeout(resolve, 60));
    for (const type of ["RSPrimary", "Standalone", "Mongos", "LoadBalancer"]) {
      tell("Unknown", type);
      expect(await patient).toMatchObject({ fence: 1 });
      expect(await get()).toMatchObject({ fence: 1 });
      tell("Unknown");
      at(performance.now() + 5_000);
    }
    clock.mockRestore();
    tell("RSPrimary");
  });

  it("takes a token although another process creates the bucket at the same moment", async () => {
    const buckets = connection.collection("buckets");
    const taken = jest
      .spyOn(buckets, "findOneAndUpdate")
      .mockRejectedValueOnce(Object.assign(new Error("E11000"), { code: 11000 }) as never);
    const bucket = `b-${Math.random()}`;
    const take = () => store.take(bucket, { ratePerSecond: 1, burst: 2, count: 1, maxWaitMs: 0 });
    expect((await take()).waitsMs).toEqual([0]);
    expect(taken).toHaveBeenCalledTimes(2);
    taken.mockRejectedValueOnce(Object.assign(new Error("no space"), { name: "MongoServerError", code: 14031 }) as never);
    await expect(take()).rejects.toMatchObject({ code: "store_full" });
    expect(taken).toHaveBeenCalledTimes(3);
    taken.mockRestore();
  });

  it("does not remove what has changed after it was found", async () => {
    const model = turns();
    const remove = model.deleteMany.bind(model);
    await store.insert("turns", { id: "u", project: "p", fence: 1, expiresAtMs: 5 });
    await store.patch("turns", "p", "t", { set: { expiresAtMs: 5 } });
    const removing = jest.spyOn(model, "deleteMany").mockImplementation((async (...args: Parameters<typeof remove>) => {
      // Between the two: somebody uses it again.
      await store.patch("turns", "p", "t", { set: { expiresAtMs: 1_000 } });
      return remove(...args);
    }) as never);
    expect(await store.removeMany("turns", "p", { expiresAtMs: { lt: 10 } })).toBe(1);
    removing.mockRestore();
    expect(await get()).toMatchObject({ expiresAtMs: 1_000 });
    expect(await store.get("turns", "p", "u")).toBeUndefined();
  });

  it("writes at each ping", async () => {
    const probe = connection.collection<{ _id: string; at: Date }>("probe");
    await probe.deleteMany({});
    await store.ping();
    const first = (await probe.findOne({ _id: "ping" }))?.at as Date;
    expect(first).toBeInstanceOf(Date);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await store.ping();
    expect(Number((await probe.findOne({ _id: "ping" }))?.at)).toBeGreaterThan(Number(first));
    expect(await probe.countDocuments()).toBe(1);
  });

  it("does not open where a unique index cannot be had, closes its connection, and opens when it can", async () => {
    const credentials = connection.collection<{ _id: string }>("credentials");
    await credentials.dropIndex("byNickname");
    await credentials.insertMany([
      { _id: "p/a", project: "p", id: "a", nickname: "same" } as never,
      { _id: "p/b", project: "p", id: "b", nickname: "same" } as never,
    ]);
    const late = createMongoStore({ uri: (await sharedMongod()).dbUri(`guards_${process.pid}`) });
    const known = new Set(mongoose.connections);
    await expect(late.open()).rejects.toMatchObject({ code: "conflict" });
    expect(mongoose.connections.filter((one) => !known.has(one) && one.readyState !== 0)).toEqual([]);
    await credentials.deleteOne({ _id: "p/b" });
    await late.open();
    await late.dispose();
    expect(await credentials.indexes()).toContainEqual(expect.objectContaining({ name: "byNickname", unique: true }));
    await credentials.deleteMany({});
  });
});
