import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createCredentials } from "../../credentials/credential-store.ts";
import { createOAuthApps } from "../../credentials/oauth-apps.ts";
import { createOAuthFlows } from "../../credentials/oauth-flows.ts";
import { acquireLease } from "../../credentials/refresh-lease.ts";
import { createSingleFlight } from "../../credentials/single-flight.ts";
import { judgeTokenAnswer } from "../../credentials/token-verdict.ts";
import type { SigningCredential, TokenGrant } from "../../credentials/types.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { addKey } from "../../sealing/key-file.ts";
import { Secret } from "../../sealing/secret.ts";
import type { Change, DocumentStore, Where } from "../../store/document-store.ts";
import { accessTo } from "../support/access.ts";
import { CONNECTORS, failure, openTestCredentials } from "./setup.ts";

// Each guard here is for a moment that hardly ever comes: the tests make it come.

const HOUR_MS = 3_600_000;
let room: Awaited<ReturnType<typeof openTestCredentials>>;
let names = 0;
beforeAll(async () => {
  room = await openTestCredentials();
});
afterAll(() => room.close());

type Patch = { readonly id: string; readonly change: Change; readonly where: Where | undefined };

/** The store, with something that happens right before one of its writes to credentials. */
function withBefore(before: (patch: Patch) => Promise<unknown> | undefined): DocumentStore {
  return {
    ...room.store,
    async patch(...call) {
      if (call[0] === "credentials") await before({ id: call[2], change: call[3], where: call[4] });
      return room.store.patch(...call);
    },
  };
}

const once = (work: () => Promise<unknown>) => {
  let isDone = false;
  return () => {
    if (isDone) return undefined;
    isDone = true;
    return work();
  };
};

function on(store: DocumentStore, now?: () => number) {
  return createCredentials({ store, ring: room.ring, connectors: CONNECTORS, ...(now && { now }) });
}

async function addKeyed(more: { defaultPerformAs?: string } = {}): Promise<string> {
  const auth = { type: "api_key", apiKey: new Secret("first-key") } as const;
  return (await room.credentials.create(accessTo("p1"), { nickname: `n${++names}`, environment: "production", auth, ...more }))
    .id;
}

async function addConsent(grant: Partial<TokenGrant> = {}): Promise<string> {
  const { id } = await room.credentials.create(accessTo("p1"), {
    nickname: `n${++names}`,
    environment: "production",
    auth: { type: "oauth2" },
  });
  await room.credentials.saveGrant(accessTo("p1"), id, { ...GRANT, expiresAtMs: Date.now() + HOUR_MS, ...grant }, []);
  return id;
}

const GRANT: TokenGrant = {
  accessToken: new Secret("access"),
  refreshToken: new Secret("refresh"),
  expiresAtMs: 0,
  scopes: ["tags:read:admin"],
  userId: "user-1",
  accountId: "account-1",
  clientId: "our-app",
};

const stored = async (id: string) => (await room.store.get("credentials", "p1", id)) as Record<string, unknown>;
const statusOf = async (id: string) => (await room.credentials.get(accessTo("p1"), id)).status;
const setStored = (id: string, set: Record<string, unknown>) => room.store.patch("credentials", "p1", id, { set });

