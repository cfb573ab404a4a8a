import type { PreviewChoice, Run, WorkflowPreview } from "../schemas/types/index.ts";
import type { Access } from "../store/access.ts";
import { previewStep } from "../workflows/preview.ts";
import { runToPreview } from "../workflows/run-to-preview.ts";
import { assertNone, within } from "./definitions.ts";
import type { Runs } from "./runs.ts";
import type { WorkflowCatalog } from "./workflow-catalog.ts";
import type { Workflows } from "./workflows.ts";

export interface Previews {
  /**
   * What a step of a workflow's draft would be given, by what people are shown of its last run.
   *
   * @throws ConnectorError `not_found`, `input_invalid` where there is no such step
   */
  step(access: Access, workflow: string, choice: PreviewChoice): Promise<WorkflowPreview>;
}

interface PreviewsDeps {
  readonly catalog: WorkflowCatalog;
  readonly workflows: Pick<Workflows, "get" | "issuesOf">;
  readonly runs: Pick<Runs, "list" | "get">;
}

export function createPreviews({ catalog, workflows, runs }: PreviewsDeps): Previews {
  return {
    async step(access, workflow, { step, definition: given }) {
      const { definition: draft } = await workflows.get(access, workflow);
      const definition = given ?? draft;
      const at = definition.steps.findIndex(({ id }) => id === step);
      const noStep = at === -1 ? [{ pointer: "/step", keyword: "reference", message: "is not the id of a step" }] : [];
      assertNone([...within("/definition", workflows.issuesOf(definition)), ...noStep], "there is nothing to preview");
      const run = await lastRun(access, workflow);
      return { step, run: run?.id ?? null, fields: previewStep(definition, at, await catalog.of(access), run) };
    },
  };

  async function lastRun(access: Access, workflow: string): Promise<Run | undefined> {
    const { data } = await runs.list(access, { workflow, limit: 20 });
    const found = runToPreview(data);
    return found && runs.get(access, found.id);
  }
}
