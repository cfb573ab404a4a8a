import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { toGivenName } from "../credentials/check-input.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { ApiKey } from "../schemas/types/index.ts";
import { Secret } from "../sealing/secret.ts";
import { type Access, systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type DocumentStore, EVERY_PROJECT, type StoredDocument } from "../store/document-store.ts";
import { findPage, type Page, type PageOptions } from "../store/find-page.ts";
import { newId } from "../store/new-id.ts";
import { isScope, type Scope } from "./scopes.ts";

export interface ApiKeys {
  /** Makes a key. `key` is handed out here and never again: only its SHA-256 is stored. */
  create(access: Access, options: { name: string; scopes: readonly Scope[] }): Promise<{ apiKey: ApiKey; key: Secret }>;
  /** Oldest first, revoked ones included; `next` is an opaque cursor. */
  list(access: Access, options?: Pick<PageOptions, "limit" | "cursor">): Promise<Page<ApiKey>>;
  /** Revokes a key: at once in this process, within a second in others. May be repeated. @throws ConnectorError `not_found` */
  revoke(access: Access, id: string): Promise<ApiKey>;
  /** The key's record if the key is valid now; tells nothing about why it is not. Remembers (once a minute) that it was used. */
  authenticate(key: string): Promise<ApiKey | undefined>;
  /** The next call with any key asks the store about it: a project was removed. */
  believeNothing(): void;
}

/** For how long a key that was just found valid is believed without asking the store: the time other processes need to notice a revocation. */
const BELIEVED_MS = 1_000;
const MAX_BELIEVED = 10_000;
const USE_NOTED_MS = 60_000;
const PREFIX_LENGTH = 10;

export function createApiKeys({
  store,
  now = Date.now,
  elapsedMs = () => performance.now(),
  ...options
}: ApiKeysOptions): ApiKeys {
  const { onError = () => {} } = options;
  const saved = openCollection(store, "apiKeys");
  const believed = new Map<string, { apiKey: ApiKey; untilMs: number }>();
  const noted = new Map<string, number>();
  let revocations = 0;

  return {
    async create(access, { name, scopes }) {
      const checked = toGivenName(name, "/name", "key_");
      const key = `lc_${randomBytes(32).toString("base64url")}`;
      const document = await saved.insert(access, {
        id: newId("key"),
        name: checked,
        scopes: [...scopes],
        prefix: key.slice(0, PREFIX_LENGTH),
        hash: hashOf(key),
        createdAtMs: now(),
      });
      return { apiKey: toApiKey(document), key: new Secret(key) };
    },

    list: (access, options) => findPage((page) => saved.find(access, page), toApiKey, options),

    async revoke(access, id) {
      const revoked = await saved.patch(access, id, { set: { revokedAtMs: now() } }, { revokedAtMs: null });
      // After the write: a lookup that began before it must not be believed any more.
      believeNothing();
      const document = revoked ?? (await saved.get(access, id));
      if (!document) throw new ConnectorError("not_found", "There is no such API key", { kind: "api_key" });
      return toApiKey(document);
    },

    believeNothing,

    async authenticate(key) {
      const hash = hashOf(key);
      const apiKey = fromMemory(hash) ?? (await fromStore(hash));
      if (apiKey) noteUse(apiKey);
      return apiKey;
    },
  };

  function believeNothing(): void {
    revocations += 1;
    believed.clear();
  }

  function fromMemory(hash: string): ApiKey | undefined {
    const entry = believed.get(hash);
    return entry && entry.untilMs > elapsedMs() ? entry.apiKey : undefined;
  }

  async function fromStore(hash: string): Promise<ApiKey | undefined> {
    const before = revocations;
    const [document] = await store.find("apiKeys", EVERY_PROJECT, { where: { hash }, limit: 1 });
    if (!document || !sameHash(String(document.hash), hash) || document.revokedAtMs != null) return undefined;
    // Its keys may still be there where the process that removed the project died.
    if ((await store.get("projects", document.project, document.project))?.removedAtMs != null) return undefined;
    const apiKey = toApiKey(document);
    if (believed.size >= MAX_BELIEVED) believed.clear();
    if (before === revocations) believed.set(hash, { apiKey, untilMs: elapsedMs() + BELIEVED_MS });
    return apiKey;
  }

  function noteUse(apiKey: ApiKey): void {
    const at = elapsedMs();
    if (at - (noted.get(apiKey.id) ?? Number.NEGATIVE_INFINITY) < USE_NOTED_MS) return;
    if (noted.size >= MAX_BELIEVED) noted.clear();
    noted.set(apiKey.id, at);
    saved.patch(systemAccess(apiKey), apiKey.id, { set: { lastUsedAtMs: now() } }).catch(onError);
  }
}

export interface ApiKeysOptions {
  readonly store: DocumentStore;
  readonly now?: () => number;
  /** The time that passed since some moment: never set back, as the clock may be. */
  readonly elapsedMs?: () => number;
  /** Told when the time of the last use could not be saved: no reason to refuse the call. */
  readonly onError?: (error: unknown) => void;
}

function toApiKey(document: StoredDocument): ApiKey {
  return {
    id: document.id,
    project: document.project,
    name: String(document.name),
    prefix: String(document.prefix),
    scopes: (document.scopes as string[]).filter(isScope),
    createdAt: new Date(document.createdAtMs as number).toISOString(),
    lastUsedAt: toTime(document.lastUsedAtMs),
    revokedAt: toTime(document.revokedAtMs),
  };
}

function toTime(ms: unknown): string | null {
  return typeof ms === "number" ? new Date(ms).toISOString() : null;
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

function sameHash(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
