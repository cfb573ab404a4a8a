import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../connector/types.ts";
import { createCredentials } from "../../credentials/credential-store.ts";
import { createKeyRing } from "../../sealing/encrypt.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { connectorsOf } from "../support/connectors.ts";

export function makeFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "lever-credentials-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function openTestStore(
  now = Date.now,
): Promise<{ store: DocumentStore; folder: string; close: () => Promise<void> }> {
  const { path, remove } = makeFolder();
  const store = createEmbeddedStore({ dataDir: path, now });
  await store.open();
  async function close() {
    await store.dispose();
    remove();
  }
  return { store, folder: path, close };
}

export function newKey(kid: string) {
  return { kid, key: randomBytes(32) };
}

export const ENVIRONMENTS: Readonly<Record<string, Environment>> = {
  production: environment("lever.test"),
  sandbox: environment("sandbox.lever.test"),
};

/** The built-in connector in these environments. */
export const CONNECTORS = connectorsOf(ENVIRONMENTS);

function environment(host: string): Environment {
  return {
    title: host,
    api: `https://api.${host}/v1`,
    authorize: `https://auth.${host}/authorize`,
    token: `https://auth.${host}/oauth/token`,
    audience: `https://api.${host}/v1/`,
    web: `https://hire.${host}`,
  };
}

export async function openTestCredentials() {
  const ring = createKeyRing([newKey("k1")]);
  const opened = await openTestStore();
  const credentials = createCredentials({ store: opened.store, ring, connectors: CONNECTORS });
  async function close() {
    await credentials.settled();
    await opened.close();
  }
  return { ...opened, credentials, ring, close };
}

/** A promise's error; fails where there is none. */
export async function failure(work: Promise<unknown>): Promise<Error & { code?: string; details?: Record<string, unknown> }> {
  try {
    await work;
  } catch (error) {
    return error as Error;
  }
  throw new Error("expected a failure");
}
