import { statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { changedSince } from "./changed-since.ts";

const SOURCES = ["dashboard", "sdk", "text", "schemas", "package-lock.json"];

/**
 * Builds the dashboard that browser tests look at into `.cache/dashboard`, where something has changed since. `dist/` belongs to others:
 * tests make and remove it meanwhile.
 */
export async function buildTestDashboard(root: string): Promise<void> {
  const outDir = join(root, ".cache/dashboard");
  const page = join(outDir, "index.html");
  const builtAtMs = statSync(page, { throwIfNoEntry: false })?.mtimeMs;
  if (builtAtMs !== undefined && !SOURCES.some((name) => changedSince(builtAtMs, join(root, name)))) return;
  console.error("Building the dashboard for its tests …");
  const startedAt = new Date();
  const { build } = await import("vite");
  await build({ configFile: join(root, "dashboard/vite.config.ts"), logLevel: "warn", build: { outDir, emptyOutDir: true } });
  // What changes while it is built may be missing in it.
  utimesSync(page, startedAt, startedAt);
}
