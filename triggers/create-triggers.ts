import type { Listener } from "../runtime/events.ts";
import type { Endpoint, EndpointPreset, TriggerPreset, Verification } from "../schemas/types/index.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import type { DocumentStore } from "../store/document-store.ts";
import { createDeliveryRecords, type DeliveryRecords } from "./delivery-records.ts";
import { createEndpointRecords, type EndpointRecords } from "./endpoint-records.ts";
import type { Presets } from "./presets.ts";
import { type Arrival, createTake } from "./take.ts";
import { decides, type EndpointDocument, type Subscribers } from "./types.ts";
import { readDelivery } from "./verify.ts";
import { createWork, type WorkOptions } from "./work.ts";

/** Endpoints of all projects, what is delivered to them, and the runs that it starts. */
export interface Triggers {
  readonly endpoints: Pick<EndpointRecords, "create" | "resolve" | "list" | "update" | "rotate" | "remove">;
  readonly deliveries: DeliveryRecords;
  /** Those that come with the program. */
  presets(): EndpointPreset[];
  /** What an endpoint's deliveries look like; undefined where this version of the program has no such preset. */
  presetOf(endpoint: PresetChoice): TriggerPreset | undefined;
  /** What a run would be started with by the sample of an endpoint's preset; undefined where it has none. */
  sampleOf(endpoint: PresetChoice): { readonly body: unknown; readonly verification: Verification } | undefined;
  /**
   * Verifies a delivery and records it durably. Its runs are started afterwards, by a process that called `start`.
   * @throws ConnectorError `webhook_rejected` for everything that is not accepted, `store_unavailable`, `store_full`
   */
  take(arrival: Arrival): Promise<{ readonly isDuplicate: boolean }>;
  /** Begins to start runs, here and in every other process that has begun. Until then deliveries are recorded alone. */
  start(): void;
  /** Stops starting runs. Repeatable. */
  stop(): Promise<void>;
}

/** As endpoints tell it. */
export type PresetChoice = Pick<Endpoint, "preset" | "definition">;

export interface TriggersOptions extends Pick<WorkOptions, "slots" | "leaseMs" | "pollMs" | "firstPauseMs"> {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly presets: Presets;
  readonly publicUrl: string;
  readonly subscribers: Subscribers;
  readonly tell?: Listener;
  readonly now?: () => number;
}

/** Refusals are counted in the store this often at most: whoever sends nonsense causes no writes. */
const COUNTED_MS = 2_000;

export function createTriggers(options: TriggersOptions): Triggers {
  const { store, ring, presets, publicUrl, now = Date.now, tell = () => {} } = options;
  const onError = (error: unknown) => tell({ type: "fault", what: "working on a delivery failed", error });
  const endpoints = createEndpointRecords({ store, ring, presets, publicUrl, now });
  const work = createWork({ ...options, now, tell, onError });
  const deliveries = createDeliveryRecords({ store, ring, now, onDue: work.kick });
  const refusals = createRefusals(endpoints, now, onError);
  const take = createTake({ store, ring, records: endpoints, now, tell, onRefused: refusals.note, onTaken: work.kick });
  let counting: NodeJS.Timeout | undefined;
  const presetOf: Triggers["presetOf"] = ({ preset, definition }) =>
    definition === null ? presets.shipped.get(preset) : (definition as unknown as TriggerPreset);

  const { create, resolve, list, update, rotate, remove } = endpoints;

  return {
    endpoints: { create, resolve, list, update, rotate, remove },
    deliveries,
    presets: () => [...presets.shipped.values()].map(toEndpointPreset),
    presetOf,
    sampleOf(endpoint) {
      const preset = presetOf(endpoint);
      if (preset?.sample === undefined) return undefined;
      const { body, headers = {} } = preset.sample;
      const arrived = { rawHeaders: Object.entries(headers).flat(), body: Buffer.from(JSON.stringify(body)) };
      return { body, verification: readDelivery(preset, arrived).verification };
    },
    take,
    start() {
      counting ??= setInterval(() => void refusals.flush(), COUNTED_MS).unref();
      work.start();
    },
    async stop() {
      clearInterval(counting);
      await Promise.all([work.stop(), refusals.flush()]);
    },
  };
}

function createRefusals(
  { noteRefused }: Pick<EndpointRecords, "noteRefused">,
  now: () => number,
  onError: (error: unknown) => void,
) {
  let noted = new Map<string, { readonly endpoint: EndpointDocument; count: number; atMs: number }>();
  return {
    note(endpoint: EndpointDocument): void {
      const one = noted.get(endpoint.id) ?? { endpoint, count: 0, atMs: 0 };
      noted.set(endpoint.id, one);
      one.count += 1;
      one.atMs = now();
    },
    async flush(): Promise<void> {
      const counted = [...noted.values()];
      noted = new Map();
      for (const { endpoint, count, atMs } of counted) await noteRefused(endpoint, count, atMs).catch(onError);
    },
  };
}

function toEndpointPreset(preset: TriggerPreset): EndpointPreset {
  const { id, title, docs = null, setup, notes = [], events = [], settings, schema = {}, sample } = preset;
  return {
    ...{ id, title, docs, setup, notes, events, settings, schema },
    ...{ decides: decides(preset), sample: sample?.body ?? null },
  };
}
