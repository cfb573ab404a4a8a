import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { describeWithMongod } from "../../support/describe-with-mongod.ts";
import { itWith } from "../../support/it-with.ts";
import { findMongod, startMongod } from "../../support/mongod.ts";
import { holdLock, itWithFailingDisk, mountFailingDisk } from "../support/disks.ts";
import { unclear } from "../support/outage.ts";
import { createOutages, rideOut, storeFile } from "../support/outages.ts";
import { startReplicaSet } from "../support/replica-set.ts";

const { start, later, cleanUp } = createOutages();
afterEach(cleanUp);

const KEYS = { CREDENTIALS_KEYS: `k1:${"A".repeat(43)}=` };
const AWAY_MS = 10_000;

describe("the embedded store in trouble for longer", () => {
  it("keeps answering others while sixty callers wait for a locked file", async () => {
    const { server, outage } = await start();
    const lock = await holdLock(storeFile(server));
    later(() => lock.release());
    outage.keepWriting(60);
    let slowestMs = 0;
    for (let n = 0; n < 20; n += 1) {
      const startedAt = performance.now();
      expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
      // The first moments belong to sixty requests being read.
      if (n >= 5) slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      await sleep(100);
    }
    await lock.release();
    await outage.stop();
    expect(slowestMs).toBeLessThan(600);
    expect(await outage.lost()).toEqual([]);
  }, 40_000);

  itWithFailingDisk(
    "says so when its disk fails and turns read-only, and goes on without a restart when it is mended",
    async () => {
      const disk = mountFailingDisk();
      later(() => disk.unmount());
      await rideOut(await start({ DATA_DIR: disk.folder }), { code: "store_unavailable", strike: disk.fail, end: disk.mend });
    },
    40_000,
  );
});

describeWithMongod("MongoDB in trouble for longer", () => {
  const found = findMongod();
  const binary = found && "binary" in found ? found.binary : "";
  const itOnOurs = itWith(binary !== "", "a mongod to stop: the server at MONGODB_URI is not ours");

  itOnOurs("is missed for ten seconds without a hang, and found again", async () => {
    const mongod = await startMongod({ binary });
    later(() => mongod.stop());
    const started = await start({ MONGODB_URI: mongod.dbUri("away"), ...KEYS });
    await rideOut(started, {
      code: "store_unavailable",
      strike: mongod.kill,
      async end() {
        await sleep(AWAY_MS);
        await mongod.restart();
      },
    });
  });

  itOnOurs("is noticed when it stands still, without an end of its connections", async () => {
    const mongod = await startMongod({ binary });
    later(() => mongod.stop());
    const { server, outage } = await start({ MONGODB_URI: mongod.dbUri("frozen"), ...KEYS });
    const told = outage.keepWriting(6);
    await sleep(300);
    process.kill(mongod.pid, "SIGSTOP");
    later(() => process.kill(mongod.pid, "SIGCONT"));
    await sleep(5_000);
    const during = await outage.askEverything();
    process.kill(mongod.pid, "SIGCONT");
    await sleep(3_000);
    await outage.stop();
    expect(unclear(during)).toEqual([]);
    // Calls under way in the first moments wait until the silence is noticed.
    expect(unclear(told, 12_000)).toEqual([]);
    expect((await server.call("GET", "/readyz")).status).toBe(200);
    expect(await outage.lost()).toEqual([]);
  });

  itOnOurs("loses nothing that was acknowledged when its primary dies and another takes over", async () => {
    const replicas = await startReplicaSet(binary);
    later(() => replicas.stop());
    const { server, outage } = await start({ MONGODB_URI: replicas.uri, ...KEYS });
    const told = outage.keepWriting(6);
    await sleep(1_000);
    await replicas.killPrimary();
    const before = outage.acknowledged();
    const during = await outage.askEverything();
    // An election takes a few seconds.
    for (let n = 0; n < 200 && (await server.call("GET", "/readyz")).status !== 200; n += 1) await sleep(100);
    await sleep(1_500);
    await outage.stop();
    expect(unclear(during)).toEqual([]);
    expect(unclear(told)).toEqual([]);
    expect(outage.acknowledged().tags).toBeGreaterThan(before.tags);
    expect(outage.acknowledged().credentials).toBeGreaterThan(before.credentials);
    expect(await outage.lost()).toEqual([]);
  });
});
