import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { reveal } from "../../sealing/secret.ts";
import { createApp } from "../../server/app.ts";
import { ROUTES } from "../server/route-table.ts";
import { ADMIN, playgroundCredential, startTestServer, type TestServer } from "../server/start.ts";
import { ROOT } from "../support/json-schemas.ts";
import { type Answered, createWire, sendRaw } from "./support/wire.ts";

const DASHBOARD = [
  "/",
  "/marketplace",
  "/marketplace/:connector",
  "/credentials",
  "/credentials/:id",
  "/operations",
  "/operations/:operation",
  "/settings",
  "/settings/:section",
];

/** Everything that answers without a key, and what a stranger gets there. */
const OPEN: readonly { route: string; stranger: number; why: string }[] = [
  { route: "GET /healthz", stranger: 200, why: "the process lives" },
  { route: "GET /readyz", stranger: 200, why: "the store answers" },
  { route: "GET /pages/style.css", stranger: 200, why: "the style of our pages" },
  { route: "GET /docs/errors", stranger: 200, why: "what errors mean" },
  { route: "GET /*", stranger: 404, why: "only a browser is sent the dashboard where nothing else answers" },
  { route: "GET /assets/:file", stranger: 404, why: "the dashboard's files, by their exact names" },
  { route: "GET /session", stranger: 200, why: "that nobody is signed in, and nothing else" },
  { route: "POST /session/project", stranger: 401, why: "needs a session" },
  { route: "GET /access", stranger: 403, why: "needs the token of an access link" },
  { route: "POST /access", stranger: 403, why: "needs the token of an access link" },
  { route: "POST /sign-out", stranger: 401, why: "needs a session" },
  { route: "GET /sign-in/oidc", stranger: 503, why: "leads to the provider, which is down here" },
  { route: "GET /sign-in/oidc/callback", stranger: 403, why: "needs the state of this browser's session" },
  { route: "GET /oauth/:connector/:environment/start", stranger: 403, why: "needs a ticket" },
  { route: "POST /oauth/:connector/:environment/start", stranger: 403, why: "needs a ticket and this browser's cookie" },
  { route: "GET /oauth/:connector/:environment/callback", stranger: 403, why: "needs a state and this browser's cookie" },
  { route: "POST /hooks/:endpoint", stranger: 415, why: "needs JSON, and the signature of an endpoint" },
];

let server: TestServer;
let wire: ReturnType<typeof createWire>;
let mine: { id: string; key: string };
let other: { id: string; key: string };
let credential: string;
let addresses = 0;

beforeAll(async () => {
  const oidc = { OIDC_ISSUER: "http://127.0.0.1:1", OIDC_CLIENT_ID: "x", OIDC_CLIENT_SECRET: "x", OIDC_ALLOW: "a@b.test" };
  server = await startTestServer({ env: oidc });
  wire = createWire(server.url, {});
  mine = await server.project("mine");
  other = await server.project("other");
  const created = await server.call("POST", "/api/v1/credentials", { key: mine.key, body: playgroundCredential("mine alone") });
  credential = created.body.id;
});
afterAll(async () => {
  await wire.close();
  await server.close();
});

