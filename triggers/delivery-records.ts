import { parseJson } from "../connector/exact-json.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { Delivery, DeliveryRange, DeliveryReplays, ShownDelivery } from "../schemas/types/index.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal } from "../sealing/secret.ts";
import { type Access, wholeProject } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type DocumentStore, storeTime, type Where } from "../store/document-store.ts";
import { allDocuments, findPage, type Page, type PageOptions } from "../store/find-page.ts";
import { removeAll } from "../store/remove-all.ts";
import type { IsMentioned } from "../text/mentions.ts";
import type { DeliveryDocument } from "./types.ts";

export interface DeliveryFilter {
  /** Id of an endpoint. */
  readonly endpoint?: string | undefined;
  readonly state?: Delivery["state"] | undefined;
}

/** What was delivered to the endpoints of all projects. An access of one owner reaches nothing of it. */
export interface DeliveryRecords {
  /** Newest first. @throws ConnectorError `input_invalid`, `cursor_invalid` */
  list(access: Access, options?: DeliveryFilter & Pick<PageOptions, "limit" | "cursor">): Promise<Page<Delivery>>;
  /** With what people may see of its body. @throws ConnectorError `not_found` */
  get(access: Access, id: string): Promise<ShownDelivery>;
  /** How many deliveries to an endpoint are worked on, or wait for it; 1,000 where there are more. */
  pending(access: Access, endpoint: string): Promise<number>;
  /**
   * Works on a delivery again. One that is done starts its workflows anew; a dead letter those that it has not started.
   * @throws ConnectorError `not_found`, `conflict` where it is being worked on, or its data was removed
   */
  replay(access: Access, id: string): Promise<Delivery>;
  /** As `replay`, for those that came in a span of time, oldest first: a thousand at most, then `next` says where to continue. */
  replayRange(access: Access, range: DeliveryRange): Promise<DeliveryReplays>;
  /** Removes what deliveries hold in which a person is named; answers how many. May be repeated. */
  forget(access: Access, isMentioned: IsMentioned): Promise<number>;
  /** Of a project's deliveries that came longer ago: removes what they hold, and after thirty days also that they came. */
  sweep(access: Access, keptMs: number): Promise<void>;
}

export interface DeliveryRecordsOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly now: () => number;
  readonly onDue: () => void;
}

const MOST_COUNTED = 1_000;
const MOST_REPLAYED = 1_000;
/** For so long a repetition is recognized. */
const RECOGNIZED_MS = 30 * 86_400_000;
const NO_DATA = { verification: null, body: null, sealedKid: null, shownBody: null, note: null, error: null } as const;

