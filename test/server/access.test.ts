import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { SCOPES as ALL_SCOPES, type Scope } from "../../app/scopes.ts";
import { reveal } from "../../sealing/secret.ts";
import { apiRoutes } from "../../server/routes/index.ts";
import { accessTo } from "../support/access.ts";
import { gate } from "../support/gate.ts";
import { ROUTES, type RouteRow } from "./route-table.ts";
import { signIn } from "./sign-in.ts";
import { ADMIN, type Called, playgroundCredential, playgroundWorkflow, startTestServer, type TestServer } from "./start.ts";

const SCOPES = (Object.keys(ALL_SCOPES) as Scope[]).filter((scope) => scope !== "admin");

let server: TestServer;
let mine: {
  id: string;
  key: string;
  credential: string;
  destination: string;
  endpoint: string;
  delivery: string;
  workflow: string;
  run: string;
};
let other: { id: string; key: string; apiKey: string };

beforeAll(async () => {
  server = await startTestServer();
  const first = await server.project("mine");
  const created = await server.call("POST", "/api/v1/credentials", { key: first.key, body: playgroundCredential("mine alone") });
  const api = async (path: string, body?: object) =>
    (await server.call("POST", `/api/v1${path}`, { key: first.key, body })).body.id as string;
  const destination = await api("/destinations", { name: "mine alone", url: "https://hooks.example.com/" });
  const workflow = await api("/workflows", playgroundWorkflow("mine-alone"));
  await api(`/workflows/${workflow}/publish`);
  const run = await api(`/workflows/${workflow}/runs?wait=20`, {});
  const hook = await server.call("POST", "/api/v1/endpoints", { key: first.key, body: { name: "mine alone", preset: "hmac" } });
  const headers = { "x-signature": createHmac("sha256", hook.body.secret).update("{}").digest("hex") };
  await server.call("POST", `/hooks/${hook.body.id}`, { headers, body: "{}" });
  const [{ id: delivery }] = (await server.call("GET", "/api/v1/deliveries", { key: first.key })).body.data;
  const endpoint = hook.body.id as string;
  mine = { ...first, credential: created.body.id, destination, endpoint, delivery, workflow, run };
  const second = await server.project("other");
  const { apiKey } = await server.services.apiKeys.create(accessTo(second.id), {
    name: "second key",
    scopes: ["operations:read"],
  });
  other = { ...second, apiKey: apiKey.id };
});
afterAll(() => server.close());

/** An object of the project `mine` that the route may be about, or of `other` where only that has one. */
function objectOf({ route, of }: RouteRow): string {
  if (route.includes("api-keys")) return other.apiKey;
  if (route.includes("endpoints")) return mine.endpoint;
  if (route.includes("deliveries/:id")) return mine.delivery;
  return route.includes("destinations") ? mine.destination : mine[of ?? "credential"];
}

function missingOf({ route, of }: RouteRow): string {
  if (route.includes("api-keys")) return "key_missing";
  if (route.includes("endpoints")) return "hook_00000000000000000000000000";
  if (route.includes("deliveries/:id")) return "dlv_00000000000000000000000000";
  if (route.includes("destinations")) return "dest_00000000000000000000000000";
  return (
    { workflow: "flow_00000000000000000000000000", run: "run_00000000000000000000000000" }[String(of)] ??
    "cred_aaaaaaaaaaaaaaaaaaaaaaaaaa"
  );
}

function send(row: RouteRow, key: string | undefined, id = objectOf(row)): Promise<Called> {
  const { route, body } = row;
  const [method, pattern] = route.split(" ") as [string, string];
  const names: Record<string, string> = {
    connector: "lever",
    id,
    list: "stages",
    operation: "list_opportunities",
    environment: "sandbox",
  };
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => names[name] ?? "missing");
  const filled = body === undefined ? undefined : JSON.parse(JSON.stringify(body).replace("<id>", id));
  return server.call(method, `/api/v1${path}`, { key, body: filled });
}

function withoutRequest({ body, headers }: Called): unknown {
  const { requestId: _id, instance: _instance, ...rest } = body;
  return { ...rest, challenge: headers.get("www-authenticate") };
}

