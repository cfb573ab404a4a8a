import { fieldOf, requiresField, type Step, stepInto } from "./describe.ts";
import type { JsonSchema } from "./json-schema.ts";
import { isOfType } from "./violations.ts";

/** More alternatives than these are not told apart. */
const MOST = 64;

/**
 * The alternatives that a schema leaves, each with one `type` (or none, where anything may be) and without `anyOf`, `oneOf` and `allOf`.
 * What is said beside alternatives holds for each. Where two parts say different things that cannot be joined, `$more` marks it.
 */
export function flatten(schema: JsonSchema): JsonSchema[] {
  const { anyOf, oneOf, allOf, ...own } = schema as JsonSchema &
    Record<"anyOf" | "oneOf" | "allOf", readonly unknown[] | undefined>;
  let flats: JsonSchema[] = [own as JsonSchema];
  for (const part of allOf ?? []) flats = product(flats, flattenAny(part));
  for (const choices of [anyOf, oneOf])
    if (choices)
      flats = product(
        flats,
        choices.flatMap((one) => flattenAny(one)),
      );
  const typed = flats.flatMap(byType);
  return typed.length > MOST ? [{ $more: true }] : typed;
}

function flattenAny(schema: unknown): JsonSchema[] {
  if (schema === false) return [];
  return typeof schema === "object" && schema !== null ? flatten(schema as JsonSchema) : [{}];
}

function product(left: readonly JsonSchema[], right: readonly JsonSchema[]): JsonSchema[] {
  return left.flatMap((a) => right.flatMap((b): JsonSchema[] => [joined(a, b) ?? []].flat())).slice(0, MOST * 2);
}

/** One schema for each type. Values that are listed tell theirs. */
function byType(schema: JsonSchema): JsonSchema[] {
  const { type } = schema;
  const values = valuesOf(schema);
  if (values !== undefined && values.length <= MOST) {
    const fitting =
      type === undefined ? values : values.filter((value) => [type].flat().some((one) => isOfType(value, String(one))));
    return fitting.map((value): JsonSchema => {
      const { enum: _enum, type: _type, ...rest } = schema;
      return { ...rest, type: typeOf(value), const: value };
    });
  }
  if (Array.isArray(type)) return type.map((one: unknown): JsonSchema => ({ ...schema, type: one }));
  return [schema];
}

