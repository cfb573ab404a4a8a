import { describe } from "@jest/globals";
import { describeWithMongod } from "../../support/describe-with-mongod.ts";
import type { Point } from "../support/kill-areas.ts";
import { CREATES } from "../support/kill-creates.ts";
import { type KillPlan, killSuite } from "../support/kill-suite.ts";

// Kills 600 times, at random moments and at every named point. `FAULTS_SEED` repeats the choices of a run.

const TIMEOUT_MS = 600_000;

function around(at: string, nth: number): Point[] {
  return [
    { when: "before", at, nth },
    { when: "after", at, nth },
  ];
}

function plan(times: number, atLeast: number): KillPlan {
  return {
    credentials: [
      times,
      [...around("insert credentials", 3), ...around("patch credentials.secret", 2), ...around("patch credentials", 4)],
    ],
    refreshes: [
      times,
      [
        ...around("patch credentials.refreshFence", 2),
        ...around("patch credentials.refreshIntent", 3),
        ...around("token", 2),
      ].concat(around("patch credentials.secretVersion", 3)),
    ],
    // A write patches its record when it begins (odd numbers) and when it ends (even ones).
    writes: [
      times,
      [
        ...around("insert writes", 4),
        ...around("patch writes", 7),
        ...around("patch writes", 9),
        ...around("patch turns.fence", 5),
        ...around("send", 5),
        ...around("send", 7),
        ...around("patch writes.answer", 3),
        ...around("patch writes.answer", 4),
      ],
    ],
    turns: [...around("send", 2), ...around("patch writes.answer", 1), ...around("patch turns.fence", 2)],
    // A run is given back by the same patch that takes it (odd numbers take).
    runs: [
      times * 7,
      [
        ...around("patch runs.leaseOwner", 3),
        ...around("patch runs.leaseOwner", 4),
        // That the create was begun, and how it ended.
        ...around("insert runSteps", 2),
        ...around("patch runSteps.isBegun", 1),
        ...around("insert writes", 3),
        ...around("send", 2),
        ...around("send", 5),
        ...around("patch writes.answer", 2),
        ...around("patch schedules", 1),
        ...around("insert runs", 1),
      ],
    ],
    creates: CREATES,
    rotations: [times, [...around("patch credentials.sealedKid", 17), ...around("patch meta.sealedKid", 1)]],
    starts: [times, [...around("insert meta", 1), ...around("insert credentials", 1)]],
    atLeast,
  };
}

describe("kill -9 on the embedded store", () => killSuite("embedded", plan(22, 300), TIMEOUT_MS));
describeWithMongod("kill -9 on MongoDB", () => killSuite("mongodb", { ...plan(19, 300), database: 9 }, TIMEOUT_MS));
