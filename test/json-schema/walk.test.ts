import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { alternativesOf, fieldOf, fieldsOf, schemasAt, typesOf, variantsOf } from "../../json-schema/describe.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { withNulls, withoutRequired } from "../../json-schema/lenient-schema.ts";
import { atPointer, escapePointer, pointerTokens } from "../../json-schema/pointer.ts";
import { marksAt, marksWithin, sensitiveTextsIn } from "../../json-schema/sensitive.ts";
import { mapSchema, subschemas, walkSchema } from "../../json-schema/walk.ts";

/** Names that mean something to JavaScript, to JSON Schema or to a pointer among them. */
const name = fc.constantFrom("a", "b", "required", "properties", "items", "anyOf", "a/b", "~1", "constructor", "$ref", "0", "é");
const leaf = fc.record(
  {
    type: fc.constantFrom("string", "integer", "null", ["string", "null"]),
    title: fc.string(),
    "x-sensitive": fc.constantFrom("pii", "secret"),
    // Values, not schemas, however much they look like them.
    const: fc.constantFrom("x", { required: true }, { properties: { a: { type: "string" } } }),
    examples: fc.constant([{ required: ["a"], items: { type: "string" } }]),
  },
  { requiredKeys: [] },
);
const { schema } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "xsmall", withCrossShrink: true },
    leaf as fc.Arbitrary<JsonSchema>,
    fc.record(
      {
        type: fc.constantFrom("object", "array"),
        required: fc.uniqueArray(name),
        properties: fc.dictionary(name, tie("schema"), { maxKeys: 3, noNullPrototype: true }),
        items: tie("schema"),
        prefixItems: fc.array(tie("schema"), { maxLength: 2 }),
        additionalProperties: fc.oneof(fc.boolean(), tie("schema")),
        anyOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }),
        allOf: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }),
        if: tie("schema"),
        // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
        then: tie("schema"),
        $defs: fc.dictionary(name, tie("schema"), { maxKeys: 2, noNullPrototype: true }),
        "x-sensitive": fc.constantFrom("pii", "outcome"),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<JsonSchema>,
  ),
}));

