import { Pool } from "undici";
import { sharedMongod } from "../../test/support/mongod.ts";
import { interleave, latency, startChild, throughput } from "../measure.ts";
import { atLeast, atMost, type Scenario } from "../row.ts";
import { type Setup, setUp } from "../setup.ts";

const CONCURRENT = 16;
const INPUT = { opportunity_id: "5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10" };

/** The HTTP route against a bare Express route that makes the same call, and on MongoDB against the embedded store. Each server is a process of its own. */
export const httpRoute: Scenario = {
  name: "http-route",
  async run({ roundMs, rounds }) {
    const lever = await startChild("fake-lever");
    const upstream = `http://127.0.0.1:${lever.port}`;
    const mongod = await sharedMongod();
    const embedded = await setUp(upstream);
    const key = Buffer.alloc(32, 7).toString("base64");
    const mongo = await setUp(upstream, { MONGODB_URI: mongod.dbUri("bench"), CREDENTIALS_KEYS: `bench:${key}` });
    const servers = {
      bare: await startChild("bare-route", { UPSTREAM: upstream }),
      embedded: await startChild("connector-server", embedded.env),
      mongo: await startChild("connector-server", mongo.env),
    };
    const bare = caller(servers.bare.port, "/retrieve", { input: INPUT });
    const onEmbedded = caller(servers.embedded.port, ROUTE, { credential: embedded.credential, input: INPUT }, embedded);
    const onMongo = caller(servers.mongo.port, ROUTE, { credential: mongo.credential, input: INPUT }, mongo);
    const perSecond = await interleave(
      {
        bare: () => throughput(bare, CONCURRENT, roundMs),
        embedded: () => throughput(onEmbedded, CONCURRENT, roundMs),
        mongo: () => throughput(onMongo, CONCURRENT, roundMs),
      },
      rounds,
    );
    const p50 = await interleave({ bare: () => latency(bare, roundMs), embedded: () => latency(onEmbedded, roundMs) }, rounds);
    for (const server of Object.values(servers)) server.stop();
    await Promise.all([embedded.close(), mongo.close()]);
    lever.stop();

    const what = `POST ${ROUTE}`;
    const rate = (name: keyof typeof perSecond) => perSecond[name].toFixed(0);
    return [
      atLeast(
        `${what}, 16 concurrent`,
        "bare Express 5 route, same call",
        `${rate("embedded")} : ${rate("bare")} calls/s`,
        perSecond.embedded / perSecond.bare,
        0.6,
      ),
      atMost(
        `${what}, 1 concurrent, median added ms`,
        "bare Express 5 route",
        `${p50.embedded.toFixed(2)} : ${p50.bare.toFixed(2)} ms`,
        p50.embedded - p50.bare,
        3,
      ),
      atLeast(
        `${what}, MongoDB, 16 concurrent`,
        "embedded store",
        `${rate("mongo")} : ${rate("embedded")} calls/s`,
        perSecond.mongo / perSecond.embedded,
        0.55,
      ),
    ];
  },
};

const ROUTE = "/api/v1/operations/retrieve_opportunity";

function caller(port: number, path: string, content: unknown, setup?: Setup): () => Promise<void> {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 64 });
  const headers = { "content-type": "application/json", authorization: `Bearer ${setup?.env.ADMIN_TOKEN ?? ""}` };
  const body = JSON.stringify(content);
  return async () => {
    const response = await pool.request({ method: "POST", path, headers, body });
    const text = await response.body.text();
    if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}: ${text}`);
  };
}
