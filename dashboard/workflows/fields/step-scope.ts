import { createContext, useContext } from "react";
import type { Finding } from "../../../workflows/types.ts";

/** What the fields of one step know: what is wrong with it, and whose pick lists are offered. */
export interface StepScope {
  /** Of this step, or of the workflow where it is about no step. */
  readonly findings: readonly Finding[];
  readonly credential: string | undefined;
  /** Texts that are no JSON yet, by pointer. */
  readonly textOf: (pointer: string) => string | undefined;
  readonly setText: (pointer: string, text: string | undefined) => void;
}

export const StepScopeContext = createContext<StepScope | undefined>(undefined);

export function useStepScope(): StepScope {
  const scope = useContext(StepScopeContext);
  if (scope === undefined) throw new Error("this field stands in no step");
  return scope;
}

/** What is wrong at a place; with `isWhole` also below it. */
export function useFindings(pointer: string, isWhole = true): readonly Finding[] {
  const { findings } = useStepScope();
  return findings.filter(({ field }) => field === pointer || (isWhole && field.startsWith(`${pointer}/`)));
}
