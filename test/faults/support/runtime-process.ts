import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ErrorDetails } from "../../../errors/connector-error.ts";
import type { ExecuteOptions } from "../../../runtime/types.ts";
import type { Tuning } from "./open-runtime.ts";

type Call = Omit<ExecuteOptions, "access" | "signal">;

export interface Request {
  readonly id: number;
  /** Absent: what is asked for is the usage. */
  readonly call?: Call;
}

export interface Report {
  /** `ok` or the code of the error. */
  readonly code: string;
  readonly details: ErrorDetails;
  readonly message: string;
  readonly output?: unknown;
  readonly attempts: number;
  readonly durationMs: number;
}

export interface Usage {
  readonly rssBytes: number;
  /** The most since it was asked before. */
  readonly peakBytes: number;
  readonly sockets: number;
  /** Rejections that nobody handled, since the start. */
  readonly unhandled: number;
}

export interface RuntimeProcess {
  readonly process: ChildProcess;
  run(call: Call): Promise<Report>;
  usage(): Promise<Usage>;
  close(): Promise<void>;
}

/** Starts a runtime in a process of its own, on the store and environments of a folder. */
export async function startRuntimeProcess(folder: string, tuning: Tuning = {}): Promise<RuntimeProcess> {
  const child = fork(join(import.meta.dirname, "child-runtime.ts"), [folder, JSON.stringify(tuning)], {
    execArgv: ["--import", "tsx", "--expose-gc", "--no-warnings"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await once(child, "message");
  const waiting = new Map<number, (report: never) => void>();
  let ids = 0;
  child.on("message", ({ id, report }: { id: number; report: never }) => {
    waiting.get(id)?.(report);
    waiting.delete(id);
  });
  function ask<T>(request: Omit<Request, "id">): Promise<T> {
    const id = ++ids;
    return new Promise<T>((resolve) => {
      waiting.set(id, resolve as (report: never) => void);
      child.send({ id, ...request });
    });
  }
  return {
    process: child,
    run: (call) => ask<Report>({ call }),
    usage: () => ask<Usage>({}),
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      // A test that failed may have left it stopped: it would never end, nor would whoever waits for its output.
      child.kill("SIGCONT");
      child.disconnect();
      await gone;
    },
  };
}
