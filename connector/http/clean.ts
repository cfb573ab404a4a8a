import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { sensitiveTextsIn } from "../../json-schema/sensitive.ts";

const MAX_LENGTH = 300;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Makes a text of the service's safe to pass on: no control or direction characters, at most 300 long, and nothing in it that looks like an
 * email address, a phone number or a token, or equals one of `secrets`. Ids and UUIDs stay: they are what the text is about.
 */
export function clean(text: string, secrets: readonly string[] = []): string {
  let safe = text.slice(0, MAX_LENGTH * 4);
  for (const secret of secrets) safe = safe.replaceAll(secret, "[redacted]");
  safe = safe
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, " ")
    .replace(/[^\s"<>(),;:]+@[^\s"'<>(),;]+/g, "[email]")
    .replace(/[A-Za-z0-9_~+/=.-]{24,}/g, (word) => (UUID.test(word.replace(/\.$/, "")) || isWords(word) ? word : "[token]"))
    .replace(/(?<![\w-])\+?\(?\d[\d\s().\-/]{5,}\d(?![\w-])/g, "[number]");
  return safe.length > MAX_LENGTH ? `${safe.slice(0, MAX_LENGTH - 1)}…` : safe;
}

/** A path or a name such as `/v1/opportunities/deleted` or `perform_as_posting_owner`: no digits mixed into letters. */
function isWords(word: string): boolean {
  return word
    .split(/[_~+/=.-]/)
    .every((part) => /^(?:[A-Za-z]{0,20}|v?\d{1,3}|[A-Z]?[a-z]{1,20}(?:[A-Z][a-z]{1,20})*)$/.test(part));
}

/** The texts of an input that its schema marks as sensitive, longest first; shorter than three characters they would only garble. */
export function sensitiveTexts(schema: JsonSchema, input: unknown): string[] {
  return [...sensitiveTextsIn(schema, input)].filter((text) => text.length > 2).sort((a, b) => b.length - a.length);
}
