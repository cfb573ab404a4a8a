import type { ApiKeyAuth, Connectors, Manifest } from "../connector/types.ts";
import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal } from "../sealing/secret.ts";
import type { Access } from "../store/access.ts";
import { invalidInput } from "./check-input.ts";
import type { Credential, CredentialSecret } from "./credential.ts";
import { reauthRequired } from "./credential-errors.ts";
import { type CredentialDocument, toCredential } from "./document.ts";
import { createOpenOnce } from "./open-once.ts";
import type { Refresher } from "./refresher.ts";
import { openSecret } from "./secret-text.ts";
import type { Credentials, SigningCredential } from "./types.ts";

export interface SignerOptions {
  /** @throws ConnectorError `not_found` */
  readonly read: (access: Access, id: string) => Promise<CredentialDocument>;
  readonly ring: KeyRing;
  readonly connectors: Pick<Connectors, "of">;
  readonly refresher: Refresher;
  readonly now: () => number;
}

// One refresh of our own, and a few by others that overtook it; more means that tokens are refused as fast as they are made.
const MAX_REFRESHES = 4;

/** The `sign` of Credentials: read, refresh where the token is refused or about to expire, open, create the header. Remembers opened secrets for a minute, by their sealed text. */
export function createSigner({ read, ring, connectors, refresher, now }: SignerOptions): Credentials["sign"] {
  const openOnce = createOpenOnce();

  function open(document: CredentialDocument): CredentialSecret {
    const sealed = document.secret;
    if (document.status === "pending" || sealed === null) throw pending();
    return openOnce(placeOf("credentials", document, "secret"), sealed, () => openSecret(ring, document, sealed));
  }

  /** Undefined where the token is about to expire. */
  function sign(document: CredentialDocument): Signed | undefined {
    const signed = new Signed(document, open(document), keyAuthOf(connectors, document));
    if (document.auth === "api_key") return signed;
    if (document.status === "reauth_required") throw reauthRequired(document);
    return now() < document.refreshAtMs ? signed : undefined;
  }

  /** After a refresh nothing: then everything is read again. The old token where it is still good and a new one is not to be had. */
  async function renew(
    document: CredentialDocument,
    isRefused: boolean,
    signal: AbortSignal | undefined,
  ): Promise<Signed | undefined> {
    const secret = open(document);
    if (secret.type === "api_key")
      throw new ConnectorError("credential_rejected", "The service refused the saved API key", { credential: document.id });
    const validUntilMs = isRefused ? 0 : secret.expiresAtMs;
    const patient = now() >= validUntilMs;
    try {
      const refreshing = refresher.refresh(document, document.secretVersion, { validUntilMs });
      await untilAborted(refreshing, signal);
    } catch (error) {
      if (!mayUseOld(error) || patient) throw error;
      if (now() < validUntilMs) return new Signed(document, secret, undefined);
      // It ran out while we waited: the next round waits with patience.
    }
    return undefined;
  }

  return async (access, id, { rejected, signal } = {}) => {
    for (let count = 0; count <= MAX_REFRESHES; count++) {
      if (signal?.aborted === true) throw cancelled(signal);
      const document = await read(access, id);
      const isRefused = document.secretVersion === rejected;
      const usable = isRefused ? undefined : sign(document);
      const found = usable ?? (await renew(document, isRefused, signal));
      if (found !== undefined) return found;
    }
    throw new ConnectorError(
      "credential_refresh_unavailable",
      "Fresh access tokens expire or are replaced as soon as they are issued",
    );
  };
}

/** How the connector takes API keys; undefined for a consent, whose token is always a bearer token. */
function keyAuthOf(connectors: Pick<Connectors, "of">, { connector, auth }: CredentialDocument): ApiKeyAuth | undefined {
  return auth === "api_key" ? apiKeyAuth(connectors.of(connector).manifest) : undefined;
}

/** @throws ConnectorError `input_invalid` where the connector takes no API keys */
export function apiKeyAuth({ auth, name }: Pick<Manifest, "auth" | "name">): ApiKeyAuth {
  const found = auth.find((way) => way.type === "api_key");
  if (found !== undefined) return found;
  throw invalidInput("/auth/type", "enum", `must be another: ${name} takes no API keys here`);
}

/** The value of the header that signs. */
function toAuthorization(secret: CredentialSecret, keyAuth: ApiKeyAuth | undefined): string {
  if (secret.type === "oauth2") return `Bearer ${reveal(secret.accessToken)}`;
  const key = reveal(secret.apiKey);
  if (keyAuth?.scheme === "header") return key;
  return keyAuth?.scheme === "bearer" ? `Bearer ${key}` : `Basic ${Buffer.from(`${key}:`).toString("base64")}`;
}

function pending(): ConnectorError {
  return new ConnectorError("credential_pending", "The credential's consent is not finished; open its authorizeUrl and agree");
}

/** Signs with a secret that is not saved yet. */
export function signUnsaved(document: CredentialDocument, secret: CredentialSecret, keyAuth: ApiKeyAuth): SigningCredential {
  return new Signed(document, secret, keyAuth);
}

class Signed implements SigningCredential {
  readonly record: Credential;
  readonly secretVersion: number;
  readonly authorizationHeader: string | undefined;
  // Private, so that a log line that spreads or prints this object stays clean.
  readonly #authorization: string;

  constructor(document: CredentialDocument, secret: CredentialSecret, keyAuth: ApiKeyAuth | undefined) {
    this.record = toCredential(document);
    this.secretVersion = document.secretVersion;
    this.authorizationHeader = keyAuth?.header;
    this.#authorization = toAuthorization(secret, keyAuth);
  }

  get authorization(): string {
    // A logger that redacts works on a copy, which has this getter and not the value: its line must not become an error.
    return #authorization in this ? this.#authorization : "[secret]";
  }
}

/** Trouble that passes, or that is the operator's: the token at hand is not touched by it. */
function mayUseOld(error: unknown): boolean {
  return (
    isConnectorError(error, "credential_refresh_unavailable") ||
    isConnectorError(error, "oauth_app_rejected") ||
    isConnectorError(error, "oauth_app_missing")
  );
}

/** The refresh continues for the others; only this caller stops waiting. */
async function untilAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return work;
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(cancelled(signal));
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function cancelled(signal: AbortSignal): ConnectorError {
  return new ConnectorError("cancelled", "The caller gave up while the request was signed", {}, { cause: signal.reason });
}