describe("the lease of a refresh", () => {
  const options = { leaseMs: 5_000, saveMs: 100 };
  const acquire = (id: string, version = 1, owner = "me", store = room.store) =>
    acquireLease({ ...options, store, owner }, { project: "p1", id }, version).then((lease) => {
      lease?.stop();
      return lease;
    });

  it("is not given for a secret that was replaced, nor for a consent that is pending or withdrawn", async () => {
    const id = await addConsent();
    expect(await acquire(id, 2)).toBeUndefined();
    await setStored(id, { status: "reauth_required" });
    expect(await acquire(id)).toBeUndefined();
    await setStored(id, { status: "pending" });
    expect(await acquire(id)).toBeUndefined();
    await setStored(id, { status: "unusable" });
    expect(await acquire(id)).toBeDefined();
  });

  it("is lost by a holder that takes it again after it had run out: its first self writes nothing more", async () => {
    const id = await addConsent();
    const first = await acquire(id);
    await setStored(id, { refreshLeaseExpiresAtMs: 0 });
    expect(await acquire(id)).toBeDefined();
    expect(await first?.announce()).toBe(false);
    expect(await first?.finish({ statusReason: "too late" })).toBe(false);
    expect((await stored(id)).statusReason).toBeNull();
  });

  it("is proven again where the proof came so late that it may be over", async () => {
    const id = await addConsent();
    let announced = 0;
    const slow = withBefore(({ change }) => {
      if (change.set?.refreshIntent === undefined) return undefined;
      announced += 1;
      return announced === 1 ? sleep(150) : undefined;
    });
    const lease = await acquireLease({ store: slow, owner: "slow", leaseMs: 200, saveMs: 100 }, { project: "p1", id }, 1);
    lease?.stop();
    expect(await lease?.announce()).toBe(true);
    expect(announced).toBe(2);
  });

  it("says after its end whether an answer may be lost", async () => {
    const id = await addConsent();
    const first = await acquire(id);
    await first?.announce();
    expect((await stored(id)).refreshIntent).toBe(1);
    await first?.release(true);
    expect(await stored(id)).toMatchObject({ refreshIntent: 1, refreshOwner: null, refreshLeaseExpiresAtMs: 0 });
    await (await acquire(id))?.release(false);
    expect((await stored(id)).refreshIntent).toBe(0);
  });

  it("tries again to save while the store fails, no longer than it may, and tells the last error", async () => {
    const id = await addConsent();
    let failures = 2;
    const failing = withBefore(({ change }) => {
      if (change.inc?.secretVersion === undefined || failures-- <= 0) return undefined;
      return Promise.reject(new ConnectorError("store_unavailable", "away"));
    });
    const lease = await acquireLease({ store: failing, owner: "me", leaseMs: 5_000, saveMs: 5_000 }, { project: "p1", id }, 1);
    lease?.stop();
    expect(await lease?.finish({}, { secretVersion: 1 })).toBe(true);
    failures = 100;
    const again = await acquireLease({ store: failing, owner: "me", leaseMs: 5_000, saveMs: 200 }, { project: "p1", id }, 2);
    again?.stop();
    const startedAtMs = performance.now();
    expect((await failure(again?.finish({}, { secretVersion: 1 }) ?? Promise.resolve())).code).toBe("store_unavailable");
    expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    expect(failures).toBeLessThan(99);
  });
});

describe("a flight that callers share", () => {
  const need = { secretVersion: 1, validUntilMs: 0, deadlineMs: Number.POSITIVE_INFINITY };

  it("answers no caller with another need, nor a patient one by an impatient try", async () => {
    let nowMs = 0;
    const { join } = createSingleFlight(1_000, () => nowMs);
    const runs: string[] = [];
    let end = () => {};
    const slow = (name: string) => () => {
      runs.push(name);
      return new Promise<void>((resolve) => {
        end = resolve;
      });
    };
    const quick = (name: string) => async () => void runs.push(name);
    const impatient = join("key", { ...need, validUntilMs: 10 }, slow("impatient"));
    const other = join("key", { ...need, secretVersion: 2, validUntilMs: 10 }, quick("other version"));
    nowMs = 20;
    const patient = join("key", need, quick("patient"));
    await sleep(5);
    expect(runs).toEqual(["impatient"]);
    end();
    await Promise.all([impatient, other, patient]);
    expect(runs.sort()).toEqual(["impatient", "other version", "patient"]);
  });

  it("is left alone for five seconds after a failure by those whose token is still good, and by nobody else", async () => {
    const { join } = createSingleFlight(1_000, () => 0);
    const broken = async () => Promise.reject(new Error("broken"));
    const impatient = { ...need, validUntilMs: 10 };
    expect((await failure(join("key", impatient, broken))).message).toBe("broken");
    expect((await failure(join("key", impatient, broken))).message).toContain("has just failed");
    expect((await failure(join("key", need, broken))).message).toBe("broken");
    await join("key", need, async () => undefined);
    await join("key", impatient, async () => undefined);
  });

  it("ends for an impatient caller after his patience, and goes on for the others", async () => {
    const { join, settled } = createSingleFlight(30, () => 0);
    let isOver = false;
    const work = async () => {
      await sleep(200);
      isOver = true;
    };
    expect((await failure(join("key", { ...need, validUntilMs: 10 }, work))).message).toContain("slow");
    expect(isOver).toBe(false);
    await settled();
    expect(isOver).toBe(true);
  });
});

