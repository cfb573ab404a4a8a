import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { PLAYGROUND_APP } from "../../playground/options.ts";
import { reveal } from "../../sealing/secret.ts";
import { ADMIN, type Called, startTestServer, type TestServer } from "./start.ts";

let server: TestServer;
let origin: string;

beforeAll(async () => {
  server = await startTestServer();
  origin = server.services.publicUrl;
});
afterAll(() => server.close());
beforeEach(() => lever().faults.clear());

function lever() {
  if (!server.playground) throw new Error("the playground is off");
  return server.playground.playground;
}

/** Keeps cookies and follows nothing by itself. */
class Browser {
  cookie = "";

  async get(url: string): Promise<Called> {
    return this.#keep(
      await server.call("GET", url.replace(origin, ""), { headers: { cookie: this.cookie, accept: "text/html" } }),
    );
  }

  async post(url: string, headers: Record<string, string> = {}, fields: Record<string, string> = {}): Promise<Called> {
    const body = new URLSearchParams(fields).toString();
    const type = { "content-type": "application/x-www-form-urlencoded", accept: "text/html" };
    return this.#keep(
      await server.call("POST", url.replace(origin, ""), { body, headers: { ...type, cookie: this.cookie, ...headers } }),
    );
  }

  #keep(answer: Called): Called {
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ""] = line.split(";");
      const [name] = pair.split("=");
      const others = this.cookie.split("; ").filter((one) => one !== "" && !one.startsWith(`${name}=`));
      this.cookie = [...others, pair].join("; ");
    }
    return answer;
  }
}

async function add(nickname: string, key = ADMIN): Promise<{ id: string; authorizeUrl: string }> {
  const body = { connector: "lever", nickname, environment: "playground", auth: { type: "oauth2" } };
  const { body: made } = await server.call("POST", "/api/v1/credentials", { key, body });
  return made;
}

async function get(id: string, key = ADMIN): Promise<Called["body"]> {
  return (await server.call("GET", `/api/v1/credentials/${id}`, { key })).body;
}

/** Opens the start page and confirms; answers where the browser is sent. */
async function start(browser: Browser, authorizeUrl: string): Promise<URL> {
  expect((await browser.get(authorizeUrl)).status).toBe(200);
  const answer = await browser.post(authorizeUrl);
  expect(answer.status).toBe(302);
  return new URL(answer.headers.get("location") ?? "");
}

/** Answers Lever's consent page; answers the address that Lever sends the browser back to. */
async function decide(authorize: URL, decision: "approve" | "deny"): Promise<string> {
  const page = await (await fetch(authorize)).text();
  const transaction = /name="transaction" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const answer = await fetch(new URL("/authorize/decision", authorize), {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ transaction, decision }),
  });
  return answer.headers.get("location") ?? "";
}

async function connect(nickname: string, browser = new Browser()): Promise<{ id: string; page: Called }> {
  const { id, authorizeUrl } = await add(nickname);
  return { id, page: await browser.get(await decide(await start(browser, authorizeUrl), "approve")) };
}

