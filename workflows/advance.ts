import { ConnectorError, ERRORS } from "../errors/connector-error.ts";
import type { ApprovalStep, ForEach, OperationStep, SendStep, WaitStep } from "../schemas/types/platform/workflow.ts";
import { holds } from "./condition.ts";
import { toMs } from "./duration.ts";
import { type Budget, createBudget, type Scope } from "./evaluate.ts";
import { type Mapped, type MappingProblem, resolveMapped } from "./mapping.ts";
import { comparisonOf, conditionsOf } from "./parse.ts";
import type {
  Call,
  CompiledStep,
  CompiledWorkflow,
  Decided,
  Decision,
  Next,
  NextOfItem,
  RunState,
  StepError,
  StepResult,
} from "./types.ts";
import { toTimeMs } from "./values.ts";

/** How long a call may take where the step says nothing. */
const TIMEOUT_MS = 30_000;
/** A list that is longer is iterated over by pages of an operation, whose state is a cursor. */
const MOST_ITEMS = 10_000;

type End = Extract<Next, { type: "end" }>;

/**
 * What a run does next. Pure: the same workflow and state give the same answer, wherever and whenever it is asked, so that a run that was
 * interrupted goes on by asking again.
 *
 * Steps run in order, one at a time. The engine carries out what is answered, puts the step's result into the state and asks again.
 */
export function advance(workflow: CompiledWorkflow, state: RunState): Next {
  for (const compiled of workflow.steps) {
    const result = resultOf(state, compiled.step.id);
    if (result === undefined)
      return state.cancelled ? { type: "end", status: "cancelled", step: compiled.step.id } : begin(compiled, state);
    const end = endAfter(compiled, result);
    if (end !== undefined) return end;
  }
  return { type: "end", status: "succeeded" };
}

/**
 * What is done for one item of a step with `forEach`: the effect, or a result where there is none.
 *
 * @throws ConnectorError `internal_error` where the step iterates over nothing
 */
export function advanceItem(workflow: CompiledWorkflow, state: RunState, stepId: string, item: unknown): NextOfItem {
  const compiled = workflow.steps.find(({ step }) => step.id === stepId);
  if (compiled === undefined || !("forEach" in compiled.step))
    throw new ConnectorError("internal_error", `${stepId} iterates over nothing`);
  const asked = { compiled, scope: scopeOf(state, item), budget: createBudget() };
  const isMeant = !compiled.isWhenOfItem || isWhen(asked);
  if (typeof isMeant !== "boolean") return failed(compiled, isMeant);
  return isMeant ? effect(asked) : { type: "result", step: stepId, result: { status: "skipped", reason: "when" } };
}

/** What expressions of a run look at. */
export function scopeOf(state: RunState, item?: unknown): Scope {
  const steps = Object.entries(state.results).map(([id, result]) => [id, toStepData(result)]);
  return { trigger: state.trigger, run: state.run, steps: Object.fromEntries(steps), ...(item !== undefined && { item }) };
}

function toStepData(result: StepResult): Record<string, unknown> {
  const { status } = result;
  const items = "items" in result && result.items ? { items: { ...result.items, total: total(result.items) } } : {};
  if (status === "succeeded") return { status, ...items, ...(result.output !== undefined && { output: result.output }) };
  if (status === "skipped") return { status };
  return { status, ...items, error: { code: result.error.code, message: result.error.message } };
}

function total(counts: { readonly succeeded: number; readonly failed: number; readonly skipped: number }): number {
  return counts.succeeded + counts.failed + counts.skipped;
}

function resultOf({ results }: RunState, id: string): StepResult | undefined {
  return Object.hasOwn(results, id) ? results[id] : undefined;
}

function endAfter({ step }: CompiledStep, result: StepResult): End | undefined {
  if (result.status === "unknown") return { type: "end", status: "needs_attention", step: step.id, error: result.error };
  if (result.status === "failed" && step.onError !== "continue")
    return { type: "end", status: "failed", step: step.id, error: result.error };
  const isDeclined =
    step.kind === "approval" && result.status === "succeeded" && (result.output as Decision).decision === "declined";
  return isDeclined && step.onDecline !== "continue" ? { type: "end", status: "cancelled", step: step.id } : undefined;
}

interface Asked {
  readonly compiled: CompiledStep;
  readonly scope: Scope;
  readonly budget: Budget;
}

function begin(compiled: CompiledStep, state: RunState): Next {
  const { step } = compiled;
  if (step.disabled) return { type: "result", step: step.id, result: { status: "skipped", reason: "disabled" } };
  const asked = { compiled, scope: scopeOf(state), budget: createBudget() };
  const isMeant = compiled.isWhenOfItem || isWhen(asked);
  if (typeof isMeant !== "boolean") return failed(compiled, isMeant);
  if (!isMeant) return { type: "result", step: step.id, result: { status: "skipped", reason: "when" } };
  if (step.kind === "wait") return wait(asked, step, state);
  if (step.kind === "approval") return approval(asked, step, state);
  return step.forEach === undefined ? effect(asked) : each(asked, step, step.forEach);
}

