import { createHash } from "node:crypto";
import { type SessionData, Store } from "express-session";
import { type DocumentStore, EVERY_PROJECT } from "../store/document-store.ts";
import { removeAll } from "../store/remove-all.ts";
import { isLive, latestEndMs } from "./lifetime.ts";
import { DEFAULT_PROJECT } from "./projects.ts";

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
 *
 * A session is inserted once. Saved again, by a slow request for instance, after it was ended, it stays ended.
 */
export class SessionStore extends Store {
  readonly #store: DocumentStore;
  readonly #now: () => number;
  /** Sessions that are in the store, or were when they were read. */
  readonly #stored = new WeakSet<object>();
  readonly #ended = new WeakSet<object>();

  constructor(store: DocumentStore, now: () => number = Date.now) {
    super();
    this.#store = store;
    this.#now = now;
  }

  override get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    this.#read(sid).then((session) => callback(null, session), callback);
  }

  /** express-session makes its session of what `get` answered. */
  override createSession(...made: Parameters<Store["createSession"]>): ReturnType<Store["createSession"]> {
    const session = super.createSession(...made);
    this.#stored.add(session);
    return session;
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

  /** Was this session ended elsewhere before it was saved last? */
  hasEnded(session: object): boolean {
    return this.#ended.has(session);
  }

  /** Removes sessions that are over, and those that end later than any can; answers how many. */
  async sweep(): Promise<number> {
    const nowMs = this.#now();
    const over = [{ lte: nowMs }, { gt: latestEndMs({ lifeMs: IDLE_MS, nowMs }) }];
    const removed = await Promise.all(
      over.map((expiresAtMs) => removeAll(this.#store, "sessions", EVERY_PROJECT, { expiresAtMs })),
    );
    return removed.reduce((sum, count) => sum + count, 0);
  }

  /** Moves the end of a session that is in use; answers when it ends. One that is gone has ended. */
  async renew(sid: string): Promise<SessionEnds> {
    const nowMs = this.#now();
    const id = idOf(sid);
    const document = await this.#store.get("sessions", DEFAULT_PROJECT, id);
    if (!document || !isLive(document.expiresAtMs as number, { lifeMs: IDLE_MS, nowMs }))
      return { idleMs: nowMs, absoluteMs: nowMs };
    const [before, createdAtMs] = [document.expiresAtMs as number, document.createdAtMs as number];
    const moved = this.#end(createdAtMs);
    const idleMs = Math.abs(moved - before) < TOUCH_MS ? before : moved;
    if (idleMs !== before) await this.#patch(id, { expiresAtMs: idleMs });
    return { idleMs, absoluteMs: createdAtMs + ABSOLUTE_MS };
  }

  async #read(sid: string): Promise<SessionData | null> {
    const document = await this.#store.get("sessions", DEFAULT_PROJECT, idOf(sid));
    if (!document || !isLive(document.expiresAtMs as number, { lifeMs: IDLE_MS, nowMs: this.#now() })) return null;
    return document.data as SessionData;
  }

  async #write(sid: string, session: SessionData): Promise<void> {
    const id = idOf(sid);
    const data = JSON.parse(JSON.stringify(session)) as SessionData;
    if (this.#stored.has(session)) {
      if (!(await this.#patch(id, { data }))) this.#ended.add(session);
      return;
    }
    const createdAtMs = this.#now();
    const expiresAtMs = this.#end(createdAtMs);
    await this.#store.insert("sessions", { id, project: DEFAULT_PROJECT, data, createdAtMs, expiresAtMs });
    this.#stored.add(session);
  }

  /** Changes a session that has not ended, and no other. */
  #patch(id: string, set: Record<string, unknown>): Promise<unknown> {
    return this.#store.patch("sessions", DEFAULT_PROJECT, id, { set }, { expiresAtMs: { gt: this.#now() } });
  }

  #end(createdAtMs: number): number {
    return Math.min(this.#now() + IDLE_MS, createdAtMs + ABSOLUTE_MS);
  }
}

function idOf(sid: string): string {
  return createHash("sha256").update(sid).digest("hex");
}