describe("a consent", () => {
  it("says what it is for, goes to Lever with everything Lever needs, and ends with a tested credential", async () => {
    const browser = new Browser();
    const { id, authorizeUrl } = await add("Talent <team>");
    expect(authorizeUrl).toMatch(new RegExp(`^${origin}/oauth/lever/playground/start\\?ticket=[\\w-]{43}$`));
    expect((await get(id)).status).toBe("pending");
    const page = await browser.get(authorizeUrl);
    expect(page.text).toContain("Talent &lt;team&gt;");
    expect(page.text).not.toContain("<team>");
    expect(page.text).toMatch(/Default[\s\S]*Playground[\s\S]*Continue to Lever/);
    expect(page.headers.getSetCookie()[0]).toMatch(/^lc_consent=[\w-]{43};.*Path=\/oauth;.*HttpOnly; SameSite=Lax/);

    const authorize = await start(browser, authorizeUrl);
    const { environments } = server.services.connectors.builtIn;
    expect(authorize.href.split("?")[0]).toBe(environments.playground?.authorize);
    expect(Object.fromEntries(authorize.searchParams)).toMatchObject({
      client_id: environments.playground?.clientId,
      redirect_uri: `${origin}/oauth/lever/playground/callback`,
      response_type: "code",
      audience: environments.playground?.audience,
      scope: expect.stringContaining("offline_access"),
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
    });
    expect(authorize.href).not.toContain("secret");

    const done = await browser.get(await decide(authorize, "approve"));
    expect(done.status).toBe(200);
    expect(done.text).toContain("is connected");
    expect(done.text).toContain("The credential works");
    const credential = await get(id);
    expect(credential).toMatchObject({ status: "healthy", nickname: "Talent <team>", lastTest: { ok: true } });
    expect(credential.scopes).toContain("opportunities:write:admin");
    expect(credential.account.userId).not.toBeNull();
    expect(credential.defaultPerformAs).toBe(credential.account.userId);
    const used = await server.call("POST", "/api/v1/operations/list_stages", { key: ADMIN, body: { credential: id } });
    expect(used.status).toBe(200);
  });

  it("prints neither code, state, ticket nor tokens into the log", async () => {
    const browser = new Browser();
    const { authorizeUrl } = await add("quiet");
    const back = await decide(await start(browser, authorizeUrl), "approve");
    await browser.get(back);
    const { searchParams } = new URL(back);
    const secrets = [
      searchParams.get("code"),
      searchParams.get("state"),
      new URL(authorizeUrl).searchParams.get("ticket"),
      browser.cookie.split("=")[1],
    ];
    const log = server.logged.join("");
    for (const secret of secrets) {
      expect(secret?.length).toBeGreaterThan(10);
      expect(log).not.toContain(secret);
    }
    expect(log).not.toMatch(/eyJ[\w-]+\.eyJ/);
  });

  it("refused at Lever leaves the credential as it was, and can be started again", async () => {
    const browser = new Browser();
    const { id, authorizeUrl } = await add("refused");
    const answer = await browser.get(await decide(await start(browser, authorizeUrl), "deny"));
    expect(answer.status).toBe(403);
    expect(answer.text).toContain("oauth_denied");
    expect((await get(id)).status).toBe("pending");
    const again = await server.call("POST", `/api/v1/credentials/${id}/reconnect`, { key: ADMIN });
    const done = await browser.get(await decide(await start(browser, again.body.authorizeUrl), "approve"));
    expect(done.status).toBe(200);
    expect((await get(id)).status).toBe("healthy");
  });

  it("is not shown what somebody wrote into the address", async () => {
    const browser = new Browser();
    const { authorizeUrl } = await add("markup");
    const state = (await start(browser, authorizeUrl)).searchParams.get("state");
    const answer = await browser.get(
      `/oauth/lever/playground/callback?state=${state}&error=server_error&error_description=<script>canary</script>`,
    );
    expect(answer.status).toBe(502);
    expect(answer.text).not.toContain("canary");
  });

  it("without the scopes that were asked for ends unusable, and says which are missing", async () => {
    lever().faults.add([
      { match: { pathPattern: "/oauth/token" }, action: { kind: "edit-json", set: { scope: "offline_access" } } },
    ]);
    const { id, page } = await connect("too little");
    expect(page.status).toBe(422);
    expect(page.text).toContain("opportunities:write:admin");
    expect((await get(id)).status).toBe("unusable");
    const used = await server.call("POST", "/api/v1/operations/list_stages", { key: ADMIN, body: { credential: id } });
    expect(used.body.code).toBe("credential_scope_missing");
  });

  it("whose code Lever does not take ends with a page, and the credential stays as it was", async () => {
    lever().faults.add([
      {
        match: { pathPattern: "/oauth/token" },
        action: { kind: "respond", status: 403, body: { error: "invalid_grant", error_description: "canary" } },
      },
    ]);
    const failed = await connect("no tokens");
    expect(failed.page.status).toBe(502);
    expect(failed.page.text).toContain("oauth_exchange_failed");
    expect(failed.page.text).not.toContain("canary");
    expect((await get(failed.id)).status).toBe("pending");
    lever().faults.clear();
    lever().faults.add([{ match: { pathPattern: "/oauth/token" }, action: { kind: "reset", when: "before-apply" } }]);
    expect((await connect("no network")).page.status).toBe(502);
  });

  it("in two tabs of one browser ends well in both", async () => {
    const browser = new Browser();
    const [one, two] = [await add("tab one"), await add("tab two")];
    const first = await start(browser, one.authorizeUrl);
    const second = await start(browser, two.authorizeUrl);
    expect((await browser.get(await decide(first, "approve"))).status).toBe(200);
    expect((await browser.get(await decide(second, "approve"))).status).toBe(200);
    expect([(await get(one.id)).status, (await get(two.id)).status]).toEqual(["healthy", "healthy"]);
  });
});

