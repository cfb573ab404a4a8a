import { ConnectorError } from "../../errors/connector-error.ts";
import type { Effect, Verdict } from "../types.ts";

export interface AttemptState {
  readonly effect: Effect;
  /** Of the attempt just made. */
  readonly verdict: Extract<Verdict, { ok: false }>;
  /** Attempts made so far, the one just judged included. */
  readonly attempt: number;
  /** Since the call began. */
  readonly elapsedMs: number;
  /** For the whole call. */
  readonly deadlineMs: number;
  /** 0 to 1. */
  readonly random: () => number;
}

export type NextAttempt = { readonly again: true; readonly waitMs: number } | { readonly again: false };

const MAX_ATTEMPTS = 4;
const BASE_MS = 250;
const THROTTLED_BASE_MS = 500;

/**
 * Whether to try once more, and after what wait.
 *
 * Pure. Full jitter, so that calls which failed together do not return together. A wait asked for by the service is kept to,
 * with jitter only on top. A `create` is repeated only where it surely never arrived. Nothing is tried that the deadline
 * would cut off before it began.
 */
export function nextAttempt({ effect, verdict, attempt, elapsedMs, deadlineMs, random }: AttemptState): NextAttempt {
  if (!verdict.again || attempt >= MAX_ATTEMPTS) return { again: false };
  if (effect === "create" && verdict.arrived !== "no") return { again: false };
  const base = verdict.throttled ? THROTTLED_BASE_MS : BASE_MS;
  const backoffMs = random() * base * 2 ** (attempt - 1);
  const waitMs = Math.ceil((verdict.retryAfterMs ?? 0) + backoffMs);
  return elapsedMs + waitMs < deadlineMs ? { again: true, waitMs } : { again: false };
}

/**
 * The error of a write that may have taken effect: `outcome_unknown`, with what was seen as its cause.
 *
 * Returns `error` itself where the outcome is known after all: nothing arrived, or it was surely applied (`details.applied`).
 *
 * @param arrived of all attempts of the call together: `unknown` as soon as one of them may have arrived
 */
export function toOutcomeUnknown(
  operation: { readonly name: string; readonly effect: Effect },
  error: ConnectorError,
  arrived: "no" | "unknown",
): ConnectorError {
  if (operation.effect === "read" || arrived === "no" || error.details.applied === true) return error;
  // Sending it again is what must not happen, so it keeps its own code.
  if (error.code === "superseded") return error;
  const repeatable = operation.effect === "repeatable";
  const advice = repeatable ? "sending it again is safe" : "look before sending it again";
  return new ConnectorError(
    "outcome_unknown",
    `${operation.name}: the write may or may not have taken effect (${error.code}); ${advice}`,
    { ...error.details, seen: error.code, repeatable },
    { cause: error },
  );
}
