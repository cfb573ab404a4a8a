import { createHash, randomUUID } from "node:crypto";
import { parseJson, stringifyJson } from "../connector/exact-json.ts";
import type { Effect } from "../connector/types.ts";
import { ConnectorError, type ErrorCode } from "../errors/connector-error.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
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
  readonly idempotencyKey?: string | undefined;
  /** Longest time that the call may take; its record stays taken for a little longer if the process dies. */
  readonly timeoutMs: number;
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

/** An answer stays replayable for a day after its last use; that a write happened is kept for thirty. */
const KEYED_MS = 86_400_000;
const AGED_MS = 3_600_000;
const UNKEYED_MS = 30 * KEYED_MS;
const MARGIN_MS = 10_000;

export function createWriteLedger(options: { store: DocumentStore; keyRing: KeyRing; now?: () => number }): WriteLedger {
  const { store, keyRing, now = Date.now } = options;
  const writes = openCollection(store, "writes");
  return {
    begin: (call) => (call.idempotencyKey === undefined ? beginUnkeyed(call) : beginKeyed(call, call.idempotencyKey)),
    sweep: () => removeAll(store, "writes", EVERY_PROJECT, { expiresAtMs: { lte: storeTime() } }),
  };

  async function beginUnkeyed(call: WriteCall): Promise<{ open: OpenWrite }> {
    const id = `write_${randomUUID().replaceAll("-", "")}`;
    await writes.insert(call.access, {
      ...describe(call, id),
      state: "running",
      fence: 1,
      leaseOwner: null,
      leaseExpiresAtMs: 0,
      expiresAtMs: now() + UNKEYED_MS,
    });
    return { open: openWrite(call, id) };
  }

  async function beginKeyed(call: WriteCall, key: string): Promise<{ open: OpenWrite } | { recorded: ExecuteResult }> {
    if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
      throw new ConnectorError("idempotency_key_invalid", "the Idempotency-Key must be 1 to 255 visible ASCII characters");
    }
    const id = `idem_${sha256(namespaced(call.access, key))}`;
    const fingerprint = fingerprintOf(call);
    // One round more than can be needed: another call may have taken a new record and ended without effect in between.
    for (let round = 0; round < 3; round += 1) {
      const { document } = await writes.insertIfAbsent(call.access, newRecord(call, id, fingerprint));
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

  function newRecord(call: WriteCall, id: string, fingerprint: string) {
    const state = { state: "new", fence: 0, leaseExpiresAtMs: 0, expiresAtMs: now() + KEYED_MS };
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
    return lease && openWrite(call, id, lease);
  }

  /** A record that is asked for lives on: its day counts from its last use. Answers it where it was near its end, so that a repeated call rarely writes. */
  function keep(access: Access, id: string): Promise<StoredDocument | undefined> {
    const aged = { expiresAtMs: { lte: storeTime(KEYED_MS - AGED_MS) } };
    return writes.patch(access, id, { set: { expiresAtMs: storeTime(KEYED_MS) } }, aged);
  }

  /** What a process left running when it died is of unknown outcome. Whether its time is over is for the store's clock to say, not for ours. */
  async function giveUp(found: StoredDocument): Promise<StoredDocument> {
    if (found.state !== "running") return found;
    const set = { state: "unknown", code: "outcome_unknown" };
    const end = (over: Where) =>
      writes.patch(systemAccess(found), found.id, { set }, { state: "running", fence: found.fence as number, ...over });
    return (await end(hasRunOut(LEASE_FIELDS))) ?? (await end(setBack(found))) ?? found;
  }

  function recorded(found: StoredDocument, fingerprint: string): ExecuteResult {
    if (found.fingerprint !== fingerprint) {
      throw new ConnectorError("idempotency_key_reused", "this Idempotency-Key was used for another call; nothing was sent");
    }
    if (found.state === "done") {
      const text = reveal(keyRing.open(found.answer as string, { project: found.project, id: found.id, field: "answer" }));
      const result = parseJson(text).exact as ExecuteResult;
      return { ...result, meta: { ...result.meta, replayed: true } };
    }
    if (found.state === "applied") {
      const message =
        "the first call with this Idempotency-Key took effect, but its answer could not be used; nothing was sent again";
      throw new ConnectorError(found.code as ErrorCode, message, { applied: true });
    }
    if (found.state === "superseded") {
      throw new ConnectorError("superseded", "a newer write overtook the first call with this Idempotency-Key; nothing was sent");
    }
    if (found.state === "unknown") {
      throw new ConnectorError(
        "outcome_unknown",
        "the first call with this Idempotency-Key may or may not have taken effect; nothing was sent again",
      );
    }
    throw new ConnectorError("idempotency_in_progress", "a call with this Idempotency-Key is still running", {
      retryAfterMs: 1000,
    });
  }

  /** With the lease on its record where it has a key. */
  function openWrite(call: WriteCall, id: string, lease?: Lease): OpenWrite {
    const end = async (outcome: Record<string, unknown>) => {
      const set = { ...outcome, expiresAtMs: storeTime(lease ? KEYED_MS : UNKEYED_MS), endedAtMs: now() };
      await (lease ? lease.release({ set }) : writes.patch(call.access, id, { set }));
    };
    /** Under one key: both are sealed in the same turn. */
    const seal = (field: "answer" | "changed", value: unknown) => ({
      [field]: keyRing.seal(stringifyJson(value), { project: call.access.project, id, field }),
    });
    return {
      async done(result) {
        const { changed } = result.meta;
        const sealed = { ...(changed && seal("changed", changed)), ...(lease && seal("answer", result)) };
        const [first] = Object.values(sealed);
        await end({ state: "done", ...sealed, ...(first !== undefined && { sealedKid: keyRing.labelOf(first) }) });
      },
      applied: (code) => end({ state: "applied", code }),
      failed: (code) => end({ state: "failed", code }),
      superseded: () => end({ state: "superseded", code: "superseded" }),
      unknown: () => end({ state: "unknown", code: "outcome_unknown" }),
    };
  }

  function describe(call: WriteCall, id: string) {
    const { access, operation, credential, requestId } = call;
    return {
      id,
      owner: call.owner ?? "",
      actor: access.actor,
      operation,
      credential,
      requestId,
      createdAtMs: now(),
      sealedKid: null,
    };
  }
}

function setBack(found: StoredDocument): Where {
  return endsTooLate(LEASE_FIELDS, found, Number(found.leaseMs ?? 0) + MARGIN_MS);
}

function fingerprintOf({ operation, credential, input }: WriteCall): string {
  return sha256(canonical([operation, credential, input]));
}

/** A key is its giver's: another owner's equal key means another call. Neither an owner nor a key holds a line break. */
function namespaced({ owner }: Access, key: string): string {
  return owner === undefined ? key : `${owner}\n${key}`;
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
