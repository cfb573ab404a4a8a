import type { Operator } from "../../workflows/condition.ts";

/** How conditions compare, as people say it. */
export const OPERATORS: Readonly<Record<Operator, string>> = {
  contains: "contains",
  equals: "equals",
  notEquals: "does not equal",
  in: "is one of",
  exists: "is there",
  greater: "is greater than",
  less: "is less than",
  matchesOneOf: "is like one of",
};
