import type { ErrorCode } from "../errors/connector-error.ts";
import type { CheckReport } from "./credential.ts";

const CAUSES: Partial<Record<ErrorCode, CheckReport["cause"]>> = {
  permission_denied: "permission",
  credential_scope_missing: "permission",
  upstream_not_found: "permission",
  upstream_unreachable: "network",
  upstream_timeout: "network",
  upstream_redirect_refused: "network",
  credential_refresh_unavailable: "service",
  rate_limited: "service",
  upstream_rejected: "service",
  upstream_error: "service",
  upstream_unavailable: "service",
  upstream_invalid_response: "service",
  upstream_response_too_large: "service",
  oauth_app_missing: "configuration",
  oauth_app_rejected: "configuration",
  credential_key_unavailable: "configuration",
  connector_unknown: "configuration",
  environment_unknown: "configuration",
};

const KNOWN: ReadonlySet<string | null> = new Set(["credential", "permission", "network", "service", "configuration", null]);

/** The cause of a saved report: an earlier version named the service itself. */
export function toKnownCause(cause: string | null): CheckReport["cause"] {
  return KNOWN.has(cause) ? (cause as CheckReport["cause"]) : "service";
}

/** Who or what has to be looked at for a failure; the credential itself where nothing else is to blame. */
export function toCause(code: ErrorCode): NonNullable<CheckReport["cause"]> {
  return CAUSES[code] ?? "credential";
}
