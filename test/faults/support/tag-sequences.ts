import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { isConnectorError } from "../../../errors/connector-error.ts";
import type { Effect, FaultAction, RunningPlayground } from "../../../playground/index.ts";
import { accessTo } from "../../support/access.ts";
import type { Opened } from "./open-runtime.ts";

const CALLERS = 8;
const OPPORTUNITIES = 20;
/** Callers give up after this long, well before the stalled answers below come. */
const IMPATIENT_MS = 40;

interface Step {
  readonly caller: number;
  readonly opportunity: number;
  readonly past: "added" | "removed";
  readonly tags: readonly string[];
  readonly impatient: boolean;
}

interface Strike {
  readonly opportunity: number;
  readonly nth: number;
  readonly times: number;
  readonly action: FaultAction;
}

export interface Sequence {
  readonly steps: readonly Step[];
  readonly strikes: readonly Strike[];
  /** Half of the callers use another runtime on the same store. */
  readonly shared: boolean;
}

const ACTIONS: readonly FaultAction[] = [
  { kind: "reset", when: "before-apply" },
  { kind: "reset", when: "after-apply" },
  { kind: "reset", when: "mid-body" },
  { kind: "short-body" },
  { kind: "truncated-json" },
  { kind: "html", status: 502 },
  { kind: "html", status: 502, afterApply: true },
  { kind: "respond", status: 500 },
  { kind: "respond", status: 500, afterApply: true },
  { kind: "respond", status: 503, afterApply: true, headers: { "retry-after": "0" } },
  { kind: "respond", status: 429, headers: { "retry-after": "0" } },
  { kind: "respond", status: 403 },
  { kind: "delay", delayBeforeMs: 2 * IMPATIENT_MS },
  { kind: "delay", delayAfterMs: 2 * IMPATIENT_MS },
  { kind: "reset", when: "after-apply", delayBeforeMs: 2 * IMPATIENT_MS },
];

/** Most steps and faults meet on the first few opportunities, where they get in each other's way. */
const opportunity = fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 2, arbitrary: fc.nat(OPPORTUNITIES - 1) });

export const sequences: fc.Arbitrary<Sequence> = fc.record({
  steps: fc.array(
    fc.record({
      caller: fc.nat(CALLERS - 1),
      opportunity,
      past: fc.constantFrom("added", "removed"),
      tags: fc.uniqueArray(fc.constantFrom("Verified", "Needs Review", "Failed"), { minLength: 1 }),
      impatient: fc.boolean(),
    }),
    { minLength: 12, maxLength: 24 },
  ),
  strikes: fc.array(
    fc.record({
      opportunity,
      nth: fc.integer({ min: 1, max: 4 }),
      times: fc.constantFrom(1, 1, 1, 2, 4),
      action: fc.constantFrom(...ACTIONS),
    }),
    { minLength: 2, maxLength: 10 },
  ),
  shared: fc.boolean(),
});

/** What a caller was told. `refused`: surely without effect. */
type Told = "done" | "applied" | "unknown" | "refused";

interface Written extends Step {
  /** Sent along as a tag, so that each effect in the playground's ledger names the call that made it. */
  readonly marker: string;
  readonly runtime: number;
  readonly beganAt: number;
  readonly endedAt: number;
  readonly told: Told;
  readonly code: string;
  readonly key: string;
  readonly output: unknown;
}

/** One tick for each beginning and ending: calls that follow each other are told apart without a clock. */
let tick = 0;
let markers = 0;

/**
 * Runs one sequence against the playground and answers everything that is wrong with what came of it; nothing where all is well.
 *
 * Each caller makes its calls one after the other, all callers together.
 */
export async function runSequence(
  sequence: Sequence,
  { playground }: RunningPlayground,
  runtimes: readonly [Opened, Opened],
  credential: string,
): Promise<string[]> {
  const rows = [...playground.world.opportunityById.values()].slice(0, OPPORTUNITIES);
  const before = new Map(rows.map(({ id, tags }) => [id, new Set(tags)]));
  playground.ledger.clear();
  playground.faults.clear();
  playground.faults.add(
    sequence.strikes.map(({ opportunity: at, nth, times, action }) => ({
      match: { method: "POST", pathPattern: `/opportunities/${rows[at]?.id}/`, nth, times },
      action,
    })),
  );
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    const written: Written[] = [];
    for (const step of sequence.steps.filter((one) => one.caller === caller)) {
      const runtime = sequence.shared ? caller % 2 : 0;
      written.push(await write(step, rows[step.opportunity]?.id as string, runtime, runtimes, credential));
    }
    return written;
  });
  const written = (await Promise.all(callers)).flat();
  // Writes whose callers have gone are still being followed to their end; whatever was on the way by then must have landed.
  await Promise.all(runtimes.map(({ runtime }) => runtime.settled()));
  while (playground.requests.report(0).inFlight > 0) await sleep(5);
  await sleep(5);
  playground.faults.clear();

  const effects = [...playground.ledger.since(0)];
  const wrong = [
    ...rows.flatMap(({ id, tags }, index) => {
      const calls = written.filter((call) => call.opportunity === index);
      return checkOpportunity(
        calls,
        effects.filter((effect) => effect.opportunityId === id),
        before.get(id) as Set<string>,
        tags,
      ).map((text) => `opportunity ${index}: ${text}`);
    }),
    ...(await checkReplays(written, rows, runtimes, credential)),
  ];
  if (playground.ledger.since(0).length !== effects.length) wrong.push("a replay had an effect");
  return wrong;
}

