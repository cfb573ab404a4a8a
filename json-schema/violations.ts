import type { Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "./json-schema.ts";
import { escapePointer, pointerTokens } from "./pointer.ts";
import { canonical, isObject, isSame } from "./same.ts";

/**
 * What is wrong with a value by a schema that is interpreted, not compiled: for schemas that users write, and in browsers. Issues are worded
 * as `toIssues` words those of ajv. Of alternatives told apart by a constant (`kind`, `type`) the one that is meant alone is told; each place and keyword once.
 *
 * References lead into the schema itself (`#/$defs/…`). Formats other than date-time, uri and uri-reference, and keywords that are not
 * of validation, say nothing. A pattern of a user's is not to be trusted here.
 */
export function violations(schema: JsonSchema, value: unknown): Issue[] {
  const found = new Map<string, Issue>();
  for (const one of visit({ root: schema, schema, value, pointer: "" })) {
    const key = `${one.pointer} ${one.keyword}`;
    if (!found.has(key)) found.set(key, one);
  }
  return [...found.values()];
}

interface Visit {
  readonly root: JsonSchema;
  readonly schema: unknown;
  readonly value: unknown;
  readonly pointer: string;
  /** The field whose presence brought this schema here. */
  readonly beside?: string;
}

type Check = (limit: never, visit: Visit & { readonly schema: JsonSchema }) => Issue[];

function visit(at: Visit): Issue[] {
  const { schema } = at;
  if (schema === true || schema === undefined) return [];
  if (schema === false) return [issue(at, "false schema", `may not be given${at.beside ? ` together with ${at.beside}` : ""}`)];
  const held = { ...at, schema: schema as JsonSchema };
  return Object.entries(held.schema).flatMap(([keyword, limit]) =>
    Object.hasOwn(CHECKS, keyword) ? (CHECKS[keyword] as Check)(limit as never, held) : [],
  );
}

function issue({ pointer }: { readonly pointer: string }, keyword: string, message: string): Issue {
  return { pointer, keyword, message };
}

const fails = (is: boolean, at: Visit, keyword: string, message: string): Issue[] => (is ? [] : [issue(at, keyword, message)]);
const isMatch = (at: Visit, schema: unknown): boolean => visit({ ...at, schema }).length === 0;

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: (reference: string, at) => visit({ ...at, schema: target(at.root, reference) }),
  type(types: string | readonly string[], at) {
    const names = [types].flat();
    return fails(
      names.some((name) => isOfType(at.value, name)),
      at,
      "type",
      `must be ${names.join(",")}`,
    );
  },
  const: (wanted, at) => fails(isSame(at.value, wanted), at, "const", `must be ${JSON.stringify(wanted)}`),
  enum: (values: readonly unknown[], at) =>
    fails(
      values.some((one) => isSame(at.value, one)),
      at,
      "enum",
      `must be one of ${values.map((one) => JSON.stringify(one)).join(", ")}`,
    ),
  minimum: (least: number, at) => numeric(at, "minimum", (value) => value >= least, `must be >= ${least}`),
  maximum: (most: number, at) => numeric(at, "maximum", (value) => value <= most, `must be <= ${most}`),
  exclusiveMinimum: (least: number, at) => numeric(at, "exclusiveMinimum", (value) => value > least, `must be > ${least}`),
  exclusiveMaximum: (most: number, at) => numeric(at, "exclusiveMaximum", (value) => value < most, `must be < ${most}`),
  multipleOf: (of: number, at) => numeric(at, "multipleOf", (value) => Number.isInteger(value / of), `must be multiple of ${of}`),
  minLength: (least: number, at) =>
    text(at, "minLength", (value) => [...value].length >= least, `must NOT have fewer than ${least} characters`),
  maxLength: (most: number, at) =>
    text(at, "maxLength", (value) => [...value].length <= most, `must NOT have more than ${most} characters`),
  pattern: (pattern: string, at) =>
    text(at, "pattern", (value) => new RegExp(pattern, "u").test(value), `must match pattern "${pattern}"`),
  format: (format: string, at) =>
    text(at, "format", (value) => FORMATS[format]?.(value) ?? true, `must match format "${format}"`),
  minItems: (least: number, at) =>
    list(at, (value) => fails(value.length >= least, at, "minItems", `must NOT have fewer than ${least} items`)),
  maxItems: (most: number, at) =>
    list(at, (value) => fails(value.length <= most, at, "maxItems", `must NOT have more than ${most} items`)),
  uniqueItems: (isUnique: boolean, at) =>
    list(at, (value) =>
      fails(!isUnique || new Set(value.map(canonical)).size === value.length, at, "uniqueItems", "must NOT have duplicate items"),
    ),
  // A list that is too long is refused for that: how long it takes must not depend on how much too long it is.
  items: (schema, at) =>
    list(at, (value) =>
      value
        .slice(0, at.schema.maxItems as number | undefined)
        .flatMap((entry, place) => visit({ ...at, schema, value: entry, pointer: `${at.pointer}/${place}` })),
    ),
  required: (names: readonly string[], at) =>
    object(at, (value) =>
      names.filter((name) => !Object.hasOwn(value, name)).map((name) => issue(below(at, name), "required", "is required")),
    ),
  properties: (schemas: Readonly<Record<string, unknown>>, at) =>
    object(at, (value) =>
      Object.entries(schemas).flatMap(([name, schema]) =>
        Object.hasOwn(value, name) ? visit({ ...below(at, name), schema, value: value[name] }) : [],
      ),
    ),
  additionalProperties: (schema, at) =>
    object(at, (value) =>
      Object.keys(value)
        .filter((name) => !Object.hasOwn((at.schema.properties as object) ?? {}, name))
        .flatMap((name) =>
          schema === false
            ? [issue(below(at, name), "additionalProperties", "is not a known property")]
            : visit({ ...below(at, name), schema, value: value[name] }),
        ),
    ),
  propertyNames: (schema, at) =>
    object(at, (value) => Object.keys(value).flatMap((name) => visit({ ...below(at, name), schema, value: name }))),
  minProperties: (least: number, at) =>
    object(at, (value) =>
      fails(
        Object.keys(value).length >= least || isMissingOne(at.schema, value),
        at,
        "minProperties",
        `must have at least ${least} fields`,
      ),
    ),
  maxProperties: (most: number, at) =>
    object(at, (value) =>
      fails(Object.keys(value).length <= most, at, "maxProperties", `must NOT have more than ${most} properties`),
    ),
  dependentRequired: (needs: Readonly<Record<string, readonly string[]>>, at) =>
    object(at, (value) =>
      Object.entries(needs).flatMap(([name, others]) =>
        Object.hasOwn(value, name)
          ? others
              .filter((other) => !Object.hasOwn(value, other))
              .map((other) => issue(below(at, other), "required", "is required"))
          : [],
      ),
    ),
  dependentSchemas: (schemas: Readonly<Record<string, unknown>>, at) =>
    object(at, (value) =>
      Object.entries(schemas).flatMap(([name, schema]) =>
        Object.hasOwn(value, name) ? visit({ ...at, schema, beside: name }) : [],
      ),
    ),
  allOf: (parts: readonly unknown[], at) => parts.flatMap((schema) => visit({ ...at, schema })),
  anyOf: (choices: readonly JsonSchema[], at) => (choices.some((one) => isMatch(at, one)) ? [] : ofChoices(choices, "anyOf", at)),
  oneOf(choices: readonly JsonSchema[], at) {
    const matches = choices.filter((one) => isMatch(at, one)).length;
    if (matches > 1) return [issue(at, "oneOf", "must match exactly one of its alternatives")];
    return matches === 1 ? [] : ofChoices(choices, "oneOf", at);
  },
  not: (schema, at) => fails(!isMatch(at, schema), at, "not", "must NOT be valid"),
  if: (condition, at) => visit({ ...at, schema: isMatch(at, condition) ? at.schema.then : at.schema.else }),
};

