import type { Change, StoredDocument, Where } from "./document-store.ts";
import { storeTime } from "./document-store.ts";

/** The fields of a document that a lease on it is kept in. */
export interface LeaseFields {
  /** The holder; null = free. */
  readonly owner: string;
  /** Grows each time the lease is taken. */
  readonly fence: string;
  /** When it runs out, by the store's clock; 0 = free. */
  readonly expiresAtMs: string;
}

/** As collections that exist for a lease, or hold one at most, name them. */
export const LEASE_FIELDS: LeaseFields = { owner: "leaseOwner", fence: "fence", expiresAtMs: "leaseExpiresAtMs" };

export interface LeaseRequest {
  readonly fields: LeaseFields;
  /** Changes the document, in one atomic statement. */
  readonly patch: (change: Change, where: Where) => Promise<StoredDocument | undefined>;
  readonly owner: string;
  /** How long the lease outlives a holder that was killed. */
  readonly leaseMs: number;
  /** When it may be taken. Without it: once it has run out by the store's clock. */
  readonly free?: Where;
  /** What else must hold. */
  readonly where?: Where;
  /** What else to write as it is taken. */
  readonly set?: Change["set"];
}

/** The right to write to one document, until it is released or lost. */
export interface Lease {
  /** As it was when the lease was taken. */
  readonly document: StoredDocument;
  /** Moves the end, and writes `set`, in one. False: the lease was lost, and nothing was written. */
  extend(set?: Change["set"]): Promise<boolean>;
  /** As `extend`, and again where the answer came so late that another holder may have it by now: this process stood still meanwhile. */
  prove(set?: Change["set"]): Promise<boolean>;
  /** So long since it was last proven that another holder may have it by now: this process stood still. */
  isStale(): boolean;
  /** Extends it three times in each `leaseMs` until `stop`. A beat that fails is only told: without the lease every later write is refused. */
  startHeartbeat(onError?: (error: unknown) => void): void;
  stop(): void;
  /** Writes an outcome and gives the lease back, in one. False: the lease was lost, and nothing was written. */
  release(change?: Change): Promise<boolean>;
}

/**
 * Takes the lease on a document where it is free: one atomic statement, by the store's clock. Undefined where it is not.
 *
 * Owner and number prove it together. The number alone would do, but it begins again where the document was removed meanwhile.
 */
export async function takeLease({
  fields,
  patch,
  owner,
  leaseMs,
  free = hasRunOut(fields),
  where,
  set,
}: LeaseRequest): Promise<Lease | undefined> {
  const end = { [fields.expiresAtMs]: storeTime(leaseMs) };
  let provenAtMs = performance.now();
  const taking = { set: { ...set, [fields.owner]: owner, ...end }, inc: { [fields.fence]: 1 } };
  const document = await patch(taking, { ...where, ...free });
  if (document === undefined) return undefined;
  const mine: Where = { [fields.owner]: owner, [fields.fence]: document[fields.fence] as number };
  let beats: NodeJS.Timeout | undefined;

  async function extend(more?: Change["set"]): Promise<boolean> {
    const askedAtMs = performance.now();
    if ((await patch({ set: { ...more, ...end } }, mine)) === undefined) return false;
    provenAtMs = askedAtMs;
    return true;
  }
  const isStale = () => performance.now() - provenAtMs > leaseMs / 2;

  return {
    document,
    extend,
    isStale,
    async prove(more) {
      do {
        if (!(await extend(more))) return false;
      } while (isStale());
      return true;
    },
    startHeartbeat(onError = () => {}) {
      beats = setInterval(() => void extend().catch(onError), leaseMs / 3).unref();
    },
    stop: () => clearInterval(beats),
    async release({ set: more, inc = {} } = {}) {
      const freed = { [fields.owner]: null, [fields.expiresAtMs]: 0 };
      return (await patch({ set: { ...freed, ...more }, inc }, mine)) !== undefined;
    },
  };
}

/** The condition under which a lease has run out. That is for the store's clock to say, not for ours. */
export function hasRunOut({ expiresAtMs }: LeaseFields): Where {
  return { [expiresAtMs]: { lte: storeTime() } };
}

/**
 * Watches a lease that another holder has. Its holder moves the end three times in each `leaseMs`; one that has not moved for half as
 * long again is abandoned, even where the store's clock, set back meanwhile, will not reach its end for hours.
 */
export function createLeaseWatch(fields: LeaseFields, leaseMs: number, now: () => number = () => performance.now()) {
  let seen: Where = {};
  let sinceMs = now();

  /**
   * @param held - the document as it is now
   * @returns the condition under which an abandoned lease is free; undefined for one that is alive, or not watched for long enough
   */
  return function look(held: StoredDocument): Where | undefined {
    const is = { [fields.fence]: held[fields.fence] as number, [fields.expiresAtMs]: held[fields.expiresAtMs] as number };
    if (Object.entries(is).some(([field, value]) => seen[field] !== value)) {
      seen = is;
      sinceMs = now();
    }
    return now() - sinceMs > 1.5 * leaseMs ? seen : undefined;
  };
}

/**
 * For a lease without heartbeat: the condition under which it ends later than one that was taken just now. The store's clock was set back
 * since then, and its holder is as good as dead.
 */
export function endsTooLate(fields: LeaseFields, held: StoredDocument, leaseMs: number): Where {
  return { [fields.fence]: held[fields.fence] as number, [fields.expiresAtMs]: { gt: storeTime(leaseMs) } };
}
