import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { advance, advanceItem } from "../../workflows/advance.ts";
import { compileWorkflow } from "../../workflows/compile.ts";
import type { Next, RunState, Step, StepError, StepResult, Workflow } from "../../workflows/types.ts";

const START = "2026-01-01T00:00:00.000Z";
const START_MS = Date.parse(START);
const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  read: { type: "object", required: ["id"], properties: { id: { type: "string" } } },
  tag: {
    type: "object",
    required: ["id", "tags"],
    properties: { id: { type: "string" }, tags: { type: "array", items: { type: "string" } }, note: { type: "string" } },
  },
  list: { type: "object", properties: { tag: { type: "string" } } },
};

const compile = (...steps: Step[]) =>
  compileWorkflow({ name: "w", title: "W", trigger: { type: "api" }, steps }, (_, operation) => SCHEMAS[operation]);
const state = (results: Record<string, StepResult> = {}, more: Partial<RunState> = {}): RunState => ({
  trigger: { input: { id: "o1", outcome: "approved", list: ["a", "b"] } },
  run: { id: "run_1", startedAt: START, workflow: "w", version: 1, owner: null },
  results,
  ...more,
});
const done = (output: unknown = {}): StepResult => ({ status: "succeeded", output, endedAt: START });
const error: StepError = { code: "upstream_error", message: "no", retryable: true };
const operation = (id: string, more: Partial<Step> = {}): Step =>
  ({
    id,
    title: `Step ${id}`,
    kind: "operation",
    connector: "acme",
    operation: "read",
    credential: "c",
    input: { id: "x" },
    ...more,
  }) as Step;

