import { ConnectorError, type ErrorCode, type ErrorDetails, isConnectorError } from "../../errors/connector-error.ts";
import { atPointer } from "../../json-schema/pointer.ts";
import type { Answer, CompiledOperation, ErrorSpelling, Input, SendFailure, Verdict } from "../types.ts";
import { clean, sensitiveTexts } from "./clean.ts";
import { retryAfterOf } from "./retry-after.ts";

type Failed = Extract<Verdict, { ok: false }>;
type BodyProblem = NonNullable<Answer["bodyProblem"]>;

const MAX_RETRY_AFTER_MS = 120_000;

/**
 * What one attempt means for the call: the operation's output, or the error and whether another attempt could help.
 *
 * The only place that reads the service's status codes. Decides on the status, never on the wording, except for a refused
 * cursor, which has no status of its own. What the service said is passed on as `details.upstream`, without control
 * characters and without anything that looks like an address, a phone number or a token.
 *
 * A write that was answered 2xx is applied, whatever is wrong with the answer's body: `details.applied`, and never again.
 */
export function judge(
  operation: CompiledOperation,
  result: { answer: Answer } | { failure: SendFailure },
  input: Input,
  now: () => number = Date.now,
): Verdict {
  if ("failure" in result) return judgeFailure(operation, result.failure);
  const { answer } = result;
  if (answer.status >= 200 && answer.status < 300) return judgeSuccess(operation, answer, input);
  const refusal = refusalOf(answer, operation.connector.errors);
  const details: ErrorDetails = { upstream: upstreamOf(operation, answer, input) };
  const retryAfterMs = refusal.mayWait
    ? retryAfterOf(answer.headers["retry-after"], { nowMs: now(), mostMs: MAX_RETRY_AFTER_MS })
    : undefined;
  const error = new ConnectorError(
    refusal.code,
    `${operation.name}: ${refusal.message}`,
    retryAfterMs === undefined ? details : { ...details, retryAfterMs },
  );
  return {
    ok: false,
    error,
    again: refusal.again ?? false,
    arrived: answer.status >= 500 || answer.status === 408 ? "unknown" : "no",
    ...(answer.status === 401 && { unauthorized: true }),
    ...(answer.status === 429 && { throttled: true }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly again?: boolean;
  readonly mayWait?: boolean;
}

function refusalOf(answer: Answer, spelling: ErrorSpelling | undefined): Refusal {
  const { status } = answer;
  // Which status a refused cursor has is not on record.
  if (status < 500 && isCursorRefusal(spelling, saidBy(answer, spelling)?.message))
    return { code: "cursor_invalid", message: "the service does not know the cursor any more" };
  switch (status) {
    case 400:
      return { code: "upstream_rejected", message: "the service refused the request as malformed" };
    case 401:
      return { code: "credential_rejected", message: "the service refused the credential" };
    case 403:
      return { code: "permission_denied", message: "the service does not permit this to the credential" };
    case 404:
      return { code: "upstream_not_found", message: "the service has no such object" };
    case 408:
      return { code: "upstream_timeout", message: "the service gave up waiting for the request", again: true };
    case 429:
      return { code: "rate_limited", message: "the service asked for fewer calls", again: true, mayWait: true };
    case 503:
      return {
        code: "upstream_unavailable",
        message: "the service is down for maintenance or overloaded",
        again: true,
        mayWait: true,
      };
    case 504:
      return { code: "upstream_timeout", message: "the service did not answer in time", again: true };
  }
  if (status >= 500)
    return {
      code: "upstream_error",
      message: `the service failed with status ${status}`,
      again: status !== 501 && status !== 505,
    };
  if (status >= 400) return { code: "upstream_rejected", message: `the service refused the request with status ${status}` };
  return { code: "upstream_redirect_refused", message: "the service tried to redirect, which is not followed" };
}

function judgeSuccess(operation: CompiledOperation, answer: Answer, input: Input): Verdict {
  if (answer.bodyProblem !== undefined)
    return unusable(operation, PROBLEMS[answer.bodyProblem], { upstream: { status: answer.status } });
  const output = answer.body === undefined ? null : answer.body;
  try {
    const warnings = operation.checkOutput(answer.rounded ?? output, input);
    return warnings === undefined ? { ok: true, output } : { ok: true, output, warnings };
  } catch (error) {
    if (!isConnectorError(error, "upstream_invalid_response")) throw error;
    // What is no answer of this operation once would be none the next time.
    const problem = { code: error.code, message: "the service's answer does not match its schema", again: false };
    return unusable(operation, problem, {
      upstream: { status: answer.status },
      ...(error.details.issues && { issues: error.details.issues }),
    });
  }
}

type Problem = { readonly code: ErrorCode; readonly message: string; readonly again: boolean };

const PROBLEMS: Readonly<Record<BodyProblem, Problem>> = {
  too_large: { code: "upstream_response_too_large", message: "the service's answer is too large", again: false },
  too_deep: { code: "upstream_response_too_large", message: "the service's answer is nested too deeply", again: false },
  not_json: { code: "upstream_invalid_response", message: "the service's answer is not JSON", again: true },
  encoded: {
    code: "upstream_invalid_response",
    message: "the service's answer is compressed, which was not asked for",
    again: false,
  },
  truncated: { code: "upstream_invalid_response", message: "the service's answer was cut off", again: true },
  timeout: { code: "upstream_timeout", message: "the service's answer was not complete in time", again: true },
};

function unusable(operation: CompiledOperation, problem: Problem, details: ErrorDetails): Failed {
  const isWrite = operation.effect !== "read";
  const message = isWrite
    ? `${operation.name}: the write took effect, but ${problem.message}`
    : `${operation.name}: ${problem.message}`;
  const error = new ConnectorError(problem.code, message, isWrite ? { ...details, applied: true } : details);
  return { ok: false, error, again: !isWrite && problem.again, arrived: "unknown" };
}

const FAILURES: Readonly<Record<SendFailure["kind"], Problem>> = {
  unreachable: { code: "upstream_unreachable", message: "the service could not be reached", again: true },
  proxy: { code: "upstream_unreachable", message: "the proxy (HTTPS_PROXY) opened no connection to the service", again: true },
  timeout: { code: "upstream_timeout", message: "the service did not answer in time", again: true },
  reset: { code: "upstream_unreachable", message: "the connection to the service broke", again: true },
  tls: { code: "upstream_unreachable", message: "no secure connection to the service could be established", again: false },
  cancelled: { code: "cancelled", message: "the caller gave up", again: false },
  malformed: { code: "upstream_invalid_response", message: "the service did not answer in HTTP", again: true },
  headers_too_large: {
    code: "upstream_response_too_large",
    message: "the headers of the service's answer are too large",
    again: false,
  },
};

function judgeFailure(operation: CompiledOperation, { kind, arrived, cause }: SendFailure): Failed {
  const { code, message, again } = FAILURES[kind];
  return { ok: false, error: new ConnectorError(code, `${operation.name}: ${message}`, {}, { cause }), again, arrived };
}

/** The service's own words, where its body holds a code and a message as the manifest declares them. */
function upstreamOf(operation: CompiledOperation, answer: Answer, input: Input): NonNullable<ErrorDetails["upstream"]> {
  const { status } = answer;
  const said = saidBy(answer, operation.connector.errors);
  if (said === undefined) return { status };
  const secrets = sensitiveTexts(operation.inputSchema, input);
  return { status, code: clean(said.code, secrets), message: clean(said.message, secrets) };
}

function saidBy({ body }: Answer, spelling: ErrorSpelling | undefined): { code: string; message: string } | undefined {
  if (spelling === undefined) return undefined;
  const [code, message] = [atPointer(body, spelling.code), atPointer(body, spelling.message)];
  return typeof code === "string" && typeof message === "string" ? { code, message } : undefined;
}

/** Did the service refuse the cursor itself? It has no code for this, so its words decide. */
function isCursorRefusal(spelling: ErrorSpelling | undefined, message: string | undefined): boolean {
  if (spelling?.cursorRefused === undefined || message === undefined) return false;
  return message.toLowerCase().includes(spelling.cursorRefused.toLowerCase());
}
