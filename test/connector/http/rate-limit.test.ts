import { describe, expect, it, jest } from "@jest/globals";
import { createRateLimiter, type Priority, type Take } from "../../../connector/http/rate-limit.ts";
import type { RateLimit } from "../../../connector/types.ts";

const LIMIT: RateLimit = { perSecond: 10, burst: 20, reserve: 1, scope: "credential" };

/** Until the limiter has asked the store for those who came before. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The store's bucket, in memory: generic cell rate algorithm on a clock given from outside. */
function bucketStore(now: () => number, delayMs = 0) {
  let full = 0;
  const calls: Parameters<Take>[1][] = [];
  const take: Take = async (_bucket, options) => {
    calls.push(options);
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
    const { ratePerSecond, burst, count, maxWaitMs } = options;
    const each = 1000 / ratePerSecond;
    const waitsMs: number[] = [];
    let retryAfterMs: number | undefined;
    for (let i = 0; i < count; i++) {
      const next = Math.max(full, now()) + each;
      const wait = Math.max(0, next - burst * each - now());
      if (wait > maxWaitMs) {
        retryAfterMs = wait;
        break;
      }
      full = next;
      waitsMs.push(wait);
    }
    const resetMs = Math.max(0, full - now());
    return {
      waitsMs,
      resetMs,
      remaining: Math.max(0, Math.floor(burst - resetMs / each)),
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    };
  };
  const drain = async (
    _bucket: string,
    { ratePerSecond, burst, holdMs }: { ratePerSecond: number; burst: number; holdMs: number },
  ) => {
    full = Math.max(full, now() + holdMs + (burst - 1) * (1000 / ratePerSecond));
  };
  return { take, drain, calls };
}

/** A bucket that never holds a token, and has the next one that much later. */
const busyFor =
  (waitMs: number): Take =>
  async (_bucket, { maxWaitMs }) =>
    maxWaitMs === 0
      ? { waitsMs: [], remaining: 0, resetMs: 0, retryAfterMs: waitMs }
      : { waitsMs: [waitMs], remaining: 0, resetMs: 0 };

const settled = async (turns = 20) => {
  for (let i = 0; i < turns; i++) await Promise.resolve();
};

