import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "@jest/globals";
import Database from "libsql";
import { COLLECTIONS, type CollectionName } from "../../store/collections.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { ensureSchema } from "../../store/embedded-schema.ts";
import { physicalIndexes, planQuery, type Term } from "../../store/query-plan.ts";
import { removeAll } from "../../store/remove-all.ts";
import { toSelect } from "../../store/sql-text.ts";
import { openSqlite, type Sqlite } from "../../store/sqlite.ts";
import { itWith } from "../support/it-with.ts";

const WRITER = join(import.meta.dirname, "../support/store-writer.ts");
const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;
const cleanups: Array<() => unknown> = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "embedded-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function openStore(
  dataDir: string,
  options: { busyTimeoutMs?: number; now?: () => number; warn?: (message: string) => void } = {},
): DocumentStore {
  const store = createEmbeddedStore({ dataDir, ...options });
  cleanups.push(() => store.dispose());
  return store;
}

const turn = (n: number) => ({ id: `t${n}`, project: "p", fence: n, filler: "x".repeat(500) });

describe("files", () => {
  it("are private, in a private folder", async () => {
    const dataDir = join(newFolder(), "new", "data");
    await openStore(dataDir).insert("turns", turn(1));
    expect(statSync(dataDir).mode & 0o777).toBe(0o700);
    const files = readdirSync(dataDir);
    expect(files).toEqual(expect.arrayContaining(["lever-connector.db", "lever-connector.db-wal", "buckets.db"]));
    for (const file of files) expect([file, statSync(join(dataDir, file)).mode & 0o777]).toEqual([file, 0o600]);
  });

  it.each([
    ["folder", "."],
    ["file", "lever-connector.db"],
    ["file", "lever-connector.db-wal"],
    ["file", "buckets.db"],
  ])("are refused where every user of the machine may write the %s %s", async (what, name) => {
    const dataDir = newFolder();
    const before = openStore(dataDir);
    await before.insert("turns", turn(1));
    chmodSync(join(dataDir, name), what === "folder" ? 0o1702 : 0o602);
    const refused = await openStore(dataDir)
      .open()
      .catch((error) => error);
    expect(refused).toMatchObject({ code: "config_invalid", message: expect.stringContaining("every user") });
    expect(refused.message).not.toContain(dataDir);
    expect(refused.cause.message).toContain(join(dataDir, name));
    chmodSync(join(dataDir, name), what === "folder" ? 0o755 : 0o600);
    const warnings: string[] = [];
    expect(await openStore(dataDir, { warn: (message) => warnings.push(message) }).get("turns", "p", "t1")).toBeDefined();
    expect(warnings).toEqual([]);
  });

  it("are used where a group may write them or others may read them, with a warning for each", async () => {
    const dataDir = newFolder();
    const warnings: string[] = [];
    const open = () => openStore(dataDir, { warn: (message) => warnings.push(message) });
    const first = open();
    await first.open();
    await first.dispose();
    expect(warnings).toEqual([]);
    chmodSync(dataDir, 0o720);
    chmodSync(join(dataDir, "lever-connector.db"), 0o640);
    chmodSync(join(dataDir, "buckets.db"), 0o604);
    await open().open();
    expect(warnings).toEqual([
      expect.stringContaining(`chmod g-w ${dataDir}`),
      expect.stringContaining(`chmod 600 ${join(dataDir, "lever-connector.db")}`),
      expect.stringContaining(`chmod 600 ${join(dataDir, "buckets.db")}`),
    ]);
  });

  it("hold hardly anything of what was removed, once they are closed", async () => {
    const dataDir = newFolder();
    const store = openStore(dataDir);
    const projects = ["proj_removed", "proj_kept"];
    // Several pages of each, of rows of different lengths that lie among one another.
    for (let n = 0; n < 60; n++)
      for (const project of projects)
        await store.insert("turns", { id: `${project}_${n}`, project, filler: `before in ${project} `.repeat(n % 20) });
    for (let n = 0; n < 60; n += 2)
      for (const project of projects)
        await store.patch("turns", project, `${project}_${n}`, { set: { filler: "written later ".repeat(20) } });
    await removeAll(store, "turns", "proj_removed");
    for (let n = 1; n < 60; n += 2) await store.remove("turns", "proj_kept", `proj_kept_${n}`);
    await store.dispose();
    const files = readdirSync(dataDir).map((file) => readFileSync(join(dataDir, file), "latin1"));
    const rows = (of: RegExp) => new Set(files.flatMap((text) => text.match(of) ?? [])).size;
    expect(rows(/"proj_kept_\d*[02468]"/g)).toBe(30);
    // SQLite leaves a fragment of a row in a page whose rows it has moved together. Without overwriting most of the ninety are there.
    expect(rows(/"proj_removed_\d+"|"proj_kept_\d*[13579]"/g)).toBeLessThan(9);
    expect(await openStore(dataDir).count("turns", "proj_kept")).toBe(30);
  });

  it("keep everything when closed and opened again", async () => {
    const dataDir = newFolder();
    const first = openStore(dataDir);
    await first.insert("turns", turn(1));
    await first.take("b", { ratePerSecond: 0.001, burst: 2, count: 2, maxWaitMs: 0 });
    await first.dispose();
    const second = openStore(dataDir);
    expect(await second.get("turns", "p", "t1")).toMatchObject({ fence: 1, version: 1 });
    expect((await second.take("b", { ratePerSecond: 0.001, burst: 2, count: 1, maxWaitMs: 0 })).waitsMs).toEqual([]);
  });

  itWith(isRunnable("strace"), "strace, to count flushes")(
    "are flushed to the disk at every commit, but not for a token",
    async () => {
      const trace = join(newFolder(), "trace");
      execFileSync(
        "strace",
        [
          "-f",
          "-c",
          "-e",
          "trace=fsync,fdatasync",
          "-o",
          trace,
          process.execPath,
          "--import",
          "tsx",
          WRITER,
          newFolder(),
          "p",
          "200",
        ],
        { stdio: "ignore" },
      );
      const calls = execFileSync("awk", ["/f(data)?sync$/ { sum += $4 } END { print sum }", trace], { encoding: "utf8" });
      expect(Number(calls)).toBeGreaterThanOrEqual(400);
      expect(Number(calls)).toBeLessThan(500);
    },
    60_000,
  );
});

