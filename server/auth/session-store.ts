import { createHash } from "node:crypto";
import { type SessionData, Store } from "express-session";
import { isConnectorError } from "../../connector/errors.ts";
import { type DocumentStore, EVERY_PROJECT } from "../../store/document-store.ts";
import { DEFAULT_PROJECT } from "./caller.ts";

export const IDLE_MS = 30 * 60_000;
const ABSOLUTE_MS = 12 * 3_600_000;
/** The end of a session in use is moved at most this often: a page view need not cost a disk write. */
const TOUCH_MS = 60_000;

type Done = (error?: unknown) => void;

/** Ms since the epoch. */
export interface SessionEnds {
  /** Without further use. */
  readonly idleMs: number;
  /** However much it is used. */
  readonly absoluteMs: number;
}

/**
 * Sessions of the dashboard on the DocumentStore. A session ends 30 minutes after its last use and 12 hours after it began.
 * Its id is stored as SHA-256: a copy of the store opens no session.
 */
export class SessionStore extends Store {
  readonly #store: DocumentStore;
  readonly #now: () => number;

  constructor(store: DocumentStore, now: () => number = Date.now) {
    super();
    this.#store = store;
    this.#now = now;
  }

  override get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    this.#read(sid).then((session) => callback(null, session), callback);
  }

  override set(sid: string, session: SessionData, callback: Done = () => {}): void {
    this.#write(sid, session).then(() => callback(), callback);
  }

  override touch(sid: string, _session: SessionData, callback: Done = () => {}): void {
    this.renew(sid).then(() => callback(), callback);
  }

  override destroy(sid: string, callback: Done = () => {}): void {
    this.#store.remove("sessions", DEFAULT_PROJECT, idOf(sid)).then(() => callback(), callback);
  }

  /** Removes sessions that are over; answers how many. */
  sweep(): Promise<number> {
    return this.#store.removeMany("sessions", EVERY_PROJECT, { expiresAtMs: { lte: this.#now() } });
  }

  /** Moves the end of a session that is in use; answers when it ends. One that is gone has ended. */
  async renew(sid: string): Promise<SessionEnds> {
    const id = idOf(sid);
    const document = await this.#store.get("sessions", DEFAULT_PROJECT, id);
    if (!document) return { idleMs: this.#now(), absoluteMs: this.#now() };
    const [before, createdAtMs] = [document.expiresAtMs as number, document.createdAtMs as number];
    const moved = this.#end(createdAtMs);
    const idleMs = moved - before < TOUCH_MS ? before : moved;
    if (idleMs !== before) await this.#store.patch("sessions", DEFAULT_PROJECT, id, { set: { expiresAtMs: idleMs } });
    return { idleMs, absoluteMs: createdAtMs + ABSOLUTE_MS };
  }

  async #read(sid: string): Promise<SessionData | null> {
    const document = await this.#store.get("sessions", DEFAULT_PROJECT, idOf(sid));
    if (!document || (document.expiresAtMs as number) <= this.#now()) return null;
    // express-session writes into what it is given, and what the store answers belongs to everybody.
    return structuredClone(document.data) as SessionData;
  }

  async #write(sid: string, session: SessionData): Promise<void> {
    const id = idOf(sid);
    const data = JSON.parse(JSON.stringify(session)) as SessionData;
    const old = await this.#store.get("sessions", DEFAULT_PROJECT, id);
    const createdAtMs = (old?.createdAtMs as number | undefined) ?? this.#now();
    const expiresAtMs = this.#end(createdAtMs);
    if (await this.#store.patch("sessions", DEFAULT_PROJECT, id, { set: { data, expiresAtMs } })) return;
    try {
      await this.#store.insert("sessions", { id, project: DEFAULT_PROJECT, data, createdAtMs, expiresAtMs });
    } catch (error) {
      // Two requests of one new session saved it at once; the other one's content is as new as ours.
      if (!isConnectorError(error, "conflict")) throw error;
    }
  }

  #end(createdAtMs: number): number {
    return Math.min(this.#now() + IDLE_MS, createdAtMs + ABSOLUTE_MS);
  }
}

function idOf(sid: string): string {
  return createHash("sha256").update(sid).digest("hex");
}
