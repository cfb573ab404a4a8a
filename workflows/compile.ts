import { ConnectorError, type Issue } from "../errors/connector-error.ts";
import type { Workflow } from "../schemas/types/platform/workflow.ts";
import { expressionsIn } from "./mapping.ts";
import { type ParsedStep, parseSteps, pathsOf } from "./parse.ts";
import type { CompiledStep, CompiledWorkflow, InputSchemaOf } from "./types.ts";

/**
 * Parses the expressions of a definition, once for all runs of a version.
 *
 * @throws ConnectorError `input_invalid` where an expression cannot be read or names a step that does not run before
 */
export function compileWorkflow(definition: Workflow, inputSchemaOf: InputSchemaOf): CompiledWorkflow {
  const parsed = parseSteps(definition);
  const issues = parsed.flatMap(({ faults }, at) =>
    faults.map(({ field, code, message }): Issue => ({ pointer: `/steps/${at}${field}`, keyword: code, message })),
  );
  if (issues.length > 0)
    throw new ConnectorError("input_invalid", "the workflow has expressions that cannot be used", { issues });
  return { definition, steps: parsed.map((step) => compileStep(step, inputSchemaOf)) };
}

function compileStep({ step, mapped }: ParsedStep, inputSchemaOf: InputSchemaOf): CompiledStep {
  const pages = "forEach" in step && step.forEach !== undefined && "operation" in step.forEach ? step.forEach : undefined;
  return {
    step,
    mapped,
    inputSchema: step.kind === "operation" ? inputSchemaOf(step.connector, step.operation) : undefined,
    pagesSchema: pages && inputSchemaOf(pages.connector, pages.operation),
    isWhenOfItem: [...mapped]
      .filter(([field]) => field.startsWith("/when/"))
      .some(([, value]) =>
        [...expressionsIn(value)].some(({ expression }) => pathsOf(expression).some(([root]) => root === "item")),
      ),
  };
}
