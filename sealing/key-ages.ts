import type { DocumentStore } from "../store/document-store.ts";
import { insertIfAbsent } from "../store/insert-if-absent.ts";

const SYSTEM = "_system";

/** Remembers when keys were met first. A key itself knows no age, and its name may say anything. May be repeated. */
export async function noteKeys(store: DocumentStore, kids: readonly string[], now: () => number): Promise<void> {
  for (const kid of kids) {
    if (await firstSeenOf(store, kid)) continue;
    await insertIfAbsent(store, "meta", { id: idOf(kid), project: SYSTEM, firstSeenAtMs: now() });
  }
}

/** When a key was met first, RFC 3339; null where that was not recorded. */
export async function firstSeenOf(store: DocumentStore, kid: string): Promise<string | null> {
  const atMs = (await store.get("meta", SYSTEM, idOf(kid)))?.firstSeenAtMs;
  return typeof atMs === "number" ? new Date(atMs).toISOString() : null;
}

function idOf(kid: string): string {
  return `sealing-key ${kid}`;
}
