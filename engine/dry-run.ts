import { readBackInput } from "../connector/read-back.ts";
import type { CompiledOperation, Connectors } from "../connector/types.ts";
import { isConnectorError } from "../errors/connector-error.ts";
import { fieldOf } from "../json-schema/describe.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { sampleOf } from "../json-schema/sample.ts";
import type { Runtime } from "../runtime/types.ts";
import type { DryRunStep, WorkflowDryRun } from "../schemas/types/index.ts";
import { advance, advanceItem } from "../workflows/advance.ts";
import type { Call, CompiledWorkflow, Next, NextOfItem, RunState, StepResult } from "../workflows/types.ts";
import { type Context, type Performer, toStepError } from "./perform.ts";

/** What is tried. */
export interface Tried {
  readonly compiled: CompiledWorkflow;
  readonly trigger: RunState["trigger"];
  /** How many items of a repeated step are looked at. */
  readonly items: number;
}

export interface DryRunDeps {
  readonly connectors: Connectors;
  readonly runtime: Pick<Runtime, "execute" | "pages" | "dryRun">;
  readonly performer: Pick<Performer, "credentialOf">;
  readonly now?: () => number;
}

type Performed = Exclude<Next, { type: "each" } | { type: "end" }> | NextOfItem;
type Fields = Readonly<Record<string, unknown>>;
type Diff = NonNullable<DryRunStep["diff"]>;

/** More than a caller waits for. */
const TIMEOUT_MS = 30_000;

/**
 * What a run would do, by the same decisions as a run: what only reads is really read, and nothing else is sent. Later steps see what the records would be
 * then; what would be created is an example. A wait is passed over, and an approval counts as given. Stores nothing.
 */
