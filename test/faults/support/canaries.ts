import { randomBytes } from "node:crypto";

/** Texts that exist nowhere else, by what they stand for. */
export type Canaries = Readonly<Record<string, string>>;

export interface Hit {
  readonly canary: string;
  readonly form: string;
  readonly where: string;
}

/** Something that was written, sent or kept. `allowed`: what it is meant to hold. */
export interface Evidence {
  readonly where: string;
  readonly bytes: string | Buffer;
  readonly allowed?: readonly string[];
}

/** Random from its first letter on, so that any twelve characters of it are unique too. */
export function newCanary(length = 30): string {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  return [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join("");
}

const MIN_PART = 12;

/** The ways in which a text may hide: as it is, encoded, or in part. Bytes as latin1 text. */
export function formsOf(text: string): Readonly<Record<string, readonly string[]>> {
  const bytes = Buffer.from(text);
  const half = Math.ceil(text.length / 2);
  return {
    raw: [bytes.toString("latin1")],
    // What base64 makes of it depends on what stands before: one for each of the three places in a group.
    base64: [0, 1, 2].map((shift) => innerBase64(bytes, shift)),
    base64url: [0, 1, 2].map((shift) => innerBase64(bytes, shift).replaceAll("+", "-").replaceAll("/", "_")),
    hex: [bytes.toString("hex"), bytes.toString("hex").toUpperCase()],
    "URL-encoded": [encodeURIComponent(text), new URLSearchParams({ a: text }).toString().slice(2)],
    "JSON-escaped": [JSON.stringify(text).slice(1, -1), escapeAll(text)].map((form) => Buffer.from(form).toString("latin1")),
    "reversed halves": [`${text.slice(half)}${text.slice(0, half)}`].map((form) => Buffer.from(form).toString("latin1")),
    reversed: [Buffer.from([...text].reverse().join("")).toString("latin1")],
    [`first ${MIN_PART} characters`]: [Buffer.from(text.slice(0, MIN_PART)).toString("latin1")],
  };
}

function innerBase64(bytes: Buffer, shift: number): string {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString("base64")
    .replaceAll("=", "");
  return text.slice(shift === 0 ? 0 : 4, text.length - (text.length % 4 || 4));
}

function escapeAll(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Every canary in every form, where it is not meant to be. */
export function findCanaries(canaries: Canaries, evidence: Iterable<Evidence>): Hit[] {
  const needles = Object.entries(canaries).flatMap(([canary, text]) =>
    Object.entries(formsOf(text)).flatMap(([form, spellings]) =>
      [...new Set(spellings)].map((spelling) => ({ canary, form, spelling })),
    ),
  );
  const hits: Hit[] = [];
  for (const { where, bytes, allowed = [] } of evidence) {
    const haystack = (typeof bytes === "string" ? Buffer.from(bytes) : bytes).toString("latin1");
    for (const { canary, form, spelling } of needles)
      if (!allowed.includes(canary) && haystack.includes(spelling)) hits.push({ canary, form, where });
  }
  return hits;
}
