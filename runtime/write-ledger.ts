import { createHash, randomUUID } from "node:crypto";
import { parseJson, stringifyJson } from "../connector/exact-json.ts";
import type { Effect } from "../connector/types.ts";
import { ConnectorError, type ErrorCode } from "../errors/connector-error.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal } from "../sealing/secret.ts";
import { type Access, systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type DocumentStore, EVERY_PROJECT, type StoredDocument, storeTime, type Where } from "../store/document-store.ts";
import { endsTooLate, hasRunOut, LEASE_FIELDS, type Lease, takeLease } from "../store/lease.ts";
import { removeAll } from "../store/remove-all.ts";
import type { ExecuteResult } from "./types.ts";

/** What identifies a write. */
export interface WriteCall {
  readonly access: Access;
  /** Whom the credential belongs to, and so the record; null = the project itself. */
  readonly owner: string | null;
  readonly operation: string;
  readonly credential: string;
  readonly input: unknown;
  readonly effect: Effect;
  readonly requestId: string;
  /** What else its record tells. */
  readonly facts?: WriteFacts;
  readonly idempotencyKey?: string | undefined;
  /** Its caller knows that it was begun before: only where the record of that is still there it may be sent. */
  readonly isBegun?: boolean | undefined;
  /** Longest time that the call may take; its record stays taken for a little longer if the process dies. */
  readonly timeoutMs: number;
}

/** Ids alone: no data of a candidate. */
export interface WriteFacts {
  readonly connector: string;
  /** The service's user whom it is recorded for there. */
  readonly performAs: string | null;
  /** What is written to, by the input's field that names it; null where it is created. */
  readonly target: { readonly field: string; readonly id: string } | null;
  /** Attempts made so far. */
  readonly attempts: () => number;
}

/** A write that is under way. Exactly one of the endings must be told. */
export interface OpenWrite {
  /** It took effect; `result` is what a repeated call with the same key is answered. */
  done(result: ExecuteResult): Promise<void>;
  /** It took effect, but its answer could not be used. A repeated call with the same key gets the same error, and is not sent. */
  applied(code: ErrorCode): Promise<void>;
  /** It surely had no effect: the key may be used again. */
  failed(code: ErrorCode): Promise<void>;
  /** A newer write overtook it. Sending it again would undo that one, so a repeated call with the same key is told the same. */
  superseded(): Promise<void>;
  /** It may or may not have taken effect. A repeated call with the same key is sent again where the operation is repeatable, else it gets the same error. */
  unknown(): Promise<void>;
}

export interface WriteLedger {
  /**
   * Records, durably and before anything is sent, that a write begins.
   *
   * With an Idempotency-Key: the recorded result where the same call has ended before.
   * @throws ConnectorError `idempotency_key_reused`, `idempotency_in_progress`, `idempotency_key_invalid`, `outcome_unknown`,
   *   `superseded`, and with `details.applied` the code of an answer that could not be used
   */
  begin(call: WriteCall): Promise<{ open: OpenWrite } | { recorded: ExecuteResult }>;
  /** Removes records whose retention is over. */
  sweep(): Promise<number>;
}

/** An answer stays replayable for a day after its key's last use; that a write happened is kept for thirty. */
const KEYED_MS = 86_400_000;
const AGED_MS = 3_600_000;
const RECORD_MS = 30 * KEYED_MS;
const MARGIN_MS = 10_000;

