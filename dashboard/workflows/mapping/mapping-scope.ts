import { createContext, useContext } from "react";
import type { Source } from "../../../workflows/preview.ts";
import type { ScopeSchema } from "./scope-schema.ts";

/** What fields know of the place that they are in: what an expression can name there, and what it comes to. */
export interface MappingScope {
  readonly schema: ScopeSchema;
  /** Values to show what comes out: those of the last test or run, or examples. */
  readonly values: unknown;
  /** Which of these a value is. */
  sourceOf(path: readonly (string | number)[]): Source | "test";
  titleOf(step: string): string | undefined;
}

export const MappingScopeContext = createContext<MappingScope | undefined>(undefined);

export function useMappingScope(): MappingScope {
  const scope = useContext(MappingScopeContext);
  if (scope === undefined) throw new Error("this field stands in no step");
  return scope;
}
