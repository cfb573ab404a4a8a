import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Client } from "undici";
import { ADMIN, startTestServer, type TestServer } from "./start.ts";

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

const accept = "text/html,*/*;q=0.8";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe("the dashboard's page", () => {
  it.each(PAGES)(
    "is at %s, with a policy that allows our own scripts alone and styles by a nonce of this answer",
    async (path) => {
      const answer = await server.call("GET", path, { headers: { accept } });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      expect(answer.headers.get("cache-control")).toBe("no-store");
      const nonce = /name="csp-nonce" content="([A-Za-z0-9+/]{22}==)"/.exec(answer.text)?.[1];
      expect(answer.headers.get("content-security-policy")).toBe(
        "default-src 'none'; script-src 'self'; " +
          `style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; ` +
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      const again = await server.call("GET", path, { headers: { accept } });
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

  it("is at every address that nothing else answers, for it knows its own pages", async () => {
    for (const path of ["/nothing", "/settings/keys/x", "/workflows/w_1/runs?page=2", "/caf%C3%A9"])
      expect([path, (await server.call("GET", path, { headers: { accept } })).status]).toEqual([path, 200]);
    for (const path of PAGES) expect((await server.call("POST", path)).body.code).toBe("method_not_allowed");
  });

  it("is nowhere among files and programs' addresses, nor for a program that has mistyped one", async () => {
    for (const path of ["/index.html", "/.env", "/api", "/api/v2/x", "/oauth/x", "/assets/x", "//credentials", "/credentials//"])
      expect([path, (await server.call("GET", path, { headers: { accept } })).status]).toEqual([path, 404]);
    for (const path of ["/nothing", "/credentials"])
      for (const wanted of ["application/json", "*/*"])
        expect((await server.call("GET", path, { headers: { accept: wanted } })).body.code).toBe("not_found");
    expect((await server.call("GET", "/", { headers: { accept: "*/*" } })).status).toBe(200);
  });

  it("never leads to another host by a slash too many", async () => {
    for (const path of ["//evil.example/", "/\\evil.example/", "/%2F%2Fevil.example/", "/%5Cevil/"]) {
      const answer = await server.call("GET", path, { headers: { accept } });
      const target = new URL(answer.headers.get("location") ?? "/", server.url);
      expect([path, target.origin]).toEqual([path, new URL(server.url).origin]);
    }
  });

  it("is found with a slash at the end of its address too", async () => {
    for (const [path, target] of [
      ["/credentials/", "/credentials"],
      ["/marketplace/lever/", "/marketplace/lever"],
      ["/credentials/cred_x/?consent=connected", "/credentials/cred_x?consent=connected"],
      ["/settings/keys/?a=b/", "/settings/keys?a=b/"],
    ] as const) {
      const answer = await server.call("GET", path, { headers: { accept } });
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
    const before = await unbuilt.call("GET", "/credentials", { headers: { accept } });
    expect([before.status, before.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
    expect(before.text).toContain("npm run build");
    expect((await unbuilt.call("GET", "/assets/main-a1b2c3.js")).status).toBe(404);
    cpSync(BUILD, dashboardDir, { recursive: true });
    expect((await unbuilt.call("GET", "/credentials", { headers: { accept } })).text).toContain("main-a1b2c3.js");
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

describe("a connector's manifest", () => {
  const at = "/api/v1/connectors/lever";
  let wire: Client;
  beforeAll(() => {
    wire = new Client(server.url);
  });
  afterAll(() => wire.close());

  async function load(headers: Record<string, string> = {}, method: "GET" | "HEAD" = "GET", path = at) {
    const answer = await wire.request({ path, method, headers: { authorization: `Bearer ${ADMIN}`, ...headers } });
    return { status: answer.statusCode, headers: answer.headers, bytes: Buffer.from(await answer.body.arrayBuffer()) };
  }

  it.each([
    ["gzip, deflate, br", "br", brotliDecompressSync],
    ["gzip", "gzip", gunzipSync],
    ["", undefined, (bytes: Buffer) => bytes],
  ] as const)("is compressed as Accept-Encoding %j allows, to less than a quarter", async (accepted, encoding, open) => {
    const plain = await load();
    const { status, headers, bytes } = await load({ "accept-encoding": accepted });
    expect([status, headers["content-encoding"], headers.vary]).toEqual([200, encoding, "Accept-Encoding"]);
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(open(bytes)).toEqual(plain.bytes);
    if (encoding !== undefined) expect(bytes.length).toBeLessThan(plain.bytes.length / 4);
  });

  it("is not sent again to whoever has it, in whichever encoding", async () => {
    const { headers } = await load({ "accept-encoding": "br" });
    expect(headers["cache-control"]).toBe("private, no-cache");
    for (const accepted of ["br", "gzip", ""]) {
      const again = await load({ "if-none-match": String(headers.etag), "accept-encoding": accepted });
      expect([again.status, again.bytes.length, again.headers.etag, again.headers.vary]).toEqual([
        304,
        0,
        headers.etag,
        "Accept-Encoding",
      ]);
    }
    expect((await load({ "if-none-match": 'W/"another"' })).status).toBe(200);
    const head = await load({}, "HEAD");
    expect([head.status, head.headers.etag, head.bytes.length]).toEqual([200, headers.etag, 0]);
  });

  it("is for known callers alone, also where they have it", async () => {
    const { headers } = await load();
    const stranger = await wire.request({ path: at, method: "GET", headers: { "if-none-match": String(headers.etag) } });
    await stranger.body.dump();
    expect(stranger.statusCode).toBe(401);
  });

  it("is the only kind of answer that is compressed: others may hold a secret beside text of somebody else's choice", async () => {
    for (const path of ["/api/v1/credentials", "/api/v1/api-keys", "/session"]) {
      const { headers } = await load({ "accept-encoding": "br, gzip" }, "GET", path);
      expect([path, headers["content-encoding"]]).toEqual([path, undefined]);
    }
  });
});
