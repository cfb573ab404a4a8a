import { ConnectorError } from "../errors/connector-error.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal, Secret } from "../sealing/secret.ts";
import type { CredentialSecret } from "./credential.ts";
import type { CredentialDocument } from "./document.ts";

/** What a secret is bound to: a record that says otherwise does not open it. */
export type SecretOwner = Pick<
  CredentialDocument,
  "project" | "owner" | "id" | "connector" | "environment" | "auth" | "secretVersion"
>;

/** Seals the first secret of a record: the two fields that the record keeps. */
export function sealSecret(ring: KeyRing, owner: SecretOwner, secret: CredentialSecret): { secret: string; sealedKid: string } {
  const sealed = ring.seal(toText(secret), placeOf("credentials", owner, "secret"));
  return { secret: sealed, sealedKid: ring.labelOf(sealed) };
}

/** Seals the secret that is to follow a record's present one. It goes with an increase of `secretVersion` by one, compared and set. */
export function sealNextSecret(ring: KeyRing, before: SecretOwner, secret: CredentialSecret) {
  return sealSecret(ring, { ...before, secretVersion: before.secretVersion + 1 }, secret);
}

/** Opens the secret of a record. @throws ConnectorError `credential_key_unavailable`, `sealed_data_invalid` */
export function openSecret(ring: KeyRing, owner: SecretOwner, sealed: string): CredentialSecret {
  return fromText(ring.open(sealed, placeOf("credentials", owner, "secret")));
}

function toText(secret: CredentialSecret): Secret {
  if (secret.type === "api_key") return new Secret(JSON.stringify({ type: secret.type, apiKey: reveal(secret.apiKey) }));
  const { type, accessToken, refreshToken, expiresAtMs } = secret;
  return new Secret(
    JSON.stringify({
      type,
      accessToken: reveal(accessToken),
      refreshToken: refreshToken === null ? null : reveal(refreshToken),
      expiresAtMs,
    }),
  );
}

function fromText(text: Secret): CredentialSecret {
  const { type, apiKey, accessToken, refreshToken, expiresAtMs } = parse(text);
  if (type === "api_key" && typeof apiKey === "string") return { type, apiKey: new Secret(apiKey) };
  if (type === "oauth2" && typeof accessToken === "string" && typeof expiresAtMs === "number") {
    const refresh = typeof refreshToken === "string" ? new Secret(refreshToken) : null;
    return { type, accessToken: new Secret(accessToken), refreshToken: refresh, expiresAtMs };
  }
  throw new ConnectorError("sealed_data_invalid", "The encrypted secret is not that of a credential");
}

function parse(text: Secret): Record<string, unknown> {
  try {
    return JSON.parse(reveal(text)) as Record<string, unknown>;
  } catch {
    // The parser's own message quotes what it read, so it is not passed on.
    throw new ConnectorError("sealed_data_invalid", "The encrypted secret is not that of a credential");
  }
}
