import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createConnectors } from "../../connector/connectors.ts";
import { createRateLimiter } from "../../connector/http/rate-limit.ts";
import { createSend } from "../../connector/http/send.ts";
import { loadConnector } from "../../connector/manifest.ts";
import { createChecker } from "../../credentials/check.ts";
import type { CheckerOptions } from "../../credentials/check-context.ts";
import { createCheckedCredentials } from "../../credentials/checked-credentials.ts";
import type { CheckLine, CheckReport } from "../../credentials/credential.ts";
import { createCredentials } from "../../credentials/credential-store.ts";
import { createRefresher } from "../../credentials/refresh.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { createAttempts } from "../../runtime/attempts.ts";
import { createRuntime } from "../../runtime/create-runtime.ts";
import { createTurns } from "../../runtime/turns.ts";
import { createWriteLedger } from "../../runtime/write-ledger.ts";
import { Secret } from "../../sealing/secret.ts";
import { accessTo } from "../support/access.ts";
import { connect, consent, control, type OAuthRoom, openOAuthRoom, SCOPES } from "./oauth-setup.ts";
import { failure, openTestStore } from "./setup.ts";

let room: OAuthRoom;
let opened: Awaited<ReturnType<typeof openTestStore>>;
let bench: ReturnType<typeof assemble>;
beforeAll(async () => {
  opened = await openTestStore();
  room = await openOAuthRoom(opened.store);
  bench = assemble();
});
afterAll(async () => {
  await bench.sender.dispose();
  await room.close();
  await opened.close();
});

/** The real parts, from the report down to the socket. */
function assemble() {
  const { store, ring } = room;
  const elsewhere = {
    title: "Elsewhere",
    api: "http://127.0.0.1:9/v1",
    authorize: "http://127.0.0.1:9/a",
    token: "http://127.0.0.1:9/t",
    audience: "x",
  };
  const base = room.environments.playground;
  if (base === undefined) throw new Error("no playground");
  const { web: _, ...blind } = base;
  const environments = { ...room.environments, elsewhere, renamed: { ...base, web: "http://web.elsewhere.test" }, blind };
  const connectors = createConnectors([loadConnector({ environments, check: false })]);
  const now = () => room.clock.ms;
  const refresher = createRefresher({ ...room, connectors, now, timing: { backoffMs: 10, waitMs: 300 } });
  const credentials = createCredentials({ store, ring, connectors, refresher, now });
  const sender = createSend();
  const limiter = createRateLimiter({ take: (...call) => store.take(...call), drain: (...call) => store.drain(...call) });
  const runtime = createRuntime({
    connectors,
    credentials,
    attempts: createAttempts({ send: sender.send, limiter, credentials }),
    turns: createTurns({ store }),
    ledger: createWriteLedger({ store, keyRing: ring }),
  });
  const probe: CheckerOptions["probe"] = (call) => runtime.probe(call);
  const checker = (more: Partial<CheckerOptions> = {}) => createChecker({ connectors, credentials, probe, ...more });
  return { sender, connectors, credentials, checker, probe, test: checker() };
}

async function addKey(
  nickname: string,
  key = "playground",
  environment = "playground",
  defaultPerformAs: string | null = null,
): Promise<string> {
  const auth = { type: "api_key", apiKey: new Secret(key) } as const;
  return (await bench.credentials.create(accessTo("p1"), { nickname, environment, auth, defaultPerformAs })).id;
}

function line(report: CheckReport, id: CheckLine["id"]): CheckLine {
  const found = report.checks.find((check) => check.id === id);
  if (found === undefined) throw new Error(`no line ${id}`);
  return found;
}

function users() {
  return room.running.playground.world.users.rows as unknown as { id: string; deactivatedAt: number | null }[];
}

async function noFaults(): Promise<void> {
  await fetch(`${room.running.url}/_playground/faults`, { method: "DELETE" });
}

const LINES = ["signature", "environment", "scopes", "perform_as", "token_expiry", "clock", "round_trip"];

