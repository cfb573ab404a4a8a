import type { ConnectingCredential } from "../api/credentials.ts";

/** Takes this window to the start of a consent, from where it comes back to the credential's page. */
export function goToConsent({ authorizeUrl }: ConnectingCredential): void {
  if (authorizeUrl !== undefined) window.location.assign(authorizeUrl);
}
