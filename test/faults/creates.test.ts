import { afterAll, beforeAll, describe, it } from "@jest/globals";
import { assertCreates } from "./support/create-sequences.ts";
import { type KillStage, openKillStage } from "./support/kill-stage.ts";
import { type Build, buildChild } from "./support/workers.ts";

// The share of the battery that takes seconds; test/faults/long/creates.test.ts runs 500 sequences.

const TIMEOUT_MS = 60_000;

describe("random sequences of creations with faults, killed processes and repeated keys", () => {
  let build: Build;
  let stage: KillStage;
  beforeAll(async () => {
    build = buildChild();
    stage = await openKillStage("embedded", build);
  }, TIMEOUT_MS);
  afterAll(async () => {
    await stage.close();
    build.remove();
  }, TIMEOUT_MS);

  it("create nothing twice, and lose no acknowledgement", () => assertCreates(stage, 8), TIMEOUT_MS);
});
