import { systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type DocumentStore, EVERY_PROJECT, type Scalar, storeTime } from "../store/document-store.ts";
import { createPump } from "../store/pump.ts";
import { createPacing, type Pacing } from "./pacing.ts";
import type { MessageDocument } from "./types.ts";

export interface LoopOptions {
  readonly store: DocumentStore;
  /** Makes one attempt; answers for how long its destination is to be left alone. */
  readonly deliver: (message: MessageDocument, signal: AbortSignal) => Promise<number>;
  readonly now: () => number;
  readonly pacing?: Pacing;
  /** Attempts at a time. 32 by default. */
  readonly slots?: number;
  /** How long a message that was claimed by a process that died is left alone: longer than any attempt. 60,000 by default. */
  readonly leaseMs?: number;
  /** How often it looks for what other processes have recorded, or what is due again. 1,000 by default. */
  readonly pollMs?: number;
  readonly onError: (error: unknown) => void;
}

export interface DeliveryLoop {
  /** Begins to deliver what is due, whichever process has recorded it. */
  start(): void;
  /** Something is due: looks at once, where it was started. */
  kick(): void;
  /** Claims nothing more; gives what is under way `graceMs`, then interrupts it. Repeatable. */
  stop(graceMs: number): Promise<void>;
}

const STEP = 25;
/** Messages that one look goes through in search of some whose destinations have room; the next look begins at the front again. */
const LOOKED_AT = 1_000;

/** Claims messages that are due, each for one attempt: no two processes get the same one. */
export function createDeliveryLoop(options: LoopOptions): DeliveryLoop {
  const { store, deliver, now, slots = 32, leaseMs = 60_000, pollMs = 1_000, onError } = options;
  const pacing = options.pacing ?? createPacing();
  const saved = openCollection(store, "messages");
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();
  const pump = createPump({ look: fill, pollMs, onError });

  const hasRoom = () => !pump.isStopped && underWay.size < slots;

  async function fill(): Promise<void> {
    let after: Readonly<Record<string, Scalar>> | undefined;
    for (let lookedAt = 0; lookedAt < LOOKED_AT && hasRoom(); lookedAt += STEP) {
      const due = { where: { dueAtMs: { lte: storeTime() } }, sort: ["dueAtMs"], limit: STEP, ...(after && { after }) };
      const page = (await store.find("messages", EVERY_PROJECT, due)) as MessageDocument[];
      for (const message of page) if (hasRoom()) await consider(message);
      const last = page.at(-1);
      if (last === undefined || page.length < STEP) return;
      after = { dueAtMs: Number(last.dueAtMs), id: last.id, project: last.project };
    }
  }

  /** One whose day is over is tried a last time, however its destination is. */
  async function consider(message: MessageDocument): Promise<void> {
    const { destination, giveUpAtMs } = message;
    const turn = pacing.begin(destination);
    if (turn === "busy") return;
    if (turn !== "go" && giveUpAtMs > now()) return void (await move(message, Math.min(turn, giveUpAtMs - now())));
    const end = (downForMs?: number) => turn === "go" && pacing.end(destination, downForMs);
    const claimed = await move(message, leaseMs, 1).catch((error: unknown) => {
      end();
      throw error;
    });
    if (claimed === undefined) return void end();
    const work: Promise<void> = deliver(claimed, stopping.signal)
      .then(end, (error: unknown) => {
        end();
        onError(error);
      })
      .then(() => {
        underWay.delete(work);
        pump.kick();
      });
    underWay.add(work);
  }

  /** Makes it due later, unless another process was first. */
  async function move(message: MessageDocument, waitMs: number, claims = 0): Promise<MessageDocument | undefined> {
    const change = { set: { dueAtMs: storeTime(waitMs) }, inc: { fence: claims } };
    const where = { state: "pending", fence: message.fence };
    return (await saved.patch(systemAccess(message), message.id, change, where)) as MessageDocument | undefined;
  }

  return {
    start() {
      if (!stopping.signal.aborted) pump.start();
    },
    kick: pump.kick,
    async stop(graceMs) {
      const timer = setTimeout(() => stopping.abort(), graceMs);
      await pump.stop();
      await Promise.all(underWay);
      clearTimeout(timer);
      stopping.abort();
    },
  };
}