function valuesOf(schema: JsonSchema): readonly unknown[] | undefined {
  if ("const" in schema) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : undefined;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

/** What both say; undefined where they contradict each other. */
function joined(a: JsonSchema, b: JsonSchema): JsonSchema | undefined {
  const result: Record<string, unknown> = { ...a };
  for (const [keyword, value] of Object.entries(b)) {
    const before = result[keyword];
    if (before === undefined) result[keyword] = value;
    else if (keyword === "type") {
      const types = commonTypes([before].flat() as string[], [value].flat() as string[]);
      if (types.length === 0) return undefined;
      result.type = types.length === 1 ? types[0] : types;
    } else if (keyword === "properties") result.properties = joinedProperties(before as Properties, value as Properties);
    else if (keyword === "required") result.required = [...new Set([...(before as string[]), ...(value as string[])])];
    else if (/^(?:min|exclusiveMin)/.test(keyword)) result[keyword] = Math.max(before as number, value as number);
    else if (/^(?:max|exclusiveMax)/.test(keyword)) result[keyword] = Math.min(before as number, value as number);
    else if (keyword === "items") result.items = { allOf: [before, value] };
    else if (keyword === "additionalProperties") result[keyword] = before === false || value === false ? false : value;
    else if (ASSERTIONS.has(keyword) && JSON.stringify(before) !== JSON.stringify(value)) result.$more = true;
  }
  return result;
}

const ASSERTIONS = new Set(
  "const enum pattern format not if then else dependentSchemas propertyNames multipleOf uniqueItems".split(" "),
);

type Properties = Readonly<Record<string, unknown>>;

function joinedProperties(a: Properties, b: Properties): Properties {
  const shared = Object.keys(b).filter((name) => Object.hasOwn(a, name));
  return { ...a, ...b, ...Object.fromEntries(shared.map((name) => [name, { allOf: [a[name], b[name]] }])) };
}

function commonTypes(a: readonly string[], b: readonly string[]): string[] {
  return a.flatMap((one) => {
    if (b.includes(one) || (one === "integer" && b.includes("number"))) return [one];
    return one === "number" && b.includes("integer") ? ["integer"] : [];
  });
}

/** What lies at the end of a path. */
export interface Followed {
  /** The alternatives, flat and without null; none where the path leads nowhere. One without a type may be anything. */
  readonly schemas: readonly JsonSchema[];
  /** Whether there may be nothing, or null, at the end or on the way. */
  readonly maybeNothing: boolean;
  /** Where a path leads nowhere: how many of its steps there are, and the names that are known in place of the next one. */
  readonly lost?: { readonly after: number; readonly names: readonly string[] };
}

/**
 * Follows a path through the values that a schema describes: through arrays, alternatives, nullable and additional properties. A
 * place in a list is a number (negative from the end), or `first` or `last`; `size` is the length of a text or list.
 */
export function followPath(schema: JsonSchema, path: readonly Step[]): Followed {
  const whole = flatten(schema);
  let schemas = withoutNull(whole);
  let maybeNothing = whole.some(mayBeNull);
  for (const [at, step] of path.entries()) {
    const steps = schemas.map((one) => followStep(one, step));
    const found = steps.filter((one) => one !== undefined);
    if (found.length === 0)
      return { schemas: [], maybeNothing: true, lost: { after: at, names: [...new Set(schemas.flatMap(namesIn))] } };
    const flats = found.flatMap(({ schema: one }) => flatten(one));
    const next = withoutNull(flats);
    maybeNothing ||= found.length < steps.length || found.some((one) => one.maybeNothing) || flats.some(mayBeNull);
    schemas = next;
  }
  return { schemas, maybeNothing };
}

function withoutNull(schemas: readonly JsonSchema[]): JsonSchema[] {
  return schemas.filter(({ type }) => type !== "null");
}

/** May a value of a flat schema be null? Of one without a type it may. */
export function mayBeNull({ type }: JsonSchema): boolean {
  return type === undefined || type === "null";
}

interface Stepped {
  readonly schema: JsonSchema;
  readonly maybeNothing: boolean;
}

/** One step into a flat schema; undefined where its values have nothing there. */
function followStep(schema: JsonSchema, step: Step): Stepped | undefined {
  const { type } = schema;
  if (type === undefined && schema.properties === undefined && schema.items === undefined)
    return { schema: {}, maybeNothing: true };
  if (type === "array") return followEntry(schema, step);
  if (type === "string") return step === "size" ? { schema: { type: "integer", minimum: 0 }, maybeNothing: false } : undefined;
  if (type !== undefined && type !== "object") return undefined;
  const name = String(step);
  const known = fieldOf(schema, name);
  if (known !== undefined) return { schema: known, maybeNothing: type === undefined || !requiresField(schema, name) };
  const { additionalProperties: more, properties } = schema;
  if (typeof more === "object" && more !== null) return { schema: more as JsonSchema, maybeNothing: true };
  return more === true || (more === undefined && properties === undefined) ? { schema: {}, maybeNothing: true } : undefined;
}

function followEntry(schema: JsonSchema, step: Step): Stepped | undefined {
  const least = (schema.minItems as number | undefined) ?? 0;
  if (step === "size") return { schema: { type: "integer", minimum: least }, maybeNothing: false };
  const place = step === "first" ? 0 : step === "last" ? -1 : Number(step);
  if (!Number.isInteger(place)) return undefined;
  return { schema: entryOf(schema), maybeNothing: place < 0 ? least < -place : least <= place };
}

/** What the entries of a list may be. A mark of the list, such as the kind of its ids, is one of theirs. */
export function entryOf(list: JsonSchema): JsonSchema {
  const marks = Object.entries(list).filter(
    ([keyword]) => keyword === "x-id" || keyword === "x-unit" || keyword === "x-sensitive",
  );
  const [entry] = stepInto([list], "[]");
  return { ...Object.fromEntries(marks), ...entry };
}

function namesIn(schema: JsonSchema): string[] {
  if (schema.type === "array") return ["first", "last", "size"];
  return Object.keys((schema.properties as object | undefined) ?? {});
}
