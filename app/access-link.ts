import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { Secret } from "../sealing/secret.ts";
import type { DocumentStore, StoredDocument } from "../store/document-store.ts";
import { insertIfAbsent } from "../store/insert-if-absent.ts";
import { isLive } from "./lifetime.ts";
import { DEFAULT_PROJECT } from "./projects.ts";

/** How a person gets into the dashboard without a password: a link that works once, within a day. */
export interface AccessLinks {
  /** A new token; an earlier one that was not used stops working. Only its hash is stored. */
  create(): Promise<Secret>;
  state(): Promise<AccessLinkState>;
  /** Is this the token that may sign in now? Changes nothing. */
  check(token: string): Promise<boolean>;
  /** Signs in: true for exactly one caller. */
  redeem(token: string): Promise<boolean>;
}

export interface AccessLinkState {
  /** Has a person ever signed in by a link here? */
  readonly used: boolean;
  /** Until when the unused link works, if there is one: RFC 3339 text. */
  readonly worksUntil: string | undefined;
}

const ID = "access_link";
const LIFE_MS = 24 * 3_600_000;

export function createAccessLinks({ store, now = Date.now }: { store: DocumentStore; now?: () => number }): AccessLinks {
  return {
    async create() {
      const token = randomBytes(32).toString("base64url");
      const set = { hash: hashOf(token), createdAtMs: now() };
      await insertIfAbsent(store, "meta", { id: ID, project: DEFAULT_PROJECT, ...set });
      await store.patch("meta", DEFAULT_PROJECT, ID, { set });
      return new Secret(token);
    },

    async state() {
      const document = await store.get("meta", DEFAULT_PROJECT, ID);
      return {
        used: document?.usedAtMs != null,
        worksUntil: works(document) ? new Date(endOf(document)).toISOString() : undefined,
      };
    },

    async check(token) {
      return (await versionFor(token)) !== undefined;
    },

    async redeem(token) {
      const version = await versionFor(token);
      if (version === undefined) return false;
      return (
        (await store.patch("meta", DEFAULT_PROJECT, ID, { set: { hash: null, usedAtMs: now() } }, { version })) !== undefined
      );
    },
  };

  /** Version of the link's record if the token fits it and is not too old, so that redeeming it is compare-and-set. */
  async function versionFor(token: string): Promise<number | undefined> {
    const document = await store.get("meta", DEFAULT_PROJECT, ID);
    if (!works(document)) return undefined;
    return timingSafeEqual(Buffer.from(String(document.hash), "hex"), Buffer.from(hashOf(token), "hex"))
      ? document.version
      : undefined;
  }

  function works(document: StoredDocument | undefined): document is StoredDocument {
    return typeof document?.hash === "string" && isLive(endOf(document), { lifeMs: LIFE_MS, nowMs: now() });
  }
}

function endOf({ createdAtMs }: StoredDocument): number {
  return Number(createdAtMs) + LIFE_MS;
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
