import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { reveal, Secret } from "../sealing/secret.ts";

/** As Standard Webhooks writes it: 32 random bytes. */
export function newSigningSecret(): Secret {
  return new Secret(`whsec_${randomBytes(32).toString("base64")}`);
}

/** The headers of a signed message (standardwebhooks.com). Several secrets sign while one replaces another. */
export function signatureHeaders(secrets: readonly Secret[], id: string, atMs: number, body: string): Record<string, string> {
  const at = new Date(atMs);
  const signatures = secrets.map((secret) => new Webhook(reveal(secret)).sign(id, at, body));
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(atMs / 1000)),
    "webhook-signature": signatures.join(" "),
  };
}