describe("the answer of the token endpoint", () => {
  const answer = (status: number, body: unknown) => judgeTokenAnswer(status, JSON.stringify(body));

  it.each([400, 401, 403])("ends a consent by invalid_grant with status %s", (status) => {
    expect(answer(status, { error: "invalid_grant" })).toMatchObject({ ok: false, kind: "terminal" });
  });

  it.each([
    [404, { error: "invalid_grant" }],
    [429, { error: "invalid_grant" }],
    [500, { error: "invalid_grant" }],
    [200, { error: "invalid_grant" }],
    [400, { error: "invalid_request" }],
    [400, { error: "unsupported_grant_type" }],
    [400, { error: "temporarily_unavailable" }],
    [403, { error: "Forbidden" }],
    [403, { error: "access_denied" }],
    [404, {}],
    [302, {}],
    [403, "a page"],
    [400, [{ error: "invalid_grant" }]],
    [400, { error: { code: "invalid_grant" } }],
  ])("proves nothing by %s %j", (status, body) => {
    expect(answer(status, body)).toMatchObject({ ok: false, kind: "transient" });
  });

  it.each([
    [401, { error: "access_denied" }],
    [401, {}],
    [400, { error: "invalid_client" }],
    [403, { error: "unauthorized_client" }],
  ])("speaks of the app by %s %j", (status, body) => {
    expect(answer(status, body)).toMatchObject({ ok: false, kind: "app_rejected" });
  });

  it("may have been lost only where new tokens may have been made", () => {
    const lost = (status: number) => (answer(status, {}) as { answerLost?: boolean }).answerLost;
    expect([200, 204, 500, 503].map(lost)).toEqual([true, true, true, true]);
    expect([302, 400, 403, 404, 429].map(lost)).toEqual(Array(5).fill(false));
    expect(answer(200, { access_token: "" })).toMatchObject({ ok: false });
    expect(answer(200, { access_token: "x" })).toMatchObject({ ok: true });
  });

  it("is waited for as long as it says, in seconds", () => {
    expect(judgeTokenAnswer(429, "", "7")).toMatchObject({ kind: "transient", retryAfterMs: 7_000 });
    expect(judgeTokenAnswer(503, "", "2")).toMatchObject({ retryAfterMs: 2_000 });
    expect(judgeTokenAnswer(503, "", "Wed, 21 Oct 2015 07:28:00 GMT")).not.toHaveProperty("retryAfterMs");
    expect(judgeTokenAnswer(503, "", "123456")).not.toHaveProperty("retryAfterMs");
  });
});

