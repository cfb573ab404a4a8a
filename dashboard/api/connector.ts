import { queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";
import type { ConnectorList, Manifest } from "../../schemas/types/index.ts";
import { call } from "./client.ts";
import type { Schema } from "./schema.ts";

export type { Schema };

export type Operation = Manifest["operations"][string] & { readonly input: Schema; readonly output: Schema };

export type Environment = Manifest["environments"][keyof Manifest["environments"]];

/** The whole manifest, with its schemas resolved and the environments of this installation. */
export interface Connector extends Omit<Manifest, "operations" | "environments"> {
  readonly operations: Readonly<Record<string, Operation>>;
  readonly environments: Readonly<Record<string, Environment>>;
}

export type ConnectorCard = ConnectorList["data"][number];

export const connectorsQuery = queryOptions({
  queryKey: ["connectors"],
  queryFn: async ({ signal }) => (await call("GET /api/v1/connectors", { signal })).data,
  staleTime: Number.POSITIVE_INFINITY,
});

export const connectorQuery = (id: string) =>
  queryOptions({
    queryKey: ["connectors", id],
    queryFn: async ({ signal }) =>
      (await call("GET /api/v1/connectors/:connector", { params: { connector: id }, signal })) as unknown as Connector,
    // The manifest changes only with the server.
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Which connector a part of a page speaks of; the built-in one where nothing says so. */
export const ConnectorScope = createContext<string | undefined>(undefined);

/** Of the part of the page that asks (`ConnectorScope`), or the one that is named. */
export function useConnector(named?: string): Connector {
  const scope = useContext(ConnectorScope);
  const { data: cards } = useSuspenseQuery(connectorsQuery);
  return useSuspenseQuery(connectorQuery(named ?? scope ?? (cards[0]?.id as string))).data;
}
