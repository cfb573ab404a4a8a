import type { ErrorCode } from "../errors/connector-error.ts";
import type { Secret } from "../sealing/secret.ts";

/**
 * `pending`: consent not finished. `untested`. `healthy`: the last test passed, or a call has worked since. `failing`: the last test or call
 * failed, which proves nothing permanent. `reauth_required`: must be reconnected; no more tokens are requested for a consent.
 * `unusable`: needed scopes or permissions were not granted.
 */
export const CREDENTIAL_STATUSES = ["pending", "untested", "healthy", "failing", "reauth_required", "unusable"] as const;
export type CredentialStatus = (typeof CREDENTIAL_STATUSES)[number];
export type CredentialAuth = "oauth2" | "api_key";

/** Something to look at that stops nothing. */
export interface CredentialWarning {
  readonly code: "perform_as_unknown" | "perform_as_deactivated" | "perform_as_unchecked" | "refresh_token_missing";
  readonly message: string;
  /** RFC 3339: when the consent ends. */
  readonly endsAt?: string;
}

/** What is known of the user that writes are recorded for; null: nothing yet. */
export type PerformAsState = "active" | "deactivated" | "unknown" | "unchecked" | null;

/** A saved credential as callers see it. The sealed secret is not part of it. Times are RFC 3339 text. */
export interface Credential {
  /** `cred_` and 26 letters and digits. */
  readonly id: string;
  readonly project: string;
  /** The user of the project that it belongs to; null = the project itself. */
  readonly owner: string | null;
  /** Id of its connector. */
  readonly connector: string;
  readonly nickname: string;
  readonly environment: string;
  readonly auth: CredentialAuth;
  readonly status: CredentialStatus;
  /** Granted scopes; null for API keys, which do not tell theirs. */
  readonly scopes: readonly string[] | null;
  /** Scopes that the last consent was asked for and did not grant; null for API keys, and while no consent has ended. */
  readonly missingScopes: readonly string[] | null;
  /** Id of the user that writes are recorded for, unless a call says otherwise. */
  readonly defaultPerformAs: string | null;
  readonly account: { readonly userId: string | null; readonly accountId: string | null };
  readonly lastTest: { readonly at: string; readonly ok: boolean; readonly code: string; readonly message: string } | null;
  readonly warnings: readonly CredentialWarning[];
  /** When the service first accepted the secret that is saved now. */
  readonly acceptedAt: string | null;
  readonly lastUsedAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly version: number;
}

/** What is sealed: never stored, logged or answered in this form. */
export type CredentialSecret =
  | { readonly type: "api_key"; readonly apiKey: Secret }
  | { readonly type: "oauth2"; readonly accessToken: Secret; readonly refreshToken: Secret | null; readonly expiresAtMs: number };

export interface CheckLine {
  readonly id: "signature" | "environment" | "scopes" | "perform_as" | "token_expiry" | "clock" | "round_trip";
  readonly state: "pass" | "warn" | "fail" | "skipped";
  readonly message: string;
  /** What a person can do about it. */
  readonly action?: string;
  readonly [data: string]: unknown;
}

/** Answer of `POST /api/v1/credentials/:id/test`. */
export interface CheckReport {
  readonly usable: boolean;
  readonly code: "ok" | ErrorCode;
  /** Who or what has to be looked at where it is not usable; `configuration` is this server's own. */
  readonly cause: "credential" | "permission" | "network" | "service" | "configuration" | null;
  readonly message: string;
  readonly checks: readonly CheckLine[];
}

/** Answer of `GET /api/v1/credentials/:id/test`: the last report, and its time (RFC 3339). */
export interface SavedReport extends CheckReport {
  readonly at: string;
}
