import type { Manifest, OAuth2 } from "../connector/types.ts";
import { reveal, type Secret } from "../sealing/secret.ts";

/** Names of the claims, as the manifest declares them. */
export type ClaimNames = NonNullable<OAuth2["claims"]>;

/** What a connector's tokens tell of who approved. */
export function claimsOf({ auth }: Pick<Manifest, "auth">): ClaimNames | undefined {
  return auth.find((way) => way.type === "oauth2")?.claims;
}

export interface TokenClaims {
  readonly userId: string | null;
  readonly accountId: string | null;
  /** Empty where the token is opaque or names none. */
  readonly audience: readonly string[];
}

/**
 * Reads whom a token was issued to. The signature is not verified: the token came straight from the token endpoint over TLS and is
 * the service's to judge; nothing is granted on the strength of these claims. An opaque token has none.
 */
export function readClaims(token: Secret, names: ClaimNames = {}): TokenClaims {
  const payload = parse(reveal(token).split(".")[1] ?? "");
  const audience = typeof payload.aud === "string" ? [payload.aud] : Array.isArray(payload.aud) ? payload.aud : [];
  return {
    userId: toId(names.userId === undefined ? undefined : payload[names.userId]),
    accountId: toId(names.accountId === undefined ? undefined : payload[names.accountId]),
    audience: audience.filter((entry) => typeof entry === "string"),
  };
}

function toId(value: unknown): string | null {
  return typeof value === "string" && /^[A-Za-z0-9_.:-]{1,128}$/.test(value) ? value : null;
}

function parse(segment: string): Record<string, unknown> {
  try {
    const payload: unknown = JSON.parse(Buffer.from(segment, "base64url").toString("utf8"));
    return typeof payload === "object" && payload !== null ? (payload as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
