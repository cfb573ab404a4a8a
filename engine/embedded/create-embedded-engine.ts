import { randomUUID } from "node:crypto";
import { stringifyJson } from "../../connector/exact-json.ts";
import type { CredentialStore } from "../../credentials/credential-store.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import { type Access, systemAccess } from "../../store/access.ts";
import { openCollection } from "../../store/collection.ts";
import { type DocumentStore, storeTime } from "../../store/document-store.ts";
import { removeAll } from "../../store/remove-all.ts";
import { createDrive, type DriveDeps } from "../drive.ts";
import type { Engine, NewRun, Signal, Tick } from "../engine.ts";
import type { RunDocument } from "../run-document.ts";
import { createRunQueue } from "./queue.ts";
import { createSchedules } from "./schedules.ts";
import { createWorkers, type WorkersOptions } from "./workers.ts";

export interface EmbeddedEngine extends Engine {
  /** Begins to work on runs, its own and those that other processes leave. Until then it only takes note of what is asked. */
  work(): void;
  /** Begins nothing new, and comes back when what is under way has been given back. Repeatable. */
  stop(): Promise<void>;
}

export interface EmbeddedEngineDeps extends DriveDeps {
  readonly store: DocumentStore;
  readonly credentials: Pick<CredentialStore, "get">;
  /** Done for each moment of a schedule, once in all processes; may be done again where a process died meanwhile. */
  readonly onTick: (access: Access, id: string, tick: Tick) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** How long a run outlives a process that was killed. 10 s by default. */
  readonly leaseMs?: number;
  readonly workers?: Pick<WorkersOptions, "most" | "mostOfProject" | "pollMs" | "turnMs">;
}

/** So often it is asked whether credentials that runs wait for work again. */
const CREDENTIALS_MS = 2_000;

/** The engine on the store itself: nothing else has to run. */
export function createEmbeddedEngine(deps: EmbeddedEngineDeps): EmbeddedEngine {
  const { store, records, credentials, onTick, onError, tell, now, leaseMs = 10_000 } = deps;
  const runs = openCollection(store, "runs");
  const queue = createRunQueue({ store, leaseMs, owner: randomUUID() });
  const schedules = createSchedules({ store, now, onError });
  const workers = createWorkers({ queue, records, drive: createDrive(deps), tend, onError, ...deps.workers });
  let credentialsAtMs = Number.NEGATIVE_INFINITY;
  let ended: Promise<void> | undefined;

  return {
    work: workers.begin,
    stop() {
      ended ??= workers.end();
      return ended;
    },
    async start(access, id, run) {
      const { isNew, document } = await runs.insertIfAbsent(access, toDocument(access, id, run));
      if (isNew) told(document as RunDocument, "queued");
      workers.wake();
      return isNew;
    },
    async signal(access, id, signal) {
      // Something else about it may change meanwhile: as long as it waits for this, it is told.
      for (;;) {
        const run = await records.run(access, id);
        if (run === undefined || !waitsFor(run, signal)) return false;
        const changed = await runs.patch(access, id, { set: toChange(access, run, signal) }, { version: run.version });
        if (changed === undefined) continue;
        told(changed as RunDocument, "queued");
        workers.wake();
        return true;
      }
    },
    async cancel(access, id) {
      for (;;) {
        const run = await records.run(access, id);
        if (run === undefined || run.queue === "ended") return false;
        // The worker that has it, or takes it next, ends it before the next step.
        const set = {
          cancelledBy: access.actor,
          ...(run.queue !== "taken" && { queue: "ready", dueAtMs: storeTime() }),
          // No one is asked any more what became of it: those who follow the run wait for its end.
          ...(run.queue === "held" && { status: "queued" }),
        };
        if ((await runs.patch(access, id, { set }, { version: run.version })) === undefined) continue;
        workers.wake();
        return true;
      }
    },
    schedule: schedules.set,
    async credentialWorks({ project }, credential) {
      if ((await queue.release({ project, heldBy: credential })) > 0) workers.wake();
    },
    async sweep(access, keptMs) {
      const isOver = { endedAtMs: { lte: storeTime(-keptMs) } };
      let count = 0;
      for (;;) {
        const over = await runs.find(access, { where: isOver, limit: 100 });
        for (const { id } of over) {
          // From now on it cannot be continued, whatever is still there of it.
          if ((await runs.patch(access, id, { set: { atStep: null } }, { queue: "ended", ...isOver })) === undefined) continue;
          await removeAll(store, "runSteps", access.project, { run: id });
          await removeAll(store, "runReveals", access.project, { run: id });
          if (await runs.remove(access, id, { queue: "ended" })) count += 1;
        }
        if (over.length < 100) return count;
      }
    },
  };

  async function tend(): Promise<void> {
    await schedules.tend(onTick);
    if (performance.now() - credentialsAtMs < CREDENTIALS_MS) return;
    credentialsAtMs = performance.now();
    await queue.wakeByCredential(worksAgain);
  }

  async function worksAgain(run: RunDocument): Promise<boolean> {
    try {
      return (await credentials.get(systemAccess(run), String(run.heldBy))).status !== "reauth_required";
    } catch (error) {
      // One that was removed: the step says so.
      if (isConnectorError(error, "not_found")) return true;
      throw error;
    }
  }

  function toDocument({ project, actor }: Access, id: string, run: NewRun) {
    const { workflow, name, version, trigger, shown, owner = "", isCatchUp = false, fingerprint = null } = run;
    const atMs = now();
    return {
      ...{ id, owner, workflow, name, runVersion: version, isCatchUp, fingerprint, actor },
      ...records.sealTrigger({ project, id, owner, workflow }, trigger),
      shownTrigger: stringifyJson(shown),
      ...{ status: "queued", waiting: null, queue: "ready", dueAtMs: atMs, createdAtMs: atMs },
      ...{ leaseOwner: null, leaseExpiresAtMs: 0, fence: 0 },
    };
  }

  function toChange({ actor }: Access, run: RunDocument, signal: Signal) {
    const { step, type } = signal;
    const output = type === "decide" ? signal.decision : type === "happened" ? signal.output : undefined;
    const again = { ...run.again, [step]: (run.again?.[step] ?? 0) + 1 };
    return {
      told: { step, type, fence: run.fence, by: actor, atMs: now() },
      ...(output !== undefined && records.sealTold(run, output)),
      ...(type === "again" && { again, resumedAtMs: now(), waitedAt: null }),
      ...{ status: "queued", queue: "ready", dueAtMs: storeTime(), waiting: null, error: null, atStep: null },
      ...{ endedAtMs: null, cancelledBy: null },
    };
  }

  function told(run: RunDocument, status: string): void {
    tell({ type: "run_changed", project: run.project, run: run.id, workflow: run.workflow, version: run.runVersion, status });
  }
}

function waitsFor(run: RunDocument, { type, step }: Signal): boolean {
  if (type === "decide") return run.status === "waiting" && run.waiting?.for === "approval" && run.waiting.step === step;
  if (type === "happened") return run.status === "needs_attention" && run.atStep === step;
  return (run.status === "needs_attention" || run.status === "failed" || run.status === "cancelled") && run.atStep === step;
}
