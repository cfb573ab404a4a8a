import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createAjv } from "../../../connector/validator.ts";
import { type CredentialDocument, toCredential } from "../../../credentials/document.ts";
import type { KeyRing } from "../../../sealing/encrypt.ts";
import { placeOf, sealedFields } from "../../../sealing/sealed-place.ts";
import { reveal } from "../../../sealing/secret.ts";
import { COLLECTIONS, type CollectionName } from "../../../store/collections.ts";
import type { DocumentStore, StoredDocument } from "../../../store/document-store.ts";

const SCHEMA = join(import.meta.dirname, "../../../schemas/platform/credential.json");
const matchesSchema = createAjv({ allErrors: true }).compile(JSON.parse(readFileSync(SCHEMA, "utf8")));
const WRITE_STATES = ["new", "running", "done", "failed", "unknown", "applied", "superseded"];
/** That of the tests, and the installation's own. */
const PROJECTS = ["p1", "_system"];
const NAMES: readonly CollectionName[] = ["credentials", "writes", "turns", "meta", "oauthFlows", "oauthApps"];

/**
 * Reads every document: nothing half-written is among them. Fields have their declared types, sealed ones open with a key of the ring
 * and say which, credentials match their schema, a recorded answer is there in full. Answers how many there are.
 */
export async function assertWhole(store: DocumentStore, ring: KeyRing): Promise<number> {
  let count = 0;
  for (const collection of NAMES) {
    for await (const document of all(store, collection)) {
      assertFields(collection, document);
      assertSealed(collection, document, ring);
      if (collection === "credentials") assertCredential(document as CredentialDocument);
      if (collection === "writes") assertWrite(document, ring);
      count += 1;
    }
  }
  return count;
}

async function* all(store: DocumentStore, collection: CollectionName): AsyncGenerator<StoredDocument> {
  for (const project of PROJECTS) {
    for (let after: { id: string } | undefined; ; ) {
      const page = await store.find(collection, project, { sort: ["id"], limit: 500, ...(after && { after }) });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < 500) break;
      after = { id: last.id };
    }
  }
}

// Without `expect`: thousands of documents are read after every kill.

function assertFields(collection: CollectionName, document: StoredDocument): void {
  if (!(document.version >= 1)) throw broken(collection, document, "has no version");
  for (const [field, type] of Object.entries(COLLECTIONS[collection].fields)) {
    const value = document[field];
    if (value !== null && value !== undefined && typeof value !== type)
      throw broken(collection, document, `${field} is no ${type}`);
  }
}

function assertSealed(collection: CollectionName, document: StoredDocument, ring: KeyRing): void {
  for (const field of Object.keys(sealedFields(collection))) {
    const sealed = document[field];
    if (typeof sealed !== "string") continue;
    if (ring.labelOf(sealed) !== document.sealedKid)
      throw broken(collection, document, "names another key than it is sealed with");
    if (reveal(ring.open(sealed, placeOf(collection, document, field))) === "")
      throw broken(collection, document, `${field} is empty`);
  }
}

function assertCredential(document: CredentialDocument): void {
  if (!matchesSchema(toCredential(document))) throw broken("credentials", document, JSON.stringify(matchesSchema.errors));
  if ((document.secret === null) !== (document.status === "pending")) throw broken("credentials", document, "has no secret");
}

function assertWrite(document: StoredDocument, ring: KeyRing): void {
  if (!WRITE_STATES.includes(String(document.state))) throw broken("writes", document, "has no state");
  if (document.state !== "done" || !document.id.startsWith("idem_")) return;
  const text = reveal(ring.open(String(document.answer), { project: document.project, id: document.id, field: "answer" }));
  const answer = JSON.parse(text) as object;
  if (!("output" in answer && "meta" in answer)) throw broken("writes", document, "has no answer");
}

function broken(collection: CollectionName, { id }: StoredDocument, what: string): Error {
  return new Error(`${collection} ${id}: ${what}`);
}
