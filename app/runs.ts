import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { toOwner } from "../credentials/check-input.ts";
import type { CredentialStore } from "../credentials/credential-store.ts";
import type { RunnableWorkflow } from "../engine/drive.ts";
import { type EachState, endedIn, expectedEndMs, outcomesOf } from "../engine/each-state.ts";
import type { Engine, NewRun, Signal, Tick } from "../engine/engine.ts";
import type { Performer } from "../engine/perform.ts";
import type { RunDocument, RunStatus } from "../engine/run-document.ts";
import type { RunRecords, StepRecord } from "../engine/run-records.ts";
import type { Shown } from "../engine/shown.ts";
import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import type { Events } from "../runtime/events.ts";
import type { Budget, RevealedRun, Run, RunStep, RunSummary, Workflow } from "../schemas/types/index.ts";
import type { WebhookTrigger } from "../schemas/types/platform/workflow.ts";
import { type Access, systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import type { DocumentStore } from "../store/document-store.ts";
import { findPage, type Page } from "../store/find-page.ts";
import { newId } from "../store/new-id.ts";
import type { Event, Started } from "../triggers/types.ts";
import { credentialsIn } from "../workflows/definition.ts";
import { startingOutcomes } from "../workflows/trigger.ts";
import type { Step } from "../workflows/types.ts";
import { checkRunInput } from "./run-input.ts";
import type { Workflows } from "./workflows.ts";

export interface StartOptions {
  readonly input?: unknown;
  readonly owner?: string | undefined;
  /** The same key of the same caller names the same run, ever. */
  readonly key?: string | undefined;
}

export interface RunFilter {
  /** Id of a workflow. */
  readonly workflow?: string | undefined;
  readonly status?: RunStatus | undefined;
}

export interface Runs {
  /**
   * Starts a run of a workflow's published version; of one with a schedule as if this were one of its moments, beside those that it has.
   * @throws ConnectorError `not_found`, `input_invalid`, `conflict` where the workflow is paused, was never published or is started by deliveries,
   *   `idempotency_key_reused`
   */
  start(access: Access, workflow: string, options?: StartOptions): Promise<{ readonly id: string; readonly isNew: boolean }>;
  /** For a moment of a workflow's schedule. May be repeated. Starts nothing where the workflow is paused or gone, and its schedule was left behind. */
  startByClock(access: Access, workflow: string, tick: Tick): Promise<void>;
  /** For a delivery to the endpoint that starts the workflow. May be repeated. */
  startByDelivery(workflow: string, run: string, event: Event): Promise<Started>;
  /** Newest first. @throws ConnectorError `input_invalid`, `cursor_invalid` */
  list(
    access: Access,
    options?: RunFilter & { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  ): Promise<Page<RunSummary>>;
  /** @throws ConnectorError `not_found`, as all below */
  get(access: Access, id: string): Promise<Run>;
  /** The run once it has ended or waits for a person, or when the time is over. */
  settled(access: Access, id: string, options: { readonly withinMs: number; readonly signal?: AbortSignal }): Promise<Run>;
  /** The run as it is, and again whenever it has changed, until it has ended. */
  follow(access: Access, id: string, signal: AbortSignal): AsyncGenerator<Run, void, undefined>;
  /** @throws ConnectorError `conflict` where it waits for no approval, `forbidden` where somebody else is asked */
  decide(access: Access, id: string, decision: "approved" | "declined", by: Decider): Promise<Run>;
  /** Continues a run that stopped at a step. @throws ConnectorError `conflict` where it did not */
  retry(access: Access, id: string, options?: RetryOptions): Promise<Run>;
  /** Starts another run with the same input, of the version that is published now. */
  again(access: Access, id: string): Promise<{ readonly id: string }>;
  /** @throws ConnectorError `conflict` where it has ended */
  cancel(access: Access, id: string): Promise<Run>;
  /** The data as it is; that it was shown is recorded first. */
  reveal(access: Access, id: string, reason: string): Promise<RevealedRun>;
  /** Who was shown the data, newest first. */
  reveals(access: Access, id: string): Promise<{ readonly by: string; readonly at: string; readonly reason: string }[]>;
}

export interface Decider {
  /** Every name of the person or key that decides. */
  readonly names: readonly string[];
  readonly note?: string | undefined;
}

export interface RetryOptions {
  /** Of a write whose outcome is not known. */
  readonly outcome?: "happened" | "not_happened" | undefined;
  /** Of what was created. */
  readonly id?: string | undefined;
}

export interface RunsDeps {
  readonly store: DocumentStore;
  readonly engine: Engine;
  readonly records: RunRecords;
  readonly performer: Pick<Performer, "budgetOf">;
  readonly workflows: Workflows;
  readonly credentials: Pick<CredentialStore, "get">;
  readonly shown: Shown;
  readonly events: Events;
  readonly now?: () => number;
}

/** As connectors name the environment of real data. */
const PRODUCTION = "production";
/** What another process does to a run is noticed within this. */
const LOOK_MS = 400;

export function createRuns(deps: RunsDeps): Runs {
  const { store, engine, records, performer, workflows, credentials, shown, events, now = Date.now } = deps;
  const runs = openCollection(store, "runs");
  const reveals = openCollection(store, "runReveals");

  return {
    async start(access, workflow, { input, owner, key } = {}) {
      const { version, definition } = await workflows.toStart(access, workflow);
      const { trigger } = definition;
      if (trigger.type === "webhook")
        throw new ConnectorError("conflict", "Deliveries to an endpoint start this workflow; one that came can be replayed");
      checkRunInput(trigger, input);
      const behalf = toBehalf(access, definition, owner);
      const fingerprint = hash(JSON.stringify([workflow, input ?? null, behalf ?? ""]));
      const id = key === undefined ? newId("run") : `run_${hash(`${access.actor}\n${toKey(key)}`).slice(0, 26)}`;
      const run: NewRun = {
        ...{ workflow, name: definition.name, version, fingerprint },
        ...(trigger.type === "schedule" ? tickAt(now()) : ofInput(trigger.input as JsonSchema | undefined, input)),
        ...(behalf !== undefined && { owner: behalf }),
      };
      const isNew = await engine.start(access, id, run);
      if (!isNew && (await read(access, id)).fingerprint !== fingerprint)
        throw new ConnectorError("idempotency_key_reused", "this Idempotency-Key started another run; none was started");
      return { id, isNew };
    },
    async startByClock(access, workflow, { run, scheduledAtMs, isCatchUp }) {
      const published = await workflows.toStart(access, workflow).catch(noneToStart);
      if (published === undefined) return;
      const { version, definition } = published;
      await engine.start(access, run, { workflow, name: definition.name, version, ...tickAt(scheduledAtMs), isCatchUp });
    },
    async startByDelivery(workflow, run, event) {
      const access = systemAccess(event);
      const { body, verification, shownBody } = event;
      const published = await workflows.toStart(access, workflow).catch(noneToStart);
      if (published?.definition.trigger.type !== "webhook") return { why: "A workflow was paused or changed meanwhile" };
      const { version, definition } = published;
      const why = whyNot(published.definition.trigger, event);
      if (why !== undefined) return { why };
      if (verification.test && !(await isForTests(access, workflow, version)))
        return { why: "It is a test, and a workflow works with a credential for production" };
      const shown = { body: shownBody, verification };
      await engine.start(access, run, { workflow, name: definition.name, version, trigger: { body, verification }, shown });
      return { name: definition.name };
    },
    list(access, { workflow, status, ...page } = {}) {
      const where = { ...(workflow !== undefined && { workflow }), ...(status !== undefined && { status }) };
      const toItem = (document: unknown) => toSummary(document as RunDocument);
      return findPage((options) => runs.find(access, options), toItem, { ...page, where, newestFirst: true });
    },
    get,
    async settled(access, id, { withinMs, signal }) {
      const over = AbortSignal.any([AbortSignal.timeout(withinMs), ...(signal ? [signal] : [])]);
      for await (const run of looks(access, id, over)) if (isSettled(run)) return toRun(access, run);
      return get(access, id);
    },
    async *follow(access, id, signal) {
      let told = "";
      for await (const found of looks(access, id, signal)) {
        const run = await toRun(access, found);
        const text = JSON.stringify(run);
        if (text !== told) yield run;
        if (found.queue === "ended") return;
        told = text;
      }
    },
    async decide(access, id, decision, { names, note }) {
      const run = await read(access, id);
      const { waiting } = run;
      if (waiting?.for !== "approval") throw new ConnectorError("conflict", "The run waits for no approval");
      const asked = waiting.approvers?.map((name) => name.toLowerCase());
      if (asked !== undefined && !names.some((name) => asked.includes(name.toLowerCase())))
        throw new ConnectorError("forbidden", "Somebody else is asked for this approval");
      const at = new Date(now()).toISOString();
      const told = { decision, by: names[0] ?? access.actor, at, ...(note !== undefined && { note }) };
      await signalOrConflict(
        access,
        id,
        { type: "decide", step: waiting.step, decision: told },
        "The run waits for no approval any more",
      );
      return get(access, id);
    },
    async retry(access, id, { outcome, id: created } = {}) {
      const run = await read(access, id);
      const step = run.atStep;
      if (step == null) throw new ConnectorError("conflict", "The run did not stop at a step");
      await signalOrConflict(access, id, toSignal(run, step, outcome, created), "The run did not stop, or continues already");
      return get(access, id);
    },
    async again(access, id) {
      const run = await read(access, id);
      if (run.forgottenAtMs !== undefined)
        throw new ConnectorError(
          "conflict",
          "The input of the run was removed because it named a person who was to be forgotten",
        );
      const trigger = records.triggerOf(run);
      const { version, definition } = await workflows.toStart(access, run.workflow);
      if ("input" in trigger) checkRunInput(definition.trigger, trigger.input);
      const next = newId("run");
      await engine.start(access, next, {
        ...{ workflow: run.workflow, name: definition.name, version, trigger },
        shown: JSON.parse(run.shownTrigger),
        ...(run.owner !== "" && { owner: run.owner }),
      });
      return { id: next };
    },
    async cancel(access, id) {
      await read(access, id);
      if (!(await engine.cancel(access, id))) throw new ConnectorError("conflict", "The run has ended");
      return get(access, id);
    },
    async reveal(access, id, reason) {
      const run = await read(access, id);
      await reveals.insert(access, {
        id: newId("reveal"),
        run: id,
        owner: run.owner,
        by: access.actor,
        reason,
        createdAtMs: now(),
      });
      const steps = await records.steps(access, id);
      return {
        id,
        trigger: records.triggerOf(run),
        steps: steps.map(({ step, input, output }) => ({ id: step, input: input ?? null, output: output ?? null })),
      };
    },
    async reveals(access, id) {
      await read(access, id);
      const found = await reveals.find(access, { where: { run: id }, sort: ["-createdAtMs"], limit: 100 });
      return found.map(({ by, createdAtMs, reason }) => ({
        by: String(by),
        at: toTime(createdAtMs) as string,
        reason: String(reason),
      }));
    },
  };

  /** A credential of an owner may be for production: which one it will be is not known yet. */
  async function isForTests(access: Access, workflow: string, runVersion: number): Promise<boolean> {
    const { compiled, credentials: used } = await workflows.runnable({ project: access.project, workflow, runVersion });
    if (credentialsIn(compiled.definition).includes("owner")) return false;
    const found = await Promise.all(Object.values(used).map((id) => credentials.get(access, id)));
    return found.every(({ environment }) => environment !== PRODUCTION);
  }

  async function read(access: Access, id: string): Promise<RunDocument> {
    const run = await records.run(access, id);
    if (run === undefined) throw new ConnectorError("not_found", "There is no such run", { kind: "run" });
    return run;
  }

  function ofInput(schema: JsonSchema | undefined, input: unknown) {
    return input === undefined
      ? { trigger: {}, shown: null }
      : { trigger: { input }, shown: { input: shown.trigger(schema, input) } };
  }

  async function get(access: Access, id: string): Promise<Run> {
    return toRun(access, await read(access, id));
  }

  async function toRun(access: Access, run: RunDocument): Promise<Run> {
    const [runnable, found] = await Promise.all([workflows.runnable(run), records.steps(access, run.id)]);
    const known = new Map(found.map((record) => [record.step, record]));
    const steps = runnable.compiled.definition.steps.map(async (step) => {
      const record = known.get(step.id);
      const progress = record?.each && (await toProgress(run, { ...record, each: record.each }, { runnable, step }));
      return toStep(run, step, record, progress);
    });
    return { ...toSummary(run), title: runnable.compiled.definition.title, steps: await Promise.all(steps) };
  }

  /** How many there are as far as it is known and, while it goes on, until when those are done. */
  async function toProgress(run: RunDocument, record: StepRecord & { each: EachState }, at: StepOfRun) {
    const { status, startedAtMs, each } = record;
    const { total, known } = each;
    const nowMs = now();
    if (status !== "running" || run.queue === "ended") return total === undefined ? {} : { total };
    const endsAtMs = expectedEndMs(each, { startedAtMs, nowMs, budget: await budgetOf(run, at) });
    const ended = endedIn(each);
    return {
      ...(total === undefined ? known !== undefined && { known } : { total }),
      ...(ended > 0 && nowMs > startedAtMs && { perMinute: Math.round((ended * 60_000) / (nowMs - startedAtMs)) }),
      // In whole seconds, so that those who follow are not told of every millisecond.
      ...(endsAtMs !== undefined && { endsAt: toTime(Math.ceil(endsAtMs / 1000) * 1000) as string }),
    };
  }

  /** The rate budget that the calls of a step are made by, where there is one. */
  async function budgetOf({ project, owner }: RunDocument, { runnable, step }: StepOfRun): Promise<Budget | undefined> {
    if (step.kind !== "operation") return undefined;
    const access: Access = { ...systemAccess({ project }), ...(owner !== "" && { owner }) };
    try {
      return await performer.budgetOf({ access, credentials: runnable.credentials }, step);
    } catch (error) {
      if (isConnectorError(error, "not_found") || isConnectorError(error, "conflict")) return undefined;
      throw error;
    }
  }

  async function signalOrConflict(access: Access, id: string, signal: Signal, otherwise: string): Promise<void> {
    if (!(await engine.signal(access, id, signal))) throw new ConnectorError("conflict", otherwise);
  }

  /** The run now, and whenever something may have changed: told at once where this process works on it, else looked at again and again. */
  async function* looks(access: Access, id: string, signal: AbortSignal): AsyncGenerator<RunDocument, void, undefined> {
    let tell = (): void => undefined;
    const off = events.on((event) => {
      if ((event.type === "run_changed" || event.type === "step_changed") && event.run === id) tell();
    });
    try {
      while (!signal.aborted) {
        const heard = new Promise<void>((resolve) => {
          tell = resolve;
        });
        yield await read(access, id);
        await Promise.race([heard, sleep(LOOK_MS, undefined, { signal, ref: false }).catch(() => undefined)]);
      }
    } finally {
      off();
    }
  }
}

/** An owner's run is for the owner who is named; a workflow that uses its owner's credential needs one. */
function toBehalf(access: Access, definition: Workflow, owner: string | undefined): string | undefined {
  const behalf = access.owner ?? (toOwner(owner) || undefined);
  if (behalf !== undefined || !credentialsIn(definition).includes("owner")) return behalf;
  const issues = [
    { pointer: "/owner", keyword: "required", message: "is missing: a step uses the credential of the run's owner" },
  ];
  throw new ConnectorError("input_invalid", "the run needs an owner: a step uses the owner's credential", { issues });
}

/** What a run is started with at a moment of its schedule. */
function tickAt(atMs: number) {
  const trigger = { scheduledAt: new Date(atMs).toISOString() };
  return { trigger, shown: trigger };
}

/** Why a delivery does not start a workflow. */
function whyNot(trigger: WebhookTrigger, { verification: { outcome }, decides, body }: Event): string | undefined {
  if (body === undefined) return "Its body is no JSON";
  const isWanted = startingOutcomes(trigger, decides).includes(outcome);
  return isWanted ? undefined : `Its outcome is ${outcome}, for which nothing is started`;
}

function noneToStart(error: unknown): undefined {
  if (isConnectorError(error, "conflict") || isConnectorError(error, "not_found")) return undefined;
  throw error;
}

function toKey(key: string): string {
  if (/^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw new ConnectorError("idempotency_key_invalid", "the Idempotency-Key must be 1 to 255 visible ASCII characters");
}

function toSignal({ status }: RunDocument, step: string, outcome: RetryOptions["outcome"], id: string | undefined): Signal {
  if (status !== "needs_attention") return { type: "again", step };
  if (outcome === "not_happened") return { type: "again", step };
  if (outcome === "happened" && id !== undefined) return { type: "happened", step, output: { data: { id } } };
  const issues = [
    outcome === undefined
      ? { pointer: "/outcome", keyword: "required", message: "must say what became of the write: happened or not_happened" }
      : { pointer: "/id", keyword: "required", message: "must be the id of what was created" },
  ];
  throw new ConnectorError("input_invalid", "say what became of the write: it happened (with the id), or it did not", { issues });
}

function isSettled({ queue, waiting }: RunDocument): boolean {
  return queue === "ended" || queue === "held" || waiting?.for === "approval" || waiting?.for === "credential";
}

function toSummary(run: RunDocument): RunSummary {
  const { id, workflow, name, runVersion, owner, status, waiting, shownTrigger, isCatchUp, actor, error, atStep } = run;
  return {
    ...{ id, workflow, name, version: runVersion, owner: owner === "" ? null : owner, status },
    waitingFor: waiting === null ? null : toWaiting(waiting),
    ...{ trigger: JSON.parse(shownTrigger), isCatchUp, startedBy: actor, error: error ?? null, atStep: atStep ?? null },
    startedAt: toTime(run.createdAtMs) as string,
    endedAt: toTime(run.endedAtMs),
    ...(run.forgottenAtMs !== undefined && { forgottenAt: toTime(run.forgottenAtMs) as string }),
  };
}

function toWaiting({ sinceMs, untilMs, ...waiting }: NonNullable<RunDocument["waiting"]>): NonNullable<Run["waitingFor"]> {
  return { ...waiting, since: toTime(sinceMs) as string, ...(untilMs !== undefined && { until: toTime(untilMs) as string }) };
}

interface StepOfRun {
  readonly runnable: RunnableWorkflow;
  readonly step: Step;
}

function toStep(
  run: RunDocument,
  { id, title }: Step,
  record: StepRecord | undefined,
  progress: Partial<RunStep["items"]>,
): RunStep {
  if (record === undefined) {
    const isHere = run.waiting?.step === id;
    const none = { attempts: 0, endedAt: null, input: null, output: null, error: null };
    return {
      ...{ id, title },
      status: isHere ? "waiting" : "pending",
      startedAt: isHere ? (toTime(run.waiting?.sinceMs) as string) : null,
      ...none,
    };
  }
  const { status, reason, attempts, startedAtMs, endedAtMs, shownInput, shownOutput, error, items, each } = record;
  return {
    ...{ id, title, status: status === "running" && run.waiting?.step === id ? "waiting" : status, attempts },
    ...(reason !== undefined && { reason }),
    ...{ startedAt: toTime(startedAtMs), endedAt: toTime(endedAtMs) },
    ...{ input: shownInput ?? null, output: shownOutput ?? null, error: error ?? null },
    ...(items && { items: { ...items, ...progress } }),
    ...(each && { outcomes: outcomesOf(each) }),
  };
}

function toTime(ms: unknown): string | null {
  return typeof ms === "number" ? new Date(ms).toISOString() : null;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
