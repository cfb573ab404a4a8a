import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { isConnectorError } from "../../../errors/connector-error.ts";
import type { Workflow } from "../../../schemas/types/index.ts";
import { accessTo } from "../../support/access.ts";
import { assertWhole } from "./assert-whole.ts";
import { PROJECT } from "./jobs.ts";
import { type Point, reopened, savedKey } from "./kill-areas.ts";
import { assertSound, type KillStage } from "./kill-stage.ts";
import type { Parts } from "./parts.ts";
import { openRunEngine, type RunEngine } from "./run-engine.ts";
import type { Line, Worker } from "./workers.ts";

/** Of each process: what it printed, and when it was dead. */
interface Life {
  readonly name: string;
  readonly worker: Worker;
  diedAtMs: number;
}

const access = accessTo(PROJECT);
const TIMEOUT = "30s";
/** For a worker to come to its point, on a machine that does other work as well. */
const PATIENCE_MS = 180_000;

/** A tag, something that must not be created twice, a wait, a person, and another tag. */
function definition(name: string, credential: string, opportunity: string): Workflow {
  const at = { kind: "operation", connector: "lever", credential, timeout: TIMEOUT } as const;
  const tag = (id: string) => ({
    ...{ id, title: id, ...at, operation: "add_opportunity_tags" },
    input: { opportunity_id: opportunity, tags: [`{{ trigger.input.marker }} ${id}`] },
  });
  return {
    ...{ name, title: "To be killed" },
    trigger: { type: "api", input: { type: "object", properties: { marker: { type: "string" } }, required: ["marker"] } },
    steps: [
      tag("first"),
      {
        ...{ id: "create", title: "create", ...at, operation: "create_opportunity" },
        input: { name: "{{ trigger.input.marker }}", tags: ["{{ trigger.input.marker }}"] },
      },
      { id: "pause", title: "pause", kind: "wait", for: "1s" },
      { id: "ask", title: "ask", kind: "approval", message: "Go on?" },
      tag("last"),
    ],
  };
}

/** By the clock: every moment that is set leaves one run, which tags once. */
function scheduled(name: string, credential: string, opportunity: string): Workflow {
  const at = { kind: "operation", connector: "lever", credential, timeout: TIMEOUT } as const;
  const input = { opportunity_id: opportunity, tags: [`${name} {{ run.id }}`] };
  return {
    ...{ name, title: "By the clock", trigger: { type: "schedule", cron: "0 0 1 1 *", timezone: "UTC" } },
    steps: [{ ...{ id: "tag", title: "tag", ...at, operation: "add_opportunity_tags" }, input }],
  };
}

/**
 * Two processes work on one store and are killed again and again, at random or at named points, while runs are started. In the end every run has
 * ended as it should, and the playground's ledger shows each effect once.
 */
export async function killRuns(stage: KillStage, times: number, points: readonly Point[] = []): Promise<void> {
  const credential = await savedKey(stage);
  const { playground } = stage.room.running;
  const prefix = `k${stage.kills}`;
  const opportunities = playground.world.opportunities.rows.slice(0, 20).map(({ id }) => id);
  await reopened(stage.place, { leaseMs: 300, connector: stage.connector }, async (parts) => {
    const opened = openRunEngine(parts, { name: "parent", tell: () => undefined });
    const { workflows, runs } = opened;
    const flows = await Promise.all(
      opportunities.map(async (opportunity, at) => {
        const { id } = await workflows.create(access, definition(`${prefix}-${at}`, credential, opportunity));
        await workflows.publish(access, id);
        return id;
      }),
    );
    const clock = (await workflows.create(access, scheduled(`${prefix}-clock`, credential, String(opportunities[0])))).id;
    await workflows.publish(access, clock);
    const started = new Map<string, string>();
    let moments = 0;
    const lives: Life[] = [];
    const launch = (point?: Point): Life => {
      const life = { name: `${prefix}-w${lives.length}`, worker: stage.workers.take(), diedAtMs: Number.POSITIVE_INFINITY };
      const strike = point && ({ ...point, signal: "SIGKILL" } as const);
      life.worker.send({
        do: "runs",
        place: stage.place,
        name: life.name,
        tuning: { leaseMs: 3_000, ...(strike && { strike }) },
      });
      lives.push(life);
      return life;
    };
    // With the same key it is the same run.
    const work = () => patiently(startOne);
    const startOne = async () => {
      const marker = `${prefix}-run-${started.size}`;
      const flow = flows[started.size % flows.length] as string;
      started.set((await runs.start(access, flow, { input: { marker }, key: marker })).id, marker);
      const due = { nextAtMs: Date.now() };
      if (await parts.store.patch("schedules", PROJECT, clock, { set: due }, { nextAtMs: { gt: due.nextAtMs + 60_000 } }))
        moments += 1;
      await answerAll(opened, started, playground);
    };

    const pair = [launch(), launch()];
    /** Starts runs until the worker has come so far; one that comes to nothing more is no reason to go on for ever. */
    const workUntil = async ({ worker, name }: Life, isSoFar: (lines: readonly Line[]) => boolean) => {
      const endMs = Date.now() + PATIENCE_MS;
      while (!isSoFar(worker.lines)) {
        assertSound(worker);
        if (Date.now() > endMs) throw new Error(`${name} comes to nothing more: ${JSON.stringify(worker.lines.slice(-5))}`);
        await sleep(300).then(work);
      }
    };
    for (let round = 0; round < times + points.length; round += 1) {
      await work();
      const point = points[round - times];
      const victim = point ? launch(point) : (pair[round % 2] as Life);
      // The others are quick: there is work until this one has come to its point.
      if (point) await workUntil(victim, (lines) => lines.some(({ struck }) => struck !== undefined));
      else {
        const count = 1 + Math.floor(stage.random() * 6);
        await workUntil(victim, (lines) => lines.length >= count);
        await sleep(stage.random() * 20);
      }
      await victim.worker.kill();
      victim.diedAtMs = Date.now();
      stage.kills += 1;
      assertSound(victim.worker);
      await patiently(() => forgetCalls(parts, victim.name));
      if (!point) pair[round % 2] = launch();
    }

    const endMs = Date.now() + 120_000;
    for (;;) {
      await answerAll(opened, started, playground);
      const all = await parts.store.find("runs", PROJECT, { limit: 1000, sort: ["-createdAtMs"] });
      const isOurs = (id: string, workflow: unknown) => started.has(id) || workflow === clock;
      const open = all.filter(({ status, id, workflow }) => status !== "succeeded" && isOurs(id, workflow));
      if (open.length === 0) break;
      if (Date.now() > endMs) throw new Error(`these have not ended: ${JSON.stringify(open.slice(0, 3))}`);
      await sleep(100);
    }
    for (const { worker } of pair) await worker.kill();
    for (const life of pair) life.diedAtMs = Date.now();

    const effects = playground.ledger.since(0);
    for (const marker of started.values()) {
      const changed = (tag: string) => effects.filter((one) => one.changed?.includes(tag)).length;
      const created = effects.filter(({ effect, tags }) => effect === "opportunity.created" && tags?.includes(marker)).length;
      expect([marker, changed(`${marker} first`), created, changed(`${marker} last`)]).toEqual([marker, 1, 1, 1]);
    }
    const ticked = (await parts.store.find("runs", PROJECT, { where: { workflow: clock }, limit: 1000, sort: ["createdAtMs"] }))
      .length;
    expect(ticked).toBe(moments);
    expect(overlaps(lives)).toEqual([]);
    await assertWhole(parts.store, parts.ring);
  });
}