describe("schema", () => {
  it.each(Object.keys(COLLECTIONS) as CollectionName[])(
    "serves a query by each index of %s from that index, without sorting",
    (collection) => {
      const database = openSqlite({ file: join(newFolder(), "x.db"), synchronous: "OFF", busyTimeoutMs: 0 });
      cleanups.push(() => database.close());
      ensureSchema(database);
      for (const index of physicalIndexes(collection)) {
        const [first = "", ...rest] = index.fields;
        const variants: Array<{ terms: Term[]; sort: string[] }> = [
          { terms: [{ kind: "equal", field: first, value: null }], sort: [] },
          { terms: [{ kind: "range", field: first, operator: "gt", value: 1 }], sort: [] },
          { terms: index.fields.map((field) => ({ kind: "equal", field, value: null })), sort: [] },
          {
            terms: [{ kind: "equal", field: first, value: null }],
            sort: rest[0] && (index.fields[2] ?? "id") === "id" ? [`-${rest[0]}`] : [],
          },
        ];
        for (const { terms, sort } of variants) {
          const plan = {
            ...planQuery(collection, terms, sort),
            index,
            order: index.fields.filter((field) => !terms.some((term) => term.field === field && term.kind === "equal")),
          };
          const select = toSelect(collection, plan, terms, 0);
          const steps = database
            .all(`EXPLAIN QUERY PLAN SELECT t.doc ${select.text} LIMIT 10`, select.params)
            .map((row) => String(row[3]));
          expect(steps).toEqual([
            expect.stringMatching(
              new RegExp(`^SEARCH t USING (COVERING )?INDEX ${collection}_${index.name} \\("?${first}"?[=>]`),
            ),
          ]);
        }
      }
    },
  );

  it("follows collections.ts when fields and indexes were declared after documents were stored", async () => {
    const dataDir = newFolder();
    const first = openStore(dataDir);
    await first.insert("turns", { ...turn(1), expiresAtMs: 77 });
    await first.dispose();
    const raw = new Database(join(dataDir, "lever-connector.db"));
    raw.exec('DROP INDEX "turns_byExpiry"');
    raw.exec('ALTER TABLE "turns" DROP COLUMN "expiresAtMs"');
    raw.exec('CREATE INDEX "turns_old" ON "turns" (fence)');
    raw.close();
    const second = openStore(dataDir);
    expect(await second.find("turns", "p", { where: { expiresAtMs: { gt: 76 } } })).toHaveLength(1);
    await second.dispose();
    const after = new Database(join(dataDir, "lever-connector.db"));
    expect(after.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name = 'turns_old'").get([])).toMatchObject({ n: 0 });
    after.close();
  });

  it("leaves alone the file of another program, and of a newer version of this one", async () => {
    const dataDir = newFolder();
    const file = join(dataDir, "lever-connector.db");
    const other = new Database(file);
    other.exec("CREATE TABLE theirs (a)");
    other.close();
    await expect(openStore(dataDir).open()).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("another program"),
    });
    rmSync(file);
    await openStore(dataDir).open();
    const newer = new Database(file);
    newer.exec("PRAGMA user_version = 99");
    newer.close();
    await expect(openStore(dataDir).open()).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("newer"),
    });
  });
});