/** Each request comes from an address of its own, so that no guess counts against another. */
function ask(method: string, path: string, { body, headers = {} }: Parameters<typeof wire.ask>[2] = {}): Promise<Answered> {
  addresses += 1;
  const address = `10.${(addresses >> 16) & 255}.${(addresses >> 8) & 255}.${addresses & 255}`;
  return wire.ask(method, path, { headers: { "x-forwarded-for": address, ...headers }, ...(body !== undefined && { body }) });
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

function filled({ route, body }: { route: string; body?: unknown }) {
  const [method, pattern] = route.split(" ") as [string, string];
  const names: Record<string, string> = {
    connector: "lever",
    id: credential,
    list: "stages",
    operation: "list_stages",
    environment: "sandbox",
  };
  const path = `/api/v1${pattern.replace(/:(\w+)/g, (_, name: string) => names[name] ?? "missing")}`;
  return { method, path, ...(body !== undefined && { body: JSON.stringify(body).replace("<id>", credential) }) };
}

interface Layer {
  readonly route?: {
    readonly path: string | RegExp;
    readonly methods: Readonly<Record<string, boolean>>;
    readonly stack: readonly { method?: string }[];
  };
  readonly handle: { readonly stack?: readonly Layer[] };
  match(path: string): boolean;
}

/** Every route that express serves, whoever mounted it. */
function served(layers: readonly Layer[], below = ""): string[] {
  return layers.flatMap((layer) => {
    if (layer.route) {
      const methods = new Set(layer.route.stack.flatMap(({ method }) => method?.toUpperCase() ?? []));
      const { path } = layer.route;
      return [...methods].map((method) => `${method} ${below}${typeof path === "string" ? path : "/*"}`);
    }
    const mounted = layer.match("/a path that only what is mounted at the root matches") ? "" : "/api/v1";
    return layer.handle.stack ? served(layer.handle.stack, below + mounted) : [];
  });
}

describe("the tables", () => {
  it("name every route that is served, and no other", () => {
    const { stack } = createApp(server.services).router as unknown as { stack: Layer[] };
    const known = [...OPEN.map(({ route }) => route), ...ROUTES.map(({ route }) => route.replace(" ", " /api/v1"))];
    expect(served(stack).sort()).toEqual(known.sort());
  });

  it("notice a route that is missing from them", () => {
    const app = createApp(server.services);
    app.post("/planted", (_req, res) => void res.end());
    expect(served((app.router as unknown as { stack: Layer[] }).stack)).toContain("POST /planted");
  });
});

describe.each(OPEN)("$route", ({ route, stranger }) => {
  const [method, pattern] = route.split(" ") as [string, string];
  const path = pattern.replace(":environment", "playground").replace(/:\w+|\*/, "any");
  const form = method === "POST" ? { body: "a=b", headers: { "content-type": "application/x-www-form-urlencoded" } } : {};

  it(`answers a stranger ${stranger}, and a key does not help`, async () => {
    for (const headers of [{}, bearer(ADMIN), bearer(mine.key), { cookie: "lc_session=s%3Aforged.signature" }]) {
      const answer = await ask(method, path, { ...form, headers: { ...form.headers, ...headers } });
      expect(answer.status).toBe(stranger);
      expect(answer.text).not.toMatch(/mine alone|cred_|lc_[\w-]{20}/);
    }
  });
});

describe.each(DASHBOARD.map((path) => path.replace(/:\w+/, "any")))("the dashboard's page at %s", (path) => {
  it("is sent to every browser, and holds no data", async () => {
    for (const headers of [{}, bearer(ADMIN), bearer(mine.key), { cookie: "lc_session=s%3Aforged.signature" }]) {
      const answer = await ask("GET", path, { headers: { accept: "text/html", ...headers } });
      expect(answer.status).toBe(200);
      expect(answer.text).not.toMatch(/mine alone|cred_|lc_[\w-]{20}/);
    }
  });
});

describe.each(ROUTES)("$route", (row) => {
  const { method, path, body } = filled({ ...row, body: row.body });
  const target = () => filled(row).path;
  const send = (headers: Record<string, string>, at = target(), how = method) => {
    const text = filled(row).body;
    return ask(how, at, {
      headers,
      ...(text !== undefined && !["HEAD", "GET", "OPTIONS", "TRACE"].includes(how) && { body: text }),
    });
  };

  it("is for nobody without a key, whatever else the request says", async () => {
    expect([method, path.length > 0, body === undefined || body.length > 0]).toEqual([method, true, true]);
    const key = mine.key;
    const headers: Record<string, string>[] = [
      { authorization: "" },
      { authorization: "Bearer" },
      { authorization: "Bearer " },
      { authorization: "Bearer null" },
      { authorization: key },
      { authorization: `Basic ${Buffer.from(`${key}:`).toString("base64")}` },
      { authorization: `Bearer ${key} x` },
      { authorization: `Bearer ${key}, Bearer ${key}x` },
      { authorization: `Token ${key}` },
      { "x-api-key": key },
      { "proxy-authorization": `Bearer ${key}` },
      { cookie: `lc_session=${key}; authorization=Bearer ${key}` },
      { "x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1", "x-forwarded-host": "localhost", "x-forwarded-proto": "https" },
      { "x-original-url": "/healthz", "x-rewrite-url": "/healthz" },
      { "x-http-method-override": "OPTIONS", "x-method-override": "OPTIONS", "x-http-method": "OPTIONS" },
      { origin: server.services.publicUrl, "sec-fetch-site": "same-origin", "x-csrf-token": "x" },
    ];
    for (const given of headers) expect([given, (await send(given)).status]).toEqual([given, 401]);
    for (const query of [
      `key=${key}`,
      `access_token=${key}`,
      `api_key=${key}`,
      `authorization=Bearer%20${key}`,
      `_method=OPTIONS`,
    ])
      expect([query, (await send({}, `${target()}?${query}`)).status]).toEqual([query, 401]);
  });

  it("is reached by its own spelling and method alone", async () => {
    const at = target();
    const spellings = [
      at.replace("/api", "//api"),
      at.replace("/v1/", "/v1//"),
      at.replace("/v1/", "/v1/./"),
      at.replace("/v1/", "/v1/x/../"),
      at.replace("/v1/", "/v1/%2e/"),
      at.replace("/v1/", "/V1/"),
      at.replace("/api/", "/API/"),
      at.replace("/v1/", "/v1%2f"),
      at.replace("/v1/", "/v1;x/"),
      `${at}/`,
      `${at}%20`,
      `${at};a=b`,
      `/x/..${at}`,
      at.replace(/\/([a-z])(?=[a-z-]+($|\/))/g, (_, letter: string) => `/${letter.toUpperCase()}`),
    ];
    for (const spelling of spellings) {
      // Where no route is, there is at most the dashboard, which takes nothing: 405.
      expect([spelling, [401, 404, 405].includes((await send({}, spelling)).status)]).toEqual([spelling, true]);
      const known = await send(bearer(mine.key), spelling);
      expect([spelling, known.status >= 400 || (known.status === 204 && row.route.startsWith("DELETE /settings"))]).toEqual([
        spelling,
        true,
      ]);
    }
    for (const how of ["OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "POST", "HEAD"]) {
      expect([how, (await send({}, at, how)).status]).toEqual([how, 401]);
      const isServed = ROUTES.some(
        ({ route }) => filled({ route }).path === at && route.startsWith(how === "HEAD" ? "GET " : `${how} `),
      );
      if (!isServed) expect([how, (await send(bearer(mine.key), at, how)).status]).toEqual([how, 405]);
    }
  });

  it("does not act for another project, and is not talked into it", async () => {
    if (row.foreign === undefined) return expect(row.route).not.toMatch(/credentials\/:id/);
    const tricks = [{}, { "x-project": mine.id }, { "x-credential": credential }, { "x-http-method-override": "GET" }];
    for (const headers of tricks) {
      const answer = await send({ ...bearer(other.key), ...headers });
      expect([row.route, answer.status]).toEqual([row.route, 404]);
      expect(answer.text).not.toContain("mine alone");
    }
    expect((await send(bearer(other.key), `${target()}?project=${mine.id}`)).text).not.toContain("mine alone");
  });

  it("ends with the session that it was open to", async () => {
    const { cookie, end } = await signedIn();
    const before = await send({ cookie });
    expect([row.route, before.status === 401]).toEqual([row.route, false]);
    await end();
    expect((await send({ cookie })).status).toBe(401);
  });
});

/** A session as a browser holds it, and its end as time brings it. */
async function signedIn(): Promise<{ cookie: string; end(): Promise<unknown> }> {
  const token = reveal(await server.services.accessLinks.create());
  const body = new URLSearchParams({ token }).toString();
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await server.call("POST", "/access", { body, headers });
  const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  const { store } = server.services;
  return {
    cookie,
    async end() {
      for (const { id, project } of await store.find("sessions", "default"))
        await store.patch("sessions", project, id, { set: { expiresAtMs: Date.now() - 1 } });
    },
  };
}

describe("requests in odd forms", () => {
  it("reach nothing by an absolute address, a method that is none, or a second request hidden in a first", async () => {
    const pieces = [
      `GET ${server.url}/api/v1/credentials HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
      `GET http://localhost/api/v1/credentials HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
      "GET /healthz/../api/v1/credentials HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      "GET /healthz%2f..%2fapi/v1/credentials HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      "TRACE /api/v1/credentials HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
      "POST /healthz HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\nGET /api/v1/credentials HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    ];
    for (const piece of pieces) {
      const text = await sendRaw(server.url, [piece], 300);
      expect(text).toMatch(/HTTP\/1\.1 (401|404|405)/);
      expect(text).not.toMatch(/"data":/);
    }
  });
});

describe("guesses of access links", () => {
  const guess = (address: string, token: string) =>
    ask("POST", "/access", {
      body: `token=${token}`,
      headers: { "content-type": "application/x-www-form-urlencoded", "x-forwarded-for": address },
    });

  it("are refused unseen after thirty a minute from one address; others sign in meanwhile", async () => {
    const token = reveal(await server.services.accessLinks.create());
    const statuses: number[] = [];
    for (let i = 0; i < 33; i++) statuses.push((await guess("192.0.2.9", `guess-${i}`)).status);
    expect(statuses).toEqual([...Array(30).fill(403), ...Array(3).fill(429)]);
    expect((await ask("GET", `/access?token=${token}`, { headers: { "x-forwarded-for": "192.0.2.9" } })).status).toBe(429);
    expect((await guess("192.0.2.9", token)).json).toMatchObject({ code: "too_many_requests", retryable: true });
    expect((await guess("192.0.2.10", token)).status).toBe(303);
  });

  it("count only where they fail", async () => {
    for (let i = 0; i < 40; i++) {
      const token = reveal(await server.services.accessLinks.create());
      expect((await ask("GET", `/access?token=${token}`, { headers: { "x-forwarded-for": "192.0.2.11" } })).status).toBe(200);
    }
  });

  it("do not get in by claiming another address, where no proxy is trusted", async () => {
    const direct = await startTestServer({ env: { TRUST_PROXY: "0", PLAYGROUND: "off" } });
    const statuses = new Set<number>();
    for (let i = 0; i < 35; i++)
      statuses.add(
        (await direct.call("GET", "/api/v1/connectors", { key: `lc_${i}`, headers: { "x-forwarded-for": `198.51.100.${i}` } }))
          .status,
      );
    await direct.close();
    expect([...statuses]).toEqual([401, 429]);
  });
});

describe("comparisons of secrets", () => {
  const SECRET = String.raw`[\w.?()[\]"]*(?:token|secret|hash|digest|signature|csrf|cookie|verifier|ticket|password|apikey|sessionid|browser)\w*(?:\([^()]*\))?`;
  const OPERATOR = String.raw`\s*(?:===|!==|==|!=)\s*`;
  const HARMLESS = String.raw`(?!undefined|null|true|false|typeof|""|"[^"]*"|\d)`;
  const compared = new RegExp(`(?:${SECRET}${OPERATOR}${HARMLESS}[\\w(])|(?:${HARMLESS}\\b[\\w.()]+${OPERATOR}${SECRET})`, "i");

  /** Lines in which something called like a secret is compared by an operator, which stops at the first difference. */
  function careless(source: string): string[] {
    return source
      .split("\n")
      .map((line) =>
        line
          .replace(/\w*Version\b/g, "version")
          .replace(/typeof [\w.]+ [!=]== "\w+"/g, "")
          // A word that stands in the code is no secret.
          .replace(/[!=]==? "[^"]*"/g, "")
          .trim(),
      )
      .filter((line) => !/^(\*|\/\/|\/\*)/.test(line) && compared.test(line));
  }

  it("are found by the search below where they are careless", () => {
    const samples = [
      'if (typeof given !== "string" || given !== csrf.getTokenFromState(req)) throw rejected();',
      "return key === reveal(adminToken);",
      "if (document.hash !== hash) return;",
      "return expectedSignature == signature",
    ];
    for (const sample of samples) expect([sample, careless(sample).length]).toEqual([sample, 1]);
    for (const sample of ["if (token === undefined) return;", 'typeof hash === "string"', "timingSafeEqual(hash, other)"])
      expect([sample, careless(sample)]).toEqual([sample, []]);
  });

  it("take constant time everywhere", () => {
    const files = ["app", "server", "sealing", "credentials", "runtime", "cli"].flatMap((room) =>
      readdirSync(join(ROOT, room), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => `${room}/${file}`),
    );
    expect(files.length).toBeGreaterThan(80);
    const found = files.flatMap((file) => careless(readFileSync(join(ROOT, file), "utf8")).map((line) => `${file}: ${line}`));
    expect(found).toEqual([]);
    const constant = files.filter((file) => readFileSync(join(ROOT, file), "utf8").includes("timingSafeEqual("));
    expect(constant).toEqual(
      expect.arrayContaining(["server/auth/same-text.ts", "app/api-keys.ts", "app/access-link.ts", "credentials/oauth-flows.ts"]),
    );
  });
});
