import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { ErrorCode } from "../errors/connector-error.ts";
import type { CollectionName } from "../store/collections.ts";
import { type DocumentStore, EVERY_PROJECT } from "../store/document-store.ts";
import type { KeyRing } from "./encrypt.ts";
import { labelsInUse, sealedCollections } from "./keys.ts";
import { resealRecord, sealedRecords } from "./reseal.ts";

export interface RotateOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly onProgress?: (progress: RotateProgress) => void;
  /** Records read at a time; 100 by default. */
  readonly batch?: number;
  /** Continues looking for so long, because a running server may seal with the old key until it has read the key file again. 1,500 by default. */
  readonly settleMs?: number;
  readonly signal?: AbortSignal;
}

export interface RotateProgress {
  readonly done: number;
  /** As counted at the start; records sealed meanwhile come on top. */
  readonly total: number;
}

export interface RotateReport {
  readonly kid: string;
  readonly resealed: number;
  /** Records that could not be opened with their key; they are left as they are. */
  readonly failed: readonly {
    readonly collection: CollectionName;
    readonly project: string;
    readonly id: string;
    readonly code: ErrorCode;
  }[];
}

/**
 * Wraps every data key with the current key: online, record by record, each compare-and-set. It may be stopped or killed at any
 * time and run again; records already done are not touched. Plaintext is opened only where it is still sealed in an older format, and what a
 * record says does not change.
 */
export async function rotateKeys(options: RotateOptions): Promise<RotateReport> {
  const { store, ring, onProgress, batch = 100, settleMs = 1500, signal } = options;
  const failed = new Map<string, RotateReport["failed"][number]>();
  const total = await countOld(store, ring);
  let resealed = 0;
  onProgress?.({ done: 0, total });

  const isOld = (label: string) => label !== ring.currentLabel();

  /** Answers how many records were still under an old key. */
  async function pass(): Promise<number> {
    let met = 0;
    for await (const found of sealedRecords(store, isOld, batch)) {
      // The embedded store answers within one turn of the event loop: a server would do nothing else until the end.
      await nextTurn();
      signal?.throwIfAborted();
      const result = await resealRecord(store, ring, found);
      if (result === "changed") met += 1;
      if (result === "changed") continue;
      const key = `${found.collection} ${found.document.project} ${found.document.id}`;
      if (result !== "resealed") {
        failed.set(key, { collection: found.collection, project: found.document.project, id: found.document.id, code: result });
        continue;
      }
      failed.delete(key);
      met += 1;
      resealed += 1;
      onProgress?.({ done: resealed, total: Math.max(total, resealed) });
    }
    return met;
  }

  const startedAtMs = performance.now();
  for (;;) {
    const met = await pass();
    const leftMs = settleMs - (performance.now() - startedAtMs);
    if (met === 0 && leftMs <= 0) return { kid: ring.currentKid(), resealed, failed: [...failed.values()] };
    if (met === 0) await sleep(leftMs, undefined, { signal });
  }
}

async function countOld(store: DocumentStore, ring: KeyRing): Promise<number> {
  let total = 0;
  for (const collection of sealedCollections()) {
    const labels = (await labelsInUse(store, collection)).filter((label) => label !== ring.currentLabel());
    for (const sealedKid of labels) total += await store.count(collection, EVERY_PROJECT, { sealedKid });
  }
  return total;
}
