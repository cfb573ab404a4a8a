import { Pool } from "undici";
import type { Workflow } from "../../schemas/types/index.ts";
import { accessTo } from "../../test/support/access.ts";
import { sharedMongod } from "../../test/support/mongod.ts";
import { advance } from "../../workflows/advance.ts";
import { compileWorkflow } from "../../workflows/compile.ts";
import type { RunState } from "../../workflows/types.ts";
import { interleave, latency, median, startChild, throughput } from "../measure.ts";
import { atLeast, atMost, type Row, type Scenario } from "../row.ts";
import { type Setup, setUp } from "../setup.ts";

type Steps = Workflow["steps"];

const access = accessTo("default");
const CONCURRENT = 64;
const WAITING = 10_000;
const IDLE_MS = 10_000;
const LARGE = 50;

/** What runs of workflows cost: from the call that starts one to its end, many at once, those that wait, and what is decided between two steps. */
export const workflows: Scenario = {
  name: "workflows",
  async run({ roundMs, rounds }) {
    const lever = await startChild("fake-lever");
    const upstream = `http://127.0.0.1:${lever.port}`;
    const embedded = await setUp(upstream);
    const key = Buffer.alloc(32, 7).toString("base64");
    const mongodb = await setUp(upstream, {
      MONGODB_URI: (await sharedMongod()).dbUri("bench_workflows"),
      CREDENTIALS_KEYS: `bench:${key}`,
    });
    const rows = [
      ...(await startToEnd({ embedded, mongodb }, { roundMs, rounds })),
      ...(await manyAtOnce(embedded, { roundMs, rounds })),
      ...(await waiting(upstream)),
      advancing(),
    ];
    await Promise.all([embedded.close(), mongodb.close()]);
    lever.stop();
    return rows;
  },
};

async function startToEnd(
  setups: { readonly embedded: Setup; readonly mongodb: Setup },
  { roundMs, rounds }: { roundMs: number; rounds: number },
): Promise<Row[]> {
  const reads = { embedded: await publish(setups.embedded, READS), mongodb: await publish(setups.mongodb, READS) };
  const writes = { embedded: await publish(setups.embedded, WRITE_BACK), mongodb: await publish(setups.mongodb, WRITE_BACK) };
  const servers = {
    embedded: await startChild("connector-server", setups.embedded.env),
    mongodb: await startChild("connector-server", setups.mongodb.env),
  };
  const on = (kind: "embedded" | "mongodb", workflow: string) => {
    const run = caller(servers[kind].port, setups[kind], workflow);
    return () => latency(run, roundMs);
  };
  const p50 = await interleave(
    {
      embedded: on("embedded", reads.embedded),
      mongodb: on("mongodb", reads.mongodb),
      embeddedWrites: on("embedded", writes.embedded),
      mongodbWrites: on("mongodb", writes.mongodb),
    },
    rounds,
  );
  for (const server of Object.values(servers)) server.stop();
  const row = (what: string, ms: number, target: number) =>
    atMost(`POST …/runs to the end, ${what}, median ms`, "-", `${ms.toFixed(1)} ms`, ms, target);
  return [
    row("three reads", p50.embedded, 15),
    row("three reads, MongoDB", p50.mongodb, 40),
    row("read and two tag writes", p50.embeddedWrites, 15),
    row("read and two tag writes, MongoDB", p50.mongodbWrites, 40),
  ];
}

async function manyAtOnce(setup: Setup, { roundMs, rounds }: { roundMs: number; rounds: number }): Promise<Row[]> {
  const { services } = setup;
  const [reads, writes] = [await publish(setup, READS), await publish(setup, WRITE_BACK)];
  const ends = new Map<string, () => void>();
  const off = services.events.on((event) => {
    if (event.type === "run_changed" && ENDED.has(event.status)) ends.get(event.run)?.();
  });
  services.engine.work();
  const runs = (workflow: string) => async () => {
    const { id } = await services.runs.start(access, workflow, { input: {} });
    await new Promise<void>((resolve) => {
      ends.set(id, resolve);
      // It may have ended before anybody listened.
      services.runs.get(access, id).then(({ status }) => ENDED.has(status) && resolve());
    });
    ends.delete(id);
  };
  const perSecond = await interleave(
    {
      reads: () => throughput(runs(reads), CONCURRENT, roundMs),
      writes: () => throughput(runs(writes), CONCURRENT, roundMs),
    },
    rounds,
  );
  off();
  const row = (what: string, rate: number) =>
    atLeast(`${what}, one process, ${CONCURRENT} at once`, "-", `${rate.toFixed(0)} runs/s`, rate, 250);
  return [row("runs of three reads", perSecond.reads), row("runs of a read and two tag writes", perSecond.writes)];
}

