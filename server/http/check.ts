import type { ParsedUrlQuery } from "node:querystring";
import { createValidators } from "../../connector/validator.ts";
import { ConnectorError, type Issue } from "../../errors/connector-error.ts";
import { toIssues } from "../../json-schema/issues.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { escapePointer } from "../../json-schema/pointer.ts";

/** @throws ConnectorError `input_invalid` with `details.issues` */
export type BodyCheck = (body: unknown) => void;

/** Makes the checks of routes' request bodies. Schemas are code; none ever comes from a request. */
export function createBodyChecks(): (schema: JsonSchema) => BodyCheck {
  const validators = createValidators();
  return (schema) => {
    const validate = validators.input(schema);
    return (body) => {
      if (!validate(body)) throw inputInvalid(...toIssues(validate.errors));
    };
  };
}

/**
 * Query parameters by name. One given twice, or one that the route does not know, is refused: a misspelt `dry_run` must not write.
 *
 * @throws ConnectorError `input_invalid`
 */
export function readQuery(query: ParsedUrlQuery, allowed: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(query)) {
    const pointer = `/${escapePointer(name)}`;
    if (!allowed.includes(name))
      throw inputInvalid({ pointer, keyword: "query", message: "is not a query parameter of this route" });
    if (typeof value !== "string") throw inputInvalid({ pointer, keyword: "query", message: "must be given once" });
    values[name] = value;
  }
  return values;
}

/** A query parameter that is one of a few words; undefined where it is not given. @throws ConnectorError `input_invalid` */
export function readFlag(query: Readonly<Record<string, string>>, name: string, words: readonly string[]): string | undefined {
  const value = query[name];
  if (value === undefined || words.includes(value)) return value;
  throw inputInvalid({ pointer: `/${name}`, keyword: "enum", message: `must be one of: ${words.join(", ")}` });
}

export function inputInvalid(...issues: readonly Issue[]): ConnectorError {
  const first = issues[0];
  const place = first ? `${first.pointer || "the body"} ${first.message}` : "it does not match the schema";
  return new ConnectorError("input_invalid", `the request is not valid: ${place}`, { issues });
}
