import { Pool } from "undici";
import { accessTo } from "../../test/support/access.ts";
import { interleave, median, startChild, throughput } from "../measure.ts";
import { atMost, type Row, type Scenario } from "../row.ts";
import { type Setup, setUp } from "../setup.ts";

const SIZES = [10, 1_000, 100_000] as const;
const INPUT = { opportunity_id: "5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10" };

/** What a call costs, and how long the first page of the list takes, with more and more saved credentials. */
export const manyCredentials: Scenario = {
  name: "many-credentials",
  async run({ roundMs, rounds }) {
    const lever = await startChild("fake-lever");
    const upstream = `http://127.0.0.1:${lever.port}`;
    const setups = await Promise.all(SIZES.map(() => setUp(upstream)));
    for (const [index, setup] of setups.entries()) await fill(setup, SIZES[index] ?? 0);
    const contestants = Object.fromEntries(
      setups.map((setup, index) => [String(SIZES[index]), () => throughput(() => execute(setup), 16, roundMs)]),
    );
    const perSecond = await interleave(contestants, rounds);
    const costUs = (size: number) => 1e6 / (perSecond[String(size)] ?? Number.NaN);
    const rows = SIZES.slice(1).map((size) =>
      atMost(
        `cost of one call, ${size} saved credentials`,
        "10 saved",
        `${costUs(size).toFixed(0)} : ${costUs(10).toFixed(0)} µs`,
        costUs(size) / costUs(10),
        1.15,
      ),
    );
    const largest = setups.at(-1) as Setup;
    rows.push(await listing(largest));
    await Promise.all(setups.map((setup) => setup.close()));
    lever.stop();
    return rows;
  },
};

function execute({ services, credential }: Setup): Promise<unknown> {
  return services.runtime.execute({ access: accessTo("default"), operation: "retrieve_opportunity", credential, input: INPUT });
}

/** Copies of a saved credential: what is measured is finding one, not sealing. */
async function fill({ services, credential }: Setup, size: number): Promise<void> {
  const model = await services.store.get("credentials", "default", credential);
  if (!model) throw new Error("the credential is gone");
  for (let index = 1; index < size; index += 1) {
    const id = `cred_${String(index)
      .padStart(26, "a")
      .replace(/[0189]/g, (digit) => "wxyz"["0189".indexOf(digit)] ?? "a")}`;
    await services.store.insert("credentials", {
      ...model,
      id: `${id.slice(0, 31)}`,
      nickname: `copy ${index}`,
      createdAtMs: index,
    });
  }
}

async function listing({ env, services }: Setup): Promise<Row> {
  const saved = await services.store.count("credentials", "default");
  const server = await startChild("connector-server", env);
  const pool = new Pool(`http://127.0.0.1:${server.port}`);
  const times: number[] = [];
  for (let round = 0; round < 50; round += 1) {
    const started = performance.now();
    const response = await pool.request({
      method: "GET",
      path: "/api/v1/credentials",
      headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` },
    });
    const page = (await response.body.json()) as { data: unknown[] };
    if (page.data.length === 0) throw new Error("the list is empty");
    times.push(performance.now() - started);
  }
  await pool.close();
  server.stop();
  const ms = median(times);
  return atMost(`GET /api/v1/credentials, first page, ${saved} saved, ms`, "-", `${ms.toFixed(2)} ms`, ms, 20);
}
