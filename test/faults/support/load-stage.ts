import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { playgroundEnvironment, type RunningPlayground, startPlayground } from "../../../playground/index.ts";
import { freePort } from "../../support/free-port.ts";
import type { Held } from "./load-server.ts";

/** A server in a process of its own, and a Lever in this one. */
export interface LoadStage {
  readonly url: string;
  readonly lever: RunningPlayground;
  /** Starts it, or starts it again on the same data; answers after it is ready. */
  start(): Promise<void>;
  held(): Promise<Held>;
  storeKb(): number;
  /** Sends the signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<{ code: number | null; ms: number }>;
  /** What the server wrote to stderr, and log lines of failures that nobody expected. */
  complaints(): string[];
  close(): Promise<void>;
}

export const LOAD_ADMIN = "admin-token-of-the-load";
const ROOT = join(import.meta.dirname, "../../..");
const START_MS = 30_000;

/** `playground` allows a thousand calls a second, `limited` the ten of Lever. */
export async function createLoadStage(env: Readonly<Record<string, string>> = {}, opportunities = 200): Promise<LoadStage> {
  const lever = await startPlayground({ port: 0, opportunities, rateLimit: false });
  const folder = mkdtempSync(join(tmpdir(), "load-"));
  const environments = join(folder, "environments.json");
  const place = playgroundEnvironment(lever.url);
  const quick = { perSecond: 1_000, burst: 1_000, scope: "credential" };
  writeFileSync(environments, JSON.stringify({ playground: { ...place, rateLimit: quick }, limited: place }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const output = join(folder, "output");
  const dataDir = join(folder, "data");
  let child: ChildProcess | undefined;

  async function stop(signal: NodeJS.Signals) {
    if (!child || child.exitCode !== null || child.signalCode !== null) return { code: child?.exitCode ?? null, ms: 0 };
    const startedAt = performance.now();
    const ended = once(child, "exit");
    child.kill(signal);
    const [code] = await ended;
    return { code: code as number | null, ms: Math.round(performance.now() - startedAt) };
  }

  return {
    stop,
    url,
    lever,
    async start() {
      const log = openSync(output, "a");
      child = spawn(process.execPath, ["--expose-gc", "--import", "tsx", join(import.meta.dirname, "load-server.ts")], {
        cwd: ROOT,
        stdio: ["ignore", log, log, "ipc"],
        env: {
          PATH: process.env.PATH ?? "",
          HOME: process.env.HOME ?? "",
          PORT: String(port),
          DATA_DIR: dataDir,
          ADMIN_TOKEN: LOAD_ADMIN,
          ENVIRONMENTS_FILE: environments,
          PLAYGROUND: "off",
          TRUST_PROXY: "1",
          LOG_LEVEL: "error",
          ...env,
        },
      });
      closeSync(log);
      await untilReady(url, child, output);
    },
    async held() {
      if (!child) throw new Error("nothing was started");
      const answer = once(child, "message");
      child.send("held?");
      return (await answer)[0] as Held;
    },
    storeKb() {
      return readdirSync(dataDir).reduce((sum, file) => sum + statSync(join(dataDir, file)).size, 0) / 1024;
    },
    complaints: () =>
      readFileSync(output, "utf8")
        .split("\n")
        .filter((line) => line.startsWith("{") || /error|warning/i.test(line)),
    async close() {
      await stop("SIGKILL");
      await lever.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilReady(url: string, child: ChildProcess, output: string): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const ready = await fetch(`${url}/readyz`).then(
      (answer) => answer.ok,
      () => false, // not listening yet
    );
    if (ready) return;
    await sleep(50);
  }
  throw new Error(`the server did not start: ${readFileSync(output, "utf8")}`);
}
