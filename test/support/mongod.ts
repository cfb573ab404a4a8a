import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mongoose from "mongoose";
import { packageRoot } from "../../connector/package-root.ts";
import { freePort } from "./free-port.ts";
import { SHARED_FOLDER, SHARED_OWNER } from "./mongod-names.ts";

/** Found from wherever this was compiled to: the benchmarks are. */
const CACHED = join(packageRoot(), ".cache/mongod");
/** A killed server first repairs its data; on a machine that runs other tests as well that takes long. One that ends instead is told at once. */
const START_TIMEOUT_MS = 60_000;

/** How to get a server, for the message of a skipped suite. */
export const HOW_TO_GET_MONGOD = "run scripts/get-mongod.sh, put mongod on the PATH, or set MONGODB_URI";

export type FoundMongod = { readonly uri: string } | { readonly binary: string };

/** A server for tests: `MONGODB_URI`, a `mongod` on the PATH, or the one that scripts/get-mongod.sh fetched; undefined where there is none. */
export function findMongod(): FoundMongod | undefined {
  const uri = process.env.MONGODB_URI;
  if (uri) return { uri };
  if (isRunnable("mongod")) return { binary: "mongod" };
  return existsSync(CACHED) ? { binary: CACHED } : undefined;
}

export interface TestMongod {
  readonly uri: string;
  readonly pid: number;
  /** The address of one database on this server. */
  dbUri(name: string): string;
  /** SIGKILL, as a crash would; the data stays for `restart`. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data. */
  restart(): Promise<void>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts a replica set of one node on a free loopback port, with its data in a temporary folder. Whatever happens, it ends and its data goes
 * soon after the process `watch` (this one by default) has ended.
 */
export async function startMongod(found = findMongod(), options: { folder?: string; watch?: number } = {}): Promise<TestMongod> {
  if (!found || !("binary" in found)) throw new Error(`no mongod to start: ${HOW_TO_GET_MONGOD}`);
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "mongod-"));
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const uri = `mongodb://127.0.0.1:${port}/?replicaSet=test`;
  let server = launch(found.binary, folder, port, options.watch);
  try {
    await ready(server, port);
  } catch (error) {
    await end(server, "SIGKILL");
    throw error;
  }
  return {
    uri,
    get pid() {
      return server.pid as number;
    },
    dbUri: (name) => toDbUri(uri, name),
    kill: () => end(server, "SIGKILL"),
    async restart() {
      server = launch(found.binary, folder, port, options.watch);
      await ready(server, port);
    },
    async stop() {
      await end(server, "SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * The server of this whole test run: `MONGODB_URI`, or one that the first test file to ask starts and every other shares. jest's global setup and teardown
 * (global-setup.ts, global-teardown.ts) say where it is written down and stop it; without them each file starts its own, and it ends with the process.
 */
export async function sharedMongod(): Promise<{ dbUri(name: string): string }> {
  const found = findMongod();
  if (found && "uri" in found) return { dbUri: (name) => toDbUri(found.uri, name) };
  const folder = process.env[SHARED_FOLDER];
  if (!folder) return startMongod(found);
  const uri = await sharedUri(folder, found);
  return { dbUri: (name) => toDbUri(uri, name) };
}

async function sharedUri(folder: string, found: FoundMongod | undefined): Promise<string> {
  const note = join(folder, "uri");
  if (isFirst(join(folder, "starting"))) {
    const started = await startMongod(found, { folder: join(folder, "data"), watch: Number(process.env[SHARED_OWNER]) });
    writeFileSync(join(folder, "pid"), String(started.pid));
    writeFileSync(`${note}.new`, started.uri);
    renameSync(`${note}.new`, note);
  }
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!existsSync(note)) {
    if (Date.now() > deadline) throw new Error("the shared mongod did not start in time");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return readFileSync(note, "utf8");
}

function isFirst(marker: string): boolean {
  try {
    mkdirSync(marker);
    return true;
  } catch {
    return false; // another test file was first
  }
}

/** Puts a database name into a server's address. */
function toDbUri(uri: string, name: string): string {
  const [, hosts, query = ""] = /^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?(\?.*)?$/.exec(uri) ?? [];
  if (!hosts) throw new Error("not a MongoDB address");
  return `${hosts}/${name}${query}`;
}

function isRunnable(binary: string): boolean {
  try {
    execFileSync(binary, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false; // not on the PATH
  }
}

function launch(binary: string, folder: string, port: number, watch = process.pid): ChildProcess {
  const args = ["--dbpath", folder, "--port", String(port), "--bind_ip", "127.0.0.1", "--replSet", "test"];
  const lean = [
    "--nounixsocket",
    "--wiredTigerCacheSizeGB",
    "0.25",
    "--setParameter",
    "diagnosticDataCollectionEnabled=false",
    "--quiet",
  ];
  const server = spawn(binary, [...args, ...lean], { stdio: "ignore" });
  server.unref();
  const watcher = spawn("sh", ["-c", WATCH, "watch", String(watch), String(server.pid), folder], {
    stdio: "ignore",
    detached: true,
  });
  watcher.unref();
  return server;
}

const WATCH = 'while kill -0 "$1" && kill -0 "$2"; do sleep 1; done; kill -0 "$1" || { kill -9 "$2"; rm -rf "$3"; }';

async function ready(server: ChildProcess, port: number): Promise<void> {
  let tell: (code: number | null) => void = () => undefined;
  const ended = new Promise<never>((_, reject) => {
    tell = (code) => reject(new Error(`mongod ended with ${code} before it was ready`));
    server.once("exit", tell);
  });
  try {
    await Promise.race([becomePrimary(port), ended]);
  } finally {
    server.off("exit", tell);
  }
}

async function becomePrimary(port: number): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  const direct = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const connection = await mongoose.createConnection(direct, { serverSelectionTimeoutMS: START_TIMEOUT_MS }).asPromise();
  try {
    const admin = connection.getClient().db("admin");
    await admin
      .command({ replSetInitiate: { _id: "test", members: [{ _id: 0, host: `127.0.0.1:${port}` }] } })
      .catch(ignoreInitiated);
    while (!(await admin.command({ hello: 1 })).isWritablePrimary) {
      if (Date.now() > deadline) throw new Error("mongod did not become primary in time");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    await connection.close();
  }
}

function ignoreInitiated(error: unknown): void {
  if (!(error instanceof Error && "codeName" in error && error.codeName === "AlreadyInitialized")) throw error;
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.ref();
  server.kill(signal);
  await ended;
}
