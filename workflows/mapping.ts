import { alternativesOf, requiresField, stepInto, typesOf } from "../json-schema/describe.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import { type Budget, createBudget, evaluate, evaluateText, type Scope } from "./evaluate.ts";
import { type Expression, ExpressionError, isTemplate, parseTemplate, type Template } from "./expression.ts";
import { kindOf } from "./values.ts";

/** A value that was written by a person, its expressions parsed. */
export type Mapped =
  | { readonly kind: "literal"; readonly value: unknown }
  /** One expression and nothing else: keeps its type. */
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "text"; readonly template: Template; readonly source: string }
  | { readonly kind: "list"; readonly entries: readonly Mapped[] }
  | { readonly kind: "object"; readonly fields: readonly (readonly [name: string, value: Mapped])[] };

/** Something within a mapped value that cannot be read; `field` is a pointer from where the value begins. */
export interface MappingFault {
  readonly field: string;
  readonly error: ExpressionError;
}

/** Why a value could not be resolved. */
export interface MappingProblem {
  readonly code: "mapping_missing" | "mapping_failed";
  readonly field: string;
  readonly expression: string;
  /** A clause: "nothing is there", "upcase takes a text, not a list". */
  readonly reason: string;
}

export type Resolved = { readonly value: unknown } | { readonly problem: MappingProblem };

const DEEPEST = 20;

/** Parses each text in a value, at any depth. What cannot be read is told by `onFault` and stays as it is written. */
export function parseMapped(value: unknown, onFault: (fault: MappingFault) => void, field = "", depth = 0): Mapped {
  const literal: Mapped = { kind: "literal", value };
  if (depth > DEEPEST) {
    onFault({ field, error: new ExpressionError(`lies more than ${DEEPEST} levels deep`, "…") });
    return literal;
  }
  if (typeof value === "string") return isTemplate(value) ? parseText(value, onFault, field) : literal;
  const below = (part: unknown, name: string | number) =>
    parseMapped(part, onFault, `${field}/${escapePointer(String(name))}`, depth + 1);
  if (Array.isArray(value)) {
    const entries = value.map(below);
    return entries.every(isLiteral) ? literal : { kind: "list", entries };
  }
  if (kindOf(value) !== "object") return literal;
  const fields = Object.entries(value as object).map(([name, part]) => [name, below(part, name)] as const);
  return fields.every(([, part]) => isLiteral(part)) ? literal : { kind: "object", fields };
}

function parseText(source: string, onFault: (fault: MappingFault) => void, field: string): Mapped {
  try {
    const template = parseTemplate(source);
    const [only, ...more] = template;
    if (only === undefined) return { kind: "literal", value: "" };
    if (more.length === 0)
      return typeof only === "string" ? { kind: "literal", value: only } : { kind: "expression", expression: only };
    return { kind: "text", template, source };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    onFault({ field, error });
    return { kind: "literal", value: source };
  }
}

function isLiteral({ kind }: Mapped): boolean {
  return kind === "literal";
}

/** The expressions in a mapped value, each with its pointer. */
export function* expressionsIn(
  mapped: Mapped,
  field = "",
): Generator<{ readonly field: string; readonly expression: Expression }> {
  if (mapped.kind === "expression") yield { field, expression: mapped.expression };
  if (mapped.kind === "text") for (const part of mapped.template) if (typeof part !== "string") yield { field, expression: part };
  if (mapped.kind === "list") for (const [at, entry] of mapped.entries.entries()) yield* expressionsIn(entry, `${field}/${at}`);
  if (mapped.kind === "object")
    for (const [name, value] of mapped.fields) yield* expressionsIn(value, `${field}/${escapePointer(name)}`);
}

/** Nothing came out, and what was asked. */
class Nothing {
  readonly field: string;
  readonly expression: string;

  constructor(field: string, expression: string) {
    this.field = field;
    this.expression = expression;
  }
}

class Unresolved extends Error {
  readonly problem: MappingProblem;

  constructor(problem: MappingProblem) {
    super(problem.reason);
    this.problem = problem;
  }
}

interface Resolving {
  readonly scope: Scope;
  readonly budget: Budget;
}

/**
 * What a mapped value comes to. An expression that gives nothing leaves its field out, unless the schema requires the field; an
 * entry of a list is left out, and a list of which nothing is left counts as nothing. `null` counts as nothing where the
 * schema does not take it. Text around expressions stays text.
 *
 * @param schema - of the place where the value goes; without one nothing is required and `null` stays
 */
export function resolveMapped(mapped: Mapped, scope: Scope, schema?: JsonSchema, budget: Budget = createBudget()): Resolved {
  try {
    const value = resolve(mapped, "", schema === undefined ? undefined : [schema], { scope, budget });
    return value instanceof Nothing ? { problem: missing(value) } : { value };
  } catch (error) {
    if (error instanceof Unresolved) return { problem: error.problem };
    throw error;
  }
}

function resolve(mapped: Mapped, field: string, schemas: readonly JsonSchema[] | undefined, at: Resolving): unknown {
  switch (mapped.kind) {
    case "literal":
      return mapped.value;
    case "expression": {
      const value = attempt(field, () => evaluate(mapped.expression, at.scope, at.budget));
      return value === undefined || (value === null && !takesNull(schemas))
        ? new Nothing(field, mapped.expression.source)
        : value;
    }
    case "text":
      return attempt(field, () => evaluateText(mapped.template, at.scope, at.budget));
    case "list":
      return resolveList(mapped.entries, field, schemas && stepInto(schemas, "[]"), at);
    case "object":
      return resolveObject(mapped.fields, field, schemas, at);
  }
}

function resolveList(
  entries: readonly Mapped[],
  field: string,
  schemas: readonly JsonSchema[] | undefined,
  at: Resolving,
): unknown {
  const values = entries.map((entry, place) => resolve(entry, `${field}/${place}`, schemas, at));
  const found = values.filter((value) => !(value instanceof Nothing));
  return found.length === 0 ? values[0] : found;
}

function resolveObject(
  fields: readonly (readonly [string, Mapped])[],
  field: string,
  schemas: readonly JsonSchema[] | undefined,
  at: Resolving,
): unknown {
  const entries: [string, unknown][] = [];
  for (const [name, mapped] of fields) {
    const value = resolve(mapped, `${field}/${escapePointer(name)}`, schemas && stepInto(schemas, name), at);
    if (!(value instanceof Nothing)) entries.push([name, value]);
    else if (schemas?.length && schemas.every((schema) => requiresField(schema, name))) throw new Unresolved(missing(value));
  }
  return Object.fromEntries(entries);
}

function takesNull(schemas: readonly JsonSchema[] | undefined): boolean {
  if (schemas === undefined || schemas.length === 0) return true;
  return schemas.some((schema) => {
    const types = typesOf(schema);
    const values = alternativesOf(schema).flatMap(({ enum: list, const: one }) => [...((list as unknown[]) ?? []), one]);
    return types.has("null") || values.includes(null) || (types.size === 0 && values.every((value) => value === undefined));
  });
}

function attempt<T>(field: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new Unresolved({ code: "mapping_failed", field, expression: error.expression, reason: error.message });
  }
}

function missing({ field, expression }: Nothing): MappingProblem {
  return { code: "mapping_missing", field, expression, reason: "nothing is there" };
}
