import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";
import { findMongod } from "../../support/mongod.ts";
import {
  killCredentialWrites,
  killDatabase,
  killRefreshes,
  killRotations,
  killStarts,
  killTurnHolders,
  killWrites,
  type Point,
} from "./kill-areas.ts";
import { type CreatePoint, killCreates } from "./kill-creates.ts";
import { killRuns } from "./kill-runs.ts";
import { type KillStage, openKillStage } from "./kill-stage.ts";
import { type Build, buildChild } from "./workers.ts";

/** How often each area is killed at random moments, and at which named points besides. */
export interface KillPlan {
  readonly credentials: readonly [number, (readonly Point[])?];
  readonly refreshes: readonly [number, (readonly Point[])?];
  readonly writes: readonly [number, (readonly Point[])?];
  readonly rotations: readonly [number, (readonly Point[])?];
  readonly starts: readonly [number, (readonly Point[])?];
  readonly turns: readonly Point[];
  readonly runs: readonly [number, (readonly Point[])?];
  readonly creates: readonly CreatePoint[];
  /** Only on MongoDB. */
  readonly database?: number;
  /** All of them together, where that is a promise. */
  readonly atLeast?: number;
}

export function killSuite(kind: "embedded" | "mongodb", plan: KillPlan, timeoutMs: number): void {
  let build: Build;
  let stage: KillStage;
  beforeAll(async () => {
    build = buildChild();
    stage = await openKillStage(kind, build);
  }, timeoutMs);
  afterEach(() => stage.workers.killTaken(), timeoutMs);
  afterAll(async () => {
    process.stdout.write(`${stage.told()}\n`);
    await stage.close();
    build.remove();
  }, timeoutMs);

  it("keeps every acknowledged credential, opened by its key", () => killCredentialWrites(stage, ...plan.credentials), timeoutMs);

  it("goes on refreshing, or says that the answer was lost", () => killRefreshes(stage, ...plan.refreshes), timeoutMs);

  it(
    "answers truthfully to the Idempotency-Keys of writes that were cut short",
    () => killWrites(stage, ...plan.writes),
    timeoutMs,
  );

  it("frees the object of a killed writer within its lease", () => killTurnHolders(stage, plan.turns), timeoutMs);

  it(
    "brings every run to its end, with each effect once, whichever process dies",
    () => killRuns(stage, ...plan.runs),
    3 * timeoutMs,
  );

  it(
    "sends nothing a second time that was begun more than a day ago, and asks a person instead",
    () => killCreates(stage, plan.creates),
    3 * timeoutMs,
  );

  it("resumes a key rotation, and leaves nothing under the old key", () => killRotations(stage, ...plan.rotations), timeoutMs);

  it("starts after a first start that was cut short", () => killStarts(stage, ...plan.starts), timeoutMs);

  const { database = 0, atLeast = 0 } = plan;
  if (database > 0) {
    const title = "loses nothing acknowledged, and goes on by itself, where the database server is killed";
    // A server that is only given by its address cannot be killed.
    const found = findMongod();
    (found && "binary" in found ? it : it.skip)(title, () => killDatabase(stage, database), timeoutMs);
  }
  if (atLeast > 0) it(`was killed ${atLeast} times at the least`, () => expect(stage.kills).toBeGreaterThanOrEqual(atLeast));
}
