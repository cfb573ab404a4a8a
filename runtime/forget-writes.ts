import { parseJson } from "../connector/exact-json.ts";
import type { ErrorCode } from "../errors/connector-error.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal } from "../sealing/secret.ts";
import type { Access } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import type { DocumentStore, StoredDocument } from "../store/document-store.ts";
import { allDocuments } from "../store/find-page.ts";
import type { IsMentioned } from "../text/mentions.ts";

/** A repeated call is told that it took effect, and is not sent. */
const NO_ANSWER = { state: "applied", code: "upstream_invalid_response" satisfies ErrorCode };

/**
 * Removes from the records of writes whom they were to, what they changed and what was answered, where a person is named; answers how many.
 * That there was a write, by whom, when and how it ended stays. May be repeated.
 */
export function createForgetWrites({ store, keyRing }: { store: DocumentStore; keyRing: KeyRing }) {
  const writes = openCollection(store, "writes");

  return async function forgetWrites(access: Access, isMentioned: IsMentioned): Promise<number> {
    const all = () => allDocuments((page) => writes.find(access, page));
    // The answer under a key may not name the person that the write was to: its record does, by the same request.
    const requests = new Set<unknown>();
    for await (const record of all())
      if (typeof record.requestId === "string" && isIn(record, isMentioned)) requests.add(record.requestId);
    let count = 0;
    const concerns = (record: StoredDocument) => requests.has(record.requestId) || isIn(record, isMentioned);
    // Keys first: as long as the records of their writes are there, the next attempt after a crash finds them.
    for (const isOfKey of [true, false])
      for await (const record of all())
        if ((record.isKey === true) === isOfKey && hasData(record) && concerns(record)) {
          const set = { target: null, changed: undefined, answer: undefined, sealedKid: null };
          const answered = record.answer == null ? {} : NO_ANSWER;
          if (await writes.patch(access, record.id, { set: { ...set, ...answered } }, { version: record.version })) count += 1;
        }
    return count;
  };

  function isIn(record: StoredDocument, isMentioned: IsMentioned): boolean {
    return isMentioned([record.target, opened(record, "answer"), opened(record, "changed")]);
  }

  function opened(record: StoredDocument, field: "answer" | "changed"): unknown {
    const sealed = record[field];
    return typeof sealed === "string"
      ? parseJson(reveal(keyRing.open(sealed, placeOf("writes", record, field)))).plain
      : undefined;
  }
}

function hasData({ target, answer, changed }: StoredDocument): boolean {
  return target != null || answer != null || changed != null;
}
