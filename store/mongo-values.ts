import type { StoredDocument } from "./document-store.ts";

const ENVELOPE = "_json";
const MAX_NATIVE_DEPTH = 40;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** The primary key. Only the project is escaped: what follows the first slash is the id as it is. */
export function toKey(project: string, id: string): string {
  return `${project.replaceAll("%", "%25").replaceAll("/", "%2F")}/${id}`;
}

/** A document as it is kept: plain JSON (as the embedded store would keep it), every value in a form that BSON gives back unchanged. */
export function toKept(document: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const fields = Object.entries(document).filter(([, value]) => value !== undefined);
  return Object.fromEntries(fields.map(([field, value]) => [field, toKeptValue(value)]));
}

/**
 * Nested values stay ordinary documents, so that people can read and query them. What BSON or its driver would refuse or change (keys with
 * `$`, dots or a meaning to the driver, deep nesting, broken surrogate pairs) is kept as JSON text in an envelope instead.
 */
export function toKeptValue(value: unknown): unknown {
  const text = JSON.stringify(value);
  if (text === undefined) return null;
  const plain: unknown = JSON.parse(text);
  return isFaithful(plain, 0) ? plain : { [ENVELOPE]: text };
}

/** A kept document as callers see it. */
export function toDocument({ _id, ...fields }: Readonly<Record<string, unknown>>): StoredDocument {
  const entries = Object.entries(fields).map(([field, value]) => [field, fromKeptValue(value)]);
  return Object.fromEntries(entries) as StoredDocument;
}

function fromKeptValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, ENVELOPE)) return value;
  return JSON.parse(String((value as Record<string, unknown>)[ENVELOPE]));
}

function isFaithful(value: unknown, depth: number): boolean {
  if (typeof value === "string") return !LONE_SURROGATE.test(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth > MAX_NATIVE_DEPTH) return false;
  if (Array.isArray(value)) return value.every((item) => isFaithful(item, depth + 1));
  return Object.entries(value).every(([key, item]) => isFaithfulKey(key) && isFaithful(item, depth + 1));
}

function isFaithfulKey(key: string): boolean {
  if (key === "" || key.startsWith("$") || key.startsWith("_")) return false; // `__proto__`, `_bsontype` and our envelope among them
  return !/[.\0]/.test(key) && key !== "toBSON" && !LONE_SURROGATE.test(key);
}
