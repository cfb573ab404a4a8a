import { isConnectorError } from "../errors/connector-error.ts";
import type { Listener } from "../runtime/events.ts";
import type { DestinationAttempt, DestinationDelivery } from "../schemas/types/index.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal } from "../sealing/secret.ts";
import { systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type DocumentStore, storeTime, type Where } from "../store/document-store.ts";
import type { DestinationRecords } from "./destination-records.ts";
import { nextAttempt, type Pauses } from "./next-attempt.ts";
import type { Attempt, Post } from "./post.ts";
import { signatureHeaders } from "./signature.ts";
import type { DestinationDocument, EndedMessage, MessageDocument } from "./types.ts";

export interface DeliverOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly records: Pick<DestinationRecords, "read" | "pause" | "secretsOf">;
  readonly post: Post["post"];
  readonly pauses: Pauses;
  readonly now: () => number;
  readonly random: () => number;
  readonly tell: Listener;
  readonly onEnded: (message: EndedMessage) => void;
}

const KEPT_ATTEMPTS = 20;
/** How long the record of a message is kept after its end. */
export const RECORD_MS = 30 * 86_400_000;
const LONGEST_DOWN_MS = 60_000;
/** A destination that answers so is not there, or asks to be left alone. */
const DOWN: ReadonlySet<string> = new Set(["dns_failed", "unreachable", "proxy_failed", "tls_failed", "timeout"]);

/**
 * Makes one attempt with a message that was claimed, records what came of it, and tells how long to leave its destination alone. Whatever ends the process meanwhile, the message is due again when its
 * claim has run out: it is sent at least once, always with the same webhook-id.
 */
export function createDeliver(options: DeliverOptions) {
  const { store, ring, records, post, pauses, now, random, tell, onEnded } = options;
  const saved = openCollection(store, "messages");

  return async function deliver(message: MessageDocument, signal: AbortSignal): Promise<number> {
    const destination = await destinationOf(message);
    if (destination === undefined) {
      await end(message, { state: "failed", code: "destination_removed" });
      return 0;
    }
    if (destination.paused !== null) {
      await hold(message);
      return 0;
    }
    const attempt = await attemptAt(destination, message, signal);
    await settle(destination, message, attempt);
    return downFor(attempt, message);
  };

  /** It waits for its destination to be resumed, but no longer than its day. */
  async function hold(message: MessageDocument): Promise<void> {
    const leftMs = message.giveUpAtMs - now();
    if (leftMs > 0) await postpone(message, leftMs);
    else await end(message, { state: "failed", code: message.code ?? "destination_paused" });
  }

  async function destinationOf(message: MessageDocument): Promise<DestinationDocument | undefined> {
    try {
      return await records.read(systemAccess(message), message.destination);
    } catch (error) {
      if (isConnectorError(error, "not_found")) return undefined;
      throw error;
    }
  }

  async function attemptAt(destination: DestinationDocument, message: MessageDocument, signal: AbortSignal): Promise<Attempt> {
    const atMs = now();
    try {
      const body = reveal(ring.open(String(message.body), placeOf("messages", message, "body")));
      const headers = signatureHeaders(records.secretsOf(destination), message.id, atMs, body);
      return await post(new URL(destination.url), headers, body, signal);
    } catch (error) {
      if (!isConnectorError(error)) throw error;
      const at = new Date(atMs).toISOString();
      tell({ type: "fault", what: "a message could not be opened", error });
      const text = `The message or the signing secret cannot be opened (${error.code})`;
      return { at, code: "secret_unavailable", status: null, message: text, durationMs: 0 };
    }
  }

  async function settle(destination: DestinationDocument, message: MessageDocument, attempt: Attempt): Promise<void> {
    if (attempt.code === "cancelled") return postpone(message, 0);
    const tried = withAttempt(message, attempt);
    if (attempt.code === "ok") return end(tried, { state: "delivered", code: "ok" });
    if (attempt.code === "gone") {
      await end(tried, { state: "failed", code: "gone" });
      return pause(destination, "gone");
    }
    const leftMs = message.giveUpAtMs - now();
    const waitMs = nextAttempt({ ...attempt, attempts: tried.attemptCount, leftMs, random: random() }, pauses);
    if (waitMs !== undefined) return void (await patch(message, { ...recorded(tried), dueAtMs: storeTime(waitMs) }));
    await end(tried, { state: "failed", code: attempt.code });
    if (!(await hasAcceptedSince(message))) await pause(destination, "undelivered");
  }

  /** Nothing was tried: another process, or a later moment, will. */
  async function postpone(message: MessageDocument, waitMs: number): Promise<void> {
    await patch(message, { dueAtMs: storeTime(waitMs) });
  }

  /** What a claim that has run out meanwhile finds out counts only where the message was accepted. */
  async function end(
    message: MessageDocument,
    { state, code }: { state: "delivered" | "failed"; code: DestinationDelivery["code"] },
  ): Promise<void> {
    const over = { body: null, sealedKid: null, dueAtMs: undefined, endedAtMs: now(), expiresAtMs: storeTime(RECORD_MS) };
    const where: Where = state === "delivered" ? { state: "pending" } : { state: "pending", fence: message.fence };
    if (!(await patch(message, { ...recorded(message), ...over, state, code }, where))) return;
    const { project, key, destination, id, attemptCount: attempts } = message;
    tell({ type: "message_ended", project, destination, message: id, code: String(code), attempts });
    onEnded({ project, key, destination, state });
  }

  async function patch(
    message: MessageDocument,
    set: Record<string, unknown>,
    where: Where = { state: "pending", fence: message.fence },
  ): Promise<boolean> {
    return (await saved.patch(systemAccess(message), message.id, { set }, where)) !== undefined;
  }

  async function pause(destination: DestinationDocument, reason: "gone" | "undelivered"): Promise<void> {
    const { id, project } = destination;
    if (await records.pause(systemAccess(destination), id, reason))
      tell({ type: "destination_paused", project, destination: id, reason });
  }

  /** One message that it never takes does not mean that it takes none. */
  async function hasAcceptedSince(message: MessageDocument): Promise<boolean> {
    const where = { destination: message.destination, state: "delivered" };
    const [newest] = await saved.find(systemAccess(message), { where, sort: ["-createdAtMs"], limit: 1 });
    return newest !== undefined && Number(newest.createdAtMs) > message.createdAtMs;
  }

  function downFor(attempt: Attempt, message: MessageDocument): number {
    if (attempt.retryAfterMs !== undefined) return Math.min(LONGEST_DOWN_MS, attempt.retryAfterMs);
    if (!DOWN.has(attempt.code)) return 0;
    return Math.min(LONGEST_DOWN_MS, pauses.firstMs * 4 ** message.attemptCount);
  }
}

function withAttempt(message: MessageDocument, { retryAfterMs: _told, ...attempt }: Attempt): MessageDocument {
  const attempts: DestinationAttempt[] = [...message.attempts, attempt].slice(-KEPT_ATTEMPTS);
  return { ...message, attempts, attemptCount: message.attemptCount + 1, code: attempt.code };
}

function recorded({ attempts, attemptCount, code }: MessageDocument): Record<string, unknown> {
  return { attempts, attemptCount, code };
}
