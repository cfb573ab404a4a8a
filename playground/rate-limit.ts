import type { RateLimit } from "./options.ts";

/** Token buckets, one for each API key and each app × account (lever-api.md §2.3). */
export interface RateLimiter {
  /** False: this call is one too many. */
  take(caller: string): boolean;
  change(limit: RateLimit | false): void;
  current(): RateLimit | false;
}

interface Bucket {
  tokens: number;
  at: number;
}

export function createRateLimiter(initial: RateLimit | false, now: () => number): RateLimiter {
  let limit = initial;
  const buckets = new Map<string, Bucket>();

  function refill(caller: string, { perSecond, burst }: RateLimit): Bucket {
    const at = now();
    const bucket = buckets.get(caller) ?? { tokens: burst, at };
    const gained = (Math.max(0, at - bucket.at) / 1000) * perSecond;
    const filled = { tokens: Math.min(burst, bucket.tokens + gained), at };
    buckets.set(caller, filled);
    return filled;
  }

  function take(caller: string): boolean {
    if (limit === false) return true;
    const bucket = refill(caller, limit);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  function change(next: RateLimit | false): void {
    limit = next;
    buckets.clear();
  }

  return { take, change, current: () => limit };
}
