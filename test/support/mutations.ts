import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { typesOf, violations } from "./reference-schema.ts";

/** An input that is wrong in exactly one place. */
export interface Mutation {
  readonly reason: string;
  readonly pointer: string;
  readonly input: Record<string, unknown>;
}

const OF_EACH_TYPE: Readonly<Record<string, unknown>> = {
  string: "text",
  integer: 7,
  number: 1.5,
  boolean: true,
  null: null,
  array: ["text"],
  object: { text: 1 },
};

const ODD_TEXTS = ["", " ", "\n", "a\nb", "\u0000", "\ud800", "a/b", "..", "a%2fb", "no such value"];

/**
 * One input per keyword of a closed object schema and place, each a change of `valid`: left out, of each wrong type, below and above each
 * bound by one, empty, over-long, not in the list, of the wrong format, given twice, not known, null.
 */
export function mutationsOf(schema: JsonSchema, valid: Readonly<Record<string, unknown>>): Mutation[] {
  const properties = schema.properties as Record<string, JsonSchema>;
  const required = new Set((schema.required ?? []) as string[]);
  const wrong: Mutation[] = [];
  for (const [name, property] of Object.entries(properties)) {
    const { [name]: _left, ...without } = valid;
    if (required.has(name)) wrong.push({ reason: `${name} is missing`, pointer: `/${name}`, input: without });
    for (const { reason, at, value } of wrongValues(property))
      wrong.push({ reason: `${name}${at} ${reason}`, pointer: `/${name}${at}`, input: { ...without, [name]: value } });
  }
  for (const name of ["notKnown", "__proto__", "constructor", "a/b"]) {
    const input = Object.fromEntries([...Object.entries(valid), [name, {}]]);
    wrong.push({ reason: `${name} is not known`, pointer: `/${name.replace("/", "~1")}`, input });
  }
  return wrong;
}

interface WrongValue {
  readonly reason: string;
  /** Below the field. */
  readonly at: string;
  readonly value: unknown;
}

function* wrongValues(schema: JsonSchema): Generator<WrongValue> {
  for (const [type, value] of Object.entries(OF_EACH_TYPE))
    if (isWrongHere(schema, value)) yield { reason: `is of the type ${type}`, at: "", value };
  for (const [reason, value] of candidates(schema)) if (isWrongHere(schema, value)) yield { reason, at: "", value };
  if (schema.properties !== undefined) yield* wrongFields(schema);
  const items = schema.items as JsonSchema | undefined;
  if (items === undefined) return;
  const first = sampleOf(items);
  if (isWrongHere(schema, [first, first])) yield { reason: "holds a value twice", at: "", value: [first, first] };
  for (const { reason, at, value } of wrongValues(items)) yield { reason, at: `/0${at}`, value: [value] };
}

/** Of an object inside the input: what is wrong with each of its fields, the others as in its example. */
function* wrongFields(schema: JsonSchema): Generator<WrongValue> {
  const valid = sampleOf(schema) as Record<string, unknown>;
  for (const { reason, pointer, input } of mutationsOf(schema, valid)) yield { reason, at: pointer, value: input };
}

function* candidates(schema: JsonSchema): Generator<[string, unknown]> {
  const { minimum, maximum, maxLength, maxItems, minItems } = schema as Record<string, number>;
  if (minimum !== undefined) yield ["is below the bound", minimum - 1];
  if (maximum !== undefined) yield ["is above the bound", maximum + 1];
  if (typesOf(schema)?.includes("string")) {
    for (const text of ODD_TEXTS) yield [`is ${JSON.stringify(text)}`, text];
    if (maxLength !== undefined) yield ["is too long by one", "a".repeat(maxLength + 1)];
  }
  if (minItems !== undefined) yield ["is too short a list", []];
  if (maxItems !== undefined) {
    const item = sampleOf(schema.items as JsonSchema);
    yield [
      "is too long a list",
      Array.from({ length: maxItems + 1 }, (_, i) => (typeof item === "string" ? `${item}${i}` : item)),
    ];
  }
}

/** Wrong at the place itself, not further down. */
function isWrongHere(schema: JsonSchema, value: unknown): boolean {
  return violations(schema, value).has("");
}

/** Some valid value. */
function sampleOf(schema: JsonSchema): unknown {
  const [example] = ((schema.examples ?? schema.enum) as unknown[] | undefined) ?? [];
  if (example !== undefined) return example;
  const sample = ["text", 7, true, "a@example.com"].find((value) => violations(schema, value).size === 0);
  if (sample === undefined) throw new Error("no valid value was found for a schema");
  return sample;
}
