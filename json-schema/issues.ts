import type { ErrorObject } from "ajv";
import type { Issue } from "../errors/connector-error.ts";
import { escapePointer } from "./pointer.ts";

const MAX_ISSUES = 50;
const MAX_POINTER = 256;

/**
 * Turns ajv's errors into issues that never hold an offending value.
 *
 * The pointer of an unknown property names that property, the pointer of a missing one the place where it should be. The
 * alternatives of an `anyOf` that all failed at one place become one issue, and where a required field is missing nothing is said of too few
 * fields. At most 50 issues, each place and keyword once.
 */
export function toIssues(errors: readonly ErrorObject[] | null | undefined): Issue[] {
  if (!errors) return [];
  const choices = errors.filter((error) => error.keyword === "anyOf" || error.keyword === "oneOf");
  const issues = new Map<string, Issue>();
  for (const error of errors) {
    if (issues.size >= MAX_ISSUES) break;
    if (error.keyword === "if" || choices.some((choice) => isAlternativeOf(choice, error))) continue;
    if (error.keyword === "minProperties" && errors.some((other) => isMissingIn(error, other))) continue;
    const issue = { pointer: pointerOf(error), keyword: error.keyword, message: messageOf(error, errors) };
    const key = `${issue.pointer} ${issue.keyword}`;
    if (!issues.has(key)) issues.set(key, issue);
  }
  return [...issues.values()];
}

function isAlternativeOf(choice: ErrorObject, error: ErrorObject): boolean {
  return error !== choice && error.instancePath === choice.instancePath && error.schemaPath.startsWith(`${choice.schemaPath}/`);
}

/** A required field that is missing is what there is too little of. */
function isMissingIn({ instancePath }: ErrorObject, other: ErrorObject): boolean {
  return other.keyword === "required" && other.instancePath === instancePath;
}

function pointerOf(error: ErrorObject): string {
  const name =
    error.params.additionalProperty ?? error.params.unevaluatedProperty ?? error.params.missingProperty ?? error.propertyName;
  const pointer = typeof name === "string" ? `${error.instancePath}/${escapePointer(name)}` : error.instancePath;
  return pointer.length > MAX_POINTER ? `${pointer.slice(0, MAX_POINTER)}…` : pointer;
}

function messageOf(error: ErrorObject, all: readonly ErrorObject[]): string {
  switch (error.keyword) {
    case "required":
    case "dependentRequired":
      return "is required";
    case "additionalProperties":
    case "unevaluatedProperties":
      return "is not a known property";
    case "enum":
      return `must be one of ${(error.params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(", ")}`;
    case "false schema":
      return notBeside(error);
    case "minProperties":
      return `must have at least ${error.params.limit} fields`;
    case "uniqueItems":
      return "must NOT have duplicate items";
    case "const":
      return `must be ${JSON.stringify(error.params.allowedValue)}`;
    case "anyOf":
    case "oneOf": {
      const alternatives = new Set(
        all.filter((other) => isAlternativeOf(error, other) && other.message).map((other) => other.message),
      );
      return [...alternatives].join(", or ") || (error.message ?? "does not match");
    }
    default:
      return error.message ?? "does not match";
  }
}

/** A field that `dependentSchemas` forbids beside another. */
function notBeside({ schemaPath }: ErrorObject): string {
  const other = /\/dependentSchemas\/([^/]+)\//.exec(schemaPath)?.[1];
  return `may not be given together with ${other === undefined ? "the other fields" : decodeURIComponent(other)}`;
}
