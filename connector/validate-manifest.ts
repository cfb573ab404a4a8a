import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ErrorObject } from "ajv";
import { type Issue, isConnectorError } from "../errors/connector-error.ts";
import { toIssues } from "../json-schema/issues.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import { violations } from "../json-schema/violations.ts";
import { loadConnector } from "./manifest.ts";
import { packageRoot } from "./package-root.ts";
import { readFrom } from "./read-json-file.ts";
import { fillRecipe, placesIn, type Recipe } from "./recipes.ts";
import type { CompiledOperation, Connector } from "./types.ts";
import { createAjv } from "./validator.ts";

/**
 * Everything that can be wrong with `manifest.json` and `schemas/` as data; pointers lead into the manifest. An empty list is a
 * valid manifest. Compiles every schema, so it takes a second: for `manifest validate` and tests, not for a start.
 */
export function validateManifest(root: string = packageRoot()): Issue[] {
  try {
    const connector = loadConnector({ root });
    const broken = findBrokenSchemas(root).flatMap(({ file, issues }) =>
      issues.map(({ pointer, keyword, message }) => ({ pointer: "", keyword, message: `${file}: ${pointer || "/"} ${message}` })),
    );
    return broken.length > 0 ? broken : findIssues(connector);
  } catch (error) {
    const issues = isConnectorError(error) ? error.details.issues : undefined;
    return issues === undefined ? [toIssue("", error)] : [...issues];
  }
}

/**
 * The schema files that are not schemas, each with the places where it is not, so that an author reads the file's name: once resolved, what it holds lies
 * in many places of the manifest. A file that is no JSON is named by its reader.
 */
export function findBrokenSchemas(root: string, place = ""): { readonly file: string; readonly issues: readonly Issue[] }[] {
  const ajv = createAjv({ allErrors: true, validateSchema: true });
  const folder = join(root, "schemas");
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  return files
    .filter((file) => file.endsWith(".json"))
    .sort()
    .map((file) => `schemas/${file.replaceAll("\\", "/")}`)
    .flatMap((file) => {
      if (ajv.validateSchema(readFrom(root, place)(file) as JsonSchema) === true) return [];
      return [{ file, issues: toIssues(ajv.errors as ErrorObject[]) }];
    });
}

/** The same for a manifest that matches its schema. */
export function findIssues(connector: Connector): Issue[] {
  const operations = [...connector.operations.values()].flatMap((operation) => checkOperation(connector, operation));
  return [
    ...operations,
    ...checkOptionLists(connector),
    ...checkOAuth(connector),
    ...checkReads(connector),
    ...checkRecipes(connector),
  ];
}

function checkOperation(connector: Connector, operation: CompiledOperation): Issue[] {
  const place = `/operations/${escapePointer(operation.name)}`;
  const broken = [
    ...checkSchema(`${place}/input`, () => operation.inputSchema),
    ...checkSchema(`${place}/output`, () => operation.outputSchema),
  ];
  // What follows needs schemas that can be used.
  if (broken.length > 0) return broken;
  return [
    ...checkNames(connector, operation, place),
    ...checkExamples(operation, place),
    ...checkCounterExamples(operation, place),
  ];
}

function checkSchema(pointer: string, resolve: () => JsonSchema): Issue[] {
  try {
    const ajv = createAjv({ allErrors: true, validateSchema: true });
    const schema = resolve();
    const valid = ajv.validateSchema(schema);
    if (valid !== true)
      return toIssues(ajv.errors as ErrorObject[]).map((issue) => ({ ...issue, pointer: pointer + issue.pointer }));
    ajv.compile(schema);
    return [];
  } catch (error) {
    return [toIssue(pointer, error)];
  }
}

