import type { Connectors } from "../connector/types.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { Listener } from "../runtime/events.ts";
import { systemAccess } from "../store/access.ts";
import { type Change, storeTime } from "../store/document-store.ts";
import { withOccurrence } from "../store/occurrences.ts";
import { advance, advanceItem } from "../workflows/advance.ts";
import type { CompiledWorkflow, Decision, Effect, Next, RunState, StepError, StepResult } from "../workflows/types.ts";
import { runEach } from "./each.ts";
import { answered, countsOf, type EachState, NOTHING_YET, toSaved } from "./each-state.ts";
import { occurrenceOf } from "./occurrence-of.ts";
import { type Context, ledgerKey, type Performed, type Performer } from "./perform.ts";
import type { RunDocument, RunStatus, Waiting } from "./run-document.ts";
import type { RunRecords, StepRecord } from "./run-records.ts";
import type { Shown } from "./shown.ts";

/** A published version, ready to run. */
export interface RunnableWorkflow {
  readonly compiled: CompiledWorkflow;
  /** Ids of its credentials, by what its steps call them. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Ids of its destinations, likewise. */
  readonly destinations: Readonly<Record<string, string>>;
}

/** The run that a worker has, until it gives it back. */
export interface Held {
  readonly run: RunDocument;
  readonly fence: number;
  /** As it is now; undefined where another has it by now. */
  look(): Promise<RunDocument | undefined>;
  /** Gives it back with this change. False: another had it already. */
  release(change: Change): Promise<boolean>;
  /** It was had for so long that others are to have their turn. */
  isLong(): boolean;
  /** The process is about to end: no further step is begun. */
  isStopping(): boolean;
  /** Aborted when the process ends without waiting any longer. */
  readonly signal: AbortSignal;
}

export interface DriveDeps {
  readonly records: RunRecords;
  readonly performer: Performer;
  readonly connectors: Pick<Connectors, "of">;
  readonly shown: Shown;
  readonly workflowOf: (run: RunDocument) => Promise<RunnableWorkflow>;
  readonly tell: Listener;
  readonly now: () => number;
}

/** Where a run is left. */
interface Left {
  readonly status: RunStatus;
  readonly queue: RunDocument["queue"];
  readonly dueAtMs?: number;
  readonly heldBy?: string;
  readonly waiting?: Waiting;
  readonly error?: StepError;
  readonly atStep?: string;
}

/**
 * Brings a run as far as it goes now: one step after the other, the result of each committed before the next begins, until it ends or has to wait.
 *
 * Whatever ends this process, another goes on from the last result; what was under way then is asked for again under the same key, so that the
 * ledger of writes says what has become of it.
 */
