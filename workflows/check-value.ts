import { entryOf, flatten } from "../json-schema/follow.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import { violations } from "../json-schema/violations.ts";
import { walkSchema } from "../json-schema/walk.ts";
import { type CheckedStep, outcomeOf } from "./checked-step.ts";
import type { Outcome } from "./filters.ts";
import { misfit } from "./fits.ts";
import { inferExpression } from "./infer.ts";
import type { Mapped } from "./mapping.ts";
import { nearest } from "./nearest.ts";

/** Where a value goes. */
export interface Target {
  readonly checked: CheckedStep;
  readonly scope: JsonSchema;
  readonly field: string;
  /** Whether something must be there. */
  readonly isRequired: boolean;
}

/** Compares what a person wrote with what a field takes, and tells each misfit where it stands. */
export function checkValue(mapped: Mapped, accepted: JsonSchema, target: Target) {
  const { field, checked, scope } = target;
  switch (mapped.kind) {
    case "literal":
      return checkLiteral(mapped.value, accepted, target);
    case "expression": {
      const outcome = checked.infer(mapped.expression, field, scope);
      return outcome && checkOutcome(outcome, accepted, { ...target, expression: mapped.expression.source });
    }
    case "text": {
      const outcome = outcomeOf(mapped, target, field);
      return outcome && checkOutcome(outcome, accepted, { ...target, expression: mapped.source });
    }
    case "list":
      return checkList(mapped.entries, accepted, target);
    case "object":
      return checkObject(mapped.fields, accepted, target);
  }
}

function checkOutcome(
  outcome: Outcome,
  accepted: JsonSchema,
  { checked, field, isRequired, expression }: Target & { readonly expression: string },
): void {
  if (outcome.maybeNothing && isRequired) {
    const isError = outcome.schemas.length === 0;
    checked.tell(field, {
      severity: isError ? "error" : "doubt",
      code: "maybe_absent",
      expression,
      message: isError ? "There is never a value, and the field needs one." : "There may be no value, and the field needs one.",
      suggestion: `${expression} | default: …`,
    });
  }
  const found = misfit(outcome.schemas, accepted);
  if (found === undefined) return;
  checked.tell(field, { severity: found.severity, code: found.code, expression, message: `The value ${found.reason}.` });
}

function checkLiteral(value: unknown, accepted: JsonSchema, { checked, field }: Target) {
  const names = flatten(accepted).flatMap(({ properties }) => Object.keys((properties as object | undefined) ?? {}));
  for (const { pointer, keyword, message } of violations(accepted, value)) {
    if (checked.isBroken(field + pointer)) continue;
    const name = pointer.split("/").at(-1) ?? "";
    const near = keyword === "additionalProperties" ? nearest(name, names) : undefined;
    const code =
      keyword === "additionalProperties"
        ? "unknown_input"
        : keyword === "required"
          ? "missing_input"
          : keyword === "type"
            ? "wrong_type"
            : "value_refused";
    checked.tell(field + pointer, {
      severity: "error",
      code,
      message: `The field ${message}.`,
      ...(near !== undefined && { suggestion: near }),
    });
  }
}

function checkList(entries: readonly Mapped[], accepted: JsonSchema, target: Target) {
  const { checked, field } = target;
  const lists = flatten(accepted).filter(({ type }) => type === "array" || type === undefined);
  const [list] = lists;
  if (list === undefined)
    return checked.tell(field, { severity: "error", code: "wrong_type", message: "The field takes no list." });
  if (lists.length > 1)
    return checked.tell(field, {
      severity: "doubt",
      code: "unchecked",
      message: "The field takes several kinds of lists; which is meant cannot be told.",
    });
  const {
    minItems = 0,
    maxItems = Number.POSITIVE_INFINITY,
    uniqueItems,
  } = list as { minItems?: number; maxItems?: number; uniqueItems?: boolean };
  const surely = entries.filter((entry) => !maybeNothing(entry, target)).length;
  for (const [at, entry] of entries.entries())
    checkValue(entry, entryOf(list), {
      ...target,
      field: `${field}/${at}`,
      isRequired: target.isRequired && surely === 0 && (minItems > 0 || entries.length === 1),
    });
  if (entries.length > maxItems)
    checked.tell(field, { severity: "error", code: "value_refused", message: `The list has more than ${maxItems} entries.` });
  if (entries.length < minItems)
    checked.tell(field, { severity: "error", code: "value_refused", message: `The list needs ${minItems} entries.` });
  else if (surely < minItems && surely > 0)
    checked.tell(field, {
      severity: "doubt",
      code: "maybe_refused",
      message: `The list may have fewer than ${minItems} entries.`,
    });
  else if (surely === 0 && minItems > 1)
    checked.tell(field, {
      severity: "doubt",
      code: "maybe_refused",
      message: `The list may have fewer than ${minItems} entries.`,
    });
  if (uniqueItems && entries.length > 1)
    checked.tell(field, { severity: "doubt", code: "maybe_refused", message: "The list may have the same entry twice." });
  checkOthers(list, field, ["items", "minItems", "maxItems", "uniqueItems"], checked);
}

