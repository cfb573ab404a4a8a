import type { SealedPlace } from "../sealing/encrypt.ts";
import type { CredentialSecret } from "./credential.ts";

/** Opens a secret, or answers what the very same sealed text in the same place held a moment ago. */
export type OpenOnce = (place: SealedPlace, sealed: string, open: () => CredentialSecret) => CredentialSecret;

/** So long an opened secret stays in memory, however much it is used. Opening one costs as much as reading its record three times. */
const KEEP_MS = 60_000;

export function createOpenOnce(): OpenOnce {
  const opened = new Map<string, CredentialSecret>();

  return (place, sealed, open) => {
    // The whole place: what is remembered must not open where the sealed text itself would not.
    const key = JSON.stringify([place, sealed]);
    const known = opened.get(key);
    if (known !== undefined) return known;
    const secret = open();
    opened.set(key, secret);
    setTimeout(() => opened.delete(key), KEEP_MS).unref();
    return secret;
  };
}