it("has every route of the API in this table, and no other", () => {
  expect(ROUTES.map(({ route }) => route).sort()).toEqual(apiRoutes.map(({ method, path }) => `${method} ${path}`).sort());
});

describe.each(ROUTES)("$route", (row) => {
  it("refuses no key, a wrong one, a revoked one and other schemes alike", async () => {
    const { apiKey, key } = await server.services.apiKeys.create(accessTo(mine.id), { name: "to be revoked", scopes: ["admin"] });
    await server.services.apiKeys.revoke(accessTo(mine.id), apiKey.id);
    const answers = [
      await send(row, undefined),
      await send(row, `lc_${"x".repeat(43)}`),
      await send(row, reveal(key)),
      await send(row, ""),
      await send(row, "x".repeat(5000)),
      await send(row, `${ADMIN}x`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 401]);
    expect(answers[0]?.headers.get("www-authenticate")).toContain("Bearer");
    for (const answer of answers) expect(withoutRequest(answer)).toEqual(withoutRequest(answers[0] as Called));
  });

  it("needs the scope, and says which", async () => {
    const scope = row.scope;
    if (scope === "any") return expect((await send(row, await server.key(mine.id, "operations:read"))).status).toBe(200);
    const without = SCOPES.filter((one) => one !== scope && one !== scope.replace(":read", ":write"));
    const refused = await send(row, await server.key(mine.id, ...without));
    expect(refused.body).toMatchObject({ status: 403, code: "forbidden", details: { scope } });
    const missing = await send(row, await server.key(mine.id, ...without), missingOf(row));
    expect(withoutRequest(missing)).toEqual(withoutRequest(refused));
  });

  if (row.foreign === undefined) return;

  it("answers another project's object exactly like a missing one", async () => {
    const key = row.route.includes("api-keys") ? mine.key : other.key;
    const foreign = await send(row, key, objectOf(row));
    const missing = await send(row, key, missingOf(row));
    expect(foreign.body).toMatchObject({ status: 404, code: "not_found" });
    expect(foreign.body.detail).toMatch(
      /^There is no such (credential|destination|endpoint|delivery|API key|project|workflow|run); GET \/api\/v1\/(credentials|destinations|endpoints|deliveries|api-keys|projects|workflows|runs) lists/,
    );
    expect(withoutRequest(foreign)).toEqual(withoutRequest(missing));
    expect(foreign.text).not.toMatch(/mine.alone/);
    if (row.of === "workflow") expect(withoutRequest(await send(row, key, "mine-alone"))).toEqual(withoutRequest(missing));
    if (!/(?:credentials|destinations)\/:id/.test(row.route)) return;
    const byNickname = await send(row, key, "mine%20alone");
    expect(withoutRequest(byNickname)).toEqual(withoutRequest(missing));
    expect((await server.services.credentials.get(accessTo(mine.id), mine.credential)).version).toBe(1);
    expect((await server.services.destinations.resolve(accessTo(mine.id), mine.destination)).version).toBe(1);
  });
});

