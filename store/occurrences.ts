import { createHash } from "node:crypto";

/**
 * Something that happened to a document and that the user's own systems are to be told of. It is kept in the document, written in one with what happened, until it
 * is told: whatever ends the process meanwhile, another tells it.
 */
export interface Occurrence {
  /** Equal for one occurrence, whoever notes it and however often. */
  readonly id: string;
  readonly type: string;
  readonly atMs: number;
  /** What else is known of it: ids and codes. */
  readonly step?: string;
  readonly code?: string;
}

/** The fields of a document that has something to tell; `untoldAtMs` is absent where there is nothing. */
export interface Untold {
  readonly untold?: readonly Occurrence[] | null;
  readonly untoldAtMs?: number | null;
}

/** More are not kept: the oldest go first. */
const MOST = 20;

/** What to write, in one with what happened. `untoldAtMs` grows with each: who tells them takes away only what it has seen. */
export function withOccurrence({ untold, untoldAtMs }: Untold, occurrence: Occurrence): Required<Untold> {
  return {
    untold: [...(untold ?? []), occurrence].slice(-MOST),
    untoldAtMs: Math.max(occurrence.atMs, (untoldAtMs ?? 0) + 1),
  };
}

/** What to write once everything is told. */
export const NOTHING_UNTOLD = { untold: null, untoldAtMs: undefined } as const;

/** The id of an occurrence that is named by these parts. */
export function occurrenceId(...parts: readonly (string | number)[]): string {
  return `evt_${createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 32)}`;
}
