import { packageRoot } from "../connector/package-root.ts";
import { readFrom } from "../connector/read-json-file.ts";
import { ConnectorError, type Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { createSchemaResolver } from "../json-schema/resolve-schema.ts";
import { issuesOfWorkflow } from "../workflows/definition.ts";

/** What keeps a value from being a workflow, be it a draft. */
export type IssuesOf = (definition: unknown) => Issue[];

/** The schema is read when it is first asked for. */
export function createIssuesOf(): IssuesOf {
  let structure: JsonSchema | undefined;
  return (definition) => {
    structure ??= createSchemaResolver(readFrom(packageRoot())).resolve({ $ref: "schemas/platform/workflow.json" }) as JsonSchema;
    return issuesOfWorkflow(definition, structure);
  };
}

/** @throws ConnectorError `input_invalid` where there is an issue */
export function assertNone(issues: readonly Issue[], words: string): void {
  if (issues.length > 0) throw refused(issues, words);
}

/** Refuses what has issues, in words that end with the first of them. */
export function refused(issues: readonly Issue[], words: string): ConnectorError {
  const [first] = issues;
  return new ConnectorError("input_invalid", `${words}: ${first?.pointer || "it"} ${first?.message}`, { issues });
}

/** Issues of a part, as issues of the whole. */
export function within(pointer: string, issues: readonly Issue[]): Issue[] {
  return issues.map((issue) => ({ ...issue, pointer: `${pointer}${issue.pointer}` }));
}
