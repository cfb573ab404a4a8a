import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { ConnectorError } from "../errors/connector-error.ts";
import { reveal, Secret } from "./secret.ts";

/** One named 256-bit key that wraps data keys. */
export interface SealingKey {
  /** 1 to 64 letters, digits, `-` and `_`. */
  readonly kid: string;
  readonly key: Buffer;
}

/** Where a sealed value belongs. It opens there and nowhere else. */
export interface SealedPlace {
  readonly project: string;
  /** Whose the record is; absent or "": the project's own. */
  readonly owner?: string;
  /** Id of the record that holds it. */
  readonly id: string;
  /** Field of the record that holds it. */
  readonly field: string;
  /** Other values of the record that it is good for and no others: those that decide where the secret goes (sealed-place.ts). */
  readonly bound?: readonly unknown[];
}

export interface KeyRing {
  /** Name of the key that seals from now on. */
  currentKid(): string;
  /** Names of all known keys, the current one first. */
  kids(): readonly string[];
  /** Seals under a fresh data key, which the current key wraps. */
  seal(plaintext: Secret | string, place: SealedPlace): string;
  /** @throws ConnectorError `credential_key_unavailable` (unknown key), `sealed_data_invalid` (altered, or moved here from elsewhere) */
  open(sealed: string, place: SealedPlace): Secret;
  /**
   * Wraps the data key with the current key. The plaintext is not opened; sealed text of the current key comes back unchanged. Text of an
   * older format is re-encrypted, bound to the whole place. Errors as `open`.
   */
  reseal(sealed: string, place: SealedPlace): string;
  /** From now on text of the older formats, which are bound to less, does not open under these keys, or under any: none is left. */
  refuseOlder(refused: Refusals): void;
  /** Takes notice of changed keys now. Where they cannot be read, those known stay. */
  reload(): void;
  /** Name of the key that a sealed text needs. @throws ConnectorError `sealed_data_invalid` */
  kidOf(sealed: string): string;
  /** What a record keeps beside sealed text as `sealedKid`, to be found by: the format and the key. @throws ConnectorError `sealed_data_invalid` */
  labelOf(sealed: string): string;
  /** The label of what is sealed from now on. */
  currentLabel(): string;
}

/** Under which keys text of an older format is not to be opened any more. */
export type Refused = readonly string[] | "all";

export type Refusals = Readonly<Record<OlderFormat, Refused>>;

export interface KeyRingOptions {
  /**
   * Gives the keys again where they may have changed, else undefined. Asked when an unknown key is met and before sealing, each at most
   * once in `reloadEveryMs`. Keys once known stay usable until the process ends.
   */
  readonly reload?: () => readonly SealingKey[] | undefined;
  /** 1,000 by default. */
  readonly reloadEveryMs?: number;
  readonly now?: () => number;
}

/** `v1` is bound to project, record and field; `v2` to what decides where the secret goes as well. */
export const OLDER_FORMATS = ["v1", "v2"] as const;
const VERSION = "v3";
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const KID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * A ring of named keys; the first is the current one. Sealed text is `v3.<kid>.<wrapped data key>.<payload>`, base64url, both parts
 * AES-256-GCM as nonce, ciphertext, tag. The whole place and the format are authenticated with both, the key's name with the wrap. Older
 * formats knew less of the place; each opens until it is refused, and is never written.
 *
 * @throws ConnectorError `config_invalid` where a key is not 32 bytes, a name is unusable or given twice, or there is none
 */