async function write(
  step: Step,
  id: string,
  runtime: number,
  runtimes: readonly [Opened, Opened],
  credential: string,
): Promise<Written> {
  const marker = `call ${++markers}`;
  const key = `key-${markers}`;
  const beganAt = ++tick;
  const ended = (told: Told, code: string, output?: unknown): Written => ({
    ...step,
    marker,
    key,
    runtime,
    beganAt,
    endedAt: ++tick,
    told,
    code,
    output,
  });
  try {
    const { output } = await runtimes[runtime as 0 | 1].runtime.execute({
      ...toCall(step, id, marker, credential),
      idempotencyKey: key,
      ...(step.impatient && { timeoutMs: IMPATIENT_MS }),
    });
    return ended("done", "ok", output);
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    if (error.details.applied === true) return ended("applied", error.code);
    return ended(error.code === "outcome_unknown" || error.code === "superseded" ? "unknown" : "refused", error.code);
  }
}

function toCall(step: Step, id: string, marker: string, credential: string) {
  return {
    access: accessTo("default"),
    operation: step.past === "added" ? "add_opportunity_tags" : "remove_opportunity_tags",
    credential,
    input: { opportunity_id: id, tags: [...step.tags, marker] },
  };
}

function checkOpportunity(
  calls: readonly Written[],
  effects: readonly Effect[],
  before: ReadonlySet<string>,
  after: readonly string[],
): string[] {
  const placesOf = (call: Written) => effects.flatMap(({ tags }, place) => (tags?.includes(call.marker) ? [place] : []));
  const landed = new Map(calls.map((call) => [call, placesOf(call)]));
  const first = (call: Written) => landed.get(call)?.[0] ?? Number.POSITIVE_INFINITY;
  const last = (call: Written) => landed.get(call)?.at(-1) ?? Number.NEGATIVE_INFINITY;
  const wrong: string[] = [];
  for (const call of calls) {
    const count = landed.get(call)?.length ?? 0;
    const sure = call.told === "done" || call.told === "applied";
    if (sure && count === 0) wrong.push(`${call.marker} was told ${call.code}, and had no effect`);
    if (call.told === "refused" && count > 0) wrong.push(`${call.marker} was told ${call.code}, and had an effect`);
  }
  for (const older of calls)
    for (const newer of calls)
      if (isBefore(older, newer) && last(older) > first(newer))
        wrong.push(`${older.marker} (${older.code}) landed after the newer ${newer.marker} (${newer.code})`);
  if (new Set(after).size !== after.length) wrong.push("a tag is there twice");

  const acknowledged = calls.filter(({ told }) => told === "done" || told === "applied").sort((a, b) => last(a) - last(b));
  const unknown = calls.filter(({ told }) => told === "unknown");
  for (const tag of new Set([...before, ...after, ...calls.flatMap(({ tags, marker }) => [...tags, marker])])) {
    const touches = (call: Written) => call.tags.includes(tag) || call.marker === tag;
    const newest = acknowledged.filter(touches).at(-1);
    const expected = newest === undefined ? before.has(tag) : newest.past === "added";
    // Whatever nobody knows about may have come last, unless it ended before the newest one that is known began.
    const allowed = new Set([expected]);
    for (const call of unknown.filter(touches))
      if (newest === undefined || !isBefore(call, newest)) allowed.add(call.past === "added");
    if (!allowed.has(after.includes(tag)))
      wrong.push(`"${tag}" is ${expected ? "missing" : "there"} after ${newest?.marker ?? "nothing"}`);
  }
  return wrong;
}

/** Whether `a` has to take effect before `b`: it ended before, or both were made in one process, `a` first. */
function isBefore(a: Written, b: Written): boolean {
  return a !== b && (a.endedAt < b.beganAt || (a.runtime === b.runtime && a.beganAt < b.beganAt));
}

/** With the same key, what has taken effect is answered as it was and never sent again. */
async function checkReplays(
  written: readonly Written[],
  rows: readonly { readonly id: string }[],
  runtimes: readonly [Opened, Opened],
  credential: string,
): Promise<string[]> {
  const wrong: string[] = [];
  for (const call of written) {
    const id = rows[call.opportunity]?.id as string;
    if (call.told !== "done" && call.told !== "applied") continue;
    // Asked of the other process.
    const other = runtimes[(1 - call.runtime) as 0 | 1].runtime;
    const again = await other.execute({ ...toCall(call, id, call.marker, credential), idempotencyKey: call.key }).then(
      ({ output, meta }) => (meta.replayed && JSON.stringify(output) === JSON.stringify(call.output) ? "ok" : "another answer"),
      (error) => (isConnectorError(error) && error.details.applied === true ? error.code : String(error)),
    );
    if (again !== call.code) wrong.push(`${call.marker} was told ${call.code}, and ${again} when it was repeated`);
  }
  return wrong;
}
