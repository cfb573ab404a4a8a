import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startPlayground } from "../../playground/index.ts";
import { startTestServer, type TestServer } from "../server/start.ts";
import { freePort } from "../support/free-port.ts";
import { makeStore, runCli } from "./run-cli.ts";

const root = join(import.meta.dirname, "../..");

/** The command line as a process of its own, from source. */
function spawnCli(
  args: readonly string[],
  env: Record<string, string>,
): ChildProcess & { readonly text: { out: string; err: string } } {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", "cli/main.ts", ...args], { cwd: root, env: { PATH, HOME, ...env } });
  const text = { out: "", err: "" };
  child.stdout?.on("data", (chunk) => (text.out += chunk));
  child.stderr?.on("data", (chunk) => (text.err += chunk));
  return Object.assign(child, { text });
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const endsAtMs = Date.now() + 15_000; Date.now() < endsAtMs; await sleep(50)) if (await holds()) return;
  throw new Error(`never happened: ${what}`);
}

describe("as a process", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "lever-cli-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("ends with 130 soon after Ctrl-C in a running call, with nothing on stdout", async () => {
    const slow = await startPlayground({ port: 0, opportunities: 5 });
    const env = { DATA_DIR: join(folder, "slow"), PLAYGROUND_PORT: new URL(slow.url).port };
    await makeStore(env);
    await runCli(
      ["credentials", "add", "--nickname", "Main", "--environment", "playground", "--api-key", "playground", "--no-test"],
      { env },
    );
    await fetch(`${slow.url}/_playground/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ match: { pathPattern: "stages" }, action: { kind: "delay", delayBeforeMs: 60_000 } }),
    });
    const call = spawnCli(["operations", "run", "list_stages", "--credential", "Main"], env);
    await until(
      () => slow.playground.requests.report(0).count > 0 && slow.playground.requests.report(0).inFlight > 0,
      "the call reached the playground",
    );
    const startedAtMs = Date.now();
    call.kill("SIGINT");
    const [code] = await once(call, "close");
    await slow.close();
    expect({ code, out: call.text.out }).toEqual({ code: 130, out: "" });
    expect(call.text.err).toContain("(cancelled)");
    expect(Date.now() - startedAtMs).toBeLessThan(3_000);
  });

  it("ends with 0 and without a word where the reader of its output has left", async () => {
    const listing = spawnCli(["operations", "list", "--json"], {});
    listing.stdout?.destroy();
    const [code] = await once(listing, "close");
    expect({ code, err: listing.text.err }).toEqual({ code: 0, err: "" });
  });

  it("starts the server, lets the command line work on its store meanwhile, and drains on SIGTERM with 0", async () => {
    const env = {
      DATA_DIR: join(folder, "served"),
      PORT: String(await freePort()),
      PLAYGROUND_PORT: String(await freePort()),
      ADMIN_TOKEN: "admin-token-of-the-tests",
    };
    const server = spawnCli(["start"], env);
    const closed = once(server, "close");
    const url = `http://127.0.0.1:${env.PORT}`;
    await until(
      () =>
        fetch(`${url}/readyz`).then(
          (answer) => answer.ok,
          () => false,
        ),
      "the server is ready",
    );
    await until(() => server.text.out.includes("lever-connector is running"), "the server says what to do next");
    expect(
      await runCli(["credentials", "add", "--nickname", "Both", "--environment", "playground", "--api-key", "playground"], {
        env,
      }),
    ).toMatchObject({ code: 0 });
    const listed = await fetch(`${url}/api/v1/credentials`, { headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` } });
    const viaApi = (await listed.json()) as { data: unknown[] };
    expect(viaApi.data).toMatchObject([{ nickname: "Both", status: "healthy" }]);
    expect((await runCli(["credentials", "list", "--json"], { env })).json()).toEqual(viaApi);
    server.kill("SIGTERM");
    expect((await closed)[0]).toBe(0);
  });

  it("tells a taken port as a matter of configuration", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    expect(await runCli(["playground", "--port", String(port)], { env: {} })).toMatchObject({
      code: 6,
      err: expect.stringContaining("--port"),
    });
    taken.close();
  });

  it("runs the playground alone until it is told to stop", async () => {
    const stop = new AbortController();
    let url = "";
    const running = runCli(["playground", "--port", "0", "--opportunities", "12"], {
      env: {},
      signal: stop.signal,
      onOutput: (text) => (url ||= /http:\S+/.exec(text)?.[0] ?? ""),
    });
    await until(() => url !== "", "the playground tells its address");
    const answer = await fetch(`${url}/v1/stages`, {
      headers: { authorization: `Basic ${Buffer.from("playground:").toString("base64")}` },
    });
    expect(answer.status).toBe(200);
    stop.abort();
    expect(await running).toMatchObject({ code: 0 });
    await expect(fetch(url)).rejects.toThrow();
  });
});

describe("credentials by consent", () => {
  let server: TestServer;
  let env: Record<string, string>;
  beforeAll(async () => {
    server = await startTestServer({ playground: { autoApprove: true } });
    env = {
      DATA_DIR: server.dataDir,
      PORT: new URL(server.url).port,
      PLAYGROUND_PORT: new URL(server.playground?.url ?? "").port,
    };
  });
  afterAll(() => server.close());

  /** What a browser does: opens the address, presses the button, follows to Lever and back; `refuse` is what a person may do there. */
  async function consent(address: string, { refuse = false } = {}): Promise<number> {
    const shown = await fetch(address);
    const cookie = (shown.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const pressed = await fetch(address, {
      method: "POST",
      redirect: "manual",
      headers: { cookie, origin: new URL(address).origin },
    });
    const authorize = new URL(pressed.headers.get("location") ?? "");
    if (refuse) {
      const { origin, pathname } = new URL(authorize.searchParams.get("redirect_uri") ?? "");
      const state = authorize.searchParams.get("state");
      return (await fetch(`${origin}${pathname}?error=access_denied&state=${state}`, { headers: { cookie } })).status;
    }
    const granted = await fetch(authorize, { redirect: "manual" });
    return (await fetch(granted.headers.get("location") ?? "", { headers: { cookie } })).status;
  }

  /** Runs a command that prints an address, gives consent there, and waits for the command's end. */
  async function runWithConsent(args: readonly string[], { refuse = false } = {}) {
    let address = "";
    const running = runCli(args, { env, onOutput: (text) => (address ||= /http:\S+\/start\?ticket=\S+/.exec(text)?.[0] ?? "") });
    await until(() => address !== "", "the address is printed");
    expect(await consent(address, { refuse })).toBe(refuse ? 403 : 200);
    return running;
  }

  it("prints the address, waits, and ends when the consent is given", async () => {
    const added = await runWithConsent([
      "credentials",
      "add",
      "--nickname",
      "OAuth",
      "--environment",
      "playground",
      "--oauth",
      "--json",
    ]);
    expect(added.code).toBe(0);
    expect(added.json()).toMatchObject({ nickname: "OAuth", auth: "oauth2", scopes: expect.arrayContaining(["offline_access"]) });
    expect(added.json().status).not.toBe("pending");
    expect(await runCli(["operations", "run", "list_stages", "--credential", "OAuth"], { env })).toMatchObject({ code: 0 });
  });

  it("reconnects one: id and nickname stay", async () => {
    const before = (await runCli(["credentials", "list", "--json"], { env })).json<{ data: { id: string }[] }>().data[0];
    const again = await runWithConsent(["credentials", "reconnect", "OAuth", "--json"]);
    expect(again.json()).toMatchObject({ id: before?.id, nickname: "OAuth" });
  });

  it("ends with the reason as soon as the consent is refused in the browser, and another one can be given", async () => {
    const add = ["credentials", "add", "--nickname", "Refused", "--environment", "playground", "--oauth"];
    const startedAtMs = performance.now();
    expect(await runWithConsent(add, { refuse: true })).toMatchObject({
      code: 4,
      err: expect.stringMatching(/Lever was told not to grant access\. \(oauth_denied\)\n.*credentials reconnect/),
    });
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
    expect(await runWithConsent(["credentials", "reconnect", "Refused"])).toMatchObject({ code: 0 });
  });

  it("stops waiting on Ctrl-C and leaves the credential pending; without waiting it prints the address alone", async () => {
    const stop = new AbortController();
    const waiting = runCli(["credentials", "add", "--nickname", "Later", "--environment", "playground", "--oauth"], {
      env,
      signal: stop.signal,
      onOutput: (text) => text.includes("/start?ticket=") && setTimeout(() => stop.abort(), 100),
    });
    expect(await waiting).toMatchObject({ code: 130 });
    expect(await runCli(["operations", "run", "list_stages", "--credential", "Later"], { env })).toMatchObject({
      code: 4,
      err: expect.stringContaining("credential_pending"),
    });
    expect((await runCli(["credentials", "reconnect", "Later", "--no-wait"], { env })).out).toMatch(
      /^http:\S+\/start\?ticket=\S+\n$/,
    );
  });

  it("saves nothing where no consent can begin", async () => {
    const refused = await runCli(["credentials", "add", "--nickname", "Prod", "--environment", "production", "--oauth"], { env });
    expect(refused).toMatchObject({ code: 6, out: "", err: expect.stringContaining("LEVER_CLIENT_ID") });
    expect((await runCli(["credentials", "list"], { env })).out).not.toContain("Prod");
  });

  it("warns where no server answers at the address", async () => {
    const away = { ...env, PORT: String(await freePort()) };
    const added = await runCli(
      ["credentials", "add", "--nickname", "Away", "--environment", "playground", "--oauth", "--no-wait"],
      { env: away },
    );
    expect(added).toMatchObject({ code: 0, err: expect.stringContaining("no server answers") });
  });
});
