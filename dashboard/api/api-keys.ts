import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { ApiKey } from "../../schemas/types/index.ts";
import { call } from "./client.ts";

export type { ApiKey };

/** With the key itself: it is in the answer to its creation, and nowhere else. */
export type NewApiKey = ApiKey & { readonly key: string };

export interface KeyScope {
  readonly name: string;
  readonly description: string;
}

interface Page {
  readonly data: readonly ApiKey[];
  readonly next?: string;
}

const KEY = ["api-keys"] as const;
const PAGE_SIZE = 50;

export const apiKeysQuery = infiniteQueryOptions({
  queryKey: KEY,
  queryFn: ({ pageParam, signal }) => {
    const cursor = pageParam === "" ? "" : `&cursor=${encodeURIComponent(pageParam)}`;
    return call<Page>("GET", `/api/v1/api-keys?limit=${PAGE_SIZE}${cursor}`, { signal });
  },
  initialPageParam: "",
  getNextPageParam: (last: Page) => last.next,
});

export const keyScopesQuery = queryOptions({
  queryKey: ["key-scopes"],
  queryFn: async ({ signal }) => (await call<{ data: KeyScope[] }>("GET", "/api/v1/settings/scopes", { signal })).data,
  // They change only with the server.
  staleTime: Number.POSITIVE_INFINITY,
});

export function useCreateApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (key: { name: string; scopes: readonly string[] }) => call<NewApiKey>("POST", "/api/v1/api-keys", { body: key }),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
    // The key is not remembered by the page any longer than it is shown.
    gcTime: 0,
  });
}

export function useRevokeApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call<ApiKey>("DELETE", `/api/v1/api-keys/${encodeURIComponent(id)}`),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
