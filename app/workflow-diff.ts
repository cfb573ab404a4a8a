import { isDeepStrictEqual } from "node:util";
import { escapePointer } from "../json-schema/pointer.ts";
import type { Workflow, WorkflowDiff } from "../schemas/types/index.ts";

type Change = WorkflowDiff["changes"][number];

/** What differs between two definitions, by step and field: steps are the same where their ids are, wherever they stand. */
export function diffWorkflows(before: Workflow, after: Workflow): Change[] {
  const { steps: stepsBefore, ...restBefore } = before;
  const { steps: stepsAfter, ...restAfter } = after;
  const kept = stepsAfter.filter(({ id }) => stepsBefore.some((step) => step.id === id)).map(({ id }) => id);
  const order = stepsBefore.filter(({ id }) => kept.includes(id)).map(({ id }) => id);
  return [
    ...fields(null, "", restBefore, restAfter),
    ...stepsBefore
      .filter(({ id }) => !kept.includes(id))
      .map((step) => ({ what: "removed" as const, step: step.id, field: "", before: step })),
    ...stepsAfter.flatMap((step): Change[] => {
      const earlier = stepsBefore.find(({ id }) => id === step.id);
      if (earlier === undefined) return [{ what: "added", step: step.id, field: "", after: step }];
      const isMoved = kept.indexOf(step.id) !== order.indexOf(step.id);
      return [...(isMoved ? [{ what: "moved" as const, step: step.id, field: "" }] : []), ...fields(step.id, "", earlier, step)];
    }),
  ];
}

function fields(step: string | null, at: string, before: object, after: object): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) => {
    const field = `${at}/${escapePointer(name)}`;
    const [was, is] = [(before as Record<string, unknown>)[name], (after as Record<string, unknown>)[name]];
    if (isDeepStrictEqual(was, is)) return [];
    if (isPlain(was) && isPlain(is)) return fields(step, field, was, is);
    if (was === undefined) return [{ what: "added" as const, step, field, after: is }];
    if (is === undefined) return [{ what: "removed" as const, step, field, before: was }];
    return [{ what: "changed" as const, step, field, before: was, after: is }];
  });
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
