import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { drainedTat, MAX_HOLD_MS, takeTokens } from "../../store/bucket.ts";

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
        let [tatMs, nowMs] = [0, NOW];
        for (const { gapMs, count, maxWaitMs } of steps) {
          nowMs += gapMs;
          const taken = takeTokens(tatMs, nowMs, { ratePerSecond, burst, count, maxWaitMs });
          tatMs = taken.tatMs;
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
        const { result } = takeTokens(0, NOW, { ratePerSecond, burst, count: 100, maxWaitMs: 0 });
        expect([ratePerSecond, burst, result.waitsMs.length]).toEqual([ratePerSecond, burst, burst]);
      }
    }
  });

  it("leaves its state alone when it grants nothing", () => {
    const options = { ratePerSecond: 10, burst: 1, count: 1, maxWaitMs: 0 };
    const { tatMs } = takeTokens(0, NOW, options);
    expect(takeTokens(tatMs, NOW + 99, options)).toEqual({
      tatMs,
      result: { waitsMs: [], remaining: 0, resetMs: 1, retryAfterMs: 1 },
    });
    expect(takeTokens(tatMs, NOW + 100, options).result.waitsMs).toEqual([0]);
  });

  it("gives the next token exactly after the hold, and is not opened earlier by a shorter one", () => {
    const rate = { ratePerSecond: 10, burst: 20 };
    const tatMs = drainedTat(0, NOW, { ...rate, holdMs: 500 });
    expect(takeTokens(tatMs, NOW, { ...rate, count: 1, maxWaitMs: 0 }).result.retryAfterMs).toBe(500);
    expect(drainedTat(tatMs, NOW, { ...rate, holdMs: 10 })).toBe(tatMs);
  });

  it("is not locked by an absurd hold or a clock that went back", () => {
    const rate = { ratePerSecond: 10, burst: 20 };
    const held = drainedTat(0, NOW, { ...rate, holdMs: 1e12 });
    expect(takeTokens(held, NOW, { ...rate, count: 1, maxWaitMs: 0 }).result.retryAfterMs).toBeLessThanOrEqual(MAX_HOLD_MS);
    expect(takeTokens(NOW + 1e10, NOW, { ...rate, count: 1, maxWaitMs: 0 }).result.retryAfterMs).toBeLessThanOrEqual(
      MAX_HOLD_MS + 100,
    );
  });
});
