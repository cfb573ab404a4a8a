import { ConnectorError, isConnectorError } from "../connector/errors.ts";
import type { DocumentStore } from "../store/document-store.ts";
import type { KeyRing } from "./encrypt.ts";
import { reveal } from "./secret.ts";

/** Project of documents that belong to the installation, not to a tenant; no tenant can be called that. */
const SYSTEM = "_system";
const ID = "key-sentinel";
const PLACE = { project: SYSTEM, id: ID, field: "value" } as const;
const TEXT = "the keys fit this store";

/**
 * Proves at start-up that the configured keys are those that this store was sealed with. On a new store it leaves the proof behind.
 *
 * @throws ConnectorError `config_invalid` saying what to do
 */
export async function checkSentinel(store: DocumentStore, ring: KeyRing): Promise<void> {
  const found = (await store.get("meta", SYSTEM, ID)) ?? (await leaveSentinel(store, ring));
  if (found === undefined) return;
  try {
    if (reveal(ring.open(String(found.value), PLACE)) === TEXT) return;
  } catch (error) {
    throw toConfigError(error);
  }
  throw toConfigError(undefined);
}

/** Answers undefined where it was left by us, and what another process left in the same moment. */
async function leaveSentinel(store: DocumentStore, ring: KeyRing) {
  const value = ring.seal(TEXT, PLACE);
  try {
    await store.insert("meta", { id: ID, project: SYSTEM, value, sealedKid: ring.kidOf(value) });
    return undefined;
  } catch (error) {
    if (!isConnectorError(error, "conflict")) throw error;
    return store.get("meta", SYSTEM, ID);
  }
}

function toConfigError(error: unknown): ConnectorError {
  const restore =
    "Configure the key it was sealed with (CREDENTIALS_KEYS, or CREDENTIALS_KEY_FILE, or the file `keys` in DATA_DIR)";
  if (isConnectorError(error, "credential_key_unavailable")) {
    const message = `The saved secrets were sealed with the key "${String(error.details.kid)}", which is not configured. ${restore}.`;
    return new ConnectorError("config_invalid", message, { kid: error.details.kid }, { cause: error });
  }
  const message = `A configured key has the right name, but is not the key that the saved secrets were sealed with. ${restore}.`;
  return new ConnectorError("config_invalid", message, {}, { cause: error });
}
