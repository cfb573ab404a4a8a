import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../connector/package-root.ts";
import { freePort } from "../../test/support/free-port.ts";
import { median } from "../measure.ts";
import { atMost, type Scenario } from "../row.ts";

const ROOT = packageRoot();
const TOKEN = "bench-token-of-32-characters-long";

/** From starting the built program to its first answer of the API. */
export const start: Scenario = {
  name: "start",
  async run({ rounds }) {
    const built = spawnSync("npm", ["run", "--silent", "build"], { cwd: ROOT, stdio: "inherit" });
    if (built.status !== 0) throw new Error("the build failed");
    const folder = mkdtempSync(join(tmpdir(), "lever-bench-"));
    const times: number[] = [];
    for (let round = 0; round <= rounds; round += 1) times.push(await startOnce(folder, await freePort()));
    rmSync(folder, { recursive: true, force: true });
    const ms = median(times.slice(1));
    return [atMost("start, built, embedded store, to the first answered request, s", "-", `${ms.toFixed(0)} ms`, ms / 1000, 1)];
  },
};

async function startOnce(folder: string, port: number): Promise<number> {
  const started = performance.now();
  const env = { ...process.env, DATA_DIR: folder, PORT: String(port), PLAYGROUND: "off", ADMIN_TOKEN: TOKEN };
  const server = spawn(process.execPath, [join(ROOT, "dist/cli/main.js"), "start"], { env, stdio: "ignore" });
  const deadline = started + 20_000;
  while (!(await answers(port))) {
    if (performance.now() > deadline) throw new Error("the server did not start");
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  const ms = performance.now() - started;
  server.kill("SIGKILL");
  await once(server, "close");
  return ms;
}

async function answers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/connectors`, { headers: { authorization: `Bearer ${TOKEN}` } });
    await response.text();
    return response.ok;
  } catch {
    return false; // not listening yet
  }
}