export function createKeyRing(keys: readonly SealingKey[], options: KeyRingOptions = {}): KeyRing {
  const { reload, reloadEveryMs = 1000, now = Date.now } = options;
  const known = new Map<string, Buffer>();
  let currentKid = adopt(known, keys);
  let reloadedAtMs = now();
  let missed = { kid: "", atMs: 0 };
  let reloadFailure: unknown;
  let refusals: Refusals = NOTHING_REFUSED;

  function isRecent(atMs: number): boolean {
    const elapsedMs = now() - atMs;
    return elapsedMs >= 0 && elapsedMs < reloadEveryMs;
  }

  function reloadKeys(): void {
    reloadedAtMs = now();
    try {
      const fresh = reload?.();
      if (fresh !== undefined) currentKid = adopt(known, fresh);
      reloadFailure = undefined;
    } catch (error) {
      // The keys in memory are still right, so work continues; where the missing key matters, this is the cause given.
      reloadFailure = error;
    }
  }

  function keyOf(kid: string): Buffer {
    // A kid met for the first time is looked for at once: its key was there before anything was sealed with it.
    if (!known.has(kid) && !(missed.kid === kid && isRecent(missed.atMs))) {
      missed = { kid, atMs: now() };
      reloadKeys();
    }
    const key = known.get(kid);
    if (key !== undefined) return key;
    const message = `The key "${kid}" that sealed this secret is not configured`;
    throw new ConnectorError("credential_key_unavailable", message, { kid }, { cause: reloadFailure });
  }

  function unwrap(parts: Parts, place: SealedPlace): Buffer {
    if (isRefused(refusals, parts)) throw invalid();
    const dataKey = decrypt(keyOf(parts.kid), parts.wrapped, wrapContext(parts, place));
    if (dataKey.length !== KEY_BYTES) throw invalid();
    return dataKey;
  }

  function wrap(dataKey: Buffer, payload: string, place: SealedPlace): string {
    const wrapped = encrypt(keyOf(currentKid), dataKey, wrapContext({ format: VERSION, kid: currentKid }, place));
    dataKey.fill(0);
    return `${VERSION}.${currentKid}.${wrapped.toString("base64url")}.${payload}`;
  }

  function seal(plaintext: Secret | string, place: SealedPlace): string {
    if (!isRecent(reloadedAtMs)) reloadKeys();
    const text = typeof plaintext === "string" ? plaintext : reveal(plaintext);
    const dataKey = randomBytes(KEY_BYTES);
    const payload = encrypt(dataKey, Buffer.from(text, "utf8"), payloadContext(VERSION, place));
    return wrap(dataKey, payload.toString("base64url"), place);
  }

  function open(sealed: string, place: SealedPlace): Secret {
    const parts = split(sealed);
    const dataKey = unwrap(parts, place);
    const plaintext = decrypt(dataKey, parts.payload, payloadContext(parts.format, place));
    dataKey.fill(0);
    return new Secret(plaintext.toString("utf8"));
  }

  return {
    currentKid: () => currentKid,
    kids: () => [currentKid, ...[...known.keys()].filter((kid) => kid !== currentKid)],
    kidOf: (sealed) => split(sealed).kid,
    labelOf(sealed) {
      const { format, kid } = split(sealed);
      return toLabel(format, kid);
    },
    currentLabel: () => toLabel(VERSION, currentKid),
    reload: reloadKeys,
    refuseOlder(refused) {
      refusals = joinRefusals(refusals, refused);
    },
    seal,
    open,
    reseal(sealed, place) {
      if (!isRecent(reloadedAtMs)) reloadKeys();
      const parts = split(sealed);
      if (parts.format !== VERSION) return seal(open(sealed, place), place);
      if (parts.kid === currentKid) return sealed;
      return wrap(unwrap(parts, place), parts.payload.toString("base64url"), place);
    },
  };
}

export type OlderFormat = (typeof OLDER_FORMATS)[number];
type Format = OlderFormat | typeof VERSION;

interface Parts {
  readonly format: Format;
  readonly kid: string;
  readonly wrapped: Buffer;
  readonly payload: Buffer;
}

