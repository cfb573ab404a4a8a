import type { Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { withNulls } from "../json-schema/lenient-schema.ts";
import { createSchemaResolver } from "../json-schema/resolve-schema.ts";
import { violations } from "../json-schema/violations.ts";
import { mapSchema } from "../json-schema/walk.ts";
import type { Verification } from "../schemas/types/platform/verification.ts";
import type { ApiTrigger, WebhookTrigger, Workflow } from "../schemas/types/platform/workflow.ts";
import type { CatalogEndpoint } from "./types.ts";

/** What services use for ids: a text marked with `x-id` is one. */
export const ID_PATTERN = "^[A-Za-z0-9_\\-]+$";

const SELF = { $ref: "#" };
const COUNT = { type: "integer", minimum: 0 };
const NUMBER = { type: "number" };
const WORDS = { type: "string" };
const TYPES = { enum: ["string", "number", "integer", "boolean", "array", "object", "null"] };

/** The schemas that a trigger's input may be described by: a part of JSON Schema that is cheap to check, whoever wrote it. No patterns. */
const INPUT_SCHEMA: JsonSchema = {
  type: "object",
  additionalProperties: false,
  properties: {
    $ref: { type: "string", pattern: "^#/\\$defs/[^/]+$" },
    $defs: { type: "object", additionalProperties: SELF },
    type: { anyOf: [TYPES, { type: "array", minItems: 1, uniqueItems: true, items: TYPES }] },
    title: WORDS,
    description: WORDS,
    examples: { type: "array" },
    default: {},
    enum: { type: "array", minItems: 1, maxItems: 1000 },
    const: {},
    properties: { type: "object", maxProperties: 200, additionalProperties: SELF },
    required: { type: "array", items: WORDS },
    additionalProperties: { anyOf: [{ type: "boolean" }, SELF] },
    items: SELF,
    anyOf: { type: "array", minItems: 1, maxItems: 20, items: SELF },
    oneOf: { type: "array", minItems: 1, maxItems: 20, items: SELF },
    allOf: { type: "array", minItems: 1, maxItems: 20, items: SELF },
    minLength: COUNT,
    maxLength: COUNT,
    minItems: COUNT,
    maxItems: COUNT,
    uniqueItems: { type: "boolean" },
    minimum: NUMBER,
    maximum: NUMBER,
    exclusiveMinimum: NUMBER,
    exclusiveMaximum: NUMBER,
    format: { enum: ["date-time", "uri"] },
    "x-id": WORDS,
    "x-sensitive": { enum: ["pii", "outcome", "secret"] },
    "x-unit": { enum: ["ms"] },
    "x-options": WORDS,
    "x-placeholder": WORDS,
  },
};

const DEEPEST = 15;

/** What is wrong with the schema of a trigger's input; pointers lead into it. */
export function issuesOfInputSchema(schema: JsonSchema): Issue[] {
  if (depthOf(schema) > DEEPEST) return [{ pointer: "", keyword: "depth", message: `must not be deeper than ${DEEPEST} levels` }];
  const issues = violations(INPUT_SCHEMA, schema);
  if (issues.length > 0) return issues;
  try {
    resolved(schema);
    return [];
  } catch (error) {
    return [{ pointer: "", keyword: "$ref", message: (error as Error).message.replace(IN_DOCUMENT, "") }];
  }
}

/**
 * The schema of what `trigger` names: references followed, and each text that is marked as an id held to be one.
 *
 * @throws ConnectorError `manifest_invalid` for an input schema with issues
 */
export function schemaOfTrigger(trigger: Workflow["trigger"], endpoints: readonly CatalogEndpoint[]): JsonSchema {
  if (trigger.type === "webhook") return schemaOfDelivery(trigger, endpointOf(trigger, endpoints));
  const [name, schema] =
    trigger.type === "api"
      ? (["input", inputSchemaOf(trigger)] as const)
      : (["scheduledAt", { type: "string", format: "date-time" }] as const);
  // A run may be started without an input where the workflow requires nothing of it.
  const required = trigger.type === "api" && issuesOfInput(trigger, undefined).length === 0 ? [] : [name];
  return { type: "object", additionalProperties: false, required, properties: { [name]: schema } };
}

/** The endpoint that a trigger names, by id or name. */
export function endpointOf({ endpoint }: WebhookTrigger, endpoints: readonly CatalogEndpoint[]): CatalogEndpoint | undefined {
  return endpoints.find(({ id, name }) => id === endpoint || name === endpoint.trim());
}

export const OUTCOMES = [
  "approved",
  "declined",
  "needs_review",
  "resubmit",
  "expired",
  "canceled",
  "pending",
  "ignored",
] as const;

/** The outcomes that start a run: those that are asked for, else all that decide something. Where none is told, whatever comes starts one. */
export function startingOutcomes({ outcomes }: WebhookTrigger, decides: boolean): readonly Verification["outcome"][] {
  if (outcomes !== undefined) return outcomes;
  return decides ? OUTCOMES.filter((outcome) => outcome !== "pending" && outcome !== "ignored") : OUTCOMES;
}

const TOLD = { type: ["string", "null"], maxLength: 1024 };

function schemaOfDelivery(trigger: WebhookTrigger, endpoint: CatalogEndpoint | undefined): JsonSchema {
  const verification = {
    provider: { type: "string", minLength: 1 },
    outcome: { type: "string", enum: startingOutcomes(trigger, endpoint?.decides ?? true), "x-sensitive": "outcome" },
    ...{ reference: TOLD, link: TOLD, subject: TOLD },
    eventId: { type: "string", minLength: 1, maxLength: 1024 },
    eventType: TOLD,
    createdAt: { type: ["string", "null"], format: "date-time" },
    test: { type: ["boolean", "null"] },
  };
  return closed({ body: withNulls(endpoint?.body ?? {}), verification: closed(verification) });
}

function closed(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", additionalProperties: false, required: Object.keys(properties), properties };
}

/** What is wrong with the input of a run; pointers lead into it. A workflow without a schema takes none. */
export function issuesOfInput(trigger: Workflow["trigger"], input: unknown): Issue[] {
  return violations(trigger.type === "api" ? inputSchemaOf(trigger) : NO_INPUT, input ?? {});
}

/** The resolver names the file of a reference; what people write here is in none. */
const DOCUMENT = "schemas/input.json";
const IN_DOCUMENT = /,? in schemas\/input\.json/;

const NO_INPUT: JsonSchema = { type: "object", additionalProperties: false };

function inputSchemaOf({ input }: ApiTrigger): JsonSchema {
  return input === undefined ? NO_INPUT : mapSchema(resolved(input), heldToIds);
}

function resolved(schema: JsonSchema): JsonSchema {
  return createSchemaResolver(() => schema).resolve({ $ref: DOCUMENT }) as JsonSchema;
}

/** On a list the mark speaks of the entries. */
function heldToIds(schema: JsonSchema): JsonSchema {
  const { "x-id": kind, items, type } = schema;
  if (kind === undefined) return schema;
  if (type !== "array") return { ...schema, pattern: ID_PATTERN, minLength: Math.max(1, Number(schema.minLength ?? 1)) };
  return { ...schema, items: heldToIds({ ...(items as JsonSchema), "x-id": kind }) };
}

function depthOf(value: unknown, depth = 0): number {
  if (typeof value !== "object" || value === null || depth > DEEPEST * 3) return depth / 2;
  return Math.max(depth / 2, ...Object.values(value).map((part) => depthOf(part, depth + 1)));
}
