import { expect } from "@jest/globals";
import type { Run, Workflow } from "../../../schemas/types/index.ts";
import { accessTo } from "../../support/access.ts";
import { until } from "../../support/until.ts";
import { PROJECT } from "./jobs.ts";
import { type Point, reopened, savedKey } from "./kill-areas.ts";
import { assertSound, type KillStage } from "./kill-stage.ts";
import type { Parts } from "./parts.ts";
import { openRunEngine } from "./run-engine.ts";

/** A point of a run that creates, and what is known a day later. */
export interface CreatePoint {
  readonly point: Point;
  /** One opportunity, or each of three. */
  readonly of: "step" | "items";
  /** Created by then. */
  readonly created: number;
  /** A person is asked; otherwise it surely was not sent, and is sent now. */
  readonly isAsked: boolean;
}

/** Before the run says that a create was begun, after that, once it was sent, and before its end is recorded. */
export const CREATES: readonly CreatePoint[] = [
  { of: "step", point: { when: "before", at: "insert runSteps", nth: 1 }, created: 0, isAsked: false },
  { of: "step", point: { when: "after", at: "insert runSteps", nth: 1 }, created: 0, isAsked: true },
  { of: "step", point: { when: "after", at: "send", nth: 1 }, created: 1, isAsked: true },
  { of: "step", point: { when: "before", at: "patch runSteps.isBegun", nth: 1 }, created: 1, isAsked: true },
  { of: "items", point: { when: "before", at: "patch runSteps.begunItems", nth: 1 }, created: 1, isAsked: true },
  // What was created is read back: the third is the second creation.
  { of: "items", point: { when: "after", at: "send", nth: 3 }, created: 2, isAsked: true },
];

const access = accessTo(PROJECT);
/** A day, and the longest that a call may take. */
const AWAY_MS = 86_400_000 + 600_000;
const ITEMS = ["a", "b", "c"];

function definition(name: string, credential: string, of: CreatePoint["of"]): Workflow {
  const marker = of === "items" ? "{{ trigger.input.marker }} {{ item }}" : "{{ trigger.input.marker }}";
  const step = {
    ...{
      id: "create",
      title: "create",
      kind: "operation" as const,
      connector: "lever",
      operation: "create_opportunity",
      credential,
    },
    input: { name: marker, tags: ["{{ trigger.input.marker }}"] },
    ...(of === "items" && { forEach: { items: "{{ trigger.input.items }}" } }),
  } as const;
  return { name, title: "Creates", trigger: { type: "api", input: {} }, steps: [step] };
}

/**
 * A process is killed while its run creates something, and every process stays away for more than a day: by then the ledger of writes has
 * forgotten the call. Nothing is created twice, and nothing is left out.
 */
export async function killCreates(stage: KillStage, points: readonly CreatePoint[]): Promise<void> {
  const credential = await savedKey(stage);
  for (const one of points) await killCreate(stage, credential, one);
}

async function killCreate(stage: KillStage, credential: string, { point, of, created, isAsked }: CreatePoint): Promise<void> {
  const { playground } = stage.room.running;
  const marker = `create-${stage.kills}`;
  const made = () =>
    playground.ledger.since(0).filter(({ effect, tags }) => effect === "opportunity.created" && tags?.includes(marker));
  await reopened(stage.place, { connector: stage.connector }, async (parts) => {
    const { engine, workflows, runs } = openRunEngine(parts, { name: "parent", tell: () => undefined });
    const { id: workflow } = await workflows.create(access, definition(marker, credential, of));
    await workflows.publish(access, workflow);
    const worker = stage.workers.take();
    worker.send({ do: "runs", place: stage.place, name: marker, tuning: { strike: { ...point, signal: "SIGKILL" } } });
    const { id } = await runs.start(access, workflow, { input: { marker, items: ITEMS } });
    await worker.line(({ struck }) => struck !== undefined);
    await worker.kill();
    stage.kills += 1;
    assertSound(worker);
    expect([point, made().length]).toEqual([point, created]);

    await passADay(parts);
    engine.work();
    let run = await settled();
    let asked = 0;
    // What was done since the progress was last recorded is asked about one by one.
    for (; run.status === "needs_attention"; asked += 1) {
      expect(run).toMatchObject({ atStep: "create", error: { code: "outcome_unknown" } });
      const isMade = of === "step" ? created > 0 : asked < created;
      await runs.retry(access, id, isMade ? { outcome: "happened", id: "the-id" } : { outcome: "not_happened" });
      run = await settled();
    }
    await engine.stop();
    const all = of === "items" ? ITEMS.length : 1;
    expect([point, run.status, asked > 0, made().length]).toEqual([point, "succeeded", isAsked, all]);
    if (of === "items") expect(run.steps[0]?.items).toMatchObject({ succeeded: all, failed: 0, skipped: 0 });

    async function settled(): Promise<Run> {
      const isOver = ({ status }: Run) => status === "succeeded" || status === "failed" || status === "needs_attention";
      let now = await runs.get(access, id);
      await until(async () => {
        now = await runs.get(access, id);
        return isOver(now);
      });
      return now;
    }
  });
}

/** Every process was away: leases and records of writes have run out, and are swept by whoever comes first. */
async function passADay(parts: Parts): Promise<void> {
  parts.clock.shiftMs = AWAY_MS;
  const found = await parts.store.find("writes", PROJECT, { sort: ["-createdAtMs"], limit: 100 });
  for (const { id, expiresAtMs, leaseExpiresAtMs } of found) {
    const set = { expiresAtMs: Number(expiresAtMs) - AWAY_MS, leaseExpiresAtMs: Number(leaseExpiresAtMs) - AWAY_MS };
    await parts.store.patch("writes", PROJECT, id, { set });
  }
  await parts.runtime().sweep();
}