function isWhen(asked: Asked): boolean | FieldProblem {
  const { when } = asked.compiled.step;
  if (when === undefined) return true;
  const isAll = "all" in when;
  for (const { field, condition } of conditionsOf(asked.compiled.step)) {
    const { operator } = comparisonOf(condition);
    const [value, other] = [conditionValue(`${field}/value`, asked), conditionValue(`${field}/${operator}`, asked)];
    if ("problem" in value) return value;
    if ("problem" in other) return other;
    if (holds(operator, value.value, other.value) !== isAll) return !isAll;
  }
  return isAll;
}

/** As it is in conditions: what is missing is a value too. */
function conditionValue(field: string, asked: Asked): { readonly value: unknown } | FieldProblem {
  const resolved = resolveAt(field, asked);
  return "problem" in resolved && resolved.problem.code === "mapping_missing" ? { value: undefined } : resolved;
}

interface FieldProblem {
  readonly problem: MappingProblem;
}

function resolveAt(
  field: string,
  { compiled, scope, budget }: Asked,
  schema = schemaAt(field, compiled),
): { readonly value: unknown } | FieldProblem {
  const resolved = resolveMapped(compiled.mapped.get(field) as Mapped, scope, schema, budget);
  return "problem" in resolved ? { problem: { ...resolved.problem, field: field + resolved.problem.field } } : resolved;
}

function schemaAt(field: string, { inputSchema, pagesSchema }: CompiledStep) {
  if (field === "/input") return inputSchema;
  return field === "/forEach/input" ? pagesSchema : undefined;
}

function effect(asked: Asked): NextOfItem {
  const { step } = asked.compiled;
  const isOperation = step.kind === "operation";
  const resolved = resolveAt(isOperation ? "/input" : "/body", asked);
  if ("problem" in resolved) return failed(asked.compiled, resolved);
  const timeoutMs = "timeout" in step && step.timeout !== undefined ? toMs(step.timeout) : TIMEOUT_MS;
  if (step.kind === "send")
    return { type: "send", step: step.id, timeoutMs, destination: step.destination, body: resolved.value };
  if (isOperation) return { type: "call", step: step.id, timeoutMs, ...toCall(step, resolved.value) };
  throw new ConnectorError("internal_error", `${step.id} has no effect`);
}

function toCall({ connector, operation, credential }: Omit<Call, "input">, input: unknown): Call {
  return { connector, operation, credential, input: input as Call["input"] };
}

function each(asked: Asked, step: OperationStep | SendStep, forEach: ForEach): Next {
  const { concurrency = 1 } = forEach;
  const common = { type: "each" as const, step: step.id, concurrency, onError: step.onError ?? ("stop" as const) };
  const field = "items" in forEach ? "/forEach/items" : "/forEach/input";
  const resolved = resolveAt(field, asked);
  if ("problem" in resolved) return failed(asked.compiled, resolved);
  if (!("items" in forEach)) return { ...common, over: { pages: toCall(forEach, resolved.value) } };
  const items = resolved.value;
  if (!Array.isArray(items)) return failed(asked.compiled, refused(asked, field, "gives no list"));
  if (items.length > MOST_ITEMS)
    return failed(asked.compiled, refused(asked, field, `gives a list of more than ${MOST_ITEMS} items`));
  return { ...common, over: { items } };
}

function wait(asked: Asked, step: WaitStep, state: RunState): Next {
  if (step.for !== undefined) return { type: "wait", step: step.id, untilMs: begunMs(state) + toMs(step.for) };
  const resolved = resolveAt("/until", asked);
  if ("problem" in resolved) return failed(asked.compiled, resolved);
  const untilMs = toTimeMs(resolved.value);
  if (untilMs === undefined) return failed(asked.compiled, refused(asked, "/until", "gives no time"));
  return { type: "wait", step: step.id, untilMs };
}

function approval(asked: Asked, step: ApprovalStep, state: RunState): Next {
  const resolved = resolveAt("/message", asked);
  if ("problem" in resolved) return failed(asked.compiled, resolved);
  const { approvers, deadline } = step;
  return {
    type: "approval",
    step: step.id,
    message: String(resolved.value),
    ...(approvers && { approvers }),
    ...(deadline && { deadline: { atMs: begunMs(state) + toMs(deadline.after), decision: deadline.decision } }),
  };
}

/** When the step at hand began: the last time that the state knows of. */
function begunMs({ run, resumedAt, results }: RunState): number {
  const ends = Object.values(results).map((result) => ("endedAt" in result ? result.endedAt : undefined));
  return Math.max(...[run.startedAt, resumedAt, ...ends].map((time) => toTimeMs(time) ?? 0));
}

function refused({ compiled }: Asked, field: string, reason: string): FieldProblem {
  const mapped = compiled.mapped.get(field);
  const expression = mapped?.kind === "expression" ? mapped.expression.source : "";
  return { problem: { code: "mapping_failed", field, expression, reason } };
}

function failed({ step }: CompiledStep, { problem }: FieldProblem): Decided {
  const { code, field, expression, reason } = problem;
  const what = code === "mapping_missing" ? "gives nothing, and the field needs a value" : reason;
  const message = `${field} of the step ${JSON.stringify(step.title)}: {{ ${expression} }} ${what}`;
  const error: StepError = { code, message, retryable: ERRORS[code].retryable, details: { step: step.id, field, expression } };
  return { type: "result", step: step.id, result: { status: "failed", error } };
}
