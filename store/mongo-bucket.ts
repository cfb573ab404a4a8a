import { type BucketRate, emissionIntervalMs, MAX_HOLD_MS } from "./bucket.ts";
import type { TakeOptions } from "./document-store.ts";

type Pipeline = Record<string, unknown>[];

/** What a bucket's document holds after an update by {@link takePipeline}. */
export interface KeptBucket {
  readonly baseMs: number;
  readonly nowMs: number;
  readonly granted: number;
}

/** A bucket of which nothing is kept: full. */
export const UNUSED: KeptBucket = { baseMs: 0, nowMs: 0, granted: 0 };

const HOUR_MS = 3_600_000;

/**
 * A full bucket is one of which nothing is kept: MongoDB removes it an hour or two after it has filled. Whole hours, so that the index is
 * written to once an hour and not with each token.
 */
const fullAtMs = { $max: ["$tatMs", "$nowMs"] };
const EXPIRY = {
  $set: { expiresAt: { $toDate: { $multiply: [{ $add: [{ $ceil: { $divide: [fullAtMs, HOUR_MS] } }, 1] }, HOUR_MS] } } },
};

/** Deletes documents when `expiresAt` has come. */
export const BUCKET_EXPIRY_INDEX = [{ expiresAt: 1 }, { name: "expiry", expireAfterSeconds: 0 }] as const;

/** Full buckets that a version without `expiresAt` has left. */
export function leftBehind(nowMs: number): Record<string, unknown> {
  return { expiresAt: null, tatMs: { $lt: nowMs - 24 * HOUR_MS } };
}

/** `takeTokens` of bucket.ts, word for word, on the server and by its clock. */
export function takePipeline(options: TakeOptions): Pipeline {
  const intervalMs = emissionIntervalMs(options);
  const affordable = {
    $floor: {
      $add: [options.burst, { $divide: [{ $subtract: [options.maxWaitMs, { $subtract: ["$baseMs", "$nowMs"] }] }, intervalMs] }],
    },
  };
  const afterMs = { $add: ["$baseMs", { $multiply: ["$granted", intervalMs] }] };
  return [
    ...basePipeline(options),
    { $set: { granted: { $max: [0, { $min: [options.count, affordable] }] } } },
    { $set: { tatMs: { $cond: [{ $gt: ["$granted", 0] }, afterMs, { $min: ["$baseMs", { $ifNull: ["$tatMs", 0] }] }] } } },
    EXPIRY,
  ];
}

/** `drained` of bucket.ts. */
export function drainPipeline(options: BucketRate & { holdMs: number }): Pipeline {
  const holdMs = Math.min(options.holdMs, MAX_HOLD_MS) + (options.burst - 1) * emissionIntervalMs(options);
  return [...basePipeline(options), { $set: { tatMs: { $max: ["$baseMs", { $add: ["$nowMs", holdMs] }] } } }, EXPIRY];
}

/** `toBase` of bucket.ts. The time of the last update, by the server's clock then, is `nowMs` as it was kept. */
function basePipeline(rate: BucketRate): Pipeline {
  const longestMs = rate.burst * emissionIntervalMs(rate) + MAX_HOLD_MS;
  const leftMs = { $subtract: [{ $ifNull: ["$tatMs", 0] }, { $max: ["$nowMs", "$atMs"] }] };
  return [
    { $set: { atMs: { $ifNull: ["$nowMs", 0] }, nowMs: { $toDouble: "$$NOW" } } },
    { $set: { baseMs: { $add: ["$nowMs", { $max: [0, { $min: [leftMs, longestMs] }] }] } } },
  ];
}
