import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import { assertPrivate } from "./assert-private.ts";
import type { DocumentStore } from "./document-store.ts";
import { type Buckets, openBuckets } from "./embedded-buckets.ts";
import { type Documents, openDocuments } from "./embedded-documents.ts";

export interface EmbeddedStoreOptions {
  /** Folder of the store's files; created (0700) where it is missing. Several processes of one machine may share it, not several machines. */
  readonly dataDir: string;
  /** How long a call may wait for other processes' writes. */
  readonly busyTimeoutMs?: number;
  readonly now?: () => number;
  /** Told when it is opened: who else on this machine may reach the files. */
  readonly warn?: (message: string) => void;
}

interface Files {
  readonly documents: Documents;
  readonly buckets: Buckets;
}

const DOCUMENTS = "lever-connector.db";
const BUCKETS = "buckets.db";
/** SQLite itself waits this long for a lock, standing still; after that the call waits without holding up the event loop. */
const STANDSTILL_MS = 20;
const FIRST_PAUSE_MS = 20;
const MAX_PAUSE_MS = 100;
/** No call may wait for long: its caller is told that the store is locked, and to come again. */
const BUSY_TIMEOUT_MS = 1_500;

/**
 * The default store: SQLite files in a folder, WAL, flushed at every commit. Calls run in this process; each change is one SQL statement.
 * Opened by `open()` or the first call; if that fails, the next call tries again.
 *
 * @throws ConnectorError from every call: `conflict`, `store_unavailable`, `store_full`; `config_invalid` where every user of the machine
 *   may write the folder or its files
 */
export function createEmbeddedStore({
  dataDir,
  busyTimeoutMs = BUSY_TIMEOUT_MS,
  now = Date.now,
  warn = () => undefined,
}: EmbeddedStoreOptions): DocumentStore {
  let files: Files | undefined;
  let disposed = false;

  function open(): Files {
    if (disposed) throw new ConnectorError("store_unavailable", "The store is closed.");
    files ??= openFiles(dataDir, now, warn);
    return files;
  }
  const onDocuments = <T>(work: (documents: Documents) => T) => untilFree(() => work(open().documents), busyTimeoutMs);
  const onBuckets = <T>(work: (buckets: Buckets) => T) => untilFree(() => work(open().buckets), busyTimeoutMs);

  return {
    kind: "embedded",
    insert: (collection, document) => onDocuments((documents) => documents.insert(collection, document)) as never,
    get: (collection, scope, id) => onDocuments((documents) => documents.get(collection, scope, id)),
    find: (collection, scope, options = {}) => onDocuments((documents) => documents.find(collection, scope, options)),
    patch: (collection, scope, id, change, where) =>
      onDocuments((documents) => documents.patch(collection, scope, id, change, where)),
    claim: (collection, scope, options, change) =>
      onDocuments((documents) => documents.claim(collection, scope, options, change)),
    remove: (collection, scope, id, where) => onDocuments((documents) => documents.remove(collection, scope, id, where)),
    removeMany: (collection, scope, where, limit) =>
      onDocuments((documents) => documents.removeMany(collection, scope, where, limit)),
    count: (collection, scope, where) => onDocuments((documents) => documents.count(collection, scope, where)),
    take: (bucket, options) => onBuckets((buckets) => buckets.take(bucket, options)),
    drain: (bucket, options) => onBuckets((buckets) => buckets.drain(bucket, options)),
    open: () => onDocuments(() => undefined),
    ping: () => onDocuments((documents) => documents.ping()),
    clearLog: () => onDocuments((documents) => documents.clearLog()),
    async dispose() {
      disposed = true;
      files?.documents.close();
      files?.buckets.close();
      files = undefined;
    },
  };
}

export function documentsFile(dataDir: string): string {
  return join(dataDir, DOCUMENTS);
}

function openFiles(dataDir: string, now: () => number, warn: (message: string) => void): Files {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ConnectorError("store_unavailable", "The store's folder (DATA_DIR) cannot be created.", {}, { cause: error });
  }
  assertPrivate(dataDir, [DOCUMENTS, BUCKETS], warn);
  const options = { busyTimeoutMs: STANDSTILL_MS, now };
  const documents = openDocuments({ ...options, file: documentsFile(dataDir) });
  try {
    return { documents, buckets: openBuckets({ ...options, file: join(dataDir, BUCKETS) }) };
  } catch (error) {
    documents.close();
    throw error;
  }
}

/**
 * Runs `work` again while another process holds the lock, at random moments: SQLite's own waiting looks ever more rarely and lets a process
 * starve among busy ones.
 */
async function untilFree<T>(work: () => T, timeoutMs: number): Promise<T> {
  let deadline: number | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2)) {
    try {
      return work();
    } catch (error) {
      deadline ??= performance.now() + timeoutMs;
      if (!isBusy(error) || performance.now() >= deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * pauseMs));
  }
}

function isBusy(error: unknown): boolean {
  return isConnectorError(error, "store_unavailable") && String(error.details.reason).startsWith("SQLITE_BUSY");
}
