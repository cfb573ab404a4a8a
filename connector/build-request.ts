import { ConnectorError } from "../errors/connector-error.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import type { CompiledOperation, ConnectorRequest, Input } from "./types.ts";

/**
 * Fills an operation's path, query and body from checked input.
 *
 * Pure: sends nothing, reads no clock. Path values are percent-encoded; empty ones, control characters and dot segments are
 * refused, so that no id can reach another endpoint. Arrays in the query repeat the parameter. Time fields given as RFC 3339
 * text, also those inside an object, become milliseconds since the epoch. What is fixed comes first; the order is the
 * manifest's, whatever the order of the input.
 *
 * @throws ConnectorError `input_invalid` when a value has no safe or meaningful spelling
 */
export function buildRequest(operation: CompiledOperation, input: Input): ConnectorRequest {
  const { method, query = [], body, fixedQuery, fixedBody } = operation.declaration.request;
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(fixedQuery ?? {})) addPair(operation, pairs, name, value);
  for (const name of query) addPair(operation, pairs, name, wireValue(operation, input, name));
  const filled = fillPath(operation, input);
  const request = { method, path: pairs.length === 0 ? filled : `${filled}?${pairs.join("&")}` };
  if (body === undefined && fixedBody === undefined) return request;
  return { ...request, body: JSON.stringify({ ...fixedBody, ...bodyOf(operation, input, body ?? []) }) };
}

/** A path's template taken apart, once for all calls: text, name, text, name, … text. */
export function toPathParts(template: string): readonly string[] {
  return template.split(/[{}]/);
}

function fillPath(operation: CompiledOperation, input: Input): string {
  const { pathParts } = operation;
  let path = pathParts[0] as string;
  for (let i = 1; i < pathParts.length; i += 2)
    path += pathValue(operation, pathParts[i] as string, input) + (pathParts[i + 1] as string);
  return path;
}

function pathValue(operation: CompiledOperation, name: string, input: Input): string {
  const value = ownValue(input, name);
  if (typeof value !== "string" && typeof value !== "number") throw refused(operation, name, "must be given");
  const text = String(value);
  if (/^[\w-]+$/.test(text)) return text;
  if (text === "") throw refused(operation, name, "must not be empty");
  // Encoded or not, a proxy in between may decode once more and then walk up the path.
  if (hasDotSegment(text)) throw refused(operation, name, "must not hold a path segment of dots");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are refused
  if (/[\u0000-\u001f\u007f]/.test(text)) throw refused(operation, name, "must not hold control characters");
  return encode(operation, name, text);
}

function hasDotSegment(text: string): boolean {
  return text.includes(".") || text.includes("%")
    ? text.split(/[/\\]|%2f|%5c/i).some((part) => /^(?:\.|%2e)+$/i.test(part))
    : false;
}

function addPair(operation: CompiledOperation, pairs: string[], name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) addPair(operation, pairs, name, item);
    return;
  }
  if (typeof value === "object") throw refused(operation, name, "cannot be sent in a query");
  pairs.push(`${encodeURIComponent(name)}=${encode(operation, name, String(value))}`);
}

function bodyOf(operation: CompiledOperation, input: Input, names: readonly string[]): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const name of names) {
    const value = wireValue(operation, input, name);
    if (value !== undefined) body[name] = value;
  }
  return body;
}

function wireValue(operation: CompiledOperation, input: Input, name: string): unknown {
  return withMilliseconds(operation, name, ownValue(input, name));
}

/** The value with the times in it, at whatever depth, as milliseconds. `path` is as `timeFields` names them. */
function withMilliseconds(operation: CompiledOperation, path: string, value: unknown): unknown {
  if (typeof value === "string") return operation.timeFields.has(path) ? toMilliseconds(operation, path, value) : value;
  if (typeof value !== "object" || value === null || !holdsTimes(operation, path)) return value;
  if (Array.isArray(value)) return value.map((item) => withMilliseconds(operation, path, item));
  const fields = Object.entries(value).map(([name, field]) => [name, withMilliseconds(operation, `${path}/${name}`, field)]);
  return Object.fromEntries(fields);
}

function holdsTimes({ timeFields }: CompiledOperation, path: string): boolean {
  return [...timeFields].some((field) => field.startsWith(`${path}/`));
}

function ownValue(input: Input, name: string): unknown {
  return Object.hasOwn(input, name) ? input[name] : undefined;
}

function toMilliseconds(operation: CompiledOperation, path: string, text: string): number {
  const time = Date.parse(text.toUpperCase().replace(" ", "T"));
  if (Number.isNaN(time)) throw refusedAt(operation, `/${path}`, "is not a moment in time");
  return time;
}

function encode(operation: CompiledOperation, name: string, text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // Half of a surrogate pair has no encoding.
    throw refused(operation, name, "must be well-formed text");
  }
}

function refused(operation: CompiledOperation, name: string, message: string): ConnectorError {
  return refusedAt(operation, `/${escapePointer(name)}`, message);
}

function refusedAt(operation: CompiledOperation, pointer: string, message: string): ConnectorError {
  const issues = [{ pointer, keyword: "format", message }];
  return new ConnectorError("input_invalid", `the input of ${operation.name} cannot be put into a request`, { issues });
}
