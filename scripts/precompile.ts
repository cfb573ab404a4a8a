import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Ajv2020 } from "ajv/dist/2020.js";
import { CONFIG_SCHEMA } from "../app/config.ts";
import { type ValidatorSource, validatorName } from "../connector/precompiled.ts";
import { readFrom } from "../connector/read-json-file.ts";
import type { Manifest } from "../connector/types.ts";
import { compileWith, createAjv, inputSource, outputSource, partialSource } from "../connector/validator.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { createSchemaResolver } from "../json-schema/resolve-schema.ts";
import { NO_BODY } from "../server/http/api.ts";
import { createShapes } from "../server/http/shapes.ts";
import { allRoutes } from "../server/routes/index.ts";

const standaloneCode = createRequire(import.meta.url)("ajv/dist/standalone").default as (
  ajv: Ajv2020,
  validate: ReturnType<Ajv2020["compile"]>,
) => string;

/**
 * Writes every validator that a running server needs as code of its own, so that a start compiles nothing. Each file is named after all it
 * depends on (connector/precompiled.ts).
 */
export function precompile(root: string, folder: string): number {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const sources = new Map(sourcesOf(root).map((source) => [validatorName(source), source]));
  for (const [name, source] of sources) {
    const ajv = createAjv({ allErrors: source.allErrors, source: true });
    writeFileSync(join(folder, `${name}.cjs`), standaloneCode(ajv, compileWith(ajv, source)));
  }
  return sources.size;
}

function sourcesOf(root: string): ValidatorSource[] {
  const read = (file: string) => readFrom(root)(file) as JsonSchema;
  const manifest = read("manifest.json") as unknown as Manifest;
  const shapeOf = createShapes(root);
  const resolver = createSchemaResolver(readFrom(root));
  return [
    inputSource(read("schemas/platform/manifest.json")),
    inputSource(read("schemas/platform/environments.json")),
    ...[CONFIG_SCHEMA, NO_BODY, ...allRoutes.flatMap(({ body }) => (body ? [shapeOf(body)] : []))].map((schema) =>
      inputSource(schema as JsonSchema),
    ),
    ...Object.values(manifest.operations).flatMap(({ input, output }) => [
      inputSource(resolver.resolve(input)),
      outputSource(resolver.link(output)),
      partialSource(resolver.link(output)),
    ]),
  ];
}
