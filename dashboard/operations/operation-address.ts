import { useSuspenseQuery } from "@tanstack/react-query";
import { useCallback, useContext } from "react";
import { ConnectorScope, connectorsQuery } from "../api/connector.ts";

/** The address of an operation of the connector that is shown; the built-in one goes without saying. */
export function useOperationAddress(): (operation: string) => string {
  const scope = useContext(ConnectorScope);
  const { data: cards } = useSuspenseQuery(connectorsQuery);
  const query = scope === undefined || scope === cards[0]?.id ? "" : `?connector=${encodeURIComponent(scope)}`;
  return useCallback((operation) => `/operations/${operation}${query}`, [query]);
}
