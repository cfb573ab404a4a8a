import type { CheckReport, Credential } from "../schemas/types/index.ts";
import type { Secret } from "../sealing/secret.ts";

export type { CheckReport, Credential };
export type CredentialStatus = Credential["status"];
export type CredentialAuth = Credential["auth"];
export const CREDENTIAL_STATUSES = [
  "pending",
  "untested",
  "healthy",
  "failing",
  "reauth_required",
  "unusable",
] as const satisfies readonly CredentialStatus[];

/** Something to look at that stops nothing. */
export type CredentialWarning = Credential["warnings"][number];

/** What is known of the user that writes are recorded for; null: nothing yet. */
export type PerformAsState = "active" | "deactivated" | "unknown" | "unchecked" | null;

/** What is sealed: never stored, logged or answered in this form. */
export type CredentialSecret =
  | { readonly type: "api_key"; readonly apiKey: Secret }
  | { readonly type: "oauth2"; readonly accessToken: Secret; readonly refreshToken: Secret | null; readonly expiresAtMs: number };

export type CheckLine = CheckReport["checks"][number];

/** The last report, read later. */
export type SavedReport = CheckReport & Required<Pick<CheckReport, "at">>;
