import type { Problem } from "../../schemas/types/index.ts";
import type { Operation } from "../api/connector.ts";

/** What can be done about a call that failed, named for the button that does it. */
export interface Repetition {
  readonly label: string;
  /** Whether it is safe, for what changes something. */
  readonly note?: string;
  /** With a key of its own: the server does not know it as a repetition of the first. */
  readonly isNewCall?: boolean;
}

/** Failures of a write that leave open whether it took effect. */
const OPEN = [
  "outcome_unknown",
  "idempotency_in_progress",
  "internal_error",
  "server_unreachable",
  "answer_unreadable",
  "redirect_refused",
  "answer_cut_off",
  "stopped_waiting",
];

export function isOutcomeOpen({ code }: Problem): boolean {
  return OPEN.includes(code);
}

/**
 * How a failed call is repeated; undefined where that leads nowhere. A write is repeated with its key, so the server answers with what it
 * has recorded where the first call has ended. Only where it recorded that the outcome is unknown, and twice would be two, no repetition is safe.
 */
export function repetitionOf(problem: Problem, what: "run" | "dry", effect: Operation["effect"]): Repetition | undefined {
  const { code, retryable, details } = problem;
  if (what === "dry") return retryable ? { label: "Retry dry run" } : undefined;
  if (effect === "read") return retryable ? { label: "Retry read" } : undefined;
  if (details?.applied === true) return undefined;
  if (code === "outcome_unknown" && effect === "create") return NEW_CALL;
  if (isOutcomeOpen(problem)) return { label: "Send again", note: SAFE[effect] };
  return retryable ? { label: "Send again", note: "Safe to send again: this call has changed nothing." } : undefined;
}

const NEW_CALL: Repetition = {
  label: "Send as a new call",
  note: "Not safe: if the first call arrived, this creates a second one. Check there first.",
  isNewCall: true,
};

const SAFE = {
  repeatable: "Safe to send again: doing it twice is the same as doing it once.",
  create: "Safe to send again: the server recognizes this call and does not carry it out twice.",
} as const;
