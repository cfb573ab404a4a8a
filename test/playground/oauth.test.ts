import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { PLAYGROUND_APP, playgroundEnvironment, type StartPlaygroundOptions } from "../../playground/index.ts";
import { type Client, type Reply, start } from "./client.ts";

const REDIRECT = "http://127.0.0.1:4999/oauth/lever/playground/callback";
const SCOPE = "opportunities:write:admin users:read:admin offline_access";

let lever: Client;
let now: number;

async function restart(options: StartPlaygroundOptions = {}): Promise<void> {
  await lever?.close();
  lever = await start({ opportunities: 12, now: () => now, redirectUris: [REDIRECT], ...options });
}

beforeEach(async () => {
  now = Date.UTC(2026, 10, 20);
  await restart();
});
afterEach(() => lever.close());

function authorizeQuery(changes: Record<string, string | undefined> = {}): string {
  const wanted = {
    client_id: PLAYGROUND_APP.clientId,
    redirect_uri: REDIRECT,
    response_type: "code",
    state: "s t&ate",
    audience: playgroundEnvironment(lever.url).audience,
    scope: SCOPE,
    ...changes,
  };
  return new URLSearchParams(
    Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ).toString();
}

const show = (changes?: Record<string, string | undefined>) => lever.call("GET", `/authorize?${authorizeQuery(changes)}`);

async function form(path: string, values: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> {
  const type = { "content-type": "application/x-www-form-urlencoded", authorization: "" };
  return lever.call("POST", path, new URLSearchParams(values).toString(), { ...type, ...headers });
}

function transactionOf(page: Reply): string {
  return /name="transaction" value="([^"]+)"/.exec(page.body)?.[1] ?? "";
}

async function decide(decision: string, changes?: Record<string, string | undefined>): Promise<URL> {
  const transaction = transactionOf(await show(changes));
  const answer = await form("/authorize/decision", { transaction, decision });
  expect(answer.status).toBe(302);
  return new URL(answer.headers.get("location") ?? "");
}

const APP = { client_id: PLAYGROUND_APP.clientId, client_secret: PLAYGROUND_APP.clientSecret };

function exchange(code: string, changes: Record<string, string> = {}): Promise<Reply> {
  return form("/oauth/token", { grant_type: "authorization_code", ...APP, code, redirect_uri: REDIRECT, ...changes });
}

function refresh(refresh_token: string): Promise<Reply> {
  return form("/oauth/token", { grant_type: "refresh_token", ...APP, refresh_token });
}

