import { copyFileSync, renameSync, rmSync, truncateSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import Database from "libsql";
import { startTestServer } from "../server/start.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { itWith } from "../support/it-with.ts";
import { findMongod, startMongod } from "../support/mongod.ts";
import { holdLock, itWithFailingDisk, itWithSmallDisk, mountFailingDisk, mountSmallDisk } from "./support/disks.ts";
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

  itWithSmallDisk(
    "answers store_full on a full disk, sends nothing to Lever, and goes on when there is space",
    async () => {
      const disk = mountSmallDisk();
      later(() => disk.unmount());
      // A log that has begun again has 4 MB of its own to write into first; how soon they are used up depends on the machine.
      const noticeMs = 15_000;
      await rideOut(await start({ DATA_DIR: disk.folder }), { code: "store_full", strike: disk.fill, end: disk.empty, noticeMs });
    },
    40_000,
  );

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

  it("tells callers no paths when its file is gone; the log has them", async () => {
    const { server } = await start();
    const key = await server.key("default", "admin");
    renameSync(storeFile(server), `${storeFile(server)}.away`);
    expect((await server.call("GET", "/readyz")).status).toBe(503);
    for (const path of ["/readyz", "/api/v1/credentials", "/api/v1/projects"]) {
      const { status, text } = await server.call("GET", path, { key });
      expect([path, status]).toEqual([path, 503]);
      expect(text).not.toContain(server.dataDir);
    }
    expect(server.logged.join("")).toContain(storeFile(server));
  });

  it("does not start on a damaged folder, and says why and which", async () => {
    const { server } = await start();
    const file = storeFile(server);
    const database = new Database(file);
    database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    database.close();
    truncateSync(file, 5000);
    const again = startTestServer({ env: { DATA_DIR: server.dataDir } });
    const message = expect.stringMatching(new RegExp(`damaged.*${server.dataDir}`));
    await expect(again).rejects.toMatchObject({ code: "store_unavailable", message });
  });

  itWithFailingDisk("does not start on a read-only folder, and says which", async () => {
    const disk = mountFailingDisk();
    later(() => disk.unmount());
    disk.fail();
    await expect(startTestServer({ env: { DATA_DIR: disk.folder } })).rejects.toMatchObject({
      code: expect.stringMatching(/^(store_unavailable|config_invalid)$/),
      message: expect.stringContaining(disk.folder),
    });
  });
});

describeWithMongod("MongoDB in trouble, seen through the whole server", () => {
  const found = findMongod();
  const isOurs = found !== undefined && "binary" in found;
  const itOnOurs = itWith(isOurs, "a mongod to stop: the server at MONGODB_URI is not ours");

  itOnOurs(
    "says so in time when mongod stops in mid-call, and goes on when it is back",
    async () => {
      const mongod = await startMongod(found);
      later(() => mongod.stop());
      const started = await start({ MONGODB_URI: mongod.dbUri("outage"), CREDENTIALS_KEYS: `k1:${"A".repeat(43)}=` });
      await rideOut(started, { code: "store_unavailable", strike: mongod.kill, end: mongod.restart });
    },
    60_000,
  );
});
