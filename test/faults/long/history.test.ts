import { randomBytes } from "node:crypto";
import { expect, it } from "@jest/globals";
import mongoose from "mongoose";
import type { Run, Workflow } from "../../../schemas/types/index.ts";
import { Secret } from "../../../sealing/secret.ts";
import type { StoredDocument, Where } from "../../../store/document-store.ts";
import { documentsFile } from "../../../store/embedded.ts";
import { openStore } from "../../../store/index.ts";
import { toFilter, toMongoSort } from "../../../store/mongo-query.ts";
import { afterRuns, planQuery, toTerms } from "../../../store/query-plan.ts";
import { toSelect } from "../../../store/sql-text.ts";
import { openSqlite } from "../../../store/sqlite.ts";
import { startTestServer, type TestServer } from "../../server/start.ts";
import { accessTo } from "../../support/access.ts";
import { describeWithMongod } from "../../support/describe-with-mongod.ts";
import { sharedMongod } from "../../support/mongod.ts";
import { until } from "../../support/until.ts";

const RUNS = 10_000;
/** As many as a definition may have (schemas/platform/workflow.json). */
const STEPS = 100;
/** As many outcomes of items as a step shows. */
const ITEMS = 1_000;
const ROUNDS = 31;

const access = accessTo("default");
const median = (figures: readonly number[]) => [...figures].sort((a, b) => a - b)[figures.length >> 1] as number;

it("of the embedded store is read by its indexes, a deep page as fast as the first", () => readsHistory({}), 600_000);
describeWithMongod("the history on MongoDB", () => {
  it("is read by its indexes, a deep page as fast as the first", async () => {
    const uri = (await sharedMongod()).dbUri(`history_${process.pid}`);
    await readsHistory({ MONGODB_URI: uri, CREDENTIALS_KEYS: `k:${randomBytes(32).toString("base64")}` });
  }, 600_000);
});

async function readsHistory(env: Record<string, string>): Promise<void> {
  const server = await startTestServer({ env });
  try {
    const { workflow, run } = await longRun(server);
    await fill(server, env, run.id);
    const { runs } = server.services;
    const filters = [{}, { workflow }, { status: "failed" }, { workflow, status: "failed" }] as const;
    for (const filter of filters) {
      const pages = await allPages((cursor) => runs.list(access, { ...filter, limit: 100, cursor }));
      const expected = "status" in filter ? RUNS / 2 : RUNS + 1;
      expect(pages.reduce((sum, { length }) => sum + length, 0)).toBe(expected);
      const deep = pages.cursors.at(-3);
      const times = { first: [] as number[], deep: [] as number[] };
      for (let round = 0; round < ROUNDS; round += 1) {
        times.first.push(await ms(() => runs.list(access, { ...filter, limit: 100 })));
        times.deep.push(await ms(() => runs.list(access, { ...filter, limit: 100, cursor: deep })));
      }
      say(env, `page ${JSON.stringify(Object.keys(filter))}`, median(times.first), median(times.deep));
      expect(median(times.deep)).toBeLessThan(2 * median(times.first) + 5);
      await assertByIndex(server, env, filter);
    }
    const shown = await runs.get(access, run.id);
    expect([shown.steps.length, shown.steps[0]?.outcomes?.length]).toEqual([STEPS, ITEMS]);
    const figures: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) figures.push(await ms(() => runs.get(access, run.id)));
    say(env, `a run of ${STEPS} steps and ${ITEMS} items`, median(figures));
    expect(median(figures)).toBeLessThan(250);
  } finally {
    await server.close();
  }
}

