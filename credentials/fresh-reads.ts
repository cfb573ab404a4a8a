import type { CollectionName } from "../store/collections.ts";
import type { DocumentStore, StoredDocument } from "../store/document-store.ts";

type Read = Promise<StoredDocument | undefined>;

interface Entry {
  readonly read: Read;
  /** The store has been asked: what it answers may be older than a call made from now on. */
  asked: boolean;
  next?: Read;
}

/**
 * Reads documents, never older than the call, and shared by as many calls as possible.
 *
 * The store is asked in the next turn of the event loop, for all callers of this one. While a read is under way its result may already
 * be stale, so later callers wait for the one after it, and share that.
 */
export function createFreshReads(store: DocumentStore, collection: CollectionName): (project: string, id: string) => Read {
  const entries = new Map<string, Entry>();

  function start(key: string, project: string, id: string, turn: Promise<void>): Read {
    const read = turn.then(async () => {
      entry.asked = true;
      try {
        return await store.get(collection, project, id);
      } finally {
        if (entry.next === undefined) entries.delete(key);
      }
    });
    const entry: Entry = { read, asked: false };
    entries.set(key, entry);
    return read;
  }

  return function read(project, id) {
    const key = `${project}\u0000${id}`;
    const entry = entries.get(key);
    if (entry === undefined) return start(key, project, id, nextTurn());
    if (!entry.asked) return entry.read;
    const startNext = () => start(key, project, id, Promise.resolve());
    entry.next ??= entry.read.then(startNext, startNext);
    return entry.next;
  };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
