import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { isConnectorError } from "../../connector/errors.ts";
import { Secret } from "../../credentials/secret.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { DEFAULT_PROJECT } from "./caller.ts";

/** How a person gets into the dashboard without a password: a link that works until somebody has signed in with it. */
export interface AccessLinks {
  /** A new token; an earlier one that nobody used stops working. Only its hash is stored. */
  create(): Promise<Secret>;
  /** Has anybody ever signed in here? */
  used(): Promise<boolean>;
  /** Is this the token that may sign in now? Changes nothing. */
  check(token: string): Promise<boolean>;
  /** Signs in: true for exactly one caller. */
  redeem(token: string): Promise<boolean>;
}

const ID = "access_link";

export function createAccessLinks({ store, now = Date.now }: { store: DocumentStore; now?: () => number }): AccessLinks {
  return {
    async create() {
      const token = randomBytes(32).toString("base64url");
      const set = { hash: hashOf(token), createdAtMs: now() };
      await insertUnlessThere(set);
      await store.patch("meta", DEFAULT_PROJECT, ID, { set });
      return new Secret(token);
    },

    async used() {
      return (await store.get("meta", DEFAULT_PROJECT, ID))?.usedAtMs != null;
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

  async function insertUnlessThere(fields: Record<string, unknown>): Promise<void> {
    try {
      await store.insert("meta", { id: ID, project: DEFAULT_PROJECT, ...fields });
    } catch (error) {
      if (!isConnectorError(error, "conflict")) throw error;
    }
  }

  /** Version of the link's record if the token fits it, so that redeeming it is compare-and-set. */
  async function versionFor(token: string): Promise<number | undefined> {
    const document = await store.get("meta", DEFAULT_PROJECT, ID);
    const stored = document?.hash;
    if (!document || typeof stored !== "string") return undefined;
    return timingSafeEqual(Buffer.from(stored, "hex"), Buffer.from(hashOf(token), "hex")) ? document.version : undefined;
  }
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
