import { createRequire } from "node:module";
import type { ValidateFunction } from "ajv";
import type { Ajv2020 } from "ajv/dist/2020.js";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { withNulls, withoutRequired } from "../json-schema/lenient-schema.ts";
import type { LinkedSchema } from "../json-schema/resolve-schema.ts";
import { precompiled, type ValidatorSource } from "./precompiled.ts";

/** Annotations of ours: they drive forms, redaction and docs, and say nothing about validity. */
const ANNOTATIONS = ["x-options", "x-id", "x-current", "x-sensitive", "x-placeholder", "x-unit", "x-reference"] as const;

export interface Validators {
  /** For input: reports every violation. */
  input(schema: JsonSchema): ValidateFunction;
  /** For answers: reports every violation. A field that is null counts as missing. */
  output(schema: LinkedSchema): ValidateFunction;
  /** The same, with nothing required below the top level of `schema`. */
  partialOutput(schema: LinkedSchema): ValidateFunction;
}

/**
 * Validators of schemas (2020-12, strict): those of the build where it made them, else compiled with ajv. ajv is loaded and its compilers
 * are made on first use, so that a start costs nothing, and a resource that several operations answer with is compiled once.
 *
 * Schemas are code of ours and never taken from a request. Their own validity is checked by `validateManifest`, not here.
 */
export function createValidators(): Validators {
  const input = once(() => createAjv({ allErrors: true }));
  const output = once(() => createAjv({ allErrors: true }));
  const partial = once(() => createAjv({ allErrors: true }));
  return {
    input: (schema) => compile(inputSource(schema), input),
    output: (linked) => compile(outputSource(linked), output),
    partialOutput: (linked) => compile(partialSource(linked), partial),
  };
}

/** One validator of its own that reports every violation. */
export function compileSchema(schema: JsonSchema): ValidateFunction {
  return compile(inputSource(schema), () => createAjv({ allErrors: true }));
}

export function inputSource(schema: JsonSchema): ValidatorSource {
  return { schema, allErrors: true };
}

export function outputSource({ schema, documents }: LinkedSchema): ValidatorSource {
  const lenient = [...documents].map(([id, document]) => [id, withNulls(document)] as const);
  return { schema: withNulls(schema), documents: new Map(lenient), allErrors: true };
}

export function partialSource({ schema, documents }: LinkedSchema): ValidatorSource {
  const { required = [] } = schema;
  const lenient = [...documents].map(([id, document]) => [id, withoutRequired(document)] as const);
  return outputSource({ schema: { ...withoutRequired(schema), required }, documents: new Map(lenient) });
}

function compile(source: ValidatorSource, ajv: () => Ajv2020): ValidateFunction {
  return precompiled(source) ?? compileWith(ajv(), source);
}

export function compileWith(ajv: Ajv2020, { schema, documents = new Map() }: ValidatorSource): ValidateFunction {
  for (const [id, document] of documents) if (!(id in ajv.schemas)) ajv.addSchema(document, id);
  return ajv.compile(schema);
}

/** Makes a value when it is first asked for, and keeps it. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** `validateSchema` also checks the schema itself against the meta-schema, `source` keeps the code for writing it out. */
export function createAjv(options: {
  readonly allErrors: boolean;
  readonly validateSchema?: boolean;
  readonly source?: boolean;
}): Ajv2020 {
  // Loaded here and not above: a start that finds all its validators built needs no compiler (0.1 s).
  const require = createRequire(import.meta.url);
  const { Ajv2020: Compiler } = require("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
  const { default: addFormats } = require("ajv-formats") as { default: (ajv: Ajv2020) => void };
  const ajv = new Compiler({
    strict: true,
    allowUnionTypes: true,
    allErrors: options.allErrors,
    validateSchema: options.validateSchema ?? false,
    addUsedSchema: false,
    inlineRefs: false,
    code: { source: options.source ?? false },
  });
  addFormats(ajv);
  ajv.addVocabulary([...ANNOTATIONS]);
  return ajv;
}
