import type { ValidateFunction } from "ajv";
import type { Issue } from "../errors/connector-error.ts";
import { toIssues } from "../json-schema/issues.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { isObject } from "../json-schema/same.ts";
import type { SchemaWarnings } from "./types.ts";

const MAX_ISSUES = 10;
/** A record of more values is not looked at one by one: where all of them are wrong, naming them takes more memory than the answer. */
const MAX_VALUES = 10_000;

/** What an answer must have to be one: the top-level fields that its schema requires, as list or as object. */
export function missingFrame(schema: JsonSchema, output: unknown): Issue[] {
  if (!isObject(output)) return [{ pointer: "", keyword: "type", message: "must be object" }];
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  return ((schema.required ?? []) as readonly string[]).flatMap((name) => {
    const pointer = `/${name}`;
    if (!Object.hasOwn(output, name)) return [{ pointer, keyword: "required", message: "is required" }];
    const type = properties[name]?.type;
    const isOfType = type === "array" ? Array.isArray(output[name]) : type !== "object" || isObject(output[name]);
    return isOfType ? [] : [{ pointer, keyword: "type", message: `must be ${type}` }];
  });
}

/**
 * Checks a list record by record, so that one that is far off costs no more than itself.
 *
 * @param ofPage - what is wrong with it as a page of a list
 */
export function findDeviations(
  validate: ValidateFunction,
  output: Record<string, unknown>,
  ofPage: readonly Issue[] = [],
): SchemaWarnings | undefined {
  const { data } = output;
  const found: Issue[] = [...ofPage];
  let count = ofPage.length;
  const note = (issues: readonly Issue[]) => {
    count += issues.length;
    found.push(...issues.slice(0, MAX_ISSUES - found.length));
  };
  if (!Array.isArray(data)) note(issuesOf(validate, output, data, "/data"));
  else {
    note(issuesOf(validate, { ...output, data: [] }, undefined, ""));
    data.forEach((record, at) => {
      // What is wrong beside the records has been told once.
      const issues = issuesOf(validate, { ...output, data: [record] }, record, "/data/0").filter(({ pointer }) =>
        pointer.startsWith("/data/0"),
      );
      if (issues.length > 0)
        note(issues.map((issue) => ({ ...issue, pointer: issue.pointer.replace("/data/0", `/data/${at}`) })));
    });
  }
  return count === 0 ? undefined : { count, issues: found };
}

function issuesOf(validate: ValidateFunction, output: unknown, record: unknown, pointer: string): Issue[] {
  if (countValues(record, MAX_VALUES) > MAX_VALUES)
    return [{ pointer, keyword: "size", message: `holds more than ${MAX_VALUES} values and was not checked` }];
  return validate(output) ? [] : toIssues(validate.errors);
}

/** Stops as soon as there are more than `most`. */
function countValues(value: unknown, most: number): number {
  if (typeof value !== "object" || value === null) return 1;
  let count = 1;
  for (const part of Array.isArray(value) ? value : Object.values(value)) {
    count += countValues(part, most - count);
    if (count > most) break;
  }
  return count;
}
