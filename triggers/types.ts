import type { Delivery, TriggerPreset, Verification } from "../schemas/types/index.ts";
import type { StoredDocument } from "../store/document-store.ts";
import type { Untold } from "../store/occurrences.ts";
import type { Ignored } from "./verify.ts";

/** An endpoint as it is stored. */
export interface EndpointDocument extends StoredDocument {
  readonly name: string;
  /** Id of the preset. */
  readonly preset: string;
  /** The endpoint's own preset, as JSON text; null where it uses one that comes with the program. */
  readonly definition: string | null;
  /** Sealed values by name, as are those before; both are bound to the preset, so that none is taken for another sender's. */
  readonly settings: string;
  readonly previousSettings: string | null;
  readonly previousUntilMs: number;
  readonly secretVersion: number;
  readonly secretCreatedAtMs: number;
  /** Names of the settings that have a value. */
  readonly known: readonly string[];
  readonly sealedKid: string;
  readonly pausedAtMs: number | null;
  readonly refusedCount: number;
  readonly refusedAtMs: number | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** What callers see as `version`: grows with changes that people make. */
  readonly revision: number;
}

/** Is a text the id of an endpoint, or one that could be? */
export function isEndpointId(text: string): boolean {
  return /^hook_[0-9a-z]{26}$/.test(text);
}

/** A delivery as it is stored. Its id follows from the endpoint and the event, so that an event is there once. */
export interface DeliveryDocument extends StoredDocument, Untold {
  readonly endpoint: string;
  readonly state: Delivery["state"];
  /** null once its data was removed. */
  readonly verification: Verification | null;
  readonly ignored: Ignored | null;
  /** The preset's deliveries tell outcomes. */
  readonly decides: boolean;
  /** Sealed bytes, as base64; null once they were removed. */
  readonly body: string | null;
  readonly sealedKid: string | null;
  /** What people are shown of the body, as JSON text; null where there is nothing to show. */
  readonly shownBody: string | null;
  readonly bytes: number;
  readonly runs: Delivery["runs"];
  readonly note: string | null;
  /** Counted when an attempt begins: one that ends its process counts as well. */
  readonly attempts: number;
  readonly error: Delivery["error"];
  readonly replays: number;
  readonly createdAtMs: number;
  /** When it is worked on next; also how long whoever works on it keeps others away. Absent once it has ended. */
  readonly dueAtMs?: number | null;
  readonly endedAtMs: number | null;
  readonly forgottenAtMs: number | null;
  /** Grows each time that an attempt begins. */
  readonly fence: number;
}

/** What a workflow is started with. */
export interface Event {
  /** Id of the delivery. */
  readonly delivery: string;
  readonly project: string;
  readonly verification: Verification;
  readonly decides: boolean;
  /** The body, numbers kept exactly; undefined where it is no JSON. */
  readonly body: unknown;
  /** What people are shown of it. */
  readonly shownBody: unknown;
}

/** The workflows that deliveries start. */
export interface Subscribers {
  /** Ids of the workflows whose published version the endpoint's deliveries start. */
  of(delivery: Pick<DeliveryDocument, "project" | "endpoint">): Promise<readonly string[]>;
  /** Starts a run under this id, unless it was started before. May be repeated. */
  start(workflow: string, run: string, event: Event): Promise<Started>;
}

/** A run, or why there is none. */
export type Started = { readonly name: string } | { readonly why: string };

/** Does a preset tell outcomes, or only that something came? */
export function decides({ decision }: TriggerPreset): boolean {
  return decision.cases.length > 0;
}