/** Checks all keys, then adds them; answers the name of the first. */
function adopt(known: Map<string, Buffer>, keys: readonly SealingKey[]): string {
  const first = keys[0];
  if (first === undefined) throw new ConnectorError("config_invalid", "At least one encryption key is needed");
  const names = new Set<string>();
  for (const { kid, key } of keys) {
    if (!KID.test(kid))
      throw new ConnectorError("config_invalid", "An encryption key's name must be 1 to 64 letters, digits, - or _");
    if (key.length !== KEY_BYTES) throw new ConnectorError("config_invalid", `The encryption key "${kid}" must be 32 bytes`);
    if (names.has(kid)) throw new ConnectorError("config_invalid", `The encryption key "${kid}" is given twice`);
    if (known.get(kid)?.equals(key) === false) {
      throw new ConnectorError(
        "config_invalid",
        `The encryption key "${kid}" was replaced by another of the same name; use a new name`,
      );
    }
    names.add(kid);
  }
  for (const { kid, key } of keys) known.set(kid, Buffer.from(key));
  return first.kid;
}

function split(sealed: string): Parts {
  const [format, kid, wrapped, payload, ...rest] = sealed.split(".");
  if (!isFormat(format)) throw invalid();
  if (kid === undefined || wrapped === undefined || payload === undefined || rest.length > 0) throw invalid();
  if (!KID.test(kid)) throw invalid();
  return { format, kid, wrapped: decode(wrapped), payload: decode(payload) };
}

/** Strict: base64url has several spellings of the same bytes, and only the one that we write is taken. */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.length < IV_BYTES + TAG_BYTES || bytes.toString("base64url") !== text) throw invalid();
  return bytes;
}

function encrypt(key: Buffer, plaintext: Buffer, context: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, iv, { authTagLength: TAG_BYTES }).setAAD(context);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, bytes: Buffer, context: Buffer): Buffer {
  const tagAt = bytes.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(context).setAuthTag(bytes.subarray(tagAt));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, tagAt)), decipher.final()]);
  } catch (cause) {
    throw invalid(cause);
  }
}

// JSON of an array keeps the parts apart: no two places share a context, whatever characters they hold.
function wrapContext({ format, kid }: Pick<Parts, "format" | "kid">, place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify(["wrap", format, kid, ...placeParts(format, place)]));
}

// Without the key's name, so that rotation need not touch the payload.
function payloadContext(format: Format, place: SealedPlace): Buffer {
  return Buffer.from(JSON.stringify(["payload", ...(format === "v1" ? [] : [format]), ...placeParts(format, place)]));
}

function placeParts(format: Format, { project, owner = "", id, field, bound = [] }: SealedPlace): readonly unknown[] {
  if (format === "v1") return [project, id, field];
  return format === "v2" ? [project, id, field, bound] : [project, id, field, bound, owner];
}

/** A key's name has no dot: labels of two formats are never equal. */
function toLabel(format: Format, kid: string): string {
  return format === "v1" ? kid : `${format}.${kid}`;
}

/** The older format that this is the label of; undefined where it is of the present one. */
export function olderFormatOf(label: string): OlderFormat | undefined {
  return OLDER_FORMATS.find((format) => toLabel(format, kidOfLabel(label)) === label);
}

/** The key that a label names. */
export function kidOfLabel(label: string): string {
  return label.slice(label.indexOf(".") + 1);
}

const NOTHING_REFUSED: Refusals = { v1: [], v2: [] };

/** What either refuses. */
export function joinRefusals(one: Refusals, other: Refusals): Refusals {
  const join = (format: OlderFormat): Refused => {
    const [a, b] = [one[format], other[format]];
    return a === "all" || b === "all" ? "all" : [...new Set([...a, ...b])];
  };
  return { v1: join("v1"), v2: join("v2") };
}

function isRefused(refusals: Refusals, { format, kid }: Parts): boolean {
  if (format === VERSION) return false;
  const refused = refusals[format];
  return refused === "all" || refused.includes(kid);
}

function isFormat(text: string | undefined): text is Format {
  return text === VERSION || OLDER_FORMATS.some((format) => format === text);
}

function invalid(cause?: unknown): ConnectorError {
  return new ConnectorError("sealed_data_invalid", "Sealed data was altered, or belongs to another record", {}, { cause });
}
