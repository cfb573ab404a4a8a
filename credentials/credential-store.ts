import { randomBytes } from "node:crypto";
import type { Connectors, Manifest } from "../connector/types.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { type Access, systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type DocumentStore, storeTime, type Where } from "../store/document-store.ts";
import { orTaken } from "../store/or-taken.ts";
import { toName } from "../text/names.ts";
import { toKnownCause } from "./check-cause.ts";
import { invalidInput, toApiKey, toNickname, toOwner, toPerformAs } from "./check-input.ts";
import type { Credential, CredentialAuth, CredentialStatus, SavedReport } from "./credential.ts";
import { noSuchCredential } from "./credential-errors.ts";
import { type CredentialDocument, NO_REFRESH, toCredential, toTime, UNTRIED, untoldBy } from "./document.ts";
import { createListCredentials } from "./list-credentials.ts";
import { createMarkUsed } from "./mark-used.ts";
import type { Refresher } from "./refresher.ts";
import { createSaveGrant } from "./save-grant.ts";
import { openSecret, sealNextSecret, sealSecret } from "./secret-text.ts";
import { apiKeyAuth, createSigner, signUnsaved } from "./sign.ts";
import { readClaims } from "./token-claims.ts";
import type { Credentials, NewCredential, SigningCredential, Verdict } from "./types.ts";

export interface CredentialsOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly connectors: Pick<Connectors, "builtIn" | "of">;
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
  /** Signs with an API key that is not saved yet, to ask the service something before; undefined for a consent. @throws ConnectorError as `create` */
  draft(access: Access, credential: NewCredential): SigningCredential | undefined;
  /** A credential, and which of its secrets a test of it is about. @throws ConnectorError `not_found` */
  look(access: Access, id: string): Promise<{ readonly record: Credential; readonly secretVersion: number }>;
  /** What the last test found, of the secret that is saved now; undefined where there was none. @throws ConnectorError `not_found` */
  lastReport(access: Access, id: string): Promise<SavedReport | undefined>;
  /** What the saved token tells of itself; null for an API key and for a pending credential. */
  tokenState(access: Access, id: string): Promise<TokenState | null>;
  /** Waits for writes and refreshes that no caller awaits. Call it before the store is closed. */
  settled(): Promise<void>;
}

const ID = /^cred_[a-z2-7]{26}$/;
const ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const TAKEN = { field: "nickname", of: "credential" };
const ATTEMPTS = 5;
/** The statuses of a consent that tests and calls may change. */
const OPEN: { readonly in: readonly CredentialStatus[] } = { in: ["untested", "healthy", "failing", "unusable"] };

