import { badRequest } from "./errors.ts";
import type { FaultSpec } from "./faults.ts";

/** What each kind of action needs; numbers are positive. */
const NEEDS: Record<string, Record<string, "number" | "string" | "any">> = {
  delay: {},
  respond: { status: "number" },
  reset: { when: "string" },
  "short-body": {},
  "slow-body": { bytesPerSecond: "number" },
  "endless-body": {},
  "endless-headers": {},
  "truncated-json": {},
  "deep-json": { depth: "number" },
  "huge-body": { bytes: "number" },
  html: {},
  "content-type": { value: "string" },
  gzip: {},
  "gzip-bomb": { bytes: "number" },
  redirect: { to: "string" },
  "replace-body": { body: "any" },
  "edit-json": {},
};

const RESETS = ["before-apply", "after-apply", "mid-body"];

/**
 * Reads one fault, or a list of them, from the body of a control request. An action without `kind` that has a
 * `status` is a `respond`.
 *
 * @throws LeverError 400: a misspelt fault would otherwise make a test pass for nothing
 */
export function readFaultSpecs(body: unknown): FaultSpec[] {
  const list = Array.isArray(body) ? body : [body];
  return list.map(readSpec);
}

function readSpec(value: unknown): FaultSpec {
  const { match = {}, action } = (value ?? {}) as { match?: Record<string, unknown>; action?: Record<string, unknown> };
  if (typeof action !== "object" || action === null) throw badRequest("A fault needs an action", "/action");
  const kind = action.kind ?? (typeof action.status === "number" ? "respond" : undefined);
  if (typeof kind !== "string" || NEEDS[kind] === undefined) {
    throw badRequest(`Must be one of: ${Object.keys(NEEDS).join(", ")}`, "/action/kind");
  }
  for (const [name, type] of Object.entries(NEEDS[kind])) assertType(action[name], type, `/action/${name}`);
  if (kind === "reset" && !RESETS.includes(String(action.when)))
    throw badRequest(`Must be one of: ${RESETS.join(", ")}`, "/action/when");
  assertMatch(match);
  return { match, action: { ...action, kind } } as FaultSpec;
}

function assertType(value: unknown, type: string, pointer: string): void {
  const wrong = type === "any" ? value === undefined : typeof value !== type || (type === "number" && !((value as number) > 0));
  if (wrong) throw badRequest(`Expected ${type === "number" ? "a positive number" : type}`, pointer);
}

function assertMatch(match: Record<string, unknown>): void {
  const known = ["method", "pathPattern", "nth", "times", "probability", "seed"];
  const unknown = Object.keys(match).find((name) => !known.includes(name));
  if (unknown !== undefined) throw badRequest(`Must be one of: ${known.join(", ")}`, `/match/${unknown}`);
  try {
    new RegExp(String(match.pathPattern ?? ""));
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : "Not a regular expression", "/match/pathPattern");
  }
}
