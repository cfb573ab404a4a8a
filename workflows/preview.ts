import type { Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import { sampleOf } from "../json-schema/sample.ts";
import { violations } from "../json-schema/violations.ts";
import type { Workflow } from "../schemas/types/platform/workflow.ts";
import { createBudget, type Scope } from "./evaluate.ts";
import { written } from "./infer.ts";
import { expressionsIn, type Mapped, parseMapped, resolveMapped } from "./mapping.ts";
import { pathsOf } from "./parse.ts";
import { createScopeSchema } from "./scope-schema.ts";
import type { Catalog } from "./types.ts";
import { type Kind, kindOf } from "./values.ts";

/** What came of one field. */
export interface PreviewField {
  /** Pointer into the value. */
  readonly field: string;
  /** What came out; absent where nothing did. */
  readonly value?: unknown;
  readonly type: Kind | "null" | "nothing";
  /** The paths that it was taken from, as people write them; none for what is written out. */
  readonly from: readonly string[];
  readonly problem?: { readonly code: string; readonly message: string };
}

export interface Preview {
  /** The whole, where it could be resolved. */
  readonly value?: unknown;
  readonly fields: readonly PreviewField[];
}

/**
 * Resolves a mapped value as a run would, and says of each field what came out, of which type and from where, or what is wrong.
 *
 * @param options.scope - what expressions look at: `scopeOf` a run, or `sampleScope`
 * @param options.schema - of the place where the value goes
 */
export function previewInput(
  value: unknown,
  { scope, schema }: { readonly scope: Scope; readonly schema?: JsonSchema },
): Preview {
  const faults: PreviewField[] = [];
  const mapped = parseMapped(value, ({ field, error }) =>
    faults.push({ field, type: "nothing", from: [], problem: { code: error.code, message: `The expression ${error.message}.` } }),
  );
  const broken = new Set(faults.map(({ field }) => field));
  const fields = [...leavesOf(mapped)].filter(({ field }) => !broken.has(field)).map((leaf) => previewLeaf(leaf, scope));
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

function previewLeaf({ field, mapped }: Leaf, scope: Scope): PreviewField {
  const from = [...new Set([...expressionsIn(mapped)].flatMap(({ expression }) => pathsOf(expression).map(written)))];
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
