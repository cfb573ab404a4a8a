import type { Credential } from "../api/credentials.ts";

export interface StatusWords {
  readonly label: string;
  readonly color: "sea" | "amber" | "brick" | "gray";
  readonly meaning: string;
  /** What to do about it; undefined where nothing is to be done. */
  readonly next?: string;
}

const WARNED = "Warning";

/** What a credential's status means for its users. */
export function statusWords(credential: Credential): StatusWords {
  const { status, auth, acceptedAt } = credential;
  if (isWarned(credential)) return { label: WARNED, color: "amber", meaning: warningText(credential) };
  const isRejected = status === "reauth_required" && auth === "api_key" && acceptedAt === null;
  const words = isRejected ? NEVER_ACCEPTED : STATUSES[status];
  const next = auth === "oauth2" ? words.nextByConsent : words.nextByKey;
  return next === undefined ? words : { ...words, next };
}

/** It may be used, but something should be looked at. */
export function isWarned({ status, warnings }: Credential): boolean {
  return warnings.length > 0 && (status === "healthy" || status === "untested");
}

export function warningText({ warnings }: Credential): string {
  return warnings.map(({ message }) => message).join(" ");
}

const NEVER_ACCEPTED = {
  label: "Reconnect required",
  color: "brick",
  meaning: "Lever rejected this API key. It may be mistyped, or belong to another environment.",
  nextByKey: "Reconnect it with the right key. Its name, settings and uses stay.",
  nextByConsent: undefined,
} as const;

const STATUSES: Record<
  Credential["status"],
  Omit<StatusWords, "next"> & { readonly nextByConsent?: string; readonly nextByKey?: string }
> = {
  pending: {
    label: "Authorization pending",
    color: "amber",
    meaning: "The connection is not approved in Lever yet, so it cannot be used.",
    nextByConsent: "Continue to Lever and approve it as a Super Admin.",
    nextByKey: "Save the key again.",
  },
  untested: {
    label: "Not tested",
    color: "gray",
    meaning: "It is saved, but not checked with Lever yet.",
    nextByConsent: "Run the test.",
    nextByKey: "Run the test.",
  },
  healthy: { label: "Connected", color: "sea", meaning: "The last test passed, or a call has worked since." },
  failing: {
    label: "Failing",
    color: "amber",
    meaning: "The last test or call failed for a temporary reason, or one that is not the credential’s fault.",
    nextByConsent: "Read what the test found, then test again.",
    nextByKey: "Read what the test found, then test again.",
  },
  reauth_required: {
    label: "Reconnect required",
    color: "brick",
    meaning: "Lever no longer accepts it. Everything that uses it fails until it is reconnected.",
    nextByConsent: "Reconnect it with OAuth. Its name, settings and uses stay.",
    nextByKey: "Reconnect it with a new key. Its name, settings and uses stay.",
  },
  unusable: {
    label: "Permissions missing",
    color: "brick",
    meaning: "Lever accepts it, but does not grant what is needed.",
    nextByConsent: "Reconnect it as a Super Admin and approve all permissions requested.",
    nextByKey: "Give the key the permissions in Lever, then test again.",
  },
};

/** Every state that a list can be narrowed to, in words. */
export const STATUS_LABELS: readonly string[] = [
  ...new Set([...Object.values(STATUSES).map(({ label }) => label), WARNED]),
].sort();
