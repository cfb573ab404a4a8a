import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { flatten, followPath } from "../../json-schema/follow.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { sampleOf } from "../../json-schema/sample.ts";
import { violations } from "../../json-schema/violations.ts";

const { schema } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "xsmall", withCrossShrink: true },
    fc.constantFrom<JsonSchema>(
      {},
      { type: "string" },
      { type: "integer" },
      { type: ["string", "null"] },
      { type: "number", minimum: 1 },
      { const: "a" },
      { enum: ["a", 1, null] },
      { type: "string", enum: ["a", "b"] },
      { type: "string", minLength: 2 },
    ),
    fc.record({ type: fc.constant("array"), items: tie("schema") }) as fc.Arbitrary<JsonSchema>,
    fc.record(
      {
        type: fc.constant("object"),
        properties: fc.dictionary(fc.constantFrom("a", "b"), tie("schema"), { maxKeys: 2, noNullPrototype: true }),
        required: fc.uniqueArray(fc.constantFrom("a", "b")),
        additionalProperties: fc.oneof(fc.boolean(), tie("schema")),
      },
      { requiredKeys: ["type"], noNullPrototype: true },
    ) as fc.Arbitrary<JsonSchema>,
    fc.record({ anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 3 }) }) as fc.Arbitrary<JsonSchema>,
    fc.record(
      {
        allOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }),
        type: fc.constantFrom("string", "object", ["string", "integer"]),
      },
      { requiredKeys: ["allOf"], noNullPrototype: true },
    ) as fc.Arbitrary<JsonSchema>,
  ),
}));

const value = fc.oneof(
  fc.constantFrom<unknown>(
    "a",
    "b",
    "ab",
    "",
    0,
    1,
    1.5,
    null,
    true,
    [],
    {},
    ["a"],
    [1, null],
    { a: "a" },
    { a: 1, b: "ab" },
    { b: null },
    { c: 1 },
  ),
  fc.record(
    { a: fc.constantFrom<unknown>("a", 1, null, ["ab"]), b: fc.constantFrom<unknown>({ a: 1 }, "ab", 2) },
    { requiredKeys: [], noNullPrototype: true },
  ),
);

describe("the alternatives of a schema", () => {
  it("take every value that it takes, and no other unless they say that more is asked", () => {
    fc.assert(
      fc.property(schema, value, (whole, one) => {
        const flats = flatten(whole);
        const isTaken = flats.some((flat) => violations(flat, one).length === 0);
        if (violations(whole, one).length === 0) expect(isTaken).toBe(true);
        else if (!JSON.stringify(flats).includes("$more")) expect(isTaken).toBe(false);
        for (const flat of flats) {
          expect(Object.keys(flat)).not.toEqual(expect.arrayContaining(["anyOf"]));
          expect(Array.isArray(flat.type)).toBe(false);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe("a path through a schema", () => {
  const person: JsonSchema = {
    type: "object",
    required: ["name"],
    properties: { name: { type: "string" }, age: { type: ["integer", "null"] } },
  };
  const root: JsonSchema = {
    type: "object",
    required: ["people", "who", "sure"],
    properties: {
      people: { type: "array", "x-id": "user", items: person },
      who: { anyOf: [{ type: "string" }, person, { type: "null" }] },
      sure: { type: "array", minItems: 2, items: { type: "string" } },
      more: { type: "object", additionalProperties: { type: "number" } },
      any: {},
    },
  };
  const types = (...path: (string | number)[]) => {
    const { schemas, maybeNothing, lost } = followPath(root, path);
    return [schemas.map(({ type }) => type ?? "any").join(), maybeNothing, ...(lost ? [lost.after] : [])];
  };

  it.each([
    [["people", 0, "name"], "string", true],
    [["people", "first", "age"], "integer", true],
    [["people", "size"], "integer", false],
    [["sure", 1], "string", false],
    [["sure", 2], "string", true],
    [["sure", -2], "string", false],
    [["who"], "string,object", true],
    [["who", "name"], "string", true],
    [["who", "size"], "integer", true],
    [["more", "x"], "number", true],
    [["any", "x", 0], "any", true],
  ] as const)("%j leads to %s", (path, found, maybeNothing) => expect(types(...path)).toEqual([found, maybeNothing]));

  it("that leads nowhere says where it was lost, and what is there", () => {
    expect(followPath(root, ["who", "nam"]).lost).toEqual({ after: 1, names: ["name", "age"] });
    expect(followPath(root, ["people", "name"]).lost).toEqual({ after: 1, names: ["first", "last", "size"] });
    expect(types("sure", 0, "x", "y")).toEqual(["", true, 2]);
    expect(types("constructor")).toEqual(["", true, 0]);
  });

  it("finds in every sample what it says is there", () => {
    fc.assert(
      fc.property(schema, fc.array(fc.constantFrom("a", "b", 0), { maxLength: 2 }), (whole, path) => {
        const sample = sampleOf(whole);
        if (violations(whole, sample).length > 0) return;
        const found = path.reduce<unknown>(
          (at, step) =>
            typeof at === "object" && at !== null && Object.hasOwn(at, step) ? (at as Record<string, unknown>)[step] : undefined,
          sample,
        );
        const { schemas, maybeNothing } = followPath(whole, path);
        if (found === undefined || found === null) expect(maybeNothing).toBe(true);
        else if (schemas.length > 0) expect(schemas.some((one) => violations(one, found).length === 0)).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });
});