export function createDrive(deps: DriveDeps) {
  const { records, performer, shown, tell, now } = deps;

  return async function drive(held: Held): Promise<void> {
    const { run } = held;
    if ((run.faults ?? 0) >= MOST_FAULTS) return leave({ status: "failed", queue: "ended", error: FAULT });
    const runnable = await deps.workflowOf(run);
    const access = systemAccess(run);
    const steps = new Map((await records.steps(access, run.id)).map((record) => [record.step, record]));
    const trigger = records.triggerOf(run);
    const owner = run.owner === "" ? undefined : run.owner;
    const context: Context = {
      run: run.id,
      access: { project: run.project, actor: `run:${run.id}`, ...(owner !== undefined && { owner }) },
      ...{ credentials: runnable.credentials, destinations: runnable.destinations },
      signal: held.signal,
    };

    for (;;) {
      const current = await held.look();
      if (current === undefined) return;
      await takeTold(current);
      const next = advance(runnable.compiled, stateOf(current));
      const isEffect = next.type !== "end" && next.type !== "result";
      if (isEffect && (held.isLong() || held.isStopping())) return leave({ status: "running", queue: "ready", dueAtMs: now() });
      const left = await follow(current, next);
      if (left !== undefined) return leave(left);
    }

    function stateOf(current: RunDocument): RunState {
      const results: Record<string, StepResult> = {};
      for (const record of steps.values()) {
        const result = toResult(record);
        if (result !== undefined) results[record.step] = result;
      }
      return {
        trigger,
        run: {
          id: run.id,
          startedAt: new Date(run.createdAtMs).toISOString(),
          workflow: run.name,
          version: run.runVersion,
          owner: owner ?? null,
        },
        results,
        ...(current.cancelledBy != null && { cancelled: true }),
        ...(current.resumedAtMs !== undefined && { resumedAt: new Date(current.resumedAtMs).toISOString() }),
      };
    }

    /** What somebody said of a step takes the place of what was known of it, once. */
    async function takeTold(current: RunDocument): Promise<void> {
      const { told } = current;
      if (told == null) return;
      const record = steps.get(told.step);
      if (record !== undefined && record.fence > told.fence) return;
      // What it has done for its items stays done.
      if (record?.each !== undefined)
        return saveProgress(told.step, record.startedAtMs, answered(record.each, told.type === "happened"));
      if (told.type === "again") return void steps.delete(told.step);
      const output = records.openTold(current);
      const startedAtMs = record?.startedAtMs ?? sinceOf(current, told.step) ?? told.atMs;
      await save(told.step, { status: "succeeded", output, endedAt: toTime(told.atMs) }, { startedAtMs, input: record?.input });
    }

    async function follow(current: RunDocument, next: Next): Promise<Left | undefined> {
      switch (next.type) {
        case "end":
          // Of a run that is cancelled no one is asked any more what happened.
          if (next.status === "needs_attention" && current.cancelledBy != null) return ending({ ...next, status: "cancelled" });
          return ending(next);
        case "result":
          return save(next.step, next.result, {});
        case "wait":
          if (next.untilMs <= now())
            return save(next.step, { status: "succeeded", endedAt: toTime(now()) }, waitedSince(current, next));
          return wait(current, next.step, { for: "time", untilMs: next.untilMs });
        case "approval":
          return approval(current, next);
        case "each":
          return each(current, next);
        default:
          return call(current, next);
      }
    }

    async function call(current: RunDocument, effect: Effect): Promise<Left | undefined> {
      const { step } = effect;
      const startedAtMs = sinceOf(current, step) ?? steps.get(step)?.startedAtMs ?? now();
      const key = ledgerKey(run.id, step, { again: current.again?.[step] ?? 0 });
      let isLost = false;
      const note = async (isBegun: boolean) => {
        isLost = !(await saveRunning({ step, startedAtMs, isBegun }));
        if (isLost) throw gone();
      };
      const performed = await performer.perform(context, effect, key, {
        is: () => steps.get(step)?.isBegun === true,
        set: () => note(true),
        clear: () => (isLost ? Promise.resolve() : note(false)),
      });
      if (isLost) throw new LostRun();
      const left = toLeft(current, step, performed);
      if (left !== undefined) return left;
      return save(step, toStepResult(performed, now()), {
        startedAtMs,
        input: effect.type === "send" ? effect.body : effect.input,
        attempts: performed.type === "done" ? performed.attempts : 1,
        effect,
      });
    }

    function toLeft(current: RunDocument, step: string, performed: Performed): Left | undefined {
      if (performed.type === "held") return wait(current, step, { for: "credential", credential: performed.credential });
      if (performed.type !== "later") return undefined;
      const { atMs, budgetOf } = performed;
      if (budgetOf !== undefined) return wait(current, step, { for: "budget", untilMs: atMs, credential: budgetOf });
      return { status: "running", queue: "timed", dueAtMs: atMs };
    }

    async function approval(current: RunDocument, { step, message, approvers, deadline }: Extract<Next, { type: "approval" }>) {
      if (deadline === undefined || deadline.atMs > now())
        return wait(current, step, {
          for: "approval",
          message,
          ...(approvers && { approvers }),
          ...(deadline && { untilMs: deadline.atMs }),
        });
      const output: Decision = { decision: deadline.decision, by: null, at: toTime(deadline.atMs) };
      return save(step, { status: "succeeded", output, endedAt: toTime(now()) }, waitedSince(current, { step }));
    }

    function wait(current: RunDocument, step: string, what: Omit<Waiting, "step" | "sinceMs">): Left {
      const waiting = { ...what, step, sinceMs: sinceOf(current, step) ?? now() };
      const { untilMs, credential } = what;
      if (what.for === "credential") return { status: "waiting", queue: "credential", heldBy: String(credential), waiting };
      if (untilMs === undefined) return { status: "waiting", queue: "held", waiting };
      return { status: "waiting", queue: "timed", dueAtMs: untilMs, waiting };
    }

    async function each(current: RunDocument, next: Extract<Next, { type: "each" }>): Promise<Left | undefined> {
      const { step, over, concurrency, onError } = next;
      const before = steps.get(step);
      const startedAtMs = before?.startedAtMs ?? sinceOf(current, step) ?? now();
      const state = stateOf(current);
      const timeoutMs = PAGE_TIMEOUT_MS;
      let isLost = false;
      let isCancelled = false;
      const result = await runEach(
        {
          ...{ over, concurrency, onError, now, connectors: deps.connectors },
          effectOf: (item) => advanceItem(runnable.compiled, state, step, item),
          perform: (effect, { name, again, begun }) =>
            performer.perform(context, effect, ledgerKey(run.id, step, { item: name, again }), begun),
          async saveBegun(progress) {
            if (isLost) return;
            isLost = steps.has(step)
              ? !(await records.saveBegun(run, held.fence, step, progress.begun))
              : !(await saveRunning({ step, startedAtMs, each: progress }));
            if (isLost) throw gone();
          },
          readPage: (call) =>
            performer.perform(context, { type: "call", step, timeoutMs, ...call }, ledgerKey(run.id, step, { item: "page" })),
          isToLeave: () => isCancelled || held.isLong() || held.isStopping(),
          async save(progress) {
            await saveProgress(step, startedAtMs, progress);
            const seen = await held.look();
            isLost = seen === undefined;
            isCancelled = seen?.cancelledBy != null;
            return !isLost && !isCancelled;
          },
        },
        before?.each ?? NOTHING_YET,
      );
      if (isLost) throw new LostRun();
      const left = toSaved(result.state);
      const items = countsOf(left);
      const more = { startedAtMs, each: left };
      if (result.type === "unknown") return save(step, { status: "unknown", error: result.error }, more);
      if (result.type === "done") return save(step, { status: "succeeded", items, endedAt: toTime(now()) }, more);
      if (result.type === "failed")
        return save(step, { status: "failed", error: result.error, items, endedAt: toTime(now()) }, more);
      await saveProgress(step, startedAtMs, left);
      if (result.because !== undefined) return toLeft(current, step, result.because);
      // Cancelled, or others have their turn: the next look says which.
      return isCancelled
        ? { status: "cancelled", queue: "ended", atStep: step }
        : { status: "running", queue: "ready", dueAtMs: now() };
    }

    async function saveProgress(step: string, startedAtMs: number, each: EachState): Promise<void> {
      if (!(await saveRunning({ step, startedAtMs, each }))) throw new LostRun();
    }

    async function saveRunning(known: Pick<StepRecord, "step" | "startedAtMs" | "each" | "isBegun">): Promise<boolean> {
      const { step, each } = known;
      const record: StepRecord = {
        ...{ ...known, position: positionOf(step), fence: held.fence, status: "running", attempts: 0, endedAtMs: null },
        ...(each && { items: countsOf(each) }),
      };
      if (!(await records.saveStep(run, held.fence, record))) return false;
      steps.set(step, record);
      tell({ type: "step_changed", ...facts(), step, status: "running" });
      return true;
    }

    function positionOf(step: string): number {
      return runnable.compiled.definition.steps.findIndex(({ id }) => id === step);
    }

    async function save(
      step: string,
      result: StepResult,
      { startedAtMs = now(), input, attempts = 0, effect, each }: Facts,
    ): Promise<Left | undefined> {
      const output = result.status === "succeeded" ? result.output : undefined;
      const record: StepRecord = {
        ...{ step, position: positionOf(step), fence: held.fence, attempts, startedAtMs, input, output },
        ...(each && { each }),
        status: result.status,
        endedAtMs: "endedAt" in result && result.endedAt !== undefined ? Date.parse(result.endedAt) : now(),
        ...(result.status === "skipped" && { reason: result.reason }),
        ...("error" in result && { error: result.error }),
        ...(each && { items: countsOf(each) }),
        ...shown.step(effect, { input, output }),
      };
      if (!(await records.saveStep(run, held.fence, record))) throw new LostRun();
      // As it will be read again: numbers are the nearest ones.
      steps.set(step, { ...record, output: output === undefined ? undefined : JSON.parse(JSON.stringify(output)) });
      const durationMs = Math.max(0, Number(record.endedAtMs) - startedAtMs);
      tell({ type: "step_changed", ...facts(), step, status: record.status, code: record.error?.code, attempts, durationMs });
      return undefined;
    }

    async function leave(left: Left): Promise<void> {
      const { status, queue, dueAtMs, heldBy = null, waiting = null, error = null, atStep = null } = left;
      const isOver = queue === "ended";
      // By the store's clock, as it is compared with: how long a run is kept counts from then.
      const endedAtMs = isOver ? storeTime() : null;
      const occurrence = occurrenceOf(run, { status, waiting, error, atStep }, now());
      const set = {
        ...{ faults: 0, status, queue, dueAtMs: dueAtMs ?? null, heldBy, waiting, error, atStep, endedAtMs },
        ...(waiting && { waitedAt: { step: waiting.step, sinceMs: waiting.sinceMs } }),
        ...(occurrence && withOccurrence(run, occurrence)),
      };
      if (!(await held.release({ set }))) return;
      tell({ type: "run_changed", ...facts(), status, ...(waiting && { waitingFor: waiting.for }), code: error?.code });
    }

    function facts() {
      return { project: run.project, run: run.id, workflow: run.workflow, version: run.runVersion };
    }
  };
}

