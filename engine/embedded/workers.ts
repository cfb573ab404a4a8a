import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { isConnectorError } from "../../errors/connector-error.ts";
import { systemAccess } from "../../store/access.ts";
import { type Change, storeTime } from "../../store/document-store.ts";
import type { Lease } from "../../store/lease.ts";
import { type Held, LostRun } from "../drive.ts";
import type { RunDocument } from "../run-document.ts";
import type { RunRecords } from "../run-records.ts";
import type { RunQueue } from "./queue.ts";

export interface Workers {
  /** Begins to look for work. */
  begin(): void;
  /** There is something to do: look at once. */
  wake(): void;
  /** Takes nothing new, and comes back when what is under way has been given back. */
  end(): Promise<void>;
}

export interface WorkersOptions {
  readonly queue: RunQueue;
  readonly records: RunRecords;
  readonly drive: (held: Held) => Promise<void>;
  /** What else is to be looked at from time to time. */
  readonly tend: () => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Runs that this process works on at once, and those of one project among them. */
  readonly most?: number;
  readonly mostOfProject?: number;
  /** How often the store is asked whether another process has left work. */
  readonly pollMs?: number;
  /** After so long a run lets others have their turn. */
  readonly turnMs?: number;
}

/** As long as the server's end may take, what is under way is left to come to its end. */
const GRACE_MS = 5_000;
const AGAIN_MS = 2_000;

/**
 * Works on runs: of each project that has any one after the other, so that none waits for another's backlog. Woken at once within the process;
 * what other processes leave is found within `pollMs`.
 */
export function createWorkers(options: WorkersOptions): Workers {
  const { queue, records, drive, tend, onError } = options;
  const { most = 64, mostOfProject = 16, pollMs = 300, turnMs = 5_000 } = options;
  const busy = new Map<string, number>();
  const under = new Set<Promise<void>>();
  const stopping = new AbortController();
  const giveUp = new AbortController();
  // Every call under way listens.
  setMaxListeners(0, giveUp.signal);
  let isBegun = false;
  let looking: Promise<void> | undefined;
  let isAskedAgain = false;
  let polls: Promise<void> | undefined;
  let lastProject = "";

  return {
    begin() {
      if (isBegun || stopping.signal.aborted) return;
      isBegun = true;
      polls = poll();
    },
    wake,
    async end() {
      stopping.abort();
      await polls;
      await looking;
      const tooLong = setTimeout(() => giveUp.abort(), GRACE_MS);
      await Promise.all(under);
      clearTimeout(tooLong);
    },
  };

  function wake(): void {
    if (!isBegun || stopping.signal.aborted) return;
    isAskedAgain = true;
    looking ??= lookAll().finally(() => {
      looking = undefined;
    });
  }

  async function lookAll(): Promise<void> {
    while (isAskedAgain && !stopping.signal.aborted) {
      isAskedAgain = false;
      try {
        await look();
      } catch (error) {
        // The store is away: the next poll looks again.
        onError(error);
      }
    }
  }

  async function look(): Promise<void> {
    while (under.size < most && !stopping.signal.aborted) {
      const full = new Set([...busy].flatMap(([project, count]) => (count >= mostOfProject ? [project] : [])));
      const run = await queue.next(lastProject, full);
      if (run === undefined) return;
      lastProject = run.project;
      const lease = await queue.take(run);
      if (lease !== undefined) work(lease);
    }
  }

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await queue.wake();
        await tend();
      } catch (error) {
        onError(error);
      }
      wake();
      await sleep(pollMs, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  function work(lease: Lease): void {
    const run = lease.document as RunDocument;
    busy.set(run.project, (busy.get(run.project) ?? 0) + 1);
    const working = driveHeld(lease, run).finally(() => {
      const left = (busy.get(run.project) ?? 1) - 1;
      if (left === 0) busy.delete(run.project);
      else busy.set(run.project, left);
      under.delete(working);
      wake();
    });
    under.add(working);
  }

  async function driveHeld(lease: Lease, run: RunDocument): Promise<void> {
    const sinceMs = performance.now();
    const access = systemAccess(run);
    const mine = ({ leaseOwner, fence }: RunDocument) => leaseOwner === run.leaseOwner && fence === run.fence;
    lease.startHeartbeat(onError);
    try {
      await drive({
        run,
        fence: run.fence,
        async look() {
          // This process may have stood still.
          if (lease.isStale() && !(await lease.prove())) return undefined;
          const now = await records.run(access, run.id);
          return now && mine(now) ? now : undefined;
        },
        async release(change) {
          lease.stop();
          return lease.release(change);
        },
        isLong: () => performance.now() - sinceMs > turnMs,
        isStopping: () => stopping.signal.aborted,
        signal: giveUp.signal,
      });
    } catch (error) {
      if (error instanceof LostRun) return;
      if (!giveUp.signal.aborted) onError(error);
      // Somebody goes on with it: at once where this process ends, a little later where it failed here.
      await lease.release(leftBehind(run, error, giveUp.signal.aborted)).catch(() => false);
    } finally {
      lease.stop();
    }
  }
}

/** A fault of ours is met again and again: each time later, and in the end the run fails by it (drive.ts). A store that is away is no such fault. */
function leftBehind({ faults = 0 }: RunDocument, error: unknown, isEnding: boolean): Change {
  if (isEnding) return { set: { queue: "ready", dueAtMs: storeTime() } };
  const isAway = isConnectorError(error, "store_unavailable") || isConnectorError(error, "store_full");
  const waitMs = isAway ? AGAIN_MS : Math.min(60_000, AGAIN_MS * 2 ** faults);
  return { set: { queue: "timed", dueAtMs: storeTime(waitMs) }, ...(!isAway && { inc: { faults: 1 } }) };
}