/** A required field that is missing is what there is too little of. */
function isMissingOne({ required = [] }: JsonSchema, value: Record<string, unknown>): boolean {
  return (required as readonly string[]).some((name) => !Object.hasOwn(value, name));
}

/** Of alternatives none matches: the issues of the one that is meant, else what each of them wants of the value itself. */
function ofChoices(choices: readonly JsonSchema[], keyword: string, at: Visit): Issue[] {
  const meant = choices.filter((choice) => isMeant(dereferenced(choice, at.root), at.value));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return visit({ ...at, schema: only });
  const constant = choices.flatMap((choice) => constantsOf(dereferenced(choice, at.root)));
  const [name] = new Set(constant.map(([field]) => field));
  if (meant.length === 0 && name !== undefined && isObject(at.value)) {
    const values = constant.filter(([field]) => field === name).map(([, value]) => JSON.stringify(value));
    return [issue(below(at, name), "enum", `must be one of ${values.join(", ")}`)];
  }
  const words = new Set(
    choices
      .flatMap((schema) => visit({ ...at, schema }))
      .filter(({ pointer }) => pointer === at.pointer)
      .map(({ message }) => message),
  );
  return [issue(at, keyword, [...words].join(", or ") || "does not match")];
}

/** Is this alternative the one of that value, by its constants, or else by the fields that it requires? */
function isMeant(choice: JsonSchema, value: unknown): boolean {
  if (!isObject(value)) return choice.type === undefined || isOfType(value, String(choice.type));
  const constants = constantsOf(choice);
  if (constants.length > 0)
    return constants.every(([name, constant]) => Object.hasOwn(value, name) && isSame(value[name], constant));
  const required = (choice.required ?? []) as readonly string[];
  return choice.type === "object" && required.some((name) => Object.hasOwn(value, name));
}