describe("two changes at once", () => {
  it("of the key: both are saved one after the other, and the last one opens", async () => {
    const id = await addKeyed();
    const racing = on(withBefore(once(() => room.credentials.replaceApiKey(accessTo("p1"), id, new Secret("second-key")))));
    await racing.replaceApiKey(accessTo("p1"), id, new Secret("third-key"));
    const signed = await room.credentials.sign(accessTo("p1"), id);
    expect(signed.secretVersion).toBe(3);
    expect(signed.authorization).toBe(`Basic ${Buffer.from("third-key:").toString("base64")}`);
  });

  it("of the key that never end are an error", async () => {
    const id = await addKeyed();
    const busy = on(withBefore(() => room.store.patch("credentials", "p1", id, { inc: { secretVersion: 1 } })));
    expect((await failure(busy.replaceApiKey(accessTo("p1"), id, new Secret("x")))).code).toBe("conflict");
    const restless = on(withBefore(() => setStored(id, {})));
    expect((await failure(restless.setStatus(accessTo("p1"), id, "healthy"))).code).toBe("conflict");
    const consent = await addConsent();
    const moving = on(withBefore(() => setStored(consent, {})));
    expect((await failure(moving.saveGrant(accessTo("p1"), consent, GRANT, []))).code).toBe("conflict");
  });

  it("by consents: the account of the first one counts for the second", async () => {
    const id = await addConsent({ accountId: null });
    const first = () => room.credentials.saveGrant(accessTo("p1"), id, { ...GRANT, accountId: "account-1" }, []);
    const racing = on(withBefore(once(first)));
    const second = racing.saveGrant(accessTo("p1"), id, { ...GRANT, accountId: "account-2" }, []);
    expect((await failure(second)).code).toBe("account_mismatch");
  });

  it("of a verdict and the user that it speaks of: the newer user stays without it", async () => {
    const id = await addKeyed({ defaultPerformAs: "user-1" });
    const racing = on(withBefore(once(() => room.credentials.update(accessTo("p1"), id, { defaultPerformAs: "user-2" }))));
    await racing.setStatus(accessTo("p1"), id, "healthy", { performAs: { user: "user-1", state: "unknown" } });
    expect(await room.credentials.get(accessTo("p1"), id)).toMatchObject({ status: "healthy", warnings: [] });
  });

  it("of an app's settings that never end are an error", async () => {
    const apps = (store: DocumentStore) => createOAuthApps({ store, ring: room.ring, configured: {}, connectors: CONNECTORS });
    const change = { clientId: "a", clientSecret: new Secret("s") };
    await apps(room.store).save(accessTo("p1"), { connector: "lever", environment: "production" }, change);
    const busy: DocumentStore = {
      ...room.store,
      async patch(...call) {
        await room.store.patch("oauthApps", "p1", "app_production", { set: {} });
        return room.store.patch(...call);
      },
    };
    expect((await failure(apps(busy).save(accessTo("p1"), { connector: "lever", environment: "production" }, change))).code).toBe(
      "conflict",
    );
  });
});

describe("a call that worked", () => {
  const signed = (id: string) => room.credentials.sign(accessTo("p1"), id);
  const worked = async (signing: SigningCredential) => {
    room.credentials.noteAccepted(signing);
    await room.credentials.settled();
  };

  it.each(["failing", "reauth_required", "unusable"])("heals a key that is %s", async (status) => {
    const id = await addKeyed();
    await setStored(id, { status, statusReason: "why" });
    await worked(await signed(id));
    expect(await stored(id)).toMatchObject({ status: "healthy", statusReason: null, acceptedAt: expect.any(String) });
  });

  it("heals a consent that fails, and only that", async () => {
    const id = await addConsent();
    await setStored(id, { status: "failing", refusedAtMs: 7 });
    await worked(await signed(id));
    expect(await stored(id)).toMatchObject({ status: "healthy", refusedAtMs: 0 });
    await setStored(id, { status: "unusable" });
    await worked(await signed(id));
    expect(await statusOf(id)).toBe("unusable");
  });

  it("does not heal what reached another account, nor what was not in doubt", async () => {
    const id = await addKeyed();
    const lastTest = { at: new Date().toISOString(), ok: false, code: "account_mismatch", message: "x" };
    await setStored(id, { status: "failing", lastTest });
    await worked(await signed(id));
    expect(await statusOf(id)).toBe("failing");
    await setStored(id, { status: "untested", lastTest: null });
    await worked(await signed(id));
    expect(await statusOf(id)).toBe("untested");
  });

  it("says nothing of a key that was replaced meanwhile, nor against a newer verdict", async () => {
    const id = await addKeyed();
    await setStored(id, { status: "failing" });
    const before = await signed(id);
    await room.credentials.replaceApiKey(accessTo("p1"), id, new Secret("another"));
    await setStored(id, { status: "failing" });
    await worked(before);
    expect(await stored(id)).toMatchObject({ status: "failing", acceptedAt: null });
    const doubted = await signed(id);
    await setStored(id, { status: "unusable" });
    await worked(doubted);
    expect(await statusOf(id)).toBe("unusable");
  });

  it("writes once that the secret was accepted, not at every call", async () => {
    const id = await addKeyed();
    await worked(await signed(id));
    const { version } = await stored(id);
    await worked(await signed(id));
    expect((await stored(id)).version).toBe(version);
  });
});

