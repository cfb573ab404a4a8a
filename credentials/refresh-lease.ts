import { setTimeout as sleep } from "node:timers/promises";
import { systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import type { DocumentStore, Where } from "../store/document-store.ts";
import { takeLease } from "../store/lease.ts";
import { type CredentialDocument, NO_REFRESH } from "./document.ts";
import type { CredentialKey } from "./refresher.ts";

/** The right to ask for new tokens for one credential: kept by heartbeat, proved by its number at every write. */
export interface RefreshLease {
  readonly document: CredentialDocument;
  /**
   * Announces a token call, right before it: the next holder after a crash knows that an answer may be lost.
   * False: another holder has the lease by now, so the call must not be made. True is never older than half the lease, even where this
   * process stood still meanwhile.
   */
  announce(): Promise<boolean>;
  /**
   * Writes the outcome and gives the lease back, in one. False: refused, because another holder has the lease or the credential
   * was connected anew meanwhile. Tried again for a while where the store fails, since new tokens exist nowhere else.
   */
  finish(set: Record<string, unknown>, inc?: Record<string, number>): Promise<boolean>;
  /** Gives the lease back, nothing gained. `keepAnnounced`: the answer of a call may still be lost. */
  release(keepAnnounced: boolean): Promise<void>;
  /** Ends the heartbeat. The lease itself runs out where nothing was written. */
  stop(): void;
}

export interface LeaseOptions {
  readonly store: DocumentStore;
  readonly owner: string;
  readonly leaseMs: number;
  /** How long a save is tried where the store fails. */
  readonly saveMs: number;
}

export const REFRESH_LEASE = { owner: "refreshOwner", fence: "refreshFence", expiresAtMs: "refreshLeaseExpiresAtMs" };
const LIVE = { in: ["untested", "healthy", "failing", "unusable"] } as const;

/**
 * Takes the lease if it is free and the secret is still that one; one atomic statement, by the store's clock. `abandoned`: a lease that
 * was seen to stand still (store/lease.ts) is taken too, whatever that clock says.
 */
export async function acquireLease(
  { store, owner, leaseMs, saveMs }: LeaseOptions,
  key: CredentialKey,
  secretVersion: number,
  abandoned: Where | undefined = undefined,
): Promise<RefreshLease | undefined> {
  const saved = openCollection(store, "credentials");
  const lease = await takeLease({
    fields: REFRESH_LEASE,
    patch: (change, where) => saved.patch(systemAccess(key), key.id, change, where),
    owner,
    leaseMs,
    where: { secretVersion, status: LIVE },
    ...(abandoned && { free: abandoned }),
  });
  if (lease === undefined) return undefined;
  lease.startHeartbeat();
  return {
    document: lease.document as CredentialDocument,
    // Proven, because another process may have spent the refresh token while this one stood still.
    announce: () => lease.prove({ refreshIntent: secretVersion }),
    finish: (set, inc = {}) => insist(() => lease.release({ set: { ...set, ...NO_REFRESH }, inc }), saveMs),
    async release(keepAnnounced) {
      await lease.release({ set: { ...NO_REFRESH, refreshIntent: keepAnnounced ? secretVersion : 0 } });
    },
    stop: lease.stop,
  };
}

/** Again and again until it works or the time is over; the last error then. */
async function insist<T>(work: () => Promise<T>, forMs: number): Promise<T> {
  const deadlineMs = performance.now() + forMs;
  for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 1000)) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() + waitMs > deadlineMs) throw error;
      await sleep(waitMs);
    }
  }
}
