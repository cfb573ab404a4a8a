import type { Credential } from "../api/credentials.ts";

export interface StatusWords {
  readonly label: string;
  readonly color: "sea" | "amber" | "brick" | "gray";
  readonly meaning: string;
  /** What to do about it; undefined where nothing is to be done. */
  readonly next?: string;
}

/** What a credential's status means for whoever uses it. */
export function statusWords({ status, auth }: Pick<Credential, "status" | "auth">): StatusWords {
  const words = STATUSES[status];
  const next = auth === "oauth2" ? words.nextByConsent : words.nextByKey;
  return next === undefined ? words : { ...words, next };
}

const STATUSES: Record<
  Credential["status"],
  Omit<StatusWords, "next"> & { readonly nextByConsent?: string; readonly nextByKey?: string }
> = {
  pending: {
    label: "Consent not finished",
    color: "amber",
    meaning: "Nobody has approved the connection in Lever yet, so it cannot be used.",
    nextByConsent: "Go on to Lever and approve it as a Super Admin.",
    nextByKey: "Save the key again.",
  },
  untested: {
    label: "Not tested",
    color: "gray",
    meaning: "It is saved, but whether Lever accepts it is not known.",
    nextByConsent: "Run the test.",
    nextByKey: "Run the test.",
  },
  healthy: { label: "Works", color: "sea", meaning: "The last test passed." },
  failing: {
    label: "Failing",
    color: "amber",
    meaning: "The last test failed for a reason that may pass, or that is not the credential’s fault.",
    nextByConsent: "Read what the test found, then test again.",
    nextByKey: "Read what the test found, then test again.",
  },
  reauth_required: {
    label: "Must be reconnected",
    color: "brick",
    meaning: "Lever does not accept it any more. Everything that uses it fails until it is reconnected.",
    nextByConsent: "Reconnect it by a new consent. Its name, settings and uses stay.",
    nextByKey: "Reconnect it with a new key. Its name, settings and uses stay.",
  },
  unusable: {
    label: "Lacks permissions",
    color: "brick",
    meaning: "Lever accepts it, but does not grant what is needed.",
    nextByConsent: "Reconnect it as a Super Admin and agree to everything that is asked for.",
    nextByKey: "Give the key the permissions in Lever, then test again.",
  },
};
