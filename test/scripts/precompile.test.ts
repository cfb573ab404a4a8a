import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { ValidateFunction } from "ajv";
import { loadConnector } from "../../connector/manifest.ts";
import { packageRoot } from "../../connector/package-root.ts";
import { type ValidatorSource, validatorName } from "../../connector/precompiled.ts";
import { readFrom } from "../../connector/read-json-file.ts";
import { compileWith, createAjv, inputSource, outputSource } from "../../connector/validator.ts";
import { createSchemaResolver } from "../../json-schema/resolve-schema.ts";
import { precompile } from "../../scripts/precompile.ts";

const root = packageRoot();
const connector = loadConnector();
const resolver = createSchemaResolver(readFrom(root));
let folder: string;

beforeAll(() => {
  // Inside the checkout, so that the written code finds ajv's small run-time parts.
  mkdirSync(join(root, ".cache"), { recursive: true });
  folder = mkdtempSync(join(root, ".cache/validators-"));
  precompile(root, folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

const built = (source: ValidatorSource) =>
  createRequire(import.meta.url)(join(folder, `${validatorName(source)}.cjs`)) as ValidateFunction;
const compiled = (source: ValidatorSource) => compileWith(createAjv({ allErrors: source.allErrors }), source);

describe("the validators of the build", () => {
  it.each([...connector.operations])("say the same as freshly compiled ones about %s", (_name, { declaration, inputSchema }) => {
    const input = inputSource(inputSchema);
    const inputs = [...(declaration.examples ?? []), ...(declaration.counterExamples ?? [])].map((example) => example.input);
    expect(inputs.length).toBeGreaterThan(10);
    for (const value of inputs) expect(verdict(built(input), value)).toEqual(verdict(compiled(input), value));

    const output = outputSource(resolver.link(declaration.output));
    for (const value of [
      {},
      { data: null },
      { data: [{ id: 1 }] },
      { data: { id: "x", tags: [1] } },
      { data: [{ id: "x", text: "y" }] },
    ]) {
      expect(verdict(built(output), value)).toEqual(verdict(compiled(output), value));
    }
  });

  it("are not used for a schema that was changed since", () => {
    const schema = { ...connector.operation("list_stages").inputSchema, title: "changed" };
    expect(existsSync(join(folder, `${validatorName(inputSource(schema))}.cjs`))).toBe(false);
  });
});

function verdict(validate: ValidateFunction, value: unknown): unknown {
  return [validate(value), validate.errors?.map(({ instancePath, keyword, params }) => ({ instancePath, keyword, params }))];
}
