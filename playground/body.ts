import { isDeepStrictEqual } from "node:util";
import { badRequest } from "./errors.ts";

export type Body = Record<string, unknown>;

/** @throws LeverError 400 unless the body is a JSON object */
export function readObject(body: unknown): Body {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw badRequest("The body must be a JSON object");
  return body as Body;
}

export function readText(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw badRequest("Expected a string", `/${name}`);
  return value;
}

export function readTexts(body: Body, name: string): string[] | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw badRequest("Expected an array", `/${name}`);
  const wrong = value.findIndex((item) => typeof item !== "string" || item === "");
  if (wrong >= 0) throw badRequest("Expected a non-empty string", `/${name}/${wrong}`);
  return value;
}

/** A list that must be there and hold something. */
export function requireTexts(body: Body, name: string): string[] {
  const values = readTexts(body, name);
  if (values === undefined) throw badRequest("Required property missing", `/${name}`);
  if (values.length === 0) throw badRequest("Expected at least one item", `/${name}`);
  return values;
}

export function readNumber(body: Body, name: string): number | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value)) throw badRequest("Expected an integer", `/${name}`);
  return value as number;
}

export function readBoolean(body: Body, name: string): boolean | undefined {
  const value = body[name];
  if (value !== undefined && typeof value !== "boolean") throw badRequest("Expected a boolean", `/${name}`);
  return value;
}

export function readChoice<T extends string>(body: Body, name: string, values: readonly T[]): T | undefined {
  const value = readText(body, name);
  if (value === undefined) return undefined;
  const found = values.find((candidate) => candidate === value);
  if (found === undefined) throw badRequest(`Must be one of: ${values.join(", ")}`, `/${name}`);
  return found;
}

const EMAIL = /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/;

export function isEmail(text: string): boolean {
  return text.length <= 320 && EMAIL.test(text);
}

export function readEmails(body: Body): string[] | undefined {
  const emails = readTexts(body, "emails");
  const wrong = emails?.findIndex((email) => !isEmail(email)) ?? -1;
  if (wrong >= 0) throw badRequest("Email address is not valid", `/emails/${wrong}`);
  return emails;
}

export function readPhones(body: Body): { type: string; value: string }[] | undefined {
  const value = body.phones;
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw badRequest("Expected an array", "/phones");
  return value.map((item, index) => readPhone(item, `/phones/${index}`));
}

const PHONE_TYPES = ["mobile", "home", "work", "skype", "other"];

/** The type may be missing in input; it reads as `other` afterwards. */
function readPhone(item: unknown, pointer: string): { type: string; value: string } {
  const { type, value } = readObject(item);
  if (typeof value !== "string") throw badRequest("Expected a string", `${pointer}/value`);
  if (type === undefined || type === null) return { type: "other", value };
  if (typeof type !== "string" || !PHONE_TYPES.includes(type)) {
    throw badRequest(`Must be one of: ${PHONE_TYPES.join(", ")}`, `${pointer}/type`);
  }
  return { type, value };
}

/** The names of those fields that really change. */
export function changedOf<T extends object>(row: T, changes: Partial<T>): string[] {
  const names = Object.keys(changes) as (keyof T & string)[];
  return names.filter((name) => !isDeepStrictEqual(row[name], changes[name]));
}
