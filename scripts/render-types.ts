import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { compile } from "json-schema-to-typescript";
import { pascal } from "./pascal.ts";
import { renderRoutes } from "./render-routes.ts";
import { toReadonly } from "./to-readonly.ts";

type Schema = Record<string, unknown>;
type Kind = "resources" | "operations" | "platform";

/** Path below `schemas/types/` → content. */
export type RenderedTypes = ReadonlyMap<string, string>;

interface TypeSource {
  readonly name: string;
  readonly schema: Schema;
}

const KINDS: readonly Kind[] = ["resources", "operations", "platform"];
const MAPS_OF_SCHEMAS = new Set(["properties", "$defs"]);
const LISTS_OF_SCHEMAS = new Set(["anyOf", "oneOf", "allOf"]);
const SINGLE_SCHEMAS = new Set(["items", "additionalProperties"]);
// Titles would become aliases of their own (`type PageSize = number`); the others say nothing that a type can express.
const NOT_FOR_TYPES = new Set([
  "$id",
  "$schema",
  "title",
  "examples",
  "default",
  "dependentSchemas",
  "dependentRequired",
  "if",
  "then",
  "else",
  "propertyNames",
  "if",
  "then",
  "else",
]);

/**
 * Renders every schema below `schemas/` as TypeScript types, with maps of the operations' inputs and outputs in `index.ts`.
 *
 * Reads files and writes none; the same schemas give the same text on every machine.
 */
export async function renderTypes(root: string): Promise<RenderedTypes> {
  const files = new Map<string, string>();
  const manifest = readJson(join(root, "manifest.json"));
  const operations = manifest.operations as Record<string, { output: Schema }>;
  for (const kind of KINDS) {
    for (const name of schemaNames(root, kind)) {
      const path = `schemas/${kind}/${name}.json`;
      const schema = readJson(join(root, path));
      const output = operations[name]?.output;
      const sources =
        kind === "operations" && output !== undefined
          ? [source(`${pascal(name)}Input`, schema), source(`${pascal(name)}Output`, describeOutput(name, output))]
          : [source(pascal(name), schema)];
      files.set(`${kind}/${name}.ts`, await renderFile(root, { kind, path, sources }));
    }
  }
  files.set("routes.ts", renderRoutes(banner("server/routes/")));
  files.set("index.ts", renderIndex(root, Object.keys(operations)));
  return files;
}

interface TypeFile {
  readonly kind: Kind;
  readonly path: string;
  readonly sources: readonly TypeSource[];
}

async function renderFile(root: string, { kind, path, sources }: TypeFile): Promise<string> {
  const references: References = { files: new Set(), read: (file) => readJson(join(root, "schemas", kind, `${file}.json`)) };
  const parts: string[] = [];
  for (const { name, schema } of sources) {
    const simple = { ...simplify(schema, references), title: name };
    const options = { bannerComment: "", ignoreMinAndMaxItems: true, additionalProperties: true, style: { printWidth: 130 } };
    const text = await compile(simple, name, options);
    // What this server takes and gives is passed on, never changed.
    parts.push(kind === "platform" ? toReadonly(text) : text);
  }
  const imports = [...references.files].sort().map((file) => importLine(pascal(file), kind, file));
  return [banner(path), ...imports, ...(imports.length > 0 ? [""] : []), parts.join("\n")].join("\n");
}

function renderIndex(root: string, operations: readonly string[]): string {
  const shapes = (["resources", "platform"] as const).flatMap((kind) =>
    schemaNames(root, kind).map((name) => `export type { ${pascal(name)} } from "./${kind}/${name}.ts";`),
  );
  const platform = schemaNames(root, "platform");
  const both = (name: string) => `${pascal(name)}Input, ${pascal(name)}Output`;
  const map = (name: string, suffix: string) => `  ${name}: ${pascal(name)}${suffix};`;
  return [
    banner("manifest.json and schemas/"),
    ...operations.map((name) => `import type { ${both(name)} } from "./operations/${name}.ts";`),
    ...platform.map((name) => `import type { ${pascal(name)} } from "./platform/${name}.ts";`),
    "",
    ...shapes,
    ...operations.map((name) => `export type { ${both(name)} } from "./operations/${name}.ts";`),
    "",
    "/** Input of each operation, by its name in the manifest. */",
    "export interface OperationInputs {",
    ...operations.map((name) => map(name, "Input")),
    "}",
    "",
    "/** Answer of each operation, by its name in the manifest. */",
    "export interface OperationOutputs {",
    ...operations.map((name) => map(name, "Output")),
    "}",
    "",
    "export type OperationName = keyof OperationInputs;",
    "",
    "/** What this server takes and gives, by the names of the files in schemas/platform/. */",
    "export interface Shapes {",
    ...platform.map((name) => `  ${name.includes("-") ? `"${name}"` : name}: ${pascal(name)};`),
    "}",
    "",
    "export type ShapeName = keyof Shapes;",
    "",
    'export type { RouteName, Routes } from "./routes.ts";',
    "",
  ].join("\n");
}

