import type { Condition, Step, Workflow } from "../schemas/types/platform/workflow.ts";
import type { Operator } from "./condition.ts";
import type { Expression, Operand, Segment } from "./expression.ts";
import { expressionsIn, type Mapped, parseMapped } from "./mapping.ts";
import { nearest } from "./nearest.ts";
import type { Fault } from "./types.ts";

/** A step with its expressions parsed, and what is wrong with them by themselves: syntax, and steps that are not there or not before it. */
export interface ParsedStep {
  readonly step: Step;
  readonly mapped: ReadonlyMap<string, Mapped>;
  readonly faults: readonly Fault[];
}

/** Parses what people wrote in each step. The definition has the structure that its schema says. */
export function parseSteps({ steps }: Workflow): ParsedStep[] {
  return steps.map((step, at) => {
    const faults: Fault[] = [];
    const mapped = new Map<string, Mapped>();
    for (const [field, value] of placesOf(step))
      mapped.set(
        field,
        parseMapped(value, (fault) => {
          const { code, expression, message } = fault.error;
          faults.push({ field: field + fault.field, code, expression, message: `The expression ${message}.` });
        }),
      );
    for (const [field, value] of mapped)
      for (const found of expressionsIn(value, field)) {
        const fault = faultOfReferences(found.expression, { step, at, steps, hasItem: hasItem(step, field) });
        if (fault) faults.push({ field: found.field, ...fault });
      }
    return { step, mapped, faults };
  });
}

/** The places of a step that may hold expressions, by their pointers. */
function placesOf(step: Step): [field: string, value: unknown][] {
  const places: [string, unknown][] = [];
  for (const { field, condition } of conditionsOf(step)) {
    const { operator, other } = comparisonOf(condition);
    places.push([`${field}/value`, condition.value], [`${field}/${operator}`, other]);
  }
  if (step.kind === "operation") places.push(["/input", step.input ?? {}]);
  if (step.kind === "send") places.push(["/body", step.body]);
  if (step.kind === "wait" && step.until !== undefined) places.push(["/until", step.until]);
  if (step.kind === "approval") places.push(["/message", step.message]);
  if ((step.kind === "operation" || step.kind === "send") && step.forEach !== undefined)
    places.push("items" in step.forEach ? ["/forEach/items", step.forEach.items] : ["/forEach/input", step.forEach.input ?? {}]);
  return places;
}

/** The conditions of a step, each with its pointer. */
export function conditionsOf({ when }: Step): { readonly field: string; readonly condition: Condition }[] {
  if (when === undefined) return [];
  const [name, list] = "all" in when ? (["all", when.all] as const) : (["any", when.any] as const);
  return list.map((condition, at) => ({ field: `/when/${name}/${at}`, condition }));
}

/** A condition has one comparison. */
export function comparisonOf({ value: _value, ...comparison }: Condition): {
  readonly operator: Operator;
  readonly other: unknown;
} {
  const [operator, other] = Object.entries(comparison)[0] as [Operator, unknown];
  return { operator, other };
}

/** The paths that an expression looks at. */
export function pathsOf({ initial, filters }: Expression): (readonly Segment[])[] {
  const operands: Operand[] = [initial, ...filters.flatMap(({ args, named }) => [...args, ...named.map(([, value]) => value)])];
  return operands.flatMap((operand) => (operand.kind === "path" ? [operand.path] : []));
}

/** Whether `item` is there: for what is done for each item, and for its condition. */
function hasItem(step: Step, field: string): boolean {
  return "forEach" in step && step.forEach !== undefined && !field.startsWith("/forEach/");
}

interface Place {
  readonly step: Step;
  readonly at: number;
  readonly steps: readonly Step[];
  readonly hasItem: boolean;
}

function faultOfReferences(expression: Expression, place: Place): Omit<Fault, "field"> | undefined {
  const fault = pathsOf(expression).flatMap((path) => faultOfPath(path, place) ?? [])[0];
  return fault && { expression: expression.source, ...fault };
}

function faultOfPath(
  [root, id]: readonly Segment[],
  { at, steps, hasItem }: Place,
): Omit<Fault, "field" | "expression"> | undefined {
  if (root === "item" && !hasItem)
    return { code: "unknown_path", message: "There is no item here: only a step with forEach has one, for each item." };
  if (root !== "steps") return undefined;
  if (id === undefined)
    return { code: "unknown_path", message: "The expression names no step.", suggestion: "steps.<id>.output" };
  const found = steps.findIndex((step) => step.id === id);
  const earlier = steps.slice(0, at).map((step) => step.id);
  if (found >= at) {
    const message =
      found === at ? "The step looks at its own result." : `The step ${JSON.stringify(steps[found]?.title)} runs later.`;
    return { code: "later_step", message };
  }
  if (found !== -1) return undefined;
  const near = nearest(String(id), earlier);
  return {
    code: "unknown_step",
    message: `There is no step ${String(id)} before this one.`,
    ...(near && { suggestion: `steps.${near}` }),
  };
}