export async function dryRun(deps: DryRunDeps, context: Context, { compiled, trigger, items }: Tried): Promise<WorkflowDryRun> {
  const { connectors, runtime, performer, now = Date.now } = deps;
  const startedAt = new Date(now()).toISOString();
  const { name } = compiled.definition;
  const run = { id: "run_dry", startedAt, workflow: name, version: 1, owner: context.access.owner ?? null };
  const results: Record<string, StepResult> = {};
  /** Lists of records as they would be, by connector and id. */
  const changed = new Map<string, Fields>();
  const steps: DryRunStep[] = [];
  for (;;) {
    context.signal.throwIfAborted();
    const state: RunState = { trigger, run, results: { ...results } };
    const next = advance(compiled, state);
    if (next.type === "end") return { status: next.status === "needs_attention" ? "failed" : next.status, steps };
    if (next.type !== "each") {
      const step = await perform(next);
      steps.push(step);
      results[next.step] = toResult(step);
      continue;
    }
    const found = await itemsOf(next);
    if ("error" in found) {
      steps.push({ step: next.step, outcome: "failed", error: found.error });
      results[next.step] = { status: "failed", error: found.error, endedAt: startedAt };
      continue;
    }
    const done: DryRunStep[] = [];
    for (const [at, item] of found.items.entries()) {
      const one = await perform(advanceItem(compiled, state, next.step, item));
      done.push({ ...one, item: at + 1 });
    }
    const failed = done.filter(({ outcome }) => outcome === "failed").length;
    const skipped = done.filter(({ outcome }) => outcome === "skipped").length;
    const counts = { succeeded: done.length - failed - skipped, failed, skipped };
    steps.push(...done, { step: next.step, outcome: "repeated", tried: done.length, of: found.of });
    const [first] = done.filter(({ outcome }) => outcome === "failed");
    results[next.step] =
      first?.error && compiled.definition.steps.find(({ id }) => id === next.step)?.onError !== "continue"
        ? { status: "failed", error: first.error as never, items: counts, endedAt: startedAt }
        : { status: "succeeded", items: counts, endedAt: startedAt };
  }

  /** `of`: how many there are; null where there are more than were looked at. */
  async function itemsOf({ over }: Extract<Next, { type: "each" }>) {
    if ("items" in over) return { items: over.items.slice(0, items), of: over.items.length };
    const met: unknown[] = [];
    try {
      for await (const event of runtime.pages(await toOptions(over.pages))) {
        if (event.type === "records") met.push(...event.records);
        if (met.length > items) break;
      }
    } catch (error) {
      return { error: judge(error) };
    }
    return { items: met.slice(0, items), of: met.length > items ? null : met.length };
  }

  async function perform(next: Performed): Promise<DryRunStep> {
    const { step } = next;
    switch (next.type) {
      case "result":
        return next.result.status === "failed"
          ? { step, outcome: "failed", error: next.result.error }
          : { step, outcome: "skipped" };
      case "wait":
        return { step, outcome: "would_wait", until: new Date(next.untilMs).toISOString() };
      case "approval":
        return { step, outcome: "would_ask", message: next.message };
      case "send":
        return { step, outcome: "would_send", input: next.body };
      case "call":
        return call(next);
    }
  }

  async function call(next: Call & { readonly step: string }): Promise<DryRunStep> {
    const { step, input } = next;
    try {
      const operation = connectors.of(next.connector).operation(next.operation);
      const options = await toOptions(next);
      const request = await runtime.dryRun(options);
      if (operation.effect === "read") {
        const { output } = await runtime.execute(options);
        return { step, outcome: "read", input, request, output: asChanged(next.connector, output) };
      }
      const record = await recordBefore(operation, next);
      const diff = record && diffOf(operation, input, record);
      if (record === undefined || diff === undefined)
        return { step, outcome: "would_write", input, request, output: sampleOf(operation.outputSchema) };
      const after = { ...record, [diff.field]: afterOf(record, diff) };
      changed.set(keyOf(next.connector, record), {
        ...changed.get(keyOf(next.connector, record)),
        [diff.field]: after[diff.field],
      });
      return { step, outcome: "would_write", input, request, diff, output: { data: after } };
    } catch (error) {
      return { step, outcome: "failed", input, error: judge(error) };
    }
  }

  async function toOptions({ connector, operation, credential, input }: Call) {
    const id = await performer.credentialOf(context, { connector, credential });
    return { access: context.access, credential: id, operation, input, signal: context.signal, timeoutMs: TIMEOUT_MS };
  }

  /** The record that a write changes a list of, as it would be by then. */
  async function recordBefore(operation: CompiledOperation, next: Call): Promise<Fields | undefined> {
    if (operation.declaration.readBefore === undefined) return undefined;
    const read = readBackInput(operation, next.input);
    if (read === undefined) return undefined;
    const { output } = await runtime.execute(await toOptions({ ...next, ...read }));
    return (asChanged(next.connector, output) as { data?: Fields }).data;
  }

  function asChanged(connector: string, output: unknown): unknown {
    const { data } = output as { data?: unknown };
    if (typeof data !== "object" || data === null || Array.isArray(data)) return output;
    const fields = changed.get(keyOf(connector, data as Fields));
    return fields === undefined ? output : { ...(output as object), data: { ...data, ...fields } };
  }

  function judge(error: unknown) {
    context.signal.throwIfAborted();
    if (!isConnectorError(error)) throw error;
    return toStepError(error);
  }

  function toResult({ outcome, output, error }: DryRunStep): StepResult {
    if (outcome === "skipped") return { status: "skipped", reason: "when" };
    if (outcome === "failed" && error) return { status: "failed", error: error as never, endedAt: startedAt };
    if (outcome === "would_ask")
      return { status: "succeeded", output: { decision: "approved", by: null, at: startedAt }, endedAt: startedAt };
    return { status: "succeeded", output, endedAt: startedAt };
  }
}

function keyOf(connector: string, { id }: Fields): string {
  return `${connector} ${String(id)}`;
}

function diffOf({ declaration, inputSchema }: CompiledOperation, input: Fields, record: Fields): Diff | undefined {
  const field = declaration.readBefore?.changes;
  if (field === undefined || !Array.isArray(input[field]) || !Array.isArray(record[field])) return undefined;
  const [wanted, now] = [[...new Set(input[field] as string[])], record[field] as string[]];
  const takesAway = fieldOf(inputSchema as JsonSchema, field)?.["x-current"] === true;
  const added = takesAway ? [] : wanted.filter((one) => !now.includes(one));
  const removed = takesAway ? now.filter((one) => wanted.includes(one)) : [];
  return { field, added, removed, untouched: now.length - removed.length };
}

function afterOf(record: Fields, { field, added, removed }: Diff): readonly string[] {
  return [...(record[field] as string[]).filter((one) => !removed.includes(one)), ...added];
}
