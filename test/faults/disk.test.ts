import { copyFileSync, rmSync, truncateSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import Database from "libsql";
import { startTestServer } from "../server/start.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { findMongod, startMongod } from "../support/mongod.ts";
import { holdLock, mountFailingDisk, mountSmallDisk } from "./support/disks.ts";
import { OUTAGE_LIMIT_MS, unclear, untilReady } from "./support/outage.ts";
import { createOutages, rideOut, storeFile } from "./support/outages.ts";

const { start, later, cleanUp } = createOutages();
afterEach(cleanUp);

describe("the embedded store in trouble, seen through the whole server", () => {
  it("says so while another process holds the file's lock, holds up nothing else, and goes on after it", async () => {
    const started = await start();
    let lock: Awaited<ReturnType<typeof holdLock>> | undefined;
    later(() => lock?.release());
    await rideOut(started, {
      code: "store_unavailable",
      async strike() {
        lock = await holdLock(storeFile(started.server));
      },
      end: () => lock?.release(),
    });
  }, 40_000);

  it("answers store_full on a full disk, sends nothing to Lever, and goes on when there is space", async () => {
    const disk = mountSmallDisk();
    if (!disk) return console.warn("SKIPPED: a full disk needs the right to mount a tmpfs");
    later(() => disk.unmount());
    // A log that has begun again has 4 MB of its own to write into first; how soon they are used up depends on the machine.
    const noticeMs = 15_000;
    await rideOut(await start({ DATA_DIR: disk.folder }), { code: "store_full", strike: disk.fill, end: disk.empty, noticeMs });
  }, 40_000);

  it.each([8192, 0])(
    "never serves a file that was cut to %d bytes as if it were whole, and goes on when it is back",
    async (bytes) => {
      const { server, outage } = await start();
      outage.keepWriting(6);
      await sleep(500);
      await outage.stop();
      const file = storeFile(server);
      const database = new Database(file);
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      database.close();
      copyFileSync(file, `${file}.good`);
      truncateSync(file, bytes);
      const during = await outage.askEverything();
      expect(unclear(during)).toEqual([]);
      expect(during.find(({ what }) => what === "save a credential")).toMatchObject({ status: 503, code: "store_unavailable" });
      await untilReady(server, "store_unavailable", OUTAGE_LIMIT_MS);
      copyFileSync(`${file}.good`, file);
      rmSync(`${file}.good`);
      await untilReady(server, "ready", OUTAGE_LIMIT_MS);
      expect(unclear(await outage.askEverything())).toEqual([]);
      expect(await outage.lost()).toEqual([]);
    },
  );

  it("does not start on a read-only or damaged folder, and says why", async () => {
    const { server } = await start();
    const file = storeFile(server);
    const database = new Database(file);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
    truncateSync(file, 5000);
    const again = startTestServer({ env: { DATA_DIR: server.dataDir } });
    await expect(again).rejects.toMatchObject({ code: "store_unavailable", message: expect.stringContaining("damaged") });
    const disk = mountFailingDisk();
    if (!disk) return console.warn("SKIPPED: a read-only folder needs the right to mount, and loop devices");
    later(() => disk.unmount());
    disk.fail();
    await expect(startTestServer({ env: { DATA_DIR: disk.folder } })).rejects.toMatchObject({
      code: expect.stringMatching(/^(store_unavailable|config_invalid)$/),
      message: expect.stringContaining(disk.folder),
    });
  });
});

describeWithMongod("MongoDB in trouble, seen through the whole server", () => {
  it("says so in time when mongod stops in mid-call, and goes on when it is back", async () => {
    const found = findMongod();
    if (!found || !("binary" in found)) return console.warn("SKIPPED: the server at MONGODB_URI is not ours to stop");
    const mongod = await startMongod(found);
    later(() => mongod.stop());
    const started = await start({ MONGODB_URI: mongod.dbUri("outage"), CREDENTIALS_KEYS: `k1:${"A".repeat(43)}=` });
    await rideOut(started, { code: "store_unavailable", strike: mongod.kill, end: mongod.restart });
  }, 60_000);
});
