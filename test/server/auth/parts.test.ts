import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Request, Response } from "express";
import type { SessionData } from "express-session";
import { createAccessLinks } from "../../../app/access-link.ts";
import { isLive, latestEndMs } from "../../../app/lifetime.ts";
import { allows, isScope } from "../../../app/scopes.ts";
import { loadSessionSecret } from "../../../app/session-secret.ts";
import { SessionStore } from "../../../app/session-store.ts";
import { reveal, Secret } from "../../../sealing/secret.ts";
import { createAttemptLimit } from "../../../server/auth/attempt-limit.ts";
import { createAuthenticate, createGuessLimit } from "../../../server/auth/authenticate.ts";
import { createOidcSignIn } from "../../../server/auth/oidc.ts";
import { isSameText } from "../../../server/auth/same-text.ts";
import { assertSameOrigin, createSessions } from "../../../server/auth/sessions.ts";
import { createSignInLimit } from "../../../server/auth/sign-in-limit.ts";
import type { DocumentStore } from "../../../store/document-store.ts";
import { openStore } from "../../../store/index.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

let folder: string;
let store: DocumentStore;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lever-auth-"));
  store = openStore({ dataDir: folder });
  await store.open();
});
afterAll(async () => {
  await store.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const asRequest = (parts: object) => parts as unknown as Request;

describe("a stored end", () => {
  it("counts while it is to come and can be one, with ten minutes for clocks that differ", () => {
    const at = (endsAtMs: number) => isLive(endsAtMs, { lifeMs: 1_000, nowMs: 5_000 });
    expect([at(5_000), at(5_001), at(6_000), at(606_000), at(606_001)]).toEqual([false, true, true, true, false]);
    expect(latestEndMs({ lifeMs: 1_000, nowMs: 5_000 })).toBe(606_000);
  });
});

describe("scopes", () => {
  it("of writing include those of reading the same, and admin includes all", () => {
    expect(allows(["credentials:write"], "credentials:read")).toBe(true);
    expect(allows(["credentials:read"], "credentials:write")).toBe(false);
    expect(allows(["credentials:write"], "operations:read")).toBe(false);
    expect(allows(["operations:read", "credentials:read"], "credentials:read")).toBe(true);
    expect([allows(["admin"], "operations:write"), allows([], "operations:read")]).toEqual([true, false]);
    expect([isScope("admin"), isScope("toString"), isScope("credentials:delete")]).toEqual([true, false, false]);
  });
});

describe("texts", () => {
  it("are the same where every character is", () => {
    expect([isSameText("a", "a"), isSameText("a", "b"), isSameText("a", "aa"), isSameText("", "")]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});

describe("access links", () => {
  it("work until a day has passed, for one of those who have them, and not when a newer one was created", async () => {
    let now = 1_000 * HOUR;
    const links = createAccessLinks({ store, now: () => now });
    expect(await links.state()).toEqual({ used: false, worksUntil: undefined });
    expect([await links.check("x"), await links.redeem("x")]).toEqual([false, false]);
    const first = reveal(await links.create());
    expect(first).toMatch(/^[\w-]{43}$/);
    const second = reveal(await links.create());
    expect([await links.check(first), await links.check(second)]).toEqual([false, true]);
    expect(await links.state()).toEqual({ used: false, worksUntil: new Date(now + 24 * HOUR).toISOString() });
    now += 24 * HOUR - 1;
    expect(await links.check(second)).toBe(true);
    now += 1;
    expect([await links.check(second), await links.redeem(second), (await links.state()).worksUntil]).toEqual([
      false,
      false,
      undefined,
    ]);
    const third = reveal(await links.create());
    expect(await Promise.all([links.redeem(third), links.redeem(third)])).toEqual(expect.arrayContaining([true, false]));
    expect(await links.state()).toEqual({ used: true, worksUntil: undefined });
    expect(await links.check(third)).toBe(false);
    await links.create();
    expect((await links.state()).used).toBe(true);
  });
});

describe("the store of sessions", () => {
  const data = () => ({ cookie: {} }) as unknown as SessionData;
  const promised = (work: (done: (error?: unknown, value?: unknown) => void) => void) =>
    new Promise<unknown>((resolve, reject) => work((error, value) => (error ? reject(error) : resolve(value))));
  const open = (sessions: SessionStore, sid: string) => promised((done) => sessions.get(sid, done));
  const put = (sessions: SessionStore, sid: string, session: SessionData) => promised((done) => sessions.set(sid, session, done));

  it("moves a session's end at most once a minute, never behind the twelfth hour, and not when it is over", async () => {
    let now = 2_000 * HOUR;
    const sessions = new SessionStore(store, () => now);
    const began = now;
    await put(sessions, "moved", data());
    expect(await sessions.renew("moved")).toEqual({ idleMs: began + 30 * MINUTE, absoluteMs: began + 12 * HOUR });
    now += MINUTE - 1;
    expect((await sessions.renew("moved")).idleMs).toBe(began + 30 * MINUTE);
    now += 1;
    expect((await sessions.renew("moved")).idleMs).toBe(began + 31 * MINUTE);
    for (let n = 0; n < 24; n++) {
      now += 29 * MINUTE;
      await sessions.renew("moved");
    }
    expect(await sessions.renew("moved")).toEqual({ idleMs: began + 12 * HOUR, absoluteMs: began + 12 * HOUR });
    now = began + 12 * HOUR;
    expect(await sessions.renew("moved")).toEqual({ idleMs: now, absoluteMs: now });
    expect(await open(sessions, "moved")).toBeNull();
    expect(await sessions.renew("none")).toEqual({ idleMs: now, absoluteMs: now });
  });

  it("pulls an end back that lies further ahead than it can", async () => {
    let now = 3_000 * HOUR;
    const sessions = new SessionStore(store, () => now);
    await put(sessions, "ahead", data());
    now -= 5 * MINUTE;
    expect((await sessions.renew("ahead")).idleMs).toBe(now + 30 * MINUTE);
  });

  it("gives each reader a session of its own, and inserts none a second time", async () => {
    const sessions = new SessionStore(store);
    const session = data();
    await put(sessions, "read", session);
    const [one, other] = [(await open(sessions, "read")) as { project?: string }, await open(sessions, "read")];
    one.project = "changed";
    expect(other).toEqual({ cookie: {} });
    expect(sessions.hasEnded(session)).toBe(false);
    await put(sessions, "read", Object.assign(session, { project: "p" }));
    expect(await open(sessions, "read")).toEqual({ cookie: {}, project: "p" });
    await promised((done) => sessions.destroy("read", done));
    await put(sessions, "read", session);
    expect([sessions.hasEnded(session), await open(sessions, "read")]).toEqual([true, null]);
    const req = { sessionID: "read" } as unknown as Request;
    const made = sessions.createSession(req, { cookie: { originalMaxAge: 1 } } as SessionData);
    await put(sessions, "read", made);
    expect([sessions.hasEnded(made), await open(sessions, "read")]).toEqual([true, null]);
  });

  it("does not revive a session that is over by saving it", async () => {
    let now = 4_000 * HOUR;
    const sessions = new SessionStore(store, () => now);
    const session = data();
    await put(sessions, "over", session);
    now += 30 * MINUTE;
    await put(sessions, "over", session);
    expect(sessions.hasEnded(session)).toBe(true);
  });

  it("sweeps what is over and what cannot be, and nothing else", async () => {
    let now = 5_000 * HOUR;
    const sessions = new SessionStore(store, () => now);
    await sessions.sweep();
    await put(sessions, "swept", data());
    now += 20 * MINUTE;
    await put(sessions, "kept", data());
    now += 10 * MINUTE;
    expect(await sessions.sweep()).toBe(1);
    expect([await open(sessions, "swept"), await open(sessions, "kept")]).toEqual([null, { cookie: {} }]);
    now -= 20 * MINUTE;
    expect(await sessions.sweep()).toBe(0);
    now -= 10 * MINUTE + 1;
    expect(await open(sessions, "kept")).toBeNull();
    expect(await sessions.sweep()).toBe(1);
  });

  it("hands failures of the store on", async () => {
    const failing = {
      get: () => Promise.reject(new Error("away")),
      insert: () => Promise.reject(new Error("away")),
      remove: () => Promise.reject(new Error("away")),
    };
    const sessions = new SessionStore(failing as unknown as DocumentStore);
    await expect(open(sessions, "x")).rejects.toThrow("away");
    await expect(put(sessions, "x", data())).rejects.toThrow("away");
    await expect(promised((done) => sessions.touch("x", data(), done))).rejects.toThrow("away");
    await expect(promised((done) => sessions.destroy("x", done))).rejects.toThrow("away");
  });
});

describe("where a change comes from", () => {
  const from = (headers: Record<string, string>, publicUrl = "https://a.example/lever") => {
    try {
      assertSameOrigin(asRequest({ headers: { host: "b.example", ...headers }, protocol: "http" }), publicUrl);
      return "ours";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it("is told by the browser, else by the origin", () => {
    expect(from({ "sec-fetch-site": "same-origin", origin: "https://evil.example" })).toBe("ours");
    expect(from({ "sec-fetch-site": "none" })).toBe("ours");
    expect(from({ "sec-fetch-site": "same-site", origin: "https://a.example" })).toBe("csrf_rejected");
    expect(from({ "sec-fetch-site": "cross-site" })).toBe("csrf_rejected");
    expect([from({}), from({ origin: "https://a.example" }), from({ origin: "http://b.example" })]).toEqual([
      "ours",
      "ours",
      "ours",
    ]);
    expect([
      from({ origin: "https://a.example/lever" }),
      from({ origin: "https://b.example" }),
      from({ origin: "null" }),
    ]).toEqual(["csrf_rejected", "csrf_rejected", "csrf_rejected"]);
  });
});

describe("a session", () => {
  const sessions = (publicUrl: string) =>
    createSessions({
      store: new SessionStore(store),
      secret: new Secret("s"),
      publicUrl,
      assertProject: async () => undefined,
      isAllowed: () => true,
    });

  it("is possible behind https only where the proxy says that the browser came by it", () => {
    const possible = (publicUrl: string, proto?: string) => sessions(publicUrl).isPossible(asRequest({ get: () => proto }));
    expect([possible("http://a"), possible("http://a", "http")]).toEqual([true, true]);
    expect(["https", "HTTPS", " https , http"].map((proto) => possible("https://a", proto))).toEqual([true, true, true]);
    expect([undefined, "http", "http, https"].map((proto) => possible("https://a", proto))).toEqual([false, false, false]);
  });

  it("has a secret for each purpose, which no other session has", () => {
    const { secretFor, csrfToken } = sessions("http://a");
    const of = (sessionID: string) => asRequest({ sessionID });
    expect(csrfToken(of("a"))).toBe(csrfToken(of("a")));
    expect(
      new Set([csrfToken(of("a")), csrfToken(of("b")), secretFor(of("a"), "x"), secretFor(of("b"), "x"), secretFor(of("a"), "y")])
        .size,
    ).toBe(5);
    const other = createSessions({
      store: new SessionStore(store),
      secret: new Secret("t"),
      publicUrl: "http://a",
      assertProject: async () => undefined,
      isAllowed: () => true,
    });
    expect(other.csrfToken(of("a"))).not.toBe(csrfToken(of("a")));
  });
});

describe("sign-ins from one address", () => {
  const attempt = (limit: ReturnType<typeof createSignInLimit>, statusCode: number | undefined) => {
    const res = Object.assign(new EventEmitter(), { statusCode: statusCode ?? 0 }) as unknown as Response;
    try {
      limit(asRequest({ ip: "192.0.2.1", socket: {} }), res, () => {});
    } catch (error) {
      return error as { code: string; details: { retryAfterMs: number } };
    }
    if (statusCode !== undefined) res.emit("finish");
    return undefined;
  };

  it("are counted from their begin, and forgotten where they succeed", () => {
    const limit = createSignInLimit();
    for (let n = 0; n < 100; n++) for (const status of [200, 303, 399]) expect(attempt(limit, status)).toBeUndefined();
    for (let n = 0; n < 29; n++) expect(attempt(limit, 400)).toBeUndefined();
    expect(attempt(limit, undefined)).toBeUndefined();
    const refused = attempt(limit, undefined);
    expect(refused?.code).toBe("too_many_requests");
    expect(refused?.details.retryAfterMs).toBeGreaterThan(50_000);
  });

  it("all count where each of them leaves something behind", () => {
    const limit = createSignInLimit({ count: "all" });
    for (let n = 0; n < 30; n++) expect(attempt(limit, 302)).toBeUndefined();
    expect(attempt(limit, 302)?.code).toBe("too_many_requests");
  });
});

describe("a key", () => {
  const known = { id: "key_1", name: "nightly export", project: "p", scopes: ["admin"] as const };
  const asked: string[] = [];
  const authenticate = createAuthenticate({
    apiKeys: {
      authenticate: async (key: string) => {
        asked.push(key);
        return key === "lc_good" ? known : key === "lc_default" ? { ...known, project: "default" } : undefined;
      },
    } as never,
    adminToken: new Secret("admin-token-of-mine"),
    session: async () => ({ kind: "session" }) as never,
    guesses: createGuessLimit(),
  });
  let address = 0;
  const call = async (authorization: string | undefined, ip = `10.1.${address >> 8}.${address++ & 255}`) => {
    const res = { locals: {} as Record<string, unknown> };
    const req = asRequest({ headers: { ...(authorization !== undefined && { authorization }) }, ip, socket: {} });
    try {
      await authenticate(req, res as unknown as Response, () => {});
    } catch (error) {
      return (error as { code: string }).code;
    }
    return res.locals.caller;
  };

  it("says who calls, and who of them runs the installation", async () => {
    expect(await call("Bearer lc_good")).toEqual({
      kind: "api_key",
      project: "p",
      scopes: ["admin"],
      id: "key_1",
      names: ["nightly export"],
      isOperator: false,
    });
    expect(await call("bearer  lc_default ")).toMatchObject({ project: "default", isOperator: true });
    expect(await call("Bearer admin-token-of-mine")).toEqual({
      kind: "admin_token",
      project: "default",
      scopes: ["admin"],
      id: "admin_token",
      isOperator: true,
    });
    expect(await call(undefined)).toEqual({ kind: "session" });
  });

  it("is looked up only where it can be one", async () => {
    asked.length = 0;
    for (const header of [
      "",
      "lc_good",
      "xBearer lc_good",
      "Bearer lc_good x",
      "Bearer",
      "Bearerlc_good",
      "Bearer lc_\u00e9",
      `Bearer ${"x".repeat(513)}`,
    ])
      expect([header, await call(header)]).toEqual([header, "auth_required"]);
    expect(asked).toEqual([]);
    expect(await call(`Bearer ${"x".repeat(512)}`)).toBe("auth_required");
    expect(asked).toHaveLength(1);
  });

  it("that works elsewhere alone is not heard where somebody guesses", async () => {
    await call("Bearer lc_good", "192.0.2.20");
    for (let n = 0; n < 30; n++) await call(`Bearer guess-${n}`, "192.0.2.21");
    expect(await call("Bearer lc_good", "192.0.2.21")).toBe("too_many_requests");
    expect(await call("Bearer lc_good", "192.0.2.20")).toMatchObject({ id: "key_1" });
  });

  it("of less than the scope admin does not run the installation, in whatever project", async () => {
    const narrow = createAuthenticate({
      apiKeys: { authenticate: async () => ({ id: "key_2", project: "default", scopes: ["operations:read"] }) } as never,
      session: async () => undefined,
      guesses: createGuessLimit(),
    });
    const res = { locals: {} as Record<string, unknown> };
    const req = asRequest({ headers: { authorization: "Bearer lc_x" }, ip: "192.0.2.30", socket: {} });
    await narrow(req, res as unknown as Response, () => {});
    expect(res.locals.caller).toMatchObject({ id: "key_2", isOperator: false });
  });

  it("that worked from an address is heard there, whoever guesses beside it", async () => {
    await call("Bearer lc_good", "192.0.2.5");
    for (let n = 0; n < 30; n++) expect(await call(`Bearer guess-${n}`, "192.0.2.5:1")).toBe("auth_required");
    expect(await call("Bearer guess", "192.0.2.5")).toBe("too_many_requests");
    expect(await call("Bearer lc_default", "192.0.2.5")).toBe("too_many_requests");
    expect(await call("Bearer lc_good", "192.0.2.5:2")).toMatchObject({ id: "key_1" });
    expect(await call("Bearer lc_default", "192.0.2.6")).toMatchObject({ id: "key_1" });
    expect(await call(undefined, "192.0.2.5")).toEqual({ kind: "session" });
  });
});

describe("attempts that are counted", () => {
  it("keep an address that begins a new window from being the next one forgotten", () => {
    let elapsedMs = 0;
    const limit = createAttemptLimit(() => elapsedMs);
    limit.take("a");
    limit.take("b");
    elapsedMs = MINUTE;
    for (let n = 0; n < 30; n++) limit.take("a");
    for (let n = 0; n < 9_999; n++) limit.take(`other ${n}`);
    expect(limit.refusedMs("a")).toBe(MINUTE);
  });

  it("are never fewer than none: one given back after its window counts for nothing", () => {
    let elapsedMs = 0;
    const limit = createAttemptLimit(() => elapsedMs);
    limit.take("a");
    elapsedMs = MINUTE;
    for (let n = 0; n < 3; n++) {
      limit.take("a");
      limit.giveBack("a");
      limit.giveBack("a");
    }
    for (let n = 0; n < 30; n++) limit.take("a");
    expect(limit.refusedMs("a")).toBe(MINUTE);
  });
});

describe("what signs the cookies", () => {
  const ring = {
    seal: (value: string) => `sealed ${value}`,
    open: (value: string) => new Secret(value.slice(7)),
    labelOf: () => "k1",
  } as unknown as Parameters<typeof loadSessionSecret>[1];

  it("is made once, also where two processes make it at once", async () => {
    const [one, other] = await Promise.all([loadSessionSecret(store, ring), loadSessionSecret(store, ring)]);
    expect(reveal(one)).toMatch(/^[\w-]{43}$/);
    expect([reveal(other), reveal(await loadSessionSecret(store, ring))]).toEqual([reveal(one), reveal(one)]);
  });

  it("is not replaced by anything where the store fails", async () => {
    const failing = { get: async () => undefined, insert: () => Promise.reject(new Error("away")) };
    await expect(loadSessionSecret(failing as unknown as DocumentStore, ring)).rejects.toThrow("away");
  });
});

describe("a person of the provider", () => {
  let now = 1_000_000;
  const oidc = createOidcSignIn({
    issuer: "https://login.example",
    clientId: "x",
    clientSecret: new Secret("x"),
    allow: ["mina@example.com", "@corp.example"],
    title: "Login",
    callbackUrl: "https://a.example/sign-in/oidc/callback",
    now: () => now,
  } as Parameters<typeof createOidcSignIn>[0]);

  it("may come in by address or by the whole domain", () => {
    const may = (email: string | null, id = "oidc_1") => oidc.allows({ id, name: null, email });
    expect(["Mina@Example.com", "x@corp.example", "a@b@corp.example"].map((email) => may(email))).toEqual([true, true, true]);
    expect(["x@example.com", "mina@example.com.evil", "x@sub.corp.example", "corp.example"].map((email) => may(email))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect([may(null), may("mina@example.com", "owner")]).toEqual([false, false]);
  });

  it("brings an answer with the state of a sign-in that is not older than ten minutes", () => {
    const pending = { state: "s", nonce: "n", expiresAtMs: now + 10 * MINUTE };
    const is = (query: string, at: typeof pending | undefined = pending) =>
      oidc.isAnswer(new URL(`https://a.example/?${query}`), at);
    expect([is("state=s"), is("state=t"), is(""), is("state=s&state=s")]).toEqual([true, false, false, false]);
    expect(oidc.isAnswer(new URL("https://a.example/?state=s"), undefined)).toBe(false);
    now += 10 * MINUTE - 1;
    expect(is("state=s")).toBe(true);
    now += 1;
    expect(is("state=s")).toBe(false);
  });
});
