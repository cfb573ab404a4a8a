import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { CredentialStore } from "../../credentials/credential-store.ts";
import type { CredentialDocument } from "../../credentials/document.ts";
import { createOAuthApps } from "../../credentials/oauth-apps.ts";
import { acquireLease } from "../../credentials/refresh-lease.ts";
import { openSecret } from "../../credentials/secret-text.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { reveal, Secret } from "../../sealing/secret.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { createMongoStore } from "../../store/mongo.ts";
import { accessTo } from "../support/access.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { sharedMongod } from "../support/mongod.ts";
import { stopBetweenWrites } from "../support/stop-between-writes.ts";
import { connect, consent, control, type OAuthRoom, openOAuthRoom, SCOPES } from "./oauth-setup.ts";
import { failure, openTestStore } from "./setup.ts";

const HOUR_MS = 3_600_000;
const CHILD = join(import.meta.dirname, "child.ts");

function tokenCalls(room: OAuthRoom): number {
  return room.running.playground.requests.report(1000).data.filter(({ path }) => path === "/oauth/token").length;
}

function fault(room: OAuthRoom, action: Record<string, unknown>, match: Record<string, unknown> = {}) {
  return control(room, "/faults", { match: { pathPattern: "^/oauth/token$", ...match }, action });
}

async function noFaults(room: OAuthRoom): Promise<void> {
  await fetch(`${room.running.url}/_playground/faults`, { method: "DELETE" });
}

function refreshField(room: OAuthRoom, id: string, field: string) {
  return room.store.get("credentials", "p1", id).then((document) => document?.[field]);
}

