import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import type { Secret } from "../sealing/secret.ts";
import type { Access } from "../store/access.ts";
import type { Where } from "../store/document-store.ts";
import { type CredentialDocument, NO_REFRESH, toCredential, UNTRIED } from "./document.ts";
import { missingScopes } from "./scopes.ts";
import { openSecret, sealNextSecret } from "./secret-text.ts";
import { toRefreshAt } from "./token-times.ts";
import type { Credentials, TokenGrant } from "./types.ts";

export interface SaveGrantOptions {
  readonly ring: KeyRing;
  readonly read: (access: Access, id: string) => Promise<CredentialDocument>;
  readonly patch: (
    access: Access,
    id: string,
    set: Record<string, unknown>,
    inc: Record<string, number>,
    where?: Where,
  ) => Promise<CredentialDocument | undefined>;
  readonly now: () => number;
}

const ATTEMPTS = 5;
const SESSION = "offline_access";

/** The `saveGrant` of Credentials. A refresh under way is overtaken: its result is refused by the fence. */
export function createSaveGrant({ ring, read, patch, now }: SaveGrantOptions): Credentials["saveGrant"] {
  return async function saveGrant(access, id, grant, asked) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await read(access, id);
      assertGrantFits(before, grant);
      const refreshToken = grant.refreshToken ?? keptRefreshToken(ring, before, grant);
      const { accessToken, expiresAtMs } = grant;
      const set = {
        ...sealNextSecret(ring, before, { type: "oauth2", accessToken, refreshToken, expiresAtMs }),
        ...NO_REFRESH,
        ...verdict(grant.scopes, asked, refreshToken !== null),
        scopes: [...grant.scopes],
        account: { userId: grant.userId ?? before.account.userId, accountId: grant.accountId ?? before.account.accountId },
        ...toPerformAs(before, grant),
        refreshAtMs: toRefreshAt({ expiresAtMs, refreshToken }, now()),
        endsAtMs: refreshToken === null ? expiresAtMs : null,
        clientId: grant.clientId ?? null,
        ...UNTRIED,
      };
      // Under the version that was read: two consents that end at once must not both pass as the first account.
      const after = await patch(access, id, set, { revision: 1, secretVersion: 1, refreshFence: 1 }, { version: before.version });
      if (after !== undefined) return toCredential(after);
    }
    throw new ConnectorError("conflict", "The credential kept changing while the consent was saved; connect it again");
  };
}

function assertGrantFits({ id, auth, account }: CredentialDocument, grant: TokenGrant): void {
  if (auth !== "oauth2") throw new ConnectorError("conflict", "The credential holds an API key, not a consent");
  if (account.accountId === null || grant.accountId === null || account.accountId === grant.accountId) return;
  const message = "The consent was given for another account than the one connected before; add a new credential for it";
  throw new ConnectorError("account_mismatch", message, { credential: id });
}

/**
 * A user who agrees a second time may get no second refresh token: the first one stays where it is the same user of the same account and app, and
 * was not refused. Where any of that is unknown it goes, since it might draw tokens of another user.
 */
function keptRefreshToken(ring: KeyRing, before: CredentialDocument, grant: TokenGrant): Secret | null {
  const { account, clientId, secret, status } = before;
  const isSameUser = account.userId !== null && account.userId === grant.userId;
  const isSameAccount = account.accountId !== null && account.accountId === grant.accountId;
  const isSameApp = clientId == null || grant.clientId === undefined || clientId === grant.clientId;
  if (secret === null || status === "reauth_required" || !isSameUser || !isSameAccount || !isSameApp) return null;
  try {
    const opened = openSecret(ring, before, secret);
    return opened.type === "oauth2" ? opened.refreshToken : null;
  } catch (error) {
    // What does not open any more is what is being replaced here.
    if (isConnectorError(error, "sealed_data_invalid") || isConnectorError(error, "credential_key_unavailable")) return null;
    throw error;
  }
}

/** Without a refresh token the consent works until it ends, which is told as a warning. */
function verdict(scopes: readonly string[], asked: readonly string[], isRenewable: boolean) {
  const missing = missingScopes(asked, isRenewable ? [...scopes, SESSION] : scopes.filter((scope) => scope !== SESSION));
  const needed = missing.filter((scope) => scope !== SESSION);
  if (needed.length === 0) return { status: "untested", statusReason: null, missingScopes: missing };
  return { status: "unusable", statusReason: `not granted: ${missing.join(" ")}`, missingScopes: missing };
}

/** The authorising user, unless another one was chosen. */
function toPerformAs({ defaultPerformAs, performAs = null, account }: CredentialDocument, { userId }: TokenGrant) {
  const isChosen = defaultPerformAs !== null && defaultPerformAs !== account.userId;
  return isChosen || userId === null ? { defaultPerformAs, performAs } : { defaultPerformAs: userId, performAs: "active" };
}
