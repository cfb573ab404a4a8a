import { randomBytes } from "node:crypto";
import { ConnectorError, isConnectorError } from "../connector/errors.ts";
import type { Environment } from "../connector/types.ts";
import type { DocumentStore, Where } from "../store/document-store.ts";
import { toApiKey, toNickname, toOwner, toPerformAs } from "./check-input.ts";
import { noSuchCredential } from "./credential-errors.ts";
import { type CredentialDocument, NO_REFRESH, toCredential, toTime } from "./document.ts";
import type { KeyRing } from "./encrypt.ts";
import { createListCredentials } from "./list-credentials.ts";
import { createMarkUsed } from "./mark-used.ts";
import { createOpenedSecrets } from "./opened-secrets.ts";
import { promulgate } from "./promulgate.ts";
import type { Refresher } from "./refresher.ts";
import { createSaveGrant } from "./save-grant.ts";
import { openSecret, sealSecret } from "./secret-text.ts";
import { createSigner } from "./sign.ts";
import { readClaims } from "./token-claims.ts";
import type { Credentials, NewCredential } from "./types.ts";

export interface CredentialsOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly environments: Readonly<Record<string, Environment>>;
  /** Without it an expired OAuth token stays expired: `credential_refresh_unavailable`. */
  readonly refresher?: Refresher;
  readonly now?: () => number;
}

export interface TokenState {
  readonly expiresAtMs: number;
  /** A refresh token is there. */
  readonly refreshable: boolean;
  /** Empty for an opaque token. */
  readonly audience: readonly string[];
}

/** Credentials, and what only the process that holds them needs. */
export interface CredentialStore extends Credentials {
  /** What the saved token tells of itself; null for an API key and for a pending credential. */
  tokenState(project: string, id: string): Promise<TokenState | null>;
  /** Waits for writes and refreshes that nobody awaits. Call it before the store is closed. */
  settled(): Promise<void>;
}

const ID = /^cred_[a-z2-7]{26}$/;
const ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
// What a test or a call in use may change; a consent that is pending or was withdrawn is only changed by a new consent.
const CHANGEABLE = { in: ["untested", "healthy", "failing", "unusable"] } as const;

/** Saved credentials in the store: secrets sealed for their record, nothing kept in memory but opened secrets of known sealed text. */
export function createCredentials({
  store,
  ring,
  environments,
  refresher = noRefresher(),
  now = Date.now,
}: CredentialsOptions): CredentialStore {
  const opened = createOpenedSecrets();
  const usage = createMarkUsed(store, now);

  async function read(project: string, id: string, options?: { maxAgeMs: number }): Promise<CredentialDocument> {
    const document = ID.test(id) ? await store.get("credentials", project, id, options) : undefined;
    if (document === undefined) throw noSuchCredential();
    return document as CredentialDocument;
  }

  async function byNickname(project: string, text: string): Promise<CredentialDocument> {
    const nickname = text.normalize("NFC").trim();
    const found = await store.find("credentials", project, { where: { nickname }, limit: 2 });
    const [only, second] = found as CredentialDocument[];
    if (only === undefined) throw noSuchCredential();
    if (second !== undefined) throw new ConnectorError("not_found", "Several credentials have this nickname; name one by its id");
    return only;
  }

  async function patch(project: string, id: string, set: Record<string, unknown>, inc: Record<string, number>, where?: Where) {
    const change = { set: { ...set, updatedAt: toTime(now()) }, inc };
    const changed = await promulgate(store, store.patch("credentials", project, id, change, where));
    return changed as CredentialDocument | undefined;
  }

  return {
    async create(project, credential) {
      const document = toDocument(project, credential, { ring, environments, now });
      return toCredential((await nicknameTaken(store.insert("credentials", document))) as CredentialDocument);
    },

    async get(project, id) {
      return toCredential(await read(project, id));
    },

    async resolve(project, idOrNickname) {
      return toCredential(await (ID.test(idOrNickname) ? read(project, idOrNickname) : byNickname(project, idOrNickname)));
    },

    async idOf(project, idOrNickname) {
      return ID.test(idOrNickname) ? idOrNickname : (await byNickname(project, idOrNickname)).id;
    },

    list: createListCredentials(store),

    async update(project, id, change, expectedVersion) {
      const set: Record<string, unknown> = {};
      if (change.nickname !== undefined) set.nickname = toNickname(change.nickname);
      if (change.defaultPerformAs !== undefined) set.defaultPerformAs = toPerformAs(change.defaultPerformAs);
      const before = await read(project, id);
      if (expectedVersion !== undefined && before.revision !== expectedVersion) throw changedMeanwhile();
      if (Object.keys(set).length === 0) return toCredential(before);
      const where = expectedVersion === undefined ? {} : { revision: expectedVersion };
      const after = await nicknameTaken(patch(project, id, set, { revision: 1 }, where));
      if (after !== undefined) return toCredential(after);
      await read(project, id);
      throw changedMeanwhile();
    },

    async remove(project, id) {
      opened.forget(project, id);
      if (!ID.test(id) || !(await promulgate(store, store.remove("credentials", project, id)))) throw noSuchCredential();
    },

    async replaceApiKey(project, id, apiKey) {
      const secret = { type: "api_key", apiKey: toApiKey(apiKey) } as const;
      const before = await read(project, id);
      if (before.auth !== "api_key")
        throw new ConnectorError("conflict", "The credential is connected by consent; reconnect it instead");
      const set = { ...sealSecret(ring, before, secret), ...NO_REFRESH, status: "untested", statusReason: null, lastTest: null };
      const after = await patch(project, id, set, { revision: 1, secretVersion: 1, refreshFence: 1 });
      if (after === undefined) throw noSuchCredential();
      return toCredential(after);
    },

    saveGrant: createSaveGrant({ ring, read, patch, now }),

    async setStatus(project, id, status, { lastTest, secretVersion } = {}) {
      const tested = lastTest === undefined ? {} : { lastTest };
      const { auth } = await read(project, id);
      const where = {
        ...(auth === "oauth2" && { status: CHANGEABLE }),
        ...(secretVersion !== undefined && { secretVersion }),
      };
      const reason = status === "reauth_required" ? {} : { statusReason: null };
      const changed = await patch(project, id, { status, ...reason, ...tested }, {}, where);
      if (changed === undefined && lastTest !== undefined) await patch(project, id, tested, {});
    },

    markUsed: usage.markUsed,
    sign: createSigner({ read, ring, opened, refresher, now }),

    async tokenState(project, id) {
      const document = await read(project, id);
      if (document.secret === null) return null;
      const secret = openSecret(ring, document, document.secret);
      if (secret.type === "api_key") return null;
      return {
        expiresAtMs: secret.expiresAtMs,
        refreshable: secret.refreshToken !== null,
        audience: readClaims(secret.accessToken).audience,
      };
    },

    async settled() {
      await Promise.all([usage.settled(), refresher.settled()]);
    },
  };
}