describe("projects", () => {
  it("keep credentials, keys and OAuth apps to themselves", async () => {
    await server.call("PUT", "/api/v1/settings/oauth-apps/sandbox", {
      key: mine.key,
      body: { clientId: "mine", clientSecret: "canary-secret" },
    });
    for (const path of ["/credentials", "/api-keys", "/settings/oauth-apps", "/projects"]) {
      const seen = await server.call("GET", `/api/v1${path}`, { key: other.key });
      expect(seen.status).toBe(200);
      expect(seen.text).not.toContain(mine.id);
      expect(seen.text).not.toMatch(/mine|canary/);
    }
    const own = await server.call("GET", "/api/v1/settings/oauth-apps", { key: mine.key });
    expect(own.text).toContain('"clientId":"mine"');
    expect(own.text).not.toContain("canary");
    expect((await server.call("GET", "/api/v1/credentials", { key: mine.key })).body.data).toHaveLength(1);
  });

  it("do not see each other's credential by nickname either", async () => {
    const run = (key: string) =>
      server.call("POST", "/api/v1/operations/list_stages", { key, body: { credential: "mine alone" } });
    expect((await run(mine.key)).status).toBe(200);
    expect((await run(other.key)).body.code).toBe("not_found");
  });

  it("are made by those who run the installation, who also make the first key of one", async () => {
    expect((await server.call("POST", "/api/v1/projects", { key: mine.key, body: { name: "x" } })).body.code).toBe("forbidden");
    const made = await server.call("POST", "/api/v1/projects", { key: ADMIN, body: { name: "third" } });
    expect(made.status).toBe(201);
    const key = await server.call("POST", "/api/v1/api-keys", {
      key: ADMIN,
      body: { name: "first", scopes: ["admin"], project: made.body.id },
    });
    expect(key.body).toMatchObject({ project: made.body.id, key: expect.stringMatching(/^lc_[\w-]{43}$/) });
    const seen = await server.call("GET", "/api/v1/projects", { key: key.body.key });
    expect(seen.body.data).toEqual([expect.objectContaining({ id: made.body.id, name: "third" })]);
    const foreign = { name: "x", scopes: ["admin"], project: mine.id };
    const refused = await server.call("POST", "/api/v1/api-keys", { key: key.body.key, body: foreign });
    const missing = await server.call("POST", "/api/v1/api-keys", {
      key: key.body.key,
      body: { ...foreign, project: "proj_missing" },
    });
    expect(withoutRequest(refused)).toEqual(withoutRequest(missing));
    const all = await server.call("GET", "/api/v1/projects", { key: ADMIN });
    expect(all.body.data.map(({ id }: { id: string }) => id)).toEqual(["default", mine.id, other.id, made.body.id]);
  });
});

