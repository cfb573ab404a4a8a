import { rmSync } from "node:fs";
import { isConnectorError } from "../errors/connector-error.ts";
import { type Bucket, drained, FULL, takeTokens } from "./bucket.ts";
import type { DocumentStore, TakeOptions, TakeResult } from "./document-store.ts";
import { FILE_GONE, openSqlite, type Sqlite, TABLES_GONE } from "./sqlite.ts";

const SELECT = "SELECT tat, at FROM levels WHERE id = ?";
/** Compare-and-set: two processes that read the same state cannot both take its tokens. */
const SAVE =
  "INSERT INTO levels VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET tat = excluded.tat, at = excluded.at WHERE levels.tat IS ? AND levels.at IS ?";
const FORGET_AFTER_MS = 86_400_000;
/** Every token rewrites the same few pages, and nothing waits for the disk: a log of four megabytes would hold nothing but copies of them. */
const LOG_PAGES = 100;

export interface Buckets {
  take(bucket: string, options: TakeOptions): TakeResult;
  drain(bucket: string, options: Parameters<DocumentStore["drain"]>[1]): void;
  close(): void;
}

/**
 * The token buckets of the embedded store: a file of their own, never flushed to the disk, so that taking a token costs no fsync. It survives
 * the death of a process. A power loss or a failing disk may lose or damage it; it is then created again, with full buckets.
 */
export function openBuckets(options: { file: string; busyTimeoutMs: number; now: () => number }): Buckets {
  let database = openOrReplace(options);
  database.run("DELETE FROM levels WHERE tat < ?", [options.now() - FORGET_AFTER_MS]);

  function update<T>(id: string, change: (bucket: Bucket) => { bucket: Bucket; result: T }): T {
    for (;;) {
      const [tatMs, atMs] = (database.get(SELECT, [id]) ?? []) as number[];
      const saved = tatMs === undefined || atMs === undefined ? FULL : { tatMs, atMs };
      const { bucket, result } = change(saved);
      if (bucket === saved) return result;
      if (database.run(SAVE, [id, bucket.tatMs, bucket.atMs, tatMs ?? null, atMs ?? null]) === 1) return result;
    }
  }
  function renewing<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isLost(error)) throw error;
      database.close();
      database = openOrReplace(options);
      return work();
    }
  }
  return {
    take: (id, take) => renewing(() => update(id, (bucket) => takeTokens(bucket, options.now(), take))),
    drain: (id, drain) =>
      renewing(() => update(id, (bucket) => ({ bucket: drained(bucket, options.now(), drain), result: undefined }))),
    close: () => database.close(),
  };
}

function openOrReplace(options: { file: string; busyTimeoutMs: number }): Sqlite {
  try {
    return openChecked(options);
  } catch (error) {
    if (!isLost(error)) throw error;
    for (const suffix of ["", "-wal", "-shm"]) rmSync(options.file + suffix, { force: true });
    return openChecked(options);
  }
}

/** Nothing in the file can be used any more, and nothing in it is missed. */
function isLost(error: unknown): boolean {
  const reason = isConnectorError(error, "store_unavailable") ? String(error.details.reason) : "";
  return /^SQLITE_(CORRUPT|NOTADB)/.test(reason) || reason === FILE_GONE || reason === TABLES_GONE;
}

function openChecked(options: { file: string; busyTimeoutMs: number }): Sqlite {
  const database = openSqlite({ ...options, synchronous: "OFF", logPages: LOG_PAGES });
  database.run("CREATE TABLE IF NOT EXISTS levels (id TEXT PRIMARY KEY, tat REAL NOT NULL, at REAL NOT NULL) WITHOUT ROWID", []);
  database.all("SELECT id FROM levels WHERE tat < 0", []); // reads every page, so that damage shows now
  return database;
}
