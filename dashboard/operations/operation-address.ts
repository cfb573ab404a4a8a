import { useQuery } from "@tanstack/react-query";
import { useCallback, useContext } from "react";
import { ConnectorScope, connectorsQuery } from "../api/connector.ts";

/**
 * The address of an operation of the connector that is shown; the built-in one goes without saying. Does not suspend: what unfolds while it
 * waits would be hidden, and measured as nothing.
 */
export function useOperationAddress(): (operation: string) => string {
  const scope = useContext(ConnectorScope);
  const { data: cards } = useQuery(connectorsQuery);
  const query = scope === undefined || scope === cards?.[0]?.id ? "" : `?connector=${encodeURIComponent(scope)}`;
  return useCallback((operation) => `/operations/${operation}${query}`, [query]);
}
