import { type DestinationStream, type Logger, pino } from "pino";

export type Log = Logger;

/**
 * Structured log, one JSON object per line, to standard error unless told otherwise.
 *
 * What is logged are codes, ids and durations; never inputs, outputs, headers or upstream texts. The redaction list is the second
 * line of defence, for whatever an error of a library may carry.
 */
export function createLog({ level = "info", destination }: { level?: string; destination?: DestinationStream } = {}): Log {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { log: redact },
    serializers: { err: toLoggable, error: toLoggable },
  };
  return pino(options, destination ?? pino.destination({ fd: 2, sync: false, minLength: 0 }));
}

const REDACTED = new Set([
  "authorization",
  "apiKey",
  "accessToken",
  "refreshToken",
  "access_token",
  "refresh_token",
  "clientSecret",
  "client_secret",
  "password",
  "secret",
  "token",
  "cookie",
  "input",
  "output",
  "body",
  "headers",
]);
const DEEPEST = 6;

/** Takes out what bears one of those names, also in objects within. One walk: pino's own redaction by paths costs thirty times as much a line. */
function redact(fields: Record<string, unknown>, depth = 1): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(fields)) {
    const kept = REDACTED.has(name) ? "[redacted]" : isPlain(value) ? within(value, depth) : value;
    if (kept === value) continue;
    copy ??= Array.isArray(fields) ? Object.assign([], fields) : { ...fields };
    Object.assign(copy as object, { [name]: kept });
  }
  return copy ?? fields;
}

/** What lies deeper is left out: it was not looked at, and may lead back to itself. */
function within(value: Record<string, unknown>, depth: number): unknown {
  return depth < DEEPEST ? redact(value, depth + 1) : "[too deep]";
}

/** Errors are none: `toLoggable` says what is told of them. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof Error);
}

/** An error for the log: name, code, message and stack of it and its causes; none of the other fields that libraries hang onto errors. */
function toLoggable(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { name, message, stack, cause } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { name, code, message, stack, ...(cause !== undefined && depth < 3 ? { cause: toLoggable(cause, depth + 1) } : {}) };
}
