import type { StoredDocument } from "../store/document-store.ts";
import type { Untold } from "../store/occurrences.ts";
import type { StepError } from "../workflows/types.ts";

export const RUN_STATUSES = ["queued", "running", "waiting", "succeeded", "failed", "cancelled", "needs_attention"] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** What a run waits for without holding a worker. */
export interface Waiting {
  readonly for: "credential" | "approval" | "time" | "budget";
  readonly step: string;
  readonly sinceMs: number;
  /** It goes on by itself then. */
  readonly untilMs?: number;
  /** Id of the credential that does not work, or whose budget is used up. */
  readonly credential?: string;
  /** What is asked, and who may answer. */
  readonly message?: string;
  readonly approvers?: readonly string[];
}

/** What a signal left for the step that it is about. It holds for what is recorded of the step under this fence or an earlier one. */
export interface Told {
  readonly step: string;
  readonly fence: number;
  readonly type: "decide" | "again" | "happened";
  readonly by: string;
  readonly atMs: number;
}

/** A run, as the store holds it (`runs` in store/collections.ts). */
export interface RunDocument extends StoredDocument, Untold {
  /** "" where it has no owner. */
  readonly owner: string;
  readonly workflow: string;
  /** Of the workflow, at the start. */
  readonly name: string;
  readonly runVersion: number;
  readonly status: RunStatus;
  readonly waiting: Waiting | null;
  /** Since when it waits, or has waited, at a step: known also once it goes on there. Absent in records that are older than this field. */
  readonly waitedAt?: Pick<Waiting, "step" | "sinceMs"> | null;
  readonly queue: "ready" | "timed" | "taken" | "credential" | "held" | "ended";
  /** Id of the credential that it waits for. */
  readonly heldBy?: string | null;
  readonly fence: number;
  readonly leaseOwner: string | null;
  readonly actor: string;
  readonly trigger: string;
  readonly shownTrigger: string;
  readonly isCatchUp: boolean;
  readonly fingerprint: string | null;
  readonly createdAtMs: number;
  readonly resumedAtMs?: number;
  readonly endedAtMs?: number | null;
  /** Why it ended otherwise than as it should, and at which step. */
  readonly error?: StepError | null;
  readonly atStep?: string | null;
  readonly told?: Told | null;
  /** What `told` gives the step as its output. */
  readonly toldSealed?: string | null;
  /** How often a process failed at it by a fault of ours since it last came on. */
  readonly faults?: number;
  readonly cancelledBy?: string | null;
  /** When its data was removed because somebody in it asked to be forgotten; that is not finished as long as `isForgetting`. */
  readonly forgottenAtMs?: number;
  readonly isForgetting?: boolean;
  /** How often a step was sent again because somebody said so: the ledger knows each time by a key of its own. */
  readonly again?: Readonly<Record<string, number>>;
}
