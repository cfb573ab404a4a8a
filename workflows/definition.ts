import type { Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { violations } from "../json-schema/violations.ts";
import type { Workflow } from "../schemas/types/platform/workflow.ts";
import { isZone } from "./format-time.ts";
import { issuesOfInputSchema } from "./trigger.ts";

/**
 * What keeps a value from being a workflow at all, be it a draft: its structure. Expressions and what they refer to are a matter of
 * `checkWorkflow`, so that half-typed work can be saved.
 *
 * @param schema - schemas/platform/workflow.json
 */
export function issuesOfWorkflow(value: unknown, schema: JsonSchema): Issue[] {
  const issues = violations(schema, value);
  return issues.length > 0 ? issues : issuesOfParts(value as Workflow);
}

/** As `issuesOfWorkflow`, for what the schema accepts. */
function issuesOfParts({ trigger, steps }: Workflow): Issue[] {
  return [
    ...steps.flatMap((step, at) => {
      const first = steps.findIndex(({ id }) => id === step.id);
      const pointer = `/steps/${at}`;
      return [
        ...(first < at ? [issue(`${pointer}/id`, "uniqueItems", `is the id of step ${first + 1} already`)] : []),
        ...(step.kind === "wait" && (step.for === undefined) === (step.until === undefined)
          ? [issue(`${pointer}/for`, "oneOf", "give either for or until")]
          : []),
      ];
    }),
    ...(trigger.type === "api" && trigger.input !== undefined
      ? issuesOfInputSchema(trigger.input).map((one) => ({ ...one, pointer: `/trigger/input${one.pointer}` }))
      : []),
    ...(trigger.type === "schedule" ? issuesOfSchedule(trigger) : []),
  ];
}

function issuesOfSchedule({ cron, timezone }: { readonly cron: string; readonly timezone: string }): Issue[] {
  return [
    ...(cron.trim().split(/\s+/).length === 5
      ? []
      : [issue("/trigger/cron", "format", "must have five fields: minute, hour, day, month, weekday")]),
    ...(isZone(timezone) ? [] : [issue("/trigger/timezone", "format", "must be a time zone, such as Europe/Vienna")]),
  ];
}

function issue(pointer: string, keyword: string, message: string): Issue {
  return { pointer, keyword, message };
}

/** What the steps call the credentials that they use, each once; `owner` among them. */
export function credentialsIn({ steps }: Workflow): string[] {
  const named = steps.flatMap((step) => [
    ...("credential" in step ? [step.credential] : []),
    ...("forEach" in step && step.forEach !== undefined && "credential" in step.forEach ? [step.forEach.credential] : []),
  ]);
  return [...new Set(named)];
}

/** Every destination that it names: by id or name. */
export function destinationsIn({ steps }: Workflow): string[] {
  return [...new Set(steps.flatMap((step) => (step.kind === "send" ? [step.destination] : [])))];
}