describe("what a run does next", () => {
  it("calls an operation with its input resolved", () => {
    const workflow = compile(
      operation("find", { input: { id: "{{ trigger.input.id }}" } }),
      operation("tag", {
        operation: "tag",
        input: {
          id: "{{ steps.find.output.data.id }}",
          tags: ["{{ trigger.input.outcome | choose: approved: 'Verified', declined: 'Failed', else: 'Needs Review' }}"],
          note: "{{ trigger.input.note }}",
        },
        timeout: "5s",
      }),
    );
    expect(advance(workflow, state())).toEqual({
      type: "call",
      step: "find",
      connector: "acme",
      operation: "read",
      credential: "c",
      input: { id: "o1" },
      timeoutMs: 30_000,
    });
    expect(advance(workflow, state({ find: done({ data: { id: "o2" } }) }))).toEqual({
      type: "call",
      step: "tag",
      connector: "acme",
      operation: "tag",
      credential: "c",
      input: { id: "o2", tags: ["Verified"] },
      timeoutMs: 5000,
    });
    expect(advance(workflow, state({ find: done(), tag: done() }))).toEqual({ type: "end", status: "succeeded" });
  });

  it("fails a step whose required value is missing, and names step, field and expression", () => {
    const next = advance(compile(operation("find", { input: { id: "{{ trigger.input.nothing }}" } })), state());
    expect(next).toEqual({
      type: "result",
      step: "find",
      result: {
        status: "failed",
        error: {
          code: "mapping_missing",
          retryable: false,
          message: expect.stringContaining("{{ trigger.input.nothing }}"),
          details: { step: "find", field: "/input/id", expression: "trigger.input.nothing" },
        },
      },
    });
  });

  it("fails a step whose filter does not take the value", () => {
    const next = advance(compile(operation("find", { input: { id: "{{ trigger.input.list | upcase }}" } })), state());
    expect(next).toMatchObject({
      result: { error: { code: "mapping_failed", message: expect.stringContaining("upcase takes a text, not a list") } },
    });
  });

  it("skips what is disabled and what no condition wants, and goes on after a failure where it is told to", () => {
    const workflow = compile(
      operation("off", { disabled: true }),
      operation("no", { when: { all: [{ value: "{{ trigger.input.outcome }}", equals: "declined" }] } }),
      operation("bad", { onError: "continue" }),
      operation("last", {
        when: {
          any: [
            { value: "{{ steps.bad.error.code }}", equals: "upstream_error" },
            { value: 1, equals: 2 },
          ],
        },
      }),
    );
    const off: StepResult = { status: "skipped", reason: "disabled" };
    const no: StepResult = { status: "skipped", reason: "when" };
    expect(advance(workflow, state())).toEqual({ type: "result", step: "off", result: off });
    expect(advance(workflow, state({ off }))).toEqual({ type: "result", step: "no", result: no });
    expect(advance(workflow, state({ off, no, bad: { status: "failed", error } }))).toMatchObject({ type: "call", step: "last" });
  });

  it("ends where a step failed, where nobody knows what a create did, and where it was cancelled", () => {
    const workflow = compile(operation("a"), operation("b"));
    expect(advance(workflow, state({ a: { status: "failed", error } }))).toEqual({
      type: "end",
      status: "failed",
      step: "a",
      error,
    });
    expect(advance(workflow, state({ a: { status: "unknown", error } }))).toEqual({
      type: "end",
      status: "needs_attention",
      step: "a",
      error,
    });
    expect(advance(workflow, state({ a: done() }, { cancelled: true }))).toEqual({ type: "end", status: "cancelled", step: "b" });
    expect(advance(workflow, state({ a: done(), b: done() }, { cancelled: true }))).toEqual({ type: "end", status: "succeeded" });
  });

  it("waits from when the step before ended, or until a time", () => {
    const wait = (more: object): Step => ({ id: "w", title: "Wait", kind: "wait", ...more }) as Step;
    const later = compile(operation("a"), wait({ for: "2h" }));
    const ended = "2026-01-01T01:00:00.000Z";
    expect(advance(later, state({ a: { status: "succeeded", endedAt: ended } }))).toEqual({
      type: "wait",
      step: "w",
      untilMs: START_MS + 3 * 3_600_000,
    });
    expect(advance(later, state({ a: done() }, { resumedAt: ended }))).toMatchObject({ untilMs: START_MS + 3 * 3_600_000 });
    expect(advance(compile(wait({ until: "{{ run.startedAt }}" })), state())).toMatchObject({ untilMs: START_MS });
    expect(advance(compile(wait({ until: "{{ trigger.input.id }}" })), state())).toMatchObject({
      result: { error: { code: "mapping_failed", message: expect.stringContaining("gives no time") } },
    });
  });

  it("asks a person, and ends as cancelled where that person declines", () => {
    const ask = (more: object = {}): Step =>
      ({
        id: "ask",
        title: "Ask",
        kind: "approval",
        message: "Tag {{ trigger.input.id }}?",
        approvers: ["mina"],
        deadline: { after: "1d", decision: "declined" },
        ...more,
      }) as Step;
    expect(advance(compile(ask()), state())).toEqual({
      type: "approval",
      step: "ask",
      message: "Tag o1?",
      approvers: ["mina"],
      deadline: { atMs: START_MS + 86_400_000, decision: "declined" },
    });
    const declined = { ask: done({ decision: "declined", by: "mina", at: START }) };
    expect(advance(compile(ask()), state(declined))).toEqual({ type: "end", status: "cancelled", step: "ask" });
    expect(advance(compile(ask({ onDecline: "continue" })), state(declined))).toEqual({ type: "end", status: "succeeded" });
    expect(advance(compile(ask()), state({ ask: done({ decision: "approved", by: null, at: START }) }))).toMatchObject({
      status: "succeeded",
    });
  });

  it("iterates over a list or over the pages of an operation, and asks conditions on the item for each", () => {
    const over = (forEach: object, more: object = {}) =>
      compile(
        operation("each", {
          operation: "tag",
          forEach,
          input: { id: "{{ item }}", tags: ["{{ trigger.input.outcome }}"] },
          when: { all: [{ value: "{{ item }}", notEquals: "b" }] },
          ...more,
        } as Partial<Step>),
        operation("after", { input: { id: "{{ steps.each.items.total }}" } }),
      );
    const list = over({ items: "{{ trigger.input.list }}", concurrency: 3 }, { onError: "continue" });
    expect(advance(list, state())).toEqual({
      type: "each",
      step: "each",
      over: { items: ["a", "b"] },
      concurrency: 3,
      onError: "continue",
    });
    expect(advanceItem(list, state(), "each", "a")).toMatchObject({ type: "call", input: { id: "a", tags: ["approved"] } });
    expect(advanceItem(list, state(), "each", "b")).toEqual({
      type: "result",
      step: "each",
      result: { status: "skipped", reason: "when" },
    });
    const pages = over({ connector: "acme", operation: "list", credential: "c", input: { tag: "{{ trigger.input.outcome }}" } });
    expect(advance(pages, state())).toEqual({
      type: "each",
      step: "each",
      over: { pages: { connector: "acme", operation: "list", credential: "c", input: { tag: "approved" } } },
      concurrency: 1,
      onError: "stop",
    });
    const counted: StepResult = { status: "succeeded", items: { succeeded: 2, failed: 1, skipped: 4 }, endedAt: START };
    expect(advance(list, state({ each: counted }))).toMatchObject({ type: "call", step: "after", input: { id: 7 } });
    expect(advance(over({ items: "{{ trigger.input.id }}" }), state())).toMatchObject({
      result: { error: { code: "mapping_failed", details: { field: "/forEach/items" } } },
    });
  });

  it("refuses to compile what names a step that does not run before, or an item that is not there", () => {
    const refused = (...steps: Step[]) => {
      try {
        compile(...steps);
      } catch (error) {
        return (error as { details: { issues: { pointer: string; keyword: string }[] } }).details.issues.map(
          ({ pointer, keyword }) => [pointer, keyword],
        );
      }
      return [];
    };
    expect(refused(operation("a", { input: { id: "{{ steps.b.output }}" } }), operation("b"))).toEqual([
      ["/steps/0/input/id", "later_step"],
    ]);
    expect(refused(operation("a", { input: { id: "{{ steps.c.output }}" } }))).toEqual([["/steps/0/input/id", "unknown_step"]]);
    expect(refused(operation("a", { input: { id: "{{ item }}" } }))).toEqual([["/steps/0/input/id", "unknown_path"]]);
    expect(refused(operation("a", { input: { id: "{{ steps" } }))).toEqual([["/steps/0/input/id", "expression_invalid"]]);
    expect(refused(operation("a", { input: { list: [{ id: "{{ trigger | shout }}" }] } }))).toEqual([
      ["/steps/0/input/list/0/id", "unknown_filter"],
    ]);
  });
});

