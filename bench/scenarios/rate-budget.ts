import { once } from "node:events";
import { startPlayground } from "../../playground/index.ts";
import { forkChild } from "../measure.ts";
import { atLeast, atMost, type Row, type Scenario } from "../row.ts";
import { setUp } from "../setup.ts";

const CALLS = 300;
const PER_SECOND = 10;
const BURST = 20;

/** 300 calls through a bucket that the playground enforces, by one process and by four on one store. */
export const rateBudget: Scenario = {
  name: "rate-budget",
  async run() {
    return [...(await measure(1)), ...(await measure(4))];
  },
};

async function measure(processes: number): Promise<Row[]> {
  const running = await startPlayground({ port: 0, opportunities: 50, rateLimit: { perSecond: PER_SECOND, burst: BURST } });
  const rateLimit = { perSecond: PER_SECOND, burst: BURST, reserve: 1, scope: "credential" };
  const setup = await setUp(running.url, {}, { apiKey: "playground", rateLimit });
  const children = Array.from({ length: processes }, () =>
    forkChild("caller", [setup.credential, String(CALLS / processes)], setup.env),
  );
  await Promise.all(children.map((child) => once(child, "message")));
  // A full bucket for everybody: opening services makes no call.
  const started = performance.now();
  for (const child of children) child.send("go");
  await Promise.all(children.map((child) => once(child, "message")));
  const seconds = (performance.now() - started) / 1000;
  const seen = running.playground.requests.report(1000).data;
  const throttled = seen.filter(({ status }) => status === 429).length;
  for (const child of children) child.disconnect();
  await setup.close();
  await running.close();
  const ideal = (CALLS - BURST) / PER_SECOND;
  const what = `${CALLS} calls under the enforced ${PER_SECOND}/${BURST} bucket, ${processes} process${processes > 1 ? "es" : ""}`;
  return [
    atLeast(what, "the bucket's own capacity", `${seconds.toFixed(2)} s, at best ${ideal.toFixed(2)} s`, ideal / seconds, 0.97),
    atMost(`${what}, answered 429`, "-", `${throttled} of ${seen.length}`, throttled, 0),
  ];
}
