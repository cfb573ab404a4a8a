import { type DocumentStore, EVERY_PROJECT, storeTime } from "../store/document-store.ts";

const BATCH = 1000;

/** Removes, in bounded steps, all documents whose time is over by the store's clock; answers how many. */
export async function removeExpired(store: DocumentStore, collection: "writes" | "turns"): Promise<number> {
  let removed = 0;
  for (;;) {
    const step = await store.removeMany(collection, EVERY_PROJECT, { expiresAtMs: { lte: storeTime() } }, BATCH);
    removed += step;
    if (step < BATCH) return removed;
  }
}
