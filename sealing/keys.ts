import { join } from "node:path";
import { ConnectorError } from "../errors/connector-error.ts";
import { COLLECTIONS, type CollectionName } from "../store/collections.ts";
import { type DocumentStore, EVERY_PROJECT } from "../store/document-store.ts";
import { createKeyRing, type KeyRing, kidOfLabel } from "./encrypt.ts";
import { firstSeenOf } from "./key-ages.ts";
import { keyFileStamp, makeKeyFile, readKeyFile } from "./key-file.ts";
import { parseKeys } from "./parse-keys.ts";

export interface KeySource {
  /** Value of `CREDENTIALS_KEYS`. */
  readonly keys?: string | undefined;
  /** Value of `CREDENTIALS_KEY_FILE`. */
  readonly keyFile?: string | undefined;
  /** Where the embedded store lies: with neither of the above, the key file `keys` is created there. Absent for a MongoDB store. */
  readonly dataDir?: string | undefined;
}

export interface LoadedKeys {
  readonly ring: KeyRing;
  /** The key file in use; undefined where the keys come from `CREDENTIALS_KEYS`. */
  readonly file?: string;
}

export interface KeyUse {
  readonly kid: string;
  readonly current: boolean;
  /** False: records need this key, but it is not configured. */
  readonly configured: boolean;
  /** How many records are sealed under it. */
  readonly used: number;
  /** When a process with this store met the key first, RFC 3339; null where that was not recorded. */
  readonly firstSeenAt: string | null;
}

/**
 * Opens the key ring from the configuration. A ring from a file reads it again when it meets an unknown key, and before sealing.
 *
 * @throws ConnectorError `config_invalid` saying what to set, `store_full`
 */
export function loadKeys({ keys, keyFile, dataDir }: KeySource): LoadedKeys {
  if (keys !== undefined && keyFile !== undefined) {
    throw new ConnectorError("config_invalid", "Set CREDENTIALS_KEYS or CREDENTIALS_KEY_FILE, not both");
  }
  if (keys !== undefined) return { ring: createKeyRing(parseKeys(keys)) };
  if (keyFile !== undefined) return fromFile(keyFile);
  if (dataDir === undefined) {
    const message =
      "Saved secrets need a key: set CREDENTIALS_KEYS to name:key (key: openssl rand -base64 32), or CREDENTIALS_KEY_FILE";
    throw new ConnectorError("config_invalid", message);
  }
  const file = join(dataDir, "keys");
  try {
    makeKeyFile(file);
  } catch (error) {
    throw unusableFolder(dataDir, error as NodeJS.ErrnoException);
  }
  return fromFile(file);
}

/** Every key, the current one first, with how many records are sealed under it. */
export async function listKeys({ store, ring }: { store: DocumentStore; ring: KeyRing }): Promise<KeyUse[]> {
  const records = new Map<string, number>(ring.kids().map((kid) => [kid, 0]));
  for (const collection of sealedCollections()) {
    for (const label of await labelsInUse(store, collection)) {
      const kid = kidOfLabel(label);
      records.set(kid, (records.get(kid) ?? 0) + (await store.count(collection, EVERY_PROJECT, { sealedKid: label })));
    }
  }
  const configured = new Set(ring.kids());
  const current = ring.currentKid();
  return Promise.all(
    [...records].map(async ([kid, used]) => ({
      kid,
      current: kid === current,
      configured: configured.has(kid),
      used,
      firstSeenAt: await firstSeenOf(store, kid),
    })),
  );
}

/** Collections that keep sealed text. */
export function sealedCollections(): CollectionName[] {
  return (Object.keys(COLLECTIONS) as CollectionName[]).filter((name) => "sealed" in COLLECTIONS[name]);
}

/** Labels (`KeyRing.labelOf`) of a collection's sealed texts: one step in the index for each, not one for each record. */
export async function labelsInUse(store: DocumentStore, collection: CollectionName): Promise<string[]> {
  const labels: string[] = [];
  for (let last = ""; ; ) {
    const [next] = await store.find(collection, EVERY_PROJECT, {
      where: { sealedKid: { gt: last } },
      sort: ["sealedKid"],
      limit: 1,
    });
    if (next === undefined) return labels;
    last = next.sealedKid as string;
    labels.push(last);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "may not be written by this user",
  EPERM: "may not be written by this user",
  EROFS: "lies on a read-only file system",
  ENOTDIR: "is not a folder",
  EEXIST: "is not a folder",
  ENOENT: "cannot be created",
  ENOSPC: "lies on a full disk",
  EDQUOT: "lies on a full disk",
};

function unusableFolder(dataDir: string, cause: NodeJS.ErrnoException): unknown {
  const reason = REASONS[cause.code ?? ""];
  if (reason === undefined) return cause;
  const code = cause.code === "ENOSPC" || cause.code === "EDQUOT" ? "store_full" : "config_invalid";
  const message = `DATA_DIR ${dataDir} ${reason}; set DATA_DIR to another folder`;
  return new ConnectorError(code, message, { variable: "DATA_DIR" }, { cause });
}

function fromFile(file: string): LoadedKeys {
  let stamp = keyFileStamp(file);
  const keys = readKeyFile(file);
  function reload() {
    const found = keyFileStamp(file);
    if (found === stamp) return undefined;
    const fresh = readKeyFile(file);
    stamp = found;
    return fresh;
  }
  return { ring: createKeyRing(keys, { reload }), file };
}
