import type { CredentialSecret } from "./credential.ts";

/** Keeps secrets opened a while, each bound to the very sealed text it came from; the least used leave when `capacity` is reached. */
export interface OpenedSecrets {
  /** The secret of this sealed text; `open` runs once for each text. */
  get(project: string, id: string, sealed: string, open: () => CredentialSecret): CredentialSecret;
  forget(project: string, id: string): void;
}

/** Work at creation: none. `capacity` 1,000 by default. */
export function createOpenedSecrets(capacity = 1000): OpenedSecrets {
  const entries = new Map<string, { sealed: string; secret: CredentialSecret }>();

  return {
    get(project, id, sealed, open) {
      const key = toKey(project, id);
      const found = entries.get(key);
      const entry = found?.sealed === sealed ? found : { sealed, secret: open() };
      entries.delete(key);
      entries.set(key, entry);
      for (const oldest of entries.keys()) {
        if (entries.size <= capacity) break;
        entries.delete(oldest);
      }
      return entry.secret;
    },
    forget(project, id) {
      entries.delete(toKey(project, id));
    },
  };
}

function toKey(project: string, id: string): string {
  return `${project}\u0000${id}`;
}
