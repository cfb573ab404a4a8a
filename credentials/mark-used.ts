import type { DocumentStore } from "../store/document-store.ts";
import { toTime } from "./document.ts";

const EVERY_MS = 60_000;
const CAPACITY = 10_000;

/** Remembers when credentials were used: one write a minute for each at most, whichever process gets there first. */
export function createMarkUsed(store: DocumentStore, now: () => number) {
  const markedAtMs = new Map<string, number>();
  const running = new Set<Promise<unknown>>();

  function markUsed(project: string, id: string): void {
    const atMs = now();
    if (Math.abs(atMs - (markedAtMs.get(id) ?? 0)) < EVERY_MS) return;
    if (markedAtMs.size >= CAPACITY) markedAtMs.clear();
    markedAtMs.set(id, atMs);
    const where = { lastUsedAtMs: { lt: atMs - EVERY_MS } };
    // A call must not fail for want of this note; the next use after a minute writes it again.
    const write: Promise<unknown> = store
      .patch("credentials", project, id, { set: { lastUsedAtMs: atMs, lastUsedAt: toTime(atMs) } }, where)
      .catch(() => undefined);
    void write.then(() => running.delete(write));
    running.add(write);
  }

  return { markUsed, settled: async () => void (await Promise.all(running)) };
}
