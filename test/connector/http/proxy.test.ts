import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createExemptions } from "../../../connector/http/proxy.ts";
import { createSend, type Sender } from "../../../connector/http/send.ts";
import { judge } from "../../../connector/http/to-error.ts";
import { loadConnector } from "../../../connector/manifest.ts";
import { type ConnectProxy, connectProxy } from "../../support/connect-proxy.ts";
import { PRIVATE_CA } from "../../support/private-ca.ts";
import { answer, type RawServer, rawServer } from "./raw-server.ts";

const PASSWORD = "canary-of-the-proxy";
const GET = { method: "GET", path: "/stages" } as const;
let lever: Server;
let plain: RawServer;
let proxy: ConnectProxy;
let refusal: number | undefined;
let behind: () => number;

beforeAll(async () => {
  lever = createServer(PRIVATE_CA, (request, response) => {
    response.setHeader("content-type", "application/json").end(JSON.stringify({ host: request.headers.host, path: request.url }));
  });
  await new Promise<void>((resolve) => lever.listen(0, "127.0.0.1", resolve));
  plain = await rawServer((socket) => socket.write(answer('{"plain":true}')));
  proxy = await connectProxy(
    () => behind(),
    () => refusal,
  );
});
afterAll(async () => {
  lever.closeAllConnections();
  await new Promise((resolve) => lever.close(resolve));
  await Promise.all([plain.close(), proxy.close()]);
});
beforeEach(() => {
  proxy.asked.length = 0;
  refusal = undefined;
  behind = () => (lever.address() as AddressInfo).port;
});

const address = () => new URL(`http://user:${PASSWORD}%21@127.0.0.1:${proxy.port}`);

async function ask(base: string, { noProxy = "", connectTimeoutMs = 3_000 } = {}): Promise<Awaited<ReturnType<Sender["send"]>>> {
  const proxies = { https: address(), http: address(), noProxy };
  const sender = createSend({ ca: PRIVATE_CA.cert, connectTimeoutMs, proxies });
  try {
    return await sender.send(GET, { base, authorization: "Bearer x" });
  } finally {
    await sender.dispose();
  }
}

describe("a proxy", () => {
  it("leads to the service by a tunnel, and is shown its user and password", async () => {
    expect(await ask("https://api.lever.test/v1")).toMatchObject({
      answer: { status: 200, body: { host: "api.lever.test", path: "/v1/stages" } },
    });
    const authorization = `Basic ${Buffer.from(`user:${PASSWORD}!`).toString("base64")}`;
    expect(proxy.asked).toEqual([{ to: "api.lever.test:443", authorization }]);
    await ask("https://api.lever.test:8443/v1");
    expect(proxy.asked[1]?.to).toBe("api.lever.test:8443");
  });

  it("leads to a service without TLS as well", async () => {
    behind = () => Number(new URL(plain.base).port);
    expect(await ask("http://api.lever.test/v1")).toMatchObject({ answer: { body: { plain: true } } });
    expect(proxy.asked[0]?.to).toBe("api.lever.test:80");
  });

  it("is not asked for this machine, nor for what NO_PROXY names", async () => {
    expect(await ask(`https://127.0.0.1:${(lever.address() as AddressInfo).port}/v1`)).toMatchObject({ answer: { status: 200 } });
    expect(await ask("https://api.lever.test/v1", { noProxy: "lever.test" })).toMatchObject({ failure: { kind: "unreachable" } });
    expect(proxy.asked).toEqual([]);
  });

  it.each([407, 403, 502])("that answers %i is told from an unreachable service, and nothing was sent", async (status) => {
    refusal = status;
    const outcome = await ask("https://api.lever.test/v1");
    expect(outcome).toMatchObject({ failure: { kind: "proxy", arrived: "no" } });
    const verdict = judge(loadConnector().operation("list_stages"), outcome, {});
    expect(verdict).toMatchObject({ ok: false, arrived: "no", error: { code: "upstream_unreachable" } });
    if (verdict.ok) throw new Error("ok");
    const { message, cause } = verdict.error;
    expect(message).toContain("the proxy (HTTPS_PROXY) opened no connection");
    expect(String(cause)).toContain(String(status));
    expect(`${message} ${String(cause)} ${(cause as Error).stack}`).not.toMatch(/canary|127\.0\.0\.1/);
  });

  it("that answers nothing, or is not there, is given up in the time for a connection", async () => {
    refusal = 0;
    const started = performance.now();
    expect(await ask("https://api.lever.test/v1", { connectTimeoutMs: 200 })).toMatchObject({
      failure: { kind: "proxy", arrived: "no", cause: { message: expect.stringContaining("no answer in time") } },
    });
    expect(performance.now() - started).toBeLessThan(5_000);
    const sender = createSend({ proxies: { https: new URL("http://127.0.0.1:1") } });
    expect(await sender.send(GET, { base: "https://api.lever.test/v1", authorization: "x" })).toMatchObject({
      failure: { kind: "proxy", cause: { message: expect.stringContaining("ECONNREFUSED") } },
    });
    await sender.dispose();
  });

  it("does not vouch for the service: its certificate is checked behind the tunnel", async () => {
    const sender = createSend({ proxies: { https: address() } });
    expect(await sender.send(GET, { base: "https://api.lever.test/v1", authorization: "x" })).toMatchObject({
      failure: { kind: "tls", arrived: "no" },
    });
    await sender.dispose();
  });

  it("may itself be reached by TLS alone", async () => {
    const started = createSend({ proxies: { https: new URL(`https://127.0.0.1:${(lever.address() as AddressInfo).port}`) } });
    expect(await started.send(GET, { base: "https://api.lever.test/v1", authorization: "x" })).toMatchObject({
      failure: { kind: "proxy", cause: { message: expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT") } },
    });
    await started.dispose();
  });
});

describe("NO_PROXY", () => {
  it.each([
    ["lever.co", ["lever.co", "api.lever.co", "API.LEVER.CO."], ["notlever.co", "lever.co.example"]],
    [".lever.co", ["api.lever.co", "lever.co"], ["xlever.co"]],
    ["*.lever.co", ["api.lever.co"], ["xlever.co"]],
    ["a.example, b.example c.example", ["a.example", "b.example", "c.example"], ["d.example"]],
    ["10.0.0.0/8,192.168.1.7,fd00::/8", ["10.1.2.3", "192.168.1.7", "fd12::1"], ["11.0.0.1", "192.168.1.8", "fe80::1"]],
    ["10.0.0.0/99", [], ["10.0.0.1"]],
    ["*", ["anything.example", "8.8.8.8"], []],
    ["", ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "::1"], ["lever.co", "128.0.0.1", "notlocalhost"]],
  ])("%j", (noProxy, direct, proxied) => {
    const isExempt = createExemptions(noProxy);
    expect(direct.filter((host) => !isExempt(host, 443))).toEqual([]);
    expect(proxied.filter((host) => isExempt(host, 443))).toEqual([]);
  });

  it("may name one port", () => {
    const isExempt = createExemptions("lever.co:8443");
    expect([isExempt("api.lever.co", 8443), isExempt("api.lever.co", 443)]).toEqual([true, false]);
  });
});
