import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "@jest/globals";
import { describeWithMongod } from "../../support/describe-with-mongod.ts";
import { sharedMongod } from "../../support/mongod.ts";
import { openRefreshStage, type RefreshStage } from "./refresh-scenarios.ts";
import { type Build, buildChild, openWorkers, type Worker, type Workers } from "./workers.ts";

/** What a suite works with; functions, because all of it is there only while tests run. */
export interface Refreshing {
  readonly open: () => RefreshStage;
  /** A service that gives the previous refresh token a grace. */
  readonly openKind: () => RefreshStage;
  /** Eight processes, shared by all tests of the file. */
  readonly eight: () => readonly Worker[];
  /** One process more, to be killed or stopped. */
  readonly take: () => Worker;
}

const GRACE_MS = 60_000;

/** Describes the same suite on the embedded store and on MongoDB. `name` keeps the databases of two files apart. */
export function describeRefreshing(title: string, name: string, suite: (refreshing: Refreshing) => void): void {
  let build: Build;
  let pool: Workers;
  let eight: Worker[];
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "faults-refresh-"));
    build = buildChild();
    pool = openWorkers("mongodb", build);
    eight = Array.from({ length: 8 }, () => pool.launch());
    await Promise.all(eight.map(({ ready }) => ready));
  }, 60_000);
  afterAll(async () => {
    await pool.close();
    build.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  function body(place: (kind: "strict" | "grace") => Promise<Parameters<typeof openRefreshStage>[0]>): void {
    let stage: RefreshStage;
    let kind: RefreshStage;
    beforeAll(async () => {
      stage = await openRefreshStage(await place("strict"), eight);
      kind = await openRefreshStage(await place("grace"), eight, GRACE_MS);
    });
    afterAll(() => Promise.all([stage.close(), kind.close()]));
    suite({ open: () => stage, openKind: () => kind, eight: () => eight, take: () => pool.take() });
  }

  describe(`${title}, on the embedded store`, () => {
    body(async (kind) => ({ dataDir: join(folder, kind) }));
  });
  describeWithMongod(`${title}, on MongoDB`, () => {
    body(async (kind) => ({ mongodbUri: (await sharedMongod()).dbUri(`${name}_${kind}_${process.pid}`) }));
  });
}
