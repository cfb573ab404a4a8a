import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "./client.ts";

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly detail?: string;
}

export interface Options {
  readonly data: readonly Option[];
  /** How many there are; more than `data` holds where the list is long. */
  readonly count: number;
  /** When Lever was asked. */
  readonly fetchedAt: string;
}

/** A pick list as a credential sees it; the server remembers it for a minute and says from when it is. */
export const optionsQuery = (credential: string, list: string, search = "") =>
  queryOptions({
    queryKey: ["options", credential, list, search],
    queryFn: ({ signal }) => fetchOptions(credential, list, { search }, signal),
    staleTime: 60_000,
    retry: false,
  });

/** Asks Lever for the list again, however fresh the remembered one is. */
export function useRefreshOptions(credential: string, list: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => fetchOptions(credential, list, { refresh: "true" }),
    onSuccess: (options) => {
      queries.removeQueries({ queryKey: ["options", credential, list], type: "inactive" });
      queries.setQueryData(optionsQuery(credential, list).queryKey, options);
    },
  });
}

function fetchOptions(
  credential: string,
  list: string,
  query: Readonly<Record<string, string>>,
  signal?: AbortSignal,
): Promise<Options> {
  const path = `/api/v1/credentials/${encodeURIComponent(credential)}/options/${encodeURIComponent(list)}`;
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  return call<Options>("GET", asked.size === 0 ? path : `${path}?${asked}`, { signal });
}
