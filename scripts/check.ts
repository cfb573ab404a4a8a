import { spawn } from "node:child_process";
import { join } from "node:path";

/**
 * Everything that needs no running code: lint and format, types, generated files current, the arrows between the rooms, dead code,
 * the lock file. `npm run check -- --fix` lets the formatter write.
 */
const root = join(import.meta.dirname, "..");
const fix = process.argv.includes("--fix");

const checks: [name: string, ...command: string[]][] = [
  ["lint and format", "biome", "check", "--error-on-warnings", ...(fix ? ["--write"] : []), "."],
  // By default four checkers share the files, and each of them reads the declarations anew: that is a third more work.
  ["types", "tsc", "--noEmit", "--checkers", "1"],
  ["types of the dashboard", "tsc", "--noEmit", "--checkers", "1", "-p", "dashboard"],
  ["generated types", "tsx", "scripts/generate-types.ts", ...(fix ? [] : ["--check"])],
  ["generated pages", "tsx", "scripts/generate-pages.ts", ...(fix ? [] : ["--check"])],
  ["architecture", "depcruise", "--config", ".dependency-cruiser.cjs", "--output-type", "err", "."],
  ["architecture of pages", "tsx", "scripts/check-page-imports.ts"],
  ["dead code", "knip"],
  ["lock file", "tsx", "scripts/check-lock.ts"],
];

// Most keep one processor busy. What the formatter writes is read by the others only once it is written.
const AT_ONCE = fix ? 1 : 2;
let failed = 0;
await Promise.all(Array.from({ length: AT_ONCE }, work));
process.exit(failed === 0 ? 0 : 1);

async function work(): Promise<void> {
  for (let next = checks.shift(); next !== undefined; next = checks.shift()) {
    const [name, tool, ...args] = next;
    const { code, output, seconds } = await run(tool as string, args);
    console.log(`${code === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
    if (code === 0) continue;
    failed += 1;
    console.log(output);
  }
}

function run(tool: string, args: string[]): Promise<{ code: number; output: string; seconds: string }> {
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(join(root, "node_modules/.bin", tool), args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", (error) => resolve({ code: 1, output: String(error), seconds: "0" }));
    child.on("close", (code) => resolve({ code: code ?? 1, output, seconds: ((Date.now() - started) / 1000).toFixed(1) }));
  });
}