export function createWriteLedger(options: { store: DocumentStore; keyRing: KeyRing; now?: () => number }): WriteLedger {
  const { store, keyRing, now = Date.now } = options;
  const writes = openCollection(store, "writes");
  return {
    begin: (call) => (call.idempotencyKey === undefined ? beginUnkeyed(call) : beginKeyed(call, call.idempotencyKey)),
    sweep: () => removeAll(store, "writes", EVERY_PROJECT, { expiresAtMs: { lte: storeTime() } }),
  };

  async function beginUnkeyed(call: WriteCall): Promise<{ open: OpenWrite }> {
    return { open: openWrite(call, await insertRecord(call)) };
  }

  /** What is shown of the write (write-records.ts), beside the key's own record. */
  async function insertRecord(call: WriteCall): Promise<string> {
    const id = `write_${randomUUID().replaceAll("-", "")}`;
    const { connector = null, performAs = null, target = null } = call.facts ?? {};
    await writes.insert(call.access, {
      ...describe(call, id),
      ...{ connector, performAs, target },
      state: "running",
      fence: 1,
      leaseOwner: null,
      leaseExpiresAtMs: 0,
      // By then a process that still had it running is dead.
      endsByMs: now() + call.timeoutMs + MARGIN_MS,
      expiresAtMs: now() + RECORD_MS,
    });
    return id;
  }

  /** Under a key that was just taken. Where its record cannot be written, nothing is sent and the key is free again. */
  async function openKeyed(call: WriteCall, id: string, lease: Lease): Promise<OpenWrite> {
    try {
      return openWrite(call, await insertRecord(call), { id, lease });
    } catch (error) {
      // The store may be away: then the lease runs out.
      await lease.release({ set: { state: "failed" } }).catch(() => {});
      throw error;
    }
  }

  async function beginKeyed(call: WriteCall, key: string): Promise<{ open: OpenWrite } | { recorded: ExecuteResult }> {
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw new ConnectorError("idempotency_key_invalid", "the Idempotency-Key must be 1 to 255 visible ASCII characters");
    }
    const id = await idOfKey(call.access, key);
    const fingerprint = fingerprintOf(call);
    // One round more than can be needed: another call may have taken a new record and ended without effect in between.
    for (let round = 0; round < 3; round += 1) {
      const document = await recordOf(call, id, fingerprint);
      const mine = await take(call, id, fingerprint);
      if (mine) return { open: mine };
      const found = (await keep(call.access, id)) ?? document;
      const left = found.state === "running" && (await take(call, id, fingerprint, setBack(found)));
      if (left) return { open: left };
      // One that ended without effect in between is free: the next round takes it.
      const free = found.fingerprint === fingerprint && (found.state === "new" || found.state === "failed");
      if (!free) return { recorded: recorded(await giveUp(found), fingerprint) };
    }
    throw new ConnectorError("idempotency_in_progress", "a call with this Idempotency-Key is being recorded right now", {
      retryAfterMs: 1000,
    });
  }

  async function recordOf(call: WriteCall, id: string, fingerprint: string): Promise<StoredDocument> {
    if (call.isBegun !== true) return (await writes.insertIfAbsent(call.access, newRecord(call, id, fingerprint))).document;
    const found = await writes.get(call.access, id);
    if (found !== undefined) return found;
    throw new ConnectorError(
      "outcome_unknown",
      "the call was begun, and its record is older than a day and gone: it may or may not have taken effect; nothing was sent again",
      { repeatable: false },
    );
  }

  /** A key is its giver's. One that an earlier version recorded, for the owner alone, is still found for the caller who gave it. */
  async function idOfKey(access: Access, key: string): Promise<string> {
    const earlier = `idem_${sha256(namespaced([access.owner], key))}`;
    const found = await writes.get(access, earlier);
    const isTheirs = found !== undefined && (found.actor ?? access.actor) === access.actor;
    return isTheirs ? earlier : `idem_${sha256(namespaced([access.owner ?? "", access.actor], key))}`;
  }

  function newRecord(call: WriteCall, id: string, fingerprint: string) {
    const state = { isKey: true, state: "new", fence: 0, leaseExpiresAtMs: 0, expiresAtMs: now() + KEYED_MS };
    return { ...describe(call, id), fingerprint, ...state };
  }

  /** Takes the record if nothing runs under it. One that was left running by a process that died is taken only where repeating is harmless. */
  async function take(call: WriteCall, id: string, fingerprint: string, free?: Where): Promise<OpenWrite | undefined> {
    const states = call.effect === "create" ? ["new", "failed"] : ["new", "failed", "running", "unknown"];
    const leaseMs = call.timeoutMs + MARGIN_MS;
    // Never swept while the call holds it.
    const expiresAtMs = storeTime(leaseMs + KEYED_MS);
    const lease = await takeLease({
      fields: LEASE_FIELDS,
      patch: (change, where) => writes.patch(call.access, id, change, where),
      owner: randomUUID(),
      leaseMs,
      where: { fingerprint, state: { in: states } },
      set: { state: "running", leaseMs, expiresAtMs, requestId: call.requestId, actor: call.access.actor },
      ...(free && { free }),
    });
    return lease && openKeyed(call, id, lease);
  }

  /** A record that is asked for lives on: its day counts from its last use. Answers it where it was near its end, so that a repeated call rarely writes. */
  function keep(access: Access, id: string): Promise<StoredDocument | undefined> {
    const aged = { expiresAtMs: { lte: storeTime(KEYED_MS - AGED_MS) } };
    return writes.patch(access, id, { set: { expiresAtMs: storeTime(KEYED_MS) } }, aged);
  }

  /** What a process left running when it died is of unknown outcome. Whether its time is over is for the store's clock to say, not for ours. */
  async function giveUp(found: StoredDocument): Promise<StoredDocument> {
    if (found.state !== "running") return found;
    const change = { set: { state: "unknown" } };
    const end = (over: Where) =>
      writes.patch(systemAccess(found), found.id, change, { state: "running", fence: found.fence as number, ...over });
    return (await end(hasRunOut(LEASE_FIELDS))) ?? (await end(setBack(found))) ?? found;
  }

  function recorded(found: StoredDocument, fingerprint: string): ExecuteResult {
    if (found.fingerprint !== fingerprint) {
      throw new ConnectorError("idempotency_key_reused", "this Idempotency-Key was used for another call; nothing was sent");
    }
    if (found.state === "done") {
      const text = reveal(keyRing.open(found.answer as string, placeOf("writes", found, "answer")));
      const result = parseJson(text).exact as ExecuteResult;
      return { ...result, meta: { ...result.meta, replayed: true } };
    }
    if (found.state === "applied") {
      throw new ConnectorError(
        found.code as ErrorCode,
        "the first call with this Idempotency-Key took effect, but its answer could not be used; nothing was sent again",
        { applied: true },
      );
    }
    if (found.state === "superseded") {
      throw new ConnectorError("superseded", "a newer write overtook the first call with this Idempotency-Key; nothing was sent");
    }
    if (found.state === "unknown") {
      throw new ConnectorError(
        "outcome_unknown",
        "the first call with this Idempotency-Key may or may not have taken effect; nothing was sent again",
        // One that is repeatable would have been sent again.
        { repeatable: false },
      );
    }
    throw new ConnectorError("idempotency_in_progress", "a call with this Idempotency-Key is still running", {
      retryAfterMs: askAgainMs(found, now()),
    });
  }

  /** With the lease on the key's record where there is one. */
  function openWrite(call: WriteCall, record: string, key?: { readonly id: string; readonly lease: Lease }): OpenWrite {
    const end = async (outcome: Record<string, unknown>, result?: ExecuteResult) => {
      const ended = { ...outcome, endedAtMs: now() };
      const answer = key && result && seal(key.id, "answer", result);
      const changed = result?.meta.changed && seal(record, "changed", result.meta.changed);
      const attempts = result?.meta.attempts ?? call.facts?.attempts();
      const told = { ...ended, ...changed, attempts, ...targetOf(call, result), expiresAtMs: storeTime(RECORD_MS) };
      // The key first: a caller who repeats the call must not wait for what is only shown.
      await key?.lease.release({ set: { ...ended, ...answer, expiresAtMs: storeTime(KEYED_MS) } });
      await writes.patch(call.access, record, { set: told });
    };
    const seal = (id: string, field: "answer" | "changed", value: unknown) => {
      const place = placeOf("writes", { project: call.access.project, owner: ownerOf(call), id }, field);
      const sealed = keyRing.seal(stringifyJson(value), place);
      return { [field]: sealed, sealedKid: keyRing.labelOf(sealed) };
    };
    return {
      done: (result) => end({ state: "done" }, result),
      applied: (code) => end({ state: "applied", code }),
      failed: (code) => end({ state: "failed", code }),
      superseded: () => end({ state: "superseded", code: "superseded" }),
      unknown: () => end({ state: "unknown" }),
    };
  }

  function describe(call: WriteCall, id: string) {
    const { access, operation, credential, requestId } = call;
    return {
      id,
      owner: ownerOf(call),
      actor: access.actor,
      operation,
      credential,
      requestId,
      createdAtMs: now(),
      sealedKid: null,
    };
  }
}

