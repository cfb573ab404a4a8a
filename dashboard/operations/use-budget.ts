import { skipToken, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { SeenBudget } from "./budget-gauge.tsx";
import type { RunState } from "./use-run.ts";

/** The budget of the chosen credential as the last answer told it, whichever operation that was. */
export function useBudget(state: RunState, credential: string | undefined): SeenBudget | undefined {
  const queries = useQueryClient();
  useEffect(() => {
    if (state.kind !== "answer") return;
    const seen: SeenBudget = { ...state.answer.meta.budget, atMs: Date.now() };
    queries.setQueryData(keyOf(state.call.credential), seen);
  }, [state, queries]);
  return useQuery<SeenBudget>({ queryKey: keyOf(credential), queryFn: skipToken }).data;
}

function keyOf(credential: string | undefined) {
  return ["budget", credential];
}
