import { closeSync, existsSync, openSync, statfsSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import Database from "libsql";
import { ConnectorError, type ErrorDetails } from "../errors/connector-error.ts";

/** All that may be bound: libsql's binding aborts the whole process on anything else (booleans, dates, objects). */
export type SqlValue = string | number | bigint | Buffer | null;
export type SqlRow = readonly SqlValue[];

export interface SqliteOptions {
  readonly file: string;
  /** FULL: an acknowledged commit survives a power loss. OFF: it survives the death of the process only. */
  readonly synchronous: "FULL" | "OFF";
  readonly busyTimeoutMs: number;
  /** Pages of 4 kB that the write-ahead log may take before it is copied into the file and begun again. */
  readonly logPages?: number;
}

/** One connection to one file. Every call is synchronous; statements are prepared once and reused. */
export interface Sqlite {
  all(sql: string, params: readonly SqlValue[]): SqlRow[];
  /** The first row of a statement that only reads. */
  get(sql: string, params: readonly SqlValue[]): SqlRow | undefined;
  /** The row of a writing statement with RETURNING. */
  returning(sql: string, params: readonly SqlValue[]): SqlRow | undefined;
  /** Answers how many rows changed. */
  run(sql: string, params: readonly SqlValue[]): number;
  /** Runs `work` under the write lock, all or nothing. */
  transaction<T>(work: () => T): T;
  /** @throws ConnectorError `store_unavailable` when the file at the path is not the open one any more: what is written now would be lost */
  assertFileInPlace(): void;
  /** Writes the log back and cuts it, unless another process reads from it just now. */
  clearLog(): void;
  close(): void;
}

/** `details.reason` where the file at the path is not the one that was opened. */
export const FILE_GONE = "FILE_GONE";
/** `details.reason` where the file is a database without our tables: emptied under us, or never flushed. */
export const TABLES_GONE = "TABLES_GONE";

type Connection = InstanceType<typeof Database>;
type Statement = ReturnType<Connection["prepare"]>;

const MAX_CACHED_STATEMENTS = 500;
const PAGE_CACHE_KIB = 16_384;
/** SQLite's own choice: four megabytes, and an fsync of the whole file once in so many pages. */
const LOG_PAGES = 1_000;
const PAGE_BYTES = 4_096;
/** Once the lock was waited for in vain, nothing stands still for it for so long: many callers' waits would add up to a standstill of the process. */
const RESPITE_MS = 500;

/**
 * Opens a database file through libsql. The only file that knows the binding and its traps: parameters always go in one array and are
 * checked; rows come as arrays (objects would carry an extra `_metadata`); `iterate()` is never used, because leaving it early keeps the
 * read snapshot; writing statements that answer rows are read to their end, because `get()` answers before the commit and hides its failure; the write lock is taken by
 * `exec("BEGIN IMMEDIATE")` before every writing statement, because a prepared one that finds it held stays half-run, and with it no later write of the
 * connection is ever committed, although each says that it was; WAL, `synchronous` and `busy_timeout` are set on every connection.
 *
 * After an error that leaves the connection in doubt it is closed; the next call opens the file again, so that the store recovers
 * when the disk does. A file that vanished or was emptied meanwhile is not created again: an empty store instead of the real one would look like lost data.
 *
 * @throws ConnectorError `store_unavailable`, `store_full`; `conflict` with `details.index` from any statement
 */
export function openSqlite(options: SqliteOptions): Sqlite {
  createPrivateFile(options.file);
  let connection: Connection | undefined = connect(options);
  let statements = new Map<string, Statement>();
  const opened = statSync(options.file).ino;
  let waitedInVainAtMs: number | undefined;
  let isInTransaction = false;

  function setBusyTimeout(ms: number): void {
    connection?.exec(`PRAGMA busy_timeout = ${Math.trunc(ms)}`);
  }

  function live(): Connection {
    if (!connection) connection = reconnect(options, opened);
    if (waitedInVainAtMs !== undefined && performance.now() - waitedInVainAtMs > RESPITE_MS) {
      waitedInVainAtMs = undefined;
      setBusyTimeout(options.busyTimeoutMs);
    }
    return connection;
  }

  function prepare(sql: string): Statement {
    const current = live();
    const cached = statements.get(sql);
    if (cached) return cached;
    if (statements.size >= MAX_CACHED_STATEMENTS) statements.clear();
    const statement = current.prepare(sql);
    if (statement.reader) statement.raw(true);
    statements.set(sql, statement);
    return statement;
  }

  function rollBack(current: Connection): void {
    try {
      current.exec("ROLLBACK");
    } catch {
      close(); // which rolls back too; what matters is the error that led here
    }
  }

  function committed<T>(work: () => T): T {
    if (isInTransaction) return work();
    live().exec("BEGIN IMMEDIATE");
    isInTransaction = true;
    try {
      const result = work();
      live().exec("COMMIT");
      return result;
    } catch (error) {
      // A full disk or a lost connection has rolled back already.
      if (connection?.inTransaction) rollBack(connection);
      throw error;
    } finally {
      isInTransaction = false;
    }
  }

  function close(): void {
    statements = new Map();
    connection?.close();
    connection = undefined;
  }

  function guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      const found = sqliteCode(error);
      if (!found) throw error;
      const code = isTableGone(error as Error) ? TABLES_GONE : found;
      if (leavesConnectionInDoubt(code)) close();
      if (code.startsWith("SQLITE_BUSY") && waitedInVainAtMs === undefined) {
        waitedInVainAtMs = performance.now();
        setBusyTimeout(0);
      }
      throw toConnectorError(error as Error, code, options.file);
    }
  }

  return {
    all: (sql, params) => guarded(() => prepare(sql).all(bindable(params)) as SqlRow[]),
    get: (sql, params) => guarded(() => prepare(sql).get(bindable(params)) as SqlRow | undefined),
    returning: (sql, params) => guarded(() => committed(() => prepare(sql).all(bindable(params))[0] as SqlRow | undefined)),
    run: (sql, params) => guarded(() => committed(() => prepare(sql).run(bindable(params)).changes)),
    transaction: (work) => guarded(() => committed(work)),
    assertFileInPlace() {
      try {
        assertSameFile(options.file, opened);
      } catch (error) {
        close();
        throw error;
      }
    },
    clearLog: () => guarded(() => void live().prepare("PRAGMA wal_checkpoint(TRUNCATE)").all([])),
    close() {
      // Leaves one whole file behind, to be copied. Where that fails, the next opening does it: nothing is lost.
      if (connection) attempt(() => connection?.prepare("PRAGMA wal_checkpoint(TRUNCATE)").all([]));
      close();
    },
  };
}

