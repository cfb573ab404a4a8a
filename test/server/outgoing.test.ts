import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type ConnectProxy, connectProxy } from "../support/connect-proxy.ts";
import { PRIVATE_CA } from "../support/private-ca.ts";

const PASSWORD = "canary-of-the-proxy";
let folder: string;
let services: Server;
let proxy: ConnectProxy;

/** Lever, its token endpoint and a sign-in provider in one, with a certificate of a private authority. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lever-connector-outgoing-"));
  writeFileSync(join(folder, "ca.pem"), PRIVATE_CA.cert);
  services = createServer(PRIVATE_CA, (request, response) => {
    const issuer = `https://${request.headers.host}`;
    const bodies: Readonly<Record<string, unknown>> = {
      "/oauth/token": { access_token: "t", token_type: "Bearer", expires_in: 3600 },
      "/.well-known/openid-configuration": {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
      },
    };
    const path = new URL(request.url ?? "/", issuer).pathname;
    response.setHeader("content-type", "application/json").end(JSON.stringify(bodies[path] ?? { data: [], hasNext: false }));
  });
  await new Promise<void>((resolve) => services.listen(0, "127.0.0.1", resolve));
  proxy = await connectProxy(() => (services.address() as AddressInfo).port);
});
afterAll(async () => {
  services.closeAllConnections();
  await new Promise((resolve) => services.close(resolve));
  await proxy.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  proxy.asked.length = 0;
});

async function run(env: Record<string, string>, host: (name: string) => string) {
  const api = `https://${host("api")}/v1`;
  const here = { api, authorize: `${api}/authorize`, token: `${api}/token`, audience: `${api}/` };
  writeFileSync(join(folder, "environments.json"), JSON.stringify({ here }));
  const child = spawn(
    process.execPath,
    ["--import", "tsx", join(import.meta.dirname, "child-outgoing.ts"), host("auth"), host("login")],
    {
      env: {
        PATH: process.env.PATH,
        DATA_DIR: mkdtempSync(join(folder, "data-")),
        PLAYGROUND: "off",
        ENVIRONMENTS_FILE: join(folder, "environments.json"),
        ...env,
      },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const out = await text(child.stdout);
  return { ...(JSON.parse(out) as { outcomes: Record<string, string>; logged: string[] }), out };
}

const ALL_OK = { api: "ok", token: "ok", oidc: "ok", fetch: "ok" };
const here = () => `127.0.0.1:${(services.address() as AddressInfo).port}`;

describe("every client that leaves the machine", () => {
  it.each(["HTTPS_PROXY", "https_proxy"])(
    "goes through %s, and neither logs nor tells its password",
    async (variable) => {
      const env = {
        NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
        [variable]: `http://user:${PASSWORD}@127.0.0.1:${proxy.port}`,
      };
      const { outcomes, out } = await run(env, (name) => `${name}.lever.test`);
      expect(outcomes).toEqual(ALL_OK);
      expect(new Set(proxy.asked.map(({ to }) => to))).toEqual(
        new Set(["api.lever.test:443", "auth.lever.test:443", "login.lever.test:443"]),
      );
      expect(out).not.toContain(PASSWORD);
    },
    60_000,
  );

  it("goes past it where NO_PROXY says so", async () => {
    const env = {
      NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
      HTTPS_PROXY: `http://user:${PASSWORD}@127.0.0.1:${proxy.port}`,
      NO_PROXY: "api.lever.test,.auth.lever.test",
    };
    const { outcomes, out } = await run(env, (name) => `${name}.lever.test`);
    expect(outcomes).toMatchObject({ oidc: "ok", fetch: "ok" });
    for (const { to } of proxy.asked) expect(to).toBe("login.lever.test:443");
    expect([outcomes.api, outcomes.token].map((outcome) => outcome?.split(":")[0])).toEqual([
      "upstream_unreachable",
      "oauth_exchange_failed",
    ]);
    expect(out).not.toContain(PASSWORD);
  }, 60_000);

  it("does not tell the proxy's password where there is no proxy", async () => {
    const { outcomes, out } = await run({ HTTPS_PROXY: `http://user:${PASSWORD}@127.0.0.1:1` }, (name) => `${name}.lever.test`);
    expect(Object.values(outcomes).filter((outcome) => outcome === "ok")).toEqual([]);
    expect(outcomes.api).toContain("the proxy (HTTPS_PROXY) opened no connection to the service");
    expect(out).not.toContain(PASSWORD);
  }, 60_000);

  it("trusts a private authority by NODE_EXTRA_CA_CERTS, and only then", async () => {
    expect((await run({ NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") }, here)).outcomes).toEqual(ALL_OK);
    const { outcomes } = await run({}, here);
    expect(Object.values(outcomes).filter((outcome) => outcome === "ok")).toEqual([]);
    expect(outcomes.api).toMatch(/^upstream_unreachable: .*no secure connection/);
  }, 60_000);
});
