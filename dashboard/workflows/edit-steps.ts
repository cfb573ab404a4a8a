import type { Step, Workflow } from "../../schemas/types/platform/workflow.ts";
import { expressionsIn } from "../../workflows/mapping.ts";
import { parseSteps, pathsOf } from "../../workflows/parse.ts";

/** A step that looks at what another one gives. */
export interface Use {
  readonly step: Step;
  readonly expressions: readonly string[];
}

/** An id that no step has yet, from a word. It never changes afterwards: expressions and history name the step by it. */
export function freshId(steps: readonly Step[], word: string): string {
  const base =
    word
      .toLowerCase()
      .replace(/[^a-z0-9_-]+/g, "_")
      .replace(/^[^a-z]+/, "")
      .slice(0, 30) || "step";
  const taken = new Set(steps.map(({ id }) => id));
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}_${number}`;
    if (!taken.has(id)) return id;
  }
}

export function replaceStep(workflow: Workflow, id: string, change: (step: Step) => Step): Workflow {
  return { ...workflow, steps: workflow.steps.map((step) => (step.id === id ? change(step) : step)) };
}

export function addStep(workflow: Workflow, step: Step, at = workflow.steps.length): Workflow {
  return { ...workflow, steps: [...workflow.steps.slice(0, at), step, ...workflow.steps.slice(at)] };
}

/** Moves a step by one place, up (-1) or down (1); at the end of the list it stays. */
export function moveStep(workflow: Workflow, id: string, by: -1 | 1): Workflow {
  const from = workflow.steps.findIndex((step) => step.id === id);
  const to = from + by;
  const [step, other] = [workflow.steps[from], workflow.steps[to]];
  if (step === undefined || other === undefined) return workflow;
  return { ...workflow, steps: workflow.steps.map((one, at) => (at === from ? other : at === to ? step : one)) };
}

/** A copy right below, with an id of its own. */
export function duplicateStep(workflow: Workflow, id: string): Workflow {
  const at = workflow.steps.findIndex((step) => step.id === id);
  const step = workflow.steps[at];
  if (step === undefined) return workflow;
  const copy = { ...step, id: freshId(workflow.steps, step.id), title: `${step.title.slice(0, 93)} (copy)` };
  return addStep(workflow, copy, at + 1);
}

export function removeStep(workflow: Workflow, id: string): Workflow {
  return { ...workflow, steps: workflow.steps.filter((step) => step.id !== id) };
}

/** What would break if a step were not there: the steps that look at it. */
export function usesOf(workflow: Workflow, id: string): readonly Use[] {
  return parseSteps(workflow).flatMap(({ step, mapped }) => {
    const expressions = [...mapped.values()]
      .flatMap((value) => [...expressionsIn(value)])
      .filter(({ expression }) => pathsOf(expression).some(([root, name]) => root === "steps" && name === id))
      .map(({ expression }) => expression.source);
    return expressions.length > 0 ? [{ step, expressions: [...new Set(expressions)] }] : [];
  });
}