/** Every name that one part of the manifest uses of another must exist there. */
function checkNames(connector: Connector, operation: CompiledOperation, place: string): Issue[] {
  const { request, readBack, readBefore, serializeBy, paginated, performAs } = operation.declaration;
  const properties = (operation.inputSchema.properties ?? {}) as Record<string, JsonSchema>;
  const required = (operation.inputSchema.required ?? []) as string[];
  const inPath = [...request.path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] as string);
  const used = [...inPath, ...(request.query ?? []), ...(request.body ?? [])];
  const fixed = [...Object.keys(request.fixedQuery ?? {}), ...Object.keys(request.fixedBody ?? {})];
  const { pagination, optionLists } = connector.manifest;
  const issues: Issue[] = [];
  const demand = (holds: boolean, pointer: string, message: string) => {
    if (!holds) issues.push({ pointer: `${place}${pointer}`, keyword: "reference", message });
  };
  for (const name of used) demand(Object.hasOwn(properties, name), "/request", `uses ${name}, which is not a field of the input`);
  for (const name of inPath) demand(required.includes(name), "/request/path", `needs ${name}, which the input does not require`);
  for (const name of Object.keys(properties))
    demand(used.includes(name), "/request", `does not send ${name}, which the input accepts`);
  demand(new Set([...used, ...fixed]).size === used.length + fixed.length, "/request", "sends a field twice");
  demand(operation.inputSchema.additionalProperties === false, "/input", "must be closed: additionalProperties: false");
  if (serializeBy !== undefined) demand(Object.hasOwn(properties, serializeBy), "/serializeBy", "is not a field of the input");
  if (readBack !== undefined) {
    const read = connector.operations.get(readBack.operation);
    demand(read !== undefined, "/readBack/operation", "is not an operation");
    for (const name of readBack.pass ?? [])
      demand(Object.hasOwn(properties, name), "/readBack/pass", `passes ${name}, which is not a field of the input`);
    const given = [...(readBack.pass ?? []), ...Object.keys(readBack.take ?? {})];
    for (const name of (read?.inputSchema.required ?? []) as string[])
      demand(given.includes(name), "/readBack", `does not give ${name}, which ${readBack.operation} needs`);
  }
  if (readBefore !== undefined) {
    demand(readBack !== undefined, "/readBefore", "needs readBack, which says how the record is read");
    demand(readBack?.take === undefined, "/readBefore", "is not possible where readBack takes from the write's answer");
    demand(Object.hasOwn(properties, readBefore.changes), "/readBefore/changes", "is not a field of the input");
  }
  if (paginated) demand(pagination.style !== "none", "/paginated", "needs a style of pagination");
  if (paginated && pagination.style !== "none")
    for (const name of [pagination.limit, pagination.cursorIn])
      demand(Object.hasOwn(properties, name), "/paginated", `needs the input field ${name}`);
  if (performAs !== undefined && performAs !== "none") {
    const field = connector.manifest.performAs?.input;
    demand(field !== undefined, "/performAs", "needs performAs of the manifest, which says how the user is named");
    if (field !== undefined) demand(used.includes(field), "/performAs", `needs the input field ${field}`);
  }
  for (const [name, property] of Object.entries(properties)) {
    const list = property["x-options"];
    if (list !== undefined)
      demand(
        typeof list === "string" && Object.hasOwn(optionLists, list),
        "/input",
        `${name} names a pick list that does not exist`,
      );
    // The values that the record has now are those that reading it before the write tells.
    if (property["x-current"] !== undefined)
      demand(
        operation.declaration.readBefore?.changes === name,
        "/input",
        `${name} offers what the record has now, but readBefore does not name it`,
      );
  }
  return issues;
}

function checkExamples(operation: CompiledOperation, place: string): Issue[] {
  return (operation.declaration.examples ?? []).flatMap((example, index) =>
    issuesOfInput(operation, example.input).map((issue) => ({
      ...issue,
      pointer: `${place}/examples/${index}/input${issue.pointer}`,
    })),
  );
}

function checkCounterExamples(operation: CompiledOperation, place: string): Issue[] {
  return (operation.declaration.counterExamples ?? []).flatMap((example, index) => {
    const found = issuesOfInput(operation, example.input).some((issue) => issue.pointer === example.pointer);
    const pointer = `${place}/counterExamples/${index}`;
    return found
      ? []
      : [{ pointer, keyword: "counterExample", message: `is not refused at ${example.pointer || "the input itself"}` }];
  });
}

function issuesOfInput(operation: CompiledOperation, input: unknown): readonly Issue[] {
  try {
    operation.checkInput(input);
    return [];
  } catch (error) {
    return isConnectorError(error, "input_invalid") ? (error.details.issues ?? []) : [toIssue("", error)];
  }
}

function checkOptionLists({ manifest }: Connector): Issue[] {
  return Object.entries(manifest.optionLists)
    .filter(([, list]) => !Object.hasOwn(manifest.operations, list.operation))
    .map(([name]) => ({
      pointer: `/optionLists/${escapePointer(name)}/operation`,
      keyword: "reference",
      message: "is not an operation",
    }));
}

