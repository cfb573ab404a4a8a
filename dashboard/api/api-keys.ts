import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { ApiKey, ApiKeyList, CreatedApiKey, NewApiKey, ScopeList } from "../../schemas/types/index.ts";
import { call } from "./client.ts";
import { given } from "./given.ts";

export type { ApiKey, CreatedApiKey, NewApiKey };

export type KeyScope = ScopeList["data"][number];

const KEY = ["api-keys"] as const;
const PAGE_SIZE = 50;

export const apiKeysQuery = infiniteQueryOptions({
  queryKey: KEY,
  queryFn: ({ pageParam, signal }) =>
    call("GET /api/v1/api-keys", { query: given({ limit: PAGE_SIZE, cursor: pageParam }), signal }),
  initialPageParam: "",
  getNextPageParam: (last: ApiKeyList) => last.next,
});

export const keyScopesQuery = queryOptions({
  queryKey: ["key-scopes"],
  queryFn: async ({ signal }) => (await call("GET /api/v1/settings/scopes", { signal })).data,
  // They change only with the server.
  staleTime: Number.POSITIVE_INFINITY,
});

export function useCreateApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (key: NewApiKey) => call("POST /api/v1/api-keys", { body: key }),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
    // The key is not remembered by the page any longer than it is shown.
    gcTime: 0,
  });
}

export function useRevokeApiKey() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call("DELETE /api/v1/api-keys/:id", { params: { id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: KEY }),
  });
}