async function connect(changes?: Record<string, string | undefined>): Promise<Reply> {
  const target = await decide("approve", changes);
  return exchange(target.searchParams.get("code") ?? "");
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const counters = async () => (await lever.control("GET", "/tokens")).body;

describe("the consent page", () => {
  it("names app, account, person and scopes, and allows nothing inline", async () => {
    const page = await show();
    expect(page.status).toBe(200);
    for (const text of [
      PLAYGROUND_APP.clientId,
      lever.playground.world.accountId,
      "Rita Recruiter",
      "opportunities:write:admin",
      "offline access",
      "Approve",
      "Deny",
    ]) {
      expect(page.body).toContain(text);
    }
    const policy = page.headers.get("content-security-policy");
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain("unsafe");
    expect(policy).toContain("form-action 'self' http://127.0.0.1:4999");
    expect(page.body).not.toMatch(/<script|<style|style="|\son\w+="/);
    expect((await lever.call("GET", "/playground.css")).headers.get("content-type")).toContain("text/css");
  });

  it.each([undefined, "", "no url", "https://api.lever.co/v1/", "without-slash"])(
    "lists and grants only offline access with the audience %p",
    async (audience) => {
      const sent = audience === "without-slash" ? `${lever.url}/v1` : audience;
      const page = await show({ audience: sent });
      expect(page.body).toContain("offline access");
      expect(page.body).not.toContain("opportunities:write:admin");
      const { body } = await connect({ audience: sent });
      expect(body.scope).toBe("offline_access");
      expect((await lever.get("/stages", bearer(body.access_token))).status).toBe(403);
    },
  );

  it.each([
    [{ redirect_uri: `${REDIRECT}/` }],
    [{ redirect_uri: "https://evil.example.com/" }],
    [{ client_id: "other" }],
    [{ state: "" }],
  ])("does not redirect when it cannot know who asks: %j", async (changes) => {
    const { status, headers, body } = await show(changes);
    expect([status, headers.get("location")]).toEqual([403, null]);
    expect(body).toContain("This request cannot continue");
  });

  it("takes further redirect addresses while it runs", async () => {
    const uri = "http://localhost:5123/back";
    expect((await show({ redirect_uri: uri })).status).toBe(403);
    await lever.control("POST", "/redirect-uris", { add: [uri] });
    expect((await show({ redirect_uri: uri })).status).toBe(200);
  });

  it("escapes what comes from the address", async () => {
    expect((await show({ client_id: "<b>", scope: "<script>" })).body).not.toContain("<b>");
  });
});

describe("the decision", () => {
  it("to approve goes back with code and the very state", async () => {
    const target = await decide("approve");
    expect(`${target.origin}${target.pathname}`).toBe(REDIRECT);
    expect([...target.searchParams.keys()]).toEqual(["state", "code"]);
    expect(target.searchParams.get("state")).toBe("s t&ate");
  });

  it("to deny goes back with access_denied and no code", async () => {
    const target = await decide("deny");
    expect(Object.fromEntries(target.searchParams)).toEqual({
      state: "s t&ate",
      error: "access_denied",
      error_description: expect.stringMatching(/^[a-z_]+$/),
    });
  });

  it("can be made once and within ten minutes", async () => {
    const transaction = transactionOf(await show());
    await form("/authorize/decision", { transaction, decision: "approve" });
    expect((await form("/authorize/decision", { transaction, decision: "approve" })).status).toBe(403);
    const late = transactionOf(await show());
    now += 600_000;
    expect((await form("/authorize/decision", { transaction: late, decision: "approve" })).status).toBe(403);
  });

  it("is skipped with autoApprove", async () => {
    await restart({ autoApprove: true });
    const { status, headers } = await show();
    expect([status, headers.get("location")]).toEqual([302, expect.stringContaining("code=")]);
  });

  it("tells the app of a response_type or challenge method it does not know", async () => {
    expect((await show({ response_type: "token" })).headers.get("location")).toContain("unsupported_response_type");
    expect((await show({ code_challenge: "x", code_challenge_method: "plain" })).headers.get("location")).toContain(
      "invalid_request",
    );
  });
});

describe("exchanging the code", () => {
  it("gives tokens in the documented shape, with Lever's claims", async () => {
    const { status, body, headers } = await connect();
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(body).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.stringMatching(/^v1\./),
      token_type: "Bearer",
      scope: expect.any(String),
      expires_in: 3600,
    });
    expect(body.scope.split(" ").sort()).toEqual(SCOPE.split(" ").sort());
    const claims = JSON.parse(Buffer.from(body.access_token.split(".")[1], "base64url").toString());
    const rita = (await lever.get("/users?email=rita@example.com")).body.data[0];
    expect(claims).toMatchObject({
      "https://oauth.lever.co/userId": rita.id,
      "https://oauth.lever.co/accountId": lever.playground.world.accountId,
      "https://oauth.lever.co/clientId": PLAYGROUND_APP.clientId,
      aud: `${lever.url}/v1/`,
      azp: PLAYGROUND_APP.clientId,
      exp: now / 1000 + 3600,
    });
  });

  it("gives a refresh token only for offline_access", async () => {
    expect((await connect({ scope: "users:read:admin" })).body).not.toHaveProperty("refresh_token");
  });

  it("takes the client by Basic as well", async () => {
    const code = (await decide("approve")).searchParams.get("code") ?? "";
    const authorization = `Basic ${Buffer.from(`${APP.client_id}:${APP.client_secret}`).toString("base64")}`;
    const values = { grant_type: "authorization_code", code, redirect_uri: REDIRECT };
    expect((await form("/oauth/token", values, { authorization })).status).toBe(200);
  });

  it("works once; a second time revokes what the first gave", async () => {
    const code = (await decide("approve")).searchParams.get("code") ?? "";
    const first = await exchange(code);
    expect(await exchange(code)).toMatchObject({ status: 403, body: { error: "invalid_grant" } });
    expect((await refresh(first.body.refresh_token)).status).toBe(403);
  });

  it("is refused after ten minutes, with another redirect_uri, and with a wrong secret", async () => {
    const code = (await decide("approve")).searchParams.get("code") ?? "";
    expect(await exchange(code, { redirect_uri: "http://x.example.com" })).toMatchObject({
      status: 403,
      body: { error: "invalid_grant" },
    });
    expect(await exchange(code, { client_secret: "wrong" })).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    now += 600_000;
    expect((await exchange(code)).status).toBe(403);
  });

  it("holds the app to its PKCE challenge", async () => {
    const verifier = "a-verifier-of-at-least-forty-three-characters-x";
    const code_challenge = createHash("sha256").update(verifier).digest("base64url");
    const target = await decide("approve", { code_challenge, code_challenge_method: "S256" });
    const code = target.searchParams.get("code") ?? "";
    expect((await exchange(code)).body.error_description).toBe("Failed to verify code verifier");
    expect((await exchange(code, { code_verifier: "wrong" })).status).toBe(403);
    expect((await exchange(code, { code_verifier: verifier })).status).toBe(200);
  });

  it("speaks Auth0's errors, and takes forms only", async () => {
    expect(await form("/oauth/token", APP)).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect(await form("/oauth/token", { ...APP, grant_type: "password" })).toMatchObject({
      status: 403,
      body: { error: "unauthorized_client" },
    });
    const asJson = await lever.call("POST", "/oauth/token", { ...APP, grant_type: "refresh_token", refresh_token: "x" });
    expect(asJson.status).toBe(400);
  });
});

