import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** `<prefix>_` and 26 letters and digits (130 random bits). */
export function newId(prefix: string): string {
  let text = `${prefix}_`;
  for (const byte of randomBytes(26)) text += ALPHABET[byte & 31];
  return text;
}
