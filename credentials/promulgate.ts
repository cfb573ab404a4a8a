import { setTimeout as sleep } from "node:timers/promises";
import type { DocumentStore } from "../store/document-store.ts";

/**
 * How old what a call is signed by may be, where the store is a server's: asking it for every call would cost more than everything else
 * that we do for one. The embedded store is asked for every call.
 */
export const MAX_AGE_MS = 50;
/** Clocks of different machines do not run at exactly the same pace. */
const MARGIN_MS = 5;

/**
 * Holds back the acknowledgement of a change until no process can sign by what was before it: whoever was told that a credential is
 * removed may rely on that.
 */
export async function promulgate<T>(store: DocumentStore, change: Promise<T>): Promise<T> {
  const result = await change;
  if (store.kind !== "embedded") await sleep(MAX_AGE_MS + MARGIN_MS);
  return result;
}
