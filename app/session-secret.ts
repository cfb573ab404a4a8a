import { randomBytes } from "node:crypto";
import type { KeyRing } from "../sealing/encrypt.ts";
import type { Secret } from "../sealing/secret.ts";
import type { DocumentStore } from "../store/document-store.ts";
import { insertIfAbsent } from "../store/insert-if-absent.ts";

const PLACE = { project: "_system", id: "session-secret", field: "value" } as const;

/** What signs session cookies: created once for a store, encrypted there, the same for all processes. */
export async function loadSessionSecret(store: DocumentStore, ring: KeyRing): Promise<Secret> {
  const { project, id } = PLACE;
  let found = await store.get("meta", project, id);
  if (!found) {
    const value = ring.seal(randomBytes(32).toString("base64url"), PLACE);
    found = (await insertIfAbsent(store, "meta", { id, project, value, sealedKid: ring.labelOf(value) })).document;
  }
  return ring.open(String(found.value), PLACE);
}
