import { createHash } from "node:crypto";
import { parseJson } from "../connector/exact-json.ts";
import { ERRORS, isConnectorError } from "../errors/connector-error.ts";
import type { Listener } from "../runtime/events.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal } from "../sealing/secret.ts";
import { systemAccess } from "../store/access.ts";
import { openCollection } from "../store/collection.ts";
import { type DocumentStore, EVERY_PROJECT, storeTime } from "../store/document-store.ts";
import { occurrenceId, withOccurrence } from "../store/occurrences.ts";
import { createPump } from "../store/pump.ts";
import type { DeliveryDocument, Event, Subscribers } from "./types.ts";

export interface WorkOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  readonly subscribers: Subscribers;
  readonly now: () => number;
  readonly tell: Listener;
  readonly onError: (error: unknown) => void;
  /** Deliveries that are worked on at a time. 32 by default. */
  readonly slots?: number;
  /** How long a delivery that a process died over is left alone. 10,000 by default. */
  readonly leaseMs?: number;
  /** How often it looks for what other processes have left, or what is due again. 1,000 by default. */
  readonly pollMs?: number;
  /** Before the second attempt; each later one is four times as long. 1,000 by default. */
  readonly firstPauseMs?: number;
}

export interface Work {
  /** Begins to work on what is due, whichever process has taken it. */
  start(): void;
  /** Something is due: looks at once, where it was started. */
  kick(): void;
  /** Begins nothing more, and comes back when what is under way has ended. Repeatable. */
  stop(): Promise<void>;
}

/** Attempts with one delivery: an hour and a half, then it is a dead letter. */
const MOST_ATTEMPTS = 8;
const KEPT_RUNS = 100;
const STEP = 50;

/**
 * Starts the runs of deliveries. Each is claimed for one attempt: no two processes work on the same one, and where one dies over it, another
 * does when the claim has run out. A run's id follows from delivery and workflow, so that each is started once, whoever starts it and however often.
 */
