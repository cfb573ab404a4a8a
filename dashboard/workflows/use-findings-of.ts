import { useDeferredValue, useMemo, useRef } from "react";
import { isSame } from "../../json-schema/same.ts";
import { checkWorkflow } from "../../workflows/check.ts";
import { issuesOfInputSchema } from "../../workflows/trigger.ts";
import type { Catalog, Finding } from "../../workflows/types.ts";
import type { Workflow } from "../api/workflows.ts";

export interface Findings {
  readonly all: readonly Finding[];
  /** Of a step; null: about the workflow. The same list for as long as nothing in it changes. */
  of(step: string | null): readonly Finding[];
}

/** What is wrong with a workflow, as one types: by the same check that the server publishes by. Typing does not wait for it. */
export function useFindingsOf(workflow: Workflow, catalog: Catalog): Findings {
  const latest = useDeferredValue(workflow);
  const known = useRef(new Map<string | null, readonly Finding[]>());
  return useMemo(() => {
    const missing = missingIn(latest);
    const isSaid = ({ step, field }: Finding) => missing.some((one) => one.step === step && one.field === field);
    const all = [...missing, ...checked(latest, catalog).filter((finding) => !isSaid(finding))];
    const lists = new Map<string | null, readonly Finding[]>();
    for (const step of [null, ...latest.steps.map(({ id }) => id)]) {
      const list = all.filter((finding) => finding.step === step);
      const before = known.current.get(step);
      lists.set(step, before !== undefined && isSame(before, list) ? before : list);
    }
    known.current = lists;
    return { all, of: (step) => lists.get(step) ?? NONE };
  }, [latest, catalog]);
}

const NONE: readonly Finding[] = [];

/** What the structure asks for and a form leaves empty at first. The check takes the structure for granted. */
function missingIn({ title, trigger, steps }: Workflow): Finding[] {
  const missing = (step: string | null, field: string, message: string): Finding => ({
    severity: "error",
    step,
    field,
    code: "value_refused",
    message,
  });
  return [
    ...(title.trim() === "" ? [missing(null, "/title", "Give the workflow a title.")] : []),
    ...(trigger.type === "webhook" && trigger.endpoint === "" ? [missing(null, "/trigger/endpoint", "Choose an endpoint.")] : []),
    ...(steps.length === 0 ? [missing(null, "/steps", "A workflow needs at least one step.")] : []),
    ...steps.flatMap((step) => [
      ...(step.title.trim() === "" ? [missing(step.id, "/title", "Give the step a title.")] : []),
      ...(step.kind === "operation" && step.credential === "" ? [missing(step.id, "/credential", "Choose a credential.")] : []),
      ...(step.kind === "send" && step.destination === "" ? [missing(step.id, "/destination", "Choose a destination.")] : []),
      ...(step.kind === "approval" && step.message === "" ? [missing(step.id, "/message", "Say what is to be decided.")] : []),
      ...(step.kind === "wait" && step.until === "" ? [missing(step.id, "/until", "Say until when.")] : []),
    ]),
  ];
}

/** Of a trigger's input that is described by no schema yet nothing can be followed: then only what is written is looked at. */
function checked(workflow: Workflow, catalog: Catalog): Finding[] {
  const { trigger } = workflow;
  const issues = trigger.type === "api" && trigger.input !== undefined ? issuesOfInputSchema(trigger.input) : [];
  if (issues.length === 0) return checkWorkflow(workflow, catalog);
  return issues.map(
    ({ pointer, message }): Finding => ({
      severity: "error",
      step: null,
      field: `/trigger/input${pointer}`,
      code: "value_refused",
      message: `${pointer === "" ? "The schema" : pointer} ${message}.`,
    }),
  );
}