export function createDeliveryRecords({ store, ring, now, onDue }: DeliveryRecordsOptions): DeliveryRecords {
  const saved = openCollection(store, "deliveries");

  async function read(access: Access, id: string): Promise<DeliveryDocument> {
    const found = await saved.get(access, id);
    if (found === undefined) throw new ConnectorError("not_found", "There is no such delivery", { kind: "delivery" });
    return found as DeliveryDocument;
  }

  /** What is done begins anew, under other ids of runs. */
  async function again(access: Access, { id, state, fence, body }: DeliveryDocument): Promise<DeliveryDocument | undefined> {
    if (state === "pending" || body === null) return undefined;
    const fresh = { state: "pending", attempts: 0, error: null, note: null, endedAtMs: null, dueAtMs: storeTime() };
    const change = { set: fresh, inc: { replays: state === "done" ? 1 : 0, fence: 1 } };
    return (await saved.patch(access, id, change, { state, fence })) as DeliveryDocument | undefined;
  }

  return {
    list: (access, { endpoint, state, ...page } = {}) =>
      findPage(
        (options) => saved.find(access, options),
        (document) => toDelivery(document as DeliveryDocument),
        { ...page, where: whereOf({ endpoint, state }), newestFirst: true },
      ),

    async get(access, id) {
      const found = await read(access, id);
      return { ...toDelivery(found), body: found.shownBody === null ? null : parseJson(found.shownBody).exact };
    },

    async pending(access, endpoint) {
      const where = { endpoint, state: "pending" };
      return (await saved.find(access, { where, sort: ["createdAtMs"], limit: MOST_COUNTED })).length;
    },

    async replay(access, id) {
      const before = await read(access, id);
      if (before.body === null) throw new ConnectorError("conflict", "The delivery's data was removed");
      const replayed = await again(access, before);
      if (replayed === undefined) throw new ConnectorError("conflict", "The delivery is being worked on");
      onDue();
      return toDelivery(replayed);
    },

    async replayRange(access, { from, to, endpoint, state }) {
      const where = { ...whereOf({ endpoint, state }), createdAtMs: { gte: Date.parse(from), lt: Date.parse(to) } };
      const found = (await saved.find(access, { where, sort: ["createdAtMs"], limit: MOST_REPLAYED })) as DeliveryDocument[];
      let replayed = 0;
      for (const one of found) if (await again(access, one)) replayed += 1;
      onDue();
      const last = found.length < MOST_REPLAYED ? undefined : found.at(-1);
      return { replayed, skipped: found.length - replayed, next: last ? toTime(last.createdAtMs + 1) : null };
    },

    async forget(caller, isMentioned) {
      const access = wholeProject(caller);
      let count = 0;
      for await (const document of allDocuments((page) => saved.find(access, page))) {
        const delivery = document as DeliveryDocument;
        if (delivery.body === null || !isMentioned([delivery.verification, delivery.error, bodyOf(delivery)])) continue;
        const ended = { state: "done", dueAtMs: undefined, endedAtMs: delivery.endedAtMs ?? now() };
        const change = { set: { ...NO_DATA, ...ended, forgottenAtMs: now() }, inc: { fence: 1 } };
        if (await saved.patch(access, delivery.id, change)) count += 1;
      }
      return count;
    },

    async sweep(access, keptMs) {
      const ended = { state: { in: ["done", "dead"] } };
      if (keptMs < RECOGNIZED_MS) await empty(access, { ...ended, createdAtMs: { lte: storeTime(-keptMs) } });
      const over = { createdAtMs: { lte: storeTime(-Math.max(keptMs, RECOGNIZED_MS)) } };
      for (const state of ["done", "dead", "expired"]) await removeAll(store, "deliveries", access.project, { state, ...over });
    },
  };

  async function empty(access: Access, where: Where): Promise<void> {
    for (;;) {
      const found = await saved.find(access, { where, limit: 100 });
      for (const { id } of found) await saved.patch(access, id, { set: { ...NO_DATA, state: "expired" } }, where);
      if (found.length < 100) return;
    }
  }

  function bodyOf(delivery: DeliveryDocument): unknown {
    const bytes = Buffer.from(reveal(ring.open(String(delivery.body), placeOf("deliveries", delivery, "body"))), "base64");
    return delivery.ignored === "not_json" ? bytes.toString("utf8") : parseJson(bytes.toString("utf8")).plain;
  }
}

function whereOf({ endpoint, state }: DeliveryFilter): Where {
  return { ...(endpoint !== undefined && { endpoint }), ...(state !== undefined && { state }) };
}

function toDelivery(document: DeliveryDocument): Delivery {
  const { id, endpoint, state, verification, bytes, runs, note, attempts, error, replays } = document;
  const { dueAtMs, createdAtMs } = document;
  return {
    ...{ id, endpoint, state, verification, bytes, runs, note, attempts, error, replays },
    nextAttemptAt: dueAtMs == null ? null : toTime(Math.max(dueAtMs, createdAtMs)),
    createdAt: toTime(createdAtMs) as string,
    endedAt: toTime(document.endedAtMs),
    forgottenAt: toTime(document.forgottenAtMs),
  };
}

function toTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
