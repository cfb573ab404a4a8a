import { useEffect, useState } from "react";
import type { SeenBudget } from "./budget-gauge.tsx";
import type { RunState } from "./use-run.ts";

/** The budget of the chosen credential as the last answer told it. */
export function useBudget(state: RunState, credential: string | undefined): SeenBudget | undefined {
  const [seen, setSeen] = useState<SeenBudget>();
  useEffect(() => {
    if (state.kind === "answer") setSeen({ ...state.answer.meta.budget, credential: state.call.credential, atMs: Date.now() });
  }, [state]);
  return seen?.credential === credential ? seen : undefined;
}
