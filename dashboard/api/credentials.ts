import { type InfiniteData, infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import type {
  CheckReport,
  ConnectingCredential,
  Credential,
  CredentialChange,
  CredentialList,
  NewCredential,
} from "../../schemas/types/index.ts";
import { call } from "./client.ts";
import { given } from "./given.ts";

export type { CheckReport, ConnectingCredential, Credential, CredentialChange };

const KEY = ["credentials"] as const;

/** What a list is narrowed to; the server looks for it. */
export interface CredentialFilter {
  /** A part of the nickname or the beginning of the id. */
  readonly search?: string;
  readonly environment?: string | undefined;
  readonly status?: Credential["status"] | undefined;
  /** Usable, but something should be looked at; false: those of which nothing should. */
  readonly warning?: boolean | undefined;
}

/** The form of a new credential of a connector. */
export function addAddress(connector: string): string {
  return `/credentials?add=${encodeURIComponent(connector)}`;
}

/** All of the project's, or those that the filter lets through. */
export const credentialsFound = (filter: CredentialFilter) =>
  infiniteQueryOptions({
    queryKey: [...KEY, "list", given({ ...filter })],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/v1/credentials", { query: given({ limit: 100, ...filter, cursor: pageParam }), signal }),
    initialPageParam: "",
    getNextPageParam: (last: CredentialList) => last.next,
  });

export const credentialsQuery = credentialsFound({});

export function allOf(pages: InfiniteData<CredentialList> | undefined): readonly Credential[] {
  return pages?.pages.flatMap(({ data }) => data) ?? [];
}

export const credentialQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, "one", id],
    queryFn: ({ signal }) => call("GET /api/v1/credentials/:id", { params: { id }, signal }),
  });

export const usageQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, "usage", id],
    queryFn: ({ signal }) => call("GET /api/v1/credentials/:id/usage", { params: { id }, signal }),
  });

/** A change of credentials: all that is shown of them is read again afterwards, also where it failed. Nothing waits for that. */
function useChange<Variables, Result>(change: (variables: Variables) => Promise<Result>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => void queries.invalidateQueries({ queryKey: KEY }),
  });
}

export const useAddCredential = () =>
  useChange((credential: NewCredential) => call("POST /api/v1/credentials", { body: credential }));

export const useTestCredential = () => useChange((id: string) => call("POST /api/v1/credentials/:id/test", { params: { id } }));

/** The report of the last test of the secret that is saved now. */
export const lastReportQuery = (id: string) =>
  queryOptions({
    queryKey: [...KEY, "report", id],
    queryFn: ({ signal }) => call("GET /api/v1/credentials/:id/test", { params: { id }, signal }),
  });

export const useReconnectCredential = () =>
  useChange(({ id, apiKey }: { id: string; apiKey?: string }) =>
    call("POST /api/v1/credentials/:id/reconnect", {
      params: { id },
      body: apiKey === undefined ? {} : { auth: { type: "api_key", apiKey } },
    }),
  );

export function useUpdateCredential() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ id, ...change }: CredentialChange & { readonly id: string }) =>
      call("PATCH /api/v1/credentials/:id", { params: { id }, body: change }),
    onSuccess: (saved) => queries.setQueryData(credentialQuery(saved.id).queryKey, saved),
    onSettled: () => void queries.invalidateQueries({ queryKey: KEY }),
  });
}

/** What is known of the removed one is not read again while its page still stands, only where it is shown again. */
export function useRemoveCredential() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call("DELETE /api/v1/credentials/:id", { params: { id } }),
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: KEY, refetchType: "none" });
      void queries.invalidateQueries({ queryKey: credentialsQuery.queryKey });
    },
  });
}
