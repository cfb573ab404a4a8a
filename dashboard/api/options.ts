import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { Options } from "../../schemas/types/index.ts";
import { call } from "./client.ts";
import { given } from "./given.ts";
import { runOperation } from "./operations.ts";

export type { Options };
export type Option = Options["data"][number];

/** A pick list as a credential sees it; the server remembers it for a minute and says from when it is. */
export const optionsQuery = (credential: string, list: string, search = "") =>
  queryOptions({
    queryKey: ["options", credential, list, search],
    queryFn: ({ signal }) => fetchOptions(credential, list, { search }, signal),
    staleTime: 60_000,
    retry: false,
  });

/** A list in a record, whose values are offered in place of a pick list. */
export interface RecordList {
  /** Reads the record. */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly field: string;
}

/** What a record has now: read from the service each time, never remembered. */
export const recordListQuery = (credential: string, { operation, input, field }: RecordList) =>
  queryOptions({
    queryKey: ["record-list", credential, operation, field, JSON.stringify(input)],
    queryFn: async ({ signal }): Promise<Options> => {
      const { output } = await runOperation({ operation, credential, input }, { signal });
      const values = (output.data as Record<string, unknown> | undefined)?.[field];
      const data = (Array.isArray(values) ? values : []).map((value) => ({ value: String(value), label: String(value) }));
      return { data, count: data.length, fetchedAt: new Date().toISOString() };
    },
    staleTime: 0,
    gcTime: 0,
    retry: false,
  });

/** Asks the service for the list again, however fresh the remembered one is. */
export function useRefreshOptions(credential: string, list: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => fetchOptions(credential, list, { refresh: true }),
    onSuccess: (options) => {
      queries.removeQueries({ queryKey: ["options", credential, list], type: "inactive" });
      queries.setQueryData(optionsQuery(credential, list).queryKey, options);
    },
  });
}

function fetchOptions(
  credential: string,
  list: string,
  query: { readonly search?: string; readonly refresh?: boolean },
  signal?: AbortSignal,
): Promise<Options> {
  return call("GET /api/v1/credentials/:id/options/:list", { params: { id: credential, list }, query: given(query), signal });
}
