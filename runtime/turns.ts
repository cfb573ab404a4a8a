import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ConnectorError } from "../errors/connector-error.ts";
import type { Access } from "../store/access.ts";
import { type DocumentStore, EVERY_PROJECT, type StoredDocument, storeTime, type Where } from "../store/document-store.ts";
import { insertIfAbsent } from "../store/insert-if-absent.ts";
import { createLeaseWatch, LEASE_FIELDS, type Lease, takeLease } from "../store/lease.ts";
import { removeAll } from "../store/remove-all.ts";

/** The right to write to one object, until it is released or lost. */
export interface Turn {
  /**
   * Proves, just before an attempt is sent, that no other holder has taken the turn over meanwhile.
   * @throws ConnectorError `superseded` where a newer write has
   */
  assertMine(): Promise<void>;
  /** So long since it was last proven that another holder may have it by now: this process stood still. */
  isStale(): boolean;
  release(): Promise<void>;
}

export interface Turns {
  /**
   * Waits until every earlier write to `object` has ended, in this process in the order of the calls, and across processes by a
   * lease in the store.
   * @throws ConnectorError `write_in_progress` after `timeoutMs`, `cancelled`
   */
  take(access: Access, object: string, options: { timeoutMs: number; signal?: AbortSignal | undefined }): Promise<Turn>;
  /** Removes the leases of objects without a write for a day; answers how many. */
  sweep(): Promise<number>;
}

export interface TurnsOptions {
  readonly store: DocumentStore;
  /** How long a turn outlives a holder that was killed. */
  readonly leaseMs?: number;
  readonly onError?: (error: unknown) => void;
}

const DAY_MS = 86_400_000;

/**
 * Orders writes to one object. "Same call twice is harmless" does not mean "any order is harmless": a retried `addTags` that lands
 * after a newer `removeTags` would bring back an outcome that was withdrawn.
 */
export function createTurns({ store, leaseMs = 10_000, onError = () => {} }: TurnsOptions): Turns {
  const owner = randomUUID();
  /** The end of the last write queued here, per object; an entry goes when its queue is empty. */
  const tails = new Map<string, Promise<void>>();
  /** Fencing numbers of turns that ended while the store was away: it still holds them for ours. */
  const unreleased = new Map<string, number>();

  return {
    sweep: () => removeAll(store, "turns", EVERY_PROJECT, { expiresAtMs: { lte: storeTime() } }),
    async take({ project }, object, { timeoutMs, signal }) {
      const id = `turn_${createHash("sha256").update(object).digest("base64url")}`;
      const key = toKey(project, id);
      const giveUpAt = performance.now() + timeoutMs;

      const before = tails.get(key) ?? Promise.resolve();
      let end: () => void = () => {};
      const mine = new Promise<void>((resolve) => {
        end = resolve;
      });
      const tail = before.then(() => mine);
      tails.set(key, tail);
      void tail.then(() => tails.get(key) === tail && tails.delete(key));

      try {
        await within(before, giveUpAt - performance.now(), signal);
        return held(key, await acquire(project, id, giveUpAt, signal), end);
      } catch (error) {
        end();
        throw error;
      }
    },
  };

  async function acquire(project: string, id: string, giveUpAt: number, signal?: AbortSignal): Promise<Lease> {
    const take = (free?: Where) =>
      takeLease({
        fields: LEASE_FIELDS,
        patch: (change, where) => store.patch("turns", project, id, change, where),
        owner,
        leaseMs,
        set: { expiresAtMs: storeTime(DAY_MS) },
        ...(free && { free }),
      });
    const own = unreleased.get(toKey(project, id));
    const still = own === undefined ? undefined : await take({ fence: own, leaseOwner: owner });
    if (still) return still;
    const look = createLeaseWatch(LEASE_FIELDS, leaseMs);
    let held: StoredDocument | undefined;
    for (;;) {
      const turn = await take();
      if (turn) return turn;
      if (held === undefined && (await insertIfAbsent(store, "turns", freeTurn(project, id))).isNew) continue;
      held = await store.get("turns", project, id);
      const abandoned = held && look(held);
      const left = abandoned && (await take(abandoned));
      if (left) return left;
      if (performance.now() >= giveUpAt) throw stillRunning();
      await pause(20 + Math.random() * 60, signal);
    }
  }

  function keepUnreleased(key: string, fence: number): void {
    unreleased.set(key, fence);
    setTimeout(() => unreleased.get(key) === fence && unreleased.delete(key), leaseMs).unref();
  }

  function held(key: string, lease: Lease, end: () => void): Turn {
    lease.startHeartbeat(onError);
    return {
      async assertMine() {
        if (await lease.extend()) return;
        throw new ConnectorError("superseded", "a newer write to the same object overtook this one; it was not sent again");
      },
      isStale: lease.isStale,
      async release() {
        lease.stop();
        try {
          await lease.release();
        } catch (error) {
          // The write itself has ended and its outcome stands; the lease runs out. Until then only this process knows better.
          keepUnreleased(key, lease.document.fence as number);
          onError(error);
        } finally {
          end();
        }
      },
    };
  }
}

/** For an object without a turn. It is free, so that it is acquired by the store's clock. */
function freeTurn(project: string, id: string) {
  return { id, project, leaseOwner: null, leaseExpiresAtMs: 0, fence: 0, expiresAtMs: Date.now() + DAY_MS };
}

function toKey(project: string, id: string): string {
  return `${project}\n${id}`;
}

function stillRunning(): ConnectorError {
  return new ConnectorError("write_in_progress", "an earlier write to the same object did not end in time; nothing was sent", {
    retryAfterMs: 1000,
  });
}

async function within(earlier: Promise<void>, waitMs: number, signal?: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const stops = signal ? AbortSignal.any([stop.signal, signal]) : stop.signal;
  const late = Symbol("late");
  try {
    const first = await Promise.race([earlier, sleep(Math.max(0, waitMs), late, { signal: stops })]);
    if (first === late) throw stillRunning();
  } catch (error) {
    throw signal?.aborted ? cancelled(error) : error;
  } finally {
    stop.abort();
  }
}

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, signal ? { signal } : {});
  } catch (error) {
    throw cancelled(error);
  }
}

function cancelled(cause: unknown): ConnectorError {
  return new ConnectorError(
    "cancelled",
    "the caller gave up while the write waited for its turn; nothing was sent",
    {},
    { cause },
  );
}
