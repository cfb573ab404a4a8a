import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { ValidateFunction } from "ajv";
import type { JsonSchema } from "../json-schema/json-schema.ts";

/** Everything that a validator's code depends on. */
export interface ValidatorSource {
  readonly schema: JsonSchema;
  /** Documents that `$ref`s of the schema name. */
  readonly documents?: ReadonlyMap<string, JsonSchema>;
  /** Report every violation, and not only the first. */
  readonly allErrors: boolean;
}

/** Name of the validator of exactly this source: a schema that was changed since the build has another name, and is compiled again. */
export function validatorName({ schema, documents = new Map(), allErrors }: ValidatorSource): string {
  const text = JSON.stringify([allErrors, schema, [...documents]]);
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/**
 * The validator that the build wrote for this source (scripts/precompile.ts), or undefined where there is none: while developing, and for
 * schemas that were changed after the build. Compiling at start would cost half a second.
 */
export function precompiled(source: ValidatorSource): ValidateFunction | undefined {
  if (!existsSync(FOLDER)) return undefined;
  const file = join(FOLDER, `${validatorName(source)}.cjs`);
  if (!existsSync(file)) return undefined;
  return createRequire(import.meta.url)(file) as ValidateFunction;
}

/** Lies beside the compiled rooms; in a checkout's sources there is no such folder. */
const FOLDER = join(import.meta.dirname, "..", "validators");
