import { systemAccess } from "../../store/access.ts";
import { openCollection } from "../../store/collection.ts";
import { type DocumentStore, EVERY_PROJECT, type StoredDocument, storeTime, type Where } from "../../store/document-store.ts";
import { hasRunOut, LEASE_FIELDS, type Lease, takeLease } from "../../store/lease.ts";
import type { RunDocument } from "../run-document.ts";

export interface RunQueue {
  /** The run that has waited longest, of the first project behind this one that has any and is not left out; undefined where there is none. */
  next(behind: string, leftOut: ReadonlySet<string>): Promise<RunDocument | undefined>;
  /** Takes a run that is ready. Undefined where another was faster. */
  take(run: RunDocument): Promise<Lease | undefined>;
  /** Makes ready what has waited until its time, and what a process that died had taken; answers how many. */
  wake(): Promise<number>;
  /** Every credential that runs wait for, and lets them go on where it works again. */
  wakeByCredential(works: (run: RunDocument) => Promise<boolean>): Promise<number>;
  /** Lets the runs go on that wait for this credential. */
  release(held: Pick<RunDocument, "project" | "heldBy">): Promise<number>;
}

export interface RunQueueOptions {
  readonly store: DocumentStore;
  readonly leaseMs: number;
  /** Names this process. */
  readonly owner: string;
}

/** Behind every document of a project, in the order of the index. */
const LAST = { dueAtMs: Number.MAX_SAFE_INTEGER, id: "\uffff" };
const BATCH = 200;

/** Where runs wait for a worker: a queue per project, in the store, walked by its indexes. */
export function createRunQueue({ store, leaseMs, owner }: RunQueueOptions): RunQueue {
  const runs = openCollection(store, "runs");

  return {
    async next(behind, leftOut) {
      return (
        (await head({ ...LAST, project: behind }, undefined, leftOut)) ??
        (behind === "" ? undefined : head(undefined, behind, leftOut))
      );
    },
    take: (run) =>
      takeLease({
        fields: LEASE_FIELDS,
        patch: (change, where) => runs.patch(systemAccess(run), run.id, change, where),
        owner,
        leaseMs,
        free: { queue: "ready" },
        set: { queue: "taken", status: "running", waiting: null, heldBy: null, dueAtMs: null },
      }),
    async wake() {
      const due = await find({ queue: "timed", dueAtMs: { lte: storeTime() } });
      const left = await find({ queue: "taken", ...hasRunOut(LEASE_FIELDS) });
      // It was taken before the clock was set back: a worker that still has it extends it by the clock as it is now.
      const tooLate = await find({ queue: "taken", leaseExpiresAtMs: { gt: storeTime(3 * leaseMs) } });
      return makeReady([...due, ...left, ...tooLate]);
    },
    async wakeByCredential(works) {
      let woken = 0;
      for (let after: { project: string; heldBy: string; id: string } | undefined; ; ) {
        const [first] = await find({ queue: "credential" }, { sort: ["project", "heldBy"], limit: 1, ...(after && { after }) });
        if (first === undefined) return woken;
        const run = first as RunDocument;
        if (await works(run)) woken += await release(run);
        after = { project: run.project, heldBy: String(run.heldBy), id: "\uffff" };
      }
    },
    release,
  };

  async function head(after: object | undefined, until: string | undefined, leftOut: ReadonlySet<string>) {
    for (let at = after as Record<string, string | number> | undefined; ; ) {
      const [first] = await find({ queue: "ready" }, { sort: ["project", "dueAtMs"], limit: 1, ...(at && { after: at }) });
      if (first === undefined || (until !== undefined && first.project > until)) return undefined;
      if (!leftOut.has(first.project)) return first as RunDocument;
      at = { ...LAST, project: first.project };
    }
  }

  async function release({ project, heldBy }: Pick<RunDocument, "project" | "heldBy">): Promise<number> {
    let woken = 0;
    for (;;) {
      const held = await find({ queue: "credential", project, heldBy: String(heldBy) });
      const now = await makeReady(held);
      woken += now;
      if (held.length < BATCH || now === 0) return woken;
    }
  }

  /** Each only as it was found: another process may have been faster. Whoever had it has it no more. */
  async function makeReady(found: readonly StoredDocument[]): Promise<number> {
    let count = 0;
    for (const { id, project, version } of found) {
      const set = { queue: "ready", dueAtMs: storeTime(), leaseOwner: null, leaseExpiresAtMs: 0 };
      if (await runs.patch(systemAccess({ project }), id, { set }, { version })) count += 1;
    }
    return count;
  }

  function find(where: Where, options: object = {}): Promise<StoredDocument[]> {
    return store.find("runs", EVERY_PROJECT, { where, limit: BATCH, ...options });
  }
}
