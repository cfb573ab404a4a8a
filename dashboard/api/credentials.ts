import { type InfiniteData, infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type { CheckReport, Credential, Usage } from "../../schemas/types/index.ts";
import { call } from "./client.ts";

export type { CheckReport, Credential };

export interface NewCredential {
  readonly connector: string;
  readonly nickname: string;
  readonly environment: string;
  readonly auth: { readonly type: "oauth2" } | { readonly type: "api_key"; readonly apiKey: string };
  readonly defaultPerformAs?: string | null;
}

/** Where a consent begins; absent where none is needed. */
export type Connecting = Credential & { readonly authorizeUrl?: string };

interface Page {
  readonly data: readonly Credential[];
  readonly next?: string;
}

const KEY = ["credentials"] as const;
const path = (id: string) => `/api/v1/credentials/${encodeURIComponent(id)}`;

/** All of the project's, or those that the server finds by a part of their nickname or id. */
export const credentialsFound = (search: string) =>
  infiniteQueryOptions({
    queryKey: [...KEY, "list", ...(search === "" ? [] : [search])],
    queryFn: ({ pageParam, signal }) => {
      const narrowed = { ...(search !== "" && { search }), ...(pageParam !== "" && { cursor: pageParam }) };
      return call<Page>("GET", `/api/v1/credentials?${new URLSearchParams({ limit: "100", ...narrowed })}`, { signal });
    },
    initialPageParam: "",
    getNextPageParam: (last: Page) => last.next,
  });

export const credentialsQuery = credentialsFound("");

export function allOf(pages: InfiniteData<Page> | undefined): readonly Credential[] {
  return pages?.pages.flatMap(({ data }) => data) ?? [];
}

export const credentialQuery = (id: string) =>
  queryOptions({ queryKey: [...KEY, "one", id], queryFn: ({ signal }) => call<Credential>("GET", path(id), { signal }) });

export const usageQuery = (id: string) =>
  queryOptions({ queryKey: [...KEY, "usage", id], queryFn: ({ signal }) => call<Usage>("GET", `${path(id)}/usage`, { signal }) });

/** A change of credentials: all that is shown of them is read again afterwards, also where it failed. Nothing waits for that. */
function useChange<Variables, Result>(change: (variables: Variables) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => void queries.invalidateQueries({ queryKey: KEY }),
  });
}

export const useAddCredential = () =>
  useChange((credential: NewCredential) => call<Connecting>("POST", "/api/v1/credentials", { body: credential }));

export const useTestCredential = () => useChange((id: string) => call<CheckReport>("POST", `${path(id)}/test`));

/** The report of the last test of the secret that is saved now. */
export const lastReportQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, "report", id],
    queryFn: ({ signal }) => call<CheckReport>("GET", `${path(id)}/test`, { signal }),
  });

export const useReconnectCredential = () =>
  useChange(({ id, apiKey }: { id: string; apiKey?: string }) =>
    call<Connecting>("POST", `${path(id)}/reconnect`, {
      body: apiKey === undefined ? {} : { auth: { type: "api_key", apiKey } },
    }),
  );

export interface CredentialChange {
  readonly id: string;
  readonly nickname?: string;
  readonly defaultPerformAs?: string | null;
  readonly acceptUnknownPerformAs?: boolean;
  readonly version?: number;
}

export function useUpdateCredential() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...change }: CredentialChange) => call<Credential>("PATCH", path(id), { body: change }),
    onSuccess: (saved) => queries.setQueryData(credentialQuery(saved.id).queryKey, saved),
    onSettled: () => void queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** What is known of the removed one is not read again while its page still stands, only where it is shown again. */
export function useRemoveCredential() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call<void>("DELETE", path(id)),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: KEY, refetchType: "none" });
      void queries.invalidateQueries({ queryKey: credentialsQuery.queryKey });
    },
  });
}
