import { ConnectorError } from "../../errors/connector-error.ts";
import type { Budget } from "../../schemas/types/index.ts";
import type { RateLimit } from "../types.ts";

/** Who goes first where calls wait for one budget: a person or a program that waits for its answer, a workflow's step, a walk over a whole list. */
export type Priority = "interactive" | "workflow" | "crawl";

const RANKS = { interactive: 0, workflow: 1, crawl: 2 } as const satisfies Record<Priority, number>;

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

export interface TakeTokenOptions {
  readonly maxWaitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** `interactive` by default. */
  readonly priority?: Priority | undefined;
}

export interface RateLimiter {
  /**
   * Waits for the next free token of the bucket: the higher priority first, then first come first served.
   *
   * @throws ConnectorError `rate_limited` with `details.retryAfterMs`, as soon as it is known that the wait would be longer
   *   than `maxWaitMs`; `cancelled` where the signal fires
   */
  take(bucket: string, limit: RateLimit, options: TakeTokenOptions): Promise<Granted>;
  /** How the bucket stands; takes nothing from it. */
  look(bucket: string, limit: RateLimit): Promise<Budget>;
  /** The service said that it is asked too often: nothing leaves this bucket for `holdMs`, callers that wait included. */
  throttled(bucket: string, limit: RateLimit, holdMs: number): Promise<void>;
}

interface Waiter {
  readonly rank: number;
  readonly deadlineMs: number;
  readonly sinceMs: number;
  readonly granted: (granted: Granted) => void;
  readonly refused: (error: unknown) => void;
}

interface Bucket {
  readonly name: string;
  readonly limit: RateLimit;
  /** In the order in which they are served. */
  readonly queue: Waiter[];
  /** When the next token is due, as far as it is known. */
  nextAtMs: number;
  heldUntilMs: number;
  /** Ends the pause that the bucket is in, where it is in one. */
  resume: (() => void) | undefined;
  /** The pause ends with a token that is already taken. */
  isReserved: boolean;
}

