import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createSchedules, nextTimes, type Schedules } from "../../engine/embedded/schedules.ts";
import type { Schedule, Tick } from "../../engine/engine.ts";
import { openTestStore } from "../credentials/setup.ts";
import { accessTo } from "../support/access.ts";

const STEP_MS = 600_000;
const HOUR_MS = 6 * STEP_MS;
const access = accessTo("default");

let nowMs: number;
let opened: Awaited<ReturnType<typeof openTestStore>>;
/** Two processes on one store. */
let processes: readonly [Schedules, Schedules];
let ticks: Tick[];

beforeEach(async () => {
  ticks = [];
  opened = await openTestStore(() => nowMs);
  const open = () => createSchedules({ store: opened.store, now: () => nowMs, onError: (error) => Promise.reject(error) });
  processes = [open(), open()];
});
afterEach(() => opened.close());

/** Lets the time pass, while both processes look. What a run is started by bears its id, so that it starts once. */
async function pass(untilMs: number): Promise<void> {
  const tick = async (_: unknown, __: string, told: Tick) => {
    if (!ticks.some(({ run }) => run === told.run)) ticks.push(told);
  };
  for (; nowMs <= untilMs; nowMs += STEP_MS) await Promise.all(processes.map((one) => one.tend(tick)));
}

async function schedule(at: string, wanted: Schedule): Promise<void> {
  nowMs = Date.parse(at);
  await processes[0].set(access, "w1", wanted);
}

const times = () => ticks.map(({ scheduledAtMs }) => new Date(scheduledAtMs).toISOString());

describe("a schedule in a time zone that changes its clocks", () => {
  it.each([
    ["forward", "2026-03-28T23:00:00Z", 23],
    ["back", "2026-10-24T22:00:00Z", 25],
  ])("fires each hour once on the day on which they are set %s", async (_, midnight, hours) => {
    await schedule(midnight, { cron: "30 * * * *", timezone: "Europe/Vienna" });
    await pass(Date.parse(midnight) + hours * HOUR_MS - STEP_MS);
    const wanted = Array.from({ length: hours }, (_, hour) =>
      new Date(Date.parse(midnight) + (hour + 0.5) * HOUR_MS).toISOString(),
    );
    expect(times()).toEqual(wanted);
    expect(ticks.some(({ isCatchUp }) => isCatchUp)).toBe(false);
  });

  it.each([
    ["*/20 * * * *", "Europe/Vienna", "2026-10-25T00:30:00Z", ["00:40", "01:00", "01:20", "01:40", "02:00", "02:20"]],
    ["0 */2 * * *", "Europe/Vienna", "2026-10-24T23:30:00Z", ["00:00", "01:00", "03:00", "05:00"]],
    ["45 * * * *", "Australia/Lord_Howe", "2026-04-04T14:00:00Z", ["14:45", "15:15", "16:15"]],
    ["30 * * * *", "Asia/Kolkata", "2026-10-25T00:30:00Z", ["01:00", "02:00"]],
  ])("fires by %s in %s whenever its clock shows it", (cron, timezone, from, wanted) => {
    const found = nextTimes({ cron, timezone }, Date.parse(from), wanted.length);
    expect(found.map((at) => new Date(at).toISOString().slice(11, 16))).toEqual(wanted);
  });

  it.each([
    [
      "does not exist",
      "2026-03-27T12:00:00Z",
      ["2026-03-28T01:30:00.000Z", "2026-03-29T01:30:00.000Z", "2026-03-30T00:30:00.000Z"],
    ],
    ["comes twice", "2026-10-23T12:00:00Z", ["2026-10-24T00:30:00.000Z", "2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"]],
  ])("fires once on the day on which its hour %s", async (_, start, wanted) => {
    await schedule(start, { cron: "30 2 * * *", timezone: "Europe/Vienna" });
    await pass(Date.parse(start) + 72 * HOUR_MS - STEP_MS);
    expect(times()).toEqual(wanted);
    expect(
      nextTimes({ cron: "30 2 * * *", timezone: "Europe/Vienna" }, Date.parse(start), 3).map((at) => new Date(at).toISOString()),
    ).toEqual(wanted);
  });
});

describe("a schedule whose processes were away", () => {
  it("is caught up with by one run after an hour, which is marked and named after the last moment that was missed", async () => {
    await schedule("2026-06-01T08:00:30Z", { cron: "*/10 * * * *", timezone: "UTC" });
    await pass(Date.parse("2026-06-01T08:10:30Z"));
    nowMs = Date.parse("2026-06-01T09:10:30Z");
    await pass(Date.parse("2026-06-01T09:20:30Z"));
    expect(ticks.map(({ scheduledAtMs, isCatchUp }) => [new Date(scheduledAtMs).toISOString(), isCatchUp])).toEqual([
      ["2026-06-01T08:10:00.000Z", false],
      ["2026-06-01T09:10:00.000Z", true],
      ["2026-06-01T09:20:00.000Z", false],
    ]);
  });

  it("is told again of a moment where the process died in it, under the same id", async () => {
    await schedule("2026-06-01T08:00:30Z", { cron: "0 * * * *", timezone: "UTC" });
    nowMs = Date.parse("2026-06-01T09:00:00Z");
    const told: string[] = [];
    const errors: unknown[] = [];
    const dying = createSchedules({ store: opened.store, now: () => nowMs, onError: (error) => errors.push(error) });
    await dying.tend(async (_, __, { run }) => {
      told.push(run);
      throw new Error("killed");
    });
    await processes[1].tend(async (_, __, { run }) => void told.push(run));
    expect(told).toEqual([told[0], told[0]]);
    expect(errors).toHaveLength(1);
  });
});
