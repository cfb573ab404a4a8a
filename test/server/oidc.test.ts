import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { freePort } from "../support/free-port.ts";
import { gate } from "../support/gate.ts";
import { startOidcProvider, type TestProvider } from "../support/oidc-provider.ts";
import { type SignedIn, sessionOf, signIn } from "./sign-in.ts";
import { type Called, startTestServer, type TestServer } from "./start.ts";

const SECRET = "secret-of-this-server-at-the-provider";

let server: TestServer;
let provider: TestProvider;
let providerPort: number;
let port: number;

function startProvider(): Promise<TestProvider> {
  return startOidcProvider({
    redirectUri: `http://127.0.0.1:${port}/sign-in/oidc/callback`,
    clientId: "lever-connector",
    clientSecret: SECRET,
    authentication: "client_secret_basic",
    port: providerPort,
  });
}

beforeAll(async () => {
  [port, providerPort] = [await freePort(), await freePort()];
  provider = await startProvider();
  Object.assign(provider.people, {
    mina: { email: "Mina@Example.com", email_verified: true, name: "Mina <b>Brandt</b>" },
    of_domain: { email: "anyone@corp.example" },
    lookalike: { email: "anyone@corp.example.evil.test", email_verified: true },
    twice: { email: "mina@example.com@evil.test", email_verified: true },
    unverified: { email: "mina@example.com", email_verified: false },
    unverified_in_words: { email: "mina@example.com", email_verified: "false" },
    stranger: { email: "stranger@elsewhere.test", email_verified: true },
    nameless: {},
  });
  server = await startTestServer({
    env: {
      PORT: String(port),
      PLAYGROUND: "off",
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: "lever-connector",
      OIDC_CLIENT_SECRET: SECRET,
      OIDC_ALLOW: "mina@example.com  @corp.example",
      OIDC_TITLE: "Example Login",
    },
  });
});
afterAll(async () => {
  await server.close();
  await provider.close();
});

const get = (path: string, cookie = "") => server.call("GET", path, { headers: { cookie, accept: "text/html" } });

async function begin(): Promise<{ authorize: string; cookie: string }> {
  const answer = await get("/sign-in/oidc");
  expect([answer.status, answer.headers.get("cache-control")]).toEqual([302, "no-store"]);
  return {
    authorize: answer.headers.get("location") ?? "",
    cookie: (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "",
  };
}

const pathOf = (url: string) => url.replace(server.services.publicUrl, "");

async function signInAs(subject: string): Promise<Called> {
  const { authorize, cookie } = await begin();
  return get(pathOf(await provider.signIn(authorize, subject)), cookie);
}

async function signedInAs(subject: string): Promise<SignedIn> {
  const answer = await signInAs(subject);
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "/"]);
  return sessionOf(server, answer);
}

