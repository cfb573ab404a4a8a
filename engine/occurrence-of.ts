import type { ProductEvent } from "../schemas/types/index.ts";
import { type Occurrence, occurrenceId } from "../store/occurrences.ts";
import type { StepError } from "../workflows/types.ts";
import type { RunDocument, Waiting } from "./run-document.ts";

type Type = ProductEvent["type"];

/** Where a run is left, as far as anybody is to be told of it. */
interface Left {
  readonly status: RunDocument["status"];
  readonly waiting: Waiting | null;
  readonly error: StepError | null;
  readonly atStep: string | null;
}

/** What happens to a run as it is left so; undefined where there is nothing to tell. A decision that was asked for before is the same one. */
export function occurrenceOf(run: RunDocument, { status, waiting, error, atStep }: Left, atMs: number): Occurrence | undefined {
  if (waiting?.for === "approval") {
    const { step } = waiting;
    const type: Type = "approval.waiting";
    return { id: occurrenceId(type, run.id, step, run.again?.[step] ?? 0), type, atMs, step };
  }
  if (status !== "failed" && status !== "needs_attention") return undefined;
  const type: Type = `run.${status}`;
  const found = { ...(atStep !== null && { step: atStep }), ...(error !== null && { code: error.code }) };
  return { id: occurrenceId(type, run.id, run.fence), type, atMs, ...found };
}
