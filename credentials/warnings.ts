import type { Credential, CredentialWarning, PerformAsState } from "./credential.ts";

/** Parts of a stored credential (document.ts). */
interface Facts extends Pick<Credential, "defaultPerformAs" | "status"> {
  readonly performAs?: PerformAsState;
  readonly endsAtMs?: number | null;
}

/** What should be looked at on a credential, although it may be used. */
export function toWarnings(facts: Facts): CredentialWarning[] {
  return [performAsWarning(facts), endingWarning(facts)].filter((warning) => warning !== undefined);
}

function performAsWarning({ performAs, defaultPerformAs }: Facts): CredentialWarning | undefined {
  if (defaultPerformAs === null || performAs == null || performAs === "active") return undefined;
  return { code: `perform_as_${performAs}`, message: MESSAGES[performAs] };
}

const MESSAGES = {
  unknown: "The account has no user with the ID that writes are recorded for. Writes will probably be refused.",
  deactivated: "The user that writes are recorded for is deactivated.",
  unchecked: "Whether the user that writes are recorded for exists could not be checked.",
};

/** A consent that cannot be renewed works to its end. */
function endingWarning({ endsAtMs, status }: Facts): CredentialWarning | undefined {
  if (endsAtMs == null || status === "reauth_required") return undefined;
  const endsAt = new Date(endsAtMs).toISOString();
  const message = `No refresh token was given, so the connection ends at ${endsAt}. Add offline_access to the OAuth app's scopes and connect again.`;
  return { code: "refresh_token_missing", message, endsAt };
}
