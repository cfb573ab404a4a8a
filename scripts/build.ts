import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changedSince } from "./changed-since.ts";

/**
 * Compiles the rooms, the validators and the dashboard into dist/, from nothing. With `--if-changed` (as `npm start` calls it) only where something that
 * they are made from has changed since.
 */
const root = join(import.meta.dirname, "..");
const stamp = join(root, ".cache/built");
const SOURCES =
  "text errors json-schema store sealing connector credentials runtime workflows destinations engine triggers app server cli playground sdk schemas dashboard scripts".split(
    " ",
  );
const FILES = "manifest.json package-lock.json tsconfig.json tsconfig.build.json tsconfig.sdk.json".split(" ");

if (!process.argv.includes("--if-changed") || isStale()) await build();

async function build(): Promise<void> {
  console.error("Building …");
  const startedAt = new Date();
  rmSync(stamp, { force: true });
  rmSync(join(root, "dist"), { recursive: true, force: true });
  compile("tsconfig.build.json");
  // Of the types only those of the SDK, the one thing that others import.
  compile("tsconfig.sdk.json");
  const { precompile } = await import("./precompile.ts");
  precompile(root, join(root, "dist/validators"));
  const { build: bundle } = await import("vite");
  await bundle({ configFile: join(root, "dashboard/vite.config.ts"), logLevel: "warn" });
  chmodSync(join(root, "dist/cli/main.js"), 0o755);
  mkdirSync(join(root, ".cache"), { recursive: true });
  writeFileSync(stamp, "");
  // What changes while it is built may be missing in it.
  utimesSync(stamp, startedAt, startedAt);
}

function compile(project: string): void {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", project], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function isStale(): boolean {
  const builtAtMs = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs;
  if (builtAtMs === undefined || !existsSync(join(root, "dist/cli/main.js"))) return true;
  return [...SOURCES, ...FILES].some((name) => changedSince(builtAtMs, join(root, name)));
}
