import type { ErrorSchema } from "@rjsf/utils";
import { fieldOf, schemasAt } from "../../json-schema/describe.ts";
import { pointerTokens } from "../../json-schema/pointer.ts";
import type { Schema } from "../api/connector.ts";
import type { Issue } from "../api/problem.ts";
import { widgetOf } from "./to-form-schema.ts";

export interface PlacedIssues {
  /** For the form: each issue at the field that shows it. */
  readonly atFields: ErrorSchema;
  /** Issues of fields that the form does not have. */
  readonly elsewhere: readonly Issue[];
}

/** Puts issues, the browser's and the server's alike, at the fields they belong to; what is wrong inside a list is said at the list. */
export function placeIssues(issues: readonly Issue[], input: Schema): PlacedIssues {
  const atFields: Record<string, unknown> = {};
  const elsewhere: Issue[] = [];
  for (const issue of issues) {
    const tokens = pointerTokens(issue.pointer);
    if (tokens[0] === undefined || fieldOf(input, tokens[0]) === undefined) elsewhere.push(issue);
    else place(atFields, tokens, issue, input);
  }
  return { atFields: atFields as ErrorSchema, elsewhere };
}

function place(root: Record<string, unknown>, tokens: readonly string[], { message }: Issue, input: Schema): void {
  let at = root;
  let schema: Schema | undefined = input;
  for (const [depth, token] of tokens.entries()) {
    if (depth > 0 && isOneField(schema)) {
      add(at, `${/^\d+$/.test(token) ? `entry ${Number(token) + 1}` : token} ${message}`);
      return;
    }
    at[token] ??= {};
    at = at[token] as Record<string, unknown>;
    schema = schema && schemasAt(schema, [token])[0];
  }
  add(at, message);
}

/** Lists of choices and of words are drawn as one field. */
function isOneField(schema: Schema | undefined): boolean {
  return schema?.type === "array" && widgetOf(schema) !== undefined;
}

function add(at: Record<string, unknown>, message: string): void {
  at.__errors = [...((at.__errors as string[] | undefined) ?? []), message];
}
