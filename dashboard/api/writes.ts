import { infiniteQueryOptions } from "@tanstack/react-query";
import { BASE_PATH } from "../base-path.ts";
import { call } from "./client.ts";

export type WriteOutcome = "running" | "succeeded" | "failed" | "outcome_unknown" | "superseded";

/** One write, as its record tells it. */
export interface Write {
  readonly id: string;
  readonly at: string;
  readonly endedAt: string | null;
  readonly credential: string;
  /** Null where the credential was removed. */
  readonly nickname: string | null;
  readonly connector: string | null;
  readonly operation: string;
  readonly actor: string | null;
  readonly performAs: string | null;
  readonly target: { readonly field: string; readonly id: string } | null;
  readonly changed: { readonly field: string; readonly added: readonly string[]; readonly removed: readonly string[] } | null;
  readonly outcome: WriteOutcome;
  readonly code: string | null;
  readonly attempts: number | null;
  readonly requestId: string | null;
}

/** As the address of the page holds them; "" = any. */
export interface WriteFilter {
  readonly credential: string;
  readonly operation: string;
  readonly outcome: string;
  readonly from: string;
  readonly request: string;
}

interface Page {
  readonly data: readonly Write[];
  readonly next?: string;
}

function toQuery(filter: WriteFilter, more: Readonly<Record<string, string>>): string {
  return new URLSearchParams(Object.entries({ ...filter, ...more }).filter(([, value]) => value !== "")).toString();
}

export const writesQuery = (filter: WriteFilter) =>
  infiniteQueryOptions({
    queryKey: ["writes", filter],
    queryFn: ({ pageParam, signal }) =>
      call<Page>("GET", `/api/v1/writes?${toQuery(filter, { limit: "50", cursor: pageParam })}`, { signal }),
    initialPageParam: "",
    getNextPageParam: (last: Page) => last.next,
    staleTime: 0,
  });

/** Where the browser downloads all that match. */
export function exportAddress(filter: WriteFilter, format: "csv" | "ndjson"): string {
  return `${BASE_PATH}/api/v1/writes?${toQuery(filter, { format })}`;
}