describe("API keys", () => {
  it("are shown once and stored as a hash alone", async () => {
    const own = await server.project("for its keys");
    const made = await server.call("POST", "/api/v1/api-keys", {
      key: own.key,
      body: { name: "once", scopes: ["operations:read"] },
    });
    expect(made.body.prefix).toBe(made.body.key.slice(0, 10));
    const listed = await server.call("GET", "/api/v1/api-keys?limit=100", { key: own.key });
    expect(listed.text).toContain('"once"');
    expect(listed.text).not.toContain(made.body.key);
    const stored = await server.services.store.get("apiKeys", own.id, made.body.id);
    expect(JSON.stringify(stored)).not.toContain(made.body.key);
    expect(listed.text).not.toContain(String(stored?.hash));
  });

  it("stop working the moment they are revoked, and within a second in another process", async () => {
    const { createApiKeys } = await import("../../app/api-keys.ts");
    let elapsedMs = 0;
    const elsewhere = createApiKeys({ store: server.services.store, elapsedMs: () => elapsedMs });
    const made = await server.call("POST", "/api/v1/api-keys", {
      key: mine.key,
      body: { name: "short", scopes: ["operations:read"] },
    });
    const use = () => server.call("GET", "/api/v1/connectors", { key: made.body.key });
    expect((await use()).status).toBe(200);
    expect(await elsewhere.authenticate(made.body.key)).toMatchObject({ name: "short" });
    const revoked = await server.call("DELETE", `/api/v1/api-keys/${made.body.id}`, { key: mine.key });
    expect(revoked.body.revokedAt).not.toBeNull();
    expect((await use()).status).toBe(401);
    elapsedMs += 999;
    expect(await elsewhere.authenticate(made.body.key)).toMatchObject({ name: "short" });
    elapsedMs += 1;
    expect(await elsewhere.authenticate(made.body.key)).toBeUndefined();
    const again = await server.call("DELETE", `/api/v1/api-keys/${made.body.id}`, { key: mine.key });
    expect(again.body).toEqual(revoked.body);
  });

  it("stop working within a second also where the clock is set back by an hour meanwhile", async () => {
    const { createApiKeys } = await import("../../app/api-keys.ts");
    let [now, elapsedMs] = [Date.now() + 3_600_000, 0];
    const elsewhere = createApiKeys({ store: server.services.store, now: () => now, elapsedMs: () => elapsedMs });
    const { apiKey, key } = await server.services.apiKeys.create(accessTo(mine.id), {
      name: "wrong clock",
      scopes: ["operations:read"],
    });
    expect(await elsewhere.authenticate(reveal(key))).toMatchObject({ name: "wrong clock" });
    now -= 3_600_000;
    await server.services.apiKeys.revoke(accessTo(mine.id), apiKey.id);
    elapsedMs += 1_000;
    expect(await elsewhere.authenticate(reveal(key))).toBeUndefined();
  });

  it("are not believed where they are revoked while they are looked up", async () => {
    const { createApiKeys } = await import("../../app/api-keys.ts");
    const { store } = server.services;
    const [found, revoked] = [gate(), gate()];
    const late = Object.create(store, {
      find: {
        async value(...asked: Parameters<typeof store.find>) {
          const answer = await store.find(...asked);
          found.open();
          await revoked.opened;
          return answer;
        },
      },
    }) as typeof store;
    const keys = createApiKeys({ store: late });
    const { apiKey, key } = await keys.create(accessTo(mine.id), { name: "revoked meanwhile", scopes: ["operations:read"] });
    const looking = keys.authenticate(reveal(key));
    await found.opened;
    await keys.revoke(accessTo(mine.id), apiKey.id);
    revoked.open();
    await looking;
    expect(await keys.authenticate(reveal(key))).toBeUndefined();
  });

  it("remember when they were last used", async () => {
    await server.call("GET", "/api/v1/connectors", { key: mine.key });
    const listed = await server.call("GET", "/api/v1/api-keys", { key: mine.key });
    const [oldest] = listed.body.data;
    expect(Date.now() - Date.parse(oldest.lastUsedAt)).toBeLessThan(60_000);
  });

  it("are listed page by page", async () => {
    const ids: string[] = [];
    let cursor = "";
    do {
      const page = await server.call("GET", `/api/v1/api-keys?limit=2${cursor}`, { key: other.key });
      ids.push(...page.body.data.map(({ id }: { id: string }) => id));
      cursor = page.body.next ? `&cursor=${page.body.next}` : "";
    } while (cursor !== "");
    const whole = await server.call("GET", "/api/v1/api-keys", { key: other.key });
    expect(ids).toEqual(whole.body.data.map(({ id }: { id: string }) => id));
    expect((await server.call("GET", "/api/v1/api-keys?cursor=canary", { key: other.key })).body.code).toBe("cursor_invalid");
    expect((await server.call("GET", "/api/v1/api-keys?limit=0", { key: other.key })).body.errors[0].pointer).toBe("/limit");
  });
});

