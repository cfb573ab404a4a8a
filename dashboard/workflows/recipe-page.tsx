import { useUsable } from "../api/catalog.ts";
import { ConnectorScope } from "../api/connector.ts";
import { BackLink } from "../shell/back-link.tsx";
import { lazyPart } from "../shell/lazy-part.ts";
import { Missing } from "../shell/missing.tsx";
import { Page } from "../shell/page.tsx";

const RecipeForm = lazyPart(async () => (await import("./input-forms.ts")).RecipeForm);

interface RecipePageProps {
  readonly connector: string;
  readonly recipe: string;
}

/** Fills in a recipe; what it comes to is saved as a draft and opened in the editor. */
export function RecipePage({ connector, recipe: name }: RecipePageProps) {
  const usable = useUsable();
  const recipe = usable.connectors[connector]?.recipes.find((one) => one.name === name);
  return (
    <Page
      title={recipe?.title ?? "Recipe"}
      lead={recipe?.summary}
      above={<BackLink to="/workflows/start">New workflow</BackLink>}
    >
      {recipe ? (
        <ConnectorScope value={connector}>
          <RecipeForm connector={connector} recipe={recipe} usable={usable} />
        </ConnectorScope>
      ) : (
        <Missing what="recipe" list="/workflows/start">
          The connector was changed or removed.
        </Missing>
      )}
    </Page>
  );
}
