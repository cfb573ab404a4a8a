import { isConnectorError } from "../errors/connector-error.ts";
import type { CollectionName } from "./collections.ts";
import type { DocumentStore, StoredDocument } from "./document-store.ts";

export interface Inserted {
  /** What is there now under the id. */
  readonly document: StoredDocument;
  /** Stored by this call; false: by an earlier one, or by another process in the same moment. */
  readonly isNew: boolean;
}

/**
 * Stores a document unless one with its id is there. May be repeated, by several processes at once: one of them stores it, and all read the same.
 *
 * @throws ConnectorError `conflict` where another document has its place in a unique index
 */
export async function insertIfAbsent(
  store: DocumentStore,
  collection: CollectionName,
  document: Record<string, unknown> & { id: string; project: string },
): Promise<Inserted> {
  for (let isRepeated = false; ; isRepeated = true) {
    try {
      return { document: await store.insert(collection, document), isNew: true };
    } catch (error) {
      if (!isConnectorError(error, "conflict")) throw error;
      const found = await store.get(collection, document.project, document.id);
      if (found !== undefined) return { document: found, isNew: false };
      // Once more, because it may have been removed in between.
      if (isRepeated) throw error;
    }
  }
}
