import { flatten, followPath } from "../json-schema/follow.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { withNulls, withoutRequired } from "../json-schema/lenient-schema.ts";
import type { Step, Workflow } from "../schemas/types/platform/workflow.ts";
import { schemaOfTrigger } from "./trigger.ts";
import type { Catalog, CatalogOperation } from "./types.ts";

const TEXT: JsonSchema = { type: "string" };
const TIME: JsonSchema = { type: "string", format: "date-time" };
const COUNT: JsonSchema = { type: "integer", minimum: 0 };

const RUN = closed({
  id: { type: "string", minLength: 1 },
  startedAt: TIME,
  workflow: { type: "string", minLength: 1 },
  version: { type: "integer", minimum: 1 },
  owner: { type: ["string", "null"] },
});

const ITEMS = closed({ succeeded: COUNT, failed: COUNT, skipped: COUNT, total: COUNT });

/** The schema of what expressions of a step may look at: the trigger, the steps before it, the run, and an item where there is one. */
export type ScopeSchema = (at: number, item?: JsonSchema) => JsonSchema;

/** Makes the parts that the steps share once. */
export function createScopeSchema({ trigger, steps }: Workflow, catalog: Catalog): ScopeSchema {
  const common = { trigger: schemaOfTrigger(trigger, catalog.endpoints), run: RUN };
  const all = steps.map((step) => [step.id, stepSchema(step, catalog)] as const);
  return (at, item) =>
    closed({ ...common, steps: closed(Object.fromEntries(all.slice(0, at))), ...(item !== undefined && { item }) });
}

/** The schema of what is known of a step that has ended. */
function stepSchema(step: Step, catalog: Catalog): JsonSchema {
  const status = (...values: string[]): JsonSchema => ({ type: "string", enum: values });
  if (step.disabled) return closed({ status: status("skipped") });
  const mayFail = step.onError === "continue";
  const maySkip = step.when !== undefined;
  const results = resultsOf(step, catalog);
  return {
    type: "object",
    additionalProperties: false,
    required: ["status", ...(mayFail || maySkip ? [] : Object.keys(results))],
    properties: {
      status: status("succeeded", ...(maySkip ? ["skipped"] : []), ...(mayFail ? ["failed"] : [])),
      ...results,
      ...(mayFail && { error: closed({ code: { type: "string", minLength: 1 }, message: TEXT }) }),
    },
  };
}

function resultsOf(step: Step, catalog: Catalog): Record<string, JsonSchema> {
  if ("forEach" in step && step.forEach !== undefined) return { items: ITEMS };
  if (step.kind === "operation") {
    const found = operationOf(catalog, step);
    return {
      output: found === undefined ? {} : outputSchema(found, step.input, catalog.connectors[step.connector]?.fieldsInput),
    };
  }
  if (step.kind !== "approval") return {};
  const decision = step.onDecline === "continue" ? ["approved", "declined"] : ["approved"];
  const known = { decision: { type: "string", enum: decision }, by: { type: ["string", "null"] }, at: TIME };
  return { output: { ...closed(known), properties: { ...known, note: TEXT } } };
}

/** The operation that a step names, if there is one. */
export function operationOf(
  { connectors }: Catalog,
  { connector, operation }: { readonly connector: string; readonly operation: string },
): CatalogOperation | undefined {
  const operations = Object.hasOwn(connectors, connector) ? connectors[connector]?.operations : undefined;
  return operations !== undefined && Object.hasOwn(operations, operation) ? operations[operation] : undefined;
}

/** What an operation answers. Fields that are not required may be null; where an input names the fields that are wanted, only those and those of the top level are sure. */
function outputSchema({ output }: CatalogOperation, input: unknown, fieldsInput: string | undefined): JsonSchema {
  const asksForLess =
    fieldsInput !== undefined && typeof input === "object" && input !== null && Object.hasOwn(input, fieldsInput);
  return withNulls(asksForLess ? onlyAsked(output, (input as Record<string, unknown>)[fieldsInput]) : output);
}

function onlyAsked(output: JsonSchema, asked: unknown): JsonSchema {
  const { data, ...others } = (withoutRequired(output).properties ?? {}) as Record<string, JsonSchema>;
  const whole = (output.properties as Record<string, JsonSchema> | undefined)?.data;
  const keep = (lenient: JsonSchema, { required = [] }: JsonSchema): JsonSchema => ({
    ...lenient,
    required: (required as string[]).filter((name) => Array.isArray(asked) && asked.includes(name)),
  });
  const record = (lenient: JsonSchema, full: JsonSchema): JsonSchema =>
    lenient.type === "array"
      ? { ...lenient, items: keep(lenient.items as JsonSchema, full.items as JsonSchema) }
      : keep(lenient, full);
  return { ...output, properties: { ...others, ...(data && whole && { data: record(data, whole) }) } };
}

/** What one record of a list operation's pages may be. */
export function recordSchema(operation: CatalogOperation, input: unknown, fieldsInput: string | undefined): JsonSchema {
  const { schemas } = followPath(outputSchema(operation, input, fieldsInput), ["data"]);
  const entries = schemas.flatMap((one) => flatten((one.items as JsonSchema | undefined) ?? {}));
  return entries.length === 1 ? (entries[0] as JsonSchema) : { anyOf: entries };
}

function closed(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: "object", additionalProperties: false, required: Object.keys(properties), properties };
}
