import { setTimeout as sleep } from "node:timers/promises";
import { refreshUnavailable } from "./credential-errors.ts";
import type { RefreshNeed } from "./refresher.ts";

interface Flight {
  readonly secretVersion: number;
  /** Waits and tries again; otherwise it gives up at the first trouble, since the old token is still valid. */
  readonly patient: boolean;
  readonly startedAtMs: number;
  readonly done: Promise<void>;
}

// After a failure, callers whose token is still valid leave the token endpoint alone for so long.
const COOL_DOWN_MS = 5_000;
const CAPACITY = 10_000;

/** One refresh at a time for each credential of this process; callers with the same need share it. */
export function createSingleFlight(patienceMs: number, now: () => number) {
  const flights = new Map<string, Flight>();
  const failedAtMs = new Map<string, number>();

  function start(key: string, { secretVersion }: RefreshNeed, patient: boolean, run: () => Promise<void>): Flight {
    const done = run().then(
      () => {
        flights.delete(key);
        failedAtMs.delete(key);
      },
      (error) => {
        flights.delete(key);
        if (failedAtMs.size >= CAPACITY) failedAtMs.clear();
        failedAtMs.set(key, performance.now());
        throw error;
      },
    );
    // Waiting callers are told; a refresh without waiting callers must not end the process.
    done.catch(() => undefined);
    const flight = { secretVersion, patient, startedAtMs: performance.now(), done };
    flights.set(key, flight);
    return flight;
  }

  async function join(key: string, need: RefreshNeed, run: () => Promise<void>): Promise<void> {
    for (;;) {
      const patient = now() >= need.validUntilMs;
      const running = flights.get(key);
      if (running !== undefined && (running.secretVersion !== need.secretVersion || (patient && !running.patient))) {
        // Its outcome answers another need than ours.
        await running.done.catch(() => undefined);
        continue;
      }
      if (!patient && performance.now() - (failedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < COOL_DOWN_MS) {
        throw refreshUnavailable("the last attempt has just failed");
      }
      const flight = running ?? start(key, need, patient, run);
      return patient ? flight.done : within(flight.done, flight.startedAtMs + patienceMs - performance.now());
    }
  }

  return {
    join,
    async settled(): Promise<void> {
      await Promise.allSettled([...flights.values()].map(({ done }) => done));
    },
  };
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  const timer = new AbortController();
  const late = sleep(Math.max(0, ms), undefined, { signal: timer.signal }).then(() => {
    throw refreshUnavailable("the token endpoint is slow");
  });
  try {
    await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