/** A step of the model: what it does, and how its effect ends when it is carried out. */
interface ModelStep {
  readonly kind: "operation" | "send" | "wait" | "approval" | "each";
  readonly outcome: "success" | "failure" | "unknown";
  readonly when: boolean | undefined;
  readonly disabled: boolean;
  readonly isForgiving: boolean;
  readonly isMissing: boolean;
}

const modelStep: fc.Arbitrary<ModelStep> = fc.record({
  kind: fc.constantFrom("operation", "send", "wait", "approval", "each"),
  outcome: fc.constantFrom("success", "success", "success", "failure", "unknown"),
  when: fc.constantFrom(undefined, undefined, true, false),
  disabled: fc.constantFrom(false, false, false, true),
  isForgiving: fc.boolean(),
  isMissing: fc.constantFrom(false, false, false, true),
});

function toStep(model: ModelStep, at: number): Step {
  const common = {
    id: `s${at}`,
    title: `Step ${at}`,
    ...(model.when !== undefined && {
      when: { all: [{ value: "{{ trigger.input.id }}", equals: model.when ? "o1" : "other" }] },
    }),
    ...(model.disabled && { disabled: true }),
    ...(model.isForgiving && { onError: "continue" as const }),
  };
  const value = model.isMissing
    ? "{{ trigger.input.nothing }}"
    : at === 0
      ? "{{ trigger.input.id }}"
      : `{{ steps.s${at - 1}.output.id | default: 'none' }}`;
  if (model.kind === "wait") return { ...common, kind: "wait", until: model.isMissing ? value : "{{ run.startedAt }}" };
  if (model.kind === "approval")
    return { ...common, kind: "approval", message: value, ...(model.isForgiving && { onDecline: "continue" as const }) };
  if (model.kind === "send") return { ...common, kind: "send", destination: "d", body: value };
  const call = { connector: "acme", operation: "read", credential: "c", input: { id: value } };
  if (model.kind === "each")
    return { ...common, kind: "operation", ...call, input: { id: "{{ item }}" }, forEach: { items: [value, "x"] } };
  return { ...common, kind: "operation", ...call };
}

