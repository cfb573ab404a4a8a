import { loadConnector } from "../../connector/manifest.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import type { Catalog, CatalogConnector, CatalogCredential, Step } from "../../workflows/types.ts";

/** The built-in connector as workflows see it. */
function leverConnector(): CatalogConnector {
  const { operations, manifest } = loadConnector();
  const known = [...operations.values()].map(({ name, inputSchema, outputSchema, effect, declaration }) => {
    const { title, paginated = false, performAs = "none", scopes = [] } = declaration;
    return [name, { title, input: inputSchema, output: outputSchema, effect, paginated, performAs, scopes }] as const;
  });
  const { name, performAs, fieldsInput } = manifest;
  return {
    name,
    operations: Object.fromEntries(known),
    ...(performAs && { performAs }),
    ...(fieldsInput !== undefined && { fieldsInput }),
  };
}

const text: JsonSchema = { type: "string" };

/** Fields that differ in one thing each. */
export const PROBE_INPUT = {
  text,
  full: { type: "string", minLength: 1 },
  short: { type: "string", maxLength: 20 },
  number: { type: "number" },
  integer: { type: "integer" },
  positive: { type: "integer", minimum: 1 },
  flag: { type: "boolean" },
  list: { type: "array", items: text },
  some: { type: "array", minItems: 1, items: text },
  once: { type: "array", uniqueItems: true, items: text },
  numbers: { type: "array", items: { type: "number" } },
  time: {
    anyOf: [
      { type: "integer", minimum: 0, "x-unit": "ms" },
      { type: "string", format: "date-time" },
    ],
  },
  id: { type: "string", minLength: 1, pattern: "^[A-Za-z0-9_\\-]+$", "x-id": "opportunity" },
  contact: { type: "string", minLength: 1, pattern: "^[A-Za-z0-9_\\-]+$", "x-id": "contact" },
  choice: { type: "string", enum: ["Verified", "Failed", "Needs Review"] },
  person: {
    type: "object",
    additionalProperties: false,
    required: ["name"],
    properties: { name: text, age: { type: "integer" } },
  },
  nullable: { type: ["string", "null"] },
} as const satisfies Record<string, JsonSchema>;

const probe = (required: readonly string[] = []): JsonSchema => ({
  type: "object",
  additionalProperties: false,
  required,
  properties: PROBE_INPUT,
});

const PROBE: CatalogConnector = {
  name: "Probe",
  operations: {
    take: {
      title: "Take",
      input: probe(),
      output: { type: "object", required: ["data"], properties: { data: { type: "object" } } },
    },
    need: { title: "Need", input: probe(["text"]), output: { type: "object" } },
    list: {
      title: "List",
      paginated: true,
      input: { type: "object", additionalProperties: false, properties: { tag: text } },
      output: {
        type: "object",
        required: ["data"],
        properties: {
          data: {
            type: "array",
            items: { type: "object", required: ["id"], properties: { id: { ...PROBE_INPUT.id }, name: text } },
          },
        },
      },
    },
  },
};

const CREDENTIALS: readonly CatalogCredential[] = [
  { id: "cred_1", nickname: "Lever production", connector: "lever", scopes: null, defaultPerformAs: "user-1" },
  { id: "cred_2", nickname: "Lever without user", connector: "lever", scopes: null, defaultPerformAs: null },
  {
    id: "cred_3",
    nickname: "Lever reading",
    connector: "lever",
    scopes: ["opportunities:read:admin"],
    defaultPerformAs: "user-1",
  },
  { id: "cred_4", nickname: "probe", connector: "probe", scopes: null, defaultPerformAs: null },
];

export const CATALOG: Catalog = {
  connectors: { lever: leverConnector(), probe: PROBE },
  credentials: CREDENTIALS,
  destinations: [
    { id: "dest_1", name: "Results", paused: null },
    { id: "dest_2", name: "Old results", paused: { reason: "by_hand" } },
  ],
  endpoints: [],
};

/** Input of a trigger with a field of each kind. */
export const TRIGGER_INPUT: JsonSchema = {
  type: "object",
  additionalProperties: false,
  required: [
    "id",
    "contact",
    "outcome",
    "name",
    "full",
    "count",
    "ratio",
    "flag",
    "tags",
    "some",
    "people",
    "person",
    "when",
    "whenMs",
    "plain",
    "any",
  ],
  properties: {
    id: { type: "string", "x-id": "opportunity" },
    contact: { type: "string", "x-id": "contact" },
    outcome: { type: "string", enum: ["approved", "declined"] },
    name: { type: "string" },
    full: { type: "string", minLength: 1 },
    count: { type: "integer", minimum: 0 },
    ratio: { type: "number" },
    flag: { type: "boolean" },
    tags: { type: "array", items: { type: "string" } },
    some: { type: "array", minItems: 1, items: { type: "string", minLength: 1 } },
    people: { type: "array", items: { $ref: "#/$defs/person" } },
    person: { $ref: "#/$defs/person" },
    when: { type: "string", format: "date-time" },
    whenMs: { type: "integer", "x-unit": "ms" },
    plain: { type: "object", additionalProperties: { type: "string" } },
    any: {},
    maybe: { type: "string", minLength: 1 },
    nullable: { type: ["string", "null"] },
    mixed: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
    secret: { type: "string", "x-sensitive": "secret" },
    email: { type: "string", "x-sensitive": "pii" },
  },
  $defs: {
    person: {
      type: "object",
      additionalProperties: false,
      required: ["name"],
      properties: { name: { type: "string" }, age: { type: "integer" } },
    },
  },
};

/** A step that reads the record which the trigger names. */
export const FIND = {
  id: "find",
  title: "Find",
  kind: "operation",
  connector: "lever",
  operation: "retrieve_opportunity",
  credential: "cred_1",
  input: { opportunity_id: "{{ trigger.input.id }}" },
} as const satisfies Step;