describe("rate limiter", () => {
  it("lets a burst through at once without a timer, less the reserve, and says what is left", async () => {
    const store = bucketStore(() => 0);
    const limiter = createRateLimiter({ ...store, now: () => 0 });
    const timers = jest.spyOn(globalThis, "setTimeout");
    const first = await limiter.take("cred_1", LIMIT, { maxWaitMs: 0 });
    expect(first).toEqual({ waitedMs: 0, budget: { remaining: 18, resetMs: 100 } });
    for (let i = 1; i < 19; i++) await limiter.take("cred_1", LIMIT, { maxWaitMs: 0 });
    expect(timers).not.toHaveBeenCalled();
    timers.mockRestore();
    await expect(limiter.take("cred_1", LIMIT, { maxWaitMs: 0 })).rejects.toMatchObject({
      code: "rate_limited",
      details: { retryAfterMs: 100 },
    });
  });

  it("asks the store once for all callers of a turn, and once for all that came while it was busy, and serves them in order", async () => {
    const store = bucketStore(Date.now, 5);
    const limiter = createRateLimiter(store);
    const order: number[] = [];
    const take = (i: number) => limiter.take("cred_1", LIMIT, { maxWaitMs: 5000 }).then(() => order.push(i));
    const first = [take(0), take(1)];
    await turn();
    await Promise.all([...first, ...Array.from({ length: 23 }, (_, i) => take(2 + i))]);
    expect(store.calls.slice(0, 2).map((call) => call.count)).toEqual([2, 23]);
    expect(order).toEqual(Array.from({ length: 25 }, (_, i) => i));
  });

  it("keeps to the rate in real time: never more than the bucket holds, and all of it", async () => {
    const store = bucketStore(Date.now);
    const limiter = createRateLimiter(store);
    const limit: RateLimit = { perSecond: 100, burst: 10, scope: "credential" };
    const started = Date.now();
    const times: number[] = [];
    await Promise.all(
      Array.from({ length: 60 }, async () => {
        await limiter.take("cred_1", limit, { maxWaitMs: 10_000 });
        times.push(Date.now() - started);
      }),
    );
    for (const [nth, time] of times.entries()) expect(nth + 1).toBeLessThanOrEqual(10 + 1 + (time + 1) / 10);
    expect(times.at(-1)).toBeLessThan(900);
  });

  it("refuses at once whoever cannot be served in time, and serves those behind who can wait", async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ["setImmediate"] });
    try {
      const limiter = createRateLimiter(bucketStore(Date.now));
      for (let i = 0; i < 19; i++) await limiter.take("cred_1", LIMIT, { maxWaitMs: 0 });
      const busy = limiter.take("cred_1", LIMIT, { maxWaitMs: 1000 });
      const hurried = limiter.take("cred_1", LIMIT, { maxWaitMs: 50 }).catch((error: unknown) => error);
      const patient = limiter.take("cred_1", LIMIT, { maxWaitMs: 1000 });
      expect(await hurried).toMatchObject({ code: "rate_limited", details: { retryAfterMs: 200 } });
      await jest.advanceTimersByTimeAsync(200);
      await busy;
      expect((await patient).waitedMs).toBe(200);
    } finally {
      jest.useRealTimers();
    }
  });

  it("lets a caller leave the queue or its sleep, and leaves nothing behind", async () => {
    const store = bucketStore(() => 0, 5);
    const limiter = createRateLimiter({ ...store, now: () => 0 });
    const controller = new AbortController();
    const { signal } = controller;
    const remove = jest.spyOn(signal, "removeEventListener");
    await expect(limiter.take("cred_1", LIMIT, { maxWaitMs: 0, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
    await Promise.all(Array.from({ length: 19 }, () => limiter.take("cred_1", LIMIT, { maxWaitMs: 0, signal })));
    expect(remove).toHaveBeenCalledTimes(19);
    const sleeping = limiter.take("cred_1", LIMIT, { maxWaitMs: 60_000, signal }).catch((error: unknown) => error);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const queued = limiter.take("cred_1", LIMIT, { maxWaitMs: 60_000, signal }).catch((error: unknown) => error);
    controller.abort();
    expect(await sleeping).toMatchObject({ code: "cancelled" });
    expect(await queued).toMatchObject({ code: "cancelled" });
  });

  it("hands the token of a caller who left meanwhile to the next one", async () => {
    const store = bucketStore(() => 0, 5);
    const limiter = createRateLimiter({ ...store, now: () => 0 });
    const limit: RateLimit = { perSecond: 10, burst: 2, scope: "credential" };
    const controller = new AbortController();
    const blocker = limiter.take("cred_1", limit, { maxWaitMs: 0 });
    await turn();
    const leaver = limiter.take("cred_1", limit, { maxWaitMs: 0, signal: controller.signal }).catch((error: unknown) => error);
    const next = limiter.take("cred_1", limit, { maxWaitMs: 1000 });
    await blocker;
    controller.abort();
    expect(await leaver).toMatchObject({ code: "cancelled" });
    expect((await next).waitedMs).toBe(0);
  });

  it("holds back the callers who wait when the service asks for a pause, and keeps their order", async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ["setImmediate"] });
    try {
      const store = bucketStore(Date.now);
      const limiter = createRateLimiter(store);
      const limit: RateLimit = { perSecond: 10, burst: 1, scope: "credential" };
      await limiter.take("cred_1", limit, { maxWaitMs: 0 });
      const served: [number, number][] = [];
      for (let i = 0; i < 3; i++)
        void limiter.take("cred_1", limit, { maxWaitMs: 60_000 }).then(() => served.push([i, Date.now()]));
      await settled();
      await limiter.throttled("cred_1", limit, 2000);
      await jest.advanceTimersByTimeAsync(1999);
      expect(served).toEqual([]);
      await jest.advanceTimersByTimeAsync(2000);
      expect(served.map(([i]) => i)).toEqual([0, 1, 2]);
      expect(served[0]?.[1]).toBeGreaterThanOrEqual(2000);
    } finally {
      jest.useRealTimers();
    }
  });

  it("ends a pause in time although the machine's clock was two hours ahead when it began", async () => {
    jest.useFakeTimers({ now: 7_200_000, doNotFake: ["setImmediate"] });
    try {
      const limiter = createRateLimiter({
        take: async (_bucket, { count }) => ({ waitsMs: Array(count).fill(0), remaining: 1, resetMs: 0 }),
        drain: async () => {},
      });
      const call = () => limiter.take("cred_1", LIMIT, { maxWaitMs: 60_000 });
      const first = call();
      await limiter.throttled("cred_1", LIMIT, 2_000);
      jest.setSystemTime(0);
      const second = call();
      await turn();
      await jest.advanceTimersByTimeAsync(2_000);
      expect((await first).waitedMs).toBe(2_000);
      expect((await second).waitedMs).toBe(2_000);
    } finally {
      jest.useRealTimers();
    }
  });

  it("does not let one credential wait for another", async () => {
    const limiter = createRateLimiter({
      take: (bucket) => (bucket === "slow" ? new Promise(() => {}) : Promise.resolve({ waitsMs: [0], remaining: 1, resetMs: 1 })),
      drain: async () => {},
    });
    void limiter.take("slow", LIMIT, { maxWaitMs: 1000 });
    expect(await limiter.take("quick", LIMIT, { maxWaitMs: 1000 })).toMatchObject({ budget: { remaining: 1 } });
  });

  it("fails the waiting callers when the store fails, and works again afterwards", async () => {
    let broken = true;
    const limiter = createRateLimiter({
      take: async (_bucket, { count }) => {
        if (broken) throw new Error("store_unavailable");
        return { waitsMs: Array(count).fill(0), remaining: 0, resetMs: 0 };
      },
      drain: async () => {},
    });
    const waiting = [limiter.take("a", LIMIT, { maxWaitMs: 9 }), limiter.take("a", LIMIT, { maxWaitMs: 9 })];
    for (const each of await Promise.allSettled(waiting))
      expect(each).toMatchObject({ status: "rejected", reason: { message: "store_unavailable" } });
    broken = false;
    expect((await limiter.take("a", LIMIT, { maxWaitMs: 9 })).waitedMs).toBeGreaterThanOrEqual(0);
  });

  it("says how a bucket stands without taking from it, its reserve left out", async () => {
    const asked: unknown[] = [];
    const state = { remaining: 0, resetMs: 1_950 };
    const limiter = createRateLimiter({
      take: async (bucket, options) => {
        asked.push([bucket, options]);
        return { waitsMs: [], ...state };
      },
      drain: async () => {},
    });
    expect(await limiter.look("cred_1", LIMIT)).toEqual({ remaining: 0, resetMs: 1_950, nextMs: 150, burst: 19, perSecond: 10 });
    expect(asked).toEqual([["cred_1", { ratePerSecond: 10, burst: 19, count: 0, maxWaitMs: 0 }]]);
    state.resetMs = 100;
    expect((await limiter.look("cred_1", LIMIT)).nextMs).toBe(0);
    state.resetMs = 1_800.4;
    expect((await limiter.look("cred_1", LIMIT)).nextMs).toBe(1);
    expect((await limiter.look("cred_1", { perSecond: 1, burst: 1, reserve: 5, scope: "credential" })).burst).toBe(1);
    expect((await limiter.look("cred_1", { perSecond: 1, burst: 7, scope: "credential" })).burst).toBe(7);
  });

  it("asks the store for nobody where all have left, and for those who stayed where one has", async () => {
    const store = bucketStore(() => 0);
    const limiter = createRateLimiter({ ...store, now: () => 0 });
    const leaving = new AbortController();
    const left = limiter.take("cred_1", LIMIT, { maxWaitMs: 9, signal: leaving.signal }).catch((error: unknown) => error);
    leaving.abort("gone");
    expect(await left).toMatchObject({ code: "cancelled", cause: "gone" });
    await turn();
    await turn();
    expect(store.calls).toEqual([]);
    expect((await limiter.take("cred_1", LIMIT, { maxWaitMs: 9 })).waitedMs).toBe(0);
    expect(store.calls).toEqual([{ ratePerSecond: 10, burst: 19, count: 1, maxWaitMs: 0 }]);
  });

  it("takes what is free now for all who wait, and one token ahead for as long as the first of them has time", async () => {
    let now = 0;
    const store = bucketStore(() => 0);
    const limiter = createRateLimiter({ ...store, now: () => now });
    const limit: RateLimit = { perSecond: 100, burst: 3, scope: "credential" };
    const all = [50, 200, 100, 90].map((maxWaitMs) => limiter.take("cred_1", limit, { maxWaitMs }));
    now = 30;
    await Promise.all(all);
    expect(store.calls.map(({ maxWaitMs, count }) => [maxWaitMs, count])).toEqual([
      [0, 4],
      [60, 1],
    ]);
  });

  it("does not keep a caller beyond its time because the store was slow, and gives its token to the next", async () => {
    let now = 0;
    const limiter = createRateLimiter({
      take: async (_bucket, { maxWaitMs }) => {
        now += 100;
        return maxWaitMs === 0
          ? { waitsMs: [], remaining: 0, resetMs: 0, retryAfterMs: 20 }
          : { waitsMs: [20], remaining: 0, resetMs: 0 };
      },
      drain: async () => {},
      now: () => now,
    });
    const hurried = limiter.take("cred_1", LIMIT, { maxWaitMs: 110 }).catch((error: unknown) => error);
    const patient = limiter.take("cred_1", LIMIT, { maxWaitMs: 1_000 });
    expect(await hurried).toMatchObject({ code: "rate_limited", details: { retryAfterMs: 20 } });
    expect((await patient).waitedMs).toBe(200);
  });

  it("tells a caller without a token when to come back, in whole milliseconds", async () => {
    const limiter = createRateLimiter({
      take: async () => ({ waitsMs: [], remaining: 0, resetMs: 0, retryAfterMs: 69.2 }),
      drain: async () => {},
      now: () => 0,
    });
    await expect(limiter.take("cred_1", LIMIT, { maxWaitMs: 40 })).rejects.toMatchObject({ details: { retryAfterMs: 70 } });
  });

  it("waits for whole milliseconds, no shorter than the store said", async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ["setImmediate"] });
    try {
      const limiter = createRateLimiter({
        take: busyFor(10.2),
        drain: async () => {},
      });
      let served = false;
      const waiting = limiter.take("cred_1", LIMIT, { maxWaitMs: 60 }).then((granted) => {
        served = true;
        return granted;
      });
      await turn();
      await jest.advanceTimersByTimeAsync(10);
      expect(served).toBe(false);
      await jest.advanceTimersByTimeAsync(1);
      expect((await waiting).waitedMs).toBe(11);
    } finally {
      jest.useRealTimers();
    }
  });

  it("lets no pause shorten a longer one, drains the store's bucket for each, and holds no other bucket", async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ["setImmediate"] });
    try {
      const drained: unknown[] = [];
      const limiter = createRateLimiter({
        take: busyFor(5),
        drain: async (bucket, options) => void drained.push([bucket, options]),
      });
      const times: [string, number][] = [];
      const call = (bucket: string) =>
        limiter.take(bucket, LIMIT, { maxWaitMs: 60_000 }).then(() => times.push([bucket, Math.trunc(performance.now())]));
      const began = Math.trunc(performance.now());
      const all = [call("held"), call("free")];
      await turn();
      await limiter.throttled("held", LIMIT, 2_000);
      await limiter.throttled("held", LIMIT, 500);
      await limiter.throttled("nobody waits", LIMIT, 500);
      await jest.advanceTimersByTimeAsync(1_990);
      expect(times.map(([bucket]) => bucket)).toEqual(["free"]);
      await jest.advanceTimersByTimeAsync(3_000);
      await Promise.all(all);
      expect(times.map(([bucket, at]) => [bucket, at - began >= 2_000])).toEqual([
        ["free", false],
        ["held", true],
      ]);
      expect(drained).toEqual([
        ["held", { ratePerSecond: 10, burst: 19, holdMs: 2_000 }],
        ["held", { ratePerSecond: 10, burst: 19, holdMs: 500 }],
        ["nobody waits", { ratePerSecond: 10, burst: 19, holdMs: 500 }],
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  it("keeps the place of a caller whose token a pause made void, before those who came later", async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ["setImmediate"] });
    try {
      const limiter = createRateLimiter({ take: busyFor(10), drain: async () => {} });
      const order: string[] = [];
      const call = (name: string) => limiter.take("cred_1", LIMIT, { maxWaitMs: 60_000 }).then(() => order.push(name));
      const all = [call("first"), call("second")];
      await turn();
      await jest.advanceTimersByTimeAsync(1);
      await limiter.throttled("cred_1", LIMIT, 100);
      await jest.advanceTimersByTimeAsync(50);
      all.push(call("third"));
      expect(order).toEqual([]);
      await jest.advanceTimersByTimeAsync(1_000);
      await Promise.all(all);
      expect(order).toEqual(["first", "second", "third"]);
    } finally {
      jest.useRealTimers();
    }
  });

  it("takes a caller who leaves while it sleeps out of the bucket, timer and all", async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ["setImmediate"] });
    try {
      const limiter = createRateLimiter({
        take: busyFor(1_000),
        drain: async () => {},
      });
      const leaving = new AbortController();
      const left = limiter.take("cred_1", LIMIT, { maxWaitMs: 60_000, signal: leaving.signal }).catch((error: unknown) => error);
      await turn();
      expect(jest.getTimerCount()).toBe(1);
      leaving.abort();
      expect(await left).toMatchObject({ code: "cancelled" });
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it("lets a person's call pass every call of a crawl that waits, in the order person, workflow, crawl", async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ["setImmediate"] });
    try {
      const store = bucketStore(Date.now);
      const limiter = createRateLimiter(store);
      const limit: RateLimit = { perSecond: 10, burst: 1, scope: "credential" };
      await limiter.take("cred_1", limit, { maxWaitMs: 0 });
      const served: string[] = [];
      const call = (priority: Priority, name: string = priority) =>
        limiter.take("cred_1", limit, { maxWaitMs: 60_000, priority }).then(() => served.push(name));
      const all = [call("crawl", "crawl 1"), call("crawl", "crawl 2"), call("workflow")];
      await turn();
      await jest.advanceTimersByTimeAsync(60);
      all.push(call("interactive"));
      await jest.advanceTimersByTimeAsync(1_000);
      await Promise.all(all);
      expect(served).toEqual(["interactive", "workflow", "crawl 1", "crawl 2"]);
    } finally {
      jest.useRealTimers();
    }
  });

  it("takes no token ahead for a crawl, and at once one for a call that comes while the crawl waits", async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ["setImmediate"] });
    try {
      const store = bucketStore(Date.now);
      const limiter = createRateLimiter(store);
      const limit: RateLimit = { perSecond: 10, burst: 1, scope: "credential" };
      await limiter.take("cred_1", limit, { maxWaitMs: 0 });
      store.calls.length = 0;
      const crawl = limiter.take("cred_1", limit, { maxWaitMs: 60_000, priority: "crawl" });
      await turn();
      await jest.advanceTimersByTimeAsync(40);
      expect(store.calls.map(({ maxWaitMs }) => maxWaitMs)).toEqual([0]);
      const person = limiter.take("cred_1", limit, { maxWaitMs: 5_000 });
      await jest.advanceTimersByTimeAsync(0);
      expect(store.calls.map(({ maxWaitMs }) => maxWaitMs)).toEqual([0, 0, 5_000]);
      await jest.advanceTimersByTimeAsync(60);
      expect((await person).waitedMs).toBe(60);
      await jest.advanceTimersByTimeAsync(100);
      expect((await crawl).waitedMs).toBe(200);
    } finally {
      jest.useRealTimers();
    }
  });

  it("tells a waiting crawl at once when calls that go first leave it no time", async () => {
    jest.useFakeTimers({ now: 0, doNotFake: ["setImmediate"] });
    try {
      const limiter = createRateLimiter(bucketStore(Date.now));
      const limit: RateLimit = { perSecond: 10, burst: 1, scope: "credential" };
      await limiter.take("cred_1", limit, { maxWaitMs: 0 });
      const crawl = limiter.take("cred_1", limit, { maxWaitMs: 150, priority: "crawl" }).catch((error: unknown) => error);
      await turn();
      const person = limiter.take("cred_1", limit, { maxWaitMs: 5_000 });
      expect(await crawl).toMatchObject({ code: "rate_limited", details: { retryAfterMs: 200 } });
      await jest.advanceTimersByTimeAsync(100);
      expect((await person).waitedMs).toBe(100);
    } finally {
      jest.useRealTimers();
    }
  });
});
