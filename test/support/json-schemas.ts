import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { ValidateFunction } from "ajv";
import type { Manifest, OperationDeclaration } from "../../connector/types.ts";
import { createAjv } from "../../connector/validator.ts";
import { toIssues } from "../../json-schema/issues.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";

export const ROOT = join(import.meta.dirname, "../..");
/** What CONNECTORS_DIR may name: a folder of connectors that are not built in. */
export const CONNECTORS_DIR = join(ROOT, "test/fixtures/connectors");
export const SCHEMA_BASE = "https://lever-connector.dev/schemas/";
const SCHEMA_KINDS = ["resources", "operations", "platform"] as const;

export type Properties = Readonly<Record<string, JsonSchema>>;

export interface SchemaFile {
  /** Below `schemas/`, for example `resources/opportunity.json`. */
  readonly path: string;
  readonly name: string;
  readonly kind: (typeof SCHEMA_KINDS)[number];
  readonly schema: JsonSchema;
}

export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(ROOT, path), "utf8"));
}

/** Everything a contract test asks of a connector's `manifest.json` and `schemas/`, compiled the way the product does. */
export function openSchemas(root: string = ROOT) {
  const files = schemaFiles(root);
  const ajv = createAjv({ allErrors: true, validateSchema: true });
  // Named by its path where it has no name of its own, which only the built-in connector's files need.
  for (const { path, schema } of files) ajv.addSchema(schema as object, "$id" in schema ? undefined : SCHEMA_BASE + path);
  const isManifest = createAjv({ allErrors: true }).compile(readJson("schemas/platform/manifest.json") as object);

  function validator(path: string): ValidateFunction {
    const validate = ajv.getSchema(SCHEMA_BASE + path);
    if (validate === undefined) throw new Error(`no schema ${path}`);
    return validate as ValidateFunction;
  }

  function schemaOf(path: string): JsonSchema {
    const file = files.find((candidate) => candidate.path === path);
    if (file === undefined) throw new Error(`no schema ${path}`);
    return file.schema;
  }

  return {
    ajv,
    files,
    manifest: JSON.parse(readFileSync(join(root, "manifest.json"), "utf8")) as Manifest,
    isBuiltIn: root === ROOT,
    validator,
    isManifest,
    schemaOf,
    propertiesOf: (path: string) => schemaOf(path).properties as Properties,
    issues: (validate: ValidateFunction, value: unknown) => (validate(value) ? [] : toIssues(validate.errors)),
    resourceOf,
  };
}

export type OpenedConnector = ReturnType<typeof openSchemas>;

/** Every connector that the contract suites run over, the built-in one first. */
export function openConnectors(): readonly OpenedConnector[] {
  const roots = [ROOT, ...readdirSync(CONNECTORS_DIR).map((folder) => join(CONNECTORS_DIR, folder))];
  return roots.map((root) => openSchemas(root));
}

/** The resource that an operation answers with, for example `resources/opportunity.json`. */
function resourceOf(operation: OperationDeclaration): string {
  const data = (operation.output.properties as Properties).data as JsonSchema;
  const reference = (operation.paginated ? (data.items as JsonSchema) : data).$ref as string;
  return reference.replace(/^schemas\//, "");
}

function schemaFiles(root: string): SchemaFile[] {
  const kinds = SCHEMA_KINDS.filter((kind) => existsSync(join(root, "schemas", kind)));
  return kinds.flatMap((kind) =>
    readdirSync(join(root, "schemas", kind)).map((file) => {
      const path = `${kind}/${file}`;
      const schema = JSON.parse(readFileSync(join(root, "schemas", path), "utf8")) as JsonSchema;
      return { path, name: basename(file, ".json"), kind, schema };
    }),
  );
}

/** Every schema inside of a schema, itself included, with the pointer to it. */
export function* subschemas(schema: unknown, pointer = ""): Generator<{ pointer: string; schema: JsonSchema }> {
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) return;
  yield { pointer, schema: schema as JsonSchema };
  for (const [keyword, value] of Object.entries(schema)) {
    if (["properties", "$defs", "dependentSchemas"].includes(keyword)) {
      for (const [name, item] of Object.entries(value)) yield* subschemas(item, `${pointer}/${keyword}/${name}`);
    } else if (["anyOf", "oneOf", "allOf"].includes(keyword)) {
      for (const [index, item] of Object.entries(value)) yield* subschemas(item, `${pointer}/${keyword}/${index}`);
    } else if (["items", "additionalProperties", "propertyNames", "not"].includes(keyword)) {
      yield* subschemas(value, `${pointer}/${keyword}`);
    }
  }
}
