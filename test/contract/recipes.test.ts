import { describe, expect, it } from "@jest/globals";
import { createWorkflowCatalog } from "../../app/workflow-catalog.ts";
import { loadConnectors } from "../../connector/connectors.ts";
import { fillRecipe, type Recipe } from "../../connector/recipes.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { checkWorkflow } from "../../workflows/check.ts";
import { issuesOfWorkflow } from "../../workflows/definition.ts";
import type { Workflow } from "../../workflows/types.ts";
import { accessTo } from "../support/access.ts";
import { CONNECTORS_DIR, readJson } from "../support/json-schemas.ts";

const connectors = loadConnectors({ dir: CONNECTORS_DIR });
const recipes = connectors.all.flatMap(({ manifest }) =>
  manifest.recipes.map((recipe) => [`${manifest.id}: ${recipe.name}`, recipe, manifest.id] as const),
);

/** What a project has that the examples name. */
function catalogOf(connector: string) {
  const credential = { id: "cred_1", nickname: connector === "lever" ? "Lever production" : "Quill notebook", connector };
  const page = (data: object[]) => ({ list: async () => ({ data }) }) as never;
  return createWorkflowCatalog({
    connectors,
    credentials: page([{ ...credential, scopes: null, defaultPerformAs: "user-1" }]),
    destinations: page([{ id: "dest_1", name: "Results" }]),
    triggers: { presetOf: () => undefined, endpoints: page([]) },
  }).of(accessTo("default"));
}

function definitionOf(recipe: Recipe, inputs: unknown): Workflow {
  const filled = fillRecipe(recipe, inputs);
  if (Array.isArray(filled)) throw new Error(JSON.stringify(filled));
  return filled.definition;
}

it("there are recipes of every connector", () => {
  expect(recipes.map(([name]) => name)).toEqual([
    "lever: verification-write-back",
    "lever: tag-hygiene-sweep",
    "lever: enrich-a-decision",
    "lever: stuck-verification-reminder",
    "quill: label-every-week",
  ]);
});

describe.each(recipes)("the recipe %s", (_name, recipe, connector) => {
  const schema = recipe.inputs as { required: string[]; properties: Record<string, { title?: string; description?: string }> };
  const required = Object.fromEntries(Object.entries(recipe.example).filter(([name]) => schema.required.includes(name)));

  it.each([
    ["its example", recipe.example],
    ["what it requires alone", required],
  ])("filled in with %s is a workflow that passes the check without errors", async (_, inputs) => {
    const definition = definitionOf(recipe, inputs);
    expect(issuesOfWorkflow(definition, readJson("schemas/platform/workflow.json") as JsonSchema)).toEqual([]);
    const findings = checkWorkflow(definition, await catalogOf(connector));
    // What is told to a system of the project's own is for the person to weigh; all else is certain.
    expect(findings.filter(({ severity, code }) => severity === "error" || code !== "sensitive")).toEqual([]);
    expect(JSON.stringify(definition)).not.toMatch(/<<|undefined/);
  });

  it("says in words what it asks for", () => {
    for (const field of Object.values(schema.properties)) {
      expect(field.title).toMatch(/^[A-Z]/);
      expect(field.description).toMatch(/\.$/);
    }
  });
});
