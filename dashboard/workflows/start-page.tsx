import { Anchor, Badge, Group, Paper, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { IconClipboardList, IconFilePlus } from "@tabler/icons-react";
import { Link } from "wouter";
import { useUsable } from "../api/catalog.ts";
import { BackLink } from "../shell/back-link.tsx";
import { Page } from "../shell/page.tsx";

/** What a workflow begins with: nothing, or a recipe of a connector. */
export function StartPage() {
  return (
    <Page
      title="New workflow"
      above={<BackLink to="/workflows">Workflows</BackLink>}
      lead="Begin with an empty workflow, or fill in a recipe and change what it comes to."
    >
      <Choices />
    </Page>
  );
}

function Choices() {
  const { connectors } = useUsable();
  const known = Object.values(connectors);
  return (
    <SimpleGrid component="ul" cols={{ base: 1, sm: 2 }} spacing="md" p={0} m={0} style={{ listStyle: "none" }}>
      <Choice to="/workflows/new" title="Empty workflow" icon={<IconFilePlus size={20} aria-hidden />}>
        Choose what starts it, and add its steps one by one.
      </Choice>
      {known.flatMap(({ id, name, recipes }) =>
        recipes.map((recipe) => (
          <Choice
            key={`${id} ${recipe.name}`}
            to={recipeAddress(id, recipe.name)}
            title={recipe.title}
            icon={<IconClipboardList size={20} aria-hidden />}
            of={known.length > 1 ? name : undefined}
          >
            {recipe.summary}
          </Choice>
        )),
      )}
    </SimpleGrid>
  );
}

function recipeAddress(connector: string, recipe: string): string {
  return `/workflows/start/${encodeURIComponent(connector)}/${encodeURIComponent(recipe)}`;
}

interface ChoiceProps {
  readonly to: string;
  readonly title: string;
  readonly icon: React.ReactNode;
  /** Name of its connector, where there are several. */
  readonly of?: string | undefined;
  readonly children: string;
}

function Choice({ to, title, icon, of, children }: ChoiceProps) {
  return (
    <Paper component="li">
      <Stack gap={6}>
        <Group gap="xs" wrap="nowrap">
          {icon}
          <Title order={2} size="h4">
            <Anchor component={Link} href={to} inherit>
              {title}
            </Anchor>
          </Title>
          {of !== undefined && <Badge variant="light">{of}</Badge>}
        </Group>
        <Text size="sm" c="dimmed">
          {children}
        </Text>
      </Stack>
    </Paper>
  );
}
