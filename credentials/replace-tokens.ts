import { setTimeout as sleep } from "node:timers/promises";
import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import type { Secret } from "../sealing/secret.ts";
import { systemAccess } from "../store/access.ts";
import type { CredentialSecret } from "./credential.ts";
import { reauthRequired, refreshUnavailable } from "./credential-errors.ts";
import { type CredentialDocument, untoldBy } from "./document.ts";
import { appRejected, type RefreshGrant } from "./oauth.ts";
import type { RefreshLease } from "./refresh-lease.ts";
import type { RefresherOptions, RefreshNeed, RefreshTiming } from "./refresher.ts";
import { createRefusedApps } from "./refused-apps.ts";
import { openSecret, sealNextSecret } from "./secret-text.ts";
import { claimsOf } from "./token-claims.ts";
import { toRefreshAt } from "./token-times.ts";
import type { OAuthApp } from "./types.ts";

type Options = RefresherOptions & { readonly now: () => number; readonly timing: RefreshTiming };
type TokenPair = CredentialSecret & { readonly type: "oauth2" };

const BACKOFF_CAP_MS = 5_000;
/** Where even a fresh token was refused, another would be too: for so long none is asked for on account of a refusal. */
const REFUSED_PAUSE_MS = 60_000;

/**
 * The work under a lease: ask for new tokens, save them before anyone uses them. Answers false where the lease was lost meanwhile;
 * nothing was changed then, and everything is to be read again.
 */
export function createReplaceTokens({ ring, connectors, apps, tokens, now, timing }: Options) {
  const refusedApps = createRefusedApps();

  async function replace(lease: RefreshLease, need: RefreshNeed): Promise<boolean> {
    const { document } = lease;
    const secret = openPair(lease);
    if (secret.refreshToken === null && now() < secret.expiresAtMs)
      return blameNobody(lease, "there is no refresh token to replace it with");
    if (secret.refreshToken === null)
      return endConsent(lease, now(), "no refresh token was handed out with the consent (offline_access)");
    if (need.validUntilMs === 0 && isPaused(lease)) return blameNobody(lease, "a fresh one was refused a moment ago as well");
    const app = await usableApp(document);
    const { manifest, environment } = placeOf(document);
    // An announced call for this very secret: its answer never reached the store.
    let answerLost = document.refreshIntent === document.secretVersion;
    for (let failures = 0; ; failures++) {
      if (!(await lease.announce())) return false;
      const result = await tokens.refreshTokens({
        environment,
        app,
        claims: claimsOf(manifest),
        refreshToken: secret.refreshToken,
      });
      if (result.ok) return save(lease, result.grant, secret.refreshToken);
      if (result.kind === "terminal") return endConsent(lease, now(), toReason(result.reason, answerLost));
      answerLost ||= result.answerLost;
      if (result.kind === "app_rejected") {
        await lease.release(answerLost);
        throw refusedApps.remember(app, appRejected(app, result.reason));
      }
      const waitMs = Math.max(result.retryAfterMs ?? 0, backoff(failures));
      if (now() < need.validUntilMs || performance.now() + waitMs > need.deadlineMs) {
        await lease.release(answerLost);
        throw refreshUnavailable(`the token endpoint fails (${result.reason})`, waitMs);
      }
      await sleep(waitMs);
    }
  }

  function openPair({ document }: RefreshLease): TokenPair {
    const secret = openSecret(ring, document, String(document.secret));
    if (secret.type === "oauth2") return secret;
    throw new ConnectorError("sealed_data_invalid", "The encrypted secret is not that of a consent");
  }

  function placeOf({ connector, environment: name }: CredentialDocument) {
    const { manifest, environments } = connectors.of(connector);
    const environment = Object.hasOwn(environments, name) ? environments[name] : undefined;
    if (environment !== undefined) return { manifest, environment };
    throw new ConnectorError("environment_unknown", "The credential's environment is not configured any more");
  }

  /** All by the store's clock. A refusal far in the future was noted by a clock that has been set back since, and counts no more. */
  function isPaused({ document }: RefreshLease): boolean {
    const takenAtMs = document.refreshLeaseExpiresAtMs - timing.leaseMs;
    return Math.abs(takenAtMs - (document.refusedAtMs ?? 0)) < REFUSED_PAUSE_MS;
  }

  /** The new pair is in the store when this answers true. The old refresh token stays where the answer holds none. */
  function save(lease: RefreshLease, grant: RefreshGrant, oldRefreshToken: Secret): Promise<boolean> {
    const { document } = lease;
    const { accessToken, refreshToken, expiresAtMs, scopes } = grant;
    const pair: TokenPair = { type: "oauth2", accessToken, refreshToken: refreshToken ?? oldRefreshToken, expiresAtMs };
    const set = {
      ...sealNextSecret(ring, document, pair),
      refreshAtMs: toRefreshAt(pair, now()),
      scopes: scopes ?? document.scopes,
    };
    return lease.finish(set, { secretVersion: 1 });
  }

  async function usableApp(document: CredentialDocument): Promise<OAuthApp> {
    const { clientId } = document;
    const app = await apps.resolve(systemAccess(document), document);
    // Asked with another app's refresh token, the service answers as if the consent were gone.
    if (clientId != null && clientId !== app.clientId) throw anotherApp(clientId, app);
    refusedApps.assertUsable(app);
    return app;
  }

  function backoff(failures: number): number {
    return Math.random() * Math.min(BACKOFF_CAP_MS, timing.backoffMs * 2 ** failures);
  }

  return async function replaceTokens(lease: RefreshLease, need: RefreshNeed): Promise<boolean> {
    try {
      return await replace(lease, need);
    } catch (error) {
      // Where the call was not even made, the next caller need not wait for the lease to run out.
      if (isRefusedBeforeCall(error)) await lease.release(lease.document.refreshIntent === lease.document.secretVersion);
      throw error;
    }
  };
}

/** The verdict is saved first, so that no process calls the token endpoint for this consent again. */
async function endConsent(lease: RefreshLease, atMs: number, reason: string): Promise<boolean> {
  const status = "reauth_required";
  if (!(await lease.finish({ status, statusReason: reason, ...untoldBy(lease.document, status, atMs) }))) return false;
  throw reauthRequired({ id: lease.document.id, statusReason: reason });
}

/** The service refuses a token that refreshing does not cure. The consent is not proven dead by that: its next call or test may work. */
async function blameNobody(lease: RefreshLease, why: string): Promise<boolean> {
  if (!(await lease.finish({ status: "failing" }))) return false;
  throw new ConnectorError("credential_rejected", `The service refused the access token, and ${why}`, {
    credential: lease.document.id,
  });
}

function anotherApp(clientId: string, { environment, clientId: configured }: OAuthApp): ConnectorError {
  const message = `The consent was given to the OAuth app ${clientId}, but ${environment} is configured with ${configured}: configure that app again, or connect again`;
  return new ConnectorError("oauth_app_missing", message, { environment, clientId });
}

function toReason(reason: string, answerLost: boolean): string {
  const lost = "; an earlier answer with new tokens was lost with a process or a connection before it was saved";
  return `the service refused the refresh token (${reason})${answerLost ? lost : ""}`;
}

const BEFORE_CALL = [
  "oauth_app_missing",
  "oauth_app_rejected",
  "connector_unknown",
  "environment_unknown",
  "credential_key_unavailable",
  "sealed_data_invalid",
] as const;

function isRefusedBeforeCall(error: unknown): boolean {
  return BEFORE_CALL.some((code) => isConnectorError(error, code));
}
