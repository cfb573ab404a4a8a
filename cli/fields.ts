import { fieldOf, typesOf } from "../json-schema/describe.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";

/** A `--name value` pair of the command line; without a value it is a switch. */
export interface FieldArgument {
  readonly name: string;
  readonly value: string | undefined;
}

/** The command line names a field that the operation does not have, or cannot be read. Shown with the operation's usage. */
export class FieldError extends Error {}

/**
 * Reads what commander left over as fields: `--name value`, `--name=value`, `--name` and `--no-name`.
 *
 * @throws FieldError where a word belongs to no field
 */
export function readFieldArguments(words: readonly string[]): FieldArgument[] {
  const found: FieldArgument[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (!word.startsWith("--") || word === "--") throw new FieldError(`unexpected argument '${word}'`);
    const equals = word.indexOf("=");
    if (equals > 0) {
      found.push({ name: word.slice(2, equals), value: word.slice(equals + 1) });
      continue;
    }
    const next = words[i + 1];
    const taken = next !== undefined && !next.startsWith("--");
    found.push({ name: word.slice(2), value: taken ? next : undefined });
    if (taken) i++;
  }
  return found;
}

/** Reads `--field name=value`. @throws FieldError without a name or `=` */
export function readFieldPair(pair: string): FieldArgument {
  const equals = pair.indexOf("=");
  if (equals < 1) throw new FieldError(`--field takes name=value, not '${pair}'`);
  return { name: pair.slice(0, equals), value: pair.slice(equals + 1) };
}

/**
 * The input object that fields describe, typed by the operation's schema: a repeated field is a list, `--tag` serves for a list
 * named `tags`, dashes serve for underscores, a switch is true (`--no-name` false).
 *
 * Only types are chosen here; whether a value is allowed is the schema's business, so that one place judges input.
 *
 * @throws FieldError for an unknown field, a missing value, or a repeated field that takes one value
 */
export function fieldsToInput(fields: readonly FieldArgument[], schema: JsonSchema): Record<string, unknown> {
  const input: Record<string, unknown> = {};
  for (const { name, value } of fields) {
    const target = findField(name, schema);
    const types = typesOf(target.schema);
    if (types.has("array")) {
      const list = (input[target.name] ?? []) as unknown[];
      input[target.name] = [...list, ...toItems(name, value, target.schema)];
    } else if (Object.hasOwn(input, target.name)) {
      throw new FieldError(`--${name} is given twice but takes one value`);
    } else {
      input[target.name] = target.negated ? false : toValue(name, value, types);
    }
  }
  return input;
}

interface Target {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly negated: boolean;
}

function findField(given: string, schema: JsonSchema): Target {
  const name = given.replaceAll("-", "_");
  const exact = fieldOf(schema, name);
  if (exact) return { name, schema: exact, negated: false };
  const plural = fieldOf(schema, `${name}s`);
  if (plural && typesOf(plural).has("array")) return { name: `${name}s`, schema: plural, negated: false };
  const positive = name.startsWith("no_") ? name.slice(3) : "";
  const switched = fieldOf(schema, positive);
  if (switched && typesOf(switched).has("boolean")) return { name: positive, schema: switched, negated: true };
  throw new FieldError(`unknown field '--${given}'`);
}

function toItems(name: string, value: string | undefined, schema: JsonSchema): unknown[] {
  if (value === undefined) throw new FieldError(`--${name} needs a value`);
  const itemTypes = typesOf((schema.items ?? {}) as JsonSchema);
  // A JSON list is taken as it is; items that are objects can only be given as JSON.
  if (value.startsWith("[")) {
    const list = parseJson(value);
    if (Array.isArray(list)) return list;
  }
  return [toValue(name, value, itemTypes)];
}

function toValue(name: string, value: string | undefined, types: ReadonlySet<string>): unknown {
  if (value === undefined) {
    if (types.has("boolean")) return true;
    throw new FieldError(`--${name} needs a value`);
  }
  if (types.has("boolean") && (value === "true" || value === "false")) return value === "true";
  if ((types.has("integer") || types.has("number")) && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (types.has("null") && value === "null") return null;
  if (types.has("object")) return parseJson(value) ?? value;
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
