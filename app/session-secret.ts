import { randomBytes } from "node:crypto";
import { isConnectorError } from "../errors/connector-error.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import type { Secret } from "../sealing/secret.ts";
import type { DocumentStore } from "../store/document-store.ts";

const PLACE = { project: "_system", id: "session-secret", field: "value" } as const;

/** What signs session cookies: created once for a store, encrypted there, the same for all processes. */
export async function loadSessionSecret(store: DocumentStore, ring: KeyRing): Promise<Secret> {
  const { project, id } = PLACE;
  let found = await store.get("meta", project, id);
  if (!found) {
    const value = ring.seal(randomBytes(32).toString("base64url"), PLACE);
    try {
      found = await store.insert("meta", { id, project, value, sealedKid: ring.labelOf(value) });
    } catch (error) {
      if (!isConnectorError(error, "conflict")) throw error;
      found = await store.get("meta", project, id);
    }
  }
  return ring.open(String(found?.value), PLACE);
}
