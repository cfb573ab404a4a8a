import type { Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import { sampleOf } from "../json-schema/sample.ts";
import { REDACTED } from "../json-schema/sensitive.ts";
import { violations } from "../json-schema/violations.ts";
import type { Step, Workflow } from "../schemas/types/platform/workflow.ts";
import { createBudget, type Scope } from "./evaluate.ts";
import type { Segment } from "./expression.ts";
import { written } from "./infer.ts";
import { expressionsIn, type Mapped, parseMapped, resolveMapped } from "./mapping.ts";
import { pathsOf } from "./parse.ts";
import { createScopeSchema, operationOf, recordSchema } from "./scope-schema.ts";
import type { Catalog } from "./types.ts";
import { type Kind, kindOf } from "./values.ts";

/** What came of one field. */
export interface PreviewField {
  /** Pointer into the value. */
  readonly field: string;
  /** What came out; absent where nothing did. */
  readonly value?: unknown;
  readonly type: Kind | "null" | "nothing";
  /** Where it was taken from; nowhere for what is written out. */
  readonly from: readonly PreviewSource[];
  readonly problem?: { readonly code: string; readonly message: string };
}

export interface PreviewSource {
  /** As people write it. */
  readonly path: string;
  readonly source: Source;
}

/** The run that is shown, or an example; `redacted`: of a run, but what is hidden there is an example. */
export type Source = "run" | "redacted" | "sample";

export interface Preview {
  /** The whole, where it could be resolved. */
  readonly value?: unknown;
  readonly fields: readonly PreviewField[];
}

/** What expressions look at, and where each part of it is from. */
export interface PreviewScope {
  readonly scope: Scope;
  sourceOf(path: readonly Segment[]): Source;
}

/**
 * Resolves a mapped value as a run would, and says of each field what came out, of which type and from where, or what is wrong.
 *
 * @param options.scope - what expressions look at: `scopeOf` a run, `sampleScope`, or `scopeOfRun`, which says by `sourceOf` what is from where
 * @param options.schema - of the place where the value goes
 */
export function previewInput(
  value: unknown,
  {
    scope,
    schema,
    sourceOf = () => "sample",
  }: Partial<PreviewScope> & Pick<PreviewScope, "scope"> & { readonly schema?: JsonSchema },
): Preview {
  const faults: PreviewField[] = [];
  const mapped = parseMapped(value, ({ field, error }) =>
    faults.push({ field, type: "nothing", from: [], problem: { code: error.code, message: `The expression ${error.message}.` } }),
  );
  const broken = new Set(faults.map(({ field }) => field));
  const fields = [...leavesOf(mapped)]
    .filter(({ field }) => !broken.has(field))
    .map((leaf) => previewLeaf(leaf, { scope, sourceOf }));
  if (faults.length > 0) return { fields: [...faults, ...fields] };
  const resolved = resolveMapped(mapped, scope, schema);
  if ("problem" in resolved) {
    const { code, field, reason } = resolved.problem;
    return {
      fields: withProblems(fields, [
        {
          pointer: field,
          keyword: code,
          message: code === "mapping_missing" ? "There is no value, and the field needs one." : `The expression ${reason}.`,
        },
      ]),
    };
  }
  const issues = schema === undefined ? [] : violations(schema, resolved.value);
  return {
    value: resolved.value,
    fields: withProblems(
      fields,
      issues.map((issue) => ({ ...issue, keyword: "input_invalid", message: `The field ${issue.message}.` })),
    ),
  };
}

/** What expressions of a step look at before anything ran: samples of what the schemas describe. */
export function sampleScope(definition: Workflow, at: number, catalog: Catalog, item?: JsonSchema): Scope {
  return sampleOf(createScopeSchema(definition, catalog)(at, item)) as Scope;
}

/** A run, as far as people are shown it. */
export interface ShownRun {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly owner: string | null;
  readonly startedAt: string;
  readonly trigger: unknown;
  readonly steps: readonly {
    readonly id: string;
    readonly status: string;
    readonly output: unknown;
    readonly items?: { readonly succeeded: number; readonly failed: number; readonly skipped: number };
  }[];
}

/** What expressions look at, as a run had it; samples for what it had not come to, and for what is hidden. */
export function scopeOfRun(samples: Scope, run: ShownRun | undefined): PreviewScope {
  if (run === undefined) return { scope: samples, sourceOf: () => "sample" };
  const hidden: string[][] = [];
  const over = (sample: unknown, shown: unknown, path: readonly string[]) => overlay(sample, shown, path, hidden);
  const sampleSteps = (samples.steps ?? {}) as Record<string, Record<string, unknown>>;
  const done = run.steps.filter(({ id, status }) => status === "succeeded" && Object.hasOwn(sampleSteps, id));
  const steps = done.map(({ id, status, output, items }) => {
    const data = items
      ? { items: { ...items, total: items.succeeded + items.failed + items.skipped } }
      : { output: over(sampleSteps[id]?.output, output, ["steps", id, "output"]) };
    return [id, { ...sampleSteps[id], status, ...data }] as const;
  });
  const scope = {
    ...samples,
    trigger: over(samples.trigger, run.trigger ?? {}, ["trigger"]),
    steps: { ...sampleSteps, ...Object.fromEntries(steps) },
    run: { id: run.id, startedAt: run.startedAt, workflow: run.name, version: run.version, owner: run.owner },
  };
  const known = new Set(done.map(({ id }) => id));
  return {
    scope,
    sourceOf([root, ...rest]) {
      if (root === "item" || (root === "steps" && !known.has(String(rest[0])))) return "sample";
      const path = [root, ...rest].map(toKey);
      return hidden.some((one) => one.slice(0, path.length).every((key, at) => key === path[at])) ? "redacted" : "run";
    },
  };
}

/** What was shown; a sample in place of what was hidden, whose place is noted. */
function overlay(sample: unknown, shown: unknown, path: readonly string[], hidden: string[][]): unknown {
  if (shown === REDACTED) {
    hidden.push([...path]);
    return sample ?? shown;
  }
  if (Array.isArray(shown)) {
    const [entry] = Array.isArray(sample) ? sample : [];
    return shown.map((one) => overlay(entry, one, [...path, "[]"], hidden));
  }
  if (kindOf(shown) !== "object") return shown;
  const known = kindOf(sample) === "object" ? (sample as Record<string, unknown>) : {};
  return Object.fromEntries(
    Object.entries(shown as object).map(([name, one]) => [name, overlay(known[name], one, [...path, name], hidden)]),
  );
}

/** Entries of a list are one place. */
function toKey(segment: Segment | undefined): string {
  return typeof segment === "number" || segment === "first" || segment === "last" ? "[]" : String(segment);
}

/** The values of a step in which expressions may stand, with the pointer of each and the schema of where it goes. */
interface StepValue {
  readonly field: string;
  readonly value: unknown;
  readonly schema?: JsonSchema | undefined;
}

function valuesOf(step: Step, catalog: Catalog): StepValue[] {
  const repeated = "forEach" in step ? step.forEach : undefined;
  const over: StepValue[] =
    repeated === undefined
      ? []
      : "items" in repeated
        ? [{ field: "/forEach/items", value: repeated.items }]
        : [{ field: "/forEach/input", value: repeated.input ?? {}, schema: operationOf(catalog, repeated)?.input }];
  switch (step.kind) {
    case "operation":
      return [...over, { field: "/input", value: step.input ?? {}, schema: operationOf(catalog, step)?.input }];
    case "send":
      return [...over, { field: "/body", value: step.body }];
    case "wait":
      return step.until === undefined ? [] : [{ field: "/until", value: step.until }];
    case "approval":
      return [{ field: "/message", value: step.message }];
  }
}

/** Resolves what a step is given, on the data of a run where there is one: fields as `previewInput` has them, pointers leading into the step. */
export function previewStep(definition: Workflow, at: number, catalog: Catalog, run?: ShownRun): PreviewField[] {
  const step = definition.steps[at] as Step;
  const outer = scopeOfRun(sampleScope(definition, at, catalog), run);
  const inner = { ...outer, scope: { ...outer.scope, ...itemOf(step, outer.scope, catalog) } };
  return valuesOf(step, catalog).flatMap(({ field, value, schema }) => {
    const scope = field.startsWith("/forEach") ? outer : inner;
    const { fields } = previewInput(value, { ...scope, ...(schema !== undefined && { schema }) });
    return fields.map((one) => ({ ...one, field: field + one.field }));
  });
}

/** The item that a repeated step would have: the first of its list, or a sample of a record. */
function itemOf(step: Step, scope: Scope, catalog: Catalog): { readonly item?: unknown } {
  const repeated = "forEach" in step ? step.forEach : undefined;
  if (repeated === undefined) return {};
  if ("items" in repeated) {
    const { value } = previewInput(repeated.items, { scope });
    return Array.isArray(value) && value.length > 0 ? { item: value[0] } : {};
  }
  const operation = operationOf(catalog, repeated);
  if (operation === undefined) return {};
  return { item: sampleOf(recordSchema(operation, repeated.input, catalog.connectors[repeated.connector]?.fieldsInput)) };
}

interface Leaf {
  readonly field: string;
  readonly mapped: Mapped;
}

function* leavesOf(mapped: Mapped, field = ""): Generator<Leaf> {
  if (mapped.kind === "list") for (const [at, entry] of mapped.entries.entries()) yield* leavesOf(entry, `${field}/${at}`);
  else if (mapped.kind === "object")
    for (const [name, value] of mapped.fields) yield* leavesOf(value, `${field}/${escapePointer(name)}`);
  else if (mapped.kind === "literal" && kindOf(mapped.value) === "object")
    for (const [name, value] of Object.entries(mapped.value as object))
      yield* leavesOf({ kind: "literal", value }, `${field}/${escapePointer(name)}`);
  else yield { field, mapped };
}

function previewLeaf({ field, mapped }: Leaf, { scope, sourceOf }: PreviewScope): PreviewField {
  const paths = [...expressionsIn(mapped)].flatMap(({ expression }) => pathsOf(expression));
  const from = [...new Map(paths.map((path) => [written(path), { path: written(path), source: sourceOf(path) }])).values()];
  const resolved = resolveMapped(mapped, scope, undefined, createBudget());
  if (!("problem" in resolved)) return { field, value: resolved.value, type: kindOf(resolved.value) ?? "null", from };
  const { code, reason } = resolved.problem;
  return {
    field,
    type: "nothing",
    from,
    ...(code === "mapping_failed" && { problem: { code, message: `The expression ${reason}.` } }),
  };
}

/** Puts each issue at the field that it is about; one about a field that is not written gets a line of its own. */
function withProblems(fields: readonly PreviewField[], issues: readonly Issue[]): PreviewField[] {
  const left = new Map(issues.map((issue) => [issue.pointer, { code: issue.keyword, message: issue.message }]));
  const told = fields.map((one) => {
    const [pointer, problem] = [...left].find(([at]) => at === one.field || at.startsWith(`${one.field}/`)) ?? [];
    if (pointer === undefined || problem === undefined) return one;
    left.delete(pointer);
    return { problem, ...one };
  });
  return [...told, ...[...left].map(([field, problem]): PreviewField => ({ field, type: "nothing", from: [], problem }))];
}