describe("several processes", () => {
  it.each([1, 2, 3, 4])("open one new folder although another makes its tables before the %d. look at it", (look) => {
    const file = join(newFolder(), "lever-connector.db");
    const open = () => openSqlite({ file, synchronous: "OFF", busyTimeoutMs: 1_000 });
    const [ours, theirs] = [open(), open()];
    let looks = 0;
    const meanwhile = <Args extends unknown[], Result>(ask: (...args: Args) => Result) => {
      return (...args: Args) => {
        looks += 1;
        if (looks === look) ensureSchema(theirs);
        return ask(...args);
      };
    };
    ensureSchema({ ...ours, get: meanwhile(ours.get), all: meanwhile(ours.all) });
    expect(looks).toBeGreaterThanOrEqual(look);
    for (const database of [ours, theirs]) database.close();
  });

  it("write to one folder at the same time, from the very first moment, and nothing is lost", async () => {
    const dataDir = newFolder();
    const writers = ["a", "b", "c"].map((project) => startWriter(dataDir, project, 80));
    for (const { ended } of writers) expect(await ended).toBe(0);
    const store = openStore(dataDir);
    for (const project of ["a", "b", "c"]) expect(await store.count("turns", project)).toBe(80);
    const { remaining } = await store.take("shared", { ratePerSecond: 1, burst: 100_000, count: 1, maxWaitMs: 0 });
    expect(remaining).toBeLessThan(100_000 - 240 + 30);
    expect(remaining).toBeGreaterThanOrEqual(100_000 - 241);
  }, 60_000);

  it("lose nothing that was acknowledged when one is killed", async () => {
    const dataDir = newFolder();
    const store = openStore(dataDir);
    await store.open();
    const writers = [30, 51, 72].map((enough) => ({
      enough,
      project: `until-${enough}`,
      ...startWriter(dataDir, `until-${enough}`, 1_000_000),
    }));
    for (const { enough, project, acknowledged, kill, ended } of writers) {
      while (acknowledged().length < enough) await new Promise((resolve) => setTimeout(resolve, 5));
      kill();
      await ended;
      const ids = acknowledged();
      for (const id of ids)
        expect(await store.get("turns", project, id)).toMatchObject({ version: 2, fence: Number(id.slice(1)) + 1 });
      expect(await store.count("turns", project)).toBeLessThanOrEqual(ids.length + 1);
    }
    await store.take("shared", { ratePerSecond: 1, burst: 1, count: 1, maxWaitMs: 0 });
    await store.dispose();
    expect(integrityOf(join(dataDir, "lever-connector.db"))).toBe("ok");
    expect(integrityOf(join(dataDir, "buckets.db"))).toBe("ok");
  }, 60_000);

  it("get a clear error when another one holds the write lock for too long, and go on afterwards", async () => {
    const dataDir = newFolder();
    const store = openStore(dataDir, { busyTimeoutMs: 50 });
    await store.insert("turns", turn(1));
    const other = new Database(join(dataDir, "lever-connector.db"));
    cleanups.push(() => other.close());
    other.exec("BEGIN IMMEDIATE");
    await expect(store.insert("turns", turn(2))).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringContaining("locked"),
    });
    expect(await store.get("turns", "p", "t1")).toBeDefined();
    other.exec("ROLLBACK");
    await store.insert("turns", turn(2));
  });
});