/** Leaves what a type can express; another schema's file becomes the name of its type. */
function simplify(schema: Schema, references: References): Schema {
  const { $ref: reference, description } = schema;
  if (typeof reference === "string" && !reference.startsWith("#"))
    return { tsType: typeOf(reference, references), ...(description !== undefined && { description }) };
  const simple: Schema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (NOT_FOR_TYPES.has(keyword) || keyword.startsWith("x-")) continue;
    simple[keyword] = simplifyKeyword(keyword, value, references);
  }
  // The generator would take it for an object.
  return Object.keys(simple).every((keyword) => keyword === "description") ? { ...simple, tsType: "unknown" } : simple;
}

interface References {
  /** Names of the other files. */
  readonly files: Set<string>;
  /** A file beside the one that is rendered. */
  readonly read: (file: string) => Schema;
}

/** `credential.json` is `Credential`, `credential.json#/properties/id` is `Credential["id"]`, and what `$defs` names has a type of that name. */
function typeOf(reference: string, { files, read }: References): string {
  const [path = "", pointer = ""] = reference.split("#");
  const file = basename(path, ".json");
  const [, ...tokens] = pointer.split("/");
  let type = pascal(file);
  let schema = tokens.length > 0 ? read(file) : {};
  if (tokens[0] === "$defs") {
    const [, name = ""] = tokens.splice(0, 2);
    type = `import("./${file}.ts").${pascal(name)}`;
    schema = (schema.$defs as Record<string, Schema>)[name] ?? {};
  } else files.add(file);
  for (let i = 0; i < tokens.length; i += 1) {
    const {
      required = [],
      properties,
      items,
    } = schema as { required?: string[]; properties?: Record<string, Schema>; items?: Schema };
    if (tokens[i] === "items") {
      [type, schema] = [`${type}[number]`, items ?? {}];
      continue;
    }
    i += 1;
    const name = tokens[i] as string;
    [type, schema] = [`${required.includes(name) ? type : `Required<${type}>`}["${name}"]`, properties?.[name] ?? {}];
  }
  return type;
}

function simplifyKeyword(keyword: string, value: unknown, references: References): unknown {
  const each = (item: unknown) => (isSchema(item) ? simplify(item, references) : item);
  if (MAPS_OF_SCHEMAS.has(keyword) && isSchema(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, each(item)]));
  }
  if (LISTS_OF_SCHEMAS.has(keyword) && Array.isArray(value)) return value.map(each);
  return SINGLE_SCHEMAS.has(keyword) ? each(value) : value;
}

function source(name: string, schema: Schema): TypeSource {
  return { name, schema };
}

function describeOutput(name: string, output: Schema): Schema {
  return { description: `Answer of ${name}: Lever's own body.`, ...output };
}

// Shapes of this server refer to each other; otherwise only resources are referred to.
function importLine(type: string, kind: Kind, file: string): string {
  return `import type { ${type} } from "${kind === "operations" ? "../resources" : "."}/${file}.ts";`;
}

function banner(path: string): string {
  return `/** Generated by scripts/generate-types.ts from ${path}. Do not edit. */\n`;
}

function schemaNames(root: string, kind: Kind): string[] {
  const files = readdirSync(join(root, "schemas", kind)).filter((file) => file.endsWith(".json"));
  return files.map((file) => basename(file, ".json")).sort();
}

function readJson(path: string): Schema {
  return JSON.parse(readFileSync(path, "utf8")) as Schema;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