function constantsOf({ properties = {} }: JsonSchema): [name: string, value: unknown][] {
  return Object.entries(properties as Record<string, JsonSchema>).flatMap(([name, field]) =>
    typeof field === "object" && "const" in field ? [[name, field.const] as [string, unknown]] : [],
  );
}

function dereferenced(schema: JsonSchema, root: JsonSchema): JsonSchema {
  return typeof schema.$ref === "string" ? ((target(root, schema.$ref) as JsonSchema | undefined) ?? {}) : schema;
}

function target(root: JsonSchema, reference: string): unknown {
  if (!reference.startsWith("#")) return undefined;
  return pointerTokens(reference).reduce<unknown>(
    (at, token) => (isObject(at) && Object.hasOwn(at, token) ? at[token] : undefined),
    root,
  );
}

function below(at: Visit, name: string): Visit {
  return { ...at, pointer: `${at.pointer}/${escapePointer(name)}` };
}

function numeric(at: Visit, keyword: string, is: (value: number) => boolean, message: string): Issue[] {
  return fails(typeof at.value !== "number" || is(at.value), at, keyword, message);
}

function text(at: Visit, keyword: string, is: (value: string) => boolean, message: string): Issue[] {
  return fails(typeof at.value !== "string" || is(at.value), at, keyword, message);
}

function list(at: Visit, check: (value: readonly unknown[]) => Issue[]): Issue[] {
  return Array.isArray(at.value) ? check(at.value) : [];
}

function object(at: Visit, check: (value: Record<string, unknown>) => Issue[]): Issue[] {
  return isObject(at.value) ? check(at.value) : [];
}

export function isOfType(value: unknown, type: string): boolean {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

const DATE_TIME =
  /^\d{4}-(?:0\d|1[0-2])-(?:[0-2]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-][0-2]\d(?::?[0-5]\d)?)$/;
const SCHEME = /^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i;

const FORMATS: Readonly<Record<string, (value: string) => boolean>> = {
  "date-time": (value) => DATE_TIME.test(value) && !Number.isNaN(Date.parse(value.slice(0, 10))),
  uri: (value) => SCHEME.test(value),
  "uri-reference": (value) => !/[\s<>"{}|\\^`]/.test(value),
};
