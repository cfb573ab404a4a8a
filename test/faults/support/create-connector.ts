import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../../connector/package-root.ts";

/** Copies manifest and schemas into `folder`, with one operation more: one that makes something new each time it is sent. */
export function makeCreatingConnector(folder: string): string {
  const root = join(folder, "connector");
  const from = packageRoot();
  mkdirSync(root);
  cpSync(join(from, "schemas"), join(root, "schemas"), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(from, "manifest.json"), "utf8")) as { operations: Record<string, unknown> };
  const text = { title: "Text", description: "Text.", type: "string", minLength: 1, maxLength: 255 };
  const schema = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://lever-connector.dev/schemas/operations/create_opportunity.json",
    title: "Create Opportunity",
    type: "object",
    additionalProperties: false,
    required: ["name", "tags"],
    properties: { name: text, tags: { title: "Tags", type: "array", items: text }, perform_as: text },
  };
  writeFileSync(join(root, "schemas/operations/create_opportunity.json"), JSON.stringify(schema));
  manifest.operations.create_opportunity = {
    title: "Create Opportunity",
    description: "Makes an opportunity.",
    input: { $ref: "schemas/operations/create_opportunity.json" },
    output: {
      type: "object",
      required: ["data"],
      properties: { data: { $ref: "schemas/resources/opportunity.json" } },
    },
    request: { method: "POST", path: "/opportunities", query: ["perform_as"], body: ["name", "tags"] },
    effect: "create",
    performAs: "required",
    scopes: ["opportunities:write:admin"],
  };
  writeFileSync(join(root, "manifest.json"), JSON.stringify(manifest));
  return root;
}