/** Saved credentials in the store: secrets sealed for their record, nothing kept in memory but secrets that were opened lately. */
export function createCredentials({
  store,
  ring,
  connectors,
  refresher = noRefresher(),
  now = Date.now,
}: CredentialsOptions): CredentialStore {
  const saved = openCollection(store, "credentials");
  const usage = createMarkUsed(saved, now);

  async function read(access: Access, id: string): Promise<CredentialDocument> {
    const document = ID.test(id) ? await saved.get(access, id) : undefined;
    if (document === undefined) throw noSuchCredential();
    return document as CredentialDocument;
  }

  async function byNickname(access: Access, text: string): Promise<CredentialDocument> {
    const nickname = toName(text);
    const found = await saved.find(access, { where: { nickname }, limit: 2 });
    const [only, second] = found as CredentialDocument[];
    if (only === undefined) throw noSuchCredential();
    if (second !== undefined) throw new ConnectorError("not_found", "Several credentials have this nickname; name one by its id");
    return only;
  }

  async function patch(access: Access, id: string, set: Record<string, unknown>, inc: Record<string, number>, where?: Where) {
    // What people change, not what a test or a call finds.
    const change = { set: { ...set, ...(inc.revision !== undefined && { updatedAt: toTime(now()) }) }, inc };
    const changed = await saved.patch(access, id, change, where);
    return changed as CredentialDocument | undefined;
  }

  /** However many calls find it out, it is noted once. Where the record keeps changing, the next call finds it out as well. */
  async function refuseKey(access: Access, id: string, secretVersion: number): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const before = (await saved.get(access, id)) as CredentialDocument | undefined;
      if (before?.secretVersion !== secretVersion || before.status === "reauth_required") return;
      const set = { status: "reauth_required", ...untoldBy(before, "reauth_required", now()) };
      if ((await patch(access, id, set, {}, { version: before.version })) !== undefined) return;
    }
  }

  return {
    async create(access, credential) {
      const document = toDocument(access, credential, { ring, connectors, now });
      return toCredential((await orTaken(saved.insert(access, document), TAKEN)) as CredentialDocument);
    },

    async get(access, id) {
      return toCredential(await read(access, id));
    },

    async resolve(access, idOrNickname) {
      return toCredential(await (ID.test(idOrNickname) ? read(access, idOrNickname) : byNickname(access, idOrNickname)));
    },

    async idOf(access, idOrNickname) {
      return ID.test(idOrNickname) ? idOrNickname : (await byNickname(access, idOrNickname)).id;
    },

    list: createListCredentials(saved),

    async update(access, id, change, expectedVersion) {
      const set: Record<string, unknown> = {};
      const before = await read(access, id);
      // One that was saved under an older rule may be said again.
      if (change.nickname !== undefined && change.nickname !== before.nickname) set.nickname = toNickname(change.nickname);
      if (change.defaultPerformAs !== undefined) {
        set.defaultPerformAs = toDefaultPerformAs(connectors.of(before.connector).manifest, change.defaultPerformAs);
        set.performAs = change.performAs ?? null;
      }
      if (expectedVersion !== undefined && before.revision !== expectedVersion) throw changedMeanwhile();
      if (Object.keys(set).length === 0) return toCredential(before);
      const where = expectedVersion === undefined ? {} : { revision: expectedVersion };
      const after = await orTaken(patch(access, id, set, { revision: 1 }, where), TAKEN);
      if (after !== undefined) return toCredential(after);
      await read(access, id);
      throw changedMeanwhile();
    },

    async remove(access, id) {
      if (!ID.test(id) || !(await saved.remove(access, id))) throw noSuchCredential();
    },

    async replaceApiKey(access, id, apiKey) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const before = await read(access, id);
        if (before.auth !== "api_key")
          throw new ConnectorError("conflict", "The credential is connected by consent; reconnect it instead");
        const { scheme } = apiKeyAuth(connectors.of(before.connector).manifest);
        const secret = { type: "api_key", apiKey: toApiKey(apiKey, scheme) } as const;
        const performAs = before.defaultPerformAs === null ? null : "unchecked";
        const known = { status: "untested", statusReason: null, performAs, ...NO_REFRESH, ...UNTRIED };
        const set = { ...sealNextSecret(ring, before, secret), ...known };
        const inc = { revision: 1, secretVersion: 1, refreshFence: 1 };
        const after = await patch(access, id, set, inc, { secretVersion: before.secretVersion });
        if (after !== undefined) return toCredential(after);
      }
      throw new ConnectorError("conflict", "The credential kept changing while the key was saved; try again");
    },

    saveGrant: createSaveGrant({ ring, read, patch, now }),

    async setStatus(access, id, status, { secretVersion, version, performAs, ...found } = {}) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const before = await read(access, id);
        const isMeant = secretVersion === undefined || before.secretVersion === secretVersion || before.revision === version;
        if (!isMeant) return;
        // A consent that is pending or was withdrawn is only changed by a new consent.
        const isOpen = before.auth === "api_key" || OPEN.in.includes(before.status);
        const reason = status === "reauth_required" ? {} : { statusReason: null };
        const set = {
          ...found,
          ...toPerformAsFound(before, performAs),
          ...(isOpen && { status, ...reason, ...untoldBy(before, status, now()) }),
        };
        if (Object.keys(set).length === 0) return;
        if ((await patch(access, id, set, {}, { version: before.version })) !== undefined) return;
      }
      throw new ConnectorError("conflict", "The credential kept changing while a verdict on it was saved");
    },

    async noteRefused({ record, secretVersion }) {
      const { id, auth } = record;
      const access = systemAccess(record);
      if (auth === "api_key") await refuseKey(access, id, secretVersion);
      else await patch(access, id, { status: "failing", refusedAtMs: storeTime() }, {}, { secretVersion, status: OPEN });
    },

    noteAccepted: usage.noteAccepted,
    markUsed: usage.markUsed,
    sign: createSigner({ read, ring, connectors, refresher, now }),

    draft(access, credential) {
      const document = toDocument(access, credential, { ring, connectors, now });
      if (credential.auth.type !== "api_key") return undefined;
      const unsaved = { ...document, version: 0, performAs: null } as CredentialDocument;
      const keyAuth = apiKeyAuth(connectors.of(document.connector).manifest);
      return signUnsaved(unsaved, { type: "api_key", apiKey: toApiKey(credential.auth.apiKey, keyAuth.scheme) }, keyAuth);
    },

    async look(access, id) {
      const document = await read(access, id);
      return { record: toCredential(document), secretVersion: document.secretVersion };
    },

    async lastReport(access, id) {
      const { lastReport, lastTest } = await read(access, id);
      return lastReport && lastTest ? { at: lastTest.at, ...lastReport, cause: toKnownCause(lastReport.cause) } : undefined;
    },

    async tokenState(access, id) {
      const document = await read(access, id);
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
  access: Access,
  credential: NewCredential,
  { ring, connectors, now }: Required<Pick<CredentialsOptions, "ring" | "connectors" | "now">>,
) {
  const { auth, environment } = credential;
  const { manifest, environments } =
    credential.connector === undefined ? connectors.builtIn : connectors.of(credential.connector);
  if (!Object.hasOwn(environments, environment)) {
    throw new ConnectorError(
      "environment_unknown",
      `There is no such environment; known are ${Object.keys(environments).join(", ")}`,
    );
  }
  const id = `cred_${Array.from(randomBytes(26), (byte) => ID_ALPHABET[byte & 31]).join("")}`;
  const isKey = auth.type === "api_key";
  const owner = toOwner(credential.owner);
  assertOffered(manifest, auth.type);
  const nowMs = now();
  const identity = {
    id,
    project: access.project,
    // As the collection will have it: a secret is bound to whose it is.
    owner: owner === "" ? (access.owner ?? "") : owner,
    connector: manifest.id,
    environment,
    auth: auth.type,
    secretVersion: isKey ? 1 : 0,
  } as const;
  const sealed = isKey
    ? sealSecret(ring, identity, { type: "api_key", apiKey: toApiKey(auth.apiKey, apiKeyAuth(manifest).scheme) })
    : { secret: null, sealedKid: null };
  return {
    ...identity,
    nickname: toNickname(credential.nickname),
    status: isKey ? "untested" : "pending",
    statusReason: null,
    scopes: isKey ? null : [],
    missingScopes: null,
    defaultPerformAs: toDefaultPerformAs(manifest, credential.defaultPerformAs),
    performAs: credential.performAs ?? null,
    account: { userId: null, accountId: null },
    ...UNTRIED,
    lastUsedAt: null,
    lastUsedAtMs: 0,
    createdAt: toTime(nowMs),
    createdAtMs: nowMs,
    updatedAt: toTime(nowMs),
    revision: 1,
    refreshFence: 0,
    refreshAtMs: 0,
    ...NO_REFRESH,
    ...sealed,
  };
}

function assertOffered({ auth, name }: Manifest, type: CredentialAuth): void {
  if (auth.some((way) => way.type === type)) return;
  const ways = auth.map((way) => way.type).join(" or ");
  throw invalidInput("/auth/type", "enum", `must be ${ways}: ${name} offers no other way`);
}

/** Only where the service knows of such a user. */
function toDefaultPerformAs({ performAs, name }: Manifest, value: unknown): string | null {
  const user = toPerformAs(value);
  if (user !== null && performAs === undefined)
    throw invalidInput("/defaultPerformAs", "unexpected", `must be left out: ${name} records writes for no user`);
  return user;
}

/** Only of the user that is still set; not being able to look again takes nothing away. */
function toPerformAsFound(before: CredentialDocument, found: Verdict["performAs"]): Pick<CredentialDocument, "performAs"> {
  if (found == null || found.user !== before.defaultPerformAs) return {};
  return found.state === "unchecked" && before.performAs != null ? {} : { performAs: found.state };
}

function changedMeanwhile(): ConnectorError {
  return new ConnectorError("conflict", "The credential was changed by another caller meanwhile; read it again");
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