describe("the test of an API key", () => {
  it("reads only, and tells line by line what works", async () => {
    const active = users().find(({ deactivatedAt }) => !deactivatedAt);
    const id = await addKey("good", "playground", "playground", active?.id ?? null);
    const effects = room.running.playground.ledger.since(0).length;
    const report = await bench.test(accessTo("p1"), id);
    expect(report).toMatchObject({ usable: true, code: "ok", cause: null });
    expect(report.checks.map((check) => check.id)).toEqual(LINES);
    expect(report.checks.map(({ state }) => state)).toEqual(["pass", "pass", "pass", "pass", "skipped", "pass", "pass"]);
    expect(line(report, "scopes").operations).toContainEqual({ operation: "retrieve_opportunity", allowed: true });
    expect(line(report, "scopes").operations).toContainEqual({ operation: "add_opportunity_tags", allowed: null });
    expect(room.running.playground.ledger.since(0)).toHaveLength(effects);
    const record = await bench.credentials.get(accessTo("p1"), id);
    expect(record).toMatchObject({ status: "healthy", nickname: "good", version: 1, lastTest: { ok: true, code: "ok" } });
  });

  it.each(["oauth_app_missing", "oauth_app_rejected"] as const)("says where the OAuth app is set after %s", async (code) => {
    const probe = () => Promise.reject(new ConnectorError(code, "no app"));
    const report = await bench.checker({ probe })(accessTo("p1"), await addKey(code));
    expect(report).toMatchObject({ usable: false, code, cause: "configuration" });
    expect(line(report, "signature").action).toContain("PUT /api/v1/settings/oauth-apps/playground, or ");
  });

  it("warns where no user is set that writes are recorded for", async () => {
    const report = await bench.test(accessTo("p1"), await addKey("nobody"));
    expect(report).toMatchObject({ usable: true, code: "ok" });
    expect(line(report, "perform_as")).toMatchObject({ state: "warn", action: expect.any(String) });
  });

  it("warns of a default user that does not exist, or is deactivated, on the credential too", async () => {
    const missing = await addKey("ghost", "playground", "playground", "00000000-0000-4000-8000-000000000000");
    const report = await bench.test(accessTo("p1"), missing);
    expect(report).toMatchObject({ usable: true, code: "ok" });
    expect(line(report, "perform_as")).toMatchObject({ state: "warn", message: expect.stringContaining("no such default user") });
    expect(await bench.credentials.get(accessTo("p1"), missing)).toMatchObject({
      status: "healthy",
      warnings: [{ code: "perform_as_unknown" }],
    });
    const left = users().find(({ deactivatedAt }) => deactivatedAt);
    expect(left).toBeDefined();
    const leaver = await addKey("left", "playground", "playground", left?.id ?? null);
    const gone = await bench.test(accessTo("p1"), leaver);
    expect(gone.usable).toBe(true);
    expect(line(gone, "perform_as")).toMatchObject({ state: "warn", message: expect.stringContaining("deactivated") });
    expect((await bench.credentials.get(accessTo("p1"), leaver)).warnings).toMatchObject([{ code: "perform_as_deactivated" }]);
  });

  it("keeps what it knows of the default user while the users cannot be read, and forgets it with another user", async () => {
    const id = await addKey("users away", "playground", "playground", "00000000-0000-4000-8000-000000000000");
    await bench.test(accessTo("p1"), id);
    await control(room, "/faults", { match: { pathPattern: "/users$" }, action: { kind: "respond", status: 503 } });
    await bench.test(accessTo("p1"), id);
    expect((await bench.credentials.get(accessTo("p1"), id)).warnings).toMatchObject([{ code: "perform_as_unknown" }]);
    await bench.credentials.update(accessTo("p1"), id, { defaultPerformAs: "00000000-0000-4000-8000-000000000001" });
    expect((await bench.credentials.get(accessTo("p1"), id)).warnings).toEqual([]);
    await bench.test(accessTo("p1"), id);
    await noFaults();
    expect((await bench.credentials.get(accessTo("p1"), id)).warnings).toMatchObject([{ code: "perform_as_unchecked" }]);
  });

  it("does not say of a new default user what it found out about the one before", async () => {
    const id = await addKey("changed", "playground", "playground", "00000000-0000-4000-8000-000000000000");
    const real = bench.probe;
    const probe: typeof real = async (call) => {
      const answer = await real(call);
      if (call.operation === "list_users") await bench.credentials.update(accessTo("p1"), id, { defaultPerformAs: "another" });
      return answer;
    };
    expect((await bench.checker({ probe })(accessTo("p1"), id)).usable).toBe(true);
    expect(await bench.credentials.get(accessTo("p1"), id)).toMatchObject({ status: "healthy", warnings: [] });
  });

  it("leaves a newer key alone when it ends late: neither a good key is blamed nor a wrong one praised", async () => {
    for (const [nickname, before, after] of [
      ["late blame", "no-such-key", "playground"],
      ["late praise", "playground", "no-such-key"],
    ] as const) {
      const id = await addKey(nickname, before);
      const probe: CheckerOptions["probe"] = async (call) => {
        const ended = await bench.probe(call).then(
          (answer) => () => answer,
          (error) => () => Promise.reject(error),
        );
        if (call.operation === "list_opportunities") await bench.credentials.replaceApiKey(accessTo("p1"), id, new Secret(after));
        return ended();
      };
      await bench.checker({ probe })(accessTo("p1"), id);
      expect(await bench.credentials.get(accessTo("p1"), id)).toMatchObject({
        status: "untested",
        lastTest: null,
        acceptedAt: null,
      });
      expect(await bench.credentials.lastReport(accessTo("p1"), id)).toBeUndefined();
    }
  });

  it("is no change and no use of the credential", async () => {
    const id = await addKey("untouched");
    const before = await bench.credentials.get(accessTo("p1"), id);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await bench.test(accessTo("p1"), id);
    await bench.credentials.settled();
    const after = await bench.credentials.get(accessTo("p1"), id);
    expect(after).toMatchObject({ updatedAt: before.updatedAt, lastUsedAt: null, version: 1, status: "healthy" });
    expect(after.acceptedAt).not.toBeNull();
  });

  it("is kept as a whole, until the key is replaced", async () => {
    const id = await addKey("kept report");
    expect(await bench.credentials.lastReport(accessTo("p1"), id)).toBeUndefined();
    const report = await bench.test(accessTo("p1"), id);
    const { lastTest } = await bench.credentials.get(accessTo("p1"), id);
    expect(await bench.credentials.lastReport(accessTo("p1"), id)).toEqual({ at: lastTest?.at, ...report });
    await bench.credentials.replaceApiKey(accessTo("p1"), id, new Secret("another"));
    expect(await bench.credentials.lastReport(accessTo("p1"), id)).toBeUndefined();
    expect((await failure(bench.credentials.lastReport(accessTo("p2"), id))).code).toBe("not_found");
  });

  it("tells a key that never worked from one that worked before", async () => {
    const never = await addKey("never worked", "no-such-key");
    await bench.test(accessTo("p1"), never);
    expect(await bench.credentials.get(accessTo("p1"), never)).toMatchObject({ status: "reauth_required", acceptedAt: null });
    const id = await addKey("worked before");
    await bench.test(accessTo("p1"), id);
    await control(room, "/faults", { match: { pathPattern: "/v1/" }, action: { kind: "respond", status: 401 } });
    await bench.test(accessTo("p1"), id);
    await noFaults();
    const record = await bench.credentials.get(accessTo("p1"), id);
    expect(record.status).toBe("reauth_required");
    expect(record.acceptedAt).not.toBeNull();
  });

  it("fails the row of the environment, not that of the key, where the environment is configured no more", async () => {
    const id = await addKey("gone", "playground", "elsewhere");
    const probe = () => Promise.reject(new ConnectorError("environment_unknown", "There is no such environment"));
    const report = await bench.checker({ probe })(accessTo("p1"), id);
    expect(report).toMatchObject({ usable: false, code: "environment_unknown", cause: "configuration" });
    expect(report.checks.map(({ id, state }) => `${id} ${state}`).slice(0, 2)).toEqual(["signature skipped", "environment fail"]);
    expect(line(report, "environment").action).toContain("elsewhere");
  });

  it("blames the key where Lever refuses it, and forgives it once it is replaced", async () => {
    const id = await addKey("wrong", "no-such-key-canary");
    const report = await bench.test(accessTo("p1"), id);
    expect(report).toMatchObject({ usable: false, code: "credential_rejected", cause: "credential" });
    expect(line(report, "signature")).toMatchObject({ state: "fail", action: expect.stringContaining("key") });
    expect(report.checks.slice(1).map(({ state }) => state)).toEqual(Array(6).fill("skipped"));
    expect(JSON.stringify(report)).not.toContain("canary");
    expect(await bench.credentials.get(accessTo("p1"), id)).toMatchObject({
      status: "reauth_required",
      lastTest: { ok: false, code: "credential_rejected" },
    });
    await bench.credentials.replaceApiKey(accessTo("p1"), id, new Secret("playground"));
    expect((await bench.test(accessTo("p1"), id)).usable).toBe(true);
    expect((await bench.credentials.get(accessTo("p1"), id)).status).toBe("healthy");
  });

  it("blames the permission where the key may not read, and names the lists that it may not", async () => {
    const { key: none } = (await control(room, "/keys", { endpoints: ["POST /opportunities/:opportunity/addTags"] })) as {
      key: string;
    };
    const id = await addKey("forbidden", none);
    const nothing = await bench.test(accessTo("p1"), id);
    expect(nothing).toMatchObject({ usable: false, code: "permission_denied", cause: "permission" });
    expect(line(nothing, "signature").state).toBe("pass");
    expect(line(nothing, "scopes")).toMatchObject({ state: "fail", action: expect.stringContaining("permissions") });
    expect(["environment", "clock", "round_trip"].map((row) => line(nothing, row as CheckLine["id"]).state)).toEqual(
      Array(3).fill("skipped"),
    );
    const record = await bench.credentials.get(accessTo("p1"), id);
    expect(record.status).toBe("unusable");
    expect(record.acceptedAt).not.toBeNull();
    const { key: some } = (await control(room, "/keys", { endpoints: ["GET /opportunities", "GET /users", "GET /stages"] })) as {
      key: string;
    };
    const report = await bench.test(accessTo("p1"), await addKey("narrow", some));
    expect(report.usable).toBe(true);
    expect(line(report, "scopes").state).toBe("warn");
    expect(line(report, "scopes").operations).toContainEqual({ operation: "list_tags", allowed: false });
    expect(line(report, "scopes").operations).toContainEqual({ operation: "list_stages", allowed: true });
  });

  it("calls a key usable that may read other lists than opportunities, and says of each operation what it may", async () => {
    const { key } = (await control(room, "/keys", { endpoints: ["GET /users", "GET /tags"] })) as { key: string };
    const id = await addKey("no opportunities", key);
    const report = await bench.test(accessTo("p1"), id);
    expect(report).toMatchObject({ usable: true, code: "ok" });
    expect(line(report, "signature").state).toBe("pass");
    expect(line(report, "round_trip").state).toBe("pass");
    const operations = line(report, "scopes").operations as { operation: string; allowed: boolean | null }[];
    expect(Object.fromEntries(operations.map(({ operation, allowed }) => [operation, allowed]))).toMatchObject({
      list_opportunities: false,
      retrieve_opportunity: false,
      list_postings: false,
      list_tags: true,
      list_users: true,
      add_opportunity_tags: null,
    });
    expect(line(report, "scopes").message).toContain("list_opportunities");
    expect((await bench.credentials.get(accessTo("p1"), id)).status).toBe("healthy");
  });

  it("does not take a list for forbidden that fails for another reason", async () => {
    const { key } = (await control(room, "/keys", { endpoints: ["GET /users", "GET /stages"] })) as { key: string };
    await control(room, "/faults", { match: { pathPattern: "/(stages|tags)$" }, action: { kind: "respond", status: 503 } });
    const report = await bench.test(accessTo("p1"), await addKey("shaky", key));
    await noFaults();
    expect(report.usable).toBe(true);
    const operations = line(report, "scopes").operations;
    expect(operations).toContainEqual({ operation: "list_stages", allowed: null });
    expect(operations).toContainEqual({ operation: "list_users", allowed: true });
    expect(operations).toContainEqual({ operation: "list_opportunities", allowed: false });
  });

  it("blames Lever, not the key, where some lists are forbidden and the others fail", async () => {
    const { key } = (await control(room, "/keys", { endpoints: ["GET /stages"] })) as { key: string };
    const id = await addKey("unlucky", key);
    await control(room, "/faults", { match: { pathPattern: "/stages$" }, action: { kind: "respond", status: 503 } });
    const report = await bench.test(accessTo("p1"), id);
    await noFaults();
    expect(report).toMatchObject({ usable: false, code: "upstream_unavailable", cause: "service" });
    expect((await bench.credentials.get(accessTo("p1"), id)).status).toBe("failing");
  });

  it("blames the network where nobody answers", async () => {
    const id = await addKey("nowhere", "playground", "elsewhere");
    const report = await bench.test(accessTo("p1"), id);
    expect(report).toMatchObject({ usable: false, code: "upstream_unreachable", cause: "network" });
    expect(line(report, "round_trip").state).toBe("fail");
    expect(line(report, "signature").state).toBe("skipped");
    expect((await bench.credentials.get(accessTo("p1"), id)).status).toBe("failing");
  });

  it("blames Lever where it fails, without trying again", async () => {
    const id = await addKey("down");
    await control(room, "/faults", { match: { pathPattern: "/opportunities$" }, action: { kind: "respond", status: 503 } });
    const before = room.running.playground.requests.report(1).count;
    const report = await bench.test(accessTo("p1"), id);
    await noFaults();
    expect(report).toMatchObject({ usable: false, code: "upstream_unavailable", cause: "service" });
    expect(room.running.playground.requests.report(1).count - before).toBe(1);
    expect((await bench.credentials.get(accessTo("p1"), id)).status).toBe("failing");
  });

  it("ends in time where Lever is slow", async () => {
    const id = await addKey("slow");
    await control(room, "/faults", {
      match: { pathPattern: "/opportunities$" },
      action: { kind: "delay", delayBeforeMs: 2_000 },
    });
    const startedAtMs = performance.now();
    const report = await bench.checker({ timeoutMs: 300 })(accessTo("p1"), id);
    await noFaults();
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    expect(report).toMatchObject({ usable: false, code: "upstream_timeout", cause: "network" });
  });

  it.each([
    ["first call", "/opportunities$"],
    ["later calls", "/stages$"],
  ])("is given up in its %s when its caller gives up, and saves no verdict", async (title, pathPattern) => {
    const id = await addKey(`cancelled in its ${title}`);
    await control(room, "/faults", { match: { pathPattern }, action: { kind: "delay", delayBeforeMs: 2_000 } });
    const startedAtMs = performance.now();
    const error = await failure(bench.test(accessTo("p1"), id, { signal: AbortSignal.timeout(200) }));
    await noFaults();
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    expect(error.code).toBe("cancelled");
    expect(await bench.credentials.get(accessTo("p1"), id)).toMatchObject({ status: "untested", lastTest: null });
  });

  it("sees by a record's web address which environment it reached", async () => {
    const report = await bench.test(accessTo("p1"), await addKey("moved", "playground", "renamed"));
    expect(report).toMatchObject({ usable: false, code: "account_mismatch", cause: "credential" });
    expect(line(report, "environment").message).toContain("playground");
  });

  it("says why it cannot see the environment where that was added without a web address", async () => {
    const report = await bench.test(accessTo("p1"), await addKey("blind", "playground", "blind"));
    expect(report.usable).toBe(true);
    expect(line(report, "environment")).toMatchObject({ state: "skipped", message: expect.stringContaining("no `web`") });
  });

  it("tells how far this server's clock is off", async () => {
    const report = await bench.checker({ now: () => Date.now() + 120_000 })(accessTo("p1"), await addKey("clock"));
    expect(line(report, "clock")).toMatchObject({ state: "warn", message: expect.stringMatching(/1(19|20|21) s ahead/) });
    expect(report.usable).toBe(true);
  });

  it("does not save a default user whose look-up its caller has given up", async () => {
    const checked = createCheckedCredentials({
      connectors: bench.connectors,
      credentials: bench.credentials,
      probe: bench.probe,
    });
    const id = await addKey("given up");
    await control(room, "/faults", { match: { pathPattern: "/users$" }, action: { kind: "delay", delayBeforeMs: 2_000 } });
    const change = { defaultPerformAs: "somebody" };
    const error = await failure(checked.update(accessTo("p1"), id, change, { signal: AbortSignal.timeout(100) }));
    expect(error.code).toBe("cancelled");
    expect((await bench.credentials.get(accessTo("p1"), id)).defaultPerformAs).toBeNull();
    const slow = createCheckedCredentials({
      connectors: bench.connectors,
      credentials: bench.credentials,
      probe: bench.probe,
      timeoutMs: 100,
    });
    expect((await slow.update(accessTo("p1"), id, change)).warnings).toMatchObject([{ code: "perform_as_unchecked" }]);
    await noFaults();
  });

  it("is not there for another project", async () => {
    const id = await addKey("private");
    expect((await failure(bench.test(accessTo("p2"), id))).code).toBe("not_found");
  });
});