describe("a consent is refused", () => {
  const refused = (answer: Called) => {
    expect([answer.status, answer.text.includes("oauth_state_invalid")]).toEqual([403, true]);
  };
  const exchanges = () =>
    lever()
      .requests.report(1000)
      .data.filter(({ path }) => path === "/oauth/token").length;

  it("in another browser than the one that started it, and is worth nothing afterwards", async () => {
    const browser = new Browser();
    const { id, authorizeUrl } = await add("other browser");
    const back = await decide(await start(browser, authorizeUrl), "approve");
    const before = exchanges();
    const stranger = new Browser();
    refused(await stranger.get(back));
    await stranger.get((await add("of the stranger")).authorizeUrl);
    refused(await stranger.get(back));
    refused(await browser.get(back));
    expect(exchanges()).toBe(before);
    expect((await get(id)).status).toBe("pending");
  });

  it("when its state is replayed", async () => {
    const browser = new Browser();
    const { authorizeUrl } = await add("replayed");
    const back = await decide(await start(browser, authorizeUrl), "approve");
    expect((await browser.get(back)).status).toBe(200);
    const before = exchanges();
    refused(await browser.get(back));
    expect(exchanges()).toBe(before);
  });

  it("when ticket or state ran out", async () => {
    const browser = new Browser();
    const [late, later] = [await add("late ticket"), await add("late state")];
    const back = await decide(await start(browser, later.authorizeUrl), "approve");
    for (const flow of await server.services.store.find("oauthFlows", "default", { limit: 1000 })) {
      await server.services.store.patch("oauthFlows", "default", flow.id, { set: { expiresAtMs: Date.now() - 1 } });
    }
    refused(await browser.get(late.authorizeUrl));
    refused(await browser.post(late.authorizeUrl));
    refused(await browser.get(back));
  });

  it("at another environment's callback", async () => {
    const browser = new Browser();
    const { authorizeUrl } = await add("mixed up");
    refused(await browser.get(authorizeUrl.replace("/playground/", "/sandbox/")));
    const back = await decide(await start(browser, authorizeUrl), "approve");
    refused(await browser.get(back.replace("/playground/", "/sandbox/")));
  });

  it.each([
    "",
    "?state=",
    "?code=x",
    "?state=a&state=b&code=x",
    "?error=access_denied",
    `?state=${"x".repeat(43)}&code=x`,
    "?state[$gt]=&code=x",
  ])("with the query %j, whatever it says about errors or codes", async (query) => {
    refused(await new Browser().get(`/oauth/lever/playground/callback${query}`));
  });

  it.each(["", "?ticket=", "?ticket=a&ticket=b", `?ticket=${"x".repeat(43)}`])("to start with the query %j", async (query) => {
    refused(await new Browser().get(`/oauth/lever/playground/start${query}`));
  });

  it("when its answer holds neither code nor error", async () => {
    const browser = new Browser();
    const { authorizeUrl } = await add("nothing");
    const state = (await start(browser, authorizeUrl)).searchParams.get("state");
    const answer = await browser.get(`/oauth/lever/playground/callback?state=${state}`);
    expect([answer.status, answer.headers.get("location")]).toEqual([502, null]);
  });

  it("when another site sends the form, or the browser has not seen the page", async () => {
    const { authorizeUrl } = await add("forced");
    refused(await new Browser().post(authorizeUrl));
    const browser = new Browser();
    await browser.get(authorizeUrl);
    expect((await browser.post(authorizeUrl, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    expect((await browser.post(authorizeUrl, { origin: "https://evil.example" })).status).toBe(403);
    expect((await browser.post(authorizeUrl)).status).toBe(302);
  });

  it("when its ticket was used", async () => {
    const browser = new Browser();
    const { authorizeUrl } = await add("twice");
    await start(browser, authorizeUrl);
    refused(await browser.get(authorizeUrl));
    refused(await browser.post(authorizeUrl));
  });

  it("when the credential is gone", async () => {
    const browser = new Browser();
    const { id, authorizeUrl } = await add("removed");
    const back = await decide(await start(browser, authorizeUrl), "approve");
    await server.call("DELETE", `/api/v1/credentials/${id}`, { key: ADMIN });
    const answer = await browser.get(back);
    expect([answer.status, answer.text.includes("not_found")]).toEqual([404, true]);
  });
});

describe("connecting again", () => {
  it("keeps id, nickname and account", async () => {
    const browser = new Browser();
    const { id } = await connect("again", browser);
    const before = await get(id);
    const { body } = await server.call("POST", `/api/v1/credentials/${id}/reconnect`, { key: ADMIN, body: {} });
    expect(body).toMatchObject({ id, nickname: "again", status: "healthy" });
    expect((await browser.get(await decide(await start(browser, body.authorizeUrl), "approve"))).status).toBe(200);
    const after = await get(id);
    expect(after).toMatchObject({ id, nickname: "again", status: "healthy", account: before.account });
  });

  it("with another Lever account is refused, and the old connection goes on working", async () => {
    const browser = new Browser();
    const { id } = await connect("one account", browser);
    const before = await get(id);
    const { accountId } = lever().world;
    Object.assign(lever().world, { accountId: "00000000-0000-4000-8000-000000000000" });
    const { body } = await server.call("POST", `/api/v1/credentials/${id}/reconnect`, { key: ADMIN });
    const answer = await browser.get(await decide(await start(browser, body.authorizeUrl), "approve"));
    Object.assign(lever().world, { accountId });
    expect([answer.status, answer.text.includes("account_mismatch")]).toEqual([409, true]);
    expect(await get(id)).toMatchObject({ account: before.account, status: "healthy" });
    expect((await server.call("POST", "/api/v1/operations/list_stages", { key: ADMIN, body: { credential: id } })).status).toBe(
      200,
    );
  });

  it("an API key credential by consent, or a consent by key, is refused", async () => {
    const { id } = await connect("by consent");
    const answer = await server.call("POST", `/api/v1/credentials/${id}/reconnect`, {
      key: ADMIN,
      body: { auth: { type: "api_key", apiKey: "x" } },
    });
    expect(answer.body.code).toBe("input_invalid");
  });
});

describe("OAuth apps", () => {
  it("that are missing stop a consent before anything is saved, and say what to set", async () => {
    const body = { connector: "lever", nickname: "no app", environment: "production", auth: { type: "oauth2" } };
    const answer = await server.call("POST", "/api/v1/credentials", { key: ADMIN, body });
    expect(answer.body).toMatchObject({
      status: 409,
      code: "oauth_app_missing",
      detail: expect.stringContaining("LEVER_CLIENT_ID"),
    });
    const listed = await server.call("GET", "/api/v1/credentials?limit=100", { key: ADMIN });
    expect(listed.text).not.toContain("no app");
  });

  it("belong to a project, are used by it alone, and give their secret to nobody", async () => {
    const tenant = await server.project("with an app");
    const path = "/api/v1/settings/oauth-apps/playground";
    const saved = await server.call("PUT", path, {
      key: tenant.key,
      body: { clientId: "of-the-tenant", clientSecret: "canary-secret", scopes: ["users:read:admin"] },
    });
    expect(saved.body).toMatchObject({ clientId: "of-the-tenant", hasSecret: true, source: "settings" });
    expect(saved.text).not.toContain("canary");
    const { authorizeUrl } = await add("tenant", tenant.key);
    const theirs = await start(new Browser(), authorizeUrl);
    expect(theirs.searchParams.get("client_id")).toBe("of-the-tenant");
    expect(theirs.searchParams.get("scope")).toBe("users:read:admin offline_access");
    const ours = await start(new Browser(), (await add("default app")).authorizeUrl);
    expect(ours.searchParams.get("client_id")).not.toBe("of-the-tenant");
    expect((await server.call("DELETE", path, { key: tenant.key })).status).toBe(204);
    const after = await server.call("GET", "/api/v1/settings/oauth-apps", { key: tenant.key });
    expect(after.body.data.find(({ environment }: { environment: string }) => environment === "playground").source).toBe(
      "development",
    );
  });

  it("that ask for more than they did when a consent began do not make it one that lacks something", async () => {
    const tenant = await server.project("asks for more");
    const ask = (...scopes: string[]) =>
      server.call("PUT", "/api/v1/settings/oauth-apps/playground", {
        key: tenant.key,
        body: { clientId: PLAYGROUND_APP.clientId, clientSecret: PLAYGROUND_APP.clientSecret, scopes },
      });
    await ask("users:read:admin");
    const browser = new Browser();
    const [begun, byOlder] = [await add("begun before", tenant.key), await add("begun by an older version", tenant.key)];
    const back = await decide(await start(browser, begun.authorizeUrl), "approve");
    const backToo = await decide(await start(browser, byOlder.authorizeUrl), "approve");
    const { store } = server.services;
    const flow = (await store.find("oauthFlows", tenant.id)).find(({ credential }) => credential === byOlder.id);
    await store.patch("oauthFlows", tenant.id, String(flow?.id), { set: { scopes: undefined } });
    await ask("users:read:admin", "tags:read:admin");
    expect((await browser.get(back)).status).toBe(200);
    expect(await get(begun.id, tenant.key)).toMatchObject({ status: "healthy", scopes: ["offline_access", "users:read:admin"] });
    // What it was asked for then is not known: it is held to what is asked for now.
    expect((await browser.get(backToo)).status).toBe(422);
    expect((await get(byOlder.id, tenant.key)).status).toBe("unusable");
  });

  it("that Lever refuses are told to be the operator's matter", async () => {
    const browser = new Browser();
    const { authorizeUrl } = await add("wrong secret");
    const back = await decide(await start(browser, authorizeUrl), "approve");
    await server.call("PUT", "/api/v1/settings/oauth-apps/playground", {
      key: ADMIN,
      body: { clientId: "lever-connector-development", clientSecret: "wrong" },
    });
    const answer = await browser.get(back);
    await server.call("DELETE", "/api/v1/settings/oauth-apps/playground", { key: ADMIN });
    expect([answer.status, answer.text.includes("oauth_app_rejected")]).toEqual([502, true]);
  });
});

describe("the dashboard session that asks for a consent", () => {
  async function dashboard() {
    const browser = new Browser();
    await browser.post("/access", {}, { token: reveal(await server.services.accessLinks.create()) });
    const { csrfToken } = (await browser.get("/session")).body;
    return {
      browser,
      change: (path: string, body: unknown) =>
        server.call("POST", path, { body, headers: { cookie: browser.cookie, "x-csrf-token": csrfToken } }),
    };
  }
  type Dashboard = Awaited<ReturnType<typeof dashboard>>;

  async function begin(
    { browser, change }: Dashboard,
    nickname: string,
  ): Promise<{ id: string; authorize: URL; authorizeUrl: string }> {
    const body = { connector: "lever", nickname, environment: "playground", auth: { type: "oauth2" } };
    const made = await change("/api/v1/credentials", body);
    expect([made.status, made.body.missingScopes]).toEqual([201, null]);
    const { id, authorizeUrl } = made.body;
    const answer = await browser.get(authorizeUrl);
    expect(answer.status).toBe(302);
    return { id, authorizeUrl, authorize: new URL(answer.headers.get("location") ?? "") };
  }

  const endedAt = ({ status, headers }: Called) => [status, headers.get("location")];

  it("is not asked again, and ends on the credential's page, tested", async () => {
    const here = await dashboard();
    const { id, authorize } = await begin(here, "by session");
    const done = await here.browser.get(await decide(authorize, "approve"));
    expect(endedAt(done)).toEqual([303, `/credentials/${id}?consent=connected`]);
    expect(await get(id)).toMatchObject({ status: "healthy", missingScopes: [], lastTest: { ok: true } });
  });

  it("is only spared the question itself: any other browser is asked", async () => {
    const { change } = await dashboard();
    const body = { connector: "lever", nickname: "asked elsewhere", environment: "playground", auth: { type: "oauth2" } };
    const { authorizeUrl } = (await change("/api/v1/credentials", body)).body;
    expect((await new Browser().get(authorizeUrl)).text).toContain("Continue to Lever");
  });

  it("comes back to the credential with the code of what went wrong", async () => {
    const here = await dashboard();
    const denied = await begin(here, "denied from the dashboard");
    const answer = await here.browser.get(await decide(denied.authorize, "deny"));
    expect(endedAt(answer)).toEqual([303, `/credentials/${denied.id}?consent=oauth_denied`]);

    const failing = await begin(here, "no tokens for the dashboard");
    lever().faults.add([
      { match: { pathPattern: "/oauth/token" }, action: { kind: "respond", status: 403, body: { error: "invalid_grant" } } },
    ]);
    const failed = await here.browser.get(await decide(failing.authorize, "approve"));
    expect(endedAt(failed)).toEqual([303, `/credentials/${failing.id}?consent=oauth_exchange_failed`]);
    expect((await get(failing.id)).status).toBe("pending");
    lever().faults.clear();

    const gone = await begin(here, "removed meanwhile");
    await server.call("DELETE", `/api/v1/credentials/${gone.id}`, { key: ADMIN });
    const missing = await here.browser.get(await decide(gone.authorize, "approve"));
    expect(endedAt(missing)).toEqual([303, `/credentials/${gone.id}?consent=not_found`]);
  });

  it("finds the missing scopes named in the credential", async () => {
    const here = await dashboard();
    const { id, authorize } = await begin(here, "too little for the dashboard");
    lever().faults.add([
      {
        match: { pathPattern: "/oauth/token" },
        action: { kind: "edit-json", set: { scope: "offline_access opportunities:read:admin" } },
      },
    ]);
    const answer = await here.browser.get(await decide(authorize, "approve"));
    expect(endedAt(answer)).toEqual([303, `/credentials/${id}?consent=credential_scope_missing`]);
    const credential = await get(id);
    expect(credential.status).toBe("unusable");
    expect(credential.missingScopes).toContain("opportunities:write:admin");
    expect(credential.missingScopes).not.toContain("opportunities:read:admin");
    expect(credential.missingScopes).not.toContain("offline_access");
  });

  it("gets a page, with a way back, where the consent is not one of its own or cannot go on", async () => {
    const here = await dashboard();
    const back = '<a href="/credentials">Back to the credentials</a>';
    const byKey = await here.browser.get(
      await decide(await start(here.browser, (await add("by a key")).authorizeUrl), "approve"),
    );
    expect([byKey.status, byKey.text.includes("is connected"), byKey.text.includes(back)]).toEqual([200, true, true]);

    const { authorize, authorizeUrl } = await begin(here, "used twice");
    const callback = await decide(authorize, "approve");
    expect((await here.browser.get(callback)).status).toBe(303);
    for (const url of [callback, authorizeUrl, "/oauth/lever/playground/callback?state=x"]) {
      const answer = await here.browser.get(url);
      expect([url, answer.status, answer.text.includes("oauth_state_invalid"), answer.text.includes(back)]).toEqual([
        url,
        403,
        true,
        true,
      ]);
    }
  });

  it("gets a page where it has signed out or gone to another project meanwhile", async () => {
    const here = await dashboard();
    const [left, moved] = [await begin(here, "left alone"), await begin(here, "in the first project")];
    const { id } = await server.services.projects.create("elsewhere");
    await here.change("/session/project", { project: id });
    const elsewhere = await here.browser.get(await decide(moved.authorize, "approve"));
    expect([elsewhere.status, elsewhere.text.includes("is connected")]).toEqual([200, true]);
    await here.change("/session/project", { project: "default" });
    await here.change("/sign-out", undefined);
    const signedOut = await here.browser.get(await decide(left.authorize, "approve"));
    expect([signedOut.status, signedOut.text.includes("is connected")]).toEqual([200, true]);
  });
});

describe("another project", () => {
  it("gets its own credential connected, and cannot see or reconnect the first one's", async () => {
    const tenant = await server.project("tenant");
    const browser = new Browser();
    const ours = await add("ours");
    const theirs = await add("theirs", tenant.key);
    const first = await start(browser, ours.authorizeUrl);
    const second = await start(browser, theirs.authorizeUrl);
    await browser.get(await decide(second, "approve"));
    expect((await get(theirs.id, tenant.key)).status).toBe("healthy");
    expect((await get(ours.id)).status).toBe("pending");
    expect((await get(ours.id, tenant.key)).code).toBe("not_found");
    const refused = await server.call("POST", `/api/v1/credentials/${ours.id}/reconnect`, { key: tenant.key });
    expect(refused.body.code).toBe("not_found");
    await browser.get(await decide(first, "approve"));
    expect((await get(ours.id)).status).toBe("healthy");
  });
});