describe("a call that was refused", () => {
  it("blames a key only while it is that key", async () => {
    const id = await addKeyed();
    const before = await room.credentials.sign(accessTo("p1"), id);
    await room.credentials.replaceApiKey(accessTo("p1"), id, new Secret("another"));
    await room.credentials.noteRefused(before);
    expect(await statusOf(id)).toBe("untested");
    await room.credentials.noteRefused(await room.credentials.sign(accessTo("p1"), id));
    expect(await statusOf(id)).toBe("reauth_required");
  });

  it("does not bring a withdrawn consent back to life, nor blame a newer one", async () => {
    const id = await addConsent();
    const before = await room.credentials.sign(accessTo("p1"), id);
    await setStored(id, { status: "reauth_required" });
    await room.credentials.noteRefused(before);
    expect(await statusOf(id)).toBe("reauth_required");
    await room.credentials.saveGrant(accessTo("p1"), id, { ...GRANT, expiresAtMs: Date.now() + HOUR_MS }, []);
    await room.credentials.noteRefused(before);
    expect(await stored(id)).toMatchObject({ status: "untested", refusedAtMs: 0 });
  });
});

describe("a clock that was set back", () => {
  it("keeps no one from noting a use", async () => {
    const id = await addKeyed();
    const ahead = on(room.store, () => Date.now() + 2 * HOUR_MS);
    ahead.markUsed(accessTo("p1"), id);
    await ahead.settled();
    const right = on(room.store);
    right.markUsed(accessTo("p1"), id);
    await right.settled();
    expect(Math.abs(Date.parse(String((await stored(id)).lastUsedAt)) - Date.now())).toBeLessThan(60_000);
  });

  it("keeps no ticket and no state alive for longer than twice their life", async () => {
    const flows = createOAuthFlows({ store: room.store, ring: room.ring });
    const here = { connector: "lever", environment: "production" };
    const ask = { credential: "cred_x", ...here };
    const expiresIn = (id: string, ms: number) =>
      room.store.patch("oauthFlows", "p1", id, { set: { expiresAtMs: Date.now() + ms } });
    const { ticket, flow } = await flows.createTicket(accessTo("p1"), ask);
    await expiresIn(flow.id, 21 * 60_000);
    expect((await failure(flows.readTicket(ticket, here))).code).toBe("oauth_state_invalid");
    expect((await failure(flows.beginConsent(ticket, here))).code).toBe("oauth_state_invalid");
    await expiresIn(flow.id, 9 * 60_000);
    const begun = await flows.beginConsent(ticket, here);
    await expiresIn(flow.id, 2 * HOUR_MS);
    const take = flows.takeState(begun.state, { ...here, browser: begun.browser });
    expect((await failure(take)).code).toBe("oauth_state_invalid");
  });
});

describe("a folder that may not be written", () => {
  it("is told as the key file's, with what to do", async () => {
    // Nobody may make a file there, root neither.
    const error = await failure((async () => addKey(process.platform === "linux" ? "/sys/keys" : "/dev/null/keys"))());
    if (process.platform === "linux")
      expect(error).toMatchObject({ code: "conflict", message: expect.stringMatching(/EACCES|EROFS|EPERM/) });
    else expect(error).toBeDefined();
  });
});
