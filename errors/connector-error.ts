/** One row per failure that a caller reacts to differently. */
export interface ErrorRow {
  /** HTTP status of the problem document at our edge. */
  readonly status: number;
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean;
  readonly title: string;
}

/**
 * Every error code of this project: status, retryable, title.
 *
 * `docs/errors.md` explains each one; a test compares both ways. 401 always means the caller of this server;
 * a saved credential that the service refused is `credential_rejected` (424).
 */
export const ERRORS = {
  // the caller of this server
  auth_required: { status: 401, retryable: false, title: "A valid API key or session is needed" },
  forbidden: { status: 403, retryable: false, title: "The caller may not do this" },
  csrf_rejected: { status: 403, retryable: false, title: "The request did not come from this server's own pages" },
  not_found: { status: 404, retryable: false, title: "There is no such object" },
  method_not_allowed: { status: 405, retryable: false, title: "The path exists, but not with this method" },
  too_many_requests: { status: 429, retryable: true, title: "Too many requests to this server" },

  // the request itself
  malformed_json: { status: 400, retryable: false, title: "The body is not usable JSON" },
  unsupported_media_type: { status: 415, retryable: false, title: "The body must be application/json, not compressed" },
  payload_too_large: { status: 413, retryable: false, title: "The body is too large" },
  input_invalid: { status: 422, retryable: false, title: "The input does not match the schema" },
  perform_as_missing: { status: 422, retryable: false, title: "The operation needs a user to act as" },
  conflict: { status: 409, retryable: false, title: "The call conflicts with what is there" },
  idempotency_key_reused: { status: 422, retryable: false, title: "The Idempotency-Key was used before with another input" },
  idempotency_key_invalid: {
    status: 422,
    retryable: false,
    title: "The Idempotency-Key must be 1 to 255 visible ASCII characters",
  },
  idempotency_in_progress: { status: 409, retryable: true, title: "A call with this Idempotency-Key is still running" },

  // the saved credential
  credential_pending: { status: 409, retryable: false, title: "The credential's consent is not finished" },
  credential_rejected: { status: 424, retryable: false, title: "The service refused the saved credential" },
  credential_reauth_required: { status: 409, retryable: false, title: "The credential must be reconnected" },
  credential_scope_missing: { status: 422, retryable: false, title: "The credential was not granted a needed scope" },
  credential_refresh_unavailable: { status: 503, retryable: true, title: "No fresh access token was available in time" },
  credential_key_unavailable: { status: 503, retryable: false, title: "The key that encrypted this secret is not configured" },
  sealed_data_invalid: { status: 500, retryable: false, title: "Encrypted data does not belong here or was altered" },
  account_mismatch: { status: 409, retryable: false, title: "The consent was given in another account than before" },
  connector_unknown: { status: 422, retryable: false, title: "There is no such connector" },
  environment_unknown: { status: 422, retryable: false, title: "There is no such environment" },

  // the consent
  oauth_app_missing: { status: 409, retryable: false, title: "No OAuth app is configured for this environment" },
  oauth_app_rejected: { status: 502, retryable: false, title: "The service refused the OAuth app's client id or secret" },
  oauth_state_invalid: {
    status: 403,
    retryable: false,
    title: "The consent was not started here, was already used, or has expired",
  },
  oauth_denied: { status: 403, retryable: false, title: "The consent was refused at the service" },
  oauth_exchange_failed: { status: 502, retryable: true, title: "The service issued no tokens for the consent" },

  // the service
  permission_denied: { status: 403, retryable: false, title: "The service does not permit this to the credential" },
  upstream_not_found: { status: 404, retryable: false, title: "The service has no such object" },
  upstream_rejected: { status: 422, retryable: false, title: "The service refused the request" },
  rate_limited: { status: 429, retryable: true, title: "The service's rate limit does not allow the call in time" },
  upstream_error: { status: 502, retryable: true, title: "The service failed" },
  upstream_unavailable: { status: 503, retryable: true, title: "The service is down for maintenance or overloaded" },
  upstream_unreachable: { status: 502, retryable: true, title: "The service could not be reached" },
  upstream_timeout: { status: 504, retryable: true, title: "The service did not answer in time" },
  upstream_invalid_response: { status: 502, retryable: true, title: "The service's answer could not be understood" },
  upstream_response_too_large: { status: 502, retryable: false, title: "The service's answer is larger or deeper than allowed" },
  upstream_redirect_refused: {
    status: 502,
    retryable: false,
    title: "The service tried to redirect; redirects are not followed",
  },
  cursor_invalid: { status: 422, retryable: false, title: "The cursor is not usable any more; start from the first page" },

  // effects
  outcome_unknown: { status: 502, retryable: false, title: "The write may or may not have taken effect" },
  write_in_progress: { status: 409, retryable: true, title: "Another write to the same object is still running" },
  superseded: { status: 409, retryable: false, title: "A newer write to the same object overtook this one" },
  cancelled: { status: 499, retryable: true, title: "The caller gave up" },

  // workflows
  mapping_missing: { status: 422, retryable: false, title: "A value that the step needs is not there" },
  mapping_failed: { status: 422, retryable: false, title: "An expression cannot be applied to its value" },
  workflow_invalid: { status: 422, retryable: false, title: "The workflow has errors and cannot be published" },

  // destinations
  egress_denied: { status: 422, retryable: false, title: "This server sends nothing to such an address" },
  destination_paused: { status: 409, retryable: false, title: "The destination is paused" },
  delivery_failed: { status: 502, retryable: false, title: "The destination did not accept the message" },

  // endpoints
  webhook_rejected: { status: 401, retryable: false, title: "The delivery was refused" },
  request_timeout: { status: 408, retryable: true, title: "The body did not come in time" },

  // this server
  manifest_invalid: { status: 500, retryable: false, title: "The connector's manifest is not valid" },
  config_invalid: { status: 500, retryable: false, title: "The configuration is not valid" },
  store_unavailable: { status: 503, retryable: true, title: "The store cannot be reached or written" },
  store_full: { status: 503, retryable: true, title: "The store has no space left" },
  shutting_down: { status: 503, retryable: true, title: "The server is shutting down" },
  internal_error: { status: 500, retryable: false, title: "Something unexpected went wrong in this server" },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** One violation of an input schema; never carries the offending value. */
export interface Issue {
  /** RFC 6901 pointer into the input, for example `/tags/0`; `""` is the input itself. */
  readonly pointer: string;
  readonly keyword: string;
  readonly message: string;
}

export interface ErrorDetails {
  readonly issues?: readonly Issue[];
  readonly retryAfterMs?: number;
  /** What the service itself said: its status, and `{code, message}` where its body held them. */
  readonly upstream?: { readonly status?: number; readonly code?: string; readonly message?: string };
  /** True when a write surely took effect although the call failed. */
  readonly applied?: boolean;
  readonly [name: string]: unknown;
}

/**
 * The one error class of this project. Compare `code`, not the class: the code survives JSON and the store.
 *
 * The message says what happened and to which operation; it never holds a secret, a candidate's data or an offending value.
 */
export class ConnectorError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = "ConnectorError";
    this.code = code;
    this.details = details;
    // A cause may hold raw replies or headers: it stays reachable for debugging, but nothing that enumerates prints it.
    if ("cause" in options) Object.defineProperty(this, "cause", { value: options.cause, enumerable: false });
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }

  get title(): string {
    return ERRORS[this.code].title;
  }

  toJSON(): Record<string, unknown> {
    return { code: this.code, message: this.message, status: this.status, retryable: this.retryable, details: this.details };
  }
}

/** Is this one of our errors, optionally with this code? Works on errors of another copy of this module too. */
export function isConnectorError(error: unknown, code?: ErrorCode): error is ConnectorError {
  return (
    error instanceof Error && error.name === "ConnectorError" && "code" in error && (code === undefined || error.code === code)
  );
}
