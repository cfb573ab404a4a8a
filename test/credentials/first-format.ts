import { createCipheriv, randomBytes } from "node:crypto";
import type { SealedPlace, SealingKey } from "../../sealing/encrypt.ts";

/** Seals as the first version of this program did, whose code is gone: only to make old stores for tests. */
export function sealFirstFormat({ kid, key }: SealingKey, text: string, { project, id, field }: SealedPlace): string {
  const dataKey = randomBytes(32);
  const wrapped = encrypt(key, dataKey, ["wrap", "v1", kid, project, id, field]);
  return `v1.${kid}.${wrapped}.${encrypt(dataKey, Buffer.from(text), ["payload", project, id, field])}`;
}

function encrypt(key: Buffer, plaintext: Buffer, context: readonly string[]): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(JSON.stringify(context)));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]).toString("base64url");
}