describe("guesses", () => {
  const from = (address: string) => ({ headers: { "x-forwarded-for": address } });

  it("are refused after thirty failures of one address, but not callers whose key worked there", async () => {
    const guess = (i: number) => server.call("GET", "/api/v1/connectors", { key: `lc_guess${i}`, ...from("192.0.2.1") });
    expect((await server.call("GET", "/api/v1/connectors", { key: mine.key, ...from("192.0.2.1") })).status).toBe(200);
    const statuses: number[] = [];
    for (let i = 0; i < 35; i++) statuses.push((await guess(i)).status);
    expect(statuses).toEqual([...Array(30).fill(401), ...Array(5).fill(429)]);
    const refused = await guess(99);
    expect(refused.body).toMatchObject({ code: "too_many_requests", retryable: true });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await server.call("GET", "/api/v1/connectors", { key: mine.key, ...from("192.0.2.1") })).status).toBe(200);
    expect((await server.call("GET", "/api/v1/connectors", { key: other.key, ...from("192.0.2.1") })).status).toBe(429);
    expect((await server.call("GET", "/api/v1/connectors", { key: other.key, ...from("192.0.2.2") })).status).toBe(200);
  });

  it.each([
    ["ports that change", (i: number) => `203.0.113.7:${40_001 + i}`],
    ["addresses of one IPv6 network", (i: number) => `2001:db8:1:2:${i.toString(16)}::${i}`],
    ["ports of an IPv6 address", (i: number) => `[2001:db8:1:3::1]:${40_001 + i}`],
    ["zones that change", (i: number) => `fe80::1%eth${i}`],
    ["an IPv4 address written as IPv6", (i: number) => (i % 2 ? "198.51.100.7" : "::ffff:198.51.100.7")],
    ["addresses that are none", (i: number) => `unknown-${i}`],
  ])("are counted together when they come from %s", async (_kind, spelled) => {
    const statuses: number[] = [];
    for (let i = 0; i < 32; i++)
      statuses.push((await server.call("GET", "/api/v1/connectors", { key: `lc_guess${i}`, ...from(spelled(i)) })).status);
    expect(statuses).toEqual([...Array(30).fill(401), 429, 429]);
    const signIns: number[] = [];
    for (let i = 0; i < 32; i++) signIns.push((await server.call("GET", "/access?token=x", from(spelled(i)))).status);
    expect(signIns).toEqual([...Array(30).fill(403), 429, 429]);
  });

  it("of one network do not lock out others, nor a key that worked from another port", async () => {
    const use = (address: string) => server.call("GET", "/api/v1/connectors", { key: mine.key, ...from(address) });
    expect((await use("203.0.113.8:1")).status).toBe(200);
    for (let i = 0; i < 31; i++)
      await server.call("GET", "/api/v1/connectors", { key: `lc_guess${i}`, ...from(`203.0.113.8:${i}`) });
    expect((await server.call("GET", "/api/v1/connectors", { key: other.key, ...from("203.0.113.8") })).status).toBe(429);
    expect((await use("203.0.113.8:2")).status).toBe(200);
    for (let i = 0; i < 31; i++)
      await server.call("GET", "/api/v1/connectors", { key: `lc_guess${i}`, ...from(`2001:db8:7:7::${i}`) });
    expect((await server.call("GET", "/api/v1/connectors", { key: other.key, ...from("2001:db8:7:7::f") })).status).toBe(429);
    expect((await server.call("GET", "/api/v1/connectors", { key: other.key, ...from("2001:db8:7:8::f") })).status).toBe(200);
  });

  it("are heard again after a minute, and the oldest address is forgotten when there are very many", async () => {
    const { createAttemptLimit } = await import("../../server/auth/attempt-limit.ts");
    let elapsedMs = 0;
    const limit = createAttemptLimit(() => elapsedMs);
    const first = Array.from({ length: 31 }, () => limit.take("a"));
    expect(first).toEqual([...Array(30).fill(0), 60_000]);
    elapsedMs = 59_999;
    expect([limit.refusedMs("a"), limit.take("a"), limit.refusedMs("b")]).toEqual([1, 1, 0]);
    elapsedMs = 60_000;
    expect([limit.refusedMs("a"), limit.take("a")]).toEqual([0, 0]);
    for (let i = 0; i < 29; i++) limit.take("a");
    expect(limit.refusedMs("a")).toBe(60_000);
    limit.giveBack("a");
    expect(limit.refusedMs("a")).toBe(0);
    limit.take("a");
    for (let i = 0; i < 9_999; i++) limit.take(`other ${i}`);
    expect(limit.refusedMs("a")).toBe(60_000);
    limit.take("one more");
    expect(limit.refusedMs("a")).toBe(0);
  });

  it("do not count successes, however many", async () => {
    const statuses = new Set<number>();
    for (let i = 0; i < 60; i++)
      statuses.add((await server.call("GET", "/api/v1/connectors", { key: mine.key, ...from("192.0.2.3") })).status);
    expect([...statuses]).toEqual([200]);
  });
});

