import { createScopeSchema, operationOf, recordSchema } from "../../../workflows/scope-schema.ts";
import { issuesOfInputSchema } from "../../../workflows/trigger.ts";
import type { Catalog } from "../../../workflows/types.ts";
import type { Schema } from "../../api/connector.ts";
import type { Step, Trigger, Workflow } from "../../api/workflows.ts";

/** What an expression can begin with, as a schema each; `steps` holds the steps before. */
export interface ScopeSchema {
  readonly trigger: Schema;
  readonly steps: readonly { readonly id: string; readonly title: string; readonly schema: Schema }[];
  /** Of a step with forEach. */
  readonly item: Schema | undefined;
  readonly run: Schema;
}

/** Where expressions stand. */
export interface Place {
  readonly trigger: Trigger;
  readonly before: readonly Step[];
  /** Over what the step itself is repeated. */
  readonly forEach: ForEach | undefined;
}

type ForEach = NonNullable<Extract<Step, { kind: "operation" }>["forEach"]>;

/** What a step's expressions can look at, as the check has it. Of `item` it can speak where the step itself is repeated. */
export function scopeSchemaOf({ trigger, before, forEach }: Place, catalog: Catalog): ScopeSchema {
  const known = { trigger: readable(trigger), steps: before } as Workflow;
  const { properties = {} } = createScopeSchema(known, catalog)(before.length) as Schema;
  const results = properties.steps?.properties ?? {};
  const steps = before.map(({ id, title }) => ({ id, title, schema: withoutSureStatus(results[id] ?? {}) }));
  const scope = { trigger: properties.trigger ?? {}, steps: steps.filter(({ schema }) => childrenOf(schema).length > 0) };
  const outer = { ...scope, item: undefined, run: properties.run ?? {} };
  return forEach === undefined ? outer : { ...outer, item: itemOf(forEach, outer, catalog) };
}

/** A schema that is being typed, and no schema yet, describes nothing. */
function readable(trigger: Trigger): Trigger {
  const isBroken = trigger.type === "api" && trigger.input !== undefined && issuesOfInputSchema(trigger.input).length > 0;
  return isBroken ? { type: "api" } : trigger;
}

/** Whether a step succeeded is worth a line where it can be anything else. */
function withoutSureStatus(schema: Schema): Schema {
  const { status, ...others } = schema.properties ?? {};
  return status?.enum !== undefined && status.enum.length > 1 ? schema : { ...schema, properties: others };
}

function itemOf(forEach: ForEach, scope: ScopeSchema, catalog: Catalog): Schema {
  if ("items" in forEach) return schemaOfExpression(forEach.items, scope)?.items ?? {};
  const operation = operationOf(catalog, forEach);
  if (operation === undefined) return {};
  return recordSchema(operation, forEach.input, catalog.connectors[forEach.connector]?.fieldsInput) as Schema;
}

/** The schema of a plain path; of anything else nothing is known here. */
function schemaOfExpression(value: unknown, scope: ScopeSchema): Schema | undefined {
  const path = typeof value === "string" ? /^\s*\{\{\s*([\w.-]+)\s*\}\}\s*$/.exec(value)?.[1] : undefined;
  return path === undefined ? undefined : schemaAtPath(path.split("."), scope);
}

function schemaAtPath([root = "", ...path]: readonly string[], scope: ScopeSchema): Schema | undefined {
  const [first = "", ...rest] = path;
  const from = root === "steps" ? scope.steps.find(({ id }) => id === first)?.schema : scope[root as "trigger" | "run" | "item"];
  let schema = from;
  for (const name of root === "steps" ? rest : path) schema = childrenOf(schema).find((child) => child.name === name)?.schema;
  return schema;
}

export interface Child {
  readonly name: string;
  readonly schema: Schema;
}

/** The fields of a value, through unions; of a list its first entry. */
export function childrenOf(schema: Schema | undefined): readonly Child[] {
  if (schema === undefined) return [];
  const own = Object.entries(schema.properties ?? {}).map(([name, field]) => ({ name, schema: field }));
  const variants = ((schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []) as readonly Schema[]).flatMap(childrenOf);
  const first =
    schema.items !== undefined && childrenOf(schema.items).length > 0 ? [{ name: "first", schema: schema.items }] : [];
  return [...new Map([...variants, ...own, ...first].map((child) => [child.name, child])).values()];
}

/** Is a value of the schema a list? */
export function isList(schema: Schema | undefined): boolean {
  return [schema?.type ?? []].flat().includes("array");
}
