import { createContext, useContext } from "react";
import type { ScopeSchema } from "./scope-schema.ts";

/** What fields know of the place that they are in: what an expression can name there, and what it comes to. */
export interface MappingScope {
  readonly schema: ScopeSchema;
  /** Values to show what comes out: those of the last run, or examples. */
  readonly values: unknown;
  titleOf(step: string): string | undefined;
}

export const MappingScopeContext = createContext<MappingScope | undefined>(undefined);

export function useMappingScope(): MappingScope {
  const scope = useContext(MappingScopeContext);
  if (scope === undefined) throw new Error("this field stands in no step");
  return scope;
}
