import { ConnectorError } from "../errors/connector-error.ts";
import type { Workflow } from "../schemas/types/index.ts";
import { issuesOfInput } from "../workflows/trigger.ts";

/** More would be told of one input than anybody reads. */
const MOST = 20;

/**
 * Holds a run's input to what its workflow says of it, as the check of the workflow took it for granted.
 *
 * @throws ConnectorError `input_invalid` with `details.issues`
 */
export function checkRunInput(trigger: Workflow["trigger"], input: unknown): void {
  const issues = issuesOfInput(trigger, input).map((issue) => ({ ...issue, pointer: `/input${issue.pointer}` }));
  const [first] = issues;
  if (first === undefined) return;
  const message = `the run's input is not valid: ${first.pointer} ${first.message}`;
  throw new ConnectorError("input_invalid", message, { issues: issues.slice(0, MOST) });
}
