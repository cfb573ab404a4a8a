import { type Changed, changedBetween, fillFromBefore, mergeReadBack, readBackInput } from "../connector/read-back.ts";
import type { Input } from "../connector/types.ts";
import { type ErrorCode, isConnectorError } from "../errors/connector-error.ts";
import type { AttemptsResult } from "./attempts.ts";
import type { Call } from "./call.ts";
import type { CallFacts, Listener } from "./events.ts";
import type { ExecuteResult, Meta } from "./types.ts";

/** How reading the record before a write went; empty where the manifest does not ask for it. */
export interface Before {
  readonly result?: AttemptsResult;
  readonly failed?: ErrorCode;
}

export type RecordMeta = Pick<Meta, "readBack"> & { readonly changed?: Changed | undefined };

export interface RecordReads {
  /** The record as it is before the write, where the manifest asks for it. Never throws: the write goes ahead whatever comes of this. */
  before(call: Call): Promise<Before>;
  /** What is answered after the write has taken effect: the whole record where it can be had, and what really changed where that is known. */
  complete(call: Call, written: AttemptsResult, before: Before): Promise<ExecuteResult>;
}

export interface RecordReadsDeps {
  readonly now: () => number;
  readonly tell: Listener;
  readonly factsOf: (call: Call) => CallFacts;
  readonly read: (
    call: Call,
    reading: { readonly operation: string; readonly input: Input },
    more?: { readonly once: boolean; readonly deadlineAt: number },
  ) => Promise<AttemptsResult>;
  readonly answer: (call: Call, result: AttemptsResult, output: unknown, meta?: RecordMeta) => ExecuteResult;
}

/** Of the time that is left: so much may be spent on reading the record before a write. */
const READ_BEFORE_SHARE = 0.25;

/** The reads of a record that belong to a write to it (docs/decisions/0014-what-a-write-changed.md). */
export function createRecordReads({ now, tell, factsOf, read, answer }: RecordReadsDeps): RecordReads {
  return {
    before,
    async complete(call, ...of) {
      const done = await complete(call, ...of);
      const { readBack: went } = done.meta;
      if (went) tell({ type: "read_back", ...factsOf(call), code: went.ok ? "ok" : (went.code ?? "internal_error") });
      return done;
    },
  };

  /**
   * The record as it is before the write, where the manifest asks for it. The write goes ahead whatever comes of this: one attempt, and
   * never so long that too little time is left.
   */
  async function before(call: Call): Promise<Before> {
    const reading = call.operation.declaration.readBefore && readBackInput(call.operation, call.input);
    if (!reading) return {};
    const deadlineAt = now() + (call.deadlineAt - now()) * READ_BEFORE_SHARE;
    try {
      const more = { once: true, deadlineAt };
      return { result: await read(call, reading, more) };
    } catch (error) {
      return { failed: toReadFailure(call, error) };
    }
  }

  /** What is answered after the write has taken effect: the whole record where it can be had, and what really changed where that is known. */
  async function complete(call: Call, written: AttemptsResult, { result: earlier, failed }: Before): Promise<ExecuteResult> {
    const { operation, input } = call;
    const changed = changedBetween(operation, input, earlier?.output, written.output);
    const filled = fillFromBefore(operation, written.output, earlier?.output);
    const waitedMs = written.waitedMs + (earlier?.waitedMs ?? 0);
    const both = { ...written, waitedMs };
    if (filled !== undefined) return answer(call, both, filled, { readBack: { ok: true }, changed });
    // What the key may not read it may not read afterwards either.
    if (failed === "permission_denied") return answer(call, both, written.output, { readBack: { ok: false, code: failed } });
    return readBack(call, both, changed);
  }

  /** A service may leave fields empty in the answer of a write: the record is read again where the manifest says so. */
  async function readBack(call: Call, written: AttemptsResult, changed: Changed | undefined): Promise<ExecuteResult> {
    const reading = readBackInput(call.operation, call.input, written.output);
    if (!reading) return answer(call, written, written.output);
    try {
      const result = await read(call, reading);
      const waitedMs = written.waitedMs + result.waitedMs;
      const merged = mergeReadBack(written.output, result.output);
      if (merged === written.output)
        return answer(call, { ...written, waitedMs }, merged, {
          readBack: { ok: false, code: "upstream_invalid_response" },
          changed,
        });
      return answer(call, { ...result, attempts: written.attempts, waitedMs }, merged, { readBack: { ok: true }, changed });
    } catch (error) {
      return answer(call, written, written.output, { readBack: { ok: false, code: toReadFailure(call, error) }, changed });
    }
  }

  /** The write stands, however its record could be read: a fault of ours is logged and does not become its outcome. */
  function toReadFailure({ requestId }: Call, error: unknown): ErrorCode {
    if (isConnectorError(error)) return error.code;
    tell({ type: "fault", what: "the record of a write could not be read", error, requestId });
    return "internal_error";
  }
}
