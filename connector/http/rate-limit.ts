import { ConnectorError } from "../../errors/connector-error.ts";
import type { RateLimit } from "../types.ts";

/** `DocumentStore.take`: as many tokens at once as are asked for, each with its wait. */
export type Take = (
  bucket: string,
  options: { readonly ratePerSecond: number; readonly burst: number; readonly count: number; readonly maxWaitMs: number },
) => Promise<{
  readonly waitsMs: readonly number[];
  readonly remaining: number;
  readonly resetMs: number;
  readonly retryAfterMs?: number;
}>;

/** `DocumentStore.drain`. */
export type Drain = (
  bucket: string,
  options: { readonly ratePerSecond: number; readonly burst: number; readonly holdMs: number },
) => Promise<void>;

export interface Granted {
  readonly waitedMs: number;
  /** How the bucket stood when it was asked. */
  readonly budget: { readonly remaining: number; readonly resetMs: number };
}

export interface BucketState {
  /** Calls that could go at once. */
  readonly remaining: number;
  /** Until the bucket is full again. */
  readonly resetMs: number;
  /** Until the next call may go; 0 while some remain. */
  readonly nextMs: number;
  readonly burst: number;
  readonly perSecond: number;
}

export interface RateLimiter {
  /**
   * Waits for the next free token of the bucket, first come first served.
   *
   * @throws ConnectorError `rate_limited` with `details.retryAfterMs`, as soon as it is known that the wait would be longer
   *   than `maxWaitMs`; `cancelled` where the signal fires
   */
  take(
    bucket: string,
    limit: RateLimit,
    options: { readonly maxWaitMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Granted>;
  /** How the bucket stands; takes nothing from it. */
  look(bucket: string, limit: RateLimit): Promise<BucketState>;
  /** The service said that it is asked too often: nothing leaves this bucket for `holdMs`, callers that wait included. */
  throttled(bucket: string, limit: RateLimit, holdMs: number): Promise<void>;
}

interface Waiter {
  readonly deadlineMs: number;
  readonly sinceMs: number;
  readonly signal: AbortSignal | undefined;
  readonly granted: (granted: Granted) => void;
  readonly refused: (error: unknown) => void;
  timer: NodeJS.Timeout | undefined;
  aborted: (() => void) | undefined;
  done: boolean;
}

interface Bucket {
  readonly limit: RateLimit;
  /** In the order in which they came. */
  queue: Waiter[];
  /** With a token whose time has not come. */
  sleeping: number;
  taking: boolean;
  heldUntilMs: number;
}

/**
 * Shares a service's rate limit between all callers of this process, and through `take` with all processes on one store.
 *
 * While one `take` is under way later callers queue, and the next `take` asks for all of them at once: the store is asked once
 * per round trip and not once per call. A token that can be used at once costs no timer. A token whose caller gave up stays unused:
 * the service's limit is never exceeded. A bucket is forgotten when no caller waits for it.
 */
export function createRateLimiter({
  take,
  drain,
  now = () => Math.trunc(performance.now()),
}: {
  take: Take;
  drain: Drain;
  /** A monotonic clock: its values are only compared with each other. */
  now?: () => number;
}): RateLimiter {
  const buckets = new Map<string, Bucket>();

  async function pump(name: string, bucket: Bucket): Promise<void> {
    while (bucket.queue.length > 0) {
      const batch = bucket.queue;
      bucket.queue = [];
      try {
        await serve(name, bucket, batch);
      } catch (error) {
        for (const waiter of batch) finish(waiter, () => waiter.refused(error));
      }
    }
    bucket.taking = false;
    forget(name, bucket);
  }

  async function serve(name: string, bucket: Bucket, batch: readonly Waiter[]): Promise<void> {
    const waiting = batch.filter((waiter) => !waiter.done);
    if (waiting.length === 0) return;
    const askedMs = now();
    const maxWaitMs = Math.max(0, ...waiting.map((waiter) => waiter.deadlineMs - askedMs));
    const result = await take(name, { ...shapeOf(bucket.limit), count: waiting.length, maxWaitMs });
    const budget = { remaining: result.remaining, resetMs: result.resetMs };
    const answeredMs = now();
    let next = 0;
    for (const waiter of waiting) {
      const waitMs = result.waitsMs[next];
      const leftMs = waiter.deadlineMs - answeredMs;
      // Waits only grow: a caller who cannot use this token can use none after it, and the next caller gets it.
      if (waitMs === undefined || waitMs > Math.max(0, leftMs))
        finish(waiter, () => waiter.refused(tooLong(waitMs ?? result.retryAfterMs ?? leftMs)));
      else if (!waiter.done) {
        next++;
        sleep(name, bucket, waiter, waitMs, budget);
      }
    }
  }

  function sleep(name: string, bucket: Bucket, waiter: Waiter, waitMs: number, budget: Granted["budget"]): void {
    const heldMs = bucket.heldUntilMs - now();
    if (waitMs <= 0 && heldMs <= 0) {
      finish(waiter, () => waiter.granted({ waitedMs: Math.max(0, now() - waiter.sinceMs), budget }));
      return;
    }
    // A token for a moment within the hold was handed out before the store heard of it.
    const isVoid = heldMs > waitMs;
    bucket.sleeping++;
    waiter.timer = setTimeout(
      () => {
        bucket.sleeping--;
        waiter.timer = undefined;
        if (isVoid || bucket.heldUntilMs > now()) requeue(name, bucket, waiter);
        else finish(waiter, () => waiter.granted({ waitedMs: now() - waiter.sinceMs, budget }));
        forget(name, bucket);
      },
      Math.ceil(Math.max(waitMs, heldMs)),
    );
  }

  /** The bucket was drained while the caller slept: its token is void, its place in the order is not. */
  function requeue(name: string, bucket: Bucket, waiter: Waiter): void {
    const place = bucket.queue.findIndex((other) => other.sinceMs > waiter.sinceMs);
    bucket.queue.splice(place === -1 ? bucket.queue.length : place, 0, waiter);
    wake(name, bucket);
  }

  /** Not at once: callers whose answers came in the same turn of the event loop share one `take`. */
  function wake(name: string, bucket: Bucket): void {
    if (bucket.taking) return;
    bucket.taking = true;
    setImmediate(() => void pump(name, bucket));
  }

  function forget(name: string, bucket: Bucket): void {
    if (!bucket.taking && bucket.sleeping === 0 && bucket.queue.length === 0 && buckets.get(name) === bucket)
      buckets.delete(name);
  }

  function bucketOf(name: string, limit: RateLimit): Bucket {
    const known = buckets.get(name);
    if (known !== undefined) return known;
    const bucket: Bucket = { limit, queue: [], sleeping: 0, taking: false, heldUntilMs: 0 };
    buckets.set(name, bucket);
    return bucket;
  }

  return {
    take(name, limit, { maxWaitMs, signal }) {
      if (signal?.aborted) return Promise.reject(cancelled(signal));
      return new Promise((resolve, reject) => {
        const bucket = bucketOf(name, limit);
        const sinceMs = now();
        const waiter: Waiter = {
          deadlineMs: sinceMs + maxWaitMs,
          sinceMs,
          signal,
          granted: resolve,
          refused: reject,
          timer: undefined,
          aborted: undefined,
          done: false,
        };
        if (signal !== undefined) {
          waiter.aborted = () => {
            leave(name, bucket, waiter);
            finish(waiter, () => reject(cancelled(signal)));
          };
          signal.addEventListener("abort", waiter.aborted, { once: true });
        }
        bucket.queue.push(waiter);
        wake(name, bucket);
      });
    },
    async look(name, limit) {
      const { ratePerSecond, burst } = shapeOf(limit);
      const { remaining, resetMs } = await take(name, { ratePerSecond, burst, count: 0, maxWaitMs: 0 });
      const nextMs = Math.max(0, Math.ceil(resetMs - ((burst - 1) * 1000) / ratePerSecond));
      return { remaining, resetMs, nextMs, burst, perSecond: ratePerSecond };
    },
    async throttled(name, limit, holdMs) {
      const bucket = buckets.get(name);
      if (bucket !== undefined) bucket.heldUntilMs = Math.max(bucket.heldUntilMs, now() + holdMs);
      await drain(name, { ...shapeOf(limit), holdMs });
    },
  };

  function leave(name: string, bucket: Bucket, waiter: Waiter): void {
    if (waiter.timer !== undefined) {
      clearTimeout(waiter.timer);
      bucket.sleeping--;
    }
    bucket.queue = bucket.queue.filter((other) => other !== waiter);
    forget(name, bucket);
  }
}

function finish(waiter: Waiter, end: () => void): void {
  if (waiter.done) return;
  waiter.done = true;
  if (waiter.aborted !== undefined) waiter.signal?.removeEventListener("abort", waiter.aborted);
  end();
}

function shapeOf({ perSecond, burst, reserve = 0 }: RateLimit): { ratePerSecond: number; burst: number } {
  return { ratePerSecond: perSecond, burst: Math.max(1, burst - reserve) };
}

function tooLong(retryAfterMs: number): ConnectorError {
  return new ConnectorError("rate_limited", "the service's rate limit does not allow the call in time", {
    retryAfterMs: Math.ceil(Math.max(0, retryAfterMs)),
  });
}

function cancelled(signal: AbortSignal): ConnectorError {
  return new ConnectorError("cancelled", "the caller gave up while waiting for the rate budget", {}, { cause: signal.reason });
}