describe("sign-in at an OpenID Connect provider", () => {
  it("is offered to whoever is not signed in", async () => {
    expect((await get("/session")).body).toEqual({ signedIn: false, oidc: { title: "Example Login", url: "/sign-in/oidc" } });
  });

  it("asks for a code with PKCE, state and nonce, and shows no secret", async () => {
    const { authorize } = await begin();
    const url = new URL(authorize);
    expect(url.origin).toBe(provider.issuer);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: "lever-connector",
      redirect_uri: `${server.services.publicUrl}/sign-in/oidc/callback`,
      response_type: "code",
      scope: "openid email profile",
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
  });

  it("lets a person on the list in, under a new session id, to run the installation", async () => {
    const { authorize, cookie } = await begin();
    const answer = await get(pathOf(await provider.signIn(authorize, "mina")), cookie);
    const person = await sessionOf(server, answer);
    expect(person.cookie).not.toBe(cookie);
    const page = (await person.call("GET", "/session")).body;
    expect(page).toMatchObject({
      signedIn: true,
      person: { id: expect.stringMatching(/^oidc_[\w-]{22}$/), name: "Mina <b>Brandt</b>", email: "Mina@Example.com" },
      oidc: { title: "Example Login" },
    });
    expect((await person.call("POST", "/api/v1/projects", { name: "by a person" })).status).toBe(201);
    expect((await server.call("GET", "/session", { headers: { cookie } })).body.signedIn).toBe(false);
    expect((await person.call("POST", "/sign-out")).status).toBe(204);
    expect((await person.call("GET", "/session")).body.signedIn).toBe(false);
    const again = (await (await signedInAs("mina")).call("GET", "/session")).body;
    expect(again.person.id).toBe(page.person.id);
  });

  it("lets anybody of a listed domain in", async () => {
    const person = await signedInAs("of_domain");
    expect((await person.call("GET", "/session")).body.person).toMatchObject({ name: null, email: "anyone@corp.example" });
  });

  it.each(["stranger", "lookalike", "twice", "unverified", "unverified_in_words", "nameless"])(
    "lets %s not in",
    async (subject) => {
      const { authorize, cookie } = await begin();
      const answer = await get(pathOf(await provider.signIn(authorize, subject)), cookie);
      expect([answer.status, answer.text.includes("You may not use this server")]).toEqual([403, true]);
      const after = (answer.headers.get("set-cookie") ?? cookie).split(";")[0] ?? "";
      for (const one of [cookie, after]) {
        expect((await server.call("GET", "/session", { headers: { cookie: one } })).body.signedIn).toBe(false);
        expect((await server.call("GET", "/api/v1/credentials", { headers: { cookie: one } })).status).toBe(401);
      }
    },
  );

  it("ends when a person is taken off the list", async () => {
    const { cookie } = await signedInAs("mina");
    expect(await isSignedIn(cookie, "someone@else.test mina@example.com")).toBe(true);
    expect(await isSignedIn(cookie, "@corp.example")).toBe(false);
    expect(await isSignedIn(cookie, undefined)).toBe(false);
  });

  /** Asks another server on the same store, with another list or no provider at all. */
  async function isSignedIn(cookie: string, OIDC_ALLOW: string | undefined): Promise<boolean> {
    const party = { OIDC_ISSUER: provider.issuer, OIDC_CLIENT_ID: "x", OIDC_CLIENT_SECRET: "x" };
    const env = { PLAYGROUND: "off", DATA_DIR: server.dataDir, ...(OIDC_ALLOW !== undefined && { ...party, OIDC_ALLOW }) };
    const other = await startTestServer({ env });
    const { body } = await other.call("GET", "/session", { headers: { cookie } });
    await other.close();
    return body.signedIn;
  }
});

