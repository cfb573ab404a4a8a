import { packageRoot } from "../../connector/package-root.ts";
import { readFrom } from "../../connector/read-json-file.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { createSchemaResolver } from "../../json-schema/resolve-schema.ts";
import type { ShapeName } from "../../schemas/types/index.ts";

/** Reads what the routes take and give, by the names of the files in `schemas/platform/`, their references replaced. */
export function createShapes(root = packageRoot()): (name: ShapeName) => JsonSchema {
  const { resolve } = createSchemaResolver(readFrom(root));
  return (name) => resolve({ $ref: `schemas/platform/${name}.json` }) as JsonSchema;
}
