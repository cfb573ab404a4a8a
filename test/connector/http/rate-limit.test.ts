import { describe, expect, it, jest } from "@jest/globals";
import { createRateLimiter, type Take } from "../../../connector/http/rate-limit.ts";
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
    expect(store.calls.map((call) => call.count)).toEqual([2, 23]);
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
    const store = bucketStore(() => 0);
    const limiter = createRateLimiter({ ...store, now: () => 0 });
    for (let i = 0; i < 19; i++) await limiter.take("cred_1", LIMIT, { maxWaitMs: 0 });
    jest.useFakeTimers({ doNotFake: ["setImmediate"] });
    try {
      const busy = limiter.take("cred_1", LIMIT, { maxWaitMs: 1000 });
      const hurried = limiter.take("cred_1", LIMIT, { maxWaitMs: 50 }).catch((error: unknown) => error);
      const patient = limiter.take("cred_1", LIMIT, { maxWaitMs: 1000 });
      expect(await hurried).toMatchObject({ code: "rate_limited", details: { retryAfterMs: 200 } });
      await jest.advanceTimersByTimeAsync(200);
      await busy;
      await patient;
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
});
