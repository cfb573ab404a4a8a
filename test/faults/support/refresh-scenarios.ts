import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "@jest/globals";
import type { DocumentStore } from "../../../store/document-store.ts";
import { openStore, type StoreLocation } from "../../../store/index.ts";
import { connect, control, type OAuthRoom, openOAuthRoom } from "../../credentials/oauth-setup.ts";
import type { Place, Tuning } from "./parts.ts";
import type { Strike } from "./strike.ts";
import type { Line, Worker } from "./workers.ts";

export const HOUR_MS = 3_600_000;
/** Of holders that are to lose it. Everybody else has the product's, so that a busy machine takes it from nobody. */
const LEASE_MS = 400;

/** A store, a playground on its own clock, and the children that share them. */
export interface RefreshStage {
  readonly room: OAuthRoom;
  readonly place: Place;
  readonly workers: readonly Worker[];
  /** How far Lever's clock is ahead of this machine's. */
  readonly world: { aheadMs: number };
  close(): Promise<void>;
}

export async function openRefreshStage(
  location: StoreLocation,
  workers: readonly Worker[],
  refreshGraceMs = 0,
): Promise<RefreshStage> {
  const store: DocumentStore = openStore(location);
  await store.open();
  const world = { aheadMs: 0 };
  const room = await openOAuthRoom(store, { refreshGraceMs, now: () => Date.now() + world.aheadMs });
  const place = { store: location, keys: room.keysText, url: room.running.url };
  async function close() {
    await room.close();
    await store.dispose();
  }
  return { room, place, workers, world, close };
}

interface Signed {
  readonly secretVersion?: number;
  readonly authorization?: string;
  readonly code?: string;
  readonly message?: string;
}

/** All workers meet the expired token in the same moment. Answers what each of their callers got. */
export async function race(stage: RefreshStage, credential: string, callers: number, tuning: Tuning = {}): Promise<Signed[]> {
  const { place, workers } = stage;
  const atMs = Date.now() + 400;
  const printed = await Promise.all(
    workers.map((worker) => worker.run({ do: "sign", place, tuning: expired(tuning), credential, callers, atMs })),
  );
  return printed.flat().flatMap((line: Line) => line.results ?? []);
}

function expired(tuning: Tuning): Tuning {
  return { shiftMs: HOUR_MS, ...tuning };
}

export function tokenRequests({ room }: RefreshStage): number {
  return room.running.playground.tokens.tokenRequests;
}

export function reuses({ room }: RefreshStage): number {
  return room.running.playground.tokens.reuseDetected;
}

async function stored({ room }: RefreshStage, id: string) {
  return room.store.get("credentials", "p1", id);
}

async function slowTokens(stage: RefreshStage, delayBeforeMs: number): Promise<void> {
  await control(stage.room, "/faults", {
    match: { pathPattern: "^/oauth/token$", times: 1_000 },
    action: { kind: "delay", delayBeforeMs },
  });
}

async function noFaults({ room }: RefreshStage): Promise<void> {
  await fetch(`${room.running.url}/_playground/faults`, { method: "DELETE" });
}

/** One round of the race: exactly one token request, everyone served with the same new token. */
export async function assertOneRequest(
  stage: RefreshStage,
  callersEach: number,
  delayMs = 0,
  tuning: Tuning = {},
): Promise<void> {
  const id = await connect(stage.room);
  const before = { requests: tokenRequests(stage), reuses: reuses(stage) };
  if (delayMs > 0) await slowTokens(stage, delayMs);
  const signed = await race(stage, id, callersEach, tuning);
  await noFaults(stage);
  expect(signed.filter(({ code }) => code !== undefined)).toEqual([]);
  expect(signed).toHaveLength(callersEach * stage.workers.length);
  expect(new Set(signed.map(({ secretVersion }) => secretVersion))).toEqual(new Set([2]));
  expect(new Set(signed.map(({ authorization }) => authorization)).size).toBe(1);
  expect(tokenRequests(stage) - before.requests).toBe(1);
  expect(reuses(stage) - before.reuses).toBe(0);
}

/** A holder dies by its own hand at a named point; then five callers in another process come. */
export async function killHolder(stage: RefreshStage, holder: Worker, strike: Omit<Strike, "signal">) {
  const [next] = stage.workers as [Worker];
  const { place } = stage;
  const credential = await connect(stage.room);
  const before = { requests: tokenRequests(stage), reuses: reuses(stage) };
  const tuning = expired({ leaseMs: LEASE_MS, strike: { ...strike, signal: "SIGKILL" } });
  holder.send({ do: "sign", place, tuning, credential, callers: 5 });
  await holder.ended;
  expect(holder.lines.at(-1)).toEqual({ struck: `${strike.when} ${strike.at}` });
  const startedAtMs = Date.now();
  const [, { results }] = (await next.run({ do: "sign", place, tuning: expired({}), credential, callers: 5 })) as [Line, Line];
  return {
    credential,
    tookMs: Date.now() - startedAtMs,
    signed: results as Signed[],
    requests: tokenRequests(stage) - before.requests,
    reuses: reuses(stage) - before.reuses,
    document: await stored(stage, credential),
  };
}

/** A holder stands still for longer than its lease, while another refreshes; then it wakes up. */
export async function stallHolder(stage: RefreshStage, strike: Omit<Strike, "signal">, stallMs = 2 * LEASE_MS) {
  const [holder, next] = stage.workers as [Worker, Worker];
  const { place } = stage;
  const credential = await connect(stage.room);
  const before = { requests: tokenRequests(stage), reuses: reuses(stage) };
  const tuning = expired({ leaseMs: LEASE_MS, strike: { ...strike, signal: "SIGSTOP" } });
  const from = holder.lines.length;
  holder.send({ do: "sign", place, tuning, credential, callers: 3 });
  await holder.line(({ struck }) => struck !== undefined, from);
  const [[, other]] = await Promise.all([
    next.run({ do: "sign", place, tuning: expired({}), credential, callers: 3 }) as Promise<[Line, Line]>,
    sleep(stallMs),
  ]);
  const kept = await stored(stage, credential);
  holder.process.kill("SIGCONT");
  await holder.line(({ end }) => end === true, from);
  const woken = holder.lines.slice(from).flatMap((line) => line.results ?? []) as Signed[];
  return {
    credential,
    kept,
    after: await stored(stage, credential),
    other: other.results as Signed[],
    woken,
    requests: tokenRequests(stage) - before.requests,
    reuses: reuses(stage) - before.reuses,
  };
}
