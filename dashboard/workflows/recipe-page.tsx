import { Button } from "@mantine/core";
import { IconZoomQuestion } from "@tabler/icons-react";
import { Link } from "wouter";
import { useUsable } from "../api/catalog.ts";
import { ConnectorScope } from "../api/connector.ts";
import { BackLink } from "../shell/back-link.tsx";
import { Empty } from "../shell/empty.tsx";
import { lazyPart } from "../shell/lazy-part.ts";
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
        <Empty
          icon={<IconZoomQuestion />}
          title="There is no such recipe"
          action={
            <Button component={Link} href="/workflows/start" variant="light">
              All recipes
            </Button>
          }
        >
          The connector may have been changed or removed.
        </Empty>
      )}
    </Page>
  );
}
