import type { TakeOptions, TakeResult } from "./document-store.ts";

/** What decides a bucket's pace. */
export interface BucketRate {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/**
 * No bucket stays closed for longer than this beyond its burst: neither a service's absurd hint nor a clock that was set back may lock a
 * credential out.
 */
export const MAX_HOLD_MS = 600_000;

/** Time between two tokens in the long run. */
export function emissionIntervalMs({ ratePerSecond }: BucketRate): number {
  if (!(ratePerSecond > 0)) throw new Error("a bucket's rate must be positive");
  return 1000 / ratePerSecond;
}

/** What is kept of a bucket. */
export interface Bucket {
  /** When it will be full again. */
  readonly tatMs: number;
  /** When that was computed, by the same clock. A clock that shows less than this was set back since. */
  readonly atMs: number;
}

export const FULL: Bucket = { tatMs: 0, atMs: 0 };

/**
 * The generic cell rate algorithm (GCRA). A bucket is one number, the theoretical arrival time (TAT): when it will be full again. With
 * T = 1000 / rate and tau = burst * T, a token moves the TAT by T, and may be used once `TAT - tau` has come. So the k-th of several tokens
 * waits `max(0, base + k * T - tau - now)` with `base = max(now, TAT)`; tokens are granted while that wait is at most `maxWaitMs`.
 *
 * Where the clock was set back, what was left to wait when the bucket was saved is left now: no hour of a wrong clock is waited for.
 *
 * Pure: reads no clock. Answers the very same bucket where nothing changes. The MongoDB store says the same in an aggregation pipeline
 * (mongo-bucket.ts).
 */
export function takeTokens(bucket: Bucket, nowMs: number, options: TakeOptions): { bucket: Bucket; result: TakeResult } {
  const intervalMs = emissionIntervalMs(options);
  const baseMs = toBase(bucket, nowMs, options);
  // Counted in tokens, so that a full bucket grants exactly its burst whatever the rounding of T.
  const affordable = Math.floor(options.burst + (options.maxWaitMs - (baseMs - nowMs)) / intervalMs);
  const granted = Math.max(0, Math.min(options.count, affordable));
  // Never later than it was: what a wrong clock has saved is corrected even where nothing is granted.
  const tatMs = granted === 0 ? Math.min(bucket.tatMs, baseMs) : baseMs + granted * intervalMs;
  const after = options.count === 0 || (granted === 0 && tatMs === bucket.tatMs) ? bucket : { tatMs, atMs: nowMs };
  return { bucket: after, result: toTakeResult({ baseMs, nowMs, granted }, options) };
}

/** What a caller learns, from where the bucket stood and how many tokens it gave. */
export function toTakeResult(state: { baseMs: number; nowMs: number; granted: number }, options: TakeOptions): TakeResult {
  const { baseMs, nowMs, granted } = state;
  const intervalMs = emissionIntervalMs(options);
  const waitMs = (k: number) => Math.max(0, Math.ceil(baseMs - nowMs + (k - options.burst) * intervalMs));
  const usedMs = Math.max(0, baseMs + granted * intervalMs - nowMs);
  return {
    waitsMs: Array.from({ length: granted }, (_, index) => waitMs(index + 1)),
    remaining: Math.max(0, Math.floor(options.burst - usedMs / intervalMs)),
    resetMs: Math.ceil(usedMs),
    ...(granted < options.count ? { retryAfterMs: waitMs(granted + 1) } : {}),
  };
}

/** A bucket that gives its next token after `holdMs`. Never fuller than it was. */
export function drained(bucket: Bucket, nowMs: number, options: BucketRate & { holdMs: number }): Bucket {
  const holdMs = Math.min(options.holdMs, MAX_HOLD_MS);
  const heldMs = nowMs + (options.burst - 1) * emissionIntervalMs(options) + holdMs;
  return { tatMs: Math.max(toBase(bucket, nowMs, options), heldMs), atMs: nowMs };
}

function toBase({ tatMs, atMs }: Bucket, nowMs: number, rate: BucketRate): number {
  const leftMs = tatMs - Math.max(nowMs, atMs);
  const longestMs = rate.burst * emissionIntervalMs(rate) + MAX_HOLD_MS;
  return nowMs + Math.max(0, Math.min(leftMs, longestMs));
}
