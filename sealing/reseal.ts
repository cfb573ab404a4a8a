import { type ErrorCode, isConnectorError } from "../errors/connector-error.ts";
import type { CollectionName } from "../store/collections.ts";
import { type DocumentStore, EVERY_PROJECT, type StoredDocument } from "../store/document-store.ts";
import type { KeyRing } from "./encrypt.ts";
import { labelsInUse, sealedCollections } from "./keys.ts";
import { placeOf, sealedFields } from "./sealed-place.ts";

export interface SealedRecord {
  readonly collection: CollectionName;
  readonly document: StoredDocument;
}

/** Records whose label (`KeyRing.labelOf`) is wanted, page by page along the index. */
export async function* sealedRecords(
  store: DocumentStore,
  isWanted: (label: string) => boolean,
  batch: number,
): AsyncGenerator<SealedRecord> {
  for (const collection of sealedCollections()) {
    for (const label of (await labelsInUse(store, collection)).filter(isWanted)) {
      let after: { id: string; project: string } | undefined;
      for (;;) {
        const where = { sealedKid: label };
        const page = await store.find(collection, EVERY_PROJECT, { where, limit: batch, sort: ["id"], ...(after && { after }) });
        for (const document of page) yield { collection, document };
        const last = page.at(-1);
        if (last === undefined || page.length < batch) break;
        after = { id: last.id, project: last.project };
      }
    }
  }
}

/** Seals what a record holds with the current key, in place, unless the record was changed since it was read. */
export async function resealRecord(
  store: DocumentStore,
  ring: KeyRing,
  { collection, document }: SealedRecord,
): Promise<"resealed" | "changed" | ErrorCode> {
  const { project, id, version } = document;
  try {
    const sealed = Object.keys(sealedFields(collection)).filter((field) => typeof document[field] === "string");
    const resealed = sealed.map((field) => {
      return [field, ring.reseal(document[field] as string, placeOf(collection, document, field))] as const;
    });
    const sealedKid = resealed[0] === undefined ? null : ring.labelOf(resealed[0][1]);
    const set = { ...Object.fromEntries(resealed), sealedKid };
    return (await store.patch(collection, project, id, { set }, { version })) === undefined ? "changed" : "resealed";
  } catch (error) {
    if (isConnectorError(error, "sealed_data_invalid") || isConnectorError(error, "credential_key_unavailable"))
      return error.code;
    throw error;
  }
}
