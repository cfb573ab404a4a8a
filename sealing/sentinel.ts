import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import type { DocumentStore, StoredDocument } from "../store/document-store.ts";
import { insertIfAbsent } from "../store/insert-if-absent.ts";
import { joinRefusals, type KeyRing, olderFormatOf, type Refusals, type Refused } from "./encrypt.ts";
import { labelsInUse, sealedCollections } from "./keys.ts";
import { reveal } from "./secret.ts";

/** Project of documents that belong to the installation, not to a tenant; no tenant can be called that. */
const SYSTEM = "_system";
const ID = "key-sentinel";
const PLACE = { project: SYSTEM, id: ID, field: "value" } as const;
const TEXT = "the keys fit this store";

const NONE: Refusals = { v1: [], v2: [] };
const ALL: Refusals = { v1: "all", v2: "all" };

/**
 * Proves at start-up that the configured keys are those that this store was sealed with, and makes the ring refuse the older formats of
 * sealed text that this store has left behind. On a new store it leaves the proof behind.
 *
 * @throws ConnectorError `config_invalid` saying what to do
 */
export async function checkSentinel(store: DocumentStore, ring: KeyRing): Promise<void> {
  for (;;) {
    const found = await store.get("meta", SYSTEM, ID);
    const said = found === undefined ? ALL : read(ring, found);
    const isOlder = found !== undefined && olderFormatOf(ring.labelOf(String(found.value))) !== undefined;
    // A sentinel of an older format is that of an older version's store, unless the store was bound already: then it was put back from an older copy.
    const refused = isOlder && (await isBound(store)) ? ALL : said;
    if (found === undefined || isOlder) {
      if (!(await write(store, ring, found, refused))) continue;
    }
    ring.refuseOlder(refused);
    return;
  }
}

/** Writes down, for every process from now on, that older formats are refused. False: the sentinel was changed meanwhile. */
export async function refuseOlder(store: DocumentStore, ring: KeyRing, refused: Refusals): Promise<boolean> {
  const found = await store.get("meta", SYSTEM, ID);
  const next = found === undefined ? refused : joinRefusals(read(ring, found), refused);
  if (!(await write(store, ring, found, next))) return false;
  ring.refuseOlder(next);
  return true;
}

/** What the sentinel of this version, or of an older one, says. */
function read(ring: KeyRing, found: StoredDocument): Refusals {
  const sealed = String(found.value);
  let text: string;
  try {
    text = reveal(ring.open(sealed, PLACE));
  } catch (error) {
    throw toConfigError(error);
  }
  if (olderFormatOf(ring.labelOf(sealed)) === "v1") {
    if (text === TEXT) return NONE;
    throw toConfigError(undefined);
  }
  const content = JSON.parse(text) as { text?: unknown; firstFormatRefused?: Refused; refused?: Refusals };
  if (content.text !== TEXT) throw toConfigError(undefined);
  return content.refused ?? { ...NONE, v1: content.firstFormatRefused ?? [] };
}

async function write(
  store: DocumentStore,
  ring: KeyRing,
  found: StoredDocument | undefined,
  refused: Refusals,
): Promise<boolean> {
  const value = ring.seal(JSON.stringify({ text: TEXT, refused }), PLACE);
  const set = { value, sealedKid: ring.labelOf(value) };
  if (found !== undefined) return (await store.patch("meta", SYSTEM, ID, { set }, { version: found.version })) !== undefined;
  return (await insertIfAbsent(store, "meta", { id: ID, project: SYSTEM, ...set })).isNew;
}

/** Does the store hold sealed text of the present format? */
async function isBound(store: DocumentStore): Promise<boolean> {
  for (const collection of sealedCollections()) {
    const labels = await labelsInUse(store, collection);
    if (labels.some((label) => olderFormatOf(label) === undefined)) return true;
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
