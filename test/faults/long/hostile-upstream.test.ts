import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { FaultAction } from "../../../playground/index.ts";
import { type HostileStage, openHostileStage } from "../support/hostile-stage.ts";

let stage: HostileStage;
beforeAll(async () => {
  stage = await openHostileStage();
});
afterAll(() => stage.close());

/** What the client's timers and a busy machine may add. */
const SLACK_MS = 2000;

describe("the documented deadlines", () => {
  it.each<[string, FaultAction, number, number, number]>([
    ["30 s for an answer that trickles in", { kind: "slow-body", bytesPerSecond: 1 }, 29_000, 30_000, 1],
    ["30 s for headers that never end", { kind: "endless-headers", intervalMs: 500 }, 29_000, 30_000, 2],
    ["the caller's own, where the service says nothing", { kind: "delay", delayBeforeMs: 120_000 }, 9_000, 10_000, 3],
  ])("hold: %s", async (_name, action, leastMs, mostMs, opportunity) => {
    stage.playground.playground.faults.clear();
    // A write is told by the caller's clock and followed by the client's own; one attempt of either is enough here.
    const timeoutMs = mostMs + 500;
    stage.fault(action);
    const read = await stage.read("lever", { timeoutMs });
    stage.playground.playground.faults.clear();
    // The write alone: its record is read before, in a share of the same time.
    stage.fault(action, undefined, "/addTags$");
    const write = await stage.write("lever", { timeoutMs, opportunity });
    expect(read.code).toBe("upstream_timeout");
    expect(write.code).toBe(action.kind === "slow-body" ? "upstream_timeout" : "outcome_unknown");
    for (const { durationMs } of [read, write]) {
      expect(durationMs).toBeGreaterThan(leastMs);
      expect(durationMs).toBeLessThan(timeoutMs + SLACK_MS);
    }
    stage.playground.playground.faults.clear();
    expect((await stage.read("lever")).code).toBe("ok");
  });

  it("hold: 3 s for each of four knocks at a door that nobody opens", async () => {
    const { code, durationMs } = await stage.read("black-hole");
    expect(code).toBe("upstream_unreachable");
    expect(durationMs).toBeGreaterThan(4 * 3000);
    expect(durationMs).toBeLessThan(4 * 4000 + SLACK_MS);
  });
});
