import type { CollectionName } from "./collections.ts";
import type { StoredDocument } from "./document-store.ts";

type Reading = Promise<StoredDocument | undefined>;

interface Entry {
  readonly reading: Reading;
  /** When the read was begun: what it found is as old as that, however long it took. */
  readonly begunAtMs: number;
}

/** For each collection. */
const CAPACITY = 1_000;

/** Remembers documents for callers who say how old one may be, until anything in their collection is written by this process. */
export function createRecentReads() {
  const collections = new Map<CollectionName, Map<string, Entry>>();

  function remember(collection: CollectionName, key: string, read: () => Reading): Reading {
    const entries = collections.get(collection) ?? new Map<string, Entry>();
    collections.set(collection, entries);
    if (entries.size >= CAPACITY) entries.clear();
    const begunAtMs = performance.now();
    const entry = { reading: read(), begunAtMs };
    entries.set(key, entry);
    const forget = () => {
      if (entries.get(key) === entry) entries.delete(key);
    };
    // What is missing may be made by another process at any time.
    entry.reading.then((found) => found ?? forget(), forget);
    return entry.reading;
  }

  return {
    /** What `read` answers, or what it answered at most `maxAgeMs` ago. */
    get(collection: CollectionName, key: string, maxAgeMs: number, read: () => Reading): Reading {
      const known = collections.get(collection)?.get(key);
      if (known !== undefined && performance.now() - known.begunAtMs < maxAgeMs) return known.reading;
      // Whoever asks for the latest renews what the others get.
      return known !== undefined || maxAgeMs > 0 ? remember(collection, key, read) : read();
    },
    /** Runs a write: whatever was read before its end is forgotten. */
    async writing<T>(collection: CollectionName, write: () => Promise<T>): Promise<T> {
      collections.delete(collection);
      try {
        return await write();
      } finally {
        collections.delete(collection);
      }
    },
  };
}
