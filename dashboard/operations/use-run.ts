import { useCallback, useEffect, useRef, useState } from "react";
import {
  type Answer,
  type DryRun,
  dryRunOperation,
  type OperationCall,
  runOperation,
  streamOperation,
} from "../api/operations.ts";
import { ApiProblem, cutOff, stoppedWaiting } from "../api/problem.ts";

export type RunState =
  | { readonly kind: "none" }
  | { readonly kind: "running"; readonly what: "run" | "dry" }
  | { readonly kind: "answer"; readonly call: OperationCall; readonly answer: Answer }
  | { readonly kind: "dry"; readonly call: OperationCall; readonly request: DryRun }
  | ({ readonly kind: "pages"; readonly call: OperationCall } & Pages)
  | { readonly kind: "failed"; readonly what: "run" | "dry" | "all"; readonly call: OperationCall; readonly error: unknown };

export interface Pages {
  /** What is shown; `count` may be more. */
  readonly records: readonly unknown[];
  readonly count: number;
  /** Where to go on, after a stop or a failure. */
  readonly cursor?: string | undefined;
  readonly state: "reading" | "done" | "stopped" | "failed";
  readonly error?: unknown;
}

export interface Run {
  readonly state: RunState;
  run(call: OperationCall, options: { isWrite: boolean }): Promise<void>;
  dryRun(call: OperationCall): Promise<void>;
  /** Reads all pages; goes on behind what is there already where `resume` is given. */
  readAll(call: OperationCall, resume?: Pages): Promise<void>;
  /** Stops waiting, or reading. */
  stop(): void;
  clear(): void;
}

/** More records than this are counted, not shown: the page must stay usable. */
export const MAX_SHOWN = 2_000;
const REPORT_EVERY_MS = 100;

/** One call at a time, and what came of it. Leaving the page ends it. */
export function useRun(): Run {
  const [state, setState] = useState<RunState>({ kind: "none" });
  const running = useRef<AbortController>(undefined);
  const keys = useRef(createKeys());
  useEffect(() => () => running.current?.abort(), []);

  /** Only the newest call may say anything. */
  const begin = useCallback(() => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    return { signal: controller.signal, say: (next: RunState) => running.current === controller && setState(next) };
  }, []);

  const stop = useCallback(() => running.current?.abort(), []);
  const clear = useCallback(() => {
    running.current?.abort();
    running.current = undefined;
    setState({ kind: "none" });
  }, []);

  const run = useCallback<Run["run"]>(
    async (call, { isWrite }) => {
      const { signal, say } = begin();
      say({ kind: "running", what: "run" });
      const idempotencyKey = isWrite ? keys.current.keyOf(call) : undefined;
      try {
        const answer = await runOperation(call, { signal, idempotencyKey });
        keys.current.forget();
        say({ kind: "answer", call, answer });
      } catch (error) {
        if (signal.aborted) say(isWrite ? { kind: "failed", what: "run", call, error: stoppedWaiting() } : { kind: "none" });
        else say({ kind: "failed", what: "run", call, error });
      }
    },
    [begin],
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

  const readAll = useCallback<Run["readAll"]>(
    async (call, resume) => {
      const { signal, say } = begin();
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
        for await (const line of streamOperation(call, signal)) {
          if ("error" in line) throw new ApiProblem(line.error);
          if ("done" in line) return tell({ state: "done", count: seen, cursor: undefined });
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
        giveUp({ state: "failed", error: cutOff() });
      } catch (error) {
        giveUp(signal.aborted ? { state: "stopped" } : { state: "failed", error });
      }
    },
    [begin],
  );

  return { state, run, dryRun, readAll, stop, clear };
}

/**
 * The key of a write: the same for the same call until it has been answered, so that trying again after a failure finds out what became of the
 * first try instead of writing twice.
 */
function createKeys() {
  let known: { text: string; key: string } | undefined;
  return {
    keyOf(call: OperationCall): string {
      const text = JSON.stringify([call.operation, call.credential, call.input]);
      if (known?.text !== text) known = { text, key: newKey() };
      return known.key;
    },
    forget() {
      known = undefined;
    },
  };
}

/** `crypto.randomUUID` is missing where a page did not come by https or from this machine. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `dashboard-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