/** The effects that a person would expect, in order, and how the run ends: written without looking at `advance`. */
function expected(models: readonly ModelStep[]): string[] {
  const log: string[] = [];
  for (const [at, model] of models.entries()) {
    if (model.disabled || model.when === false) continue;
    // An entry of a list that is missing is left out; nothing else is left of it to be missing.
    if (model.isMissing && model.kind !== "each") {
      if (model.isForgiving) continue;
      return [...log, "end failed"];
    }
    log.push(`${model.kind} s${at}`);
    if (model.kind === "wait" || model.outcome === "success") continue;
    if (model.outcome === "unknown" && model.kind !== "approval") return [...log, "end needs_attention"];
    if (!model.isForgiving) return [...log, model.kind === "approval" ? "end cancelled" : "end failed"];
  }
  return [...log, "end succeeded"];
}

const EFFECTS: Readonly<Record<string, string>> = {
  call: "operation",
  send: "send",
  wait: "wait",
  approval: "approval",
  each: "each",
};

function carriedOut(model: ModelStep, at: number): StepResult {
  if (model.kind === "approval")
    return done({ decision: model.outcome === "success" ? "approved" : "declined", by: "p", at: START });
  if (model.kind === "wait" || model.outcome === "success") return done({ id: `from${at}` });
  return model.outcome === "unknown" ? { status: "unknown", error } : { status: "failed", error, endedAt: START };
}

describe("a run, as a model says it should go", () => {
  it("has the effects of the model, in its order, each once, wherever it is interrupted and asked again", () => {
    fc.assert(
      fc.property(
        fc.array(modelStep, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(3), { maxLength: 40 }),
        (models, crashes) => {
          const definition: Workflow = {
            name: "w",
            title: "W",
            trigger: { type: "api" },
            steps: models.map(toStep) as Workflow["steps"],
          };
          const log: string[] = [];
          const prefixes: [RunState, Next][] = [];
          let results: Record<string, StepResult> = {};
          for (let turn = 0; ; turn += 1) {
            // A process that died and came back knows what is stored and nothing else.
            const isCrash = crashes[turn] === 0;
            const workflow = compileWorkflow(
              isCrash ? JSON.parse(JSON.stringify(definition)) : definition,
              (_, name) => SCHEMAS[name],
            );
            if (isCrash) results = JSON.parse(JSON.stringify(results));
            const next = advance(workflow, state(results));
            expect(advance(workflow, state(JSON.parse(JSON.stringify(results))))).toEqual(next);
            prefixes.push([state({ ...results }), next]);
            if (next.type === "end") {
              log.push(`end ${next.status}`);
              break;
            }
            const at = Number(next.step.slice(1));
            expect(results[next.step]).toBeUndefined();
            if (next.type === "result") results = { ...results, [next.step]: next.result };
            else {
              log.push(`${EFFECTS[next.type]} ${next.step}`);
              results = { ...results, [next.step]: carriedOut(models[at] as ModelStep, at) };
            }
          }
          expect(log).toEqual(expected(models));
          const again = compileWorkflow(definition, (_, name) => SCHEMAS[name]);
          for (const [prefix, next] of prefixes) expect(advance(again, prefix)).toEqual(next);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("decides within a millisecond in a definition of 50 steps", () => {
    const steps = Array.from({ length: 50 }, (_, at) =>
      operation(`s${at}`, {
        when: { all: [{ value: "{{ trigger.input.id }}", equals: "o1" }] },
        input: { id: at === 0 ? "{{ trigger.input.id }}" : `{{ steps.s${at - 1}.output.id | append: '-x' }}` },
      }),
    );
    const workflow = compile(...steps);
    const results: Record<string, StepResult> = {};
    for (let at = 0; at < 49; at += 1) results[`s${at}`] = done({ id: `o${at}` });
    const times: number[] = [];
    for (let round = 0; round < 300; round += 1) {
      const from = performance.now();
      expect(advance(workflow, state(results))).toMatchObject({ step: "s49", input: { id: "o48-x" } });
      times.push(performance.now() - from);
    }
    // The best of many: a busy machine makes some slow, a slow algorithm all.
    expect(Math.min(...times)).toBeLessThan(1);
  });
});
