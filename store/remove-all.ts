import type { CollectionName } from "./collections.ts";
import type { DocumentStore, ProjectScope, Where } from "./document-store.ts";

const BATCH = 1000;

/** Removes, in bounded steps, all documents that match, until there are none; answers how many. */
export async function removeAll(
  store: Pick<DocumentStore, "removeMany">,
  collection: CollectionName,
  scope: ProjectScope,
  where: Where = {},
): Promise<number> {
  let removed = 0;
  for (;;) {
    const step = await store.removeMany(collection, scope, where, BATCH);
    removed += step;
    if (step === 0) return removed;
  }
}