/** What else is recorded of a step. */
interface Facts {
  readonly startedAtMs?: number | undefined;
  readonly input?: unknown;
  readonly attempts?: number;
  readonly effect?: Effect;
  readonly each?: EachState;
}

/** After so many in a row a run is given up; the log has each of them. */
const MOST_FAULTS = 8;
const FAULT: StepError = {
  code: "internal_error",
  message: "This server failed again and again at the run; its log says by what",
  retryable: false,
};

/** For reading one page of a list. */
const PAGE_TIMEOUT_MS = 60_000;

/** Another process has the run by now: it knows better. */
export class LostRun extends Error {}

/** To the one that was about to send something for a run that another process has. */
function gone(): ConnectorError {
  return new ConnectorError("cancelled", "Another process has the run by now; nothing was sent");
}

function ending({ status, step, error }: Extract<Next, { type: "end" }>): Left {
  return {
    status,
    queue: status === "needs_attention" ? "held" : "ended",
    ...(error && { error }),
    ...(step !== undefined && { atStep: step }),
  };
}

/** Since when a run waits at this step, where it came there before. */
function sinceOf({ waitedAt }: RunDocument, step: string): number | undefined {
  return waitedAt?.step === step ? waitedAt.sinceMs : undefined;
}

function waitedSince(current: RunDocument, { step }: { step: string }): { startedAtMs?: number } {
  const startedAtMs = sinceOf(current, step);
  return startedAtMs === undefined ? {} : { startedAtMs };
}

function toStepResult(performed: Performed, endedAtMs: number): StepResult {
  const endedAt = toTime(endedAtMs);
  switch (performed.type) {
    case "done":
      return { status: "succeeded", output: performed.output, endedAt };
    case "failed":
      return { status: "failed", error: performed.error, endedAt };
    case "unknown":
      return { status: "unknown", error: performed.error };
    default:
      throw new Error(`a call that is ${performed.type} has no result`);
  }
}

/** What `advance` is told of a step; undefined where it has not ended. */
function toResult({ status, reason = "when", output, items, error, endedAtMs }: StepRecord): StepResult | undefined {
  const endedAt = toTime(endedAtMs ?? 0);
  switch (status) {
    case "running":
      return undefined;
    case "skipped":
      return { status, reason };
    case "unknown":
      return { status, error: error as StepError };
    case "failed":
      return { status, error: error as StepError, endedAt, ...(items && { items }) };
    default:
      return { status, output, endedAt, ...(items && { items }) };
  }
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