describe("an answer of the provider", () => {
  const refused = (answer: Called) => {
    expect([answer.status, answer.text.includes("You are not signed in")]).toEqual([403, true]);
    expect(answer.headers.get("location")).toBeNull();
  };

  it("is refused in another browser, and with another state; the right one still counts", async () => {
    const { authorize, cookie } = await begin();
    const other = await begin();
    const back = pathOf(await provider.signIn(authorize, "mina"));
    refused(await get(back));
    refused(await get(back, other.cookie));
    refused(await get(back.replace(/state=[\w-]+/, `state=${"x".repeat(43)}`), cookie));
    refused(await get(back.replace(/state=[\w-]+/, ""), cookie));
    refused(await get(`${back}&state=${"x".repeat(43)}`, cookie));
    expect((await get(back, cookie)).status).toBe(303);
  });

  it("works once", async () => {
    const { authorize, cookie } = await begin();
    const back = pathOf(await provider.signIn(authorize, "mina"));
    const first = await get(back, cookie);
    expect(first.status).toBe(303);
    refused(await get(back, cookie));
    refused(await get(back, (await sessionOf(server, first)).cookie));
  });

  it("is refused when code or issuer were tampered with", async () => {
    for (const tamper of [
      (back: string) => back.replace(/code=[\w-]+/, "code=tampered"),
      (back: string) => back.replace(/code=[\w-]+/, ""),
      (back: string) => back.replace(/iss=[^&]+/, `iss=${encodeURIComponent("https://evil.test")}`),
      (back: string) => back.replace(/iss=[^&]+/, ""),
      (back: string) => `${back}&error=access_denied`,
      (back: string) => `${back}&code=twice`,
    ]) {
      const { authorize, cookie } = await begin();
      const back = pathOf(await provider.signIn(authorize, "mina"));
      expect(tamper(back)).not.toBe(back);
      refused(await get(tamper(back), cookie));
    }
  });

  it("that was got with another sign-in's code is refused: verifier and nonce belong to one", async () => {
    const [mine, theirs] = [await begin(), await begin()];
    const [back, injected] = [
      await provider.signIn(mine.authorize, "mina"),
      await provider.signIn(theirs.authorize, "of_domain"),
    ];
    const code = new URL(injected).searchParams.get("code") ?? "";
    refused(await get(pathOf(back).replace(/code=[\w-]+/, `code=${code}`), mine.cookie));
  });

  it("that tells of a refusal signs nobody in, and shows nothing that somebody wrote into the address", async () => {
    const { authorize, cookie } = await begin();
    const back = pathOf(await provider.cancel(authorize));
    expect(back).toContain("error=access_denied");
    const answer = await get(`${back}&error_description=<b>canary</b>`, cookie);
    refused(answer);
    expect(answer.text).not.toContain("canary");
  });

  it("that comes after ten minutes is refused", async () => {
    const { authorize, cookie } = await begin();
    const back = pathOf(await provider.signIn(authorize, "mina"));
    const { store } = server.services;
    for (const { id, data } of await store.find("sessions", "default", { limit: 1000 })) {
      const session = data as { signIn?: object };
      if (!session.signIn) continue;
      const late = { ...session, signIn: { ...session.signIn, expiresAtMs: Date.now() - 1 } };
      await store.patch("sessions", "default", id, { set: { data: late } });
    }
    refused(await get(back, cookie));
  });

  it("that was begun before the clock was set back by hours is refused", async () => {
    const { authorize, cookie } = await begin();
    const back = pathOf(await provider.signIn(authorize, "mina"));
    const { store } = server.services;
    for (const { id, data } of await store.find("sessions", "default", { limit: 1000 })) {
      const session = data as { signIn?: object };
      const signIn = { ...session.signIn, expiresAtMs: Date.now() + 2 * 3_600_000 };
      if (session.signIn) await store.patch("sessions", "default", id, { set: { data: { ...session, signIn } } });
    }
    refused(await get(back, cookie));
  });

  it("leaves nothing in the store that its code could be redeemed with", async () => {
    await begin();
    const sessions = await server.services.store.find("sessions", "default", { limit: 1000 });
    const kept = sessions.map(({ data }) => Object.keys((data as { signIn?: object }).signIn ?? {}).sort());
    expect(kept).toContainEqual(["expiresAtMs", "nonce", "state"]);
    expect(JSON.stringify(kept)).not.toContain("verifier");
  });

  it("leaves neither code, state nor secret in the log", async () => {
    const { authorize, cookie } = await begin();
    const back = new URL(await provider.signIn(authorize, "mina"));
    await get(pathOf(back.href).replace(/code=[\w-]+/, "code=canary-code"), cookie);
    const log = server.logged.join("");
    expect(log).toContain(`"code":"sign_in_failed"`);
    for (const secret of [back.searchParams.get("code"), back.searchParams.get("state"), "canary-code", SECRET, "mina@example"])
      expect([secret, log.toLowerCase().includes(String(secret).toLowerCase())]).toEqual([secret, false]);
  });
});

