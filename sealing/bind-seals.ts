import { setImmediate as nextTurn } from "node:timers/promises";
import type { DocumentStore } from "../store/document-store.ts";
import { type KeyRing, kidOfLabel, type OlderFormat, olderFormatOf, type Refused } from "./encrypt.ts";
import { labelsInUse, sealedCollections } from "./keys.ts";
import { resealRecord, sealedRecords } from "./reseal.ts";
import { refuseOlder } from "./sentinel.ts";

export interface BindSealsOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  /** So long nothing of an older format must have been found before it is refused: an older version may still be ending. 300,000 by default. */
  readonly settleMs?: number;
  /** On a clock that is not set. */
  readonly now?: () => number;
}

/**
 * Re-encrypts what an older version encrypted in a format of its own, which is bound to less of its record: online, record by record, each
 * compare-and-set; to be called again and again. Once nothing was found for a while, the older formats are refused from then on, so that a copy of such
 * text cannot be put back into a changed record.
 *
 * Text whose key is not configured waits for that key. Text that does not open is left as it is.
 */
export function createBindSeals({ store, ring, settleMs = 300_000, now = () => performance.now() }: BindSealsOptions) {
  let isOver = false;
  let quietSinceMs = now();

  async function resealAll(signal: AbortSignal | undefined): Promise<number> {
    let count = 0;
    for await (const found of sealedRecords(store, (label) => olderFormatOf(label) !== undefined, 100)) {
      // The embedded store answers within one turn of the event loop: a server would do nothing else until the end.
      await nextTurn();
      if (signal?.aborted) return count + 1;
      const result = await resealRecord(store, ring, found);
      if (result === "resealed" || result === "changed") count += 1;
    }
    return count;
  }

  return async function bindSeals(signal?: AbortSignal): Promise<void> {
    if (isOver) return;
    if ((await resealAll(signal)) > 0) quietSinceMs = now();
    if (now() - quietSinceMs < settleMs) return;
    const kids = ring.kids();
    const labels = await Promise.all(sealedCollections().map((collection) => labelsInUse(store, collection)));
    const waiting = labels.flat().filter((label) => !kids.includes(kidOfLabel(label)));
    const refused = (format: OlderFormat): Refused => (waiting.some((label) => olderFormatOf(label) === format) ? kids : "all");
    const isRefused = await refuseOlder(store, ring, { v1: refused("v1"), v2: refused("v2") });
    isOver = isRefused && refused("v1") === "all" && refused("v2") === "all";
  };
}
