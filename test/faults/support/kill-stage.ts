import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadConnector } from "../../../connector/manifest.ts";
import type { Connector } from "../../../connector/types.ts";
import { createRandom } from "../../../playground/random.ts";
import type { DocumentStore } from "../../../store/document-store.ts";
import { openStore, type StoreLocation } from "../../../store/index.ts";
import { type OAuthRoom, openOAuthRoom } from "../../credentials/oauth-setup.ts";
import { findMongod, sharedMongod, startMongod, type TestMongod } from "../../support/mongod.ts";
import type { Job } from "./jobs.ts";
import { type Place, toEnvironments } from "./parts.ts";
import type { Strike } from "./strike.ts";
import { type Build, type Line, openWorkers, type Worker, type Workers } from "./workers.ts";

/** A store, a playground, children to kill, and how many died. */
export interface KillStage {
  readonly kind: "embedded" | "mongodb";
  readonly room: OAuthRoom;
  readonly place: Place;
  readonly workers: Workers;
  /** Compiled once for all that the parent runs. */
  readonly connector: Connector;
  /** Only where it is ours to kill: not one that is given by `MONGODB_URI`. */
  readonly mongod: TestMongod | undefined;
  /** Another, empty store of the same kind. */
  newStore(): StoreLocation;
  random(): number;
  kills: number;
  /** What is told at the end. */
  told(): string;
  close(): Promise<void>;
}

/** `FAULTS_SEED` repeats the choices of a run; the moments themselves differ all the same. */
export async function openKillStage(kind: "embedded" | "mongodb", build: Build): Promise<KillStage> {
  const seed = Number(process.env.FAULTS_SEED ?? Date.now() % 1_000_000);
  const folder = mkdtempSync(join(tmpdir(), "faults-kill-"));
  const found = kind === "mongodb" ? findMongod() : undefined;
  const mongod = found && "binary" in found ? await startMongod(found) : undefined;
  const server = found && (mongod ?? (await sharedMongod()));
  let stores = 0;
  function newStore(): StoreLocation {
    stores += 1;
    if (server === undefined) return { dataDir: join(folder, `s${stores}`) };
    const name = `kill_${process.pid}_${Date.now()}_${stores}`;
    return { mongodbUri: server.dbUri(name) };
  }
  const location = newStore();
  const store: DocumentStore = openStore(location);
  await store.open();
  const room = await openOAuthRoom(store, { opportunities: 20 });
  const workers = openWorkers(kind, build);
  const stage: KillStage = {
    kind,
    room,
    place: { store: location, keys: room.keysText, url: room.running.url },
    workers,
    connector: loadConnector({ environments: toEnvironments(room.running.url), check: false }),
    mongod,
    newStore,
    random: createRandom(seed),
    kills: 0,
    told: () => `${kind}: ${stage.kills} kills -9, seed ${seed}`,
    async close() {
      await workers.close();
      await room.close();
      await store.dispose();
      await mongod?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return stage;
}

/** Kills a child some moments after it has printed some lines. Answers everything it printed. */
export async function killAtRandom(stage: KillStage, job: Job, mostLines = 12, mostMs = 8): Promise<readonly Line[]> {
  const worker = stage.workers.take();
  worker.send(job);
  await worker.ready;
  const count = Math.floor(stage.random() * (mostLines + 1));
  await worker.until((lines) => lines.length >= count);
  await sleep(stage.random() * mostMs);
  await worker.kill();
  stage.kills += 1;
  assertSound(worker);
  return worker.lines;
}

/** Lets a child die by its own hand at a named point. */
export async function killAtPoint(stage: KillStage, job: Job, strike: Omit<Strike, "signal">): Promise<readonly Line[]> {
  const worker = stage.workers.take();
  worker.send({ ...job, tuning: { ...job.tuning, strike: { ...strike, signal: "SIGKILL" } } } as Job);
  await worker.line(({ struck, end }) => struck !== undefined || end === true);
  await worker.kill();
  stage.kills += 1;
  assertSound(worker);
  if (worker.lines.at(-1)?.struck === undefined) throw new Error(`never came to ${strike.when} ${strike.at}`);
  return worker.lines;
}

/** Kills the database server under a working child, and starts it again; the child is killed once it has gone on. */
export async function killMongod(stage: KillStage, job: Job): Promise<readonly Line[]> {
  const { mongod, workers } = stage;
  if (mongod === undefined) throw new Error("there is no mongod to kill");
  const worker = workers.take();
  worker.send(job);
  const count = 1 + Math.floor(stage.random() * 20);
  await worker.until((lines) => lines.length >= count);
  await sleep(stage.random() * 20);
  await mongod.kill();
  stage.kills += 1;
  await sleep(stage.random() * 300);
  const from = worker.lines.length;
  await mongod.restart();
  // It finds the server again without being started anew.
  await worker.until((lines) => lines.slice(from).filter(isAcknowledged).length >= 5);
  await worker.kill();
  stage.kills += 1;
  assertSound(worker);
  return worker.lines;
}

function isAcknowledged({ failed, begun, next }: Line): boolean {
  return failed === undefined && begun === undefined && next === undefined;
}

/** Dead children tell nothing of the fault that a broken one would. */
export function assertSound({ lines: printed }: Worker): void {
  const broke = printed.find((line) => line.broke !== undefined);
  if (broke) throw new Error(`the child broke before it was killed: ${broke.broke}`);
}
