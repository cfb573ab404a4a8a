import { type Access, systemAccess } from "../store/access.ts";
import type { Collection } from "../store/collection.ts";
import type { Condition } from "../store/document-store.ts";
import { toTime } from "./document.ts";
import type { SigningCredential } from "./types.ts";

const EVERY_MS = 60_000;
const CAPACITY = 10_000;

/** Remembers when credentials were used: one write a minute for each at most, whichever process gets there first. */
export function createMarkUsed(saved: Collection, now: () => number) {
  const markedAtMs = new Map<string, number>();
  const running = new Set<Promise<unknown>>();

  /** A call must not fail for want of a note; the next use writes it again. */
  function inBackground(work: Promise<unknown>): void {
    const write: Promise<unknown> = work.catch(() => undefined);
    void write.then(() => running.delete(write));
    running.add(write);
  }

  async function noteTime(access: Access, id: string, atMs: number): Promise<void> {
    const set = { lastUsedAtMs: atMs, lastUsedAt: toTime(atMs) };
    const noteWhere = (lastUsedAtMs: Condition) => saved.patch(access, id, { set }, { lastUsedAtMs });
    // A time in the future was noted by a clock that has been set back since.
    if ((await noteWhere({ lt: atMs - EVERY_MS })) === undefined) await noteWhere({ gt: atMs + EVERY_MS });
  }

  function markUsed(access: Access, id: string): void {
    const atMs = now();
    if (Math.abs(atMs - (markedAtMs.get(id) ?? 0)) < EVERY_MS) return;
    if (markedAtMs.size >= CAPACITY) markedAtMs.clear();
    markedAtMs.set(id, atMs);
    inBackground(noteTime(access, id, atMs));
  }

  function noteAccepted(signing: SigningCredential): void {
    const { id, acceptedAt } = signing.record;
    const { secretVersion } = signing;
    const isDoubted = isDisproved(signing);
    if (acceptedAt !== null && !isDoubted) return;
    const healed = isDoubted ? { status: "healthy", statusReason: null, refusedAtMs: 0 } : {};
    const where = { secretVersion, ...(isDoubted && { status: signing.record.status }) };
    inBackground(saved.patch(systemAccess(signing.record), id, { set: { acceptedAt: toTime(now()), ...healed } }, where));
  }

  return { markUsed, noteAccepted, settled: async () => void (await Promise.all(running)) };
}

/** Does a call that worked disprove the status? Not where a test found the wrong account behind it. */
function isDisproved({ record: { status, auth, lastTest } }: SigningCredential): boolean {
  const doubts = auth === "api_key" ? ["failing", "reauth_required", "unusable"] : ["failing"];
  return doubts.includes(status) && lastTest?.code !== "account_mismatch";
}
