import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Agent } from "undici";
import { freePort } from "../support/free-port.ts";
import { ADMIN, playgroundCredential, startTestServer } from "./start.ts";

const ROOT = join(import.meta.dirname, "../..");
let folder: string;
const children: ChildProcess[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "lever-stopping-"));
});
afterAll(() => {
  for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const endsAtMs = performance.now() + 40_000; performance.now() < endsAtMs; await sleep(50)) if (await holds()) return;
  throw new Error(`never happened: ${what}`);
}

const answers = (url: string) =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

/** A server as a process of its own, with a credential whose calls take two seconds. */
async function startProcess(name: string, command: readonly string[], cwd = ROOT) {
  const [port, playgroundPort] = [await freePort(), await freePort()];
  const { PATH = "", HOME = "" } = process.env;
  const env = {
    PATH,
    HOME,
    DATA_DIR: join(folder, name),
    PORT: `${port}`,
    PLAYGROUND_PORT: `${playgroundPort}`,
    ADMIN_TOKEN: ADMIN,
  };
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const url = `http://127.0.0.1:${port}`;
  await until(() => answers(`${url}/readyz`), "the server is ready");
  const headers = { authorization: `Bearer ${ADMIN}`, "content-type": "application/json" };
  const post = (address: string, body: unknown) => fetch(address, { method: "POST", headers, body: JSON.stringify(body) });
  expect((await post(`${url}/api/v1/credentials`, playgroundCredential("demo"))).status).toBe(201);
  await post(`http://127.0.0.1:${playgroundPort}/_playground/faults`, {
    match: { pathPattern: "stages" },
    action: { kind: "delay", delayBeforeMs: 2_000 },
  });
  return {
    child,
    url,
    /** A call that is under way at Lever. */
    async begun(): Promise<{ calling: Promise<Response> }> {
      const calling = post(`${url}/api/v1/operations/list_stages`, { credential: "demo", input: {} });
      calling.catch(() => {});
      const report = async () => {
        const answer = await fetch(`http://127.0.0.1:${playgroundPort}/_playground/requests`);
        return ((await answer.json()) as { inFlight: number }).inFlight;
      };
      await until(async () => (await report()) > 0, "the call reached the playground");
      return { calling };
    },
  };
}

describe("a server under load that is told to stop", () => {
  it("answers everything that reaches it, and resets no connection", async () => {
    const server = await startTestServer({ env: { PLAYGROUND: "off" } });
    const agent = new Agent({ connections: 300, pipelining: 1 });
    const told: Record<string, number> = {};
    let stopped = false;
    const caller = async () => {
      while (!stopped) {
        const outcome = await agent
          .request({
            origin: server.url,
            path: "/api/v1/connectors",
            method: "GET",
            headers: { authorization: `Bearer ${ADMIN}` },
          })
          .then(async ({ statusCode, body }) => {
            await body.text();
            return String(statusCode);
          })
          .catch((error: NodeJS.ErrnoException) => error.code ?? "unknown");
        told[outcome] = (told[outcome] ?? 0) + 1;
        if (outcome === "ECONNREFUSED") return;
      }
    };
    const callers = Array.from({ length: 300 }, caller);
    await until(() => (told["200"] ?? 0) > 1_000, "the load is there");
    await server.close();
    await Promise.race([Promise.all(callers), sleep(10_000, undefined, { ref: false })]);
    stopped = true;
    await agent.destroy();
    expect(Object.keys(told).sort()).toEqual(["200", "503", "ECONNREFUSED"]);
  });
});

const CLI = ["--import", "tsx", "cli/main.ts", "start"];

describe("a started server with a call under way", () => {
  it("finishes it although a second signal follows at once, as npm passes on what the terminal has sent already", async () => {
    const { child, begun } = await startProcess("twice", [process.execPath, ...CLI]);
    const { calling } = await begun();
    const closed = once(child, "close");
    child.kill("SIGINT");
    await sleep(200);
    child.kill("SIGINT");
    child.kill("SIGTERM");
    expect((await calling).status).toBe(200);
    expect((await closed)[0]).toBe(0);
  });

  it("ends at once where somebody insists", async () => {
    const { child, begun } = await startProcess("insists", [process.execPath, ...CLI]);
    const { calling } = await begun();
    const closed = once(child, "close");
    child.kill("SIGTERM");
    await sleep(1_100);
    child.kill("SIGTERM");
    expect((await closed)[0]).toBe(130);
    await expect(calling).rejects.toThrow();
  });

  it("finishes it and ends when npm, which started it, was told to end and is gone", async () => {
    const start = `cd '${ROOT}' && '${process.execPath}' ${CLI.join(" ")}`;
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "started", version: "1.0.0", scripts: { start } }));
    const { child, begun, url } = await startProcess("npm", ["npm", "start"], folder);
    const { calling } = await begun();
    child.kill("SIGTERM");
    expect((await calling).status).toBe(200);
    await until(async () => !(await answers(`${url}/healthz`)), "the server has ended");
  });
});

describe("idle connections", () => {
  it("are kept open for longer than load balancers keep them, or as long as is configured", async () => {
    for (const [env, seconds] of [
      [{}, "75"],
      [{ KEEP_ALIVE_SECONDS: "620" }, "620"],
    ] as const) {
      const server = await startTestServer({ env: { PLAYGROUND: "off", ...env } });
      expect((await fetch(`${server.url}/healthz`)).headers.get("keep-alive")).toBe(`timeout=${seconds}`);
      await server.close();
    }
  });
});
