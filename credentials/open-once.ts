import type { CredentialSecret } from "./credential.ts";

/** Opens a secret, or answers what the very same sealed text of the same record held a moment ago. */
export type OpenOnce = (project: string, id: string, sealed: string, open: () => CredentialSecret) => CredentialSecret;

/** So long an opened secret stays in memory, however much it is used. Opening one costs as much as reading its record three times. */
const KEEP_MS = 60_000;

export function createOpenOnce(): OpenOnce {
  const opened = new Map<string, CredentialSecret>();

  return (project, id, sealed, open) => {
    const key = JSON.stringify([project, id, sealed]);
    const known = opened.get(key);
    if (known !== undefined) return known;
    const secret = open();
    opened.set(key, secret);
    setTimeout(() => opened.delete(key), KEEP_MS).unref();
    return secret;
  };
}