/** What must hold on every store. */
function leaseTests(open: () => OAuthRoom): void {
  it("makes one token request for 25 callers in each of two processes' places", async () => {
    const room = open();
    const id = await connect(room);
    room.clock.ms += HOUR_MS;
    const before = tokenCalls(room);
    const holders = [room.another(), room.another()];
    const signed = await Promise.all(
      holders.flatMap((holder) => Array.from({ length: 25 }, () => holder.sign(accessTo("p1"), id))),
    );
    expect(tokenCalls(room) - before).toBe(1);
    expect(new Set(signed.map(({ authorization }) => authorization)).size).toBe(1);
    expect(new Set(signed.map(({ secretVersion }) => secretVersion))).toEqual(new Set([2]));
    expect(room.running.playground.tokens.reuseDetected).toBe(0);
  });

  it("keeps the lease by heartbeat while the token endpoint takes far longer than it", async () => {
    const room = open();
    const id = await connect(room);
    room.clock.ms += HOUR_MS;
    await fault(room, { kind: "delay", delayBeforeMs: 3_000 }, { nth: 1 });
    const before = tokenCalls(room);
    // Long enough that a machine that stands still for a moment does not take it from an honest holder.
    const holders = Array.from({ length: 3 }, () => room.another({ leaseMs: 1_000 }));
    const signed = await Promise.all(
      holders.flatMap((holder) => Array.from({ length: 5 }, () => holder.sign(accessTo("p1"), id))),
    );
    await noFaults(room);
    expect(tokenCalls(room) - before).toBe(1);
    expect(new Set(signed.map(({ secretVersion }) => secretVersion))).toEqual(new Set([2]));
  });

  it("lets a waiter fail rather than refresh without the lease", async () => {
    const room = open();
    const id = await connect(room);
    room.clock.ms += HOUR_MS;
    const lease = await acquireLease(
      { store: room.store, owner: "somebody", leaseMs: 5_000, saveMs: 100 },
      { project: "p1", id },
      1,
    );
    const before = tokenCalls(room);
    const error = await failure(room.another({ waitMs: 300 }).sign(accessTo("p1"), id));
    expect(error.code).toBe("credential_refresh_unavailable");
    expect(error.details?.retryAfterMs).toBeGreaterThan(0);
    expect(tokenCalls(room) - before).toBe(0);
    await lease?.release(false);
    lease?.stop();
    expect((await room.another().sign(accessTo("p1"), id)).secretVersion).toBe(2);
  });

  it("refuses what a holder writes whose lease has passed to another", async () => {
    const room = open();
    const id = await connect(room);
    const options = { store: room.store, leaseMs: 60, saveMs: 100 };
    const first = await acquireLease({ ...options, owner: "first" }, { project: "p1", id }, 1);
    first?.stop();
    expect(await acquireLease({ ...options, owner: "second" }, { project: "p1", id }, 1)).toBeUndefined();
    await sleep(120);
    const second = await acquireLease({ ...options, owner: "second", leaseMs: 5_000 }, { project: "p1", id }, 1);
    second?.stop();
    expect(await first?.announce()).toBe(false);
    expect(await first?.finish({ status: "reauth_required" })).toBe(false);
    await first?.release(false);
    expect(await refreshField(room, id, "refreshOwner")).toBe("second");
    expect(await second?.finish({ statusReason: "the second" }, { secretVersion: 1 })).toBe(true);
    expect(await second?.finish({ statusReason: "again" })).toBe(false);
    expect(await refreshField(room, id, "statusReason")).toBe("the second");
    expect(await refreshField(room, id, "status")).toBe("untested");
  });

  it("waits no longer for an abandoned lease than it can last, though the store's clock was set back by hours", async () => {
    const room = open();
    const id = await connect(room);
    room.clock.ms += HOUR_MS;
    await acquireLease({ store: room.store, owner: "died", leaseMs: 2 * HOUR_MS, saveMs: 100 }, { project: "p1", id }, 1).then(
      (lease) => lease?.stop(),
    );
    const startedAtMs = performance.now();
    expect((await room.another({ leaseMs: 200 }).sign(accessTo("p1"), id)).secretVersion).toBe(2);
    expect(performance.now() - startedAtMs).toBeGreaterThan(300);
  });

  it("does not take a lease that seems to last for hours from a holder that is alive", async () => {
    const room = open();
    const id = await connect(room);
    room.clock.ms += HOUR_MS;
    const lease = await acquireLease(
      { store: room.store, owner: "alive", leaseMs: 2 * HOUR_MS, saveMs: 100 },
      { project: "p1", id },
      1,
    );
    lease?.stop();
    const beats = setInterval(() => void lease?.announce(), 50);
    const error = await failure(room.another({ leaseMs: 300, waitMs: 1_200 }).sign(accessTo("p1"), id));
    clearInterval(beats);
    expect(error).toMatchObject({ code: "credential_refresh_unavailable", message: expect.stringContaining("another process") });
    expect(await refreshField(room, id, "refreshOwner")).toBe("alive");
    await lease?.release(false);
  });

  it("loses neither a rename nor the new token where both happen at once", async () => {
    const room = open();
    const id = await connect(room);
    const holder = room.another();
    const reuses = room.running.playground.tokens.reuseDetected;
    for (let round = 1; round <= 10; round++) {
      room.clock.ms += HOUR_MS;
      const [signed] = await Promise.all([
        holder.sign(accessTo("p1"), id),
        holder.update(accessTo("p1"), id, { nickname: `round ${round}` }),
      ]);
      expect(signed.secretVersion).toBe(round + 1);
      expect((await holder.get(accessTo("p1"), id)).nickname).toBe(`round ${round}`);
    }
    expect(room.running.playground.tokens.reuseDetected).toBe(reuses);
  });

  it("refuses the result of a refresh that a new consent has overtaken", async () => {
    const room = open();
    const id = await connect(room);
    room.clock.ms += HOUR_MS;
    await fault(room, { kind: "delay", delayBeforeMs: 400 }, { nth: 1 });
    const holder = room.another();
    const signing = holder.sign(accessTo("p1"), id);
    await sleep(100);
    await consent(room, "p1", id);
    const signed = await signing;
    await noFaults(room);
    expect(signed.secretVersion).toBe(2);
    expect(await refreshField(room, id, "secretVersion")).toBe(2);
    const answer = await fetch(`${room.environments.playground?.api}/users?limit=1`, {
      headers: { authorization: signed.authorization },
    });
    expect(answer.status).toBe(200);
    room.clock.ms += HOUR_MS;
    expect((await holder.sign(accessTo("p1"), id)).secretVersion).toBe(3);
  });

  it("does not blame a new consent for the refusal of the tokens before it", async () => {
    const room = open();
    const id = await connect(room);
    const holder = room.another();
    const { secretVersion } = await holder.sign(accessTo("p1"), id);
    await consent(room, "p1", id);
    await holder.setStatus(accessTo("p1"), id, "reauth_required", { secretVersion });
    expect((await holder.get(accessTo("p1"), id)).status).toBe("untested");
    expect((await holder.sign(accessTo("p1"), id)).secretVersion).toBe(secretVersion + 1);
    await holder.setStatus(accessTo("p1"), id, "reauth_required", { secretVersion: secretVersion + 1 });
    expect((await failure(holder.sign(accessTo("p1"), id))).code).toBe("credential_reauth_required");
  });
}

