import { createHash } from "node:crypto";
import { stringifyJson } from "../connector/exact-json.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { DestinationDelivery } from "../schemas/types/index.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { type Access, wholeProject } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type DocumentStore, storeTime } from "../store/document-store.ts";
import { findPage, type Page, type PageOptions } from "../store/find-page.ts";
import { type DestinationRecords, toTime } from "./destination-records.ts";
import { GIVE_UP_MS } from "./next-attempt.ts";
import type { MessageDocument } from "./types.ts";

export interface NewMessage {
  /** Id of the destination. */
  readonly destination: string;
  /** What the sender calls the message: sent again under it, it is the same message. 1 to 500 characters. */
  readonly id: string;
  /** JSON. */
  readonly body: unknown;
  /** A message that has failed is tried for another day. */
  readonly again?: boolean;
  /** A destination that is paused gets it when it is resumed, within the message's day. Without it: refused. */
  readonly whilePaused?: boolean;
}

export interface Messages {
  /**
   * Records a message durably; it is sent from then on until it is accepted, for a day. The first with an id counts: a later one is answered
   * with what became of it. What serves an owner of a project goes through the project's destinations.
   *
   * @throws ConnectorError `not_found`, `destination_paused`, `payload_too_large`, `idempotency_key_reused` where the id was given to another destination's
   */
  send(access: Access, message: NewMessage): Promise<DestinationDelivery>;
  /** What became of a message, by its sender's id. @throws ConnectorError `not_found` */
  outcome(access: Access, id: string): Promise<DestinationDelivery>;
  /** The messages to a destination, newest first. @throws ConnectorError `input_invalid`, `cursor_invalid` */
  deliveries(
    access: Access,
    destination: string,
    options?: Pick<PageOptions, "limit" | "cursor">,
  ): Promise<Page<DestinationDelivery>>;
  /** How many messages wait for a destination; 1,000 where there are more. */
  pending(access: Access, destination: string): Promise<number>;
  /** What waits for a destination is due now. */
  wake(access: Access, destination: string): Promise<void>;
}

export interface MessagesOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly records: Pick<DestinationRecords, "read">;
  readonly now: () => number;
  /** Told that something is due. */
  readonly onDue: () => void;
}

const MOST_COUNTED = 1_000;
const MAX_BYTES = 1_000_000;

export function createMessages({ store, ring, records, now, onDue }: MessagesOptions): Messages {
  const saved = openCollection(store, "messages");

  function pending(message: { id: string; project: string; destination: string }, text: string) {
    const body = ring.seal(text, placeOf("messages", message, "body"));
    const sealed = { body, sealedKid: ring.labelOf(body), bytes: Buffer.byteLength(text) };
    return { ...sealed, state: "pending", code: null, giveUpAtMs: now() + GIVE_UP_MS, endedAtMs: null };
  }

  async function find(access: Access, key: string): Promise<MessageDocument | undefined> {
    return (await saved.get(access, toId(key))) as MessageDocument | undefined;
  }

  return {
    async send(caller, { destination, id: key, body, again = false, whilePaused = false }) {
      const access = wholeProject(caller);
      const before = await find(access, key);
      if (before !== undefined && before.destination !== destination) throw reused();
      if (before !== undefined && !(again && before.state === "failed")) return toDelivery(before);
      if ((await records.read(access, destination)).paused !== null && !whilePaused)
        throw new ConnectorError("destination_paused", "The destination is paused; resume it, then send again");
      const place = { id: toId(key), project: access.project, destination };
      const fresh = pending(place, toText(body));
      if (before !== undefined) {
        const set = { ...fresh, dueAtMs: storeTime(), expiresAtMs: undefined };
        await saved.patch(access, place.id, { set }, { version: before.version });
        onDue();
        return toDelivery((await find(access, key)) as MessageDocument);
      }
      const told = { key, actor: caller.actor, createdAtMs: now(), attemptCount: 0, attempts: [], fence: 0 };
      const { document } = await saved.insertIfAbsent(access, { ...place, ...fresh, ...told, dueAtMs: 0 });
      if (document.destination !== destination) throw reused();
      onDue();
      return toDelivery(document as MessageDocument);
    },

    async outcome(access, key) {
      const found = await find(wholeProject(access), key);
      if (found === undefined) throw new ConnectorError("not_found", "There is no such message", { kind: "message" });
      return toDelivery(found);
    },

    deliveries: (access, destination, options) =>
      findPage(
        (page) => saved.find(access, page),
        (document) => toDelivery(document as MessageDocument),
        { ...options, where: { destination }, newestFirst: true },
      ),

    async pending(access, destination) {
      const where = { destination, state: "pending" };
      return (await saved.find(access, { where, sort: ["createdAtMs"], limit: MOST_COUNTED })).length;
    },

    async wake(access, destination) {
      const where = { destination, state: "pending" };
      for (let after: Record<string, string | number> | undefined; ; ) {
        const page = await saved.find(access, { where, sort: ["createdAtMs"], limit: 500, ...(after && { after }) });
        for (const { id } of page) await saved.patch(access, id, { set: { dueAtMs: storeTime() } }, { state: "pending" });
        const last = page.at(-1);
        if (last === undefined || page.length < 500) break;
        after = { createdAtMs: last.createdAtMs as number, id: last.id };
      }
      onDue();
    },
  };
}

/** Its webhook-id too: the same message has the same one, whoever sends it and however often. */
function toId(key: string): string {
  if (key.length === 0 || key.length > 500) throw new Error("a message's id must be 1 to 500 characters");
  return `msg_${createHash("sha256").update(key).digest("base64url")}`;
}

function toText(body: unknown): string {
  const text = stringifyJson(body ?? null);
  if (Buffer.byteLength(text) <= MAX_BYTES) return text;
  throw new ConnectorError("payload_too_large", `The message is larger than ${MAX_BYTES / 1_000_000} MB`);
}

function toDelivery(document: MessageDocument): DestinationDelivery {
  const { dueAtMs, createdAtMs, endedAtMs } = document;
  return {
    id: document.id,
    key: document.key,
    destination: document.destination,
    state: document.state,
    code: document.code,
    bytes: document.bytes,
    attemptCount: document.attemptCount,
    attempts: document.attempts,
    nextAttemptAt: dueAtMs == null ? null : toTime(Math.max(dueAtMs, createdAtMs)),
    createdAt: toTime(createdAtMs),
    endedAt: endedAtMs === null ? null : toTime(endedAtMs),
  };
}

function reused(): ConnectorError {
  return new ConnectorError("idempotency_key_reused", "A message with this id was sent to another destination");
}
