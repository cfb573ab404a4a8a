import type { Access } from "../store/access.ts";
import type { Decision, TriggerData } from "../workflows/types.ts";

/** A run to be started: what it does is the published version of a workflow, which never changes. */
export interface NewRun {
  /** Id of the workflow. */
  readonly workflow: string;
  /** Its name, as `run` names it in expressions. */
  readonly name: string;
  readonly version: number;
  readonly trigger: TriggerData;
  /** What people are shown of the trigger. */
  readonly shown: unknown;
  /** The user on whose behalf it runs: it reaches what belongs to that one and nothing else. */
  readonly owner?: string | undefined;
  /** Started by the clock, later than it was due. */
  readonly isCatchUp?: boolean;
  /** Tells one wish from another where both come with the same id. */
  readonly fingerprint?: string;
}

/** What a person, or another part of the program, says to a run that waits. */
export type Signal =
  /** To the approval that it waits for. */
  | { readonly type: "decide"; readonly step: string; readonly decision: Decision }
  /** To a step that failed, or whose outcome is not known: it is done again, and sent again if it was sent. */
  | { readonly type: "again"; readonly step: string }
  /** To a step whose outcome is not known: it took effect, and this is what it answered. */
  | { readonly type: "happened"; readonly step: string; readonly output: unknown };

export interface Schedule {
  readonly cron: string;
  readonly timezone: string;
}

/** A moment that a schedule named. */
export interface Tick {
  /** The run that it starts; the same in every process. */
  readonly run: string;
  readonly scheduledAtMs: number;
  /** The program was not there in time: it stands for every moment that was missed. */
  readonly isCatchUp: boolean;
}

/**
 * What makes runs go on, whatever happens to the processes that they run in. What a run does next is for `advance` to say (workflows/).
 *
 * Every call is durable when it comes back.
 */
export interface Engine {
  /** Starts a run. An id runs once, ever: false where it was there already. */
  start(access: Access, id: string, run: NewRun): Promise<boolean>;
  /** False where the run does not wait for this. */
  signal(access: Access, id: string, signal: Signal): Promise<boolean>;
  /** Ends a run before its next step; what it has begun is brought to its end. False where it has ended already. */
  cancel(access: Access, id: string): Promise<boolean>;
  /** From now on the clock starts this; null: no more. */
  schedule(access: Access, id: string, schedule: Schedule | null): Promise<void>;
  /** A credential works again: runs that wait for it go on. Without it they notice within seconds. */
  credentialWorks(access: Access, credential: string): Promise<void>;
  /** Removes runs of a project that ended longer ago than this; answers how many. */
  sweep(access: Access, keptMs: number): Promise<number>;
}
