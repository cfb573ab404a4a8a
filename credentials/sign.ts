import { ConnectorError, isConnectorError } from "../connector/errors.ts";
import type { Credential, CredentialSecret } from "./credential.ts";
import { reauthRequired } from "./credential-errors.ts";
import { type CredentialDocument, toCredential } from "./document.ts";
import type { KeyRing } from "./encrypt.ts";
import type { OpenedSecrets } from "./opened-secrets.ts";
import type { Refresher } from "./refresher.ts";
import { reveal } from "./secret.ts";
import { openSecret } from "./secret-text.ts";
import type { Credentials, SigningCredential } from "./types.ts";

export interface SignerOptions {
  /** A read that is never older than the call. @throws ConnectorError `not_found` */
  readonly read: (project: string, id: string) => Promise<CredentialDocument>;
  readonly ring: KeyRing;
  readonly opened: OpenedSecrets;
  readonly refresher: Refresher;
  readonly now: () => number;
}

// One refresh of our own, and a few by others that overtook it; more means that tokens are refused as fast as they are made.
const MAX_REFRESHES = 4;

/** The `sign` of Credentials: read afresh, refresh where the token is refused or about to expire, open, make the header. */
export function createSigner({ read, ring, opened, refresher, now }: SignerOptions): Credentials["sign"] {
  // Callers that share a read share what is made of it.
  const made = new WeakMap<CredentialDocument, Signed>();

  function signed(document: CredentialDocument, secret: CredentialSecret): Signed {
    const known = made.get(document);
    if (known !== undefined) return known;
    const fresh = new Signed(document, secret);
    made.set(document, fresh);
    return fresh;
  }

  function open(document: CredentialDocument): CredentialSecret {
    const sealed = document.secret;
    if (document.status === "pending" || sealed === null) throw pending();
    return opened.get(document.project, document.id, sealed, () => openSecret(ring, document, sealed));
  }

  /** The header, or undefined after a refresh: then everything is read again. */
  async function attempt(document: CredentialDocument, rejected: number | undefined, signal?: AbortSignal) {
    const secret = open(document);
    const refused = document.secretVersion === rejected;
    if (secret.type === "api_key") {
      if (refused)
        throw new ConnectorError("credential_rejected", "The service refused the saved API key", { credential: document.id });
      return signed(document, secret);
    }
    if (document.status === "reauth_required") throw reauthRequired(document);
    if (!refused && now() < document.refreshAtMs) return signed(document, secret);
    const validUntilMs = refused ? 0 : secret.expiresAtMs;
    const patient = now() >= validUntilMs;
    try {
      const refreshing = refresher.refresh(document.project, document.id, document.secretVersion, { validUntilMs });
      await untilAborted(refreshing, signal);
    } catch (error) {
      if (!mayUseOld(error) || patient) throw error;
      if (now() < validUntilMs) return signed(document, secret);
      // It ran out while we waited: the next round waits with patience.
    }
    return undefined;
  }

  return async function sign(project, id, { rejected, signal } = {}) {
    for (let count = 0; count <= MAX_REFRESHES; count++) {
      if (signal?.aborted === true) throw cancelled(signal);
      const found = await attempt(await read(project, id), rejected, signal);
      if (found !== undefined) return found;
    }
    throw new ConnectorError(
      "credential_refresh_unavailable",
      "Fresh access tokens expire or are replaced as soon as they are made",
    );
  };
}

/** The value of the `authorization` header: Basic with the API key as user name and no password, or Bearer. */
function toAuthorization(secret: CredentialSecret): string {
  if (secret.type === "oauth2") return `Bearer ${reveal(secret.accessToken)}`;
  return `Basic ${Buffer.from(`${reveal(secret.apiKey)}:`).toString("base64")}`;
}

function pending(): ConnectorError {
  return new ConnectorError("credential_pending", "The credential's consent is not finished; open its authorizeUrl and agree");
}

class Signed implements SigningCredential {
  readonly record: Credential;
  readonly secretVersion: number;
  // Private, so that a log line that spreads or prints this object stays clean.
  readonly #authorization: string;

  constructor(document: CredentialDocument, secret: CredentialSecret) {
    this.record = toCredential(document);
    this.secretVersion = document.secretVersion;
    this.#authorization = toAuthorization(secret);
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

/** The refresh goes on for the others; only this caller stops waiting. */
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