/**
 * Shares a service's rate limit between all callers of this process, and through `take` with all processes on one store.
 *
 * Tokens that are free now are taken for every caller who waits. Of those to come at most one is taken ahead, and the first in the queue at
 * its moment gets it, so that a late call of a higher priority passes all others. A crawl takes none ahead: a call of a higher priority in
 * another process finds the next token free, and so waits for at most one other call. A bucket is forgotten when no caller waits for it.
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

  return {
    take(name, limit, { maxWaitMs, signal, priority = "interactive" }) {
      if (signal?.aborted) return Promise.reject(cancelled(signal));
      return new Promise((resolve, reject) => {
        const bucket = bucketOf(name, limit);
        const sinceMs = now();
        const end = () => signal?.removeEventListener("abort", leave);
        const waiter: Waiter = {
          rank: RANKS[priority],
          deadlineMs: sinceMs + Math.max(0, maxWaitMs),
          sinceMs,
          granted: (granted) => {
            end();
            resolve(granted);
          },
          refused: (error) => {
            end();
            reject(error);
          },
        };
        const leave = () => refuse(bucket, waiter, cancelled(signal as AbortSignal));
        signal?.addEventListener("abort", leave, { once: true });
        join(bucket, waiter);
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

  function bucketOf(name: string, limit: RateLimit): Bucket {
    const known = buckets.get(name);
    if (known !== undefined) return known;
    const bucket: Bucket = { name, limit, queue: [], nextAtMs: 0, heldUntilMs: 0, resume: undefined, isReserved: false };
    buckets.set(name, bucket);
    // Not at once: callers of one turn of the event loop share one `take`.
    setImmediate(() => void serveAll(bucket));
    return bucket;
  }

  function join(bucket: Bucket, waiter: Waiter): void {
    const { queue } = bucket;
    const place = queue.findIndex(({ rank }) => rank > waiter.rank);
    queue.splice(place === -1 ? queue.length : place, 0, waiter);
    if (bucket.resume === undefined) return;
    refuseLate(bucket);
    // What only waits for a crawl's next look at the store: a call of higher priority takes its token ahead.
    if (!bucket.isReserved && queue[0] === waiter) bucket.resume();
  }

  async function serveAll(bucket: Bucket): Promise<void> {
    while (bucket.queue.length > 0) {
      const asking = [...bucket.queue];
      try {
        await serve(bucket);
      } catch (error) {
        for (const waiter of asking) refuse(bucket, waiter, error);
      }
    }
    buckets.delete(bucket.name);
  }

  async function serve(bucket: Bucket): Promise<void> {
    const { name, queue } = bucket;
    const shape = shapeOf(bucket.limit);
    if (isHeld(bucket)) return pause(bucket, bucket.heldUntilMs);
    const free = await take(name, { ...shape, count: queue.length, maxWaitMs: 0 });
    // Handed out before the store heard of the hold: void.
    if (isHeld(bucket)) return;
    for (const _token of free.waitsMs) grant(bucket, free);
    if (free.retryAfterMs === undefined) return;
    bucket.nextAtMs = now() + free.retryAfterMs;
    refuseLate(bucket);
    const [first] = queue;
    if (first === undefined) return;
    if (first.rank === RANKS.crawl) return pause(bucket, bucket.nextAtMs);
    const ahead = await take(name, { ...shape, count: 1, maxWaitMs: Math.max(0, first.deadlineMs - now()) });
    const [waitMs] = ahead.waitsMs;
    bucket.nextAtMs = now() + (waitMs ?? ahead.retryAfterMs ?? 0);
    refuseLate(bucket);
    if (waitMs === undefined) return;
    await pause(bucket, bucket.nextAtMs, true);
    if (!isHeld(bucket)) grant(bucket, ahead);
  }

  function isHeld({ heldUntilMs }: Bucket): boolean {
    return heldUntilMs > now();
  }

  /** Until that moment, or until no caller waits any more; one without a token also until a call comes that goes first. */
  async function pause(bucket: Bucket, untilMs: number, isReserved = false): Promise<void> {
    bucket.nextAtMs = Math.max(bucket.nextAtMs, untilMs);
    refuseLate(bucket);
    const waitMs = Math.ceil(untilMs - now());
    if (waitMs <= 0 || bucket.queue.length === 0) return;
    bucket.isReserved = isReserved;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      bucket.resume = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    bucket.resume = undefined;
    bucket.isReserved = false;
  }

  function grant(bucket: Bucket, { remaining, resetMs }: Granted["budget"]): void {
    const waiter = bucket.queue.shift();
    waiter?.granted({ waitedMs: Math.max(0, now() - waiter.sinceMs), budget: { remaining, resetMs } });
  }

  /** A caller who cannot be served in time is told so as soon as that is known; those behind move up. */
  function refuseLate(bucket: Bucket): void {
    const intervalMs = 1000 / bucket.limit.perSecond;
    const atMs = now();
    let dueMs = Math.max(bucket.nextAtMs, bucket.heldUntilMs, atMs);
    for (const waiter of [...bucket.queue]) {
      if (dueMs > Math.max(waiter.deadlineMs, atMs)) refuse(bucket, waiter, tooLong(dueMs - atMs));
      else dueMs += intervalMs;
    }
  }

  function refuse(bucket: Bucket, waiter: Waiter, error: unknown): void {
    const place = bucket.queue.indexOf(waiter);
    if (place === -1) return;
    bucket.queue.splice(place, 1);
    waiter.refused(error);
    if (bucket.queue.length === 0) bucket.resume?.();
  }
}

function shapeOf({ perSecond, burst, reserve = 0 }: RateLimit): { ratePerSecond: number; burst: number } {
  return { ratePerSecond: perSecond, burst: Math.max(1, burst - reserve) };
}

function tooLong(retryAfterMs: number): ConnectorError {
  return new ConnectorError("rate_limited", "the service's rate limit does not allow the call in time", {
    retryAfterMs: Math.ceil(retryAfterMs),
  });
}

function cancelled(signal: AbortSignal): ConnectorError {
  return new ConnectorError("cancelled", "the caller gave up while waiting for the rate budget", {}, { cause: signal.reason });
}
