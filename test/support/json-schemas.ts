import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { ValidateFunction } from "ajv";
import type { Manifest, OperationDeclaration } from "../../connector/types.ts";
import { createAjv } from "../../connector/validator.ts";
import { toIssues } from "../../json-schema/issues.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";

export const ROOT = join(import.meta.dirname, "../..");
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

/** Everything a contract test asks of `manifest.json` and `schemas/`, compiled the way the product does. */
export function openSchemas() {
  const files = schemaFiles();
  const ajv = createAjv({ allErrors: true, validateSchema: true });
  for (const { schema } of files) ajv.addSchema(schema as object);

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
    manifest: readJson("manifest.json") as Manifest,
    validator,
    schemaOf,
    propertiesOf: (path: string) => schemaOf(path).properties as Properties,
    issues: (validate: ValidateFunction, value: unknown) => (validate(value) ? [] : toIssues(validate.errors)),
    resourceOf,
  };
}

/** The resource that an operation answers with, for example `resources/opportunity.json`. */
function resourceOf(operation: OperationDeclaration): string {
  const data = (operation.output.properties as Properties).data as JsonSchema;
  const reference = (operation.paginated ? (data.items as JsonSchema) : data).$ref as string;
  return reference.replace(/^schemas\//, "");
}

function schemaFiles(): SchemaFile[] {
  return SCHEMA_KINDS.flatMap((kind) =>
    readdirSync(join(ROOT, "schemas", kind)).map((file) => {
      const path = `${kind}/${file}`;
      return { path, name: basename(file, ".json"), kind, schema: readJson(`schemas/${path}`) as JsonSchema };
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