describe("an access token", () => {
  it("opens what its scopes cover; a write scope includes the read, a missing one is a 403", async () => {
    const { access_token } = (await connect()).body;
    expect((await lever.get("/opportunities", bearer(access_token))).status).toBe(200);
    expect((await lever.get("/users", bearer(access_token))).status).toBe(200);
    const refused = await lever.get("/postings", bearer(access_token));
    expect([refused.status, Object.keys(refused.body)]).toEqual([403, ["code", "message"]]);
    expect((await lever.get("/opportunities?confidentiality=all", bearer(access_token))).status).toBe(403);
  });

  it("is a 401 once expired, by time or by control route, or changed", async () => {
    const { access_token, refresh_token } = (await connect()).body;
    expect((await lever.get("/users", bearer(`${access_token.slice(0, -2)}xx`))).status).toBe(401);
    await lever.control("POST", "/tokens/expire");
    expect(await lever.get("/users", bearer(access_token))).toMatchObject({ status: 401, body: { code: "UnauthorizedError" } });
    const fresh = (await refresh(refresh_token)).body.access_token;
    expect((await lever.get("/users", bearer(fresh))).status).toBe(200);
    now += 3_600_000;
    expect((await lever.get("/users", bearer(fresh))).status).toBe(401);
  });

  it("of another host or playground is a 403, not a 401", async () => {
    const { body } = await lever.control("POST", "/tokens/issue", {
      audience: "https://api.lever.co/v1/",
      scopes: ["users:read:admin"],
    });
    expect(await lever.get("/users", bearer(body.access_token))).toMatchObject({
      status: 403,
      body: { message: expect.stringContaining("signing key") },
    });
    const { access_token } = (await connect()).body;
    await restart({ seed: 7 });
    expect((await lever.get("/users", bearer(access_token))).status).toBe(403);
  });
});

describe("refreshing", () => {
  it("rotates: the new token works, the old one revokes the whole family", async () => {
    const first = (await connect()).body;
    const second = await refresh(first.refresh_token);
    expect(second.status).toBe(200);
    expect(second.body.refresh_token).not.toBe(first.refresh_token);
    expect(second.body.access_token).not.toBe(first.access_token);
    expect(await refresh(first.refresh_token)).toMatchObject({
      status: 403,
      body: { error: "invalid_grant", error_description: "Unknown or invalid refresh token." },
    });
    expect((await refresh(second.body.refresh_token)).status).toBe(403);
    expect(await counters()).toMatchObject({
      tokenRequests: 4,
      exchanges: 1,
      refreshes: 1,
      refused: 2,
      reuseDetected: 1,
      familiesRevoked: 1,
    });
  });

  it("lets the old token pass within the grace period", async () => {
    await restart({ refreshGraceMs: 30_000 });
    const first = (await connect()).body;
    await refresh(first.refresh_token);
    now += 29_000;
    const sibling = await refresh(first.refresh_token);
    expect(sibling.status).toBe(200);
    expect((await refresh(sibling.body.refresh_token)).status).toBe(200);
    now += 31_000;
    expect((await refresh(first.refresh_token)).status).toBe(403);
  });

  it("can be set to refuse a used token without revoking the family", async () => {
    await restart({ refreshReuse: "refuse" });
    const first = (await connect()).body;
    const second = (await refresh(first.refresh_token)).body;
    expect((await refresh(first.refresh_token)).status).toBe(403);
    expect((await refresh(second.refresh_token)).status).toBe(200);
  });

  it("ends after 90 days without use, and when all consents are revoked", async () => {
    const idle = (await connect()).body.refresh_token;
    now += 91 * 86_400_000;
    expect((await refresh(idle)).status).toBe(403);
    const revoked = (await connect()).body.refresh_token;
    await lever.control("POST", "/tokens/revoke");
    expect((await refresh(revoked)).status).toBe(403);
    expect((await refresh("v1.made.up")).status).toBe(403);
  });

  it("goes on after the playground was started again", async () => {
    const { refresh_token } = (await connect()).body;
    await restart();
    expect((await refresh(refresh_token)).status).toBe(200);
  });

  it("waits for tokenDelayMs and counts how many were under way at once", async () => {
    await restart({ tokenDelayMs: 60 });
    const began = performance.now();
    await Promise.all([refresh("x"), refresh("y")]);
    expect(performance.now() - began).toBeGreaterThanOrEqual(55);
    expect(await counters()).toMatchObject({ maxInFlight: 2, inFlight: 0 });
  });
});
