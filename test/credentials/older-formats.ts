import { createCipheriv, randomBytes } from "node:crypto";
import type { OlderFormat, SealedPlace, SealingKey } from "../../sealing/encrypt.ts";

/** Seals as an older version of this program did, whose code is gone: only to make old stores for tests. */
export function sealAs(format: OlderFormat, { kid, key }: SealingKey, text: string, place: SealedPlace): string {
  const { project, id, field, bound = [] } = place;
  const dataKey = randomBytes(32);
  const parts = format === "v1" ? [project, id, field] : [project, id, field, bound];
  const wrapped = encrypt(key, dataKey, ["wrap", format, kid, ...parts]);
  const payload = encrypt(dataKey, Buffer.from(text), ["payload", ...(format === "v1" ? [] : [format]), ...parts]);
  return `${format}.${kid}.${wrapped}.${payload}`;
}

/** What that version wrote beside it as `sealedKid`. */
export function labelAs(format: OlderFormat, { kid }: SealingKey): string {
  return format === "v1" ? kid : `${format}.${kid}`;
}

function encrypt(key: Buffer, plaintext: Buffer, context: readonly unknown[]): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(JSON.stringify(context)));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}
