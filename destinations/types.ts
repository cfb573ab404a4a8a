import type { Destination, DestinationAttempt, DestinationDelivery } from "../schemas/types/index.ts";
import type { StoredDocument } from "../store/document-store.ts";

/** A destination as it is stored. */
export interface DestinationDocument extends StoredDocument {
  readonly name: string;
  readonly url: string;
  /** The product events that it is told of. Absent in records that are older than this field. */
  readonly events?: Destination["events"];
  /** Sealed, as is the one before; both are bound to the address, so that a message goes where its signer meant it to go. */
  readonly secret: string;
  readonly previousSecret: string | null;
  readonly previousUntilMs: number;
  readonly secretVersion: number;
  readonly secretCreatedAtMs: number;
  readonly sealedKid: string;
  readonly paused: Paused | null;
  readonly lastTest: DestinationAttempt | null;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  /** What callers see as `version`: grows with changes that people make. */
  readonly revision: number;
}

export interface Paused {
  readonly reason: "undelivered" | "gone" | "by_hand";
  readonly atMs: number;
}

/** A message as it is stored. Its id is its webhook-id. */
export interface MessageDocument extends StoredDocument {
  /** What its sender calls it. */
  readonly key: string;
  readonly destination: string;
  readonly state: DestinationDelivery["state"];
  /** Sealed; null once it has ended. */
  readonly body: string | null;
  readonly bytes: number;
  readonly sealedKid: string | null;
  readonly code: DestinationDelivery["code"];
  readonly attemptCount: number;
  /** The last of them. */
  readonly attempts: readonly DestinationAttempt[];
  readonly createdAtMs: number;
  /** When it is tried next; also how long an attempt that is under way keeps others away. Absent once it has ended. */
  readonly dueAtMs?: number | null;
  readonly giveUpAtMs: number;
  readonly endedAtMs: number | null;
  /** Grows each time that an attempt begins. */
  readonly fence: number;
}

/** A message has come to its end. */
export interface EndedMessage {
  readonly project: string;
  /** What its sender calls it. */
  readonly key: string;
  readonly destination: string;
  readonly state: "delivered" | "failed";
}