describe("trouble with the disk", () => {
  itWith(canMount(), "the right to mount a tmpfs")(
    "is told when the disk is full; reads go on, and so do writes when there is space again",
    async () => {
      const folder = newFolder();
      mountTmpfs(folder);
      cleanups.push(() => execFileSync("umount", ["-l", folder]));
      const store = openStore(join(folder, "data"));
      await store.insert("turns", turn(0));
      writeFileSync(join(folder, "filler"), Buffer.alloc(2_000_000));
      let written = 0;
      const failure = await (async () => {
        for (;;) await store.insert("turns", turn(written + 1)).then(() => (written += 1));
      })().catch((error) => error);
      expect(failure).toMatchObject({ code: "store_full", retryable: true });
      await expect(store.patch("turns", "p", "t0", { set: { large: "x".repeat(500_000) } })).rejects.toMatchObject({
        code: "store_full",
      });
      for (let n = 0; n <= written; n += 1) expect(await store.get("turns", "p", `t${n}`)).toMatchObject({ version: 1 });
      rmSync(join(folder, "filler"));
      await store.ping();
      await store.insert("turns", turn(written + 1));
      await store.dispose();
      expect(integrityOf(join(folder, "data", "lever-connector.db"))).toBe("ok");
    },
  );

  it("is told when the folder may not be written, and the same store works once it may", async () => {
    const folder = newFolder();
    chmodSync(folder, 0o755);
    await asNobody(async () => {
      const store = openStore(join(folder, "data"));
      await expect(store.open()).rejects.toMatchObject({ code: "store_unavailable" });
      await expect(store.insert("turns", turn(1))).rejects.toMatchObject({ code: "store_unavailable" });
    });
    const dataDir = join(folder, "data");
    const store = openStore(dataDir);
    await store.insert("turns", turn(1));
    await store.dispose();
    chmodSync(dataDir, 0o555);
    for (const file of readdirSync(dataDir)) chmodSync(join(dataDir, file), 0o444);
    const again = openStore(dataDir);
    await asNobody(() =>
      expect(again.ping()).rejects.toMatchObject({
        code: "store_unavailable",
        message: expect.stringMatching(/read-only|cannot be opened/),
      }),
    );
    chmodSync(dataDir, 0o700);
    if (isRoot) chownSync(dataDir, NOBODY, NOBODY);
    for (const file of readdirSync(dataDir)) {
      chmodSync(join(dataDir, file), 0o600);
      if (isRoot) chownSync(join(dataDir, file), NOBODY, NOBODY);
    }
    await asNobody(() => again.ping());
    expect(await again.get("turns", "p", "t1")).toMatchObject({ fence: 1 });
  });

  it("never goes on with an empty store when the file is damaged or gone", async () => {
    const dataDir = newFolder();
    const file = join(dataDir, "lever-connector.db");
    const first = openStore(dataDir);
    for (let n = 0; n < 300; n += 1) await first.insert("turns", turn(n));
    await first.dispose();
    expect(existsSync(`${file}-wal`) && statSync(`${file}-wal`).size).toBeFalsy();
    renameSync(file, `${file}.good`);
    writeFileSync(file, "not a database\n".repeat(500));
    const damaged = openStore(dataDir);
    const refused = await damaged.open().catch((error) => error);
    expect(refused).toMatchObject({ code: "store_unavailable", message: expect.stringContaining("damaged") });
    expect(JSON.stringify(refused)).not.toContain(dataDir);
    expect(statSync(file).size).toBe(7500);
    rmSync(file);
    rmSync(`${file}-wal`, { force: true });
    renameSync(`${file}.good`, file);
    expect(await damaged.count("turns", "p")).toBe(300);
    truncateSync(file, 8192);
    const torn = createEmbeddedStore({ dataDir });
    cleanups.push(() => torn.dispose());
    const read = async () => {
      for (let n = 0; n < 300; n += 1) if (!(await torn.get("turns", "p", `t${n}`))) throw new Error("missing without an error");
    };
    await expect(read()).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it("notices by ping that its file was taken away, and never makes an empty one instead", async () => {
    const dataDir = newFolder();
    const file = join(dataDir, "lever-connector.db");
    const store = openStore(dataDir);
    await store.insert("turns", turn(1));
    rmSync(file);
    const gone = {
      code: "store_unavailable",
      message: "The store's file lever-connector.db has disappeared or was replaced; restart with the right one.",
      cause: expect.objectContaining({ message: expect.stringContaining(file) }),
    };
    await expect(store.ping()).rejects.toMatchObject(gone);
    await expect(store.insert("turns", turn(2))).rejects.toMatchObject(gone);
    await expect(store.get("turns", "p", "t1")).rejects.toMatchObject(gone);
    expect(existsSync(file)).toBe(false);
  });

  it("makes the buckets' file anew when a power loss damaged it", async () => {
    const dataDir = newFolder();
    await openStore(dataDir).open();
    writeFileSync(join(dataDir, "buckets.db"), "x".repeat(8192));
    for (const suffix of ["-wal", "-shm"]) rmSync(join(dataDir, `buckets.db${suffix}`), { force: true });
    const { waitsMs } = await openStore(dataDir).take("b", { ratePerSecond: 1, burst: 1, count: 1, maxWaitMs: 0 });
    expect(waitsMs).toEqual([0]);
  });
});

describe("the write-ahead logs", () => {
  const sizeOf = (dataDir: string, file: string) => statSync(join(dataDir, file)).size;

  it("stay small however much is written: 4 MB beside the documents, half a megabyte beside the buckets", async () => {
    const dataDir = newFolder();
    const store = openStore(dataDir);
    for (let n = 0; n < 700; n += 1) await store.insert("turns", turn(n));
    for (let n = 0; n < 700; n += 1) await store.patch("turns", "p", `t${n}`, { set: { fence: n + 1 } });
    for (let n = 0; n < 1_000; n += 1) await store.take("b", { ratePerSecond: 1e6, burst: 1e6, count: 1, maxWaitMs: 0 });
    expect(sizeOf(dataDir, "lever-connector.db")).toBeGreaterThan(300_000);
    expect(sizeOf(dataDir, "lever-connector.db-wal")).toBeLessThan(4.5 * 1024 * 1024);
    expect(sizeOf(dataDir, "buckets.db-wal")).toBeLessThan(0.5 * 1024 * 1024);
  });

  it("give back the space that they took while somebody read for long", () => {
    const dataDir = newFolder();
    const file = join(dataDir, "x.db");
    const [database, reader] = [1, 2].map(() => openSqlite({ file, synchronous: "OFF", busyTimeoutMs: 0, logPages: 50 })) as [
      Sqlite,
      Sqlite,
    ];
    cleanups.push(() => [database, reader].map((one) => one.close()));
    const write = () => database.run("INSERT INTO t VALUES (randomblob(4000))", []);
    database.run("CREATE TABLE t (a)", []);
    reader.all("BEGIN", []);
    reader.get("SELECT count(*) FROM t", []);
    for (let n = 0; n < 300; n += 1) write();
    const grown = sizeOf(dataDir, "x.db-wal");
    reader.all("COMMIT", []);
    for (let n = 0; n < 60; n += 1) write();
    expect(grown).toBeGreaterThan(1_000_000);
    expect(sizeOf(dataDir, "x.db-wal")).toBeLessThan(500_000);
  });
});

describe("the guard around libsql", () => {
  it("refuses parameters that would abort the process", () => {
    const database = openSqlite({ file: join(newFolder(), "x.db"), synchronous: "OFF", busyTimeoutMs: 0 });
    cleanups.push(() => database.close());
    for (const value of [true, new Date(), {}, [], undefined, () => 1, Symbol("x")])
      expect(() => database.get("SELECT ?", [value as never])).toThrow(TypeError);
    expect(database.get("SELECT ?, ?, ?, ?, ?", ["a", 1.5, 7n, null, Buffer.from("b")])).toEqual([
      "a",
      1.5,
      7,
      null,
      expect.anything(),
    ]);
  });

  it("really commits what it acknowledges after another process held the lock", () => {
    const file = join(newFolder(), "x.db");
    const [database, other] = [1, 2].map(() => openSqlite({ file, synchronous: "OFF", busyTimeoutMs: 0 })) as [Sqlite, Sqlite];
    cleanups.push(() => [database, other].map((one) => one.close()));
    for (const table of ["t", "u"]) database.run(`CREATE TABLE ${table} (a)`, []);
    other.transaction(() => {
      const busy = expect.objectContaining({ code: "store_unavailable" });
      expect(() => database.run("INSERT INTO t VALUES (1)", [])).toThrow(busy);
      expect(() => database.returning("UPDATE t SET a = 2 RETURNING a", [])).toThrow(busy);
    });
    expect(database.run("INSERT INTO u VALUES (1)", [])).toBe(1);
    expect(other.get("SELECT count(*) FROM u", [])).toEqual([1]);
  });

  it("rolls a failed transaction back", () => {
    const database = openSqlite({ file: join(newFolder(), "x.db"), synchronous: "OFF", busyTimeoutMs: 0 });
    cleanups.push(() => database.close());
    database.run("CREATE TABLE t (a)", []);
    const fail = () =>
      database.transaction(() => {
        database.run("INSERT INTO t VALUES (1)", []);
        throw new Error("no");
      });
    expect(fail).toThrow("no");
    expect(database.get("SELECT count(*) FROM t", [])).toEqual([0]);
    expect(database.transaction(() => database.run("INSERT INTO t VALUES (1)", []))).toBe(1);
  });
});

function startWriter(dataDir: string, project: string, count: number) {
  const child = spawn(process.execPath, ["--import", "tsx", WRITER, dataDir, project, String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  cleanups.push(() => child.kill("SIGKILL"));
  return { ended, kill: () => child.kill("SIGKILL"), acknowledged: () => output.split("\n").slice(0, -1) };
}

function integrityOf(file: string): unknown {
  const database = openSqlite({ file, synchronous: "OFF", busyTimeoutMs: 0 });
  const [row] = database.all("PRAGMA integrity_check", []);
  database.close();
  return row?.[0];
}

function isRunnable(program: string): boolean {
  try {
    execFileSync(program, ["-V"], { stdio: "ignore" });
    return true;
  } catch {
    return false; // not installed
  }
}

function mountTmpfs(folder: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", folder], { stdio: "ignore" });
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), "embedded-"));
  try {
    mountTmpfs(folder);
    execFileSync("umount", ["-l", folder]);
    return true;
  } catch {
    return false; // not permitted here
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs without root's right to write everywhere. */
async function asNobody(work: () => Promise<unknown>): Promise<void> {
  if (!isRoot) {
    await work();
    return;
  }
  process.seteuid?.(NOBODY);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}
