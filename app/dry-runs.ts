import type { Connectors } from "../connector/types.ts";
import { type DryRunDeps, dryRun } from "../engine/dry-run.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { DraftDryRun, Workflow, WorkflowDryRun } from "../schemas/types/index.ts";
import type { Access } from "../store/access.ts";
import type { Triggers } from "../triggers/create-triggers.ts";
import { compileWorkflow } from "../workflows/compile.ts";
import type { TriggerData } from "../workflows/types.ts";
import { assertNone, within } from "./definitions.ts";
import { checkRunInput } from "./run-input.ts";
import type { WorkflowCatalog } from "./workflow-catalog.ts";
import type { Workflows } from "./workflows.ts";

export interface DryRuns {
  /**
   * What a run of a definition would do. Reads are really done, with the project's credentials; nothing is sent that changes anything, and
   * nothing is stored.
   *
   * @throws ConnectorError `input_invalid`, `cancelled`
   */
  run(access: Access, tried: DraftDryRun, signal: AbortSignal): Promise<WorkflowDryRun>;
}

interface DryRunsDeps extends DryRunDeps {
  readonly connectors: Connectors;
  readonly catalog: Pick<WorkflowCatalog, "inputSchemaOf">;
  readonly workflows: Pick<Workflows, "issuesOf">;
  readonly triggers: Pick<Triggers, "sampleOf"> & { readonly endpoints: Pick<Triggers["endpoints"], "resolve"> };
}

/** Items of a repeated step that are looked at where nothing is said. */
const ITEMS = 3;

export function createDryRuns({ catalog, workflows, triggers, now = Date.now, ...deps }: DryRunsDeps): DryRuns {
  return {
    async run(access, { definition, input, owner, items = ITEMS }, signal) {
      assertNone(within("/definition", workflows.issuesOf(definition)), "this is no workflow");
      checkRunInput(definition.trigger, input);
      const trigger = await triggerOf(access, definition.trigger, input);
      const behalf = access.owner ?? owner;
      const reach = behalf === undefined ? access : { ...access, owner: behalf };
      const context = { run: "run_dry", access: reach, credentials: {}, destinations: {}, signal };
      return dryRun({ ...deps, now }, context, { compiled: compileWorkflow(definition, catalog.inputSchemaOf), trigger, items });
    },
  };

  /** What a run would be started with: of deliveries, an example as their sender would send it. */
  async function triggerOf(access: Access, trigger: Workflow["trigger"], input: unknown): Promise<TriggerData> {
    if (trigger.type === "api") return input === undefined ? {} : { input };
    if (trigger.type === "schedule") return { scheduledAt: new Date(now()).toISOString() };
    const sample = triggers.sampleOf(await triggers.endpoints.resolve(access, trigger.endpoint));
    if (sample !== undefined) return sample;
    throw new ConnectorError("conflict", "The endpoint's preset has no sample that a delivery could be tried with");
  }
}