export function createWork(options: WorkOptions): Work {
  const { store, ring, subscribers, now, tell, onError } = options;
  const { slots = 32, leaseMs = 10_000, pollMs = 1_000, firstPauseMs = 1_000 } = options;
  const saved = openCollection(store, "deliveries");
  const underWay = new Set<Promise<void>>();
  const pump = createPump({ look: fill, pollMs, onError });

  async function fill(): Promise<void> {
    const room = slots - underWay.size;
    if (room <= 0) return;
    const due = { where: { dueAtMs: { lte: storeTime() } }, sort: ["dueAtMs"], limit: Math.min(room, STEP) };
    const page = (await store.find("deliveries", EVERY_PROJECT, due)) as DeliveryDocument[];
    for (const found of page) if (!pump.isStopped) await claim(found);
    if (page.length === STEP) pump.kick();
  }

  async function claim(found: DeliveryDocument): Promise<void> {
    const change = { set: { dueAtMs: storeTime(leaseMs) }, inc: { fence: 1, attempts: 1 } };
    const where = { state: "pending", fence: found.fence };
    const claimed = (await saved.patch(systemAccess(found), found.id, change, where)) as DeliveryDocument | undefined;
    if (claimed === undefined) return;
    const work: Promise<void> = attempt(claimed)
      .catch(onError)
      .then(() => {
        underWay.delete(work);
        pump.kick();
      });
    underWay.add(work);
  }

  /** One attempt more than are allowed means that the last one ended its process. */
  async function attempt(delivery: DeliveryDocument): Promise<void> {
    const { runs, notes, failure } = delivery.attempts > MOST_ATTEMPTS ? given(delivery) : await startAll(delivery);
    const known = { runs: runs.slice(-KEPT_RUNS) };
    if (failure === undefined)
      return end(delivery, "done", { ...known, error: null, note: runs.length > 0 ? null : noteOf(notes) });
    const error = toError(failure);
    if (delivery.attempts >= MOST_ATTEMPTS) return end(delivery, "dead", { ...known, error });
    await patch(delivery, { ...known, error, dueAtMs: storeTime(firstPauseMs * 4 ** (delivery.attempts - 1)) });
  }

  /** One workflow that cannot be started keeps no other from it. */
  async function startAll(delivery: DeliveryDocument) {
    const runs = [...delivery.runs];
    const notes: string[] = [];
    let failure: unknown;
    try {
      const event = toEvent(delivery);
      for (const workflow of await subscribers.of(delivery)) {
        const run = toRun(delivery, workflow);
        const started = await subscribers.start(workflow, run, event).catch((error: unknown) => {
          failure = error;
          return undefined;
        });
        if (started === undefined) continue;
        if ("why" in started) notes.push(started.why);
        else if (!runs.some((one) => one.run === run)) runs.push({ run, workflow, name: started.name });
      }
    } catch (error) {
      failure = error;
    }
    return { runs, notes, failure };
  }

  function toEvent(delivery: DeliveryDocument): Event {
    const { id, project, verification, decides, ignored, shownBody } = delivery;
    if (delivery.body === null || verification === null) throw new Error("a delivery without its data is worked on by nobody");
    const bytes = Buffer.from(reveal(ring.open(delivery.body, placeOf("deliveries", delivery, "body"))), "base64");
    return {
      ...{ delivery: id, project, verification, decides },
      body: ignored === "not_json" ? undefined : parseJson(bytes.toString("utf8")).exact,
      shownBody: shownBody === null ? null : parseJson(shownBody).exact,
    };
  }

  async function end(delivery: DeliveryDocument, state: "done" | "dead", set: Partial<DeliveryDocument>): Promise<void> {
    const { id, project, endpoint, attempts, replays } = delivery;
    const code = state === "dead" ? String(set.error?.code) : "ok";
    const occurrence = { id: occurrenceId(project, id, replays, "dead"), type: "delivery.dead", atMs: now(), code };
    const untold = state === "dead" ? withOccurrence(delivery, occurrence) : {};
    if (!(await patch(delivery, { ...set, ...untold, state, dueAtMs: undefined, endedAtMs: now() }))) return;
    tell({ type: "delivery_ended", project, endpoint, delivery: id, code, attempts, runs: set.runs?.length ?? 0 });
  }

  async function patch(delivery: DeliveryDocument, set: Record<string, unknown>): Promise<boolean> {
    const where = { state: "pending", fence: delivery.fence };
    return (await saved.patch(systemAccess(delivery), delivery.id, { set }, where)) !== undefined;
  }

  return {
    start: pump.start,
    kick: pump.kick,
    async stop() {
      await pump.stop();
      await Promise.all(underWay);
    },
  };
}

/** The same for whoever starts it; another one for each replay. */
function toRun({ id, replays }: DeliveryDocument, workflow: string): string {
  return `run_${createHash("sha256")
    .update(JSON.stringify([id, replays, workflow]))
    .digest("hex")
    .slice(0, 26)}`;
}

function given({ runs, error }: DeliveryDocument) {
  return { runs: [...runs], notes: [], failure: error ?? new Error("its attempts ended their processes") };
}

function noteOf(notes: readonly string[]): string {
  return notes.length === 0 ? "No published workflow is started by this endpoint" : [...new Set(notes)].join("; ").slice(0, 1000);
}

/** Texts of errors that are not ours may hold anything. */
function toError(failure: unknown): NonNullable<DeliveryDocument["error"]> {
  if (isConnectorError(failure)) return { code: failure.code, message: failure.message };
  if (isKnown(failure)) return failure;
  return { code: "internal_error", message: ERRORS.internal_error.title };
}

function isKnown(failure: unknown): failure is NonNullable<DeliveryDocument["error"]> {
  return typeof failure === "object" && failure !== null && !(failure instanceof Error) && "code" in failure;
}
