import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError, type Meta } from "../../sdk/index.ts";
import type { Connector } from "../api/connector.ts";
import {
  type Answer,
  type DryRun,
  dryRunOperation,
  type OperationCall,
  runOperation,
  streamOperation,
} from "../api/operations.ts";
import { stoppedWaiting } from "../api/problem.ts";
import { pageAt } from "./pages.ts";

export type RunState =
  | { readonly kind: "none" }
  | { readonly kind: "running"; readonly what: "run" | "dry" }
  | { readonly kind: "answer"; readonly call: OperationCall; readonly answer: Answer }
  | { readonly kind: "dry"; readonly call: OperationCall; readonly request: DryRun }
  | ({ readonly kind: "pages"; readonly call: OperationCall } & Pages)
  | { readonly kind: "failed"; readonly what: "run" | "dry"; readonly call: Attempt; readonly error: unknown };

/** A call as it was sent. A write has a key of its own for each press of a button, by which the server knows a repetition of it. */
export type Attempt = OperationCall & { readonly idempotencyKey?: string };

export interface Pages {
  /** What is shown; `count` may be more. */
  readonly records: readonly unknown[];
  readonly count: number;
  /** Where to continue, after a stop or a failure. */
  readonly cursor?: string | undefined;
  readonly state: "reading" | "done" | "stopped" | "failed";
  readonly error?: unknown;
  /** Of the last crawl, once it is done. */
  readonly schemaWarnings?: Meta["schemaWarnings"];
}

export interface Run {
  readonly state: RunState;
  /** Sends a call. A write gets a new key: pressed again after an answer, it is meant to be done again. */
  run(call: OperationCall, options: { isWrite: boolean }): Promise<void>;
  dryRun(call: OperationCall): Promise<void>;
  /** Sends exactly what has failed once more; a write with its key, so that what has been done already is not done twice. */
  repeat(): Promise<void>;
  /** Reads all pages; continues behind what is there already where `resume` is given. */
  readAll(call: OperationCall, resume?: Pages): Promise<void>;
  /** Stops waiting, or reading. */
  stop(): void;
}

/** More records than this are counted, not shown: the page must stay usable. */
export const MAX_SHOWN = 2_000;
const REPORT_EVERY_MS = 100;

/**
 * One call at a time, and what came of it. Leaving the page ends it.
 *
 * @param pagination how a list is continued at a cursor
 */
export function useRun(pagination: Connector["pagination"]): Run {
  const [state, setState] = useState<RunState>({ kind: "none" });
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  /** Only the newest call may say anything. */
  const begin = useCallback(() => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    return { signal: controller.signal, say: (next: RunState) => running.current === controller && setState(next) };
  }, []);

  const stop = useCallback(() => running.current?.abort(), []);

  const send = useCallback(
    async (call: Attempt) => {
      const { signal, say } = begin();
      say({ kind: "running", what: "run" });
      try {
        say({ kind: "answer", call, answer: await runOperation(call, { signal, idempotencyKey: call.idempotencyKey }) });
      } catch (error) {
        if (!signal.aborted) say({ kind: "failed", what: "run", call, error });
        else if (call.idempotencyKey === undefined) say({ kind: "none" });
        else say({ kind: "failed", what: "run", call, error: stoppedWaiting() });
      }
    },
    [begin],
  );

  const run = useCallback<Run["run"]>(
    (call, { isWrite }) => send(isWrite ? { ...call, idempotencyKey: newKey() } : call),
    [send],
  );

  const dryRun = useCallback<Run["dryRun"]>(
    async (call) => {
      const { signal, say } = begin();
      say({ kind: "running", what: "dry" });
      try {
        say({ kind: "dry", call, request: await dryRunOperation(call, signal) });
      } catch (error) {
        say(signal.aborted ? { kind: "none" } : { kind: "failed", what: "dry", call, error });
      }
    },
    [begin],
  );

  const repeat = useCallback<Run["repeat"]>(async () => {
    if (state.kind !== "failed") return;
    await (state.what === "dry" ? dryRun(state.call) : send(state.call));
  }, [state, dryRun, send]);

  const readAll = useCallback<Run["readAll"]>(
    async (call, resume) => {
      const { signal, say } = begin();
      const from =
        resume?.cursor === undefined ? call : { ...call, input: { ...call.input, ...pageAt(pagination, resume.cursor) } };
      const records = [...(resume?.records ?? [])];
      const before = resume?.count ?? 0;
      let pages: Pages = { records, count: before, cursor: resume?.cursor, state: "reading" };
      const tell = (change: Partial<Pages>) => {
        pages = { ...pages, records: [...records], ...change };
        say({ kind: "pages", call, ...pages });
      };
      tell({});
      let toldAt = performance.now();
      let seen = before;
      let whole = { shown: records.length, count: before };
      // Resuming reads the page behind the cursor again: what was read of it is given back.
      const giveUp = (change: Partial<Pages>) => {
        records.length = Math.min(records.length, whole.shown);
        tell({ count: whole.count, ...change });
      };
      try {
        for await (const line of streamOperation(from, signal)) {
          if ("done" in line) return tell({ state: "done", count: seen, cursor: undefined, schemaWarnings: line.schemaWarnings });
          if ("cursor" in line) {
            // A page is whole: said at once, since the next one may take its time.
            whole = { shown: records.length, count: seen };
            tell({ cursor: line.cursor, count: seen });
          } else {
            seen += 1;
            if (records.length < MAX_SHOWN) records.push(line.data);
          }
          if (performance.now() - toldAt < REPORT_EVERY_MS) continue;
          toldAt = performance.now();
          tell({ count: seen });
        }
      } catch (error) {
        const isTold = error instanceof ApiError && error.problem !== undefined;
        // The records of a page that names no usable next one: all that came is shown, and there is nothing to continue from.
        if (isTold && seen !== whole.count) tell({ state: "failed", error, count: seen, cursor: undefined });
        else giveUp(signal.aborted ? { state: "stopped" } : { state: "failed", error });
      }
    },
    [begin, pagination],
  );

  return { state, run, dryRun, repeat, readAll, stop };
}

/** `crypto.randomUUID` is missing where a page did not come by https or from this machine. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `dashboard-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
