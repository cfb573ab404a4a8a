import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { playgroundEnvironment, startPlayground } from "../../../playground/index.ts";
import { confidentialityOf } from "../../../playground/world.ts";
import type { Run, Workflow } from "../../../schemas/types/index.ts";
import { startTestServer } from "../../server/start.ts";
import { createLoadStage, LOAD_ADMIN } from "../support/load-stage.ts";

type Steps = Workflow["steps"];

const cleanUps: Array<() => unknown> = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const median = (figures: readonly number[]) => [...figures].sort((a, b) => a - b)[figures.length >> 1] as number;
const read = (opportunity: string): Steps => [
  {
    ...{
      id: "read",
      title: "Read",
      kind: "operation",
      connector: "lever",
      operation: "retrieve_opportunity",
      credential: "main",
    },
    input: { opportunity_id: opportunity },
  },
];

/** `OPPORTUNITIES=20000` takes some minutes more. */
const COUNT = Number(process.env.OPPORTUNITIES ?? 4_000);

describe(`a step for each of ${COUNT.toLocaleString("en")} opportunities`, () => {
  it("tags each once, although its process is killed and stopped meanwhile, in memory that does not grow", async () => {
    const stage = await createLoadStage({}, COUNT);
    cleanUps.push(() => stage.close());
    await stage.start();
    const { world, ledger } = stage.lever.playground;
    const user = world.users.rows.find(({ deactivatedAt }) => deactivatedAt === null)?.id;

    async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
      const headers = { authorization: `Bearer ${LOAD_ADMIN}`, "content-type": "application/json" };
      const answer = await fetch(`${stage.url}/api/v1${path}`, {
        method,
        headers,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
      return (await answer.json()) as T;
    }

    await api("POST", "/credentials", {
      ...{ connector: "lever", nickname: "main", environment: "playground", defaultPerformAs: user },
      auth: { type: "api_key", apiKey: "playground" },
    });
    const sweep = {
      ...{ id: "sweep", title: "Sweep", kind: "operation", connector: "lever", credential: "main" },
      ...{ operation: "add_opportunity_tags", input: { opportunity_id: "{{ item.id }}", tags: ["swept"] } },
      forEach: { connector: "lever", operation: "list_opportunities", credential: "main", input: { limit: 100 }, concurrency: 8 },
    };
    const definition = { name: "sweep", title: "Sweep", trigger: { type: "api", input: {} }, steps: [sweep] };
    const { id } = await api<{ id: string }>("POST", "/workflows", definition);
    await api("POST", `/workflows/${id}/publish`);
    const started = await api<Run>("POST", `/workflows/${id}/runs`, {});

    // A key that was not given them does not see confidential ones.
    const listed = world.opportunities.rows.filter((one) => confidentialityOf(one) !== "confidential").length;
    const added = new Map<string, number>();
    let seen = 0;
    /** The playground keeps its last effects alone. */
    function count(): number {
      for (const effect of ledger.since(seen)) {
        seen = Math.max(seen, effect.seq);
        if (effect.changed?.includes("swept"))
          added.set(String(effect.opportunityId), (added.get(String(effect.opportunityId)) ?? 0) + 1);
      }
      return added.size;
    }
    async function until(share: number): Promise<void> {
      while (count() < share * COUNT) await sleep(100);
    }

    await until(0.2);
    await stage.stop("SIGKILL");
    await stage.start();
    await until(0.4);
    expect((await stage.stop("SIGTERM")).code).toBe(0);
    await stage.start();
    await until(0.55);
    const half = await stage.held();
    await until(0.95);
    const whole = await stage.held();
    let run = started;
    for (; run.status === "queued" || run.status === "running"; run = await api<Run>("GET", `/runs/${started.id}`)) {
      count();
      await sleep(500);
    }
    count();
    expect(run).toMatchObject({ status: "succeeded", steps: [{ items: { succeeded: listed, failed: 0, skipped: 0 } }] });
    expect([added.size, Math.max(...added.values())]).toEqual([listed, 1]);
    expect(whole.heapMb).toBeLessThan(half.heapMb * 1.1 + 8);
    expect(stage.complaints()).toEqual([]);
  }, 900_000);
});

describe("5,000 runs on one credential", () => {
  const QUEUED = 5_000;

  it("do not hold up another project's run, and are listed page by page as fast as few", async () => {
    const lever = await startPlayground({ port: 0, opportunities: 30, rateLimit: false });
    const folder = mkdtempSync(join(tmpdir(), "runs-"));
    const place = playgroundEnvironment(lever.url);
    const quick = { perSecond: 1_000, burst: 1_000, scope: "credential" };
    const environments = join(folder, "environments.json");
    writeFileSync(environments, JSON.stringify({ quick: { ...place, rateLimit: quick }, limited: place }));
    const server = await startTestServer({ env: { PLAYGROUND: "off", ENVIRONMENTS_FILE: environments } });
    cleanUps.push(
      () => rmSync(folder, { recursive: true, force: true }),
      () => lever.close(),
      () => server.close(),
    );
    const [opportunity] = lever.playground.world.opportunities.rows.map(({ id }) => id);
    const open = async (name: string, environment: string) => {
      const { key } = await server.project(name, ["admin"]);
      const call = (method: string, path: string, body?: unknown) => server.call(method, `/api/v1${path}`, { key, body });
      const apiKey = { type: "api_key", apiKey: "playground" };
      expect(
        (await call("POST", "/credentials", { connector: "lever", nickname: "main", environment, auth: apiKey })).status,
      ).toBe(201);
      const definition = { name: "read", title: "Read", trigger: { type: "api", input: {} }, steps: read(String(opportunity)) };
      const { id } = (await call("POST", "/workflows", definition)).body;
      expect((await call("POST", `/workflows/${id}/publish`)).status).toBe(200);
      return { call, start: async () => (await call("POST", `/workflows/${id}/runs`, {})).body as Run };
    };
    const [busy, other] = [await open("busy", "limited"), await open("other", "quick")];

    /** From its start to its end, in milliseconds. */
    async function time(): Promise<number> {
      const startedAtMs = performance.now();
      const { id } = await other.start();
      for (;;) {
        const { status } = (await other.call("GET", `/runs/${id}`)).body as Run;
        if (status === "succeeded") return performance.now() - startedAtMs;
        if (status !== "queued" && status !== "running" && status !== "waiting") throw new Error(`it came to be ${status}`);
        await sleep(2);
      }
    }
    async function times(): Promise<number> {
      const figures: number[] = [];
      for (let round = 0; round < 41; round += 1) figures.push(await time());
      return median(figures);
    }

    const alone = await times();
    for (let at = 0; at < QUEUED; at += 50) await Promise.all(Array.from({ length: 50 }, () => busy.start()));
    const beside = await times();
    process.stderr.write(`runs: ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside ${QUEUED} queued ones\n`);
    expect(beside - alone).toBeLessThan(100);

    const pageMs: number[] = [];
    let listed = 0;
    for (let after: string | undefined; ; ) {
      const startedAtMs = performance.now();
      const page = (await busy.call("GET", `/runs?limit=100${after ? `&cursor=${encodeURIComponent(after)}` : ""}`)).body;
      pageMs.push(performance.now() - startedAtMs);
      listed += page.data.length;
      after = page.next ?? undefined;
      if (after === undefined) break;
    }
    expect(listed).toBe(QUEUED);
    expect(median(pageMs.slice(-10))).toBeLessThan(3 * median(pageMs.slice(0, 10)) + 20);
  }, 600_000);
});
