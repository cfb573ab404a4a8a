import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { precompile } from "./precompile.ts";

/** `npm run bench [-- name …]`: compiles benchmarks and program as the build does, so that no loader is measured along, and runs them. */
const root = join(import.meta.dirname, "..");
const folder = join(root, ".cache/bench");
rmSync(folder, { recursive: true, force: true });
run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.bench.json"]);
precompile(root, join(folder, "validators"));
if (!process.env.MONGODB_URI && spawnSync("mongod", ["--version"]).status !== 0) run("bash", ["scripts/get-mongod.sh"]);
run(process.execPath, [join(folder, "bench/run.js"), ...process.argv.slice(2)]);

function run(command: string, args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
