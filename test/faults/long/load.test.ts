import { setMaxListeners } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { Agent } from "undici";
import { createLoadStage, LOAD_ADMIN, type LoadStage } from "../support/load-stage.ts";
import { addFaults, createTraffic } from "../support/load-traffic.ts";
import { grown, type Sample, takeSample } from "../support/load-verdict.ts";

let stage: LoadStage | undefined;
afterEach(() => stage?.close());

const headers = { authorization: `Bearer ${LOAD_ADMIN}`, "content-type": "application/json" };

describe("200 callers with mixed traffic and a Lever that fails now and then", () => {
  it("make nothing grow in a minute, and lose nothing by SIGTERM in the middle", async () => {
    stage = await createLoadStage();
    await stage.start();
    const traffic = await createTraffic(stage);
    addFaults(stage);
    const samples: Sample[] = [];
    for (const seconds of [15, 20, 25]) {
      traffic.go(200);
      await sleep(seconds * 1000);
      await traffic.pause();
      await sleep(1_000);
      samples.push(await takeSample(stage, traffic));
    }
    const [, middle, last] = samples as [Sample, Sample, Sample];
    expect(grown(middle, last)).toEqual([]);
    expect(traffic.wrong).toEqual([]);
    expect(last.calls).toBeGreaterThan(2_000);

    traffic.go(200);
    await sleep(3_000);
    traffic.expectStop();
    const stopped = await stage.stop("SIGTERM");
    await traffic.pause();
    expect(stopped.code).toBe(0);
    expect(stopped.ms).toBeLessThan(10_000);
    expect(traffic.wrong).toEqual([]);
    await stage.start();
    expect(await traffic.lost()).toEqual([]);
    expect(stage.complaints()).toEqual([]);
  });
});

describe("more callers than can be served", () => {
  it("are told to come again at once, others are served meanwhile, and nothing stays behind", async () => {
    stage = await createLoadStage();
    await stage.start();
    const { url, lever } = stage;
    await createTraffic(stage);
    const before = await stage.held();
    // What is accepted takes long: nobody gets a free place by waiting a little.
    lever.playground.faults.add([{ match: { pathPattern: "stages" }, action: { kind: "delay", delayBeforeMs: 8_000 } }]);
    const flood = new Agent({ connections: 4_000, pipelining: 1 });
    const giveUp = new AbortController();
    setMaxListeners(0, giveUp.signal);
    const call = (credential: string) =>
      flood
        .request({
          origin: url,
          path: "/api/v1/operations/list_stages",
          method: "POST",
          headers,
          body: JSON.stringify({ credential, input: {} }),
          signal: giveUp.signal,
        })
        .then(async (answer) => ({
          status: answer.statusCode,
          retryAfter: answer.headers["retry-after"],
          body: (await answer.body.json()) as { code?: string },
        }))
        .catch(() => undefined);
    // One credential lets 600 wait for Lever's ten a second; the rest hears of it without waiting. The longer a busy machine takes to send
    // them all, the more of them find a place after all.
    const answered: Array<Awaited<ReturnType<typeof call>>> = [];
    for (let n = 0; n < 1_500; n += 1) void call("limited").then((answer) => answered.push(answer));
    const refused = await soon(400, () => answered.filter((answer) => answer?.status === 429));
    expect(refused.length).toBeGreaterThan(400);
    expect(new Set(refused.map((answer) => answer?.body.code))).toEqual(new Set(["rate_limited"]));
    expect(refused.every((answer) => Number(answer?.retryAfter) > 0)).toBe(true);
    const startedAt = performance.now();
    expect((await fetch(`${url}/api/v1/credentials`, { headers })).status).toBe(200);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    // A second credential fills the places that are left.
    answered.length = 0;
    for (let n = 0; n < 2_200; n += 1) void call("main").then((answer) => answered.push(answer));
    const shed = await soon(500, () => answered.filter((answer) => answer?.body.code === "too_many_requests"));
    expect(shed.length).toBeGreaterThan(500);
    expect(shed.every((answer) => answer?.status === 429 && Number(answer.retryAfter) > 0)).toBe(true);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    giveUp.abort();
    await flood.destroy();
    await sleep(3_000);
    expect((await fetch(`${url}/api/v1/credentials`, { headers })).status).toBe(200);
    const after = await stage.held();
    expect(after.heapMb).toBeLessThan(before.heapMb + 15);
    expect(after.rssMb).toBeLessThan(400);
    expect(after.descriptors).toBeLessThan(before.descriptors + 200);
    expect(stage.complaints()).toEqual([]);
  });
});

