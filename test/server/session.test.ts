import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { SCOPES } from "../../app/scopes.ts";
import { packageVersion } from "../../connector/package-root.ts";
import { gate } from "../support/gate.ts";
import { type SignedIn, signIn } from "./sign-in.ts";
import { ADMIN, playgroundCredential, startTestServer, type TestServer } from "./start.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe("GET /session", () => {
  it("tells a stranger that nobody is signed in, and leaves no session behind", async () => {
    for (const headers of [{}, { authorization: `Bearer ${ADMIN}` }, { cookie: "lc_session=s%3Aforged.signature" }]) {
      const answer = await server.call("GET", "/session", { headers: headers as Record<string, string> });
      expect([answer.status, answer.body]).toEqual([200, { signedIn: false, oidc: null }]);
      expect([answer.headers.get("cache-control"), answer.headers.get("set-cookie")]).toEqual(["no-store", null]);
    }
    expect(await server.services.store.find("sessions", "default")).toEqual([]);
  });

  it("tells a page who is signed in, where, until when, and the token that its changes need", async () => {
    const { call, csrf } = await signIn(server);
    const before = Date.now();
    const answer = await call("GET", "/session");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.body).toEqual({
      signedIn: true,
      csrfToken: csrf,
      person: { id: "owner", name: null, email: null },
      scopes: ["admin"],
      project: { id: "default", name: "Default" },
      projects: [{ id: "default", name: "Default", createdAt: expect.stringMatching(/^\d{4}-.*Z$/), retentionDays: 30 }],
      oidc: null,
      playground: { url: server.playground?.url },
      publicUrl: server.services.publicUrl,
      version: packageVersion(),
      expiresAt: expect.any(String),
      endsAt: expect.any(String),
    });
    const minutes = (time: string) => Math.round((Date.parse(time) - before) / 60_000);
    expect([minutes(answer.body.expiresAt), minutes(answer.body.endsAt)]).toEqual([30, 720]);
  });

  it("gives pages that ask at once the same token", async () => {
    const { cookie } = await signIn(server);
    const answers = await Promise.all([1, 2, 3].map(() => server.call("GET", "/session", { headers: { cookie } })));
    expect(new Set(answers.map(({ body }) => body.csrfToken)).size).toBe(1);
  });

  it("tells the idle end as it is moved by use, and never one behind the absolute end", async () => {
    const { call, storedId: id } = await signIn(server);
    const { store } = server.services;
    await store.patch("sessions", "default", id, { set: { expiresAtMs: Date.now() + 5_000 } });
    expect(Date.parse((await call("GET", "/session")).body.expiresAt) - Date.now()).toBeGreaterThan(29 * 60_000);
    await store.patch("sessions", "default", id, { set: { createdAtMs: Date.now() - 11.9 * 3_600_000 } });
    await store.patch("sessions", "default", id, { set: { expiresAtMs: Date.now() + 60_000 } });
    const { expiresAt, endsAt } = (await call("GET", "/session")).body;
    expect(expiresAt).toBe(endsAt);
    await store.patch("sessions", "default", id, { set: { expiresAtMs: Date.now() - 1 } });
    expect((await call("GET", "/session")).body).toEqual({ signedIn: false, oidc: null });
    expect((await call("GET", "/api/v1/credentials")).body).toMatchObject({ status: 401, code: "auth_required" });
  });
});

