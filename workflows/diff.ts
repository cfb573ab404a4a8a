import { escapePointer } from "../json-schema/pointer.ts";
import { isSame } from "../json-schema/same.ts";
import type { Step, Workflow } from "../schemas/types/platform/workflow.ts";
import { expressionsIn } from "./mapping.ts";
import { parseSteps, pathsOf } from "./parse.ts";
import { kindOf } from "./values.ts";

/** One field that is another than before; absent where there was, or is, none. */
export interface FieldChange {
  /** Pointer within the step, or within the workflow. */
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export type WorkflowChange =
  /** Of the workflow itself: title, description, trigger. */
  | { readonly type: "workflow"; readonly fields: readonly FieldChange[] }
  /** Places are counted from 1. */
  | { readonly type: "added" | "removed"; readonly step: string; readonly title: string; readonly place: number }
  | { readonly type: "moved"; readonly step: string; readonly title: string; readonly from: number; readonly to: number }
  | { readonly type: "changed"; readonly step: string; readonly title: string; readonly fields: readonly FieldChange[] };

/** What changed from one definition to another: a step is the same where its id is. Steps that keep their order have not moved. */
export function diffWorkflows(before: Workflow, after: Workflow): WorkflowChange[] {
  const { steps: stepsBefore, $schema: _before, ...wholeBefore } = before;
  const { steps: stepsAfter, $schema: _after, ...wholeAfter } = after;
  const placeBefore = new Map(stepsBefore.map(({ id }, at) => [id, at]));
  const placeAfter = new Map(stepsAfter.map(({ id }, at) => [id, at]));
  const kept = stepsAfter.filter(({ id }) => placeBefore.has(id));
  const unmoved = longestRise(kept.map(({ id }) => placeBefore.get(id) as number));
  const whole = fieldChanges(wholeBefore, wholeAfter);
  return [
    ...(whole.length > 0 ? [{ type: "workflow" as const, fields: whole }] : []),
    ...stepsBefore.flatMap(({ id, title }, at) =>
      placeAfter.has(id) ? [] : [{ type: "removed" as const, step: id, title, place: at + 1 }],
    ),
    ...stepsAfter.flatMap((step, at): WorkflowChange[] => {
      const { id, title } = step;
      const was = placeBefore.get(id);
      if (was === undefined) return [{ type: "added", step: id, title, place: at + 1 }];
      const fields = fieldChanges(stepsBefore[was] as Step, step);
      return [
        ...(unmoved.has(was) ? [] : [{ type: "moved" as const, step: id, title, from: was + 1, to: at + 1 }]),
        ...(fields.length > 0 ? [{ type: "changed" as const, step: id, title, fields }] : []),
      ];
    }),
  ];
}

/** The changes in lines that people read: `+` added, `-` removed, `>` moved, `~` changed. */
export function describeChanges(changes: readonly WorkflowChange[]): string[] {
  return changes.flatMap(describeChange);
}

function describeChange(change: WorkflowChange): string[] {
  if (change.type === "workflow") return change.fields.map((field) => `~ ${describeField(field)}`);
  const name = `${change.title} (${change.step})`;
  switch (change.type) {
    case "added":
      return [`+ ${name}, as step ${change.place}`];
    case "removed":
      return [`- ${name}, which was step ${change.place}`];
    case "moved":
      return [`> ${name} from step ${change.from} to step ${change.to}`];
    case "changed":
      return change.fields.map((field) => `~ ${name} ${describeField(field)}`);
  }
}

function describeField({ field, before, after }: FieldChange): string {
  const name = field.slice(1).replaceAll("/", ".") || "everything";
  if (before === undefined) return `${name}: ${shown(after)} (new)`;
  if (after === undefined) return `${name}: ${shown(before)} (gone)`;
  return `${name}: ${shown(before)} → ${shown(after)}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

/** Fields of objects one by one; a list is compared as a whole, unless it keeps its length. */
function fieldChanges(before: unknown, after: unknown, field = ""): FieldChange[] {
  if (isSame(before, after)) return [];
  const kind = kindOf(before);
  const isList = kind === "list" && kindOf(after) === "list" && (before as unknown[]).length === (after as unknown[]).length;
  if (!isList && !(kind === "object" && kindOf(after) === "object"))
    return [{ field, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
  const [left, right] = [before as Record<string, unknown>, after as Record<string, unknown>];
  const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  return names.flatMap((name) => fieldChanges(own(left, name), own(right, name), `${field}/${escapePointer(name)}`));
}

function own(value: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The values of a longest rising subsequence. */
function longestRise(values: readonly number[]): ReadonlySet<number> {
  const best: number[][] = [];
  for (const value of values) {
    const before = best.filter((rise) => (rise.at(-1) as number) < value).sort((a, b) => b.length - a.length)[0] ?? [];
    best.push([...before, value]);
  }
  return new Set(best.sort((a, b) => b.length - a.length)[0]);
}

/** A place that refers to a step. */
export interface Reference {
  readonly step: string;
  readonly title: string;
  readonly field: string;
  readonly expression: string;
}

/** Who refers to a step, and so breaks where it is removed. */
export function referencesTo(definition: Workflow, stepId: string): Reference[] {
  return parseSteps(definition).flatMap(({ step, mapped }) =>
    [...mapped].flatMap(([place, value]) =>
      [...expressionsIn(value, place)].flatMap(({ field, expression }) =>
        pathsOf(expression).some(([root, id]) => root === "steps" && id === stepId)
          ? [{ step: step.id, title: step.title, field, expression: expression.source }]
          : [],
      ),
    ),
  );
}