/** Where there is a consent there is a place for it. Environments added at start-up are looked at when they are added. */
function checkOAuth({ manifest }: Connector): Issue[] {
  if (!manifest.auth.some(({ type }) => type === "oauth2")) return [];
  return Object.entries(manifest.environments).flatMap(([name, environment]) =>
    (["authorize", "token"] as const)
      .filter((field) => environment[field] === undefined)
      .map((field) => ({
        pointer: `/environments/${escapePointer(name)}`,
        keyword: "required",
        message: `needs ${field} for OAuth`,
      })),
  );
}

/** What the platform itself calls must be a read that takes the input given. */
function checkReads({ manifest, operations }: Connector): Issue[] {
  const { check, performAs } = manifest;
  const reads = [["/check/probe", check.probe] as const, ...(performAs ? [["/performAs/users", performAs.users] as const] : [])];
  const lists =
    performAs === undefined || Object.hasOwn(manifest.optionLists, performAs.optionList)
      ? []
      : [{ pointer: "/performAs/optionList", keyword: "reference", message: "is not a pick list" }];
  const issues = reads.flatMap(([place, { operation, input }]) => {
    const compiled = operations.get(operation);
    if (compiled === undefined) return [{ pointer: `${place}/operation`, keyword: "reference", message: "is not an operation" }];
    if (compiled.effect !== "read") return [{ pointer: `${place}/operation`, keyword: "effect", message: "must be a read" }];
    return issuesOfInput(compiled, input).map((issue) => ({ ...issue, pointer: `${place}/input${issue.pointer}` }));
  });
  return [...issues, ...lists];
}

/** Whether recipes can be filled in. What their expressions lead to is looked at when a workflow is made of them. */
function checkRecipes({ manifest: { recipes } }: Connector): Issue[] {
  const definition = readFrom(packageRoot())("schemas/platform/workflow.json") as JsonSchema;
  return recipes.flatMap((recipe, at) => {
    const place = `/recipes/${at}`;
    const isTaken = recipes.findIndex(({ name }) => name === recipe.name) < at;
    const broken = checkSchema(`${place}/inputs`, () => recipe.inputs as JsonSchema);
    if (broken.length > 0) return broken;
    return [
      ...(isTaken ? [{ pointer: `${place}/name`, keyword: "uniqueItems", message: "is the name of an earlier recipe" }] : []),
      ...checkPlaces(recipe, place),
      ...checkFilled(recipe, place, definition),
    ];
  });
}

const WRITABLE = ["string", "integer", "number", "boolean"];

function checkPlaces({ inputs, workflow }: Recipe, place: string): Issue[] {
  const { properties = {}, required = [], additionalProperties } = inputs as JsonSchema;
  const fields = properties as Record<string, JsonSchema>;
  const places = [...placesIn(workflow)];
  const isSure = (name: string) => (required as string[]).includes(name) || fields[name]?.default !== undefined;
  const issues: Issue[] = [];
  const demand = (holds: boolean, pointer: string, message: string) => {
    if (!holds) issues.push({ pointer: `${place}${pointer}`, keyword: "reference", message });
  };
  demand(additionalProperties === false, "/inputs", "must be closed: additionalProperties: false");
  for (const { input, within } of places) {
    const field = Object.hasOwn(fields, input) ? fields[input] : undefined;
    demand(field !== undefined, "/workflow", `holds <<${input}>>, which is not an input`);
    if (field === undefined || within === undefined) continue;
    demand(isSure(input), "/workflow", `holds <<${input}>> within a text, so it must be required or have a default`);
    const isWritable = within === "text" || WRITABLE.includes(String(field.type));
    demand(isWritable, "/workflow", `holds <<${input}>> within an expression, which takes no lists and objects`);
  }
  for (const name of Object.keys(fields))
    demand(
      places.some(({ input }) => input === name),
      "/inputs",
      `asks for ${name}, which the workflow does not use`,
    );
  return issues;
}

function checkFilled(recipe: Recipe, place: string, definition: JsonSchema): Issue[] {
  const filled = fillRecipe(recipe, recipe.example);
  const [issues, below] = Array.isArray(filled) ? [filled, "/example"] : [violations(definition, filled.definition), "/workflow"];
  return issues.map((issue) => ({ ...issue, pointer: `${place}${below}${issue.pointer}` }));
}

function toIssue(pointer: string, error: unknown): Issue {
  const message = error instanceof Error ? error.message : String(error);
  return { pointer, keyword: isConnectorError(error) ? error.code : "schema", message };
}
