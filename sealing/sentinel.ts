import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import type { DocumentStore, StoredDocument } from "../store/document-store.ts";
import { insertIfAbsent } from "../store/insert-if-absent.ts";
import { isFirstFormat, type KeyRing } from "./encrypt.ts";
import { labelsInUse, sealedCollections } from "./keys.ts";
import { reveal } from "./secret.ts";

/** Project of documents that belong to the installation, not to a tenant; no tenant can be called that. */
const SYSTEM = "_system";
const ID = "key-sentinel";
const PLACE = { project: SYSTEM, id: ID, field: "value" } as const;
const TEXT = "the keys fit this store";

/** Under which keys sealed text of the first format is not to be opened any more. */
export type Refused = readonly string[] | "all";

/**
 * Proves at start-up that the configured keys are those that this store was sealed with, and makes the ring refuse the first format of
 * sealed text where this store has left it behind. On a new store it leaves the proof behind.
 *
 * @throws ConnectorError `config_invalid` saying what to do
 */
export async function checkSentinel(store: DocumentStore, ring: KeyRing): Promise<void> {
  for (;;) {
    const found = await store.get("meta", SYSTEM, ID);
    const refused = found === undefined ? "all" : read(ring, found);
    // A sentinel of the first format is that of an older version's store, unless the store was bound already: then it was put back from an older copy.
    const next = refused ?? ((await isBound(store)) ? "all" : []);
    if (found === undefined || refused === undefined) {
      if (!(await write(store, ring, found, next))) continue;
    }
    ring.refuseFirstFormat(next);
    return;
  }
}

/** Writes down, for every process from now on, that the first format is refused. False: the sentinel was changed meanwhile. */
export async function refuseFirstFormat(store: DocumentStore, ring: KeyRing, refused: Refused): Promise<boolean> {
  if (!(await write(store, ring, await store.get("meta", SYSTEM, ID), refused))) return false;
  ring.refuseFirstFormat(refused);
  return true;
}

/** Undefined: it is of the first format. */
function read(ring: KeyRing, found: StoredDocument): Refused | undefined {
  const sealed = String(found.value);
  let text: string;
  try {
    text = reveal(ring.open(sealed, PLACE));
    if (isFirstFormat(ring.labelOf(sealed))) {
      if (text === TEXT) return undefined;
      throw toConfigError(undefined);
    }
  } catch (error) {
    throw toConfigError(error);
  }
  const content = JSON.parse(text) as { text?: unknown; firstFormatRefused?: Refused };
  if (content.text !== TEXT || content.firstFormatRefused === undefined) throw toConfigError(undefined);
  return content.firstFormatRefused;
}

async function write(store: DocumentStore, ring: KeyRing, found: StoredDocument | undefined, refused: Refused): Promise<boolean> {
  const value = ring.seal(JSON.stringify({ text: TEXT, firstFormatRefused: refused }), PLACE);
  const set = { value, sealedKid: ring.labelOf(value) };
  if (found !== undefined) return (await store.patch("meta", SYSTEM, ID, { set }, { version: found.version })) !== undefined;
  return (await insertIfAbsent(store, "meta", { id: ID, project: SYSTEM, ...set })).isNew;
}

/** Does the store hold sealed text of the present format? */
async function isBound(store: DocumentStore): Promise<boolean> {
  for (const collection of sealedCollections()) {
    const labels = await labelsInUse(store, collection);
    if (labels.some((label) => !isFirstFormat(label))) return true;
  }
  return false;
}

function toConfigError(error: unknown): ConnectorError {
  const restore =
    "Configure the key it was encrypted with (CREDENTIALS_KEYS, or CREDENTIALS_KEY_FILE, or the file `keys` in DATA_DIR)";
  if (isConnectorError(error, "credential_key_unavailable")) {
    const message = `The saved secrets were sealed with the key "${String(error.details.kid)}", which is not configured. ${restore}.`;
    return new ConnectorError("config_invalid", message, { kid: error.details.kid }, { cause: error });
  }
  const message = `A configured key has the right name, but is not the key that the saved secrets were sealed with. ${restore}.`;
  return new ConnectorError("config_invalid", message, {}, { cause: error });
}
