import { createHash } from "node:crypto";
import { stringifyJson } from "../connector/exact-json.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { redact } from "../json-schema/sensitive.ts";
import type { Listener } from "../runtime/events.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import type { DocumentStore } from "../store/document-store.ts";
import type { EndpointRecords } from "./endpoint-records.ts";
import { type DeliveryDocument, decides, type EndpointDocument } from "./types.ts";
import { type Understood, verifyDelivery } from "./verify.ts";

/** What came, as it came. */
export interface Arrival {
  /** The last part of the address. */
  readonly endpoint: string;
  /** Node's `rawHeaders`: names and values in turn. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
  readonly requestId: string;
}

export interface TakeOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly records: Pick<EndpointRecords, "find" | "presetOf" | "settingsOf">;
  readonly now: () => number;
  readonly tell: Listener;
  readonly onRefused: (endpoint: EndpointDocument) => void;
  /** Told of what was recorded, and is to be worked on. */
  readonly onTaken: () => void;
}

/**
 * Verifies what came to an endpoint and records it durably, once for each event. Nothing is kept of what is refused but a count, and all
 * refusals look alike, so that nobody learns which endpoints there are.
 */
export function createTake({ store, ring, records, now, tell, onRefused, onTaken }: TakeOptions) {
  const saved = openCollection(store, "deliveries");

  /** @throws ConnectorError `webhook_rejected`, `store_unavailable`, `credential_key_unavailable` */
  return async function take(arrival: Arrival): Promise<{ readonly isDuplicate: boolean }> {
    const endpoint = await records.find(arrival.endpoint);
    if (endpoint === undefined) throw refused(arrival, "unknown_endpoint");
    if (endpoint.pausedAtMs !== null) throw refused(arrival, "paused", endpoint);
    const preset = records.presetOf(endpoint);
    if (preset === undefined) throw refused(arrival, "unknown_preset", endpoint);
    const { rawHeaders, body } = arrival;
    const verdict = verifyDelivery(preset, { settings: records.settingsOf(endpoint), rawHeaders, body, nowMs: now() });
    if (!verdict.ok) throw refused(arrival, verdict.refusal, endpoint);
    const document = toDocument(endpoint, verdict, body, { decides: decides(preset), schema: preset.schema ?? {} });
    const { isNew } = await saved.insertIfAbsent(systemAccess(endpoint), document);
    const { project, id: delivery } = document;
    tell({ type: "delivery_taken", project, endpoint: endpoint.id, delivery, isDuplicate: !isNew });
    if (isNew) onTaken();
    return { isDuplicate: !isNew };
  };

  function refused({ endpoint: id, body, requestId }: Arrival, reason: string, endpoint?: EndpointDocument): ConnectorError {
    // An address that is no endpoint's may hold anything: it is not told.
    const about = endpoint && { project: endpoint.project, endpoint: id };
    tell({ type: "delivery_refused", ...about, reason, bodyHash: createHash("sha256").update(body).digest("hex"), requestId });
    if (endpoint) onRefused(endpoint);
    return new ConnectorError("webhook_rejected", "The delivery was refused");
  }

  function toDocument(
    { id: endpoint, project }: EndpointDocument,
    { verification, key, body: read, ignored = undefined }: Understood,
    bytes: Uint8Array,
    preset: { readonly decides: boolean; readonly schema: object },
  ) {
    const place = { id: toId(endpoint, key), project, endpoint };
    const body = ring.seal(Buffer.from(bytes).toString("base64"), placeOf("deliveries", place, "body"));
    const nowMs = now();
    return {
      ...place,
      ...{ state: "pending", verification, ignored: ignored ?? null, decides: preset.decides },
      ...{ body, sealedKid: ring.labelOf(body), bytes: bytes.length },
      shownBody: read === undefined ? null : stringifyJson(redact(preset.schema as JsonSchema, read)),
      ...{ runs: [], note: null, attempts: 0, error: null, replays: 0, fence: 0, dueAtMs: 0 },
      ...{ createdAtMs: nowMs, endedAtMs: null, forgottenAtMs: null },
    } satisfies Omit<DeliveryDocument, "version">;
  }
}

function toId(endpoint: string, key: string): string {
  return `dlv_${createHash("sha256").update(`${endpoint}\n${key}`).digest("hex").slice(0, 26)}`;
}