function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // see the caller
  }
}

function createPrivateFile(file: string): void {
  try {
    if (!existsSync(file)) closeSync(openSync(file, "a", 0o600));
  } catch (error) {
    throw trouble("store_unavailable", file, "cannot be created", {}, error);
  }
}

/**
 * Runs `work` while no other process does so under the same file: a lock of the operating system's, which ends with its process and never goes
 * stale. The file stays, empty.
 *
 * @throws ConnectorError `store_unavailable` where another process has held it for `waitMs`
 */
export function underFileLock<T>(file: string, waitMs: number, work: () => T): T {
  const connection = new Database(file);
  try {
    connection.exec(`PRAGMA busy_timeout = ${Math.trunc(waitMs)}`);
    connection.exec("BEGIN EXCLUSIVE");
    return work();
  } catch (error) {
    const code = sqliteCode(error);
    throw code ? toConnectorError(error as Error, code, file) : error;
  } finally {
    connection.close();
  }
}

function reconnect(options: SqliteOptions, opened: number): Connection {
  assertSameFile(options.file, opened);
  return connect(options);
}

function assertSameFile(file: string, opened: number): void {
  const found = statSync(file, { throwIfNoEntry: false });
  const gone = "has disappeared or was replaced; restart with the right one";
  if (found?.ino !== opened) throw trouble("store_unavailable", file, gone, { reason: FILE_GONE });
  // Opening it would make a new database of it.
  if (found.size > 0) return;
  throw trouble("store_unavailable", file, "was emptied; restore it from a backup", { reason: TABLES_GONE });
}

