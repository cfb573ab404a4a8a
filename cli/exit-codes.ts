import type { ErrorCode } from "../errors/connector-error.ts";

/** What each exit code means, as `--help` and docs/cli.md tell it. */
export const EXIT_CODES = {
  0: "done",
  1: "something unexpected went wrong",
  2: "wrong usage: unknown command or option, missing argument",
  3: "input refused: by the schema, by the service, or it names something that does not exist",
  4: "trouble with the saved credential: refused, consent missing, permission or scope missing",
  5: "trouble with the service: unreachable, overloaded, rate limited, or the outcome of a write is unknown",
  6: "trouble with the store, the keys or the configuration of this installation",
  130: "cancelled (Ctrl-C)",
} as const;

export type ExitCode = keyof typeof EXIT_CODES;

const EXIT_OF: Readonly<Record<ErrorCode, ExitCode>> = {
  auth_required: 6,
  forbidden: 6,
  csrf_rejected: 6,
  not_found: 3,
  method_not_allowed: 3,
  too_many_requests: 5,
  malformed_json: 3,
  unsupported_media_type: 3,
  payload_too_large: 3,
  input_invalid: 3,
  perform_as_missing: 3,
  conflict: 3,
  idempotency_key_reused: 3,
  idempotency_key_invalid: 3,
  idempotency_in_progress: 5,
  credential_pending: 4,
  credential_rejected: 4,
  credential_reauth_required: 4,
  credential_scope_missing: 4,
  credential_refresh_unavailable: 5,
  credential_key_unavailable: 6,
  sealed_data_invalid: 6,
  account_mismatch: 4,
  connector_unknown: 3,
  environment_unknown: 3,
  oauth_app_missing: 6,
  oauth_app_rejected: 6,
  oauth_state_invalid: 4,
  oauth_denied: 4,
  oauth_exchange_failed: 5,
  permission_denied: 4,
  upstream_not_found: 3,
  upstream_rejected: 3,
  rate_limited: 5,
  upstream_error: 5,
  upstream_unavailable: 5,
  upstream_unreachable: 5,
  upstream_timeout: 5,
  upstream_invalid_response: 5,
  upstream_response_too_large: 5,
  upstream_redirect_refused: 5,
  cursor_invalid: 3,
  mapping_missing: 3,
  mapping_failed: 3,
  workflow_invalid: 3,
  outcome_unknown: 5,
  write_in_progress: 5,
  superseded: 5,
  cancelled: 130,
  egress_denied: 3,
  destination_paused: 3,
  delivery_failed: 5,
  webhook_rejected: 3,
  request_timeout: 5,
  manifest_invalid: 6,
  config_invalid: 6,
  store_unavailable: 6,
  store_full: 6,
  shutting_down: 6,
  internal_error: 1,
};

/** The exit code for an error code; a code this table does not know (of a newer record, say) is unexpected. */
export function exitCodeOf(code: string): ExitCode {
  return Object.hasOwn(EXIT_OF, code) ? EXIT_OF[code as ErrorCode] : 1;
}

export function exitCodesHelp(): string {
  const lines = Object.entries(EXIT_CODES).map(([code, meaning]) => `  ${code.padStart(3)}  ${meaning}`);
  return `\nExit codes:\n${lines.join("\n")}`;
}
