import { ConnectorError } from "../errors/connector-error.ts";
import type { Access } from "./access.ts";
import { COLLECTIONS, type HeldCollection } from "./collections.ts";
import type { Change, DocumentStore, FindOptions, StoredDocument, Where } from "./document-store.ts";
import { type Inserted, insertIfAbsent } from "./insert-if-absent.ts";

/** A collection as an access reaches it: what belongs to another project or another owner is not there. */
export interface Collection {
  /**
   * Stores a new document, of the access's project and owner. An access to the whole project may name an owner in the document.
   * @throws ConnectorError `conflict`; `forbidden` where an owner would create what does not belong to it
   */
  insert<T extends Record<string, unknown> & { id: string }>(access: Access, document: T): Promise<T & StoredDocument>;
  /** Stores it unless one with its id is there. @throws ConnectorError as `insert`; `conflict` where that one is out of reach */
  insertIfAbsent(access: Access, document: Record<string, unknown> & { id: string }): Promise<Inserted>;
  get(access: Access, id: string): Promise<StoredDocument | undefined>;
  find(access: Access, options?: FindOptions): Promise<StoredDocument[]>;
  patch(access: Access, id: string, change: Change, where?: Where): Promise<StoredDocument | undefined>;
  remove(access: Access, id: string, where?: Where): Promise<boolean>;
}

/**
 * The one place where a collection is held to an access, by what collections.ts says of whom its documents belong to. Whatever needs more, such
 * as a sweep or signing in by the hash of a key, asks the store for `EVERY_PROJECT`.
 */
export function openCollection(store: DocumentStore, name: HeldCollection): Collection {
  const hasOwners = COLLECTIONS[name].belongsTo === "owner";

  /** The conditions within the access's reach; undefined where nothing is. */
  function reached({ owner }: Access, where: Where = {}): Where | undefined {
    if (owner === undefined) return where;
    const isElsewhere = where.owner !== undefined && where.owner !== owner;
    return hasOwners && !isElsewhere ? { ...where, owner } : undefined;
  }

  /** The new document, of the access's project and owner. */
  function owned<T extends Record<string, unknown> & { id: string }>({ project, owner }: Access, document: T) {
    const named = typeof document.owner === "string" ? document.owner : "";
    if (owner !== undefined && (!hasOwners || (named !== "" && named !== owner))) throw forbidden();
    return { ...document, project, ...(hasOwners && { owner: owner ?? named }) };
  }

  return {
    insert: async (access, document) => store.insert(name, owned(access, document)),
    async insertIfAbsent(access, document) {
      const inserted = await insertIfAbsent(store, name, owned(access, document));
      if (access.owner === undefined || inserted.document.owner === access.owner) return inserted;
      throw new ConnectorError("conflict", "Another object with the same key exists.", { index: "primary" });
    },
    async get(access, id) {
      const found = reached(access) && (await store.get(name, access.project, id));
      return access.owner === undefined || found?.owner === access.owner ? found : undefined;
    },
    async find(access, { where, ...options } = {}) {
      const within = reached(access, where);
      return within === undefined ? [] : store.find(name, access.project, { ...options, where: within });
    },
    async patch(access, id, change, where) {
      const within = reached(access, where);
      return within && store.patch(name, access.project, id, change, within);
    },
    async remove(access, id, where) {
      const within = reached(access, where);
      return within !== undefined && store.remove(name, access.project, id, within);
    },
  };
}

function forbidden(): ConnectorError {
  return new ConnectorError("forbidden", "An owner can only create what belongs to it");
}