describe("refreshing on the embedded store", () => {
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

  leaseTests(() => room);

  it("signs with Bearer from the consent on, and refreshes a minute ahead of the end", async () => {
    const id = await connect(room);
    const holder = room.another();
    const record = await holder.get(accessTo("p1"), id);
    expect(record).toMatchObject({ status: "untested", scopes: expect.arrayContaining(SCOPES), auth: "oauth2" });
    expect(record.account.userId).toMatch(/^[\w-]+$/);
    expect(record.defaultPerformAs).toBe(record.account.userId);
    const first = await holder.sign(accessTo("p1"), id);
    expect(first.authorization).toMatch(/^Bearer ey/);
    room.clock.ms += HOUR_MS - 61_000;
    expect((await holder.sign(accessTo("p1"), id)).authorization).toBe(first.authorization);
    room.clock.ms += 2_000;
    const second = await holder.sign(accessTo("p1"), id);
    expect(second.secretVersion).toBe(2);
    expect(second.authorization).not.toBe(first.authorization);
  });

  it("refreshes a refused token once, whoever met the refusal, and not one that was replaced since", async () => {
    const id = await connect(room);
    const [one, two] = [room.another(), room.another()];
    const before = tokenCalls(room);
    const callers = Array.from({ length: 25 }, (_, at) => (at % 2 === 0 ? one : two));
    const signed = await Promise.all(callers.map((holder) => holder.sign(accessTo("p1"), id, { rejected: 1 })));
    expect(tokenCalls(room) - before).toBe(1);
    expect(new Set(signed.map(({ secretVersion }) => secretVersion))).toEqual(new Set([2]));
    await one.sign(accessTo("p1"), id, { rejected: 1 });
    expect(tokenCalls(room) - before).toBe(1);
  });

  it("makes one token request for 25 callers in each of two processes", async () => {
    const id = await connect(room);
    const before = room.running.playground.tokens.refreshes;
    const args = [
      "sign",
      opened.folder,
      keysOf(room),
      room.running.url,
      id,
      String(room.clock.ms + HOUR_MS),
      String(Date.now() + 1_500),
    ];
    const printed = await Promise.all([child(...args), child(...args)].map(output));
    expect(printed).toEqual(['{"signed":25,"versions":[2]}\n', '{"signed":25,"versions":[2]}\n']);
    expect(room.running.playground.tokens.refreshes - before).toBe(1);
    expect(room.running.playground.tokens.reuseDetected).toBe(0);
    room.clock.ms += HOUR_MS;
  });

  it("asks nobody again once the consent is withdrawn", async () => {
    const id = await connect(room);
    room.clock.ms += HOUR_MS;
    await control(room, "/tokens/revoke");
    const before = tokenCalls(room);
    const holder = room.another();
    const errors = await Promise.all(Array.from({ length: 25 }, () => failure(holder.sign(accessTo("p1"), id))));
    for (const error of errors) expect(error.code).toBe("credential_reauth_required");
    expect(errors[0]?.message).toContain("invalid_grant");
    expect(errors[0]?.message).not.toContain("lost");
    expect(tokenCalls(room) - before).toBe(1);
    for (let minute = 0; minute < 10; minute++) {
      room.clock.ms += 60_000;
      expect((await failure(holder.sign(accessTo("p1"), id))).code).toBe("credential_reauth_required");
      expect((await failure(room.another().sign(accessTo("p1"), id, { rejected: 1 }))).code).toBe("credential_reauth_required");
    }
    expect(tokenCalls(room) - before).toBe(1);
    expect((await holder.get(accessTo("p1"), id)).status).toBe("reauth_required");
    const told = await room.store.get("credentials", "p1", id);
    expect(told).toMatchObject({ id, untold: [{ type: "credential.reauth_required" }] });
    await holder.setStatus(accessTo("p1"), id, "healthy");
    expect((await holder.get(accessTo("p1"), id)).status).toBe("reauth_required");
    await consent(room, "p1", id);
    expect((await holder.sign(accessTo("p1"), id)).authorization).toMatch(/^Bearer /);
  });

  it("keeps the old refresh token where the answer holds none, and takes an hour where it tells no life", async () => {
    const own = await openTestStore();
    const kind = await openOAuthRoom(own.store, { refreshGraceMs: HOUR_MS });
    const id = await connect(kind);
    await fault(kind, { kind: "edit-json", remove: ["refresh_token", "expires_in", "scope"] }, { nth: 1 });
    const holder = kind.another();
    kind.clock.ms += HOUR_MS;
    expect((await holder.sign(accessTo("p1"), id)).secretVersion).toBe(2);
    expect((await holder.get(accessTo("p1"), id)).scopes).toEqual(expect.arrayContaining(SCOPES));
    expect(await holder.tokenState(accessTo("p1"), id)).toMatchObject({
      expiresAtMs: kind.clock.ms + HOUR_MS,
      refreshable: true,
    });
    kind.clock.ms += HOUR_MS;
    expect((await holder.sign(accessTo("p1"), id)).secretVersion).toBe(3);
    await kind.close();
    await own.close();
  });

  it.each([
    [408, { kind: "respond", status: 408 }],
    [409, { kind: "respond", status: 409, body: { error: "conflict" } }],
    [423, { kind: "respond", status: 423 }],
    [425, { kind: "respond", status: 425 }],
    [429, { kind: "respond", status: 429, body: { error: "too_many_requests" } }],
    [500, { kind: "respond", status: 500 }],
    [503, { kind: "html", status: 503 }],
    ["a reset", { kind: "reset", when: "before-apply" }],
    ["a redirect", { kind: "redirect", to: "http://127.0.0.1:9/" }],
    ["an HTML page", { kind: "html", status: 403 }],
    ["a firewall's 403", { kind: "respond", status: 403, body: { error: "Forbidden" } }],
    ["a 404", { kind: "respond", status: 404, body: { error: "not_found" } }],
    ["400 invalid_request", { kind: "respond", status: 400, body: { error: "invalid_request" } }],
    ["400 invalid_scope", { kind: "respond", status: 400, body: { error: "invalid_scope" } }],
  ])("tries again after %s", async (_, action) => {
    const id = await connect(room);
    room.clock.ms += HOUR_MS;
    await fault(room, action, { nth: 1, times: 2 });
    const before = tokenCalls(room);
    const signed = await room.another().sign(accessTo("p1"), id);
    await noFaults(room);
    expect(signed.secretVersion).toBe(2);
    expect(tokenCalls(room) - before).toBe(3);
    expect((await room.another().get(accessTo("p1"), id)).status).toBe("untested");
  });

  it("uses the old token to its end while the token endpoint is down, and hardly knocks", async () => {
    const id = await connect(room);
    const holder = room.another({ waitMs: 200 });
    const old = await holder.sign(accessTo("p1"), id);
    await fault(room, { kind: "respond", status: 503 });
    const before = tokenCalls(room);
    room.clock.ms += HOUR_MS - 30_000;
    for (let count = 0; count < 20; count++)
      expect((await holder.sign(accessTo("p1"), id)).authorization).toBe(old.authorization);
    expect(tokenCalls(room) - before).toBe(1);
    room.clock.ms += 31_000;
    const error = await failure(holder.sign(accessTo("p1"), id));
    expect(error.code).toBe("credential_refresh_unavailable");
    expect(error.message).toContain("503");
    expect((await holder.get(accessTo("p1"), id)).status).toBe("untested");
    await noFaults(room);
    expect((await holder.sign(accessTo("p1"), id)).secretVersion).toBe(2);
  });

  it("does not let a slow token endpoint hold up calls whose token is still valid", async () => {
    const id = await connect(room);
    const holder = room.another({ patienceMs: 50 });
    const old = await holder.sign(accessTo("p1"), id);
    room.clock.ms += HOUR_MS - 30_000;
    await fault(room, { kind: "delay", delayBeforeMs: 600 }, { nth: 1 });
    const startedAtMs = performance.now();
    const signed = await Promise.all(Array.from({ length: 10 }, () => holder.sign(accessTo("p1"), id)));
    expect(performance.now() - startedAtMs).toBeLessThan(400);
    for (const { authorization } of signed) expect(authorization).toBe(old.authorization);
    await holder.settled();
    await noFaults(room);
    expect((await holder.sign(accessTo("p1"), id)).secretVersion).toBe(2);
  });

  it("takes a refused OAuth app for the operator's trouble: no credential is blamed, the endpoint is left alone", async () => {
    const [one, two] = [await connect(room), await connect(room)];
    room.clock.ms += HOUR_MS;
    const playground = { clientId: "lever-connector-development", clientSecret: new Secret("wrong-canary-secret") };
    const configured = { lever: { playground } };
    const apps = createOAuthApps({ ...room, configured });
    const before = tokenCalls(room);
    const holder = room.another({}, { apps });
    const errors = [
      await failure(holder.sign(accessTo("p1"), one)),
      await failure(holder.sign(accessTo("p1"), two)),
      await failure(holder.sign(accessTo("p1"), one)),
    ];
    for (const error of errors) expect(error.code).toBe("oauth_app_rejected");
    expect(tokenCalls(room) - before).toBe(1);
    expect(`${JSON.stringify(errors)} ${inspect(errors, { depth: 9 })}`).not.toContain("canary");
    for (const id of [one, two]) expect((await holder.get(accessTo("p1"), id)).status).toBe("untested");
    expect((await room.another().sign(accessTo("p1"), one)).secretVersion).toBe(2);
  });

  it("does not let one project's wrong client secret hold up another's refreshes, nor a corrected one be refused", async () => {
    const [ours, theirs] = [await connect(room, "q1"), await connect(room, "q2")];
    room.clock.ms += HOUR_MS;
    const app = await room.apps.resolve(accessTo("q1"), { connector: "lever", environment: "playground" });
    await room.apps.save(
      accessTo("q1"),
      { connector: "lever", environment: "playground" },
      {
        clientId: app.clientId,
        clientSecret: new Secret("wrong-canary-secret"),
      },
    );
    await room.apps.save(
      accessTo("q2"),
      { connector: "lever", environment: "playground" },
      { clientId: app.clientId, clientSecret: app.clientSecret },
    );
    const holder = room.another();
    expect((await failure(holder.sign(accessTo("q1"), ours))).code).toBe("oauth_app_rejected");
    expect((await holder.sign(accessTo("q2"), theirs)).secretVersion).toBe(2);
    await room.apps.save(
      accessTo("q1"),
      { connector: "lever", environment: "playground" },
      { clientId: app.clientId, clientSecret: app.clientSecret },
    );
    expect((await holder.sign(accessTo("q1"), ours)).secretVersion).toBe(2);
  });

  it("asks nothing in the name of another OAuth app than the one that the consent was given to", async () => {
    const id = await connect(room, "q3");
    room.clock.ms += HOUR_MS;
    await room.apps.save(
      accessTo("q3"),
      { connector: "lever", environment: "playground" },
      { clientId: "another-app", clientSecret: new Secret("its-secret") },
    );
    const before = tokenCalls(room);
    const holder = room.another();
    const error = await failure(holder.sign(accessTo("q3"), id));
    expect(error).toMatchObject({ code: "oauth_app_missing", message: expect.stringContaining("another-app") });
    expect(tokenCalls(room) - before).toBe(0);
    expect((await holder.get(accessTo("q3"), id)).status).toBe("untested");
    await room.apps.remove(accessTo("q3"), { connector: "lever", environment: "playground" });
    expect((await holder.sign(accessTo("q3"), id)).secretVersion).toBe(2);
  });

  it("keeps a consent alive whose token is refused before its end and cannot be replaced", async () => {
    const id = await connect(room);
    const holder = room.another();
    const { account } = await holder.get(accessTo("p1"), id);
    const grant = { accessToken: new Secret("opaque"), refreshToken: null, expiresAtMs: room.clock.ms + HOUR_MS };
    await holder.saveGrant(accessTo("p1"), id, { ...grant, ...account, userId: "somebody-else", scopes: SCOPES }, SCOPES);
    const { secretVersion } = await holder.sign(accessTo("p1"), id);
    expect((await failure(holder.sign(accessTo("p1"), id, { rejected: secretVersion }))).code).toBe("credential_rejected");
    expect((await holder.get(accessTo("p1"), id)).status).toBe("failing");
    const signing = await holder.sign(accessTo("p1"), id);
    expect(signing.secretVersion).toBe(secretVersion);
    holder.noteAccepted(signing);
    await holder.settled();
    expect((await holder.get(accessTo("p1"), id)).status).toBe("healthy");
  });

  it("asks for no other token for a minute where a fresh one was refused, and blames nobody for good", async () => {
    const id = await connect(room);
    const holder = room.another();
    const fresh = await holder.sign(accessTo("p1"), id, { rejected: 1 });
    await holder.noteRefused(fresh);
    expect((await holder.get(accessTo("p1"), id)).status).toBe("failing");
    const before = tokenCalls(room);
    const errors = await Promise.all(
      [1, 2, 3].map(() => failure(holder.sign(accessTo("p1"), id, { rejected: fresh.secretVersion }))),
    );
    expect(errors.map(({ code }) => code)).toEqual(Array(3).fill("credential_rejected"));
    expect(tokenCalls(room) - before).toBe(0);
    // What runs out is renewed all the same.
    room.clock.ms += HOUR_MS;
    expect((await holder.sign(accessTo("p1"), id)).secretVersion).toBe(fresh.secretVersion + 1);
    const noted = Number(await refreshField(room, id, "refusedAtMs"));
    // A minute later, and where the note is from a clock that was hours ahead.
    for (const atMs of [noted - 61_000, noted + HOUR_MS]) {
      await room.store.patch("credentials", "p1", id, { set: { refusedAtMs: atMs } });
      const { secretVersion } = await holder.sign(accessTo("p1"), id);
      expect((await holder.sign(accessTo("p1"), id, { rejected: secretVersion })).secretVersion).toBe(secretVersion + 1);
    }
    expect(tokenCalls(room) - before).toBe(3);
  });

  it("lets one caller give up while the others get their token", async () => {
    const id = await connect(room);
    room.clock.ms += HOUR_MS;
    await fault(room, { kind: "delay", delayBeforeMs: 300 }, { nth: 1 });
    const holder = room.another();
    const other = holder.sign(accessTo("p1"), id);
    const error = await failure(holder.sign(accessTo("p1"), id, { signal: AbortSignal.timeout(50) }));
    expect(error.code).toBe("cancelled");
    expect((await other).secretVersion).toBe(2);
    expect((await failure(holder.sign(accessTo("p1"), id, { signal: AbortSignal.abort() }))).code).toBe("cancelled");
    await noFaults(room);
  });

  it("saves the new pair before anyone uses it: a save that fails for long is an error, one that recovers is not", async () => {
    const id = await connect(room);
    room.clock.ms += HOUR_MS;
    let failing = 2;
    const store: DocumentStore = {
      ...room.store,
      async patch(...call) {
        if (call[3].inc?.secretVersion !== undefined && failing-- > 0) throw new ConnectorError("store_unavailable", "no");
        return room.store.patch(...call);
      },
    };
    const holder = room.another({ saveMs: 1_000, leaseMs: 200 }, { store });
    const before = tokenCalls(room);
    expect((await holder.sign(accessTo("p1"), id)).secretVersion).toBe(2);
    expect(tokenCalls(room) - before).toBe(1);

    room.clock.ms += HOUR_MS;
    failing = Number.POSITIVE_INFINITY;
    expect((await failure(holder.sign(accessTo("p1"), id))).code).toBe("store_unavailable");
    expect(await refreshField(room, id, "secretVersion")).toBe(2);
    expect(await refreshField(room, id, "refreshIntent")).toBe(2);
    failing = 0;
    const lost = await failure(holder.sign(accessTo("p1"), id));
    expect(lost.code).toBe("credential_reauth_required");
    expect(lost.message).toContain("lost");
  });

  it("knows after a crash between answer and save why the refresh token is dead", async () => {
    const id = await connect(room);
    const laterMs = room.clock.ms + HOUR_MS;
    const crashed = child("crash", opened.folder, keysOf(room), room.running.url, id, String(laterMs), "0", "300");
    await output(crashed);
    expect(crashed.signalCode).toBe("SIGKILL");
    expect(await refreshField(room, id, "secretVersion")).toBe(1);
    expect(await refreshField(room, id, "refreshIntent")).toBe(1);
    room.clock.ms = laterMs;
    const before = tokenCalls(room);
    const error = await failure(room.another().sign(accessTo("p1"), id));
    expect(error.code).toBe("credential_reauth_required");
    expect(error.message).toContain("lost with a process");
    expect(tokenCalls(room) - before).toBe(1);
    expect((await room.another().get(accessTo("p1"), id)).status).toBe("reauth_required");
  });

  it("recovers from that crash where the service gives the old token a grace", async () => {
    const own = await openTestStore();
    const kind = await openOAuthRoom(own.store, { refreshGraceMs: 60_000 });
    const id = await connect(kind);
    kind.clock.ms += HOUR_MS;
    await output(child("crash", own.folder, keysOf(kind), kind.running.url, id, String(kind.clock.ms), "0", "300"));
    expect((await kind.another().sign(accessTo("p1"), id)).secretVersion).toBe(2);
    await kind.close();
    await own.close();
  });

  it("refuses what a stopped holder writes when it wakes up: the new holder's token stays", async () => {
    const own = await openTestStore();
    const kind = await openOAuthRoom(own.store, { refreshGraceMs: 60_000, tokenDelayMs: 300 });
    const id = await connect(kind);
    const laterMs = kind.clock.ms + HOUR_MS;
    const before = tokenCalls(kind);
    const stopped = child("sign", own.folder, keysOf(kind), kind.running.url, id, String(laterMs), "0", "300");
    const printed = output(stopped);
    for (let count = 0; count < 2_000 && tokenCalls(kind) === before; count++) await sleep(5);
    await stopBetweenWrites(stopped, own.folder);
    kind.clock.ms = laterMs;
    const signed = await kind.another({ leaseMs: 300 }).sign(accessTo("p1"), id);
    const kept = await kind.store.get("credentials", "p1", id);
    stopped.kill("SIGCONT");
    expect(await printed).toBe('{"signed":25,"versions":[2]}\n');
    expect(signed.secretVersion).toBe(2);
    expect((await kind.store.get("credentials", "p1", id))?.secret).toBe(kept?.secret);
    expect(tokenCalls(kind) - before).toBe(2);
    await kind.close();
    await own.close();
  });

  it("shows no token in errors, records or the token endpoint's refusals", async () => {
    const id = await connect(room);
    const holder: CredentialStore = room.another();
    const signed = await holder.sign(accessTo("p1"), id);
    const token = signed.authorization.slice(7);
    room.clock.ms += HOUR_MS;
    await control(room, "/tokens/revoke");
    const error = await failure(holder.sign(accessTo("p1"), id));
    const shown = [
      error,
      signed,
      await holder.get(accessTo("p1"), id),
      await room.store.get("credentials", "p1", id),
      holder,
      room.tokens,
    ]
      .map((value) => `${JSON.stringify(value)} ${inspect(value, { depth: 9 })} ${String(value)}`)
      .join();
    expect(shown).not.toContain(token.slice(0, 20));
    expect(shown).not.toContain(token.slice(-20));
    expect(shown).not.toContain("Unknown or invalid refresh token");
    const document = await room.store.get("credentials", "p1", id);
    const secret = openSecret(room.ring, document as CredentialDocument, String(document?.secret));
    if (secret.type !== "oauth2" || secret.refreshToken === null) throw new Error("no refresh token");
    const tokens = [token, reveal(secret.refreshToken), "development-secret-of-the-playground"];
    for (const name of readdirSync(opened.folder)) {
      const bytes = readFileSync(join(opened.folder, name));
      for (const text of tokens) {
        const forms = [
          text,
          text.slice(0, 40),
          text.slice(-40),
          Buffer.from(text).toString("base64").slice(0, 40),
          Buffer.from(text).toString("hex"),
        ];
        for (const form of forms) expect(bytes.includes(form)).toBe(false);
      }
    }
  });
});

describeWithMongod("refreshing on MongoDB", () => {
  let room: OAuthRoom;
  let store: DocumentStore;
  beforeAll(async () => {
    store = createMongoStore({ uri: (await sharedMongod()).dbUri(`credentials_${process.pid}`) });
    await store.open();
    room = await openOAuthRoom(store);
  });
  afterAll(async () => {
    await room.close();
    await store.dispose();
  });

  leaseTests(() => room);
});

function keysOf(room: OAuthRoom): string {
  return room.keysText;
}

const children: ChildProcess[] = [];
afterAll(() => {
  for (const started of children) if (started.exitCode === null && started.signalCode === null) started.kill("SIGKILL");
});

function child(...args: string[]): ChildProcess {
  const started = spawn(process.execPath, ["--import", "tsx", CHILD, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  children.push(started);
  return started;
}

async function output(started: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of started.stdout as NodeJS.ReadableStream) text += String(chunk);
  if (started.exitCode === null && started.signalCode === null) await new Promise((resolve) => started.once("exit", resolve));
  return text;
}
