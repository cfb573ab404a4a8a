import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Client } from "undici";
import { startTestServer, type TestServer } from "./start.ts";

const BUILD = join(import.meta.dirname, "../fixtures/dashboard");
const PAGES = [
  "/",
  "/marketplace",
  "/marketplace/lever",
  "/credentials",
  "/credentials/cred_x?consent=connected",
  "/operations",
  "/operations/list_stages",
  "/settings",
  "/settings/keys",
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe("the dashboard's page", () => {
  it.each(PAGES)(
    "is at %s, with a policy that allows our own scripts alone and styles by a nonce of this answer",
    async (path) => {
      const answer = await server.call("GET", path);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      const nonce = /name="csp-nonce" content="([A-Za-z0-9+/]{22}==)"/.exec(answer.text)?.[1];
      expect(answer.headers.get("content-security-policy")).toBe(
        "default-src 'none'; script-src 'self'; " +
          `style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; ` +
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      const again = await server.call("GET", path);
      expect(again.text).not.toContain(nonce);
    },
  );

  it("keeps the other headers of all answers", async () => {
    const { headers } = await server.call("GET", "/");
    expect([headers.get("x-content-type-options"), headers.get("x-frame-options"), headers.get("referrer-policy")]).toEqual([
      "nosniff",
      "DENY",
      "same-origin",
    ]);
  });

  it("is nowhere else", async () => {
    for (const path of ["/nothing", "/Marketplace", "/credentials//", "/credentials/a/b", "/settings/keys/x", "/index.html"])
      expect([path, (await server.call("GET", path)).body?.code]).toEqual([path, "not_found"]);
    for (const path of PAGES) expect((await server.call("POST", path)).body.code).toBe("method_not_allowed");
  });

  it("is found with a slash at the end of its address too", async () => {
    for (const [path, target] of [
      ["/credentials/", "/credentials"],
      ["/marketplace/lever/", "/marketplace/lever"],
      ["/credentials/cred_x/?consent=connected", "/credentials/cred_x?consent=connected"],
      ["/settings/keys/?a=b/", "/settings/keys?a=b/"],
    ] as const) {
      const answer = await server.call("GET", path);
      expect([path, answer.status, answer.headers.get("location")]).toEqual([path, 308, target]);
    }
    expect((await server.call("GET", "/?a=b/")).status).toBe(200);
  });

  it("is visited by one name of this machine alone, so that a consent ends where somebody is signed in", async () => {
    const { port } = new URL(server.services.publicUrl);
    const visit = (host: string, path = "/credentials?add", headers = {}) =>
      server.call("GET", path, { headers: { host, accept: "text/html,*/*;q=0.8", ...headers } });
    for (const path of ["/credentials?add", "/access?token=x", "/oauth/lever/playground/start?ticket=x", "/"]) {
      const answer = await visit(`localhost:${port}`, path);
      expect([answer.status, answer.headers.get("location")]).toEqual([307, `${server.services.publicUrl}${path}`]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
    }
    expect((await visit(`[::1]:${port}`)).status).toBe(307);
    for (const host of [`127.0.0.1:${port}`, "localhost:1", `lever.example:${port}`, "localhost:99999"])
      expect([host, (await visit(host)).status]).toEqual([host, 200]);
    expect((await visit(`localhost:${port}`, "/session", { accept: "*/*" })).status).toBe(200);
    expect((await visit(`localhost:${port}`, "/access", { accept: "text/html" })).status).toBe(307);
    const posted = await server.call("POST", "/sign-out", { headers: { host: `localhost:${port}`, accept: "text/html" } });
    expect(posted.status).toBe(401);
    const elsewhere = await startTestServer({ env: { PLAYGROUND: "off", PUBLIC_URL: "http://lever.example:3000" } });
    expect((await elsewhere.call("GET", "/", { headers: { host: "localhost:3000", accept: "text/html" } })).status).toBe(200);
    await elsewhere.close();
  });

  it("says what to do where it was not built, and is found once it is", async () => {
    const dashboardDir = join(mkdtempSync(join(tmpdir(), "lever-dashboard-")), "dashboard");
    const unbuilt = await startTestServer({ env: { PLAYGROUND: "off" }, dashboardDir });
    const before = await unbuilt.call("GET", "/credentials");
    expect([before.status, before.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
    expect(before.text).toContain("npm run build");
    expect((await unbuilt.call("GET", "/assets/main-a1b2c3.js")).status).toBe(404);
    cpSync(BUILD, dashboardDir, { recursive: true });
    expect((await unbuilt.call("GET", "/credentials")).text).toContain("main-a1b2c3.js");
    rmSync(dashboardDir, { recursive: true });
    expect((await unbuilt.call("GET", "/assets/main-a1b2c3.js")).status).toBe(200);
    await unbuilt.close();
  });
});

describe("the dashboard's files", () => {
  let wire: Client;
  beforeAll(() => {
    wire = new Client(server.url);
  });
  afterAll(() => wire.close());

  /** The bytes as they are sent; the path too is sent as it is. */
  async function load(path: string, headers: Record<string, string> = {}, method: "GET" | "HEAD" = "GET") {
    const answer = await wire.request({ path, method, headers });
    return { status: answer.statusCode, headers: answer.headers, bytes: Buffer.from(await answer.body.arrayBuffer()) };
  }

  const file = (name: string) => readFileSync(join(BUILD, "assets", name));

  it.each([
    ["main-a1b2c3.js", "text/javascript; charset=utf-8"],
    ["main-d4e5f6.css", "text/css; charset=utf-8"],
    ["text-778899.woff2", "font/woff2"],
  ])("%s is %s, to be kept for ever", async (name, type) => {
    const { status, headers, bytes } = await load(`/assets/${name}`);
    expect([status, headers["content-type"]]).toEqual([200, type]);
    expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    expect(headers["content-encoding"]).toBeUndefined();
    expect(bytes).toEqual(file(name));
    const head = await load(`/assets/${name}`, {}, "HEAD");
    expect([head.status, head.headers["content-length"], head.bytes.length]).toEqual([200, String(bytes.length), 0]);
  });

  it.each([
    ["gzip, deflate, br, zstd", "br", brotliDecompressSync],
    ["gzip", "gzip", gunzipSync],
    ["br;q=0, gzip", "gzip", gunzipSync],
    ["*", "br", brotliDecompressSync],
    ["deflate", undefined, (bytes: Buffer) => bytes],
    ["", undefined, (bytes: Buffer) => bytes],
  ] as const)("are compressed as Accept-Encoding %j allows", async (accepted, encoding, open) => {
    for (let i = 0; i < 2; i++) {
      const { headers, bytes } = await load("/assets/main-a1b2c3.js", { "accept-encoding": accepted });
      expect([headers["content-encoding"], headers.vary]).toEqual([encoding, "Accept-Encoding"]);
      expect(open(bytes)).toEqual(file("main-a1b2c3.js"));
    }
  });

  it("are not compressed where that gains nothing", async () => {
    const { headers, bytes } = await load("/assets/text-778899.woff2", { "accept-encoding": "br, gzip" });
    expect([headers["content-encoding"], headers.vary]).toEqual([undefined, undefined]);
    expect(bytes).toEqual(file("text-778899.woff2"));
  });

  it.each([
    "/assets/",
    "/assets",
    "/assets/none.js",
    "/assets/MAIN-a1b2c3.js",
    "/assets/../index.html",
    "/assets/..%2findex.html",
    "/assets/%2e%2e%2findex.html",
    "/assets/..%5cindex.html",
    "/assets/.",
    "/assets/..",
    "/assets/%00",
    "/assets/main-a1b2c3.js%00.css",
    "/assets/main-a1b2c3.js/",
    "/assets/%2fetc%2fpasswd",
    "/assets//etc/passwd",
    "/assets/__proto__",
    "/assets/%c0%ae",
  ])("are none at %s", async (path) => {
    const { status, headers } = await load(path);
    expect([status, headers["content-type"]]).toEqual([404, "application/problem+json; charset=utf-8"]);
  });
});