describe("dashboard sessions", () => {
  const origin = () => server.services.publicUrl;

  function form(
    path: string,
    fields: Record<string, string>,
    cookie: string,
    headers: Record<string, string> = {},
  ): Promise<Called> {
    const body = new URLSearchParams(fields).toString();
    return server.call("POST", path, {
      body,
      headers: { "content-type": "application/x-www-form-urlencoded", cookie, ...headers },
    });
  }

  it("begin with a link that works once and is not used up by being looked at", async () => {
    const token = reveal(await server.services.accessLinks.create());
    expect((await server.call("GET", `/access?token=${token}`)).text).toContain("Sign in to lever-connector");
    expect((await server.call("GET", `/access?token=${token}`)).status).toBe(200);
    expect((await form("/access", { token }, "")).headers.get("location")).toBe("/");
    expect((await form("/access", { token }, "")).status).toBe(403);
    expect((await server.call("GET", `/access?token=${token}`)).status).toBe(403);
    expect((await server.call("GET", "/access?token=a&token=b")).status).toBe(403);
  });

  it("are refused with a reason, and use up no link, where a proxy does not say that the browser came by https", async () => {
    const behind = await startTestServer({ env: { PUBLIC_URL: "https://lever.example.test", PLAYGROUND: "off" } });
    const token = reveal(await behind.services.accessLinks.create());
    const open = (headers = {}) => behind.call("GET", `/access?token=${token}`, { headers });
    const press = (headers = {}) =>
      behind.call("POST", "/access", {
        body: `token=${token}`,
        headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      });
    for (const answer of [await open(), await press(), await open({ "x-forwarded-proto": "http" })]) {
      expect(answer.status).toBe(403);
      expect(answer.text).toMatch(/X-Forwarded-Proto: https[\s\S]*TRUST_PROXY/);
      expect(answer.text).not.toContain(token);
    }
    const https = { "x-forwarded-proto": "https" };
    expect((await open(https)).text).toContain("Sign in to lever-connector");
    const pressed = await press(https);
    expect(pressed.headers.get("set-cookie")).toMatch(/^__Host-lc_session=.*Secure/);
    await behind.close();
  });

  it("do not begin with a link that is older than a day, nor with one of a clock that was ahead", async () => {
    const { store, accessLinks } = server.services;
    const opened = async (createdAtMs: number) => {
      const token = reveal(await accessLinks.create());
      await store.patch("meta", "default", "access_link", { set: { createdAtMs } });
      const { worksUntil } = await accessLinks.state();
      const statuses = [
        (await server.call("GET", `/access?token=${token}`)).status,
        (await form("/access", { token }, "")).status,
      ];
      return [worksUntil !== undefined, ...statuses];
    };
    const hours = (count: number) => Date.now() + count * 3_600_000;
    expect(await opened(hours(-24) - 1)).toEqual([false, 403, 403]);
    expect(await opened(hours(2))).toEqual([false, 403, 403]);
    expect(await opened(hours(-24) + 60_000)).toEqual([true, 200, 303]);
    // Another machine's clock may be some minutes ahead.
    expect(await opened(Date.now() + 5 * 60_000)).toEqual([true, 200, 303]);
  });

  it("sign in exactly one of many who use the link at once", async () => {
    const token = reveal(await server.services.accessLinks.create());
    const answers = await Promise.all(Array.from({ length: 10 }, () => form("/access", { token }, "")));
    expect(answers.map(({ status }) => status).sort()).toEqual([303, ...Array(9).fill(403)]);
  });

  it("end an unused link when a new one is made, which needs an operator", async () => {
    const before = reveal(await server.services.accessLinks.create());
    expect((await server.call("POST", "/api/v1/access-links", { key: mine.key })).body.code).toBe("forbidden");
    const made = await server.call("POST", "/api/v1/access-links", { key: ADMIN });
    expect(Math.round((Date.parse(made.body.expiresAt) - Date.now()) / 60_000)).toBe(24 * 60);
    expect((await server.call("GET", `/access?token=${before}`)).status).toBe(403);
    expect((await server.call("GET", made.body.url.replace(origin(), ""))).status).toBe(200);
  });

  it("keep the cookie from scripts and other sites, and its id out of the store", async () => {
    const { cookie, setCookie } = await signIn(server);
    expect(setCookie).toMatch(/^lc_session=.*; Path=\/;.*HttpOnly; SameSite=Lax$/);
    const sessions = await server.services.store.find("sessions", "default");
    const id =
      decodeURIComponent(cookie.split("=")[1] ?? "")
        .slice(2)
        .split(".")[0] ?? "nothing";
    expect(id.length).toBeGreaterThan(20);
    expect(JSON.stringify(sessions)).not.toContain(id);
  });

  it("take a new id at sign-in", async () => {
    const first = await signIn(server);
    const token = reveal(await server.services.accessLinks.create());
    const again = await form("/access", { token }, first.cookie);
    expect(again.headers.get("set-cookie")?.split(";")[0]).not.toBe(first.cookie);
    expect((await server.call("GET", "/session", { headers: { cookie: first.cookie } })).body.signedIn).toBe(false);
  });

  it("let a page read the API, and change it only with the page's token from the same origin", async () => {
    const { cookie, csrf } = await signIn(server);
    const other = await signIn(server);
    const read = await server.call("GET", "/api/v1/credentials", { headers: { cookie } });
    expect(read.status).toBe(200);
    const change = (headers: Record<string, string>) =>
      server.call("POST", "/api/v1/credentials", {
        body: playgroundCredential(`by session ${Math.random()}`),
        headers: { cookie, ...headers },
      });
    for (const headers of [
      {},
      { "x-csrf-token": "" },
      { "x-csrf-token": "wrong" },
      { "x-csrf-token": other.csrf },
      { "x-csrf-token": csrf, "sec-fetch-site": "cross-site" },
      { "x-csrf-token": csrf, "sec-fetch-site": "same-site" },
      { "x-csrf-token": csrf, origin: "https://evil.example" },
      { "x-csrf-token": csrf, origin: "null" },
    ]) {
      expect((await change(headers as Record<string, string>)).body).toMatchObject({ status: 403, code: "csrf_rejected" });
    }
    expect((await change({ "x-csrf-token": csrf, "content-type": "text/plain" })).status).toBe(415);
    expect((await server.services.credentials.list(accessTo("default"))).data).toHaveLength(0);
    expect((await change({ "x-csrf-token": csrf, origin: origin(), "sec-fetch-site": "same-origin" })).status).toBe(201);
  });

  it("are not looked at next to a wrong key", async () => {
    const { cookie } = await signIn(server);
    expect((await server.call("GET", "/api/v1/credentials", { key: "lc_wrong", headers: { cookie } })).status).toBe(401);
  });

  it("end with the sign-out, which needs the page's token", async () => {
    const { cookie, call } = await signIn(server);
    for (const headers of [{ "x-csrf-token": "wrong" }, { "x-csrf-token": "" }, { "sec-fetch-site": "cross-site" }])
      expect((await call("POST", "/sign-out", undefined, headers as Record<string, string>)).body.code).toBe("csrf_rejected");
    expect((await server.call("GET", "/api/v1/credentials", { headers: { cookie } })).status).toBe(200);
    const out = await call("POST", "/sign-out");
    expect([out.status, out.text, out.headers.get("set-cookie")]).toEqual([
      204,
      "",
      expect.stringMatching(/^lc_session=;.*1970/),
    ]);
    expect((await server.call("GET", "/api/v1/credentials", { headers: { cookie } })).body.code).toBe("auth_required");
    expect((await call("POST", "/sign-out")).body.code).toBe("auth_required");
  });

  it("end after 30 minutes without use, and after 12 hours of use", async () => {
    const { SessionStore } = await import("../../app/session-store.ts");
    let now = 1_000_000;
    const sessions = new SessionStore(server.services.store, () => now);
    const data = () => ({ cookie: {} }) as never;
    const there = (sid: string) =>
      new Promise((resolve, reject) => sessions.get(sid, (error, found) => (error ? reject(error) : resolve(found != null))));
    const touch = (sid: string) => new Promise<void>((resolve) => sessions.touch(sid, data(), () => resolve()));
    const set = (sid: string) => new Promise<void>((resolve) => sessions.set(sid, data(), () => resolve()));
    await set("idle");
    await set("busy");
    now += 29 * 60_000;
    expect(await there("idle")).toBe(true);
    await touch("busy");
    now += 2 * 60_000;
    expect([await there("idle"), await there("busy")]).toEqual([false, true]);
    for (let i = 0; i < 30; i++) {
      now += 25 * 60_000;
      await touch("busy");
    }
    expect(await there("busy")).toBe(false);
    expect(await sessions.sweep()).toBeGreaterThanOrEqual(2);
  });
});
