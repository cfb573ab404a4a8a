import { ConnectorError } from "../errors/connector-error.ts";
import type { DocumentStore } from "../store/document-store.ts";
import type { KeyRing } from "./encrypt.ts";
import { addKey } from "./key-file.ts";
import { listKeys } from "./keys.ts";

export interface NewKeyOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly file: string | undefined;
}

/**
 * Puts a new key into the key file and encrypts with it from now on. None is created while an interrupted rotation has left records under an
 * older key: they would then wait for yet another one.
 *
 * @returns its name; undefined where none was created
 * @throws ConnectorError `conflict` where the keys come from no file, or from one that this process may not change
 */
export async function makeNewKey({ store, ring, file }: NewKeyOptions): Promise<string | undefined> {
  if (file === undefined) {
    const message =
      "the encryption keys come from CREDENTIALS_KEYS: put a new key first there, restart, then re-encrypt everything with it";
    throw new ConnectorError("conflict", message);
  }
  ring.reload();
  const waiting = (await listKeys({ store, ring })).filter(({ current, configured, used }) => !current && configured && used > 0);
  if (waiting.length > 0) return undefined;
  const kid = addKey(file);
  ring.reload();
  if (!ring.kids().includes(kid)) throw new ConnectorError("conflict", "The key file was replaced meanwhile; try again");
  return kid;
}
