import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { ConnectorError, type Issue } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";

/** More would be told of one input than anybody reads. */
const MOST = 20;
/** These only say that something within did not fit. */
const ABOUT_OTHERS = new Set(["properties", "items", "allOf", "additionalProperties", "$ref", "prefixItems", "dependentSchemas"]);

/**
 * Holds a run's input to the schema that its workflow says. The schema came with a request, so it is interpreted and never compiled to code.
 *
 * @throws ConnectorError `input_invalid` with `details.issues`
 */
export function checkRunInput(schema: JsonSchema | undefined, input: unknown): void {
  if (schema === undefined) {
    if (input === undefined) return;
    throw invalid([{ pointer: "/input", keyword: "trigger", message: "must be absent: the workflow's trigger takes no input" }]);
  }
  if (input === undefined) throw invalid([{ pointer: "/input", keyword: "required", message: "is missing" }]);
  const { valid, errors } = new Validator(schema as Schema, "2020-12", false).validate(input);
  if (valid) return;
  const own = errors.filter(({ keyword }) => !ABOUT_OTHERS.has(keyword));
  throw invalid((own.length > 0 ? own : errors).slice(0, MOST).map(toIssue));
}

function toIssue({ instanceLocation, keyword, error }: OutputUnit): Issue {
  const pointer = `/input${decodeURIComponent(instanceLocation.replace(/^#/, ""))}`;
  // The name of a field that is missing is the schema's own word; of any other message it cannot be said that it holds no value.
  const missing = keyword === "required" ? /property "([^"]*)"/.exec(error)?.[1] : undefined;
  if (missing !== undefined) return { pointer: `${pointer}/${missing}`, keyword, message: "is missing" };
  const known = KEYWORDS[keyword] ?? `does not match the schema's ${keyword}`;
  return { pointer, keyword, message: known };
}

const KEYWORDS: Readonly<Record<string, string>> = {
  type: "has another type than the schema says",
  enum: "is none of the values that the schema allows",
  const: "is not the value that the schema asks for",
  pattern: "does not match the schema's pattern",
  format: "does not have the format that the schema says",
  false: "is not known to the schema",
};

function invalid(issues: readonly Issue[]): ConnectorError {
  const [first] = issues;
  return new ConnectorError("input_invalid", `the run's input is not valid: ${first?.pointer} ${first?.message}`, { issues });
}
