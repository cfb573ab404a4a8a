import type { Credential, CredentialFilter } from "../api/credentials.ts";
import type { Service } from "../api/service.ts";

export interface StatusWords {
  readonly label: string;
  readonly color: "sea" | "amber" | "brick" | "gray";
  readonly meaning: string;
  /** What to do about it; undefined where nothing is to be done. */
  readonly next?: string;
}

const WARNED = "Warning";

/** What a credential's status means for its users. */
export function statusWords(credential: Credential, service: Service = SOME_SERVICE): StatusWords {
  const { status, auth, acceptedAt } = credential;
  if (isWarned(credential)) return { label: WARNED, color: "amber", meaning: warningText(credential) };
  const isRejected = status === "reauth_required" && auth === "api_key" && acceptedAt === null;
  const words = isRejected ? neverAccepted(service) : statuses(service)[status];
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

/** Labels and colours name no service. */
const SOME_SERVICE: Service = { name: "the service", asApprover: "" };

const neverAccepted = ({ name }: Service) => ({
  label: "Reconnect required",
  color: "brick" as const,
  meaning: `${name} rejected this API key. It may be mistyped, or belong to another environment.`,
  nextByKey: "Reconnect it with the right key. Its name, settings and uses stay.",
  nextByConsent: undefined,
});

type Status = Credential["status"];
type Meaning = Omit<StatusWords, "next"> & { readonly nextByConsent?: string; readonly nextByKey?: string };

const statuses = ({ name, asApprover }: Service): Record<Status, Meaning> => ({
  pending: {
    label: "Authorization pending",
    color: "amber",
    meaning: `The connection is not approved in ${name} yet, so it cannot be used.`,
    nextByConsent: `Continue to ${name} and approve it${asApprover}.`,
    nextByKey: "Save the key again.",
  },
  untested: {
    label: "Not tested",
    color: "gray",
    meaning: `It is saved, but not checked with ${name} yet.`,
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
    meaning: `${name} no longer accepts it. Everything that uses it fails until it is reconnected.`,
    nextByConsent: "Reconnect it with OAuth. Its name, settings and uses stay.",
    nextByKey: "Reconnect it with a new key. Its name, settings and uses stay.",
  },
  unusable: {
    label: "Permissions missing",
    color: "brick",
    meaning: `${name} accepts it, but does not grant what is needed.`,
    nextByConsent: `Reconnect it${asApprover} and approve all permissions requested.`,
    nextByKey: `Give the key the permissions in ${name}, then test again.`,
  },
});

/** Every state that a list can be narrowed to, in words, and what the server is asked for it. */
export const STATUS_FILTERS: ReadonlyMap<string, CredentialFilter> = new Map(
  [
    ...Object.entries(statuses(SOME_SERVICE)).map(([status, { label }]) => [label, toFilter(status as Status)] as const),
    [WARNED, { warning: true }] as const,
  ].sort(([a], [b]) => a.localeCompare(b)),
);

/** Of what works, only what nothing should be looked at. */
function toFilter(status: Status): CredentialFilter {
  return status === "healthy" || status === "untested" ? { status, warning: false } : { status };
}
