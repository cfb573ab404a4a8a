import { describe } from "@jest/globals";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { CREATES } from "./support/kill-creates.ts";
import { type KillPlan, killSuite } from "./support/kill-suite.ts";

// The share of the battery that takes seconds; test/faults/long/kill.test.ts kills 300 times.

const TIMEOUT_MS = 60_000;

// A tag write sends twice, itself and the read-back; every second one must not be sent again: the seventh is such a write.
function plan(times: number): KillPlan {
  return {
    credentials: [times],
    refreshes: [times, [{ when: "before", at: "patch credentials.secretVersion", nth: 3 }]],
    writes: [
      times,
      [
        { when: "after", at: "insert writes", nth: 4 },
        { when: "after", at: "send", nth: 7 },
      ],
    ],
    turns: [{ when: "after", at: "send", nth: 2 }],
    runs: [
      times,
      [
        { when: "before", at: "patch runs.leaseOwner", nth: 4 },
        { when: "after", at: "insert runSteps", nth: 2 },
      ],
    ],
    creates: CREATES,
    rotations: [times],
    starts: [times],
  };
}

describe("kill -9 on the embedded store", () => killSuite("embedded", plan(2), TIMEOUT_MS));
describeWithMongod("kill -9 on MongoDB", () => killSuite("mongodb", { ...plan(1), database: 1 }, TIMEOUT_MS));
