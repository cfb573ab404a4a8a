import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createShares } from "../../server/http/shares.ts";
import { gate } from "../support/gate.ts";
import { signIn } from "./sign-in.ts";
import { ADMIN, playgroundCredential, startTestServer, type TestServer } from "./start.ts";

let server: TestServer;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server?.close();
});

/** A request whose body never ends, once its headers are sent. */
async function beginRequest(key: string, headers = "content-length: 100"): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(
    `POST /api/v1/operations/list_stages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\ncontent-type: application/json\r\n${headers}\r\n\r\n`,
  );
  return socket;
}

describe("requests that do not end", () => {
  it("keep nobody out: 2,050 of one narrow key leave other projects, the dashboard and the health served", async () => {
    server = await startTestServer({ env: { PLAYGROUND: "off" } });
    const narrow = await server.project("elsewhere", ["operations:read"]);
    for (let n = 0; n < 2_050; n += 205) await Promise.all(Array.from({ length: 205 }, () => beginRequest(narrow.key)));
    // Until the last of them has been read as far as it goes.
    const last = await beginRequest(narrow.key);
    last.write("x".repeat(100));
    expect(String((await once(last, "data"))[0])).toContain("HTTP/1.1 400");
    const mine = await server.project("mine");
    for (const key of [ADMIN, mine.key, narrow.key])
      expect((await server.call("GET", "/api/v1/connectors", { key })).status).toBe(200);
    expect((await server.call("POST", "/api/v1/projects", { key: ADMIN, body: { name: "made meanwhile" } })).status).toBe(201);
    expect((await server.call("GET", "/healthz")).status).toBe(200);
    expect((await server.call("GET", "/credentials", { headers: { accept: "text/html" } })).status).toBe(200);
    const person = await signIn(server);
    expect((await person.call("GET", "/api/v1/credentials")).status).toBe(200);
  });

  it("take no more memory than their caller's share, and are told so at once", async () => {
    server = await startTestServer({ env: { PLAYGROUND: "off" }, limits: { work: 100, bodyBytes: 1_000_000 } });
    const narrow = await server.project("elsewhere", ["operations:read"]);
    const second = await server.key(narrow.id, "operations:read");
    // A caller alone may have a third of it under way, and a body of unknown length may be one of 256 kB.
    await beginRequest(narrow.key, "transfer-encoding: chunked");
    const refused = await beginRequest(narrow.key, "transfer-encoding: chunked");
    expect(String((await once(refused, "data"))[0])).toMatch(/HTTP\/1\.1 429[\s\S]*too_many_requests/);
    const ok = { key: second, body: { credential: "none" } };
    expect((await server.call("POST", "/api/v1/operations/list_stages", ok)).status).toBe(404);
    expect((await server.call("POST", "/api/v1/projects", { key: ADMIN, body: { name: "made meanwhile" } })).status).toBe(201);
    for (const socket of sockets.splice(0)) socket.destroy();
    for (let n = 0, status = "429"; status !== "422"; n++) {
      if (n > 0) await sleep(20);
      expect(n).toBeLessThan(200);
      const again = await beginRequest(narrow.key, "transfer-encoding: chunked");
      again.write("0\r\n\r\n");
      status = String((await once(again, "data"))[0]).slice(9, 12);
    }
  });
});

