import { ConnectorError } from "../connector/errors.ts";
import type { Where } from "../store/document-store.ts";
import { type CredentialDocument, NO_REFRESH, toCredential } from "./document.ts";
import type { KeyRing } from "./encrypt.ts";
import { missingScopes } from "./scopes.ts";
import { sealSecret } from "./secret-text.ts";
import { toRefreshAt } from "./token-times.ts";
import type { Credentials, TokenGrant } from "./types.ts";

export interface SaveGrantOptions {
  readonly ring: KeyRing;
  readonly read: (project: string, id: string) => Promise<CredentialDocument>;
  readonly patch: (
    project: string,
    id: string,
    set: Record<string, unknown>,
    inc: Record<string, number>,
    where?: Where,
  ) => Promise<CredentialDocument | undefined>;
  readonly now: () => number;
}

const ATTEMPTS = 5;

/** The `saveGrant` of Credentials. A refresh under way is overtaken: its result is refused by the fence. */
export function createSaveGrant({ ring, read, patch, now }: SaveGrantOptions): Credentials["saveGrant"] {
  return async function saveGrant(project, id, grant, asked) {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = await read(project, id);
      assertGrantFits(before, grant);
      const { accessToken, refreshToken, expiresAtMs } = grant;
      const set = {
        ...sealSecret(ring, before, { type: "oauth2", accessToken, refreshToken, expiresAtMs }),
        ...NO_REFRESH,
        ...verdict(grant, asked),
        scopes: [...grant.scopes],
        account: { userId: grant.userId ?? before.account.userId, accountId: grant.accountId ?? before.account.accountId },
        defaultPerformAs: toDefaultPerformAs(before, grant),
        refreshAtMs: toRefreshAt(grant, now()),
        lastTest: null,
      };
      // Under the version that was read: two consents that end at once must not both pass as the first account.
      const after = await patch(
        project,
        id,
        set,
        { revision: 1, secretVersion: 1, refreshFence: 1 },
        { version: before.version },
      );
      if (after !== undefined) return toCredential(after);
    }
    throw new ConnectorError("conflict", "The credential kept changing while the consent was saved; connect it again");
  };
}

function assertGrantFits({ id, auth, account }: CredentialDocument, grant: TokenGrant): void {
  if (auth !== "oauth2") throw new ConnectorError("conflict", "The credential holds an API key, not a consent");
  if (account.accountId === null || grant.accountId === null || account.accountId === grant.accountId) return;
  const message = "The consent was given for another Lever account than the one connected before; add a new credential for it";
  throw new ConnectorError("account_mismatch", message, { credential: id });
}

function verdict(grant: TokenGrant, asked: readonly string[]) {
  const granted = grant.refreshToken === null ? grant.scopes : [...grant.scopes, "offline_access"];
  const missing = missingScopes(asked, granted);
  if (missing.length === 0) return { status: "untested", statusReason: null, missingScopes: [] };
  return { status: "unusable", statusReason: `not granted: ${missing.join(" ")}`, missingScopes: missing };
}

/** The authorising user, unless somebody chose another. */
function toDefaultPerformAs({ defaultPerformAs, account }: CredentialDocument, { userId }: TokenGrant): string | null {
  const chosen = defaultPerformAs !== null && defaultPerformAs !== account.userId;
  return chosen ? defaultPerformAs : (userId ?? defaultPerformAs);
}
