import type { ParsedUrlQuery } from "node:querystring";
import { createValidators } from "../../connector/validator.ts";
import { ConnectorError, type Issue } from "../../errors/connector-error.ts";
import { toIssues } from "../../json-schema/issues.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { escapePointer } from "../../json-schema/pointer.ts";
import { violations } from "../../json-schema/violations.ts";
import type { QueryFacts, QueryParameter } from "./route.ts";

const MOST_ISSUES = 50;

/** @throws ConnectorError `input_invalid` with `details.issues` */
export type BodyCheck = (body: unknown) => void;

/** Makes the checks of routes' request bodies. Schemas are code; none ever comes from a request. */
export function createBodyChecks(): (schema: JsonSchema) => BodyCheck {
  const validators = createValidators();
  return (schema) => {
    const validate = validators.input(schema);
    return (body) => {
      if (validate(body)) return;
      const isOfAlternatives = (validate.errors ?? []).some(({ keyword }) => keyword === "oneOf");
      // The compiled check tells what every alternative misses; only the one that is meant is of use.
      const issues = isOfAlternatives ? violations(schema, body).slice(0, MOST_ISSUES) : [];
      throw inputInvalid(...(issues.length > 0 ? issues : toIssues(validate.errors)));
    };
  };
}

/**
 * Query parameters by name, read as the route says. One given twice, or one that the route does not know, is refused: a misspelt `dry_run`
 * must not write.
 *
 * @throws ConnectorError `input_invalid`
 */
export function readQuery(query: ParsedUrlQuery, known: QueryFacts): Record<string, string | number | boolean> {
  const values: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(query)) {
    const pointer = `/${escapePointer(name)}`;
    if (!Object.hasOwn(known, name))
      throw inputInvalid({ pointer, keyword: "query", message: "is not a query parameter of this route" });
    if (typeof value !== "string") throw inputInvalid({ pointer, keyword: "query", message: "must be given once" });
    values[name] = readParameter(value, known[name] as QueryParameter, pointer);
  }
  return values;
}

function readParameter(text: string, parameter: QueryParameter, pointer: string): string | number | boolean {
  if ("enum" in parameter) return oneOf(text, parameter.enum, pointer);
  switch (parameter.type) {
    case "boolean":
      return oneOf(text, ["true", "false"], pointer) === "true";
    case "integer":
      if (/^[1-9]\d{0,5}$/.test(text) && Number(text) <= parameter.maximum) return Number(text);
      throw inputInvalid({ pointer, keyword: "range", message: `must be a whole number from 1 to ${parameter.maximum}` });
    case "string":
      return text;
  }
}

function oneOf(text: string, words: readonly string[], pointer: string): string {
  if (words.includes(text)) return text;
  throw inputInvalid({ pointer, keyword: "enum", message: `must be one of: ${words.join(", ")}` });
}

export function inputInvalid(...issues: readonly Issue[]): ConnectorError {
  const first = issues[0];
  const place = first ? `${first.pointer || "the body"} ${first.message}` : "it does not match the schema";
  return new ConnectorError("input_invalid", `the request is not valid: ${place}`, { issues });
}