describe("1,000 idle connections and 200 that send their headers slowly", () => {
  it("do not keep 60 readers waiting, and the slow ones are cut after about 10 s", async () => {
    stage = await createLoadStage();
    await stage.start();
    await createTraffic(stage);
    const alone = await readFor(stage.url, 5_000);
    const idle = await Promise.all(Array.from({ length: 1_000 }, () => open(stage as LoadStage, "")));
    const slow = await Promise.all(
      Array.from({ length: 200 }, () => open(stage as LoadStage, "GET /healthz HTTP/1.1\r\nhost: x\r\n")),
    );
    const dripping = setInterval(() => {
      for (const { socket } of slow) if (!socket.destroyed) socket.write("x-slow: 1\r\n");
    }, 1_000);
    const among = await readFor(stage.url, 14_000);
    clearInterval(dripping);
    const cutAfterMs = slow.map(({ closedAfterMs }) => closedAfterMs() ?? Number.POSITIVE_INFINITY);
    for (const { socket } of [...idle, ...slow]) socket.destroy();
    expect(among.failed).toBe(0);
    expect(among.p99Ms).toBeLessThan(2 * alone.p99Ms + 100);
    expect(Math.min(...cutAfterMs)).toBeGreaterThan(8_000);
    expect(Math.max(...cutAfterMs)).toBeLessThan(13_500);
    await sleep(500);
    expect((await stage.held()).descriptors).toBeLessThan(300);
    expect(stage.complaints()).toEqual([]);
  });
});

/** Looks until there are more than `count`, as long as a machine may need that runs other tests as well: thousands of calls are sent by this process too. */
async function soon<T>(count: number, look: () => T[]): Promise<T[]> {
  const until = performance.now() + 30_000;
  while (look().length <= count && performance.now() < until) await sleep(100);
  return look();
}

/** 60 readers, one call after the other. */
async function readFor(url: string, ms: number): Promise<{ p99Ms: number; failed: number }> {
  const agent = new Agent({ connections: 60, pipelining: 1 });
  const times: number[] = [];
  let failed = 0;
  const until = performance.now() + ms;
  await Promise.all(
    Array.from({ length: 60 }, async () => {
      while (performance.now() < until) {
        const startedAt = performance.now();
        const body = JSON.stringify({ credential: "main", input: {} });
        const answer = await agent.request({
          origin: url,
          path: "/api/v1/operations/list_stages",
          method: "POST",
          headers,
          body,
        });
        await answer.body.dump();
        if (answer.statusCode !== 200) failed += 1;
        times.push(performance.now() - startedAt);
      }
    }),
  );
  await agent.close();
  return { p99Ms: times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0, failed };
}

function open({ url }: LoadStage, text: string): Promise<{ socket: Socket; closedAfterMs(): number | undefined }> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    let closedAfter: number | undefined;
    const socket = connect(Number(port), hostname, () => {
      socket.write(text);
      socket.on("error", () => {}); // being cut off is what is waited for
      socket.resume();
      resolve({ socket, closedAfterMs: () => closedAfter });
    });
    socket.once("error", reject);
    socket.once("close", () => {
      closedAfter = performance.now() - startedAt;
    });
  });
}
