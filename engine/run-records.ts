import { parseJson, stringifyJson } from "../connector/exact-json.ts";
import { ERRORS } from "../errors/connector-error.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal } from "../sealing/secret.ts";
import { type Access, systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import type { DocumentStore, StoredDocument } from "../store/document-store.ts";
import type { IsMentioned } from "../text/mentions.ts";
import type { ItemCounts, StepError, StepResult, TriggerData } from "../workflows/types.ts";
import { countsOf, type EachState, type ItemOutcome, NOTHING_YET } from "./each-state.ts";
import type { RunDocument } from "./run-document.ts";

/** What is kept of one step of a run: needed to go on (sealed), and shown to people (redacted). */
export interface StepRecord {
  readonly step: string;
  /** Its place in the definition. */
  readonly position: number;
  /** Of the run's lease under which it was written: a later holder's word counts. */
  readonly fence: number;
  readonly status: StepResult["status"] | "running";
  readonly attempts: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly reason?: "when" | "disabled";
  readonly error?: StepError;
  readonly items?: ItemCounts;
  /** What is shown, redacted; undefined where there is nothing. */
  readonly shownInput?: unknown;
  readonly shownOutput?: unknown;
  /** As it was: opened for those who may see it. */
  readonly input?: unknown;
  readonly output?: unknown;
  /** Its call, which would make two if it were made twice, was begun: kept for as long as the run, which the ledger of writes is not. */
  readonly isBegun?: boolean;
  /** Of a step over several items: where it stands. */
  readonly each?: EachState;
}

export interface RunRecords {
  run(access: Access, id: string): Promise<RunDocument | undefined>;
  triggerOf(run: RunDocument): TriggerData;
  sealTrigger(
    run: { project: string; id: string; owner: string; workflow: string },
    trigger: TriggerData,
  ): { trigger: string; sealedKid: string };
  /** What was said of a step, to be kept in the run. */
  sealTold(run: RunDocument, output: unknown): { readonly toldSealed: string };
  openTold(run: RunDocument): unknown;
  /** Every step that the run has come to, in the order of the definition. */
  steps(access: Access, run: string): Promise<StepRecord[]>;
  /** Writes what is known of a step. False where a later holder of the run has written it: nothing was changed. */
  saveStep(run: RunDocument, fence: number, record: Omit<StepRecord, "fence">): Promise<boolean>;
  /** Of a step over several items that was written before: which of them were begun. False as with `saveStep`. */
  saveBegun(run: RunDocument, fence: number, step: string, items: readonly string[]): Promise<boolean>;
  /** Of a run that has ended and is not continued: removes what a step was given and gave, and the items that name a person. */
  forgetStep(run: RunDocument, record: StepRecord, isMentioned: IsMentioned): Promise<void>;
  /** Removes what the run itself holds, and with that ends its forgetting. */
  forgetRun(run: RunDocument): Promise<void>;
}

/** More than a definition may have (schemas/platform/workflow.json). */
const MOST_STEPS = 1000;

/** Runs and their steps as the store holds them: the only place that knows what is sealed and how. */
export function createRunRecords({ store, keyRing }: { store: DocumentStore; keyRing: KeyRing }): RunRecords {
  const runs = openCollection(store, "runs");
  const steps = openCollection(store, "runSteps");

  return {
    async run(access, id) {
      return (await runs.get(access, id)) as RunDocument | undefined;
    },
    triggerOf: (run) => open(run.trigger, placeOf("runs", run, "trigger")) as TriggerData,
    sealTrigger,
    sealTold: (run, output) => ({ toldSealed: keyRing.seal(stringifyJson(output), placeOf("runs", run, "toldSealed")) }),
    openTold: (run) => open(String(run.toldSealed), placeOf("runs", run, "toldSealed")),
    async steps(access, run) {
      return (await steps.find(access, { where: { run }, sort: ["position"], limit: MOST_STEPS })).map(toRecord);
    },
    async forgetStep(run, { step, each, error }, isMentioned) {
      const isOfOthers = ({ item }: ItemOutcome) => !isMentioned(item);
      const left = each && {
        ...{ ...NOTHING_YET, ...countsOf(each), ...(each.total !== undefined && { total: each.total }) },
        ...{ outcomes: each.outcomes.filter(isOfOthers), failures: each.failures.filter(isOfOthers) },
      };
      const shown = { shownInput: null, shownOutput: null, error: withoutData(error), begunItems: [] };
      await steps.patch(systemAccess(run), idOf(run, step), { set: { ...shown, ...sealStep(run, step, { each: left }) } });
    },
    async forgetRun(run) {
      const sealed = sealTrigger(run, {});
      const none = { shownTrigger: "null", toldSealed: null, told: null, fingerprint: null };
      const set = { ...sealed, ...none, error: withoutData(run.error), isForgetting: false };
      await runs.patch(systemAccess(run), run.id, { set });
    },
    async saveBegun(run, fence, step, items) {
      const change = { set: { begunItems: items, fence } };
      return (await steps.patch(systemAccess(run), idOf(run, step), change, { fence: { lte: fence } })) !== undefined;
    },
    async saveStep(run, fence, record) {
      const access = systemAccess(run);
      const id = idOf(run, record.step);
      const fields = toFields(run, { ...record, fence });
      const { isNew } = await steps.insertIfAbsent(access, { id, owner: run.owner, run: run.id, step: record.step, ...fields });
      if (isNew) return true;
      return (await steps.patch(access, id, { set: fields }, { fence: { lte: fence } })) !== undefined;
    },
  };

  function sealStep({ project, owner, id: run }: RunDocument, step: string, values: Sealed) {
    const sealed = keyRing.seal(
      stringifyJson(values),
      placeOf("runSteps", { project, id: `${run}:${step}`, owner, run }, "sealed"),
    );
    return { sealed, sealedKid: keyRing.labelOf(sealed) };
  }

  function sealTrigger(run: Parameters<RunRecords["sealTrigger"]>[0], trigger: TriggerData) {
    const sealed = keyRing.seal(stringifyJson(trigger), placeOf("runs", run, "trigger"));
    return { trigger: sealed, sealedKid: keyRing.labelOf(sealed) };
  }

  function idOf({ id }: RunDocument, step: string): string {
    return `${id}:${step}`;
  }

  function open(sealed: string, place: Parameters<KeyRing["open"]>[1]): unknown {
    return parseJson(reveal(keyRing.open(sealed, place))).plain;
  }

  function toFields(run: RunDocument, { input, output, each, ...record }: StepRecord) {
    const { step, shownInput, shownOutput, ...plain } = record;
    return {
      reason: null,
      error: null,
      items: null,
      isBegun: false,
      begunItems: each?.begun ?? null,
      ...plain,
      shownInput: toText(shownInput),
      shownOutput: toText(shownOutput),
      ...sealStep(run, step, { input, output, each }),
    };
  }

  function toRecord(document: StoredDocument): StepRecord {
    const { step, position, fence, status, attempts, startedAtMs, endedAtMs, reason, error, items, isBegun } =
      document as unknown as StepRecord;
    const begun = (document.begunItems ?? []) as readonly string[];
    const { each, ...opened } = open(String(document.sealed), placeOf("runSteps", document, "sealed")) as Sealed;
    return {
      ...{ step, position, fence, status, attempts, startedAtMs, endedAtMs },
      ...(reason && { reason }),
      ...(error && { error }),
      ...(items && { items }),
      ...(isBegun && { isBegun }),
      ...(each && { each: { ...each, begun } }),
      shownInput: fromText(document.shownInput),
      shownOutput: fromText(document.shownOutput),
      ...opened,
    };
  }
}

/** What is sealed of a step. */
interface Sealed {
  readonly input?: unknown;
  readonly output?: unknown;
  readonly each?: EachState | undefined;
}

/** Which error it was. */
function withoutData(error: StepError | null | undefined): StepError | null {
  return error ? { code: error.code, message: ERRORS[error.code].title, retryable: error.retryable } : null;
}

/** Numbers stay as they came, and no store minds the names of fields. */
function toText(value: unknown): string | null {
  return value === undefined ? null : stringifyJson(value);
}

function fromText(text: unknown): unknown {
  return typeof text === "string" ? parseJson(text).exact : undefined;
}
