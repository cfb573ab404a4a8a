import { ConnectorError } from "../errors/connector-error.ts";
import type { SealingKey } from "./encrypt.ts";

const KEY = /^([A-Za-z0-9_-]{1,64}):([A-Za-z0-9+/_-]{43}=?)$/;

/** Parses `CREDENTIALS_KEYS`: `kid:base64,kid2:base64`, the first is the current key. @throws ConnectorError `config_invalid` */
export function parseKeys(text: string): SealingKey[] {
  const entries = text.split(",").map((entry) => entry.trim());
  return entries.map((entry, index) => toKey(entry, `entry ${index + 1} of CREDENTIALS_KEYS`));
}

/** Parses one `kid:base64`. The text is never part of the error: it may be the key. @throws ConnectorError `config_invalid` */
export function toKey(text: string, where: string): SealingKey {
  const [, kid, base64] = KEY.exec(text) ?? [];
  if (kid === undefined || base64 === undefined) {
    const message = `The sealing key in ${where} must be name:key, the key 32 random bytes in base64 (openssl rand -base64 32)`;
    throw new ConnectorError("config_invalid", message);
  }
  return { kid, key: Buffer.from(base64, "base64") };
}
