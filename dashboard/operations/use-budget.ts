import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Budget } from "../../schemas/types/index.ts";
import { call } from "../api/client.ts";
import type { RunState } from "./use-run.ts";

export interface SeenBudget extends Budget {
  /** When it stood so, by this page's clock. */
  readonly atMs: number;
}

const WHILE_RUNNING_MS = 500;

const budgetQuery = (credential: string | undefined) =>
  queryOptions({
    queryKey: ["budget", credential],
    queryFn: ({ signal }) => call("GET /api/v1/credentials/:id/budget", { params: { id: credential ?? "" }, signal }),
    enabled: credential !== undefined,
    staleTime: 0,
  });

/** The chosen credential's rate budget, asked for again after every call, and while one is under way. Asking costs nothing of it. */
export function useBudget({ kind }: RunState, isBusy: boolean, credential: string | undefined): SeenBudget | undefined {
  const queries = useQueryClient();
  const { data, dataUpdatedAt } = useQuery({ ...budgetQuery(credential), refetchInterval: isBusy ? WHILE_RUNNING_MS : false });
  useEffect(() => {
    if (kind === "answer" || kind === "failed") void queries.invalidateQueries({ queryKey: ["budget", credential] });
  }, [kind, queries, credential]);
  return data && { ...data, atMs: dataUpdatedAt };
}
