import { parseJson } from "../connector/exact-json.ts";
import type { Changed } from "../connector/read-back.ts";
import { ConnectorError, type ErrorCode } from "../errors/connector-error.ts";
import type { Write } from "../schemas/types/index.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal } from "../sealing/secret.ts";
import type { Access } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import type { DocumentStore, StoredDocument, Where } from "../store/document-store.ts";
import { findPage, type Page } from "../store/find-page.ts";

export type WriteOutcome = Write["outcome"];
export const WRITE_OUTCOMES = [
  "running",
  "succeeded",
  "failed",
  "outcome_unknown",
  "superseded",
] as const satisfies WriteOutcome[];

/** One write, as its record tells it: what is shown of it, but for the credential's name. */
export type WriteRecord = Omit<Write, "nickname">;

export interface WriteFilter {
  /** Id of a credential. */
  readonly credential?: string | undefined;
  readonly operation?: string | undefined;
  readonly outcome?: WriteOutcome | undefined;
  readonly request?: string | undefined;
  /** Begun at this moment or later; before that one. Milliseconds since the epoch. */
  readonly fromMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

export interface WriteRecords {
  /** Newest first. @throws ConnectorError `input_invalid`, `cursor_invalid` */
  list(
    access: Access,
    options?: WriteFilter & { readonly limit?: number | undefined; readonly cursor?: string | undefined },
  ): Promise<Page<WriteRecord>>;
  /** @throws ConnectorError `not_found` */
  get(access: Access, id: string): Promise<WriteRecord>;
}

const OUTCOMES: Readonly<Record<string, WriteOutcome>> = {
  done: "succeeded",
  applied: "succeeded",
  failed: "failed",
  unknown: "outcome_unknown",
  superseded: "superseded",
};

/** The longest that a write of an earlier version took: its records do not say when it had to end. */
const LONGEST_MS = 600_000;

/** The records of writes among the documents of the ledger, which holds one for each Idempotency-Key as well (`idem_…`, for a day). */
export const WRITES_RECORDED: Where = { id: { gte: "write_", lt: "write`" } };

/** What the ledger of writes has to show. Reads only. */
export function createWriteRecords(options: { store: DocumentStore; keyRing: KeyRing; now?: () => number }): WriteRecords {
  const { store, keyRing, now = Date.now } = options;
  const writes = openCollection(store, "writes");
  return {
    list(access, { credential, operation, outcome, request, fromMs, untilMs, ...page } = {}) {
      const time = { ...(fromMs !== undefined && { gte: fromMs }), ...(untilMs !== undefined && { lt: untilMs }) };
      const where = {
        ...(credential !== undefined && { credential }),
        ...(Object.keys(time).length > 0 && { createdAtMs: time }),
      };
      const isListed = (found: StoredDocument) =>
        isRecord(found) &&
        (request === undefined || found.requestId === request) &&
        (operation === undefined || found.operation === operation) &&
        (outcome === undefined || outcomeOf(found) === outcome);
      return findPage((options) => writes.find(access, options), toRecord, { ...page, where, newestFirst: true, isListed });
    },
    async get(access, id) {
      const found = await writes.get(access, id);
      if (found && isRecord(found)) return toRecord(found);
      throw new ConnectorError("not_found", "There is no such write", { kind: "write" });
    },
  };

  /** The records of keys stand beside those of the writes; in an earlier version they were the only ones of a write with a key. */
  function isRecord({ isKey, state }: StoredDocument): boolean {
    return isKey !== true && state !== "new";
  }

  function outcomeOf({ state, endsByMs, createdAtMs }: StoredDocument): WriteOutcome {
    const isOver = now() > Number(endsByMs ?? Number(createdAtMs) + LONGEST_MS);
    return OUTCOMES[String(state)] ?? (isOver ? "outcome_unknown" : "running");
  }

  function toRecord(found: StoredDocument): WriteRecord {
    const { id, changed } = found;
    const outcome = outcomeOf(found);
    return {
      id,
      at: new Date(Number(found.createdAtMs)).toISOString(),
      endedAt: found.endedAtMs == null ? null : new Date(Number(found.endedAtMs)).toISOString(),
      credential: String(found.credential),
      connector: (found.connector as string | undefined) ?? null,
      operation: String(found.operation),
      actor: (found.actor as string | undefined) ?? null,
      performAs: (found.performAs as string | undefined) ?? null,
      target: (found.target as WriteRecord["target"] | undefined) ?? null,
      changed:
        typeof changed === "string"
          ? (parseJson(reveal(keyRing.open(changed, placeOf("writes", found, "changed")))).exact as Changed)
          : null,
      outcome,
      code: outcome === "outcome_unknown" ? "outcome_unknown" : ((found.code as ErrorCode | undefined) ?? null),
      attempts: (found.attempts as number | undefined) ?? null,
      requestId: (found.requestId as string | undefined) ?? null,
    };
  }
}
