import type { ApiKeyAuth } from "../connector/types.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import { reveal, Secret } from "../sealing/secret.ts";
import { nameFault, toName } from "../text/names.ts";

// Nothing that a terminal, a log or a header could take for more than text: controls, line separators, direction marks.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;
const USER_ID = /^[A-Za-z0-9_.:-]{1,128}$/;
const API_KEY = /^[\x21-\x7e]{1,512}$/;

/** A nickname that a person gives, as it is saved. @throws ConnectorError `input_invalid` */
export function toNickname(value: unknown): string {
  if (typeof value !== "string") throw invalidInput("/nickname", "type", "must be text");
  return toGivenName(value, "/nickname", "cred_");
}

/** A name that a person gives to something, as it is saved. @throws ConnectorError `input_invalid` where the rule for names (text/names.ts) refuses it */
export function toGivenName(value: string, pointer: string, idPrefix: string): string {
  const name = toName(value);
  const fault = nameFault(name, { idPrefix });
  if (fault) throw invalidInput(pointer, fault.keyword, fault.message);
  return name;
}

/** The id of a user of the service, or null. @throws ConnectorError `input_invalid` */
export function toPerformAs(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" && USER_ID.test(value)) return value;
  throw invalidInput("/defaultPerformAs", "pattern", "must be the id of a user");
}

/** The user of the project that owns a credential; "" = the project itself. @throws ConnectorError `input_invalid` */
export function toOwner(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string" && value !== "" && value.length <= 255 && !UNPRINTABLE.test(value)) return value;
  throw invalidInput("/owner", "pattern", "must be 1 to 255 printable characters");
}

/**
 * Trims a pasted key. Visible ASCII only, and no colon where it becomes the user name of a Basic header, which a colon would end.
 *
 * @throws ConnectorError `input_invalid`; the value is not part of it
 */
export function toApiKey(apiKey: Secret, scheme: ApiKeyAuth["scheme"]): Secret {
  const value = reveal(apiKey).trim();
  const isBasic = scheme === "basic_user_name";
  if (API_KEY.test(value) && !(isBasic && value.includes(":"))) return new Secret(value);
  const rule = `must be 1 to 512 visible ASCII characters${isBasic ? " without a colon" : ""}`;
  throw invalidInput("/auth/apiKey", "pattern", rule);
}

export function invalidInput(pointer: string, keyword: string, message: string): ConnectorError {
  const issues = [{ pointer, keyword, message }];
  return new ConnectorError("input_invalid", `${pointer.slice(1)} ${message}`, { issues });
}
