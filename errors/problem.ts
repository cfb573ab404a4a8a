import { ConnectorError, ERRORS, type ErrorCode, type ErrorDetails, type Issue, isConnectorError } from "./connector-error.ts";

/** A problem document (https://www.rfc-editor.org/rfc/rfc9457) as this server answers it. */
export interface Problem {
  /** Link to the explanation of `code`, relative to this server. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** Names this one failure; the log line carries the same request id. */
  readonly instance: string;
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly requestId: string;
  /** Where the input is wrong; never the values. */
  readonly errors?: readonly Issue[];
  readonly upstream?: ErrorDetails["upstream"];
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * Turns an error into what the caller is told. Errors that are not ours become a bare `internal_error`: their text may hold anything.
 * Pure; the caller logs.
 */
export function toProblem(error: unknown, requestId: string, basePath = ""): Problem {
  const known = toKnown(error);
  const { issues, upstream, ...details } = known.details;
  return {
    type: `${basePath}/docs/errors#${known.code}`,
    title: known.title,
    status: known.status,
    detail: withNextStep(known),
    instance: `urn:lever-connector:${requestId}`,
    code: known.code,
    retryable: known.retryable,
    requestId,
    ...(issues !== undefined && { errors: issues }),
    ...(upstream !== undefined && { upstream }),
    ...(Object.keys(details).length > 0 && { details }),
  };
}

/** Headers that belong to the problem: `Retry-After` in whole seconds, `WWW-Authenticate` with every 401. */
export function problemHeaders(problem: Problem): Record<string, string> {
  const retryAfterMs = problem.details?.retryAfterMs;
  return {
    ...(typeof retryAfterMs === "number" && { "Retry-After": String(Math.max(1, Math.ceil(retryAfterMs / 1000))) }),
    ...(problem.status === 401 && { "WWW-Authenticate": 'Bearer realm="lever-connector"' }),
  };
}

/** Is this an error that must be looked at: not ours, or ours with a 500 that says that something is broken here? */
export function isUnexpected(error: unknown): boolean {
  return !isConnectorError(error) || ERRORS[error.code].status === 500;
}

/** Where the caller finds what there is; the same for everything that is missing, in any project. */
const LISTED_AT: Readonly<Record<string, string>> = {
  connector: "GET /api/v1/connectors",
  operation: "GET /api/v1/connectors/:connector",
  pick_list: "GET /api/v1/connectors/:connector",
  credential: "GET /api/v1/credentials",
  destination: "GET /api/v1/destinations",
  endpoint: "GET /api/v1/endpoints",
  preset: "GET /api/v1/presets",
  delivery: "GET /api/v1/deliveries",
  project: "GET /api/v1/projects",
  api_key: "GET /api/v1/api-keys",
  workflow: "GET /api/v1/workflows",
  workflow_version: "GET /api/v1/workflows/:id/versions",
  run: "GET /api/v1/runs",
};

function withNextStep({ code, message, details }: ConnectorError): string {
  const route = code === "not_found" ? LISTED_AT[String(details.kind)] : undefined;
  return route === undefined ? message : `${message}; ${route} lists what there is`;
}

const IN_LOG = "the log has the details under this request id";

function toKnown(error: unknown): ConnectorError {
  if (!isConnectorError(error) || !Object.hasOwn(ERRORS, error.code))
    return new ConnectorError("internal_error", `something unexpected went wrong; ${IN_LOG}`);
  // Its text names files of the machine.
  if (error.code === "config_invalid")
    return new ConnectorError("config_invalid", `this server's configuration cannot be used; ${IN_LOG}`);
  return error;
}
