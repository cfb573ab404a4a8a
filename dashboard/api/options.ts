import { queryOptions } from "@tanstack/react-query";
import { call } from "./client.ts";

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly detail?: string;
}

export interface Options {
  readonly data: readonly Option[];
  readonly count: number;
  /** When Lever was asked. */
  readonly fetchedAt: string;
}

/** The whole pick list as a credential sees it; the server remembers it for a minute and says from when it is. */
export const optionsQuery = (credential: string, list: string) =>
  queryOptions({
    queryKey: ["options", credential, list],
    queryFn: ({ signal }) => fetchOptions(credential, list, false, signal),
    staleTime: 60_000,
    retry: false,
  });

export function fetchOptions(credential: string, list: string, refresh: boolean, signal?: AbortSignal): Promise<Options> {
  const path = `/api/v1/credentials/${encodeURIComponent(credential)}/options/${encodeURIComponent(list)}`;
  return call<Options>("GET", refresh ? `${path}?refresh=true` : path, { signal });
}
