import fc from "fast-check";
import { entryOf, flatten } from "../../json-schema/follow.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";

/** Any value that a schema describes: alternatives, optional fields, empty lists and texts, awkward characters. References must be resolved. */
export function arbitraryOf(schema: JsonSchema, depth = 0): fc.Arbitrary<unknown> {
  const flats = flatten(schema);
  // Deep down, what is plain is preferred, so that values end.
  const plain = depth > 4 ? flats.filter(({ type }) => type !== "object" && type !== "array") : [];
  return fc.oneof(...(plain.length > 0 ? plain : flats).map((one) => ofFlat(one, depth)));
}

function ofFlat(schema: JsonSchema, depth: number): fc.Arbitrary<unknown> {
  if ("const" in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const { minimum, maximum } = schema as { minimum?: number; maximum?: number };
  switch (schema.type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: minimum ?? (schema["x-unit"] === "ms" ? 0 : -1000), max: maximum ?? 2 ** 40 });
    case "number":
      return fc.double({ min: minimum ?? -1e9, max: maximum ?? 1e9, noNaN: true });
    case "string":
      return ofText(schema);
    case "array":
      return ofList(schema, depth);
    case "object":
      return ofObject(schema, depth);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function ofText(schema: JsonSchema): fc.Arbitrary<string> {
  const { minLength = 0, maxLength = 40 } = schema as { minLength?: number; maxLength?: number };
  // Ids that services answer are ids, and those of a trigger's input are held to be.
  if (schema["x-id"] !== undefined) return fc.stringMatching(/^[A-Za-z0-9_-]{1,20}$/);
  if (schema.format === "date-time")
    return fc.date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true }).map((date) => date.toISOString());
  const max = Math.min(maxLength, minLength + 12);
  const odd = ["", " ", "now", "approved", "{{ run.id }}", "__proto__", "\n", "1", "ß", "😀"].filter(
    (one) => [...one].length >= minLength && [...one].length <= maxLength,
  );
  return fc.oneof(
    fc.string({ minLength, maxLength: max, unit: "grapheme-ascii" }),
    fc.string({ minLength, maxLength: max, unit: "binary" }),
    ...(odd.length > 0 ? [fc.constantFrom(...odd)] : []),
  );
}

function ofList(schema: JsonSchema, depth: number): fc.Arbitrary<unknown[]> {
  const { minItems = 0, maxItems = 30, uniqueItems } = schema as { minItems?: number; maxItems?: number; uniqueItems?: boolean };
  const size = { minLength: minItems, maxLength: Math.min(maxItems, minItems + 3) };
  const entry = arbitraryOf(entryOf(schema), depth + 1);
  if (uniqueItems) return fc.uniqueArray(entry, { ...size, selector: (one) => JSON.stringify(one) });
  // The same entry twice, often.
  return fc.oneof(
    fc.array(entry, size),
    size.maxLength >= 2 && size.minLength <= 2 ? entry.map((one) => [one, one]) : fc.array(entry, size),
  );
}

function ofObject(schema: JsonSchema, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const {
    properties = {},
    required = [],
    additionalProperties,
  } = schema as { properties?: Record<string, JsonSchema>; required?: string[]; additionalProperties?: unknown };
  const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, arbitraryOf(field, depth + 1)]));
  const known = fc.record(fields, { requiredKeys: required.filter((name) => name in fields), noNullPrototype: true });
  if (additionalProperties === false) return known;
  const more =
    typeof additionalProperties === "object" && additionalProperties !== null
      ? arbitraryOf(additionalProperties as JsonSchema, depth + 1)
      : fc.constantFrom("x", 1, null);
  const extra = fc.dictionary(fc.constantFrom("extra", "zz", "anything"), more, { maxKeys: 2, noNullPrototype: true });
  return fc.tuple(extra, known).map(([others, own]) => ({ ...others, ...own }));
}
