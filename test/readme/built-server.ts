import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../support/free-port.ts";

const root = join(import.meta.dirname, "../..");
const START_MS = 60_000;

export interface BuiltServer {
  readonly port: string;
  readonly playgroundPort: string;
  /** For commands that a reader types while the server runs: its store, its ports, and an `npx` that finds this build. */
  readonly env: Record<string, string>;
  stop(): Promise<number | null>;
}

/**
 * Builds the program and starts it as `npm start` does, on free ports and with an empty store.
 *
 * The build is this test's own: other tests make and remove `dist/` meanwhile. It lies within the checkout, because the program finds
 * its manifest and its packages by walking up. Types are checked elsewhere.
 */
export async function startBuiltServer(): Promise<BuiltServer> {
  mkdirSync(join(root, ".cache"), { recursive: true });
  const build = mkdtempSync(join(root, ".cache/readme-"));
  const home = mkdtempSync(join(tmpdir(), "lever-readme-"));
  const clean = () => [build, home].forEach((folder) => void rmSync(folder, { recursive: true, force: true }));
  // Also where the test run is cut short: leftovers in the checkout would be read by its checks.
  process.once("exit", clean);
  compile(build);
  const main = join(build, "cli/main.js");
  const env = {
    PATH: `${writeShim(home, main)}:${process.env.PATH}`,
    HOME: home,
    DATA_DIR: join(home, "data"),
    HOST: "127.0.0.1",
    PORT: String(await freePort()),
    PLAYGROUND_PORT: String(await freePort()),
    LOG_LEVEL: "warn",
  };
  const server = spawn(process.execPath, [main, "start"], { cwd: home, env, stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(server, "close");
  await untilWelcome(server);
  return {
    port: env.PORT,
    playgroundPort: env.PLAYGROUND_PORT,
    env,
    async stop() {
      server.kill("SIGTERM");
      const [code] = (await closed) as [number | null];
      clean();
      process.off("exit", clean);
      return code;
    },
  };
}

function compile(outDir: string): void {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const args = [tsc, "-p", "tsconfig.build.json", "--outDir", outDir, "--noCheck", "--declaration", "false"];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) throw new Error(`the build failed:\n${stdout}`);
}

/** A folder with an `npx` that runs this build for `npx lever-connector …` and fails for anything else. */
function writeShim(home: string, main: string): string {
  const folder = join(home, "bin");
  mkdirSync(folder);
  const script = `#!/bin/sh
[ "$1" = lever-connector ] || { echo "npx: not in the walk: $1" >&2; exit 64; }
shift
exec "${process.execPath}" "${main}" "$@"
`;
  writeFileSync(join(folder, "npx"), script);
  chmodSync(join(folder, "npx"), 0o755);
  return folder;
}

async function untilWelcome(server: ChildProcess): Promise<void> {
  let text = "";
  server.stdout?.on("data", (chunk) => (text += chunk));
  for (const endsAtMs = Date.now() + START_MS; Date.now() < endsAtMs; await sleep(50)) {
    if (text.includes("lever-connector is running")) return;
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
  }
  throw new Error("the server did not start");
}
