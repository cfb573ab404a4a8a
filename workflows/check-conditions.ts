import { entryOf, flatten } from "../json-schema/follow.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { violations } from "../json-schema/violations.ts";
import { type CheckedStep, outcomeOf } from "./checked-step.ts";
import { holds, type Operator } from "./condition.ts";
import type { Outcome } from "./filters.ts";
import type { Mapped } from "./mapping.ts";
import { comparisonOf, conditionsOf } from "./parse.ts";

/** Looks for conditions that can never hold, or always do, by the kinds and listed values of what is compared. */
export function checkConditions(checked: CheckedStep): void {
  for (const { field, condition } of conditionsOf(checked.step)) {
    const { operator } = comparisonOf(condition);
    const [value, other] = [`${field}/value`, `${field}/${operator}`].map((at) =>
      outcomeOf(checked.mapped.get(at) as Mapped, { checked, scope: checked.itemScope }, at),
    );
    if (value === undefined || other === undefined) continue;
    const verdict = verdictOf(operator, value, other);
    if (verdict === undefined) continue;
    const mapped = checked.mapped.get(`${field}/value`);
    checked.tell(field, {
      severity: "doubt",
      code: verdict.holds ? "always_true" : "never_true",
      message: `The condition ${verdict.holds ? "always" : "never"} holds: ${verdict.reason}.`,
      ...(mapped?.kind === "expression" && { expression: mapped.expression.source }),
    });
  }
}

interface Verdict {
  readonly holds: boolean;
  readonly reason: string;
}

function verdictOf(operator: Operator, value: Outcome, other: Outcome): Verdict | undefined {
  if ([...value.schemas, ...other.schemas].some(({ type }) => type === undefined)) return undefined;
  const exact = verdictOfValues(operator, value, other);
  if (exact !== undefined) return exact;
  switch (operator) {
    case "exists": {
      const wanted = other.schemas[0]?.const === true;
      if (!value.maybeNothing) return { holds: wanted, reason: "there is always a value" };
      return value.schemas.length === 0 ? { holds: !wanted, reason: "there is never a value" } : undefined;
    }
    case "equals":
      return canBeSame(value, other) ? undefined : { holds: false, reason: "the two are never the same" };
    case "notEquals":
      return canBeSame(value, other) ? undefined : { holds: true, reason: "the two are never the same" };
    case "in": {
      const lists = other.schemas.filter(({ type }) => type === "array");
      if (lists.length === 0) return { holds: false, reason: "what it is looked for in is no list" };
      return lists.some((list) => canHold(list, value)) ? undefined : { holds: false, reason: "the list never has the value" };
    }
    case "contains":
      return canContain(value, other) ? undefined : { holds: false, reason: "the value is no text or list that can contain it" };
    case "greater":
    case "less":
      return canCompare(value, other) ? undefined : { holds: false, reason: "the two are neither numbers nor times" };
    case "matchesOneOf":
      return value.schemas.some(({ type }) => type === "string") ? undefined : { holds: false, reason: "the value is no text" };
  }
}

/** Where all values are known, the comparison is made with each. */
function verdictOfValues(operator: Operator, value: Outcome, other: Outcome): Verdict | undefined {
  const [values, others] = [valuesOf(value), valuesOf(other)];
  if (values === undefined || others === undefined || values.length * others.length > 2500) return undefined;
  const outcomes = new Set(values.flatMap((one) => others.map((two) => holds(operator, one, two))));
  const [only] = outcomes;
  return outcomes.size === 1
    ? { holds: only === true, reason: `the value is ${values.map((one) => JSON.stringify(one) ?? "missing").join(" or ")}` }
    : undefined;
}

function valuesOf({ schemas, maybeNothing }: Outcome): unknown[] | undefined {
  if (!schemas.every((schema) => "const" in schema)) return undefined;
  return [...schemas.map((schema) => schema.const), ...(maybeNothing ? [undefined] : [])];
}

function canBeSame(a: Outcome, b: Outcome): boolean {
  return (a.maybeNothing && b.maybeNothing) || a.schemas.some((one) => b.schemas.some((two) => canMatch(one, two)));
}

function canMatch(a: JsonSchema, b: JsonSchema): boolean {
  if ("const" in a) return violations(withoutMarks(b), a.const).length === 0;
  if ("const" in b) return violations(withoutMarks(a), b.const).length === 0;
  const number = (type: unknown) => (type === "integer" ? "number" : type);
  return a.type === undefined || b.type === undefined || number(a.type) === number(b.type);
}

/** Patterns of users are not run, and a service may answer more than it says. */
function withoutMarks({ pattern: _pattern, format: _format, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

function canHold(list: JsonSchema, value: Outcome): boolean {
  if (Array.isArray(list.const))
    return list.const.some((one) => canBeSame(value, { schemas: flatten({ const: one }), maybeNothing: false }));
  return canBeSame(value, { schemas: flatten(entryOf(list)), maybeNothing: false });
}

function canContain(value: Outcome, other: Outcome): boolean {
  return value.schemas.some((one) =>
    one.type === "string" ? other.schemas.some(({ type }) => type === "string") : one.type === "array" && canHold(one, other),
  );
}

function canCompare(value: Outcome, other: Outcome): boolean {
  const isOrdered = ({ type, const: one, format }: JsonSchema) =>
    type === "integer" ||
    type === "number" ||
    (type === "string" && (format === "date-time" || one === undefined || /^\d{4}-/.test(String(one))));
  return value.schemas.some(isOrdered) && other.schemas.some(isOrdered);
}
