import { mkdirSync, mkdtempSync, renameSync, rmdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import Database from "libsql";
import type { DocumentStore } from "../../store/document-store.ts";
import { createEmbeddedStore, type EmbeddedStoreOptions } from "../../store/embedded.ts";
import { openBuckets } from "../../store/embedded-buckets.ts";
import { openSqlite, type Sqlite } from "../../store/sqlite.ts";

const LEVER = { ratePerSecond: 10, burst: 20, count: 1, maxWaitMs: 0 };
const cleanups: Array<() => unknown> = [];

afterEach(async () => {
  jest.restoreAllMocks();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "embedded-guards-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function openStore(dataDir: string, options: Omit<EmbeddedStoreOptions, "dataDir"> = {}): DocumentStore {
  const store = createEmbeddedStore({ dataDir, ...options });
  cleanups.push(() => store.dispose());
  return store;
}

function open(options: { file?: string; busyTimeoutMs?: number } = {}): Sqlite {
  const database = openSqlite({ file: join(newFolder(), "x.db"), synchronous: "OFF", busyTimeoutMs: 0, ...options });
  cleanups.push(() => database.close());
  return database;
}

/** Holds the write lock of a file, as another process in the middle of a change does. */
function hold(file: string): { release(): void } {
  const other = new Database(file);
  cleanups.push(() => other.close());
  other.exec("PRAGMA busy_timeout = 5000");
  other.exec("BEGIN IMMEDIATE");
  return { release: () => other.exec("ROLLBACK") };
}

const locked = { code: "store_unavailable", details: { reason: expect.stringMatching(/^SQLITE_BUSY/) } };
const turn = (id: string) => ({ id, project: "p", fence: 1 });

describe("a change while another process holds the lock", () => {
  it("waits for it without holding up anything else, and goes through", async () => {
    const dataDir = newFolder();
    const store = openStore(dataDir);
    await store.open();
    const lock = hold(join(dataDir, "lever-connector.db"));
    let meanwhile = 0;
    const ticks = setInterval(() => {
      meanwhile += 1;
      if (meanwhile === 5) lock.release();
    }, 20);
    await store.insert("turns", turn("t"));
    clearInterval(ticks);
    expect(meanwhile).toBeGreaterThanOrEqual(5);
    expect(await store.get("turns", "p", "t")).toBeDefined();
  });

  it("is given up after a second and a half", async () => {
    const dataDir = newFolder();
    const store = openStore(dataDir);
    await store.open();
    hold(join(dataDir, "lever-connector.db"));
    const started = performance.now();
    await expect(store.insert("turns", turn("t"))).rejects.toMatchObject(locked);
    const tookMs = performance.now() - started;
    expect(tookMs).toBeGreaterThanOrEqual(1_500);
    expect(tookMs).toBeLessThan(8_000);
  });

  it("stands still for a fiftieth of a second at most, in both files", async () => {
    const executed = jest.spyOn(Database.prototype, "exec");
    await openStore(newFolder()).open();
    const standstills = executed.mock.calls.map(([sql]) => String(sql)).filter((sql) => sql.includes("busy_timeout"));
    expect(standstills).toEqual(["PRAGMA busy_timeout = 20", "PRAGMA busy_timeout = 20"]);
  });

  it("is what ping notices: it writes", async () => {
    const dataDir = newFolder();
    const store = openStore(dataDir, { busyTimeoutMs: 50, now: () => 77 });
    await store.ping();
    const raw = new Database(join(dataDir, "lever-connector.db"));
    cleanups.push(() => raw.close());
    expect(raw.prepare("SELECT id, atMs FROM probe").raw(true).all([])).toEqual([[1, 77]]);
    await store.ping();
    const lock = hold(join(dataDir, "lever-connector.db"));
    await expect(store.ping()).rejects.toMatchObject(locked);
    expect(await store.count("turns", "p")).toBe(0);
    lock.release();
    await store.ping();
  });

  it("is not tried again where it failed for another reason", async () => {
    const store = openStore(newFolder());
    await store.insert("turns", turn("t"));
    const pauses = jest.spyOn(globalThis, "setTimeout");
    await expect(store.insert("turns", turn("t"))).rejects.toMatchObject({ code: "conflict" });
    expect(pauses).not.toHaveBeenCalled();
  });

  it("stands still for the lock only once: after a wait in vain not at all for half a second", () => {
    const file = join(newFolder(), "x.db");
    const database = open({ file, busyTimeoutMs: 30 });
    database.run("CREATE TABLE t (a)", []);
    const standstillMs = () => database.get("PRAGMA busy_timeout", [])?.[0];
    expect(standstillMs()).toBe(30);
    const clock = jest.spyOn(performance, "now").mockReturnValue(1_000);
    const lock = hold(file);
    const write = () => database.run("INSERT INTO t VALUES (1)", []);
    expect(write).toThrow(expect.objectContaining(locked));
    expect(standstillMs()).toBe(0);
    clock.mockReturnValue(1_400);
    expect(write).toThrow(expect.objectContaining(locked));
    clock.mockReturnValue(1_500);
    expect(standstillMs()).toBe(0);
    clock.mockReturnValue(1_501);
    expect(standstillMs()).toBe(30);
    expect(write).toThrow(expect.objectContaining(locked));
    expect(standstillMs()).toBe(0);
    lock.release();
    expect(write()).toBe(1);
  });
});

describe("a store that cannot be opened", () => {
  it("closes what it had opened, and opens when its trouble is over", async () => {
    const closed = jest.spyOn(Database.prototype, "close");
    const dataDir = newFolder();
    mkdirSync(join(dataDir, "buckets.db"));
    const store = openStore(dataDir);
    await expect(store.open()).rejects.toMatchObject({ code: "store_unavailable", details: { reason: "SQLITE_CANTOPEN" } });
    expect(closed).toHaveBeenCalledTimes(1);
    rmdirSync(join(dataDir, "buckets.db"));
    await store.insert("turns", turn("t"));
    expect(closed).toHaveBeenCalledTimes(1);
    await store.dispose();
    expect(closed).toHaveBeenCalledTimes(3);
  });

  it.each([
    [
      "belongs to another program",
      (file: string) => {
        const other = new Database(file);
        other.exec("CREATE TABLE theirs (a)");
        other.close();
      },
    ],
    ["is no database", (file: string) => writeFileSync(file, "not a database\n".repeat(500))],
  ])("closes a file that %s", async (_, prepare) => {
    const dataDir = newFolder();
    prepare(join(dataDir, "lever-connector.db"));
    const closed = jest.spyOn(Database.prototype, "close");
    await expect(openStore(dataDir).open()).rejects.toMatchObject({ code: "store_unavailable" });
    expect(closed).toHaveBeenCalledTimes(1);
  });

  it("says that its folder cannot be created, without the path for callers", async () => {
    const folder = newFolder();
    writeFileSync(join(folder, "file"), "");
    const failed = await openStore(join(folder, "file", "data"))
      .open()
      .catch((error) => error);
    expect(failed).toMatchObject({ code: "store_unavailable", cause: { message: expect.stringContaining(folder) } });
    expect(JSON.stringify(failed)).not.toContain(folder);
  });
});

describe("buckets", () => {
  const buckets = (file: string, now: () => number = () => 1_000_000) => {
    const opened = openBuckets({ file, busyTimeoutMs: 0, now });
    cleanups.push(() => opened.close());
    return opened;
  };
  const rows = (file: string) => {
    const raw = new Database(file);
    const found = raw.prepare("SELECT id, tat, at FROM levels ORDER BY id").raw(true).all([]);
    raw.close();
    return found;
  };

  it("give a token to one of two processes that ask at the same moment", () => {
    const file = join(newFolder(), "buckets.db");
    const other = buckets(file);
    let meanwhile: (() => void) | undefined;
    // The clock is asked between the read and the save: just then the other process takes its token.
    const ours = buckets(file, () => {
      const act = meanwhile;
      meanwhile = undefined;
      act?.();
      return 1_000_000;
    });
    const one = { ...LEVER, burst: 1 };
    for (const bucket of ["new", "known"]) {
      if (bucket === "known") expect(other.take(bucket, { ...one, count: 0 }).remaining).toBe(1);
      meanwhile = () => expect(other.take(bucket, one).waitsMs).toEqual([0]);
      expect(ours.take(bucket, one).waitsMs).toEqual([]);
      expect(ours.take(bucket, { ...one, maxWaitMs: 100 }).waitsMs).toEqual([100]);
      meanwhile = () => expect(other.take(bucket, { ...one, maxWaitMs: 1_000 }).waitsMs).toEqual([200]);
      expect(ours.take(bucket, { ...one, maxWaitMs: 1_000 }).waitsMs).toEqual([300]);
    }
  });

  it("are not written where nothing is taken: that goes on while another process holds the lock", () => {
    const file = join(newFolder(), "buckets.db");
    const ours = buckets(file);
    ours.take("b", { ...LEVER, count: 20 });
    hold(file);
    expect(ours.take("b", LEVER)).toMatchObject({ waitsMs: [], retryAfterMs: 100 });
    expect(ours.take("b", { ...LEVER, count: 0 }).remaining).toBe(0);
    expect(ours.take("never seen", { ...LEVER, count: 0 }).remaining).toBe(20);
    expect(() => ours.take("b", { ...LEVER, maxWaitMs: 1_000 })).toThrow(expect.objectContaining(locked));
  });

  it("are forgotten when they have been full for a day, at the next start", () => {
    const file = join(newFolder(), "buckets.db");
    const day = 86_400_000;
    const first = openBuckets({ file, busyTimeoutMs: 0, now: () => day });
    first.take("old", LEVER);
    first.close();
    openBuckets({ file, busyTimeoutMs: 0, now: () => 2 * day + 100 }).close();
    expect(rows(file)).toEqual([["old", day + 100, day]]);
    openBuckets({ file, busyTimeoutMs: 0, now: () => 2 * day + 101 }).close();
    expect(rows(file)).toEqual([]);
  });

  it("begin anew, full, where their table or file is lost while they are in use", () => {
    const file = join(newFolder(), "buckets.db");
    const ours = buckets(file);
    ours.take("b", { ...LEVER, count: 20 });
    const raw = new Database(file);
    raw.exec("DROP TABLE levels");
    raw.close();
    expect(ours.take("b", LEVER).waitsMs).toEqual([0]);
    ours.take("b", { ...LEVER, count: 19 });
    ours.drain("b", { ...LEVER, holdMs: 5_000 });
    expect(ours.take("b", LEVER)).toMatchObject({ waitsMs: [], retryAfterMs: 5_000 });
  });

  it("begin anew where the file is no database, and are not touched where it cannot be opened", () => {
    const folder = newFolder();
    const file = join(folder, "buckets.db");
    writeFileSync(file, "x".repeat(8_192));
    expect(buckets(file).take("b", LEVER).waitsMs).toEqual([0]);
    const held = hold(file);
    expect(() => buckets(file)).toThrow(expect.objectContaining(locked));
    held.release();
    expect(buckets(file).take("b", { ...LEVER, count: 0 }).remaining).toBe(19);
  });
});

describe("the guard around libsql", () => {
  it("takes what is written within a transaction as part of it: all or nothing, and others see nothing before", () => {
    const file = join(newFolder(), "x.db");
    const [database, other] = [open({ file }), open({ file })];
    database.run("CREATE TABLE t (a)", []);
    const count = (one: Sqlite) => one.get("SELECT count(*) FROM t", [])?.[0];
    database.transaction(() => {
      database.run("INSERT INTO t VALUES (1)", []);
      expect(database.returning("INSERT INTO t VALUES (2) RETURNING a", [])).toEqual([2]);
      expect(count(other)).toBe(0);
      expect(count(database)).toBe(2);
    });
    expect(count(other)).toBe(2);
    expect(() => database.run("INSERT INTO none VALUES (1)", [])).toThrow();
    expect(other.run("INSERT INTO t VALUES (3)", [])).toBe(1);
  });

  it("is written through to the disk as it was asked to, and ahead in a log", () => {
    const pragma = (database: Sqlite, name: string) => database.get(`PRAGMA ${name}`, [])?.[0];
    const fast = open();
    expect([pragma(fast, "synchronous"), pragma(fast, "journal_mode"), pragma(fast, "wal_autocheckpoint")]).toEqual([
      0,
      "wal",
      1_000,
    ]);
    expect([pragma(fast, "cache_size"), pragma(fast, "journal_size_limit")]).toEqual([-16_384, 8_192_000]);
    const safe = openSqlite({ file: join(newFolder(), "x.db"), synchronous: "FULL", busyTimeoutMs: 12.7, logPages: 10.9 });
    cleanups.push(() => safe.close());
    expect([pragma(safe, "synchronous"), pragma(safe, "busy_timeout"), pragma(safe, "wal_autocheckpoint")]).toEqual([2, 12, 10]);
  });

  it("prepares a statement once, and keeps no more than five hundred", () => {
    const prepared = jest.spyOn(Database.prototype, "prepare");
    const database = open();
    const select = (n: number) => expect(database.get(`SELECT ${n}`, [])).toEqual([n]);
    for (let n = 0; n < 500; n += 1) select(n);
    prepared.mockClear();
    for (let n = 0; n < 500; n += 1) select(n);
    expect(prepared).not.toHaveBeenCalled();
    select(500);
    expect(prepared).toHaveBeenCalledTimes(1);
    select(500);
    expect(prepared).toHaveBeenCalledTimes(1);
    // There was no room for one more: all were given up.
    select(0);
    expect(prepared).toHaveBeenCalledTimes(2);
  });

  it("leaves one whole file behind when it is closed", () => {
    const folder = newFolder();
    const file = join(folder, "x.db");
    const database = open({ file });
    database.run("CREATE TABLE t (a)", []);
    database.run("INSERT INTO t VALUES (7)", []);
    database.close();
    database.close();
    for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
    renameSync(file, `${file}.copy`);
    expect(open({ file: `${file}.copy` }).get("SELECT a FROM t", [])).toEqual([7]);
  });

  it("can be closed while another one writes: what is not copied then is copied later", () => {
    const file = join(newFolder(), "x.db");
    const database = open({ file });
    database.run("CREATE TABLE t (a)", []);
    hold(file);
    expect(() => database.close()).not.toThrow();
  });

  it("says which kind of key was taken, and lets other violations through as what they are", () => {
    const database = open();
    database.run("CREATE TABLE t (a INTEGER PRIMARY KEY, b NOT NULL)", []);
    database.run("CREATE UNIQUE INDEX t_b ON t (ifnull(b, 0))", []);
    database.run("INSERT INTO t VALUES (1, 1)", []);
    const conflict = (index: string) => expect.objectContaining({ code: "conflict", details: { index } });
    expect(() => database.run("INSERT INTO t VALUES (1, 2)", [])).toThrow(conflict("primary"));
    expect(() => database.run("INSERT INTO t VALUES (2, 1)", [])).toThrow(conflict("t_b"));
    expect(() => database.run("INSERT INTO t VALUES (2, NULL)", [])).toThrow(
      expect.objectContaining({ code: "SQLITE_CONSTRAINT_NOTNULL" }),
    );
    expect(() => database.run("nonsense", [])).toThrow(expect.objectContaining({ code: "SQLITE_ERROR" }));
  });

  it.each([
    ["SQLITE_BUSY", "store_unavailable", false],
    ["SQLITE_BUSY_SNAPSHOT", "store_unavailable", false],
    ["SQLITE_LOCKED", "store_unavailable", false],
    ["SQLITE_PERM", "store_unavailable", false],
    ["SQLITE_NOMEM", "store_unavailable", false],
    ["SQLITE_PROTOCOL", "store_unavailable", true],
    ["SQLITE_READONLY", "store_unavailable", true],
    ["SQLITE_READONLY_DBMOVED", "store_unavailable", true],
    ["SQLITE_CANTOPEN", "store_unavailable", true],
    ["SQLITE_IOERR", "store_unavailable", true],
    ["SQLITE_IOERR_SHMSIZE", "store_unavailable", true],
    ["SQLITE_CORRUPT", "store_unavailable", true],
    ["SQLITE_NOTADB", "store_unavailable", true],
    ["SQLITE_FULL", "store_full", false],
    ["SQLITE_ERROR", undefined, false],
  ] as const)("takes %s for %s, and opens the file anew only where the connection is in doubt", (reason, code, isInDoubt) => {
    const database = open();
    database.run("CREATE TABLE t (a)", []);
    const trouble = Object.assign(new Error("said by SQLite"), { code: reason });
    const closed = jest.spyOn(Database.prototype, "close");
    jest.spyOn(Database.prototype, "prepare").mockImplementationOnce(() => {
      throw trouble;
    });
    const failed = (() => {
      try {
        return database.get("SELECT count(*) FROM t", []);
      } catch (error) {
        return error;
      }
    })();
    if (code === undefined) expect(failed).toBe(trouble);
    else expect(failed).toMatchObject({ code, retryable: true, details: { reason }, cause: { cause: trouble } });
    expect(closed).toHaveBeenCalledTimes(isInDoubt ? 1 : 0);
    expect(database.get("SELECT count(*) FROM t", [])).toEqual([0]);
  });

  it("passes on what is no error of SQLite's", () => {
    const database = open();
    for (const odd of [
      new TypeError("ours"),
      Object.assign(new Error("x"), { code: "ENOENT" }),
      Object.assign(new Error("x"), { code: 7 }),
      "text",
    ]) {
      jest.spyOn(Database.prototype, "prepare").mockImplementationOnce(() => {
        throw odd;
      });
      let failed: unknown;
      try {
        database.get("SELECT 1", []);
      } catch (error) {
        failed = error;
      }
      expect(failed).toBe(odd);
    }
  });

  it("never makes a new database of a file that was emptied while its connection was closed", () => {
    const file = join(newFolder(), "x.db");
    const database = open({ file });
    database.run("CREATE TABLE t (a)", []);
    expect(() => database.get("SELECT a FROM missing", [])).toThrow();
    for (const suffix of ["-wal", "-shm"]) rmSync(file + suffix, { force: true });
    truncateSync(file, 0);
    const emptied = expect.objectContaining({ code: "store_unavailable", details: { reason: "TABLES_GONE" } });
    expect(() => database.get("SELECT count(*) FROM t", [])).toThrow(emptied);
    expect(() => database.assertFileInPlace()).toThrow(emptied);
    expect(statSync(file).size).toBe(0);
  });

  it("opens its file again by itself after trouble, but never another one in its place", () => {
    const folder = newFolder();
    const file = join(folder, "x.db");
    const database = open({ file });
    database.run("CREATE TABLE t (a)", []);
    const tablesGone = expect.objectContaining({ code: "store_unavailable", details: { reason: "TABLES_GONE" } });
    expect(() => database.get("SELECT a FROM missing", [])).toThrow(tablesGone);
    expect(() => database.get("SELECT a FROM t INDEXED BY missing", [])).toThrow(tablesGone);
    expect(database.get("SELECT count(*) FROM t", [])).toEqual([0]);
    database.assertFileInPlace();
    renameSync(file, `${file}.away`);
    open({ file: join(folder, "other.db") }).run("CREATE TABLE t (a)", []);
    renameSync(join(folder, "other.db"), file);
    const gone = expect.objectContaining({ code: "store_unavailable", details: { reason: "FILE_GONE" } });
    expect(() => database.assertFileInPlace()).toThrow(gone);
    expect(() => database.get("SELECT count(*) FROM t", [])).toThrow(gone);
    rmSync(file);
    expect(() => database.get("SELECT count(*) FROM t", [])).toThrow(gone);
    renameSync(`${file}.away`, file);
    expect(database.get("SELECT count(*) FROM t", [])).toEqual([0]);
  });
});
