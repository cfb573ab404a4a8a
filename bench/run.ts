import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../connector/package-root.ts";
import type { Row, Scenario } from "./row.ts";
import { httpRoute } from "./scenarios/http-route.ts";
import { inProcess } from "./scenarios/in-process.ts";
import { manyCredentials } from "./scenarios/many-credentials.ts";
import { pages } from "./scenarios/pages.ts";
import { rateBudget } from "./scenarios/rate-budget.ts";
import { start } from "./scenarios/start.ts";
import { workflows } from "./scenarios/workflows.ts";

/**
 * `npm run bench [-- name …]`: all scenarios or those named, contestants side by side in one run, medians of interleaved rounds. Figures of
 * different runs must not be compared; ratios may. Prints a table and writes bench/results.json. docs/performance.md explains each line.
 */
const SCENARIOS: readonly Scenario[] = [inProcess, httpRoute, pages, start, manyCredentials, rateBudget, workflows];
const ROUNDS = { roundMs: 2000, rounds: 7 };

const names = process.argv.slice(2);
const unknown = names.filter((name) => !SCENARIOS.some((scenario) => scenario.name === name));
if (unknown.length > 0) {
  console.error(`unknown: ${unknown.join(", ")}; known are ${SCENARIOS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}

const rows: Row[] = [];
for (const scenario of SCENARIOS) {
  if (names.length > 0 && !names.includes(scenario.name)) continue;
  console.error(`${scenario.name} …`);
  rows.push(...(await scenario.run(ROUNDS)));
}
console.table(rows.map((row) => ({ ...row, value: Number(row.value.toFixed(2)), met: row.met ? "yes" : "NO" })));
const machine = {
  node: process.version,
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  load: loadavg()[0],
  at: new Date().toISOString(),
};
writeFileSync(join(packageRoot(), "bench/results.json"), `${JSON.stringify({ machine, ...ROUNDS, rows }, null, 2)}\n`);
process.exit(0);
