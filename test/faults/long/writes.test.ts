import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { assertSequences, openStage, type Stage } from "../support/assert-sequences.ts";
import { CREATE_FAULTS, type Creating, openCreating } from "../support/create-faults.ts";

describe("500 random sequences of tag writes with faults", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  it("leave the tags that the acknowledged writes make, in their order", () => assertSequences(stage, 500), 600_000);
});

describe("200 writes of each kind of fault that make something new each time", () => {
  let creating: Creating;
  beforeAll(async () => {
    creating = await openCreating();
  });
  afterAll(() => creating.close());

  it.each(CREATE_FAULTS.map((of) => [of.name, of] as const))("never make two under %s", async (_name, of) => {
    expect(await creating.strike(of, 200)).toEqual([]);
  });
});
