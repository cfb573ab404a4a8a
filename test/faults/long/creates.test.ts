import { afterAll, beforeAll, describe, it } from "@jest/globals";
import { describeWithMongod } from "../../support/describe-with-mongod.ts";
import { assertCreates } from "../support/create-sequences.ts";
import { type KillStage, openKillStage } from "../support/kill-stage.ts";
import { type Build, buildChild } from "../support/workers.ts";

const TIMEOUT_MS = 30 * 60_000;

function suite(kind: "embedded" | "mongodb", sequences: number): void {
  let build: Build;
  let stage: KillStage;
  beforeAll(async () => {
    build = buildChild();
    stage = await openKillStage(kind, build);
  }, TIMEOUT_MS);
  afterAll(async () => {
    process.stdout.write(`${stage.told()}\n`);
    await stage.close();
    build.remove();
  }, TIMEOUT_MS);

  it("create nothing twice, and lose no acknowledgement", () => assertCreates(stage, sequences), TIMEOUT_MS);
}

describe("500 random sequences of creations with faults, killed processes and repeated keys", () => suite("embedded", 500));
describeWithMongod("100 such sequences on MongoDB", () => suite("mongodb", 100));