function toDocument(
  project: string,
  credential: NewCredential,
  { ring, environments, now }: Required<Pick<CredentialsOptions, "ring" | "environments" | "now">>,
) {
  const { auth, environment } = credential;
  if (!Object.hasOwn(environments, environment)) {
    throw new ConnectorError(
      "environment_unknown",
      `There is no such environment; known are ${Object.keys(environments).join(", ")}`,
    );
  }
  const id = `cred_${Array.from(randomBytes(26), (byte) => ID_ALPHABET[byte & 31]).join("")}`;
  const isKey = auth.type === "api_key";
  const nowMs = now();
  const sealed = isKey
    ? sealSecret(ring, { project, id }, { type: "api_key", apiKey: toApiKey(auth.apiKey) })
    : { secret: null, sealedKid: null };
  return {
    id,
    project,
    owner: toOwner(credential.owner),
    connector: "lever",
    nickname: toNickname(credential.nickname),
    environment,
    auth: auth.type,
    status: isKey ? "untested" : "pending",
    statusReason: null,
    scopes: isKey ? null : [],
    missingScopes: null,
    defaultPerformAs: toPerformAs(credential.defaultPerformAs),
    account: { userId: null, accountId: null },
    lastTest: null,
    lastUsedAt: null,
    lastUsedAtMs: 0,
    createdAt: toTime(nowMs),
    createdAtMs: nowMs,
    updatedAt: toTime(nowMs),
    revision: 1,
    secretVersion: isKey ? 1 : 0,
    refreshFence: 0,
    refreshAtMs: 0,
    ...NO_REFRESH,
    ...sealed,
  };
}

async function nicknameTaken<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!isConnectorError(error, "conflict")) throw error;
    const issues = [{ pointer: "/nickname", keyword: "unique", message: "is the nickname of another credential" }];
    throw new ConnectorError("conflict", "Another credential has this nickname", { issues }, { cause: error });
  }
}

function changedMeanwhile(): ConnectorError {
  return new ConnectorError("conflict", "The credential was changed by somebody else meanwhile; read it again");
}

function noRefresher(): Refresher {
  return {
    refresh: async () => {
      throw new ConnectorError(
        "credential_refresh_unavailable",
        "The access token has expired, and this process does not refresh tokens",
      );
    },
    settled: async () => undefined,
  };
}
