import { describe } from "@jest/globals";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { CREATES } from "./support/kill-creates.ts";
import { type KillPlan, killSuite } from "./support/kill-suite.ts";

// The share of the battery that takes seconds: each of these points, and one random moment where no point is named.
// test/faults/long/kill.test.ts kills 600 times, in each area at random moments and around every point, on both stores.

const TIMEOUT_MS = 60_000;

// A tag write sends twice, itself and the read-back; every second one must not be sent again: the seventh is such a write.
const PLAN: KillPlan = {
  credentials: [1],
  refreshes: [0, [{ when: "before", at: "patch credentials.secretVersion", nth: 3 }]],
  writes: [
    0,
    [
      { when: "after", at: "insert writes", nth: 4 },
      { when: "after", at: "send", nth: 7 },
    ],
  ],
  turns: [{ when: "after", at: "send", nth: 2 }],
  runs: [
    0,
    [
      { when: "before", at: "patch runs.leaseOwner", nth: 4 },
      { when: "after", at: "insert runSteps", nth: 2 },
    ],
  ],
  creates: CREATES,
  rotations: [1],
  starts: [1],
};

describe("kill -9 on the embedded store", () => killSuite("embedded", PLAN, TIMEOUT_MS));
describeWithMongod("kill -9 on MongoDB", () => killSuite("mongodb", { ...PLAN, database: 1 }, TIMEOUT_MS));