/** What a busy machine keeps from the store is tried again. */
async function patiently(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isConnectorError(error, "store_unavailable")) throw error;
    await sleep(200);
    await patiently(work);
  }
}

/** What a person would do: approve what waits, and say what became of a write by looking it up. */
async function answerAll(
  { runs }: RunEngine,
  started: ReadonlyMap<string, string>,
  playground: KillStage["room"]["running"]["playground"],
) {
  for (const { id, waitingFor } of (await runs.list(access, { status: "waiting", limit: 500 })).data)
    if (started.has(id) && waitingFor?.for === "approval")
      await runs.decide(access, id, "approved", { names: ["parent"] }).catch(expectConflict);
  for (const { id } of (await runs.list(access, { status: "needs_attention", limit: 500 })).data) {
    const marker = started.get(id);
    if (marker === undefined) continue;
    const made = playground.ledger
      .since(0)
      .find(({ effect, tags }) => effect === "opportunity.created" && tags?.includes(marker));
    const options = made
      ? ({ outcome: "happened", id: String(made.opportunityId) } as const)
      : ({ outcome: "not_happened" } as const);
    await runs.retry(access, id, options).catch(expectConflict);
  }
}

/** Somebody was faster, or the store is busy: asked again with the next round. */
function expectConflict(error: { code?: string }): void {
  if (error.code !== "conflict" && error.code !== "store_unavailable") throw error;
}

/** As if the time had passed that records of writes stay taken for after a crash: those of the dead process alone. */
async function forgetCalls({ store }: Parts, name: string): Promise<void> {
  for (let after: { createdAtMs: number; id: string } | undefined; ; ) {
    const page = await store.find("writes", PROJECT, { sort: ["-createdAtMs"], limit: 500, ...(after && { after }) });
    for (const { id, requestId, state } of page)
      if (state === "running" && String(requestId).startsWith(`${name}-`))
        await store.patch("writes", PROJECT, id, { set: { leaseExpiresAtMs: 0 } }, { state: "running" });
    const last = page.at(-1);
    if (last === undefined || page.length < 500) return;
    after = { createdAtMs: last.createdAtMs as number, id: last.id };
  }
}

/** Calls of one run that two processes made at the same time. */
function overlaps(lives: readonly Life[]): string[] {
  const spans = lives.flatMap(({ name, worker, diedAtMs }) => {
    const lines = worker.lines as Line[];
    return lines.flatMap((line, at) => {
      if (line.begun === undefined) return [];
      const end = lines.slice(at).find(({ ended, step }) => ended === line.begun && step === line.step);
      return [
        { name, run: line.begun as string, fromMs: line.atMs as number, untilMs: (end?.atMs as number | undefined) ?? diedAtMs },
      ];
    });
  });
  const sorted = spans.sort((a, b) => (a.run === b.run ? a.fromMs - b.fromMs : a.run < b.run ? -1 : 1));
  return sorted.flatMap((span, at) => {
    const before = sorted[at - 1];
    const isBoth = before !== undefined && before.run === span.run && before.name !== span.name && before.untilMs > span.fromMs;
    return isBoth ? [`${span.run}: ${before.name} until ${before.untilMs}, ${span.name} from ${span.fromMs}`] : [];
  });
}