function connect({ file, synchronous, busyTimeoutMs, logPages = LOG_PAGES }: SqliteOptions): Connection {
  let connection: Connection | undefined;
  try {
    connection = new Database(file);
    connection.exec(`PRAGMA busy_timeout = ${Math.trunc(busyTimeoutMs)}`);
    connection.exec("PRAGMA journal_mode = WAL");
    connection.exec(`PRAGMA synchronous = ${synchronous}`);
    // What is removed is overwritten, not only given free, so that little of it stays in the file. Beside a flush it costs nothing.
    connection.exec(`PRAGMA secure_delete = ${synchronous === "FULL" ? "ON" : "OFF"}`);
    connection.exec(`PRAGMA cache_size = -${PAGE_CACHE_KIB}`);
    connection.exec(`PRAGMA wal_autocheckpoint = ${Math.trunc(logPages)}`);
    // A log that grew during a long read, a backup for instance, gives the space back when it begins again.
    connection.exec(`PRAGMA journal_size_limit = ${2 * Math.trunc(logPages) * PAGE_BYTES}`);
    return connection;
  } catch (error) {
    connection?.close();
    // The binding tells no code where the file itself cannot be opened: a folder, or another user's.
    const code = sqliteCode(error) ?? (connection ? undefined : "SQLITE_CANTOPEN");
    throw code ? toConnectorError(error as Error, code, file) : error;
  }
}

function bindable(params: readonly SqlValue[]): SqlValue[] {
  for (const value of params) {
    if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint") continue;
    if (!Buffer.isBuffer(value)) throw new TypeError(`a ${typeof value} cannot be bound to an SQL statement`);
  }
  return params as SqlValue[];
}

function sqliteCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return error.code.startsWith("SQLITE_") ? error.code : undefined;
}

function isTableGone(error: Error): boolean {
  return /^no such (table|index)/.test(error.message);
}

const IN_DOUBT = [
  TABLES_GONE,
  "SQLITE_IOERR",
  "SQLITE_CORRUPT",
  "SQLITE_NOTADB",
  "SQLITE_CANTOPEN",
  "SQLITE_READONLY",
  "SQLITE_PROTOCOL",
];

function leavesConnectionInDoubt(code: string): boolean {
  return IN_DOUBT.some((prefix) => code.startsWith(prefix));
}

const UNAVAILABLE: ReadonlyArray<readonly [prefix: string, what: string]> = [
  ["SQLITE_BUSY", "is locked by another process for too long"],
  ["SQLITE_LOCKED", "is locked by another process for too long"],
  ["SQLITE_PROTOCOL", "is locked by another process for too long"],
  ["SQLITE_READONLY", "cannot be written: it or its folder is read-only"],
  ["SQLITE_PERM", "cannot be written: permission denied"],
  ["SQLITE_CANTOPEN", "cannot be opened"],
  ["SQLITE_IOERR", "cannot be read or written: the disk failed"],
  ["SQLITE_CORRUPT", "is damaged; restore it from a backup"],
  ["SQLITE_NOTADB", "is damaged or not a database; restore it from a backup"],
  [TABLES_GONE, "has lost its tables; restore it from a backup"],
  ["SQLITE_NOMEM", "cannot be used: out of memory"],
];

function toConnectorError(error: Error, code: string, file: string): Error {
  if (code.startsWith("SQLITE_CONSTRAINT")) return toConflict(error, code);
  // Where the shared memory file cannot grow, a full disk shows as an I/O error.
  if (code === "SQLITE_FULL" || (code.startsWith("SQLITE_IOERR") && hasNoSpace(file)))
    return trouble("store_full", file, "cannot grow: there is no space left", { reason: code }, error);
  const what = UNAVAILABLE.find(([prefix]) => code.startsWith(prefix))?.[1];
  return what ? trouble("store_unavailable", file, what, { reason: code }, error) : error;
}

/** Callers see the message, and need not know where the file lies: its path is in the cause alone, for the log. */
function trouble(
  code: "store_unavailable" | "store_full",
  file: string,
  what: string,
  details: ErrorDetails,
  cause?: unknown,
): ConnectorError {
  const where = new Error(`about ${file}`, { cause });
  return new ConnectorError(code, `The store's file ${basename(file)} ${what}.`, details, { cause: where });
}

function toConflict(error: Error, code: string): Error {
  if (code !== "SQLITE_CONSTRAINT_UNIQUE" && code !== "SQLITE_CONSTRAINT_PRIMARYKEY") return error;
  const index = /index '([^']+)'/.exec(error.message)?.[1] ?? "primary";
  return new ConnectorError("conflict", "Another object with the same key exists.", { index }, { cause: error });
}

function hasNoSpace(file: string): boolean {
  try {
    return statfsSync(dirname(file)).bavail === 0;
  } catch {
    return false; // the folder itself is gone: not a matter of space
  }
}
