import { PROXY_FAILED } from "../connector/http/proxy.ts";

/**
 * What an answer of the token endpoint means. `terminal`: the consent is gone, the credential must be reconnected; only `invalid_grant` says
 * that. `app_rejected`: client id or secret refused, nothing to do with the credential. `transient`: everything else, may be tried again.
 */
export type TokenVerdict =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  | {
      readonly ok: false;
      readonly kind: "transient" | "terminal" | "app_rejected";
      /** In our words; the endpoint's description is not repeated, it may hold anything. */
      readonly reason: string;
      readonly status?: number;
      /** The OAuth error code. */
      readonly error?: string;
      readonly retryAfterMs?: number;
      /** The endpoint may have issued new tokens whose answer did not reach us. */
      readonly answerLost: boolean;
    };

const TRANSIENT_STATUS = new Set([408, 409, 423, 425, 429]);
const TRANSIENT_ERRORS = new Set(["temporarily_unavailable", "server_error", "slow_down", "too_many_requests"]);
/** The statuses that authorization servers give `invalid_grant` with. */
const GRANT_STATUS = new Set([400, 401, 403]);
const APP_ERRORS = new Set(["invalid_client", "unauthorized_client"]);
const ERROR_CODE = /^[A-Za-z0-9_.-]{1,64}$/;
const NEVER_ARRIVED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  PROXY_FAILED,
]);

export function judgeTokenAnswer(status: number, text: string, retryAfter?: string): TokenVerdict {
  const body = parse(text);
  if (status === 200 && typeof body?.access_token === "string" && body.access_token !== "") return { ok: true, body };
  const error = typeof body?.error === "string" && ERROR_CODE.test(body.error) ? body.error : undefined;
  const base = { ok: false, status, ...(error === undefined ? {} : { error }), answerLost: false } as const;
  const reason = error === undefined ? `status ${status}` : `${error}, status ${status}`;

  // A success that we cannot read, or a server that broke: it may have rotated the refresh token before that.
  if (status < 300 || status >= 500) return { ...base, kind: "transient", reason, answerLost: true, ...toRetryAfter(retryAfter) };
  if (TRANSIENT_STATUS.has(status)) return { ...base, kind: "transient", reason, ...toRetryAfter(retryAfter) };
  if (error !== undefined && TRANSIENT_ERRORS.has(error)) return { ...base, kind: "transient", reason };
  if (error === "invalid_grant" && GRANT_STATUS.has(status)) return { ...base, kind: "terminal", reason };
  if (status === 401 || (error !== undefined && APP_ERRORS.has(error))) return { ...base, kind: "app_rejected", reason };
  // A firewall's 403, a 404, a redirect, a request that some machine in between mangled: none of it speaks about the consent.
  return { ...base, kind: "transient", reason };
}

/** For requests that ended without an answer. */
export function describeNetworkError(error: unknown): { reason: string; answerLost: boolean } {
  const code = codeOf(error);
  return {
    reason: code === undefined ? "no answer" : `no answer, ${code}`,
    answerLost: code === undefined || !NEVER_ARRIVED.has(code),
  };
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === "TimeoutError") return "timed out";
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string" && ERROR_CODE.test(code) ? code : codeOf(error.cause);
}

function toRetryAfter(value: string | undefined): { retryAfterMs: number } | undefined {
  return value !== undefined && /^\d{1,5}$/.test(value) ? { retryAfterMs: Number(value) * 1000 } : undefined;
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const body: unknown = JSON.parse(text.replace(/^\ufeff/, ""));
    return typeof body === "object" && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
