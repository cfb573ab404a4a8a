import { type OutputUnit, Validator } from "@cfworker/json-schema";
import { atPointer } from "../../json-schema/pointer.ts";
import type { Schema } from "../api/connector.ts";
import type { Issue } from "../api/problem.ts";

/** Rules that say something about a value; the others only say that one of these was broken further down. */
const LEAVES = new Set(
  "type const enum required additionalProperties minLength maxLength pattern format minimum maximum exclusiveMinimum exclusiveMaximum minItems maxItems uniqueItems".split(
    " ",
  ),
);

/** A check of input in the browser, without compiling code: the page's policy forbids that. The server checks again, and its word counts. */
export function createInputCheck(schema: Schema): (input: unknown) => readonly Issue[] {
  const validator = new Validator(schema as ConstructorParameters<typeof Validator>[0], "2020-12", false);
  return (input) => {
    const { errors } = validator.validate(input);
    const issues = errors.flatMap((error, index) => {
      if (error.keyword === "false") return [notBeside(error, errors.slice(0, index))];
      return LEAVES.has(error.keyword) ? toIssue(error, schema) : [];
    });
    return [...new Map(issues.map((issue) => [`${issue.pointer} ${issue.keyword}`, issue])).values()];
  };
}

function toIssue({ instanceLocation, keyword, keywordLocation, error }: OutputUnit, schema: Schema): readonly Issue[] {
  const at = pointerOf(instanceLocation);
  const rule = atPointer(schema, keywordLocation);
  const name = /"([^"]+)"/.exec(error)?.[1];
  if (keyword === "required" && name !== undefined) return [{ pointer: `${at}/${name}`, keyword, message: "is required" }];
  if (keyword === "additionalProperties") return [{ pointer: at, keyword, message: "is not a known property" }];
  return [{ pointer: at, keyword, message: MESSAGES[keyword]?.(rule) ?? "does not match" }];
}

/** A field that may not be there beside another: the rule about that other one is told just before. */
function notBeside({ instanceLocation }: OutputUnit, before: readonly OutputUnit[]): Issue {
  const rule = before.findLast(({ keyword }) => keyword === "dependentSchemas");
  const other = /"([^"]+)"/.exec(rule?.error ?? "")?.[1] ?? "the other fields";
  return { pointer: pointerOf(instanceLocation), keyword: "false schema", message: `may not be given together with ${other}` };
}

const MESSAGES: Readonly<Record<string, (rule: unknown) => string>> = {
  type: (rule) => `must be ${Array.isArray(rule) ? rule.join(" or ") : String(rule)}`,
  const: (rule) => `must be ${JSON.stringify(rule)}`,
  enum: (rule) => `must be one of ${(rule as unknown[]).join(", ")}`,
  minLength: (rule) => (rule === 1 ? "must not be empty" : `must have at least ${rule} characters`),
  maxLength: (rule) => `must have at most ${rule} characters`,
  pattern: () => "holds characters that are not allowed here",
  format: (rule) => FORMATS[String(rule)] ?? `must be a valid ${String(rule)}`,
  minimum: (rule) => `must be ${rule} or more`,
  maximum: (rule) => `must be ${rule} or less`,
  minItems: (rule) => `must have at least ${rule} ${rule === 1 ? "entry" : "entries"}`,
  maxItems: (rule) => `must have at most ${rule} entries`,
  uniqueItems: () => "holds the same entry twice",
};

const FORMATS: Readonly<Record<string, string>> = {
  email: "must be an email address",
  "date-time": "must be a time such as 2026-01-01T00:00:00Z",
  uri: "must be an address such as https://example.com",
};

/** `#/tags/0` as `/tags/0`. */
function pointerOf(location: string): string {
  return decodeURI(location.replace(/^#/, ""));
}
