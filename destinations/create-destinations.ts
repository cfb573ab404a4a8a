import type { ProxySettings } from "../connector/http/proxy.ts";
import type { Listener } from "../runtime/events.ts";
import type { DestinationTest } from "../schemas/types/index.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import type { Access } from "../store/access.ts";
import { type DocumentStore, EVERY_PROJECT, storeTime } from "../store/document-store.ts";
import { newId } from "../store/new-id.ts";
import { removeAll } from "../store/remove-all.ts";
import type { IsMentioned } from "../text/mentions.ts";
import { createDeliver } from "./deliver.ts";
import { createDeliveryLoop } from "./delivery-loop.ts";
import { createDestinationRecords, type DestinationRecords } from "./destination-records.ts";
import { createEgress, type EgressOptions } from "./egress.ts";
import { createForgetMessages } from "./forget-messages.ts";
import { createMessages, type Messages } from "./messages.ts";
import { PAUSES, type Pauses } from "./next-attempt.ts";
import { createPost } from "./post.ts";
import { signatureHeaders } from "./signature.ts";
import type { EndedMessage } from "./types.ts";

/** Destinations of all projects, and what is sent to them. Another project's is `not_found` like a missing one. */
export interface Destinations
  extends Pick<DestinationRecords, "create" | "resolve" | "list" | "subscribed" | "update" | "rotate" | "remove">,
    Pick<Messages, "send" | "outcome" | "deliveries" | "pending"> {
  /** Sends a signed test message now, also where it is paused, and tells what happened. Not repeated. @throws ConnectorError `not_found` */
  test(access: Access, id: string, options?: { signal?: AbortSignal }): Promise<DestinationTest>;
  /** Told of each message that this process brings to its end, once that is recorded. Call what it answers to unsubscribe. */
  onEnded(listener: (message: EndedMessage) => void): () => void;
  /** Begins to deliver, here and in every other process that has begun. Until then messages are recorded alone. */
  start(): void;
  /** Stops delivering: what is under way may finish for `graceMs`. Repeatable. */
  stop(graceMs?: number): Promise<void>;
  /** Removes what messages hold in which a person is named; answers how many. */
  forget(access: Access, isMentioned: IsMentioned): Promise<number>;
  /** Removes messages that ended thirty days ago; answers how many. */
  sweep(): Promise<number>;
  dispose(): Promise<void>;
}

export interface DestinationsOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly userAgent: string;
  readonly egress?: EgressOptions;
  readonly proxies?: ProxySettings;
  readonly tell?: Listener;
  readonly now?: () => number;
  readonly random?: () => number;
  /** For one attempt. 15,000 by default. */
  readonly timeoutMs?: number;
  readonly pauses?: Pauses;
  readonly leaseMs?: number;
  readonly pollMs?: number;
}

export function createDestinations(options: DestinationsOptions): Destinations {
  const { store, ring, userAgent, now = Date.now, random = Math.random, tell = () => {}, pauses = PAUSES } = options;
  const { timeoutMs, leaseMs, pollMs } = options;
  const listeners = new Set<(message: EndedMessage) => void>();
  const egress = createEgress({ proxies: options.proxies, ...options.egress });
  const client = createPost({ egress, userAgent, now, ...(timeoutMs !== undefined && { timeoutMs }) });
  const records = createDestinationRecords({ store, ring, egress, now });
  const deliver = createDeliver({
    ...{ store, ring, records, post: client.post, pauses, now, random, tell },
    onEnded(message) {
      for (const listener of listeners) listener(message);
    },
  });
  const loop = createDeliveryLoop({
    ...{ store, deliver, now },
    ...(leaseMs !== undefined && { leaseMs }),
    ...(pollMs !== undefined && { pollMs }),
    onError: (error) => tell({ type: "fault", what: "delivering a message failed", error }),
  });
  const messages = createMessages({ store, ring, records, now, onDue: loop.kick });

  return {
    create: records.create,
    resolve: records.resolve,
    list: records.list,
    subscribed: records.subscribed,
    rotate: records.rotate,
    remove: records.remove,
    send: messages.send,
    outcome: messages.outcome,
    deliveries: messages.deliveries,
    pending: messages.pending,
    async update(access, id, change) {
      const changed = await records.update(access, id, change);
      if (change.paused === false) await messages.wake(access, id);
      return changed;
    },
    async test(access, id, { signal = new AbortController().signal } = {}) {
      const destination = await records.read(access, id);
      const messageId = newId("msg");
      const atMs = now();
      const data = { destination: destination.id, name: destination.name };
      const body = JSON.stringify({ type: "destination.test", timestamp: new Date(atMs).toISOString(), data });
      const headers = signatureHeaders(records.secretsOf(destination), messageId, atMs, body);
      const { retryAfterMs: _told, ...attempt } = await client.post(new URL(destination.url), headers, body, signal);
      await records.noteTest(access, id, attempt);
      return { accepted: attempt.code === "ok", messageId, ...attempt };
    },
    forget: createForgetMessages({ store, ring, now }),
    onEnded(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    start: loop.start,
    stop: (graceMs = 0) => loop.stop(graceMs),
    sweep: () => removeAll(store, "messages", EVERY_PROJECT, { expiresAtMs: { lte: storeTime() } }),
    async dispose() {
      await loop.stop(0);
      await client.dispose();
    },
  };
}
