import type { ErrorCode } from "../errors/connector-error.ts";
import type { CheckReport } from "./credential.ts";

const CAUSES: Partial<Record<ErrorCode, CheckReport["cause"]>> = {
  permission_denied: "permission",
  credential_scope_missing: "permission",
  upstream_not_found: "permission",
  upstream_unreachable: "network",
  upstream_timeout: "network",
  upstream_redirect_refused: "network",
  credential_refresh_unavailable: "lever",
  rate_limited: "lever",
  upstream_rejected: "lever",
  upstream_error: "lever",
  upstream_unavailable: "lever",
  upstream_invalid_response: "lever",
  upstream_response_too_large: "lever",
  oauth_app_missing: "configuration",
  oauth_app_rejected: "configuration",
  credential_key_unavailable: "configuration",
  environment_unknown: "configuration",
};

/** Who or what has to be looked at for a failure; the credential itself where nothing else is to blame. */
export function toCause(code: ErrorCode): NonNullable<CheckReport["cause"]> {
  return CAUSES[code] ?? "credential";
}
