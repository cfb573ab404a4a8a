import { fillRecipe } from "../connector/recipes.ts";
import type { Connectors } from "../connector/types.ts";
import { ConnectorError, type Issue, isConnectorError } from "../errors/connector-error.ts";
import type { FilledRecipe, SavedWorkflow, Workflow } from "../schemas/types/index.ts";
import type { Access } from "../store/access.ts";
import { assertNone, type IssuesOf, refused, within } from "./definitions.ts";
import type { Workflows } from "./workflows.ts";

/** Ready-made workflows of the connectors, to be filled in. */
export interface Recipes {
  /**
   * Saves what comes of a recipe as a draft. Without a name it gets the recipe's, with a number where that is taken. What the check
   * finds wrong with an input is refused; what it finds elsewhere stays for the editor.
   *
   * @throws ConnectorError as `fillRecipeOf`, `conflict` where the name is taken
   */
  create(access: Access, choice: FilledRecipe): Promise<SavedWorkflow>;
}

interface RecipesDeps {
  readonly connectors: Connectors;
  readonly workflows: Pick<Workflows, "check" | "create" | "issuesOf">;
}

/** Further drafts of one recipe that are named by a number. */
const MOST_NUMBERED = 99;
const REFUSED = "the recipe cannot be filled in so";

export function createRecipes({ connectors, workflows }: RecipesDeps): Recipes {
  return {
    async create(access, choice) {
      const { definition, inputAt } = fillRecipeOf(connectors, choice, workflows.issuesOf);
      const { findings } = await workflows.check(access, definition);
      const issues = findings.flatMap(({ severity, step, field, code, message }): Issue[] => {
        const at = definition.steps.findIndex(({ id }) => id === step);
        const input = severity === "error" ? inputAt(`/steps/${at}${field}`) : undefined;
        return input === undefined ? [] : [{ pointer: `/inputs/${input}`, keyword: code, message }];
      });
      assertNone(issues, REFUSED);
      return save(access, definition, choice.name !== undefined);
    },
  };

  async function save(access: Access, definition: Workflow, isNamed: boolean): Promise<SavedWorkflow> {
    for (let number = 1; ; number++) {
      try {
        return await workflows.create(access, number === 1 ? definition : numbered(definition, number));
      } catch (error) {
        if (isNamed || number === MOST_NUMBERED || !isConnectorError(error, "conflict")) throw error;
      }
    }
  }
}

function numbered({ name, title, ...rest }: Workflow, number: number): Workflow {
  return { ...rest, name: `${name.slice(0, 57)}-${number}`, title: `${title.slice(0, 97)} ${number}` };
}

/**
 * The definition that comes of a recipe, and which input is at fault where something in it is. Needs no store.
 *
 * @throws ConnectorError `not_found`, `connector_unknown`, `input_invalid` with a place for each input
 */
export function fillRecipeOf(
  connectors: Pick<Connectors, "of">,
  { connector, recipe: name, inputs, ...named }: FilledRecipe,
  issuesOf: IssuesOf,
): { readonly definition: Workflow; readonly inputAt: (pointer: string) => string | undefined } {
  const recipe = connectors.of(connector).manifest.recipes.find((one) => one.name === name);
  if (recipe === undefined) throw new ConnectorError("not_found", "There is no such recipe", { kind: "recipe" });
  const filled = fillRecipe(recipe, inputs);
  if (Array.isArray(filled)) throw refused(within("/inputs", filled), REFUSED);
  const definition: Workflow = { ...filled.definition, ...named };
  const issues = issuesOf(definition).map(({ pointer, ...issue }) => {
    const input = filled.inputAt(pointer);
    return { ...issue, pointer: input === undefined ? pointer : `/inputs/${input}` };
  });
  assertNone(issues, REFUSED);
  return { definition, inputAt: filled.inputAt };
}
