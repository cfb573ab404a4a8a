import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createOAuthApps } from "../../credentials/oauth-apps.ts";
import { accessOfFlow, createOAuthFlows, isStartedBy, type OAuthFlows } from "../../credentials/oauth-flows.ts";
import { missingScopes } from "../../credentials/scopes.ts";
import type { TokenGrant } from "../../credentials/types.ts";
import { reveal, Secret } from "../../sealing/secret.ts";
import { accessTo } from "../support/access.ts";
import { connectorsOf } from "../support/connectors.ts";
import { connect, consent, control, type OAuthRoom, openOAuthRoom, SCOPES } from "./oauth-setup.ts";
import { ENVIRONMENTS, failure, openTestStore } from "./setup.ts";

let room: OAuthRoom;
let opened: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  opened = await openTestStore();
  room = await openOAuthRoom(opened.store);
});
afterAll(async () => {
  await room.close();
  await opened.close();
});

const TICKET = { credential: "cred_x", connector: "lever", environment: "production" };
const HERE = { connector: "lever", environment: "production" };

describe("a consent", () => {
  let flows: OAuthFlows;
  beforeAll(() => {
    flows = createOAuthFlows(room);
  });

  it("goes from ticket to state to verifier, each once", async () => {
    const { ticket, flow } = await flows.createTicket(accessTo("p1"), { ...TICKET, startedBySession: "session-1" });
    expect(await flows.readTicket(ticket, HERE)).toEqual(flow);
    expect(await flows.readTicket(ticket, HERE)).toEqual(flow);
    expect([isStartedBy(flow, "session-1"), isStartedBy(flow, "session-2"), isStartedBy(flow, undefined)]).toEqual([
      true,
      false,
      false,
    ]);
    const begun = await flows.beginConsent(ticket, HERE);
    for (const token of [ticket, begun.state, begun.browser]) expect(token).toMatch(/^[\w-]{43}$/);
    expect((await failure(flows.beginConsent(ticket, HERE))).code).toBe("oauth_state_invalid");
    expect((await failure(flows.readTicket(ticket, HERE))).code).toBe("oauth_state_invalid");
    const taken = await flows.takeState(begun.state, { ...HERE, browser: begun.browser, project: "p1" });
    expect(taken.flow).toEqual(flow);
    expect(reveal(taken.verifier)).toBe(reveal(begun.verifier));
    const replayed = await failure(flows.takeState(begun.state, { ...HERE, browser: begun.browser }));
    expect(replayed).toMatchObject({ code: "oauth_state_invalid", status: 403 });
  });

  it("that was begun by a version that knew no owners ends for the project", async () => {
    const { ticket, flow } = await flows.createTicket(accessTo("p1"), TICKET);
    const begun = await flows.beginConsent(ticket, HERE);
    await opened.store.patch("oauthFlows", "p1", flow.id, { set: { owner: undefined, actor: undefined } });
    const taken = await flows.takeState(begun.state, { ...HERE, browser: begun.browser });
    expect(accessOfFlow(taken.flow)).toEqual({ project: "p1", actor: "system" });
  });

  it("ends for the owner of its credential, in the name of whoever asked for it", async () => {
    const { ticket } = await flows.createTicket({ project: "p1", actor: "cli" }, { ...TICKET, owner: "alice" });
    expect(accessOfFlow(await flows.readTicket(ticket, HERE))).toEqual({ project: "p1", owner: "alice", actor: "cli" });
    const { ticket: own } = await flows.createTicket(accessTo("p1"), { ...TICKET, owner: null });
    expect(accessOfFlow(await flows.readTicket(own, HERE))).toEqual(accessTo("p1"));
  });

  it("tells whoever waits why it ended badly, and nobody else", async () => {
    const { ticket, flow } = await flows.createTicket(accessTo("p1"), TICKET);
    const begun = await flows.beginConsent(ticket, HERE);
    expect(await flows.failureOf(accessTo("p1"), flow.id)).toBeUndefined();
    await failure(flows.takeState(begun.state, { ...HERE, browser: "another" }));
    expect(await flows.failureOf(accessTo("p1"), flow.id)).toMatchObject({ code: "oauth_state_invalid" });
    const { flow: next } = await flows.createTicket(accessTo("p1"), TICKET);
    await flows.recordFailure(next, { code: "oauth_denied", message: "Refused" });
    expect(await flows.failureOf(accessTo("p1"), next.id)).toEqual({ code: "oauth_denied", message: "Refused" });
    expect(await flows.failureOf(accessTo("p2"), next.id)).toBeUndefined();
  });

  it("takes the verifier of a passport strategy and the cookie that the browser has already", async () => {
    const first = await flows.beginConsent((await flows.createTicket(accessTo("p1"), TICKET)).ticket, HERE);
    const verifier = new Secret("verifier-of-passport-0123456789-0123456789-012");
    const { ticket } = await flows.createTicket(accessTo("p1"), TICKET);
    const second = await flows.beginConsent(ticket, { ...HERE, browser: first.browser, verifier });
    expect(second.browser).toBe(first.browser);
    expect(reveal((await flows.takeState(second.state, { ...HERE, browser: first.browser })).verifier)).toBe(reveal(verifier));
    await flows.takeState(first.state, { ...HERE, browser: first.browser });
  });

  it.each([
    ["another browser", { browser: "A".repeat(43) }],
    ["no browser", { browser: undefined }],
    ["another environment", { connector: "lever", environment: "sandbox" }],
    ["another project", { project: "p2" }],
  ])("is refused to %s, and worth nothing afterwards", async (_, change) => {
    const { ticket } = await flows.createTicket(accessTo("p1"), TICKET);
    const begun = await flows.beginConsent(ticket, HERE);
    const right = { ...HERE, browser: begun.browser, project: "p1" };
    expect((await failure(flows.takeState(begun.state, { ...right, ...change }))).code).toBe("oauth_state_invalid");
    expect((await failure(flows.takeState(begun.state, right))).code).toBe("oauth_state_invalid");
  });

  it("lets one of many win that show the same ticket or state at once", async () => {
    const { ticket } = await flows.createTicket(accessTo("p1"), TICKET);
    const begun = await Promise.allSettled(Array.from({ length: 10 }, () => flows.beginConsent(ticket, HERE)));
    const winners = begun.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(winners).toHaveLength(1);
    const { state, browser } = winners[0] as (typeof winners)[number];
    const taken = await Promise.allSettled(Array.from({ length: 10 }, () => flows.takeState(state, { ...HERE, browser })));
    expect(taken.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("runs out, by the store's clock, before and after it has begun", async () => {
    let storeMs = Date.now();
    const timed = await openTestStore(() => storeMs);
    const short = createOAuthFlows({ ...room, store: timed.store, lifeMs: 60, now: () => 0 });
    const { ticket } = await short.createTicket(accessTo("p1"), TICKET);
    const { ticket: unused } = await short.createTicket(accessTo("p1"), TICKET);
    storeMs += 59;
    const begun = await short.beginConsent(ticket, HERE);
    expect((await short.readTicket(unused, HERE)).credential).toBe("cred_x");
    storeMs += 60;
    expect((await failure(short.readTicket(unused, HERE))).code).toBe("oauth_state_invalid");
    expect((await failure(short.beginConsent(unused, HERE))).code).toBe("oauth_state_invalid");
    expect((await failure(short.takeState(begun.state, { ...HERE, browser: begun.browser }))).code).toBe("oauth_state_invalid");
    expect(await short.sweep()).toBe(0);
    storeMs += 61;
    expect(await short.sweep()).toBe(2);
    expect(await timed.store.count("oauthFlows", "p1")).toBe(0);
    await timed.close();
  });

  it.each(["", "x", "A".repeat(43), "A".repeat(44), "$".repeat(43), "__proto__"])(
    "knows nothing of the token %j",
    async (token) => {
      expect((await failure(flows.readTicket(token, HERE))).code).toBe("oauth_state_invalid");
      expect((await failure(flows.beginConsent(token, HERE))).code).toBe("oauth_state_invalid");
      expect((await failure(flows.takeState(token, { ...HERE, browser: token }))).code).toBe("oauth_state_invalid");
    },
  );

  it("does not begin with a ticket of another environment, or a cookie of somebody else's making", async () => {
    const { ticket } = await flows.createTicket(accessTo("p1"), TICKET);
    expect((await failure(flows.readTicket(ticket, { connector: "lever", environment: "sandbox" }))).code).toBe(
      "oauth_state_invalid",
    );
    expect((await failure(flows.beginConsent(ticket, { connector: "lever", environment: "sandbox" }))).code).toBe(
      "oauth_state_invalid",
    );
    expect((await failure(flows.beginConsent(ticket, { ...HERE, browser: "" }))).code).toBe("oauth_state_invalid");
    expect((await flows.beginConsent(ticket, HERE)).flow.credential).toBe("cred_x");
  });

  it("keeps no ticket, state, cookie or verifier that a reader of the store could use", async () => {
    const { ticket, flow } = await flows.createTicket(accessTo("p1"), { ...TICKET, startedBySession: "session-canary" });
    const begun = await flows.beginConsent(ticket, HERE);
    const text = JSON.stringify(await opened.store.get("oauthFlows", "p1", flow.id));
    for (const token of [ticket, begun.state, begun.browser, reveal(begun.verifier), "session-canary"])
      expect(text).not.toContain(token);
    expect(text).toContain(createHash("sha256").update(begun.state).digest("hex"));
  });
});

describe("a consent at the playground", () => {
  it("leaves its credential pending when cancelled, and can be started again", async () => {
    const credentials = room.another();
    const { id } = await credentials.create(accessTo("p1"), {
      nickname: "cancelled",
      environment: "playground",
      auth: { type: "oauth2" },
    });
    const flows = createOAuthFlows(room);
    const place = { credential: id, connector: "lever", environment: "playground" };
    const { ticket } = await flows.createTicket(accessTo("p1"), place);
    const begun = await flows.beginConsent(ticket, place);
    await flows.takeState(begun.state, { ...place, browser: begun.browser });
    expect((await credentials.get(accessTo("p1"), id)).status).toBe("pending");
    await consent(room, "p1", id);
    expect((await credentials.get(accessTo("p1"), id)).status).toBe("untested");
  });

  it("reconnects under the same id, name and use", async () => {
    const id = await connect(room, "p1", "again");
    const credentials = room.another();
    const first = await credentials.sign(accessTo("p1"), id);
    await credentials.update(accessTo("p1"), id, { nickname: "renamed", defaultPerformAs: "chosen" });
    await consent(room, "p1", id);
    const second = await credentials.sign(accessTo("p1"), id);
    expect(second.authorization).not.toBe(first.authorization);
    expect(second.record).toMatchObject({ id, nickname: "renamed", defaultPerformAs: "chosen", status: "untested" });
  });

  it("is unusable where fewer scopes were granted than asked for", async () => {
    const id = await connect(room, "p1", "narrow", ["tags:read:admin", "offline_access"]);
    expect(await room.another().get(accessTo("p1"), id)).toMatchObject({
      status: "unusable",
      scopes: ["offline_access", "tags:read:admin"],
    });
    await consent(room, "p1", id);
    expect((await room.another().get(accessTo("p1"), id)).status).toBe("untested");
  });

  it("works to its end without a refresh token, and then asks for a new consent without a token call", async () => {
    const id = await connect(room, "p1", "short", SCOPES);
    const credentials = room.another();
    const startMs = room.clock.ms;
    const endsAt = new Date(startMs + 3_600_000).toISOString();
    expect(await credentials.get(accessTo("p1"), id)).toMatchObject({
      status: "untested",
      missingScopes: ["offline_access"],
      warnings: [{ code: "refresh_token_missing", endsAt, message: expect.stringContaining(endsAt) }],
    });
    room.clock.ms += 3_599_000;
    expect((await credentials.sign(accessTo("p1"), id)).secretVersion).toBe(1);
    room.clock.ms += 2_000;
    const before = room.running.playground.tokens.tokenRequests;
    const error = await failure(credentials.sign(accessTo("p1"), id));
    expect(error).toMatchObject({ code: "credential_reauth_required", message: expect.stringContaining("offline_access") });
    expect(room.running.playground.tokens.tokenRequests).toBe(before);
    expect(await credentials.get(accessTo("p1"), id)).toMatchObject({ status: "reauth_required", warnings: [] });
    room.clock.ms = startMs;
  });

  it("keeps the refresh token where the same user agrees again and is given none", async () => {
    const id = await connect(room, "p1", "kept");
    const credentials = room.another();
    await consent(room, "p1", id, SCOPES);
    expect(await credentials.get(accessTo("p1"), id)).toMatchObject({ status: "untested", missingScopes: [], warnings: [] });
    expect(await credentials.tokenState(accessTo("p1"), id)).toMatchObject({ refreshable: true });
    const startMs = room.clock.ms;
    room.clock.ms += 3_600_000;
    expect((await credentials.sign(accessTo("p1"), id)).secretVersion).toBe(3);
    room.clock.ms = startMs;
  });

  it.each([
    ["another user", { userId: "another-user" }],
    ["somebody unknown", { userId: null }],
    ["an unknown account", { accountId: null }],
    ["another OAuth app", { clientId: "another-app" }],
  ])("drops the refresh token where %s agrees and is given none, and says when that ends", async (_, change) => {
    const id = await connect(room);
    const credentials = room.another();
    const { account } = await credentials.get(accessTo("p1"), id);
    const grant = { accessToken: new Secret("opaque"), refreshToken: null, expiresAtMs: room.clock.ms + 1000, scopes: SCOPES };
    const saved = await credentials.saveGrant(accessTo("p1"), id, { ...grant, ...account, ...change }, [
      ...SCOPES,
      "offline_access",
    ]);
    expect(saved.warnings).toMatchObject([{ code: "refresh_token_missing" }]);
    expect(await credentials.tokenState(accessTo("p1"), id)).toMatchObject({ refreshable: false });
  });

  it("does not keep a refresh token that the service has refused", async () => {
    const id = await connect(room);
    const credentials = room.another();
    const { account } = await credentials.get(accessTo("p1"), id);
    await credentials.setStatus(accessTo("p1"), id, "reauth_required");
    const grant = { accessToken: new Secret("opaque"), refreshToken: null, expiresAtMs: room.clock.ms + 1000, scopes: SCOPES };
    expect((await credentials.saveGrant(accessTo("p1"), id, { ...grant, ...account }, SCOPES)).warnings).toHaveLength(1);
  });

  it("refuses another Lever account than the one connected before", async () => {
    const id = await connect(room, "p1", "account");
    const credentials = room.another();
    const { account } = await credentials.get(accessTo("p1"), id);
    expect(account.accountId).not.toBeNull();
    const grant: TokenGrant = {
      accessToken: new Secret("a.b.c"),
      refreshToken: null,
      expiresAtMs: room.clock.ms + 1000,
      scopes: SCOPES,
      userId: "other-user",
      accountId: "other-account",
    };
    expect((await failure(credentials.saveGrant(accessTo("p1"), id, grant, SCOPES))).code).toBe("account_mismatch");
    expect((await credentials.sign(accessTo("p1"), id)).secretVersion).toBe(1);
    const saved = await credentials.saveGrant(accessTo("p1"), id, { ...grant, accountId: account.accountId }, []);
    expect(saved).toMatchObject({ account: { ...account, userId: "other-user" }, defaultPerformAs: "other-user" });
  });

  it("swaps a code once, with its verifier and address, and says in our words what the service refused", async () => {
    const environment = room.environments.playground;
    const app = await room.apps.resolve(accessTo("p1"), { connector: "lever", environment: "playground" });
    if (environment === undefined) throw new Error("no playground");
    const call = { environment, app, code: "nonsense", redirectUri: "http://127.0.0.1:3000/x", verifier: new Secret("v") };
    const refused = await failure(room.tokens.exchangeCode(call));
    expect(refused).toMatchObject({
      code: "oauth_exchange_failed",
      details: { upstream: { status: 403, code: "invalid_grant" } },
    });
    expect(refused.message).not.toContain("authorization code");
    const wrong = { ...app, clientSecret: new Secret("wrong") };
    expect((await failure(room.tokens.exchangeCode({ ...call, app: wrong }))).code).toBe("oauth_app_rejected");
    await control(room, "/faults", { match: { pathPattern: "token", nth: 1 }, action: { kind: "huge-body", bytes: 200_000 } });
    expect((await failure(room.tokens.exchangeCode(call))).message).toContain("answer_too_large");
    await control(room, "/faults", {
      match: { pathPattern: "token", nth: 1 },
      action: { kind: "redirect", to: room.running.url },
    });
    expect((await failure(room.tokens.exchangeCode(call))).code).toBe("oauth_exchange_failed");
  });
});

describe("the OAuth app of an environment", () => {
  const configured = {
    lever: {
      sandbox: { clientId: "from-config", clientSecret: new Secret("config-secret"), scopes: ["tags:read:admin"] },
    },
  };

  function apps(environments = { ...ENVIRONMENTS, ...room.environments }) {
    const connectors = connectorsOf(environments, SCOPES);
    return createOAuthApps({ store: opened.store, ring: room.ring, configured, connectors });
  }

  it("is the project's own, else the configured one, else the one built in", async () => {
    expect(await apps().resolve(accessTo("a1"), { connector: "lever", environment: "playground" })).toMatchObject({
      source: "development",
      scopes: [...SCOPES, "offline_access"],
    });
    expect(await apps().resolve(accessTo("a1"), { connector: "lever", environment: "sandbox" })).toMatchObject({
      source: "configuration",
      clientId: "from-config",
      scopes: ["tags:read:admin", "offline_access"],
    });
    await apps().save(
      accessTo("a1"),
      { connector: "lever", environment: "sandbox" },
      {
        clientId: "own",
        clientSecret: new Secret("own-secret"),
        scopes: ["users:read:admin"],
      },
    );
    const own = await apps().resolve(accessTo("a1"), { connector: "lever", environment: "sandbox" });
    expect(own).toMatchObject({ source: "settings", clientId: "own", scopes: ["users:read:admin", "offline_access"] });
    expect(reveal(own.clientSecret)).toBe("own-secret");
    expect((await apps().resolve(accessTo("a2"), { connector: "lever", environment: "sandbox" })).source).toBe("configuration");
    await apps().remove(accessTo("a1"), { connector: "lever", environment: "sandbox" });
    await apps().remove(accessTo("a1"), { connector: "lever", environment: "sandbox" });
    expect((await apps().resolve(accessTo("a1"), { connector: "lever", environment: "sandbox" })).source).toBe("configuration");
  });

  it("says what to set where there is none", async () => {
    const none = createOAuthApps({
      store: opened.store,
      ring: room.ring,
      configured: {},
      connectors: connectorsOf({ ...ENVIRONMENTS, eu: ENVIRONMENTS.production as never }, []),
    });
    const messages = await Promise.all(
      ["production", "sandbox", "eu"].map(async (name) =>
        failure(none.resolve(accessTo("a3"), { connector: "lever", environment: name })),
      ),
    );
    expect(messages.map(({ code }) => code)).toEqual(Array(3).fill("oauth_app_missing"));
    expect(messages[0]?.message).toMatch(/LEVER_CLIENT_ID and LEVER_CLIENT_SECRET/);
    expect(messages[1]?.message).toMatch(/LEVER_SANDBOX_CLIENT_ID and LEVER_SANDBOX_CLIENT_SECRET/);
    expect(messages[2]?.message).toMatch(/ENVIRONMENTS_FILE/);
    expect(messages[2]?.message).toContain("PUT /api/v1/settings/oauth-apps/eu");
    expect((await failure(none.resolve(accessTo("a3"), { connector: "lever", environment: "constructor" }))).code).toBe(
      "environment_unknown",
    );
    expect(await none.list(accessTo("a3"))).toContainEqual({
      connector: "lever",
      environment: "production",
      clientId: null,
      hasSecret: false,
      scopes: ["offline_access"],
      source: null,
    });
  });

  it("never gives its secret back, and asks for it again with another client id", async () => {
    const saved = await apps().save(
      accessTo("a4"),
      { connector: "lever", environment: "production" },
      {
        clientId: "one",
        clientSecret: new Secret("canary-app-secret"),
      },
    );
    const stored = await opened.store.get("oauthApps", "a4", "app_production");
    expect(`${JSON.stringify([saved, stored, await apps().list(accessTo("a4"))])}`).not.toContain("canary");
    expect(
      await apps().save(
        accessTo("a4"),
        { connector: "lever", environment: "production" },
        { clientId: "one", scopes: ["tags:read:admin"] },
      ),
    ).toMatchObject({
      hasSecret: true,
    });
    expect(reveal((await apps().resolve(accessTo("a4"), { connector: "lever", environment: "production" })).clientSecret)).toBe(
      "canary-app-secret",
    );
    const error = await failure(
      apps().save(accessTo("a4"), { connector: "lever", environment: "production" }, { clientId: "two" }),
    );
    expect(error).toMatchObject({ code: "input_invalid", details: { issues: [{ pointer: "/clientSecret" }] } });
    for (const change of [
      { clientId: "" },
      { clientId: "a b" },
      { clientId: "one", scopes: ["a b"] },
      { clientId: "one", clientSecret: new Secret("") },
    ]) {
      expect((await failure(apps().save(accessTo("a4"), { connector: "lever", environment: "production" }, change))).code).toBe(
        "input_invalid",
      );
    }
  });

  it("survives being saved by several at once", async () => {
    const saving = ["x", "y", "z"].map((clientId) =>
      apps().save(
        accessTo("a5"),
        { connector: "lever", environment: "production" },
        { clientId, clientSecret: new Secret(`secret-${clientId}`) },
      ),
    );
    await Promise.all(saving);
    const app = await apps().resolve(accessTo("a5"), { connector: "lever", environment: "production" });
    expect(reveal(app.clientSecret)).toBe(`secret-${app.clientId}`);
  });
});

describe("scopes", () => {
  it("count a write as the matching read, and nothing more", () => {
    const asked = ["postings:read:admin", "postings:write:admin", "tags:read:admin", "contact:read:admin"];
    expect(missingScopes(asked, ["postings:write:admin", "tags:read:admin"])).toEqual(["contact:read:admin"]);
    expect(missingScopes(asked, ["postings:read:admin"])).toEqual([
      "postings:write:admin",
      "tags:read:admin",
      "contact:read:admin",
    ]);
    expect(missingScopes(["offline_access"], [])).toEqual(["offline_access"]);
    expect(missingScopes(["eeo_responses_pii:read:admin"], ["eeo_responses:read:admin"])).toEqual([
      "eeo_responses_pii:read:admin",
    ]);
  });
});
