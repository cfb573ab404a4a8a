import type { Signature } from "../schemas/types/platform/trigger-preset.ts";
import type { Reading } from "./reading.ts";

type Encoding = NonNullable<Signature["encoding"]>;

/** The parts of what is signed, the body's bytes untouched; undefined where something is missing in it. */
export function writeContent(
  { content = "{body}" }: Signature,
  reading: Reading,
  timestamp: () => string | undefined,
): readonly (string | Uint8Array)[] | undefined {
  const parts = contentParts(content).map((part) => {
    if (part === "{body}") return reading.bytes;
    if (part === "{timestamp}") return timestamp();
    return part.startsWith("{") ? reading.text(part.slice(1, -1)) : part;
  });
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

/** A template's text and its `{…}`, in order. */
export function contentParts(template: string): readonly string[] {
  return template.split(/(\{[^{}]*\})/).filter((part) => part !== "");
}

/** The key that a secret stands for; undefined where it is none: anybody could sign with an empty one. */
export function toKey(secret: string, form: Signature["key"] = "text"): Buffer | undefined {
  const key =
    form === "text"
      ? Buffer.from(secret)
      : form === "hex"
        ? decode(secret, "hex")
        : decode(padded(withoutMark(secret)), "base64");
  return key === undefined || key.length === 0 ? undefined : key;
}

/** The bytes of a signature; undefined for what is not wholly of that encoding, where Node would take a part of it. */
export function decode(text: string, encoding: Encoding): Buffer | undefined {
  return WRITTEN[encoding].test(text) && (encoding !== "hex" || text.length % 2 === 0) ? Buffer.from(text, encoding) : undefined;
}

/** Some consoles show a secret with the name of its signature before it. */
function withoutMark(secret: string): string {
  return secret.replace(/^(?:v1,)?whsec_/, "");
}

/** Secrets are shown without padding, too. */
function padded(base64: string): string {
  return base64.padEnd(Math.ceil(base64.length / 4) * 4, "=");
}

const WRITTEN: Readonly<Record<Encoding, RegExp>> = {
  hex: /^[0-9a-f]+$/i,
  base64: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
  base64url: /^[A-Za-z0-9_-]+={0,2}$/,
};