/** A run of as many steps as there may be, one of them over as many items as are shown. Nothing is sent. */
async function longRun({ services }: TestServer): Promise<{ workflow: string; run: Run }> {
  const auth = { type: "api_key", apiKey: new Secret("playground") } as const;
  await services.credentials.create(access, { nickname: "main", environment: "playground", auth });
  const step = { kind: "operation", connector: "lever", operation: "add_opportunity_tags", credential: "main" } as const;
  const input = { opportunity_id: "{{ item }}", tags: ["never"], perform_as: "u" };
  const steps = Array.from({ length: STEPS }, (_none, at) => ({
    ...{ id: `s${at}`, title: `Step ${at}`, ...step, input },
    forEach: { items: at === 0 ? "{{ trigger.input.items }}" : "{{ trigger.input.few }}" },
    when: { all: [{ value: "{{ item }}", equals: "none of them" }] },
  })) as Workflow["steps"];
  const list = { type: "array", items: { type: "string", "x-id": "opportunity" } };
  const trigger = { type: "api", input: { type: "object", required: ["items", "few"], properties: { items: list, few: list } } };
  const { id: workflow } = await services.workflows.create(access, {
    ...{ name: "long", title: "Long", trigger: trigger as Workflow["trigger"], steps },
  });
  await services.workflows.publish(access, workflow);
  const items = Array.from({ length: ITEMS }, (_none, at) => `item-${at}`);
  const { id } = await services.runs.start(access, workflow, { input: { items, few: ["item"] } });
  await until(async () => (await services.runs.get(access, id)).status === "succeeded", 120_000);
  return { workflow, run: await services.runs.get(access, id) };
}

/** As if it had run so often before, every other time in vain. */
async function fill({ dataDir }: TestServer, { MONGODB_URI }: Record<string, string>, model: string): Promise<void> {
  const store = openStore(MONGODB_URI === undefined ? { dataDir } : { mongodbUri: MONGODB_URI });
  try {
    const { version: _version, ...document } = (await store.get("runs", "default", model)) as StoredDocument;
    for (let at = 0; at < RUNS; at += 100)
      await Promise.all(
        Array.from({ length: 100 }, (_none, one) => {
          const number = at + one;
          const more = {
            status: number % 2 === 0 ? "failed" : "succeeded",
            createdAtMs: Number(document.createdAtMs) - 1_000 * (number + 1),
          };
          return store.insert("runs", {
            ...document,
            ...more,
            id: `run_${String(number).padStart(26, "0")}`,
            project: "default",
          });
        }),
      );
  } finally {
    await store.dispose();
  }
}

/** What the store is asked for a page in the middle of the list touches no more than the page, and sorts nothing. */
async function assertByIndex({ dataDir }: TestServer, env: Record<string, string>, where: Where): Promise<void> {
  const terms = toTerms("runs", "default", where);
  const plan = planQuery("runs", terms, ["-createdAtMs"]);
  const after = { createdAtMs: Date.now() - 5_000_000, id: "run_x" };
  for (const run of [...afterRuns("runs", plan, undefined), ...afterRuns("runs", plan, after)]) {
    if (env.MONGODB_URI === undefined) {
      const database = openSqlite({ file: documentsFile(dataDir), synchronous: "OFF", busyTimeoutMs: 5_000 });
      const { text, params } = toSelect("runs", plan, [...terms, ...run], Date.now());
      const steps = database.all(`EXPLAIN QUERY PLAN SELECT t.doc ${text} LIMIT 101`, params).map((row) => String(row[3]));
      database.close();
      expect(steps).toEqual([expect.stringContaining(`SEARCH t USING INDEX runs_${plan.index.name} (`)]);
    } else {
      const connection = await mongoose.createConnection(env.MONGODB_URI).asPromise();
      const query = connection
        .collection("runs")
        .find(toFilter([...terms, ...run]))
        .sort(toMongoSort(plan));
      const { queryPlanner, executionStats } = await query.hint(plan.index.name).limit(101).explain("executionStats");
      await connection.close();
      expect(JSON.stringify(queryPlanner.winningPlan)).not.toMatch(/COLLSCAN|"SORT"/);
      expect(executionStats.totalKeysExamined).toBeLessThanOrEqual(102);
    }
  }
}

type Listed = Promise<{ readonly data: readonly unknown[]; readonly next?: string }>;

async function allPages(list: (cursor: string | undefined) => Listed) {
  const pages: (readonly unknown[])[] = [];
  const cursors: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const { data, next } = await list(cursor);
    pages.push(data);
    if (next === undefined) return Object.assign(pages, { cursors });
    cursors.push(next);
    cursor = next;
  }
}

async function ms(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

function say({ MONGODB_URI }: Record<string, string>, what: string, ...figures: number[]): void {
  const store = MONGODB_URI === undefined ? "embedded" : "MongoDB";
  process.stderr.write(`history, ${store}, ${what}: ${figures.map((figure) => figure.toFixed(1)).join(" : ")} ms\n`);
}
