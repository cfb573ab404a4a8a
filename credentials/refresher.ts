import type { Connectors } from "../connector/types.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import type { DocumentStore } from "../store/document-store.ts";
import type { CredentialDocument } from "./document.ts";
import type { TokenEndpoint } from "./oauth.ts";
import type { OAuthApps } from "./oauth-apps.ts";
import type { CredentialEvent } from "./types.ts";

/** The document that is refreshed: the caller was let to it already, and all who wait for it are served by one refresh. */
export type CredentialKey = Pick<CredentialDocument, "project" | "id">;

/** Puts a fresh access token under a credential. */
export interface Refresher {
  /**
   * Comes back once the stored secret is no longer the one with this `secretVersion`, by any process.
   *
   * `validUntilMs`: until then the old token may still be used, so it gives up early instead of waiting or trying again.
   *
   * @throws ConnectorError `not_found`, `credential_reauth_required`, `credential_refresh_unavailable`, `oauth_app_missing`,
   *   `oauth_app_rejected`; `credential_rejected` where the service refuses a token that refreshing does not cure
   */
  refresh(credential: CredentialKey, secretVersion: number, options?: { validUntilMs?: number }): Promise<void>;
  /** Waits for refreshes under way; a process that ends earlier may lose the new token. */
  settled(): Promise<void>;
}

export interface RefresherOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly connectors: Pick<Connectors, "of">;
  readonly apps: Pick<OAuthApps, "resolve">;
  readonly tokens: Pick<TokenEndpoint, "refreshTokens">;
  readonly now?: () => number;
  readonly tell?: (event: CredentialEvent) => void;
  readonly timing?: Partial<RefreshTiming>;
}

export interface RefreshTiming {
  /** Life of the lease without a heartbeat. 10,000. */
  readonly leaseMs: number;
  /** The longest wait for another's refresh, and for trying again. 25,000. */
  readonly waitMs: number;
  /** Full jitter is drawn from this, doubled at every failure up to 5,000. 250. */
  readonly backoffMs: number;
  /** How long a caller whose token is still valid waits for a new one. 2,000. */
  readonly patienceMs: number;
  /** How long a save of new tokens is tried where the store fails. 60,000. */
  readonly saveMs: number;
}

export interface RefreshNeed {
  readonly secretVersion: number;
  /** Until then the old token may be used. 0: the service refuses it. */
  readonly validUntilMs: number;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
}