/**
 * As long as the call has run already, so that one that was left behind by a crash is not asked for each second; at most until its lease ends,
 * when it is known how it ended.
 */
function askAgainMs({ leaseExpiresAtMs, leaseMs }: StoredDocument, nowMs: number): number {
  const leftMs = Number(leaseExpiresAtMs) - nowMs;
  return Math.max(Math.min(Number(leaseMs) - leftMs, leftMs), 1000);
}

function ownerOf({ access, owner }: WriteCall): string {
  return access.owner ?? owner ?? "";
}

function setBack(found: StoredDocument): Where {
  return endsTooLate(LEASE_FIELDS, found, Number(found.leaseMs ?? 0) + MARGIN_MS);
}

function fingerprintOf({ operation, credential, input }: WriteCall): string {
  return sha256(canonical([operation, credential, input]));
}

/** Neither an owner nor an actor nor a key holds a line break. */
function namespaced(givers: readonly (string | undefined)[], key: string): string {
  return [...givers.filter((giver) => giver !== undefined), key].join("\n");
}

/** Of what was created, the id that the service gave it. */
function targetOf({ facts, effect }: WriteCall, result: ExecuteResult | undefined): { target?: WriteFacts["target"] } {
  const data = (result?.output as { data?: { id?: unknown } } | null | undefined)?.data;
  const isCreated = facts !== undefined && facts.target === null && effect === "create" && typeof data?.id === "string";
  return isCreated ? { target: { field: "id", id: data.id as string } } : {};
}

/** JSON with sorted keys, so that the order of an object's keys does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
