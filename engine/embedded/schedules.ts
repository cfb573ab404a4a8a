import { createHash } from "node:crypto";
import { Cron } from "croner";
import { ConnectorError } from "../../errors/connector-error.ts";
import { type Access, systemAccess } from "../../store/access.ts";
import { openCollection } from "../../store/collection.ts";
import { type DocumentStore, EVERY_PROJECT, type StoredDocument, storeTime } from "../../store/document-store.ts";
import type { Schedule, Tick } from "../engine.ts";

export interface Schedules {
  /** From now on these moments count; null: none. */
  set(access: Access, id: string, schedule: Schedule | null): Promise<void>;
  /** Tells every moment that is due, once in all processes: `tick` is done before the next moment is waited for, and may be done again. */
  tend(tick: (access: Access, id: string, tick: Tick) => Promise<void>): Promise<void>;
}

/** A moment that is told of later than this was missed. */
const LATE_MS = 60_000;
const BATCH = 100;

export interface SchedulesOptions {
  readonly store: DocumentStore;
  readonly now: () => number;
  /** Told of a moment that could not be told of; it is tried again. */
  readonly onError: (error: unknown) => void;
}

export function createSchedules({ store, now, onError }: SchedulesOptions): Schedules {
  const schedules = openCollection(store, "schedules");

  return {
    async set(access, id, schedule) {
      if (schedule === null) return void (await schedules.remove(access, id));
      const { cron, timezone } = schedule;
      const nextAtMs = nextTime(schedule, now());
      const found = await schedules.get(access, id);
      if (found?.cron === cron && found.timezone === timezone) return;
      const fields = { cron, timezone, nextAtMs };
      const { isNew } = await schedules.insertIfAbsent(access, { id, ...fields });
      if (!isNew) await schedules.patch(access, id, { set: fields });
    },
    async tend(tick) {
      const due = await store.find("schedules", EVERY_PROJECT, { where: { nextAtMs: { lte: storeTime() } }, limit: BATCH });
      // One that fails must not keep the others waiting.
      for (const schedule of due) await tell(schedule, tick).catch(onError);
    },
  };

  async function tell(found: StoredDocument, tick: (access: Access, id: string, tick: Tick) => Promise<void>): Promise<void> {
    const { id, cron, timezone } = found as unknown as Schedule & { id: string };
    const firstMs = Number(found.nextAtMs);
    const nextAtMs = nextTime({ cron, timezone }, Math.max(now(), firstMs));
    const isCatchUp = now() - firstMs > LATE_MS;
    const run = `run_${createHash("sha256").update(`${id}\n${firstMs}`).digest("hex").slice(0, 26)}`;
    const access = systemAccess(found);
    // One run stands for all that were missed; its id is that of the first of them, which every process knows.
    const scheduledAtMs = isCatchUp ? lastTime({ cron, timezone }, firstMs, now()) : firstMs;
    await tick(access, id, { run, scheduledAtMs, isCatchUp });
    await schedules.patch(access, id, { set: { nextAtMs } }, { nextAtMs: firstMs });
  }
}

/**
 * The next moments of a schedule, in milliseconds since the epoch. Where clocks are set back an hour comes twice: a schedule that names hours
 * fires once, one of every hour (`*`) in both. @throws ConnectorError `input_invalid`
 */
export function nextTimes(schedule: Schedule, fromMs: number, count: number): number[] {
  const times: number[] = [];
  for (let atMs: number | undefined = fromMs; times.length < count; ) {
    atMs = findNext(schedule, atMs);
    if (atMs === undefined) break;
    times.push(atMs);
  }
  return times;
}

/** @throws ConnectorError `input_invalid` where there is none */
function nextTime(schedule: Schedule, fromMs: number): number {
  const next = findNext(schedule, fromMs);
  // A date that never comes, such as the 30th of February.
  if (next === undefined) throw invalid("names no moment that will ever come");
  return next;
}

function findNext(schedule: Schedule, fromMs: number): number | undefined {
  const cron = toCron(schedule);
  const after = (ms: number) => cron.nextRun(new Date(ms))?.getTime();
  const found = [after(fromMs), ...repeated(schedule, (shiftMs) => after(fromMs - shiftMs))].filter((at) => at !== undefined);
  return found.length === 0 ? undefined : Math.min(...found.filter((at) => at > fromMs));
}

/** The last moment until now; the first one where it is the only one. */
function lastTime(schedule: Schedule, firstMs: number, untilMs: number): number {
  const cron = toCron(schedule);
  const before = (ms: number) => cron.previousRuns(1, new Date(ms + 1))[0]?.getTime();
  const found = [before(untilMs), ...repeated(schedule, (shiftMs) => before(untilMs - shiftMs))];
  return Math.max(firstMs, ...found.filter((at) => at !== undefined).filter((at) => at <= untilMs));
}

/** By how much clocks are set back, wherever they are: from one of two moments that show the same to the other. */
const SHIFTS_MS = [3_600_000, 1_800_000, -1_800_000, -3_600_000];

/** What croner may leave out near such a change: either of two moments at which the clock shows the same. */
function repeated({ cron, timezone }: Schedule, oneOf: (shiftMs: number) => number | undefined): number[] {
  const [, hours = ""] = cron.trim().split(/\s+/);
  if (!hours.startsWith("*")) return [];
  const clock = new Intl.DateTimeFormat("en", { timeZone: timezone, dateStyle: "short", timeStyle: "medium" });
  return SHIFTS_MS.flatMap((shiftMs) => {
    const oneMs = oneOf(shiftMs);
    if (oneMs === undefined) return [];
    return clock.format(oneMs) === clock.format(oneMs + shiftMs) ? [oneMs, oneMs + shiftMs] : [oneMs];
  });
}

function toCron({ cron, timezone }: Schedule): Cron {
  try {
    return new Cron(cron, { timezone, mode: "5-part", paused: true });
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : "is not valid");
  }
}

function invalid(message: string): ConnectorError {
  const issues = [{ pointer: "/trigger/cron", keyword: "cron", message }];
  return new ConnectorError("input_invalid", `The schedule is not valid: ${message}`, { issues });
}
