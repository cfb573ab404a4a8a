import fc from "fast-check";
import type { JsonSchema } from "../../../json-schema/json-schema.ts";
import { EMAILS, typesOf, violations } from "../../support/reference-schema.ts";

/** Ids that try to leave their place in a path. */
export const PATH_TRICKS = [
  ...[".", "..", "../", "..%2f", "..%2F..%2Fusers", "%2e%2e", "%2e%2e%2f", "..;/", "..\\", "..%5c", "%252e%252e%252f", "....//"],
  ...[
    "/",
    "//",
    "a/b",
    "a%2fb",
    "%2f",
    "%2F%2F",
    "?",
    "a?b=c",
    "%3f",
    "#",
    "a#b",
    "%23",
    "&",
    "a&b=c",
    "=",
    ";a=b",
    "*",
    "(a)",
    "a,b",
  ],
  ...["%00", "a%00b", "\u0000", "a\u0000", "%0d%0aX-A:%20b", "\r\nX-A: b", "a\nb", "%0a", "\u007f", "%7f", " ", "a ", "%20", "+"],
  ...[
    "%",
    "%z",
    "%e0%80%80",
    "%c0%ae%c0%ae",
    "%ff",
    "%ed%a0%80",
    "\ud800",
    "a\udfff",
    "\u202e",
    "\ufeff",
    "é",
    "😀",
    "．．",
    "／",
  ],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "null", "undefined", "NaN", "$ne", '{"$ne":null}', "' OR 1=1--"],
  ...[
    "cred_",
    `cred_${"a".repeat(26)}`,
    "a".repeat(101),
    "a".repeat(5000),
    "http://evil.example/",
    "//evil.example",
    "@evil.example",
  ],
];

export const ODD_KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "",
  " ",
  "a/b",
  "~",
  "~1",
  "$ne",
  "tags.0",
  "\u0000",
  "é",
];

const anyChars = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 30 }).map((codes) => String.fromCharCode(...codes));

/** Text of every sort: whole unicode, halves of surrogate pairs, control characters, tricks, markup, very long. */
export const oddText: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 30 }),
  fc.string({ unit: "binary", maxLength: 30 }),
  anyChars,
  fc.constantFrom(...PATH_TRICKS, ...ODD_KEYS, "", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "{{7*7}}", "#{7*7}"),
  fc.integer({ min: 90, max: 20_000 }).map((length) => "a".repeat(length)),
);

const shortText = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.constantFrom(...PATH_TRICKS));

/** Any JSON value: wrong types, huge lists, odd keys, numbers at the edges. */
export const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: oddText },
  { weight: 2, arbitrary: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(-1, 0, 101, 1e21, 1e308, 0.1, -0, 8.64e15 + 1)) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(true, false, null) },
  { weight: 2, arbitrary: fc.array(oddText, { maxLength: 8 }) },
  { weight: 1, arbitrary: fc.integer({ min: 90, max: 3000 }).map((length) => Array.from({ length }, (_, i) => `tag ${i}`)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3000 }).map((length) => Array.from({ length }, () => "same")) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 25 }).map((depth) => nested(depth)) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...ODD_KEYS), fc.constantFrom(1, "x", null)) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i += 1) value = i % 2 ? [value] : { a: value };
  return value;
}

/** Values that a schema allows. */
function validValue(schema: JsonSchema): fc.Arbitrary<unknown> {
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...(schema.enum as unknown[]));
  if (schema.oneOf !== undefined) return fc.oneof(...(schema.oneOf as JsonSchema[]).map(validValue));
  const types = typesOf(schema);
  if (types === undefined) return fc.oneof(fc.boolean(), fc.integer(), shortText);
  const [type] = types;
  if (schema.format === "date-time") return fc.oneof(validNumber(schema), validTime);
  if (type === "object") return validObject(schema);
  if (type === "array") return validList(schema);
  if (type === "boolean") return fc.boolean();
  if (type === "integer" || type === "number") return validNumber(schema);
  if (schema.format === "email") return fc.constantFrom(...EMAILS);
  const { minLength = 0, maxLength = 40 } = schema as { minLength?: number; maxLength?: number };
  const length = { minLength, maxLength: Math.min(40, maxLength) };
  // fast-check makes no text of Unicode properties and look-aheads.
  if (schema.pattern !== undefined && !/\\[pP]|\(\?/.test(schema.pattern as string))
    return fc.stringMatching(new RegExp(schema.pattern as string, "u")).filter((value) => violations(schema, value).size === 0);
  const id = fc.string({ unit: fc.constantFrom(..."abcXYZ0189_-"), ...length });
  const text = fc.string({ unit: "grapheme", ...length });
  // Where an @ is asked for, texts without one would be made by the thousand before one fits.
  const address = fc.tuple(shortText, shortText).map(([name, host]) => `${name}@${host}`);
  const texts = schema.pattern?.toString().includes("@") ? [address, fc.constantFrom(...EMAILS)] : [id, text, shortText];
  return fc.oneof(...texts).filter((value) => violations(schema, value).size === 0);
}

const validTime = fc
  .date({ min: new Date(0), max: new Date("9999-12-31T00:00:00Z"), noInvalidDate: true })
  .map((date) => date.toISOString());

function validNumber({ minimum = 0, maximum = Number.MAX_SAFE_INTEGER }: JsonSchema): fc.Arbitrary<number> {
  return fc.integer({ min: minimum as number, max: maximum as number });
}

function validList({ items, minItems = 0, maxItems = 8 }: JsonSchema): fc.Arbitrary<unknown[]> {
  const limits = { minLength: minItems as number, maxLength: Math.min(8, maxItems as number) };
  return fc.uniqueArray(validValue(items as JsonSchema), limits);
}

/** With what is required, and at most five of the other fields. */
function validObject({
  properties = {},
  required = [],
  minProperties = 0,
  maxProperties = Infinity,
}: JsonSchema): fc.Arbitrary<Record<string, unknown>> {
  const needed = new Set(required as string[]);
  const fields = Object.entries(properties as Record<string, JsonSchema | boolean>).filter(
    ([, rule]) => typeof rule === "object",
  );
  const values = fields.map(([name, rule]) => [name, validValue(rule as JsonSchema)] as const);
  const always = values.filter(([name]) => needed.has(name));
  return fc
    .subarray(
      values.filter(([name]) => !needed.has(name)),
      {
        minLength: Math.max(0, (minProperties as number) - always.length),
        maxLength: Math.min(5, values.length - always.length, (maxProperties as number) - always.length),
      },
    )
    .chain((chosen) => fc.record(Object.fromEntries([...always, ...chosen])));
}

/**
 * Inputs of a closed object schema: a valid one, in which up to three fields are replaced by anything, left out, or added. About a third
 * stays valid. As it comes from the wire: what JSON cannot say is not in it.
 */
export function inputOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const names = Object.keys((schema.properties ?? {}) as object);
  const name =
    names.length === 0 ? fc.constantFrom(...ODD_KEYS) : fc.oneof(fc.constantFrom(...names), fc.constantFrom(...ODD_KEYS));
  const change = fc.record({ name, value: fc.option(oddValue, { freq: 8, nil: undefined }) });
  return fc
    .tuple(validObject(schema), fc.oneof(fc.constant([]), fc.array(change, { minLength: 1, maxLength: 3 })))
    .map(([valid, changes]) => {
      const entries = new Map(Object.entries(valid));
      for (const { name: field, value } of changes) entries.set(field, value);
      return JSON.parse(JSON.stringify(Object.fromEntries(entries))) as unknown;
    });
}