const frozen = <T>(value: T): T => {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

describe("a walk through a schema", () => {
  it("visits each schema once, where its pointer says", () => {
    fc.assert(
      fc.property(schema, (root) => {
        const visits = [...walkSchema(root)];
        expect(visits[0]).toEqual({ schema: root, pointer: "" });
        expect(new Set(visits.map(({ pointer }) => pointer)).size).toBe(visits.length);
        for (const visit of visits) expect(atPointer(root, visit.pointer)).toBe(visit.schema);
        expect(visits).toHaveLength(1 + visits.flatMap((visit) => subschemas(visit.schema)).length);
      }),
    );
  });

  it("leaves values alone that only look like schemas", () => {
    const root = {
      const: { items: {} },
      enum: [{ properties: { a: {} } }],
      default: { anyOf: [{}] },
      properties: { const: { type: "null" } },
    };
    expect([...walkSchema(root)].map(({ pointer }) => pointer)).toEqual(["", "/properties/const"]);
  });

  it("follows references where told to, and comes to an end where a schema refers to itself", () => {
    const root: JsonSchema = {
      properties: { child: { $ref: "#" }, name: { $ref: "#/$defs/name" } },
      $defs: { name: { type: "string" } },
    };
    const follow = (reference: string) => atPointer(root, reference) as JsonSchema | undefined;
    expect([...walkSchema(root, follow)].map(({ pointer }) => pointer)).toEqual([
      "",
      "/properties/child",
      "/properties/name",
      "/properties/name/$ref",
      "/$defs/name",
    ]);
    expect([...walkSchema(root)].map(({ pointer }) => pointer)).not.toContain("/properties/name/$ref");
  });

  it("rebuilds the same schema where nothing is replaced, and changes none in place", () => {
    fc.assert(
      fc.property(schema, (root) => {
        const same = mapSchema(frozen(root), (one) => one);
        expect(JSON.stringify(same)).toBe(JSON.stringify(root));
        const marked = mapSchema(root, (one) => ({ ...one, seen: true }));
        expect([...walkSchema(marked)].every(({ schema: one }) => one.seen === true)).toBe(true);
        expect([...walkSchema(marked)]).toHaveLength([...walkSchema(root)].length);
      }),
    );
  });
});

describe("a lenient schema", () => {
  it("requires nothing anywhere, and is the same otherwise", () => {
    fc.assert(
      fc.property(schema, (root) => {
        const lenient = new Map([...walkSchema(withoutRequired(root))].map((visit) => [visit.pointer, visit.schema]));
        for (const { pointer, schema: one } of walkSchema(root)) {
          const { required: _required, ...rest } = one;
          expect(Object.keys(lenient.get(pointer) ?? {})).toEqual(Object.keys(rest));
          expect(lenient.get(pointer)?.const).toEqual(one.const);
        }
      }),
    );
  });

  it("takes null for each field that is not required, and for no other", () => {
    const takesNull = (one: JsonSchema) => alternativesOf(one).some(({ type }) => [type].flat().includes("null"));
    fc.assert(
      fc.property(schema, (root) => {
        const before = fieldsOf(root);
        const after = fieldsOf(withNulls(root));
        expect(after.map((field) => field.name)).toEqual(before.map((field) => field.name));
        after.forEach((field, at) => {
          const old = before[at]?.schema as JsonSchema;
          if (field.isRequired) expect(field.schema).toEqual(withNulls(old));
          else expect(takesNull(field.schema)).toBe(true);
        });
      }),
    );
  });
});

describe("what a schema says of a value", () => {
  const root = {
    type: "object",
    required: ["id"],
    properties: {
      id: { type: "string" },
      contact: {
        anyOf: [
          { type: "string" },
          { type: "object", properties: { emails: { type: "array", items: { type: "string", "x-sensitive": "pii" } } } },
        ],
      },
      pair: { prefixItems: [{ title: "first" }], items: { title: "rest" } },
      "0": { title: "named like an entry" },
    },
    additionalProperties: { title: "anything else" },
    allOf: [{ properties: { id: { title: "Id" } } }],
  } satisfies JsonSchema;

  it("is found along a path, in each alternative that knows it", () => {
    expect(schemasAt<JsonSchema>(root, ["contact", "emails", 3])).toEqual([{ type: "string", "x-sensitive": "pii" }]);
    expect(schemasAt<JsonSchema>(root, ["contact", "emails", "[]"])).toEqual([{ type: "string", "x-sensitive": "pii" }]);
    expect(schemasAt<JsonSchema>(root, ["id"])).toEqual([{ type: "string" }, { title: "Id" }]);
    expect(schemasAt<JsonSchema>(root, ["pair", 0])).toEqual([{ title: "first" }]);
    expect(schemasAt<JsonSchema>(root, ["pair", 1])).toEqual([{ title: "rest" }]);
    expect(schemasAt<JsonSchema>(root, ["0"])).toEqual([{ title: "named like an entry" }]);
    expect(schemasAt<JsonSchema>(root, ["constructor"])).toEqual([{ title: "anything else" }]);
    expect(schemasAt<JsonSchema>(root, ["contact", "phones"])).toEqual([]);
    expect(schemasAt<JsonSchema>(root, [])).toEqual([root]);
  });

  it("names its fields, its types and its variants", () => {
    expect(
      fieldsOf<JsonSchema>(root)
        .filter(({ isRequired }) => isRequired)
        .map((field) => field.name),
    ).toEqual(["id"]);
    expect(fieldOf<JsonSchema>(root, "constructor")).toBeUndefined();
    expect(typesOf(root.properties.contact)).toEqual(new Set(["string", "object"]));
    expect(variantsOf<JsonSchema>(root.properties.contact)).toHaveLength(2);
    expect(variantsOf<JsonSchema>({ oneOf: [{}] })).toHaveLength(1);
    expect(variantsOf<JsonSchema>({})).toEqual([]);
  });
});

describe("what is sensitive", () => {
  const root: JsonSchema = {
    properties: {
      person: { "x-sensitive": "pii", properties: { name: {}, notes: { items: { "x-sensitive": "outcome" } } } },
      stage: {},
    },
  };

  it("is what is marked, and what lies in it", () => {
    expect(marksAt(root, ["person", "notes", 0])).toEqual(new Set(["pii", "outcome"]));
    expect(marksAt(root, ["person", "unknown", "deeper"])).toEqual(new Set(["pii"]));
    expect(marksAt(root, ["stage"])).toEqual(new Set());
    expect(marksAt(root, [])).toEqual(new Set());
    expect(marksWithin(root)).toEqual(new Set(["pii", "outcome"]));
  });

  it("is every text below a mark, in fields that no schema knows too", () => {
    const value = { person: { name: "Nadia", other: { deep: ["x1"] }, notes: ["failed"] }, stage: "new", more: "plain" };
    expect(sensitiveTextsIn(root, value)).toEqual(new Set(["Nadia", "x1", "failed"]));
  });

  it("is marked in a variant as well: it was overlooked there", () => {
    const choice: JsonSchema = { properties: { to: { anyOf: [{ type: "string", "x-sensitive": "pii" }, { type: "null" }] } } };
    expect(sensitiveTextsIn(choice, { to: "nadia@example.com" })).toEqual(new Set(["nadia@example.com"]));
  });

  it("agrees between a path and a value, whatever the schema", () => {
    fc.assert(
      fc.property(schema, fc.array(fc.oneof(name, fc.nat(1)), { maxLength: 4 }), (one, path) => {
        const value = path.reduceRight<unknown>((inner, step) => {
          if (typeof step === "string") return Object.fromEntries([[step, inner]]);
          const list: unknown[] = Array.from({ length: step }, () => null);
          return [...list, inner];
        }, "the text");
        expect(sensitiveTextsIn(one, value).has("the text")).toBe(marksAt(one, path).size > 0);
      }),
    );
  });
});

describe("a pointer", () => {
  it("names any field, and leads back to it", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { maxLength: 3 }), (names) => {
        const pointer = names.map((one) => `/${escapePointer(one)}`).join("");
        expect(pointerTokens(pointer)).toEqual(names);
        const value = names.reduceRight<unknown>((inner, one) => Object.fromEntries([[one, inner]]), "found");
        expect(atPointer(value, pointer)).toBe("found");
      }),
    );
  });

  it("leads nowhere where nothing of that name is, whatever JavaScript has by it", () => {
    expect(atPointer({ a: [1] }, "/a/0")).toBe(1);
    expect(atPointer({ a: 1 }, "/a/b")).toBeUndefined();
    expect(atPointer({}, "/constructor")).toBeUndefined();
    expect(atPointer({ "a b": { "c/d": 2 } }, "#/a%20b/c~1d")).toBe(2);
  });
});