describe("a provider", () => {
  it("that is down is told, and asked again the next time", async () => {
    const closed = await startTestServer({
      env: {
        PLAYGROUND: "off",
        OIDC_ISSUER: `http://127.0.0.1:${await freePort()}`,
        OIDC_CLIENT_ID: "x",
        OIDC_CLIENT_SECRET: "x",
        OIDC_ALLOW: "a@b.test",
      },
    });
    const answer = await closed.call("GET", "/sign-in/oidc");
    expect([answer.status, answer.text.includes("cannot be reached"), answer.headers.get("set-cookie")]).toEqual([
      503,
      true,
      null,
    ]);
    expect(answer.text).toContain(new URL(closed.services.config.oidc?.issuer ?? "").host);
    const [host, closedPort] = ["127.0.0.1", Number(new URL(closed.services.config.oidc?.issuer ?? "").port)];
    const late = await startOidcProvider({
      redirectUri: `${closed.services.publicUrl}/sign-in/oidc/callback`,
      clientId: "x",
      clientSecret: "x",
      authentication: "client_secret_post",
      port: closedPort,
    });
    late.people.a = { email: "a@b.test" };
    const begun = await closed.call("GET", "/sign-in/oidc");
    expect([begun.status, new URL(begun.headers.get("location") ?? "").hostname]).toEqual([302, host]);
    const cookie = (begun.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const back = (await late.signIn(begun.headers.get("location") ?? "", "a")).replace(closed.services.publicUrl, "");
    expect((await closed.call("GET", back, { headers: { cookie } })).status).toBe(303);
    await late.close();
    await closed.close();
  });

  it("that answers after the sign-out of the session that asked does not bring that session back", async () => {
    const [asked, answered] = [gate(), gate()];
    const slow = createServer(async (_req, res) => {
      asked.open();
      await answered.opened;
      const issuer = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
      const authorize = { authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` };
      res.setHeader("content-type", "application/json").end(JSON.stringify({ issuer, ...authorize }));
    });
    await once(slow.listen(0, "127.0.0.1"), "listening");
    const { port: slowPort } = slow.address() as AddressInfo;
    const oidc = { OIDC_CLIENT_ID: "x", OIDC_CLIENT_SECRET: "x", OIDC_ALLOW: "a@b.test" };
    const other = await startTestServer({ env: { PLAYGROUND: "off", OIDC_ISSUER: `http://127.0.0.1:${slowPort}`, ...oidc } });
    const person = await signIn(other);
    const starting = person.call("GET", "/sign-in/oidc");
    await asked.opened;
    expect((await person.call("POST", "/sign-out")).status).toBe(204);
    answered.open();
    expect((await starting).status).toBe(401);
    expect((await person.call("GET", "/session")).body.signedIn).toBe(false);
    expect(await other.services.store.find("sessions", "default")).toEqual([]);
    const anew = await other.call("GET", "/sign-in/oidc");
    expect(anew.status).toBe(302);
    await other.close();
    slow.close();
  });

  it("that goes down meanwhile signs nobody in", async () => {
    const { authorize, cookie } = await begin();
    const back = pathOf(await provider.signIn(authorize, "mina"));
    await provider.close();
    const answer = await get(back, cookie);
    expect([answer.status, answer.text.includes("You are not signed in")]).toEqual([403, true]);
    const { people } = provider;
    provider = await startProvider();
    Object.assign(provider.people, people);
  });

  it("is asked at most thirty times a minute by one address", async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 32; i++)
      statuses.push((await server.call("GET", "/sign-in/oidc", { headers: { "x-forwarded-for": "192.0.2.77" } })).status);
    expect(statuses).toEqual([...Array(30).fill(302), 429, 429]);
  });

  it("is no route where none is configured", async () => {
    const without = await startTestServer({ env: { PLAYGROUND: "off" } });
    for (const path of ["/sign-in/oidc", "/sign-in/oidc/callback?state=x&code=x"])
      expect((await without.call("GET", path)).status).toBe(404);
    await without.close();
  });
});
