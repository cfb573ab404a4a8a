import { sampleOf } from "../../json-schema/sample.ts";
import { advance, advanceItem } from "../../workflows/advance.ts";
import { compileWorkflow } from "../../workflows/compile.ts";
import type { Call, Effect, Next, NextOfItem, RunState, StepError, StepResult } from "../../workflows/types.ts";
import type { Usable } from "../api/catalog.ts";
import type { Operation } from "../api/connector.ts";
import { type DryRun, dryRunOperation, runOperation } from "../api/operations.ts";
import { toProblem } from "../api/problem.ts";
import type { Step, Workflow } from "../api/workflows.ts";

/** What a write would do to the list of a record that it changes. */
export interface ListDiff {
  readonly field: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly untouched: number;
}

/** What a step did, or would have done. */
export interface DryStep {
  readonly step: Step;
  readonly outcome: "read" | "would_write" | "would_send" | "would_wait" | "would_ask" | "skipped" | "failed";
  readonly input?: unknown;
  readonly output?: unknown;
  readonly request?: DryRun | undefined;
  readonly diff?: ListDiff | undefined;
  readonly error?: StepError;
  /** Of a step over several items: which one this is, from 1. */
  readonly item?: number;
}

/** Items of a repeated step that a dry run looks at. */
const MOST_ITEMS = 3;

interface Dry {
  readonly definition: Workflow;
  readonly usable: Usable;
  readonly signal: AbortSignal;
}

type Trigger = RunState["trigger"];

/**
 * What a workflow would do, step by step, by the same decisions as a run: reads are done, nothing that writes is sent. Steps after a write
 * see what the record would be.
 */
export async function* dryRun(
  definition: Workflow,
  usable: Usable,
  trigger: Trigger,
  signal: AbortSignal,
): AsyncGenerator<DryStep> {
  const dry: Dry = { definition, usable, signal };
  const compiled = compileWorkflow(
    definition,
    (connector, operation) => usable.connectors[connector]?.operations[operation]?.input,
  );
  const results: Record<string, StepResult> = {};
  const startedAt = new Date().toISOString();
  const run = { id: "run_test", startedAt, workflow: definition.name, version: 1, owner: null };
  const state: RunState = { trigger, run, results };
  for (;;) {
    signal.throwIfAborted();
    const next = advance(compiled, { ...state, results: { ...results } });
    if (next.type === "end") return;
    const step = definition.steps.find(({ id }) => id === next.step) as Step;
    if (next.type !== "each") {
      const done = await perform(next, step, dry);
      yield done;
      results[step.id] = toResult(done);
      continue;
    }
    let count = 0;
    for (const item of await itemsOf(next.over, dry)) {
      count += 1;
      const one = advanceItem(compiled, { ...state, results: { ...results } }, step.id, item);
      yield { ...(await perform(one, step, dry)), item: count };
    }
    results[step.id] = { status: "succeeded", items: { succeeded: count, failed: 0, skipped: 0 }, endedAt: startedAt };
  }
}

async function itemsOf(over: Extract<Next, { type: "each" }>["over"], { signal }: Dry): Promise<readonly unknown[]> {
  if ("items" in over) return over.items.slice(0, MOST_ITEMS);
  const { output } = await runOperation(toCall(over.pages), { signal });
  return Array.isArray(output.data) ? output.data.slice(0, MOST_ITEMS) : [];
}

type Performed = Exclude<Next, { type: "each" } | { type: "end" }> | NextOfItem;

async function perform(next: Performed, step: Step, dry: Dry): Promise<DryStep> {
  switch (next.type) {
    case "result":
      return next.result.status === "failed"
        ? { step, outcome: "failed", error: next.result.error }
        : { step, outcome: "skipped" };
    case "wait":
      return { step, outcome: "would_wait", output: new Date(next.untilMs).toISOString() };
    case "approval":
      return { step, outcome: "would_ask", input: next.message };
    case "send":
      return { step, outcome: "would_send", input: next.body };
    case "call":
      return call(next, step, dry);
  }
}

async function call(next: Extract<Effect, { type: "call" }>, step: Step, { usable, signal }: Dry): Promise<DryStep> {
  const operation = usable.connectors[next.connector]?.operations[next.operation];
  try {
    if (operation?.effect === "read") {
      const { output } = await runOperation(toCall(next), { signal });
      return { step, outcome: "read", input: next.input, output };
    }
    const [request, record] = await Promise.all([dryRunOperation(toCall(next), signal), readBefore(next, operation, signal)]);
    const diff = record && operation && diffOf(next, operation, record);
    const output =
      record && diff ? { data: { ...record, [diff.field]: afterOf(record, diff) } } : operation && sampleOf(operation.output);
    return { step, outcome: "would_write", input: next.input, output, request, diff };
  } catch (error) {
    signal.throwIfAborted();
    const { code, detail, retryable } = toProblem(error);
    return { step, outcome: "failed", input: next.input, error: { code: code as StepError["code"], message: detail, retryable } };
  }
}

function toCall({ operation, credential, input }: Call) {
  return { operation, credential, input };
}

type Fields = Readonly<Record<string, unknown>>;

/** The record that a write changes a list of, as it is now. */
async function readBefore(
  { credential, input }: Call,
  operation: Operation | undefined,
  signal: AbortSignal,
): Promise<Fields | undefined> {
  const { readBack, readBefore: before } = operation ?? {};
  if (readBack === undefined || before === undefined) return undefined;
  const passed = Object.fromEntries((readBack.pass ?? []).filter((name) => name in input).map((name) => [name, input[name]]));
  const { output } = await runOperation({ operation: readBack.operation, credential, input: passed }, { signal });
  return output.data as Fields | undefined;
}

function diffOf({ input }: Call, operation: Operation, record: Fields): ListDiff | undefined {
  const field = operation.readBefore?.changes;
  if (field === undefined || !Array.isArray(input[field]) || !Array.isArray(record[field])) return undefined;
  const [wanted, now] = [input[field] as string[], record[field] as string[]];
  const takesAway = operation.input.properties?.[field]?.["x-current"] === true;
  const added = takesAway ? [] : wanted.filter((one) => !now.includes(one));
  const removed = takesAway ? now.filter((one) => wanted.includes(one)) : [];
  return { field, added, removed, untouched: now.length - removed.length };
}

function afterOf(record: Fields, { field, added, removed }: ListDiff): readonly string[] {
  return [...(record[field] as string[]).filter((one) => !removed.includes(one)), ...added];
}

function toResult({ outcome, output, error }: DryStep): StepResult {
  const endedAt = new Date().toISOString();
  if (outcome === "skipped") return { status: "skipped", reason: "when" };
  if (outcome === "failed" && error) return { status: "failed", error, endedAt };
  if (outcome === "would_ask") return { status: "succeeded", output: { decision: "approved", by: null, at: endedAt }, endedAt };
  return { status: "succeeded", output, endedAt };
}
