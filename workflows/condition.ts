import { isSame } from "../json-schema/same.ts";
import type { Condition } from "../schemas/types/platform/workflow.ts";
import { kindOf, toTimeMs } from "./values.ts";

/** What a value is compared by. */
export type Operator = Exclude<keyof Condition, "value">;

/** Does a condition hold? Values of kinds that cannot be compared do not match; nothing fails. */
export function holds(operator: Operator, value: unknown, other: unknown): boolean {
  switch (operator) {
    case "equals":
      return isSame(value ?? null, other ?? null);
    case "notEquals":
      return !isSame(value ?? null, other ?? null);
    case "in":
      return Array.isArray(other) && other.some((one) => isSame(value, one));
    case "contains":
      if (typeof value === "string") return typeof other === "string" && value.includes(other);
      return Array.isArray(value) && value.some((one) => isSame(one, other));
    case "exists":
      return (value !== undefined && value !== null) === other;
    case "greater":
      return compare(value, other, (a, b) => a > b);
    case "less":
      return compare(value, other, (a, b) => a < b);
    case "matchesOneOf":
      return typeof value === "string" && Array.isArray(other) && other.some((pattern) => isLike(value, String(pattern)));
  }
}

/** Two numbers, or two times of which at least one is a text. */
function compare(value: unknown, other: unknown, is: (a: number, b: number) => boolean): boolean {
  if (kindOf(value) === "number" && kindOf(other) === "number") return is(value as number, other as number);
  const [a, b] = [toTimeMs(value), toTimeMs(other)];
  return a !== undefined && b !== undefined && is(a, b);
}

/** Is a text like a pattern in which `*` stands for any characters? Case does not matter. */
function isLike(text: string, pattern: string): boolean {
  const characters = text.toLowerCase();
  const [head = "", ...rest] = pattern.toLowerCase().split("*");
  const tail = rest.pop();
  if (tail === undefined) return characters === head;
  if (!characters.startsWith(head)) return false;
  let from = head.length;
  for (const part of rest) {
    const found = characters.indexOf(part, from);
    if (found === -1) return false;
    from = found + part.length;
  }
  return characters.length - tail.length >= from && characters.endsWith(tail);
}
