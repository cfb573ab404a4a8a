import { infiniteQueryOptions } from "@tanstack/react-query";
import type { Routes, Write, WriteList } from "../../schemas/types/index.ts";
import { BASE_PATH } from "../base-path.ts";
import { call } from "./client.ts";
import { given } from "./given.ts";

export type { Write };
export type WriteOutcome = Write["outcome"];

/** As the address of the page holds them; "" = any. */
export interface WriteFilter {
  readonly credential: string;
  readonly operation: string;
  readonly outcome: string;
  readonly from: string;
  readonly request: string;
}

/** What is none of the outcomes is refused by the server, which says which there are. */
type Asked = Routes["GET /api/v1/writes"]["query"];

export const writesQuery = (filter: WriteFilter) =>
  infiniteQueryOptions({
    queryKey: ["writes", filter],
    queryFn: ({ pageParam, signal }) =>
      call("GET /api/v1/writes", { query: given({ ...(filter as Asked), limit: 50, cursor: pageParam }), signal }),
    initialPageParam: "",
    getNextPageParam: (last: WriteList) => last.next,
    staleTime: 0,
  });

/** Where the browser downloads all that match. */
export function exportAddress(filter: WriteFilter, format: "csv" | "ndjson"): string {
  return `${BASE_PATH}/api/v1/writes?${new URLSearchParams(given({ ...filter, format }))}`;
}
