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
    expect(proxy.asked).toEqual([{ to: "api.lever.test:443", host: "api.lever.test:443", authorization }]);
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
    for (let i = 0; i < 200 && proxy.open() > 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(proxy.open()).toBe(0);
    const { message, cause } = verdict.error;
    expect(message).toContain("the proxy (HTTPS_PROXY) opened no connection");
    expect(String(cause)).toContain(String(status));
    expect(`${message} ${String(cause)} ${(cause as Error).stack}`).not.toMatch(/canary|127\.0\.0\.1/);
  });

  it("is asked for the kind of address that it is set for, without user and password where it has none", async () => {
    const bare = new URL(`http://127.0.0.1:${proxy.port}`);
    const reach = async (proxies: { https?: URL; http?: URL }, base: string) => {
      const sender = createSend({ ca: PRIVATE_CA.cert, proxies, connectTimeoutMs: 500 });
      const outcome = await sender.send(GET, { base, authorization: "x" });
      await sender.dispose();
      return "answer" in outcome ? "answered" : outcome.failure.kind;
    };
    expect(await reach({ https: bare }, "https://api.lever.test/v1")).toBe("answered");
    expect(proxy.asked[0]?.authorization).toBeUndefined();
    expect(await reach({ https: bare }, "http://api.lever.test/v1")).toBe("unreachable");
    expect(await reach({ http: bare }, "https://api.lever.test/v1")).toBe("unreachable");
    expect(proxy.asked).toHaveLength(1);
    refusal = 403;
    expect(await reach({ https: bare }, "https://[2001:db8::1]/v1")).toBe("proxy");
    expect(proxy.asked[1]?.to).toBe("[2001:db8::1]:443");
  });

  it("is given no more time once its tunnel stands: what goes through takes its own", async () => {
    behind = () => Number(new URL(slow.base).port);
    const slow = await rawServer((socket) => void setTimeout(() => socket.write(answer('{"slow":true}')), 700));
    try {
      const outcome = await ask("http://api.lever.test/v1", { connectTimeoutMs: 250 });
      expect(outcome).toMatchObject({ answer: { body: { slow: true } } });
    } finally {
      await slow.close();
    }
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
    const sixth = createSend({ proxies: { https: new URL("http://[::1]:1") } });
    const outcome = await sixth.send(GET, { base: "https://api.lever.test/v1", authorization: "x" });
    // With or without IPv6 on this machine, an address is not looked up as a name.
    expect("failure" in outcome && String(outcome.failure.cause)).toMatch(/ECONNREFUSED|EADDRNOTAVAIL|ENETUNREACH|EAFNOSUPPORT/);
    await sixth.dispose();
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
