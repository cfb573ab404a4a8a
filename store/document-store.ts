import type { CollectionName } from "./collections.ts";

/** A stored document: plain JSON (no Date, undefined, bigint). `version` starts at 1 and grows by one with every write. */
export interface StoredDocument {
  readonly id: string;
  readonly project: string;
  readonly version: number;
  readonly [field: string]: unknown;
}

/** Scope of a call that is allowed to see every project: sign-in by key hash, key rotation, jobs. Never pass it for a caller's request. */
export const EVERY_PROJECT: unique symbol = Symbol("every project");
export type ProjectScope = string | typeof EVERY_PROJECT;

/**
 * "Now, by the store's own clock, plus `offsetMs`": a value for `set` and for comparisons in `where`. Leases and expiries use it,
 * so that processes with wrong clocks still agree.
 */
export class StoreTime {
  readonly offsetMs: number;
  constructor(offsetMs = 0) {
    this.offsetMs = offsetMs;
  }
}
export function storeTime(offsetMs = 0): StoreTime {
  return new StoreTime(offsetMs);
}

export type Scalar = string | number | null;
export type Condition =
  | Scalar
  | {
      readonly lt?: number | string | StoreTime;
      readonly lte?: number | string | StoreTime;
      readonly gt?: number | string | StoreTime;
      readonly gte?: number | string | StoreTime;
    }
  | { readonly in: readonly Scalar[] };

/** Conditions on top-level fields; all must hold. A field that is absent compares as `null`. */
export type Where = Readonly<Record<string, Condition>>;

export interface Change {
  /** Top-level fields to replace; `undefined` removes the field. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** Top-level numeric fields to increase (an absent one counts as 0). */
  readonly inc?: Readonly<Record<string, number>>;
}

export interface FindOptions {
  readonly where?: Where;
  /** Fields in order, all ascending or all descending (`-field`). `id` is the last tie-break. Without a sort: the order of the index that serves the query. */
  readonly sort?: readonly string[];
  /** 1 to 1000; 100 by default. */
  readonly limit?: number;
  /** Continue behind this document (its sort fields and id; for every project also `project`), as handed out by an earlier page. */
  readonly after?: Readonly<Record<string, Scalar>>;
}

export interface TakeOptions {
  readonly ratePerSecond: number;
  /** Calls that may go at once from a full bucket. */
  readonly burst: number;
  /** Tokens wanted; fewer may be granted. */
  readonly count: number;
  /** The longest wait that is still of use to the caller. */
  readonly maxWaitMs: number;
}

export interface TakeResult {
  /** One entry per granted token: how long to wait from now before using it, ascending. May be shorter than `count`. */
  readonly waitsMs: readonly number[];
  /** Tokens that could still be taken at once after this. */
  readonly remaining: number;
  /** Until the bucket is full again. */
  readonly resetMs: number;
  /** Where fewer than `count` were granted: when the next token would be free. */
  readonly retryAfterMs?: number;
}

/**
 * Where everything is kept. Single-document atomic updates only, so that it holds on SQLite, a standalone mongod, a replica set
 * and a sharded cluster. Every acknowledged write is durable. Collections, their queryable fields and indexes are declared in
 * `collections.ts`; a query that no declared index serves is refused with an Error (a mistake of ours, not of a user).
 *
 * Errors: ConnectorError `conflict` (unique index), `store_unavailable`, `store_full`.
 */
export interface DocumentStore {
  readonly kind: "embedded" | "mongodb";

  /** Stores a new document with `version` 1. @throws ConnectorError `conflict` with `details.index` when an id or a unique index is taken */
  insert<T extends Record<string, unknown> & { id: string; project: string }>(
    collection: CollectionName,
    document: T,
  ): Promise<T & StoredDocument>;

  /** The document as it is now. */
  get(collection: CollectionName, scope: ProjectScope, id: string): Promise<StoredDocument | undefined>;

  find(collection: CollectionName, scope: ProjectScope, options?: FindOptions): Promise<StoredDocument[]>;

  /**
   * Changes one document if it is there and every condition of `where` holds (`where: {version: n}` is compare-and-set).
   * One atomic statement. Answers the document as it is afterwards, or undefined where nothing matched.
   */
  patch(
    collection: CollectionName,
    scope: ProjectScope,
    id: string,
    change: Change,
    where?: Where,
  ): Promise<StoredDocument | undefined>;

  /** Changes the first document that `where` finds, in `sort` order: one atomic statement, so that no two callers get the same one. */
  claim(
    collection: CollectionName,
    scope: ProjectScope,
    options: { where: Where; sort?: readonly string[] },
    change: Change,
  ): Promise<StoredDocument | undefined>;

  /** Removes one document if it is there and `where` holds; answers whether it did. */
  remove(collection: CollectionName, scope: ProjectScope, id: string, where?: Where): Promise<boolean>;

  /** Removes up to `limit` (default 1000) documents that match; answers how many. For expiry sweeps. */
  removeMany(collection: CollectionName, scope: ProjectScope, where: Where, limit?: number): Promise<number>;

  count(collection: CollectionName, scope: ProjectScope, where?: Where): Promise<number>;

  /**
   * Takes tokens from a bucket shared by all processes on this store (generic cell rate algorithm, one atomic update).
   * With a `count` of 0 it only tells how the bucket stands, and writes nothing. Not durable across a power loss, and need not be.
   */
  take(bucket: string, options: TakeOptions): Promise<TakeResult>;

  /** Empties the bucket and keeps it empty for `holdMs`: the service said that it is being asked too often. */
  drain(bucket: string, options: { ratePerSecond: number; burst: number; holdMs: number }): Promise<void>;

  /** Opens connections and creates the indexes. May be called twice. */
  open(): Promise<void>;

  /** Cheap proof that reads and writes work. @throws ConnectorError `store_unavailable` or `store_full` */
  ping(): Promise<void>;

  /** What was removed or replaced stays in no log of the store's, as far as that is in its hands: another process that reads may keep it a while. */
  clearLog(): Promise<void>;

  /** Closes everything; may be called twice or before any use. */
  dispose(): Promise<void>;
}
