import axios from "axios";
import { Pool } from "undici";
import { accessTo } from "../../test/support/access.ts";
import { interleave, latency, startChild, throughput } from "../measure.ts";
import { atLeast, atMost, type Scenario } from "../row.ts";
import { setUp } from "../setup.ts";

const CONCURRENT = 16;
const ID = "5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10";

/** `execute` in this process against what people would write by hand, all on the same fake server. */
export const inProcess: Scenario = {
  name: "in-process",
  async run({ roundMs, rounds }) {
    const lever = await startChild("fake-lever");
    const upstream = `http://127.0.0.1:${lever.port}`;
    const setup = await setUp(upstream);
    const pool = new Pool(upstream, { connections: 64 });
    const headers = { authorization: "Basic YmVuY2gta2V5Og==" };
    const path = `/v1/opportunities/${ID}`;
    const call = {
      access: accessTo("default"),
      operation: "retrieve_opportunity",
      credential: setup.credential,
      input: { opportunity_id: ID },
    };
    const calls = {
      execute: () => setup.services.runtime.execute(call),
      undici: async () => JSON.parse(await (await pool.request({ method: "GET", path, headers })).body.text()),
      fetch: async () => (await fetch(upstream + path, { headers })).json(),
      axios: async () => (await axios.get(upstream + path, { headers })).data,
    };
    const perSecond = await interleave(
      {
        execute: () => throughput(calls.execute, CONCURRENT, roundMs),
        undici: () => throughput(calls.undici, CONCURRENT, roundMs),
        fetch: () => throughput(calls.fetch, CONCURRENT, roundMs),
        axios: () => throughput(calls.axios, CONCURRENT, roundMs),
      },
      rounds,
    );
    const p50 = await interleave(
      { execute: () => latency(calls.execute, roundMs), undici: () => latency(calls.undici, roundMs) },
      rounds,
    );
    await Promise.all([pool.close(), setup.close()]);
    lever.stop();
    const what = "execute(retrieve_opportunity) in process, 16 concurrent, 1.9 kB";
    const against = (name: "undici" | "fetch" | "axios", title: string, target: number) =>
      atLeast(
        what,
        title,
        `${perSecond.execute.toFixed(0)} : ${perSecond[name].toFixed(0)} calls/s`,
        perSecond.execute / perSecond[name],
        target,
      );
    return [
      against("undici", "bare undici Pool.request + JSON.parse", 0.55),
      against("fetch", "built-in fetch", 2),
      against("axios", "axios", 3),
      atMost(
        "execute(retrieve_opportunity) in process, 1 concurrent, median added ms",
        "bare undici Pool.request + JSON.parse",
        `${p50.execute.toFixed(3)} : ${p50.undici.toFixed(3)} ms`,
        p50.execute - p50.undici,
        0.15,
      ),
    ];
  },
};