/** What a server that has nothing else to do costs more where this many runs wait. */
async function waiting(upstream: string): Promise<Row[]> {
  const [none, many] = [await setUp(upstream), await setUp(upstream)];
  const id = await publish(many, [{ id: "pause", title: "Pause", kind: "wait", for: "12h" }]);
  many.services.engine.work();
  for (let at = 0; at < WAITING; at += CONCURRENT) {
    const count = Math.min(CONCURRENT, WAITING - at);
    await Promise.all(Array.from({ length: count }, () => many.services.runs.start(access, id, { input: {} })));
  }
  while ((await many.services.store.count("runs", "default", { queue: "timed" })) < WAITING)
    await new Promise((resolve) => setTimeout(resolve, 100));
  const used = { none: await idle(none), many: await idle(many) };
  await Promise.all([none.close(), many.close()]);
  const mb = used.many.rssMb - used.none.rssMb;
  const share = (used.many.cpuMs - used.none.cpuMs) / IDLE_MS;
  return [
    atMost(
      `memory of ${WAITING} runs that wait, MB`,
      "a server without any",
      `${used.many.rssMb.toFixed(0)} : ${used.none.rssMb.toFixed(0)} MB`,
      mb,
      20,
    ),
    atMost(
      `processor time of ${WAITING} runs that wait, per cent of a core`,
      "a server without any",
      `${used.many.cpuMs.toFixed(0)} : ${used.none.cpuMs.toFixed(0)} ms in ${IDLE_MS / 1000} s`,
      100 * share,
      1,
    ),
  ];
}

async function idle({ env }: Setup): Promise<{ rssMb: number; cpuMs: number }> {
  const server = await startChild("connector-server", env);
  const usage = () =>
    new Promise<{ rssMb: number; cpuMs: number }>((resolve) => {
      server.child.once("message", (message) => resolve(message as { rssMb: number; cpuMs: number }));
      server.child.send("usage");
    });
  // What the start needed is given back, and its first looks at the store are over.
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const before = await usage();
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const after = await usage();
  server.stop();
  return { rssMb: after.rssMb, cpuMs: after.cpuMs - before.cpuMs };
}

/** What comes next in a definition of fifty steps, of which all but the last have ended. */
function advancing(): Row {
  const steps = Array.from({ length: LARGE }, (_, index) => ({
    ...{ id: `s${index}`, title: `Step ${index}`, kind: "operation", connector: "lever", credential: "bench" },
    ...{
      operation: "retrieve_opportunity",
      input: { opportunity_id: index === 0 ? ID : `{{ steps.s${index - 1}.output.data.id }}` },
    },
  })) as Steps;
  const input = { type: "object", properties: { opportunity_id: { type: "string" } } };
  const workflow = compileWorkflow({ name: "large", title: "Large", trigger: { type: "api" }, steps }, () => input);
  const endedAt = "2026-01-01T00:00:00.000Z";
  const done = { status: "succeeded", output: { data: { id: ID } }, endedAt } as const;
  const state: RunState = {
    trigger: { input: {} },
    run: { id: "run_bench", startedAt: endedAt, workflow: "large", version: 1, owner: null },
    results: Object.fromEntries(steps.slice(0, -1).map(({ id }) => [id, done])),
  };
  const times: number[] = [];
  for (let round = 0; round < 2000; round += 1) {
    const started = performance.now();
    if (advance(workflow, state).type === "end") throw new Error("there is a step left");
    times.push(performance.now() - started);
  }
  const ms = median(times);
  return atMost(`advance, ${LARGE} steps, median ms`, "-", `${ms.toFixed(3)} ms`, ms, 1);
}

const ENDED = new Set(["succeeded", "failed", "cancelled", "needs_attention"]);
const ID = "5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10";
const at = { kind: "operation", connector: "lever", credential: "bench" } as const;
const USER = "9a2e4c60-7b1d-4f0e-8c35-2d6f1b0a4e77";

const read = (id: string, from: string) =>
  ({ id, title: id, ...at, operation: "retrieve_opportunity", input: { opportunity_id: from } }) as const;
const tag = (id: string, operation: string, tag: string) =>
  ({
    ...{ id, title: id, ...at, operation },
    input: { opportunity_id: "{{ steps.find.output.data.id }}", tags: [tag], perform_as: USER },
  }) as const;

const READS: Steps = [
  read("find", ID),
  read("again", "{{ steps.find.output.data.id }}"),
  read("last", "{{ steps.again.output.data.id }}"),
];
const WRITE_BACK: Steps = [
  read("find", ID),
  tag("clean", "remove_opportunity_tags", "Needs Review"),
  tag("tag", "add_opportunity_tags", "Verified"),
];
let names = 0;

async function publish({ services }: Setup, steps: Steps): Promise<string> {
  names += 1;
  const definition = { name: `bench-${names}`, title: "Bench", trigger: { type: "api", input: {} }, steps } as const;
  const { id } = await services.workflows.create(access, definition);
  await services.workflows.publish(access, id);
  return id;
}

/** Starts a run by HTTP, and comes back when the server says that it has ended. */
function caller(port: number, { env }: Setup, workflow: string): () => Promise<void> {
  const pool = new Pool(`http://127.0.0.1:${port}`);
  const headers = { "content-type": "application/json", authorization: `Bearer ${env.ADMIN_TOKEN}` };
  return async () => {
    const started = await pool.request({ method: "POST", path: `/api/v1/workflows/${workflow}/runs`, headers, body: "{}" });
    const run = (await started.body.json()) as { id: string };
    if (started.statusCode !== 202) throw new Error(`starting was answered ${started.statusCode}: ${JSON.stringify(run)}`);
    const followed = await pool.request({ method: "GET", path: `/api/v1/runs/${run.id}/events`, headers });
    const text = await followed.body.text();
    if (!text.includes('"status":"succeeded"')) throw new Error(`the run did not succeed: ${text}`);
  };
}
