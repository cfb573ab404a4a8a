import type { ErrorCode } from "../errors/connector-error.ts";
import type { Secret } from "../sealing/secret.ts";
import type { Access } from "../store/access.ts";
import type { CheckReport, Credential, CredentialAuth, CredentialStatus, PerformAsState } from "./credential.ts";

/** A credential ready to sign one request. Read afresh for every attempt: never keep one across a wait. */
/** An access token was replaced, or could not be. */
export interface CredentialEvent {
  readonly type: "refreshed";
  readonly project: string;
  readonly credential: string;
  readonly code: "ok" | ErrorCode;
}

export interface SigningCredential {
  readonly record: Credential;
  /** The value of the header that signs. Never log it. */
  readonly authorization: string;
  /** Its name; `authorization` where the connector names none. */
  readonly authorizationHeader?: string | undefined;
  /** Tells one secret from the next, so that a refused one is not refreshed twice. */
  readonly secretVersion: number;
}

/** What a test found beside the status. */
export interface Verdict {
  readonly lastTest?: Credential["lastTest"];
  readonly lastReport?: CheckReport;
  readonly performAs?: { readonly user: string | null; readonly state: PerformAsState };
  readonly acceptedAt?: string;
}

export interface NewCredential {
  /** Id of the connector; the built-in one by default. */
  readonly connector?: string;
  readonly nickname: string;
  readonly environment: string;
  readonly owner?: string | null;
  readonly defaultPerformAs?: string | null;
  /** What is known of that user. */
  readonly performAs?: PerformAsState;
  readonly auth: { readonly type: "api_key"; readonly apiKey: Secret } | { readonly type: "oauth2" };
}

export interface TokenGrant {
  readonly accessToken: Secret;
  /** null: none was handed out; on a refresh the old one stays. */
  readonly refreshToken: Secret | null;
  readonly expiresAtMs: number;
  readonly scopes: readonly string[];
  readonly userId: string | null;
  readonly accountId: string | null;
  /** The OAuth app that asked for the consent, where that is known. */
  readonly clientId?: string;
}

/** Saved credentials of all projects. Another project's or another owner's credential is `not_found` like a missing one. */
export interface Credentials {
  create(access: Access, credential: NewCredential): Promise<Credential>;
  /** @throws ConnectorError `not_found` */
  get(access: Access, id: string): Promise<Credential>;
  /** By id or, where it is unambiguous, by nickname. @throws ConnectorError `not_found` */
  resolve(access: Access, idOrNickname: string): Promise<Credential>;
  /**
   * The id that a caller's text means now, by the rules of `resolve`. To be asked once, where a call comes in: two credentials may
   * swap their nicknames while it runs. An id is answered as it is, without a look whether there is such a credential.
   * @throws ConnectorError `not_found`
   */
  idOf(access: Access, idOrNickname: string): Promise<string>;
  /**
   * Newest last; `next` is an opaque cursor. `owner` undefined lists all of the project. `search`: part of nickname or id, however it is spelt
   * (`fold`). Where it is narrowed a page may hold fewer than `limit`, even none, although `next` leads on.
   */
  list(
    access: Access,
    options?: {
      owner?: string;
      limit?: number;
      cursor?: string;
      search?: string;
      status?: CredentialStatus;
      environment?: string;
      /** Those with a warning, or those without any. */
      warning?: boolean;
    },
  ): Promise<{ data: Credential[]; next?: string }>;
  /** `expectedVersion` makes it compare-and-set. @throws ConnectorError `not_found`, `conflict`, `input_invalid` */
  update(
    access: Access,
    id: string,
    change: { nickname?: string; defaultPerformAs?: string | null; performAs?: PerformAsState },
    expectedVersion?: number,
  ): Promise<Credential>;
  /** Secret and record are gone at once. @throws ConnectorError `not_found` */
  remove(access: Access, id: string): Promise<void>;
  /** Puts a new API key under an existing credential; name, id and everything that uses it stay. */
  replaceApiKey(access: Access, id: string, apiKey: Secret): Promise<Credential>;
  /** Saves the tokens of a finished consent. @throws ConnectorError `account_mismatch` where another account answered than before */
  saveGrant(access: Access, id: string, grant: TokenGrant, asked: readonly string[]): Promise<Credential>;
  /**
   * Records a verdict. With `secretVersion` only while that is still the secret: a new one is not blamed, or praised, for the old. With
   * `version` too, the tokens of the same consent may have been refreshed since.
   */
  setStatus(
    access: Access,
    id: string,
    status: CredentialStatus,
    options?: Verdict & { secretVersion?: number; version?: number },
  ): Promise<void>;
  /**
   * The service refused the secret, for OAuth even a fresh token. No more than that is proven: a key is to be replaced, a consent is
   * `failing`; a call that works heals both. What was removed or connected anew meanwhile has nothing to remember.
   */
  noteRefused(signing: SigningCredential): Promise<void>;
  /** The service accepted the secret: ends what that disproves. Never throws. */
  noteAccepted(signing: SigningCredential): void;
  /** Remembers (at most once a minute) that it was used. Never throws. */
  markUsed(access: Access, id: string): void;
  /**
   * The header to sign with: of the credential as it is saved now, a refreshed token where it is about to expire.
   *
   * `rejected`: the `secretVersion` that the service has just refused with 401; for OAuth one refresh is made for it (by the first
   * that gets there), for an API key it fails at once with `credential_rejected`.
   *
   * @throws ConnectorError `not_found`, `credential_pending`, `credential_reauth_required`, `credential_rejected`,
   *   `credential_refresh_unavailable`, `credential_key_unavailable`, `sealed_data_invalid`
   */
  sign(
    access: Access,
    id: string,
    options?: { rejected?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<SigningCredential>;
}

/** An environment of a connector; a credential is such a place too. */
export interface Place {
  readonly connector: string;
  readonly environment: string;
}

/** An OAuth app of one environment: from the project's settings, else the configuration, else built into the environment. */
export interface OAuthApp extends Place {
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scopes: readonly string[];
  readonly source: "settings" | "configuration" | "development";
}

export type { Credential, CredentialAuth, CredentialStatus };
