import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type Bucket, drained, FULL, takeTokens } from "../../store/bucket.ts";

const NOW = 1_800_000_000_000;

describe("a token bucket", () => {
  it("never grants more than burst + rate * time in any window, and never less than it could", () => {
    const rate = fc.record({ ratePerSecond: fc.integer({ min: 1, max: 1000 }), burst: fc.integer({ min: 1, max: 100 }) });
    const step = fc.record({
      gapMs: fc.integer({ min: 0, max: 3000 }),
      count: fc.integer({ min: 1, max: 30 }),
      maxWaitMs: fc.integer({ min: 0, max: 2000 }),
    });
    fc.assert(
      fc.property(rate, fc.array(step, { maxLength: 40 }), ({ ratePerSecond, burst }, steps) => {
        const uses: number[] = [];
        let bucket = FULL;
        let nowMs = NOW;
        for (const { gapMs, count, maxWaitMs } of steps) {
          nowMs += gapMs;
          const taken = takeTokens(bucket, nowMs, { ratePerSecond, burst, count, maxWaitMs });
          bucket = taken.bucket;
          for (const wait of taken.result.waitsMs) {
            if (wait > maxWaitMs) throw new Error(`waits ${wait} ms`);
            uses.push(nowMs + wait);
          }
          if (taken.result.waitsMs.length < count) expect(taken.result.retryAfterMs).toBeGreaterThan(maxWaitMs - 1);
        }
        for (let first = 0; first < uses.length; first += 1) {
          for (let last = first; last < uses.length; last += 1) {
            const windowMs = (uses[last] as number) - (uses[first] as number);
            if (last - first > burst + (windowMs * ratePerSecond) / 1000 + 1e-3)
              throw new Error(`${last - first + 1} in ${windowMs} ms`);
          }
        }
      }),
    );
  });

  it("grants exactly its burst from full, whatever the rate", () => {
    for (const ratePerSecond of [1, 3, 7, 9, 10, 11, 49]) {
      for (let burst = 1; burst <= 60; burst += 1) {
        const { result } = takeTokens(FULL, NOW, { ratePerSecond, burst, count: 100, maxWaitMs: 0 });
        expect([ratePerSecond, burst, result.waitsMs.length]).toEqual([ratePerSecond, burst, burst]);
      }
    }
  });

  it.each([0, -1, Number.NaN])("has a rate: %d a second is refused", (ratePerSecond) => {
    const options = { ratePerSecond, burst: 1, count: 1, maxWaitMs: 0 };
    expect(() => takeTokens(FULL, NOW, options)).toThrow("rate");
    expect(() => drained(FULL, NOW, { ...options, holdMs: 1 })).toThrow("rate");
  });

  it("is the very same where nothing was granted, so that nothing need be saved", () => {
    const options = { ratePerSecond: 10, burst: 1, count: 1, maxWaitMs: 0 };
    const { bucket } = takeTokens(FULL, NOW, options);
    expect(bucket).toEqual({ tatMs: NOW + 100, atMs: NOW });
    const refused = takeTokens(bucket, NOW + 99, options);
    expect(refused.result).toEqual({ waitsMs: [], remaining: 0, resetMs: 1, retryAfterMs: 1 });
    expect(refused.bucket).toBe(bucket);
    expect(takeTokens(FULL, NOW, { ...options, count: 0 }).bucket).toBe(FULL);
    expect(takeTokens(bucket, NOW + 100, options).result.waitsMs).toEqual([0]);
  });

  it("gives the next token exactly after the hold, and is not opened earlier by a shorter one", () => {
    const rate = { ratePerSecond: 10, burst: 20 };
    const held = drained(FULL, NOW, { ...rate, holdMs: 500 });
    const retryAfterMs = (bucket: Bucket) => takeTokens(bucket, NOW, { ...rate, count: 1, maxWaitMs: 0 }).result.retryAfterMs;
    expect(retryAfterMs(held)).toBe(500);
    expect(retryAfterMs(drained(held, NOW, { ...rate, holdMs: 10 }))).toBe(500);
    expect(retryAfterMs(drained(held, NOW, { ...rate, holdMs: 700 }))).toBe(700);
  });

  it("is held for ten minutes at most, whatever the service asks for", () => {
    const rate = { ratePerSecond: 10, burst: 20 };
    const held = drained(FULL, NOW, { ...rate, holdMs: 1e12 });
    const take = (nowMs: number) => takeTokens(held, nowMs, { ...rate, count: 1, maxWaitMs: 0 }).result;
    expect(take(NOW).retryAfterMs).toBe(600_000);
    expect(take(NOW + 600_000 - 1).waitsMs).toEqual([]);
    expect(take(NOW + 600_000).waitsMs).toEqual([0]);
  });

  it("waits no longer than it had to when it was saved, once the clock was set back", () => {
    const options = { ratePerSecond: 10, burst: 20, count: 1, maxWaitMs: 0 };
    const ahead = takeTokens(FULL, NOW + 7_200_000, { ...options, count: 20 }).bucket;
    const back = takeTokens(ahead, NOW, options);
    expect(back.result).toEqual({ waitsMs: [], remaining: 0, resetMs: 2_000, retryAfterMs: 100 });
    // Saved although nothing was granted: else it would be a tenth of a second away for two hours.
    expect(back.bucket).toEqual({ tatMs: NOW + 2_000, atMs: NOW });
    expect(takeTokens(back.bucket, NOW + 100, options).result.waitsMs).toEqual([0]);
    const held = drained(FULL, NOW + 7_200_000, { ratePerSecond: 10, burst: 20, holdMs: 500 });
    const refused = takeTokens(held, NOW, options);
    expect(refused.result.retryAfterMs).toBe(500);
    expect(takeTokens(refused.bucket, NOW + 500, options).result.waitsMs).toEqual([0]);
    expect(drained(ahead, NOW, { ratePerSecond: 10, burst: 20, holdMs: 0 })).toEqual({ tatMs: NOW + 2_000, atMs: NOW });
    // By chance the same number as before: it is saved all the same.
    expect(takeTokens({ tatMs: NOW + 100, atMs: NOW + 100 }, NOW, options).bucket).toEqual({ tatMs: NOW + 100, atMs: NOW });
  });

  it("corrects what was saved without a time by a clock that was far ahead", () => {
    const options = { ratePerSecond: 10, burst: 20, count: 1, maxWaitMs: 0 };
    const { bucket, result } = takeTokens({ tatMs: NOW + 7_200_000, atMs: 0 }, NOW, options);
    expect(result.retryAfterMs).toBe(600_100);
    expect(takeTokens(bucket, NOW + 600_100, options).result.waitsMs).toEqual([0]);
  });

  it("is back within its burst's time and the longest wait it granted, however the clock jumps", () => {
    const step = fc.record({
      jumpMs: fc.integer({ min: -1e8, max: 1e8 }),
      count: fc.integer({ min: 1, max: 30 }),
      maxWaitMs: fc.integer({ min: 0, max: 2_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        const rate = { ratePerSecond: 10, burst: 20 };
        let bucket = FULL;
        let nowMs = NOW;
        for (const { jumpMs, count, maxWaitMs } of steps) {
          nowMs += jumpMs;
          const taken = takeTokens(bucket, nowMs, { ...rate, count, maxWaitMs });
          bucket = taken.bucket;
          expect(taken.result.resetMs).toBeLessThanOrEqual(4_000);
        }
        expect(takeTokens(bucket, nowMs + 4_000, { ...rate, count: 20, maxWaitMs: 0 }).result.waitsMs).toHaveLength(20);
      }),
    );
  });
});