describe("POST /session/project", () => {
  const choose = ({ call }: SignedIn, project: unknown) => call("POST", "/session/project", { project });

  it("lets the session act in another project from then on, and still run the installation", async () => {
    const { id } = await server.services.projects.create("Second");
    const person = await signIn(server);
    const other = await signIn(server);
    const answer = await choose(person, id);
    expect([answer.status, answer.body.project, answer.body.csrfToken]).toEqual([200, { id, name: "Second" }, person.csrf]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const made = await person.call("POST", "/api/v1/credentials", playgroundCredential("of the second"));
    expect([made.status, made.body.project]).toEqual([201, id]);
    expect((await other.call("GET", "/api/v1/credentials")).body.data).toEqual([]);
    expect((await person.call("GET", "/api/v1/credentials")).body.data).toHaveLength(1);
    expect((await person.call("GET", "/session")).body.project.id).toBe(id);
    expect((await other.call("GET", "/session")).body.project.id).toBe("default");

    expect((await person.call("GET", "/api/v1/projects")).body.data.length).toBeGreaterThan(1);
    expect((await person.call("POST", "/api/v1/projects", { name: "Third" })).status).toBe(201);
    expect((await person.call("POST", "/api/v1/access-links")).status).toBe(201);
    expect((await choose(person, "default")).body.project.id).toBe("default");
    expect((await person.call("GET", "/api/v1/credentials")).body.data).toEqual([]);
  });

  it("refuses a project that is not there, and bodies of other shapes", async () => {
    const person = await signIn(server);
    expect((await choose(person, "proj_missing")).body).toMatchObject({ status: 404, code: "not_found" });
    for (const body of [undefined, {}, { project: "" }, { project: 1 }, { project: "default", more: 1 }, []])
      expect([body, (await person.call("POST", "/session/project", body)).body.code]).toEqual([body, "input_invalid"]);
    expect((await person.call("GET", "/session")).body.project.id).toBe("default");
  });

  it("needs a session, and the token of its page from the same origin", async () => {
    const { id } = await server.services.projects.create("Not reached");
    const person = await signIn(server);
    expect((await server.call("POST", "/session/project", { body: { project: id } })).body.code).toBe("auth_required");
    expect((await server.call("POST", "/session/project", { key: ADMIN, body: { project: id } })).body.code).toBe(
      "auth_required",
    );
    for (const headers of [
      { "x-csrf-token": "" },
      { "x-csrf-token": "wrong" },
      { "x-csrf-token": (await signIn(server)).csrf },
      { "sec-fetch-site": "cross-site" },
      { origin: "https://evil.example" },
    ]) {
      const answer = await person.call("POST", "/session/project", { project: id }, headers as Record<string, string>);
      expect(answer.body).toMatchObject({ status: 403, code: "csrf_rejected" });
    }
    expect((await person.call("GET", "/session")).body.project.id).toBe("default");
  });
});

describe("a session that was signed out", () => {
  it("stays ended when a slow choice of a project comes to its end after the sign-out", async () => {
    const { id } = await server.services.projects.create("Chosen too late");
    const person = await signIn(server);
    const { projects } = server.services;
    const get = projects.get;
    const [arrived, signedOut] = [gate(), gate()];
    Object.assign(projects, {
      async get(project: string) {
        if (project !== id) return get(project);
        arrived.open();
        await signedOut.opened;
        return get(project);
      },
    });
    const choosing = person.call("POST", "/session/project", { project: id });
    await arrived.opened;
    expect((await person.call("POST", "/sign-out")).status).toBe(204);
    signedOut.open();
    const answer = await choosing;
    Object.assign(projects, { get });
    expect([answer.status, answer.body.code]).toEqual([401, "auth_required"]);
    expect((await person.call("GET", "/session")).body.signedIn).toBe(false);
    expect(await server.services.store.get("sessions", "default", person.storedId)).toBeUndefined();
  });

  it("is not prolonged by a request that began before its end", async () => {
    const { SessionStore } = await import("../../app/session-store.ts");
    let now = Date.now();
    const sessions = new SessionStore(server.services.store, () => now);
    const person = await signIn(server);
    const sid = decodeURIComponent(person.cookie).replace(/^[^=]*=s:|\.[^.]*$/g, "");
    now += 31 * 60_000;
    expect((await sessions.renew(sid)).idleMs).toBe(now);
    expect((await server.services.store.get("sessions", "default", person.storedId))?.expiresAtMs).toBeLessThan(now);
  });
});

describe("what the store keeps of a session", () => {
  it("holds neither its id nor the token of its page, also while that page is used", async () => {
    const person = await signIn(server);
    await person.call("GET", "/session");
    await person.call("POST", "/session/project", { project: "default" });
    const stored = JSON.stringify(await server.services.store.get("sessions", "default", person.storedId));
    expect(stored).toContain('"project":"default"');
    expect(stored).not.toContain(person.csrf);
    expect(person.csrf).toMatch(/^[\w-]{43}$/);
    expect(stored).not.toContain(decodeURIComponent(person.cookie).split(/[:.]/)[1]);
  });
});

describe("after the clock was set back", () => {
  it("a session of the wrong time is over at once, and is swept", async () => {
    const { SessionStore } = await import("../../app/session-store.ts");
    const { store } = server.services;
    const person = await signIn(server);
    // Signed in while the clock was two hours ahead.
    const wrong = Date.now() + 2 * 3_600_000;
    await store.patch("sessions", "default", person.storedId, {
      set: { createdAtMs: wrong, expiresAtMs: wrong + 30 * 60_000 },
    });
    expect((await person.call("GET", "/session")).body.signedIn).toBe(false);
    expect(await new SessionStore(store).sweep()).toBeGreaterThan(0);
    expect(await store.get("sessions", "default", person.storedId)).toBeUndefined();
  });

  it("a session goes on where the clocks of two machines differ by some minutes", async () => {
    const person = await signIn(server);
    const ahead = Date.now() + 8 * 60_000;
    const set = { createdAtMs: ahead, expiresAtMs: ahead + 30 * 60_000 };
    await server.services.store.patch("sessions", "default", person.storedId, { set });
    const { signedIn, expiresAt } = (await person.call("GET", "/session")).body;
    expect([signedIn, Date.parse(expiresAt) - Date.now() <= 30 * 60_000]).toEqual([true, true]);
  });
});

describe("the settings pages' calls", () => {
  it("make, list page by page and revoke API keys of the session's project", async () => {
    const { id } = await server.services.projects.create("With keys");
    const person = await signIn(server);
    await person.call("POST", "/session/project", { project: id });
    const made = await person.call("POST", "/api/v1/api-keys", { name: "one", scopes: ["credentials:read"] });
    expect([made.status, made.body.project]).toEqual([201, id]);
    await person.call("POST", "/api/v1/api-keys", { name: "two", scopes: ["admin"] });
    const first = await person.call("GET", "/api/v1/api-keys?limit=1");
    const second = await person.call("GET", `/api/v1/api-keys?limit=1&cursor=${first.body.next}`);
    const names = [first, second].flatMap(({ body }) => body.data.map(({ name }: { name: string }) => name));
    expect([names, second.body.next]).toEqual([["one", "two"], undefined]);
    const seen = await server.call("GET", "/api/v1/credentials", { key: made.body.key });
    expect(seen.status).toBe(200);
    expect((await person.call("DELETE", `/api/v1/api-keys/${made.body.id}`)).body.revokedAt).not.toBeNull();
    expect((await server.call("GET", "/api/v1/credentials", { key: made.body.key })).status).toBe(401);
  });

  it("know every scope in words", async () => {
    const { body } = await (await signIn(server)).call("GET", "/api/v1/settings/scopes");
    expect(body.data).toEqual(Object.entries(SCOPES).map(([name, description]) => ({ name, description })));
    expect(body.data.length).toBeGreaterThan(4);
  });
});
