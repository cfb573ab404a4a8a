import { Button, SimpleGrid, Stack, Text } from "@mantine/core";
import { IconZoomQuestion } from "@tabler/icons-react";
import { useInfiniteQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { createSearch } from "../../text/fold.ts";
import { type ConnectorCard as Card, connectorsQuery } from "../api/connector.ts";
import { allOf, credentialsQuery } from "../api/credentials.ts";
import { Empty } from "../shell/empty.tsx";
import { Page } from "../shell/page.tsx";
import { ConnectorCard } from "./connector-card.tsx";
import { ConnectorFilter, type Filter } from "./connector-filter.tsx";

export function MarketplacePage() {
  return (
    <Page
      title="Marketplace"
      lead="What this installation connects to. Open a connector to see what it does and to add a credential for it."
    >
      <Connectors />
    </Page>
  );
}

const EVERYTHING: Filter = { search: "", category: null };

function Connectors() {
  const { data: connectors } = useSuspenseQuery(connectorsQuery);
  const credentials = useInfiniteQuery(credentialsQuery);
  const [filter, setFilter] = useState(EVERYTHING);
  const found = connectors.filter((connector) => matches(connector, filter));

  /** Undefined while it is not known. */
  function countOf({ id }: Card) {
    if (credentials.data === undefined) return undefined;
    const count = allOf(credentials.data).filter(({ connector }) => connector === id).length;
    return { count, isMore: credentials.hasNextPage };
  }

  return (
    <Stack gap="lg">
      <ConnectorFilter connectors={connectors} filter={filter} onChange={setFilter} />
      <Text size="sm" c="dimmed" role="status">
        {found.length === 1 ? "1 connector" : `${found.length} connectors`}
      </Text>
      {found.length === 0 ? (
        <Empty
          icon={<IconZoomQuestion />}
          title="No connector matches"
          action={
            <Button variant="light" onClick={() => setFilter(EVERYTHING)}>
              Show all connectors
            </Button>
          }
        >
          No connector has this name or category.
        </Empty>
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="lg" component="ul" p={0} m={0}>
          {found.map((connector) => (
            <ConnectorCard key={connector.id} connector={connector} credentials={countOf(connector)} />
          ))}
        </SimpleGrid>
      )}
    </Stack>
  );
}

/** Every word that is searched for must be somewhere in what the card's listing says. */
function matches({ name, listing }: Card, { search, category }: Filter): boolean {
  if (category !== null && !listing.categories.includes(category)) return false;
  const { tagline, overview, categories, features } = listing;
  const text = [name, tagline, overview, ...categories, ...features.map(({ title }) => title)].join("\n");
  return search.split(/\s+/).every((word) => createSearch(word)(text));
}
