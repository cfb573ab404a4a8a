/** Machines that share a store may disagree by as much about the time. */
const CLOCK_SKEW_MS = 10 * 60_000;

/**
 * Is `endsAtMs` still to come, and can it be the end of something that lives for `lifeMs`? What was stored before the clock was set back
 * ends too far ahead: it counts as over, because how long it has lived cannot be known.
 */
export function isLive(endsAtMs: number, { lifeMs, nowMs }: { lifeMs: number; nowMs: number }): boolean {
  return nowMs < endsAtMs && endsAtMs <= latestEndMs({ lifeMs, nowMs });
}

/** An end behind this one was stored before the clock was set back. */
export function latestEndMs({ lifeMs, nowMs }: { lifeMs: number; nowMs: number }): number {
  return nowMs + lifeMs + CLOCK_SKEW_MS;
}
