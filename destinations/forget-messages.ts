import { parseJson } from "../connector/exact-json.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal } from "../sealing/secret.ts";
import { type Access, wholeProject } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type DocumentStore, storeTime } from "../store/document-store.ts";
import { allDocuments } from "../store/find-page.ts";
import type { IsMentioned } from "../text/mentions.ts";
import { RECORD_MS } from "./deliver.ts";
import type { MessageDocument } from "./types.ts";

const REMOVED = "(removed)";

/**
 * Removes what messages hold in which a person is named; answers how many. One that is still being sent ends as failed, `forgotten`: whoever
 * has it now may have sent it already. May be repeated.
 */
export function createForgetMessages({ store, ring, now }: { store: DocumentStore; ring: KeyRing; now: () => number }) {
  const messages = openCollection(store, "messages");

  return async function forgetMessages(caller: Access, isMentioned: IsMentioned): Promise<number> {
    const access = wholeProject(caller);
    let count = 0;
    for await (const document of allDocuments((page) => messages.find(access, page), ["id"])) {
      const message = document as MessageDocument;
      const isNamed = isMentioned([message.key, message.attempts]);
      const isSent = message.state === "pending" && (isNamed || isMentioned(bodyOf(message)));
      if (!isNamed && !isSent) continue;
      const ended = {
        ...{ state: "failed", code: "forgotten", body: null, sealedKid: null },
        ...{ dueAtMs: undefined, endedAtMs: now(), expiresAtMs: storeTime(RECORD_MS) },
      };
      const set = { key: REMOVED, attempts: [], ...(isSent && ended) };
      if (await messages.patch(access, message.id, { set }, { state: message.state })) count += 1;
    }
    return count;
  };

  function bodyOf(message: MessageDocument): unknown {
    if (message.body === null) return undefined;
    return parseJson(reveal(ring.open(message.body, placeOf("messages", message, "body")))).plain;
  }
}