/** Whether nothing may come of a value; asked beside `checkValue`, so nothing is told. */
function maybeNothing(mapped: Mapped, { checked, scope }: Target): boolean {
  if (mapped.kind === "list")
    return mapped.entries.every((entry) => maybeNothing(entry, { checked, scope, field: "", isRequired: false }));
  if (mapped.kind !== "expression") return false;
  return inferExpression(mapped.expression, scope, () => undefined)?.maybeNothing ?? false;
}

function checkObject(fields: readonly (readonly [string, Mapped])[], accepted: JsonSchema, target: Target) {
  const { checked, field } = target;
  const objects = flatten(accepted).filter(({ type }) => type === "object" || type === undefined);
  const [object] = objects;
  if (object === undefined)
    return checked.tell(field, { severity: "error", code: "wrong_type", message: "The field takes no object." });
  if (objects.length > 1)
    return checked.tell(field, {
      severity: "doubt",
      code: "unchecked",
      message: "The field takes several kinds of objects; which is meant cannot be told.",
    });
  const {
    properties = {},
    required = [],
    additionalProperties,
  } = object as { properties?: Record<string, JsonSchema>; required?: readonly string[]; additionalProperties?: unknown };
  for (const [name, value] of fields) {
    const at = `${field}/${escapePointer(name)}`;
    const known = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (known === undefined && additionalProperties === false) {
      const near = nearest(name, Object.keys(properties));
      checked.tell(at, {
        severity: "error",
        code: "unknown_input",
        message: "The field is not a known property.",
        ...(near !== undefined && { suggestion: near }),
      });
      continue;
    }
    const schema =
      known ??
      (typeof additionalProperties === "object" && additionalProperties !== null ? (additionalProperties as JsonSchema) : {});
    checkValue(value, schema, { ...target, field: at, isRequired: required.includes(name) });
  }
  for (const name of required)
    if (!fields.some(([one]) => one === name))
      checked.tell(`${field}/${escapePointer(name)}`, {
        severity: "error",
        code: "missing_input",
        message: "The field is required.",
      });
  checkTogether(object, fields, target);
}

/** What fields ask of each other. Only literals can be looked at. */
function checkTogether(object: JsonSchema, fields: readonly (readonly [string, Mapped])[], { checked, field }: Target) {
  const together = Object.fromEntries(Object.entries(object).filter(([keyword]) => TOGETHER.has(keyword)));
  const dependent = (together.dependentSchemas ?? {}) as Record<string, JsonSchema>;
  const asked = Object.keys(dependent).filter((name) => fields.some(([one]) => one === name));
  const rest = Object.keys(together).filter((keyword) => keyword !== "dependentSchemas");
  if (asked.length === 0 && rest.length === 0) return;
  const named = new Set(
    [...asked.map((name) => dependent[name] as JsonSchema), ...rest.map((keyword) => ({ [keyword]: together[keyword] }))].flatMap(
      (schema) =>
        [...walkSchema(schema)].flatMap(({ schema: one }) => [
          ...Object.keys((one.properties as object | undefined) ?? {}),
          ...((one.required as string[] | undefined) ?? []),
        ]),
    ),
  );
  const isOpen = fields.some(([name, value]) => (named.has(name) || rest.length > 0) && value.kind !== "literal");
  if (isOpen)
    return checked.tell(field, {
      severity: "doubt",
      code: "unchecked",
      message: "The fields depend on each other, and some are known only when the step runs.",
    });
  const literals = Object.fromEntries(fields.map(([name, value]) => [name, value.kind === "literal" ? value.value : null]));
  for (const { pointer, message } of violations(together, literals))
    checked.tell(field + pointer, { severity: "error", code: "value_refused", message: `The field ${message}.` });
}

const TOGETHER = new Set("dependentSchemas dependentRequired minProperties maxProperties propertyNames if not".split(" "));

function checkOthers(schema: JsonSchema, field: string, known: readonly string[], checked: CheckedStep): void {
  if (
    schema.$more !== undefined ||
    Object.keys(schema).some(
      (keyword) => ["not", "if", "contains", "prefixItems", "const"].includes(keyword) && !known.includes(keyword),
    )
  )
    checked.tell(field, {
      severity: "doubt",
      code: "unchecked",
      message: "What is written cannot be compared with all that the field asks.",
    });
}
