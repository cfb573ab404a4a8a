import { useInfiniteQuery, useQuery, useSuspenseQueries, useSuspenseQuery } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import type { Catalog } from "../../workflows/types.ts";
import { type Connector, connectorQuery, connectorsQuery } from "./connector.ts";
import { allOf, type Credential, credentialsQuery } from "./credentials.ts";
import { destinationsQuery } from "./destinations.ts";
import { type EndpointPreset, endpointsQuery, presetsQuery, toCatalogEndpoints } from "./endpoints.ts";

/** What a workflow can use here: connectors with their operations, credentials, destinations. */
export interface Usable {
  readonly catalog: Catalog;
  readonly connectors: Readonly<Record<string, Connector>>;
  readonly credentials: readonly Credential[];
}

export function useUsable(): Usable {
  const { data: cards } = useSuspenseQuery(connectorsQuery);
  const read = useSuspenseQueries({ queries: cards.map(({ id }) => connectorQuery(id)) });
  const { data } = useEveryPage(useInfiniteQuery(credentialsQuery));
  const { data: destinations } = useEveryPage(useInfiniteQuery(destinationsQuery));
  const { data: endpoints } = useEveryPage(useInfiniteQuery(endpointsQuery));
  const { data: presets = NO_PRESETS } = useQuery(presetsQuery);
  const manifests = read.map((one) => one.data);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the list is made anew each time, its entries are not
  return useMemo(() => {
    const connectors = Object.fromEntries(manifests.map((connector) => [connector.id, connector]));
    const credentials = allOf(data);
    const named = destinations?.pages.flatMap((page) => page.data) ?? [];
    const starting = toCatalogEndpoints(endpoints?.pages.flatMap((page) => page.data) ?? [], presets);
    const known = { connectors: connectors as Catalog["connectors"], credentials, destinations: named };
    const catalog: Catalog = { ...known, endpoints: starting };
    return { connectors, credentials, catalog };
  }, [data, destinations, endpoints, presets, ...manifests]);
}

const NO_PRESETS: readonly EndpointPreset[] = [];

interface Pages<Data> {
  readonly data: Data;
  readonly hasNextPage: boolean;
  readonly isFetching: boolean;
  readonly isError: boolean;
  fetchNextPage(): unknown;
}

/** What was not read yet would be called unknown. */
function useEveryPage<Data>(query: Pages<Data>): Pages<Data> {
  const { hasNextPage, isFetching, isError, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError) void fetchNextPage();
  }, [hasNextPage, isFetching, isError, fetchNextPage]);
  return query;
}