describe("more calls than a caller's share", () => {
  it("are refused with a time to come again; other callers, other projects and people are served meanwhile", async () => {
    server = await startTestServer({ limits: { work: 30, bodyBytes: 10_000_000 } });
    server.playground?.playground.faults.add([
      { match: { pathPattern: "stages" }, action: { kind: "delay", delayBeforeMs: 1_500 } },
    ]);
    const greedy = await server.project("greedy");
    const second = await server.key(greedy.id, "admin");
    await server.call("POST", "/api/v1/credentials", { key: greedy.key, body: playgroundCredential("demo") });
    const call = (key: string) =>
      server.call("POST", "/api/v1/operations/list_stages", { key, body: { credential: "demo", input: {} } });
    const calls = Array.from({ length: 11 }, () => call(greedy.key));
    const refused = await Promise.race(calls);
    expect(refused.body).toMatchObject({ status: 429, code: "too_many_requests", retryable: true });
    expect(refused.headers.get("retry-after")).toBe("2");
    const other = await server.project("other");
    for (const key of [second, other.key, ADMIN])
      expect((await server.call("GET", "/api/v1/credentials", { key })).status).toBe(200);
    expect((await server.call("GET", "/api/v1/credentials", { key: greedy.key })).status).toBe(429);
    expect((await (await signIn(server)).call("GET", "/api/v1/credentials")).status).toBe(200);
    const statuses = (await Promise.all(calls)).map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(10).fill(200), 429]);
    expect((await server.call("GET", "/api/v1/credentials", { key: greedy.key })).status).toBe(200);
  });
});

describe("a caller that hangs up while its key is looked up", () => {
  it("leaves no place taken", async () => {
    server = await startTestServer({ env: { PLAYGROUND: "off" }, limits: { work: 3, bodyBytes: 10_000_000 } });
    const { apiKeys } = server.services;
    const { key } = await server.project("alone");
    const authenticate = apiKeys.authenticate;
    const [asked, answered] = [gate(), gate()];
    Object.assign(apiKeys, {
      async authenticate(shown: string) {
        asked.open();
        await answered.opened;
        return authenticate(shown);
      },
    });
    const { hostname, port } = new URL(server.url);
    const socket = connect(Number(port), hostname);
    socket.write(`GET /api/v1/connectors HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\n\r\n`);
    await asked.opened;
    socket.destroy();
    // Logged when the connection's end is known.
    while (!server.logged.some((line) => line.includes('"msg":"request"'))) await sleep(10);
    answered.open();
    Object.assign(apiKeys, { authenticate });
    for (let n = 0; n < 3; n++) expect((await server.call("GET", "/api/v1/connectors", { key })).status).toBe(200);
  });
});

describe("shares", () => {
  const takeAll = (shares: ReturnType<typeof createShares>, project: string, id: string) => {
    const held: (() => void)[] = [];
    for (let one = shares.take({ project, id }); one; one = shares.take({ project, id })) held.push(one);
    return held;
  };

  it("are a third for a caller alone and half for a project of many callers", () => {
    expect(takeAll(createShares(6_000), "a", "1")).toHaveLength(2_000);
    const shares = createShares(6_000);
    const held = Array.from({ length: 100 }, (_, i) => takeAll(shares, "a", String(i)).length);
    expect(held.reduce((sum, count) => sum + count)).toBe(2_999);
  });

  it("leave something for the next project, however many want everything", () => {
    const shares = createShares(1_000);
    for (let project = 0; project < 8; project++) {
      const counts = Array.from({ length: 20 }, (_, i) => takeAll(shares, `p${project}`, String(i)).length);
      expect([project, (counts[0] ?? 0) > 0]).toEqual([project, true]);
    }
  });

  it("are there again when they are given back, once each", () => {
    const shares = createShares(30);
    const [first, ...rest] = takeAll(shares, "a", "1");
    expect(rest).toHaveLength(9);
    first?.();
    first?.();
    expect(takeAll(shares, "a", "1")).toHaveLength(1);
    for (const release of rest) release();
    expect(takeAll(shares, "a", "1")).toHaveLength(9);
  });

  it("count amounts", () => {
    const shares = createShares(30);
    expect(shares.take({ project: "a", id: "1" }, 11)).toBeUndefined();
    const release = shares.take({ project: "a", id: "1" }, 10);
    expect(shares.take({ project: "a", id: "1" })).toBeUndefined();
    release?.();
    expect(shares.take({ project: "a", id: "1" }, 10)).toBeDefined();
  });
});
