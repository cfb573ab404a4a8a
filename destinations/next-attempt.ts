/** How long a message is tried for. */
export const GIVE_UP_MS = 86_400_000;

export interface Pauses {
  /** Before the second attempt; each later one is four times as long. 5,000 by default. */
  readonly firstMs: number;
  /** 4 hours by default. */
  readonly longestMs: number;
}

export const PAUSES: Pauses = { firstMs: 5_000, longestMs: 4 * 3_600_000 };

export interface FailedAttempt {
  /** Made so far. */
  readonly attempts: number;
  readonly retryAfterMs?: number | undefined;
  /** Until the message is given up; not positive: this was the last attempt. */
  readonly leftMs: number;
  /** 0 to 1. */
  readonly random: number;
}

/**
 * How long to wait after an attempt that failed; undefined: give up. Pure. A wait that the receiver asked for is kept to, and the last attempt is
 * made at the end of the message's day.
 */
export function nextAttempt(
  { attempts, retryAfterMs = 0, leftMs, random }: FailedAttempt,
  { firstMs, longestMs }: Pauses = PAUSES,
): number | undefined {
  if (leftMs <= 0) return undefined;
  const pauseMs = Math.min(longestMs, firstMs * 4 ** (attempts - 1)) * (0.8 + 0.4 * random);
  return Math.ceil(Math.min(leftMs, Math.max(pauseMs, retryAfterMs)));
}