describe("the test of a consent", () => {
  it("tells which operations the granted scopes allow, and that the token renews itself", async () => {
    const id = await connect(room);
    const report = await bench.test(accessTo("p1"), id);
    expect(report).toMatchObject({ usable: true, code: "ok" });
    const operations = line(report, "scopes").operations as { operation: string; allowed: boolean; missing?: string[] }[];
    expect(operations).toContainEqual({ operation: "add_opportunity_tags", allowed: true });
    expect(operations).toContainEqual({ operation: "list_postings", allowed: false, missing: ["postings:read:admin"] });
    expect(line(report, "environment").state).toBe("pass");
    expect(line(report, "perform_as").state).toBe("pass");
    expect(line(report, "token_expiry")).toMatchObject({ state: "pass", expiresAt: expect.stringMatching(/Z$/) });
    expect((await bench.credentials.get(accessTo("p1"), id)).status).toBe("healthy");
  });

  it("replaces a token that is refused before it blames the credential", async () => {
    const id = await connect(room);
    await control(room, "/tokens/expire");
    expect((await bench.test(accessTo("p1"), id)).usable).toBe(true);
    expect((await bench.credentials.sign(accessTo("p1"), id)).secretVersion).toBe(2);
    await control(room, "/tokens/expire");
    await control(room, "/tokens/revoke");
    const report = await bench.test(accessTo("p1"), id);
    expect(report).toMatchObject({ usable: false, code: "credential_reauth_required", cause: "credential" });
    expect(await bench.credentials.get(accessTo("p1"), id)).toMatchObject({ status: "reauth_required", lastTest: { ok: false } });
    const before = room.running.playground.requests.report(1).count;
    expect((await bench.test(accessTo("p1"), id)).code).toBe("credential_reauth_required");
    expect(room.running.playground.requests.report(1).count).toBe(before);
  });

  it("leaves a newer consent alone when it ends late, and counts for the same consent though its token was replaced", async () => {
    const [replaced, refreshed] = [await connect(room), await connect(room)];
    const afterFirst = (work: () => Promise<unknown>): CheckerOptions["probe"] => {
      return async (call) => {
        const answer = await bench.probe(call);
        if (call.operation === "list_opportunities") await work();
        return answer;
      };
    };
    await bench.checker({ probe: afterFirst(() => consent(room, "p1", replaced)) })(accessTo("p1"), replaced);
    expect(await bench.credentials.get(accessTo("p1"), replaced)).toMatchObject({ status: "untested", lastTest: null });
    const renew = async () => {
      const { secretVersion } = await bench.credentials.sign(accessTo("p1"), refreshed);
      await bench.credentials.sign(accessTo("p1"), refreshed, { rejected: secretVersion });
    };
    await bench.checker({ probe: afterFirst(renew) })(accessTo("p1"), refreshed);
    expect(await bench.credentials.get(accessTo("p1"), refreshed)).toMatchObject({ status: "healthy", lastTest: { ok: true } });
  });

  it("is not proven gone by a fresh token that is refused: it fails, and passes again", async () => {
    const id = await connect(room);
    await control(room, "/faults", { match: { pathPattern: "/v1/" }, action: { kind: "respond", status: 401 } });
    expect(await bench.test(accessTo("p1"), id)).toMatchObject({ usable: false, code: "credential_rejected" });
    expect((await bench.credentials.get(accessTo("p1"), id)).status).toBe("failing");
    await noFaults();
    expect((await bench.test(accessTo("p1"), id)).usable).toBe(true);
    expect((await bench.credentials.get(accessTo("p1"), id)).status).toBe("healthy");
  });

  it("finds nothing missing where only the refresh token is, and leaves the warning of its end", async () => {
    const id = await connect(room, "p1", undefined, SCOPES);
    expect(await bench.test(accessTo("p1"), id)).toMatchObject({ usable: true });
    expect(await bench.credentials.get(accessTo("p1"), id)).toMatchObject({
      status: "healthy",
      warnings: [{ code: "refresh_token_missing" }],
    });
  });

  it("still finds scopes missing after a test that failed for another reason", async () => {
    const id = await connect(room, "p1", undefined, ["tags:read:admin", "offline_access"]);
    await control(room, "/faults", { match: { pathPattern: "/v1/" }, action: { kind: "respond", status: 503 } });
    await bench.test(accessTo("p1"), id);
    await noFaults();
    expect((await bench.credentials.get(accessTo("p1"), id)).status).toBe("failing");
    expect((await bench.test(accessTo("p1"), id)).code).toBe("credential_scope_missing");
    expect((await bench.credentials.get(accessTo("p1"), id)).status).toBe("unusable");
  });

  it("fails where scopes are missing that were asked for, by a list that it may read", async () => {
    const id = await connect(room, "p1", undefined, ["tags:read:admin", "offline_access"]);
    const report = await bench.test(accessTo("p1"), id);
    expect(report).toMatchObject({ usable: false, code: "credential_scope_missing", cause: "permission" });
    expect(line(report, "signature").state).toBe("pass");
    expect((await bench.credentials.get(accessTo("p1"), id)).status).toBe("unusable");
  });

  it("says that the consent is not finished, and leaves it pending", async () => {
    const { id } = await bench.credentials.create(accessTo("p1"), {
      nickname: "pending",
      environment: "playground",
      auth: { type: "oauth2" },
    });
    expect(await bench.test(accessTo("p1"), id)).toMatchObject({
      usable: false,
      code: "credential_pending",
      cause: "credential",
    });
    expect(await bench.credentials.get(accessTo("p1"), id)).toMatchObject({
      status: "pending",
      lastTest: { code: "credential_pending" },
    });
  });

  it("sees a token that was made for another environment", async () => {
    const id = await connect(room);
    const { access_token: token } = await control(room, "/tokens/issue", {
      audience: "https://api.lever.co/v1/",
      scopes: ["opportunities:write:admin"],
    });
    const grant = {
      accessToken: new Secret(String(token)),
      refreshToken: null,
      expiresAtMs: room.clock.ms + 60_000,
      scopes: [],
      userId: null,
      accountId: null,
    };
    await bench.credentials.saveGrant(accessTo("p1"), id, { ...grant, scopes: ["opportunities:write:admin"] }, []);
    expect(await bench.test(accessTo("p1"), id)).toMatchObject({ usable: false, code: "permission_denied", cause: "permission" });
  });
});
