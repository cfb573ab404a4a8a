import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { loadConnector } from "../../connector/manifest.ts";
import { createAjv } from "../../connector/validator.ts";
import type { Issue } from "../../errors/connector-error.ts";
import { toIssues } from "../../json-schema/issues.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { violations } from "../../json-schema/violations.ts";

const operations = [...loadConnector().operations.values()];

/** What a list that is too long holds is left out: it is not read to its end (see below). */
function places(issues: readonly Issue[]): string[] {
  const tooLong = issues.filter(({ keyword }) => keyword === "maxItems").map(({ pointer }) => `${pointer}/`);
  return issues
    .filter(({ pointer }) => !tooLong.some((list) => pointer.startsWith(list)))
    .map(({ pointer, keyword, message }) => `${pointer} ${keyword}: ${message}`)
    .sort();
}

describe("a schema that is interpreted", () => {
  it.each(operations.map((operation) => [operation.name, operation] as const))(
    "accepts the examples of %s and refuses its counter-examples where they say",
    (_, { inputSchema, declaration }) => {
      for (const { input } of declaration.examples ?? []) expect(violations(inputSchema, input)).toEqual([]);
      for (const { input, pointer } of declaration.counterExamples ?? [])
        expect(violations(inputSchema, input).map((issue) => issue.pointer)).toContain(pointer);
    },
  );

  it("judges as the compiled one does", () => {
    const ajv = createAjv({ allErrors: true });
    const compiled = operations.map(({ inputSchema }) => [inputSchema, ajv.compile(inputSchema)] as const);
    const names = [...new Set(operations.flatMap(({ inputSchema }) => Object.keys(inputSchema.properties as object)))];
    const values = operations.flatMap(({ declaration }) =>
      [...(declaration.examples ?? []), ...(declaration.counterExamples ?? [])].flatMap(({ input }) =>
        Object.values(input as object),
      ),
    );
    fc.assert(
      fc.property(
        fc.nat(compiled.length - 1),
        fc.dictionary(fc.constantFrom(...names), fc.constantFrom(...values), { maxKeys: 6, noNullPrototype: true }),
        (at, input) => {
          const [schema, validate] = compiled[at] as (typeof compiled)[number];
          validate(input);
          expect(places(violations(schema, input))).toEqual(places(toIssues(validate.errors)));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("reads no more entries of a list than it may have", () => {
    let reads = 0;
    const entry = {
      get id() {
        reads += 1;
        return 7;
      },
    };
    const schema: JsonSchema = { type: "array", maxItems: 3, items: { properties: { id: { type: "string" } } } };
    const told = violations(schema, Array(10_000).fill(entry)).map(({ pointer, keyword }) => `${pointer} ${keyword}`);
    expect(told.sort()).toEqual([" maxItems", "/0/id type", "/1/id type", "/2/id type"]);
    expect(reads).toBeLessThan(10);
  });

  it("tells only what is wrong with the alternative that is meant", () => {
    const schema: JsonSchema = {
      type: "array",
      items: { $ref: "#/$defs/step" },
      $defs: {
        step: { oneOf: [{ $ref: "#/$defs/wait" }, { $ref: "#/$defs/send" }] },
        wait: {
          type: "object",
          additionalProperties: false,
          required: ["kind", "for"],
          properties: { kind: { const: "wait" }, for: { type: "string" } },
        },
        send: {
          type: "object",
          additionalProperties: false,
          required: ["kind", "to"],
          properties: { kind: { const: "send" }, to: { type: "string" } },
        },
      },
    };
    expect(violations(schema, [{ kind: "wait", for: "1h" }])).toEqual([]);
    expect(violations(schema, [{ kind: "wait", to: "x" }])).toEqual([
      { pointer: "/0/to", keyword: "additionalProperties", message: "is not a known property" },
      { pointer: "/0/for", keyword: "required", message: "is required" },
    ]);
    expect(violations(schema, [{ kind: "jump" }])).toEqual([
      { pointer: "/0/kind", keyword: "enum", message: 'must be one of "wait", "send"' },
    ]);
    expect(violations(schema, ["x"])).toEqual([{ pointer: "/0", keyword: "oneOf", message: "must be object" }]);
  });
});
