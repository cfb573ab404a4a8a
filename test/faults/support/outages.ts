import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import { playgroundEnvironment, startPlayground } from "../../../playground/index.ts";
import { startTestServer, type TestServer } from "../../server/start.ts";
import { createOutage, OUTAGE_LIMIT_MS, type Outage, unclear, untilReady } from "./outage.ts";

export interface Started {
  readonly server: TestServer;
  readonly outage: Outage;
}

/** Starts servers to bring into trouble; `cleanUp` ends what was started, last first. */
export function createOutages() {
  const cleanups: Array<() => unknown> = [];
  const later = (cleanup: () => unknown) => void cleanups.push(cleanup);

  async function start(env: Record<string, string> = {}): Promise<Started> {
    // Not the server's own: its rate limit would hide what the store does.
    const lever = await startPlayground({ port: 0, opportunities: 30, rateLimit: false });
    later(() => lever.close());
    const folder = mkdtempSync(join(tmpdir(), "disk-"));
    later(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "environments.json");
    const playground = {
      ...playgroundEnvironment(lever.url),
      rateLimit: { perSecond: 1_000, burst: 1_000, scope: "credential" },
    };
    writeFileSync(file, JSON.stringify({ playground }));
    const server = await startTestServer({ env: { PLAYGROUND: "off", ENVIRONMENTS_FILE: file, ...env } });
    later(() => server.close());
    const outage = await createOutage(server, lever.playground);
    later(() => outage.stop());
    return { server, outage };
  }

  async function cleanUp(): Promise<void> {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  }

  return { start, later, cleanUp };
}

export interface Trouble {
  readonly code: "store_unavailable" | "store_full";
  strike(): unknown;
  end(): unknown;
  /** How long the store may go on from what it has in hand before it is in trouble. */
  readonly noticeMs?: number;
}

/** Writers work before, during and after the trouble; while it lasts, every kind of request is made once. */
export async function rideOut({ server, outage }: Started, trouble: Trouble): Promise<void> {
  const told = outage.keepWriting(6);
  await sleep(300);
  await trouble.strike();
  await untilReady(server, trouble.code, trouble.noticeMs ?? OUTAGE_LIMIT_MS);
  const during = await outage.askEverything();
  expect(unclear(during)).toEqual([]);
  expect(during.filter(({ code }) => code === trouble.code).map(({ what }) => what)).toEqual(
    expect.arrayContaining(["save a credential", "add_opportunity_tags with a key", "add_opportunity_tags", "make a key"]),
  );
  const before = outage.acknowledged();
  await trouble.end();
  await untilReady(server, "ready", OUTAGE_LIMIT_MS);
  await untilMore(outage, before);
  await outage.stop();
  expect(unclear(told)).toEqual([]);
  expect(outage.acknowledged().credentials).toBeGreaterThan(before.credentials);
  expect(outage.acknowledged().tags).toBeGreaterThan(before.tags);
  expect(unclear(await outage.askEverything())).toEqual([]);
  expect(await outage.lost()).toEqual([]);
}

/** Until writers of both kinds have got on; what a busy machine does not manage in time is told by the caller's expectations. */
async function untilMore(outage: Outage, before: ReturnType<Outage["acknowledged"]>): Promise<void> {
  const until = performance.now() + 10_000;
  const isMore = () => {
    const { credentials, tags } = outage.acknowledged();
    return credentials > before.credentials && tags > before.tags;
  };
  do await sleep(500);
  while (!isMore() && performance.now() < until);
}

export function storeFile(server: TestServer): string {
  return join(server.dataDir, "lever-connector.db");
}
