import { describe, expect, it } from "@jest/globals";
import type { Input } from "../../connector/types.ts";
import { createChecker } from "../../credentials/check.ts";
import type { CheckContext, CheckerOptions, ProbeAnswer } from "../../credentials/check-context.ts";
import { toOwner, toPerformAs } from "../../credentials/check-input.ts";
import { checkEnvironment, checkPerformAs, checkScopes } from "../../credentials/check-lines.ts";
import { askLists } from "../../credentials/check-lists.ts";
import { clockLine, expiryLine, roundTripLine } from "../../credentials/check-times.ts";
import type { Credential } from "../../credentials/credential.ts";
import { ConnectorError, type ErrorCode } from "../../errors/connector-error.ts";
import { accessTo } from "../support/access.ts";
import { CONNECTORS, ENVIRONMENTS } from "./setup.ts";

// What each line of a credential's test says, situation by situation: people read these texts, and programs the states and codes.

const NOW_MS = Date.parse("2026-01-01T12:00:00Z");
const connector = CONNECTORS.of("lever");
const EVERY_SCOPE = [...new Set([...connector.operations.values()].flatMap(({ declaration }) => declaration.scopes))];
const LISTS = [...connector.operations.values()].filter(({ declaration }) => declaration.paginated).map(({ name }) => name);

const KEY: Partial<Credential> = { auth: "api_key", scopes: null, missingScopes: null };
const CONSENT: Partial<Credential> = { auth: "oauth2", scopes: EVERY_SCOPE, missingScopes: [] };

function credential(more: Partial<Credential>): Credential {
  const account = { userId: null, accountId: null };
  const none = {
    id: "cred_1",
    connector: "lever",
    environment: "production",
    status: "untested",
    defaultPerformAs: null,
    version: 1,
  };
  return { ...none, account, acceptedAt: null, ...KEY, ...more } as unknown as Credential;
}

type Answer = (operation: string, input: Input) => unknown;
const refuse = (code: ErrorCode) => () => Promise.reject(new ConnectorError(code, `refused: ${code}`));

function context(more: Partial<Credential>, answer: Answer = () => ({ data: [] }), environments = ENVIRONMENTS): CheckContext {
  return {
    record: credential(more),
    connector: { manifest: connector.manifest, operations: connector.operations, environments },
    call: async (operation, input) => ({ output: await answer(operation, input), meta: { durationMs: 1 } }),
  };
}

describe("the times of a test", () => {
  const expiresAtMs = NOW_MS + 59.6 * 60_000;
  const expiresAt = new Date(expiresAtMs).toISOString();

  it("say until when the token is valid, and whether it can be renewed", () => {
    expect(expiryLine(null, NOW_MS)).toEqual({ id: "token_expiry", state: "skipped", message: "An API key does not expire" });
    const renewed = "Expires in 60 minutes and is renewed automatically";
    expect(expiryLine({ expiresAtMs, refreshable: true, audience: [] }, NOW_MS)).toEqual({
      ...{ id: "token_expiry", state: "pass", message: renewed, expiresAt },
    });
    expect(expiryLine({ expiresAtMs, refreshable: false, audience: [] }, NOW_MS)).toEqual({
      ...{ id: "token_expiry", state: "warn", expiresAt },
      message: "Expires in 60 minutes and cannot be renewed: offline_access was not granted",
      action: "Add offline_access to the OAuth app's scopes and connect again.",
    });
    const late = expiryLine({ expiresAtMs, refreshable: true, audience: [] }, expiresAtMs + 120_000);
    expect(late.message).toBe("Expires in 0 minutes and is renewed automatically");
  });

  it.each([
    [NOW_MS - 500, "pass", "Clocks agree", 0],
    [NOW_MS - 30_500, "pass", "Clocks agree", 30_000],
    [NOW_MS + 29_500, "pass", "Clocks agree", -30_000],
    [NOW_MS - 30_501, "warn", "This server's clock is 30 s ahead", 30_001],
    [NOW_MS + 29_501, "warn", "This server's clock is 30 s behind", -30_001],
  ] as const)("compare the clocks by an answer of %d", (serverDateMs, state, message, skewMs) => {
    const action = state === "warn" && { action: "Set this server's clock by NTP." };
    expect(clockLine(serverDateMs, NOW_MS)).toEqual({ id: "clock", state, message, skewMs, ...action });
  });

  it("compare no clocks where the answer does not tell the time", () => {
    expect(clockLine(undefined, NOW_MS)).toEqual({ id: "clock", state: "skipped", message: "The answer did not tell the time" });
  });

  it("tell how long an answer took, and that more than five seconds is slow", () => {
    expect(roundTripLine(4_999.6, "Acme")).toEqual({ id: "round_trip", state: "pass", message: "5000 ms", ms: 5000 });
    expect(roundTripLine(5_001, "Acme")).toEqual({
      ...{ id: "round_trip", state: "warn", message: "5001 ms: slow", ms: 5001 },
      action: "Check the network between this server and Acme.",
    });
  });
});

describe("the line of the environment", () => {
  const recordAt = (web: string) => ({ data: [{ urls: { show: `${web}/candidates/1` } }] });
  const NONE: unknown = { data: [] };
  const [own, other] = ["https://hire.lever.test", "https://hire.sandbox.lever.test"];
  const audience = ["https://api.lever.test/v1/"];

  it.each<[string, unknown, readonly string[], object, string | null]>([
    ["a record of its own", recordAt(own), [], { state: "pass", message: "Reached production", web: own }, null],
    [
      ...(["a record of another environment", recordAt(other), []] as const),
      {
        ...{ state: "fail", web: other, action: "Save it as a new credential of sandbox." },
        message: "Reached sandbox, although the credential was saved for production",
      },
      "account_mismatch",
    ],
    [
      ...(["a record of no environment", recordAt("https://elsewhere.test"), []] as const),
      { state: "warn", message: `Records point to https://elsewhere.test instead of ${own}`, web: "https://elsewhere.test" },
      null,
    ],
    ["no record", NONE, [], { state: "skipped", message: "No record to see the environment by" }, null],
    [
      "a record without an address",
      { data: [{ urls: { show: "candidates" } }] },
      [],
      { state: "skipped", message: "No record to see the environment by" },
      null,
    ],
    ["no record, and a token for it", NONE, audience, { state: "pass", message: "The token is for production" }, null],
    [
      ...(["a token for another one", recordAt(own), ["https://api.sandbox.lever.test/v1/"]] as const),
      { state: "fail", message: "The token was made for another environment than production", action: "Connect again." },
      "credential_rejected",
    ],
  ])("says what %s shows", (_, output, audience, line, code) => {
    expect(checkEnvironment(context({}), output, audience)).toEqual({
      line: { id: "environment", ...line },
      ...(code && { code }),
    });
  });

  it("does without what an environment does not declare, and one that is gone", () => {
    const [production] = [ENVIRONMENTS.production as NonNullable<(typeof ENVIRONMENTS)["production"]>];
    const { web: _, ...blind } = production;
    const { audience: __, ...open } = production;
    const message = "The environment has no `web` to compare records with";
    expect(checkEnvironment(context({}, undefined, { production: blind }), recordAt(own), [])).toEqual({
      line: { id: "environment", state: "skipped", message },
    });
    expect(checkEnvironment(context({}, undefined, { production: open } as never), NONE, ["anything"]).line.state).toBe("pass");
    expect(checkEnvironment(context({}, undefined, {}), NONE, ["anything"]).line.state).toBe("pass");
  });
});

describe("the line of the scopes", () => {
  const named = (operations: unknown, name: string) =>
    (operations as { operation: string }[]).find(({ operation }) => operation === name);

  it("says of a key that every list can be read", async () => {
    const { line, code } = await checkScopes(context(KEY), new Map([["list_opportunities", true]]));
    expect({ ...line, operations: undefined, code }).toEqual({
      ...{ id: "scopes", state: "pass", operations: undefined, code: undefined },
      message: "Every list can be read; writing cannot be tested without writing",
    });
    expect(named(line.operations, "list_tags")).toEqual({ operation: "list_tags", allowed: true });
    expect(named(line.operations, "create_posting")).toEqual({ operation: "create_posting", allowed: null });
  });

  it("names what a key may not read, and asks no list twice", async () => {
    const asked: string[] = [];
    const answer: Answer = (operation) => {
      asked.push(operation);
      return operation === "list_tags"
        ? refuse("permission_denied")()
        : operation === "list_users"
          ? refuse("upstream_error")()
          : {};
    };
    const { line } = await checkScopes(context(KEY, answer), new Map([["list_opportunities", true]]));
    expect(line).toMatchObject({
      state: "warn",
      message: "Not allowed: list_tags",
      action: "Give the key these permissions in Lever.",
    });
    expect(named(line.operations, "list_users")).toEqual({ operation: "list_users", allowed: null });
    expect(asked.sort()).toEqual(LISTS.filter((name) => name !== "list_opportunities").sort());
  });

  it("fails a key that may read nothing", async () => {
    const { line, code } = await checkScopes(context(KEY, refuse("permission_denied")), new Map([["list_opportunities", false]]));
    expect(code).toBe("permission_denied");
    expect(line).toMatchObject({
      ...{ id: "scopes", state: "fail", message: "Lever accepts the key, but it may read none of the lists" },
      action: expect.stringMatching(/^Give the key permissions in Lever \(.+\)\.$/),
    });
  });

  it("passes a consent that covers everything, and warns of what it does not", async () => {
    const answered = new Map([["list_opportunities", true]]);
    const whole = await checkScopes(context(CONSENT), answered);
    expect(whole.line).toMatchObject({ id: "scopes", state: "pass", message: "Every operation is covered" });
    const scopes = EVERY_SCOPE.filter((scope) => !scope.startsWith("tags:"));
    const { line, code } = await checkScopes(context({ ...CONSENT, scopes }), answered);
    expect(code).toBeUndefined();
    expect(line).toMatchObject({
      ...{ state: "warn", message: "Not allowed: list_tags", action: "Add the scopes to the OAuth app and connect again." },
    });
    expect(named(line.operations, "list_tags")).toEqual({ operation: "list_tags", allowed: false, missing: ["tags:read:admin"] });
    const refused = await checkScopes(context(CONSENT), new Map([["list_stages", false]]));
    expect(named(refused.line.operations, "list_stages")).toEqual({ operation: "list_stages", allowed: false });
    expect(refused.line.message).toBe("Not allowed: list_stages");
  });

  it.each<[string, Partial<Credential>, string]>([
    ["scopes that were asked for are missing", { missingScopes: ["tags:read:admin"] }, "fail"],
    ["only the renewal is missing", { missingScopes: ["offline_access"] }, "pass"],
    [
      "it was found unusable by a version that did not record what was missing",
      { missingScopes: null, status: "unusable" },
      "fail",
    ],
    ["nothing is known to be missing", { missingScopes: null, status: "failing" }, "pass"],
  ])("judges a consent where %s", async (_, more, state) => {
    const { line, code } = await checkScopes(context({ ...CONSENT, ...more }), new Map([["list_opportunities", true]]));
    expect([line.state, code]).toEqual([state, state === "fail" ? "credential_scope_missing" : undefined]);
    if (state !== "fail") return;
    expect(line).toMatchObject({
      message: "Scopes that were asked for were not granted",
      action: "Connect again as a Super Admin and agree to everything; check the scopes of the OAuth app.",
    });
  });

  it("does not ask of a key what was granted", async () => {
    const { line } = await checkScopes(context({ ...KEY, status: "unusable" }), new Map([["list_opportunities", true]]));
    expect(line.state).toBe("pass");
  });
});

describe("the line of the user", () => {
  const found =
    (row: object): Answer =>
    () => ({ data: [{ id: "u1", ...row }] });

  it("says that none is set", async () => {
    expect(await checkPerformAs(context(KEY))).toEqual({
      ...{ user: null, state: null },
      line: {
        ...{ id: "perform_as", state: "warn", message: "No user is set that writes are recorded for" },
        action: "Set a default user on the credential, or give perform_as with each call.",
      },
    });
  });

  it("takes the user who approved a consent, but nobody for a key", async () => {
    const account = { userId: "u1", accountId: null };
    const active = await checkPerformAs(context({ ...CONSENT, account }, found({ deactivatedAt: null })));
    expect(active).toEqual({
      ...{ user: "u1", state: "active" },
      line: { id: "perform_as", user: "u1", state: "pass", message: "The default user exists and is active" },
    });
    expect(await checkPerformAs(context({ ...KEY, account }, found({})))).toMatchObject({ user: null });
  });

  it("says that the users could not be read, and lets other faults through", async () => {
    const away = await checkPerformAs(context({ defaultPerformAs: "u1" }, refuse("permission_denied")));
    const message = `The users could not be read: ${new ConnectorError("permission_denied", "").title.toLowerCase()}`;
    expect(away).toEqual({ user: "u1", state: "unchecked", line: { id: "perform_as", state: "skipped", message } });
    const broken: Answer = () => Promise.reject(new TypeError("broken"));
    await expect(checkPerformAs(context({ defaultPerformAs: "u1" }, broken))).rejects.toThrow(TypeError);
  });
});

describe("the first lists that are asked", () => {
  const call =
    (answers: Record<string, Answer>): Answer =>
    (operation, input) =>
      (answers[operation] ?? (() => ({ data: [operation] })))(operation, input);
  const first = (more: Partial<Credential>, answers: Record<string, Answer>) => {
    const given = context(more, call(answers));
    return askLists(given, given.call);
  };

  it("are those that a consent covers, or the manifest's own where it covers none", async () => {
    const tags = await first({ ...CONSENT, scopes: ["tags:read:admin"] }, {});
    expect([...tags.answered]).toEqual([["list_tags", true]]);
    const none = await first({ ...CONSENT, scopes: [] }, {});
    expect([...none.answered]).toEqual([["list_opportunities", true]]);
  });

  it("are asked on after a 403, but a consent that is refused everywhere does not work", async () => {
    const denied = Object.fromEntries(LISTS.map((name) => [name, refuse("permission_denied")]));
    const key = await first(KEY, denied);
    expect([key.first, key.trouble, [...key.answered.values()]]).toEqual([undefined, undefined, LISTS.map(() => false)]);
    expect((await first(CONSENT, denied)).trouble?.code).toBe("permission_denied");
    const { list_tags: _, ...others } = denied;
    expect((await first(KEY, others)).first?.output).toEqual({ data: ["list_tags"] });
    expect((await first(KEY, { ...denied, list_tags: refuse("upstream_error") })).trouble?.code).toBe("upstream_error");
  });

  it("end with the first that fails otherwise, and break off where the test itself cannot run", async () => {
    const down = await first(KEY, { list_opportunities: refuse("upstream_unavailable") });
    expect([down.trouble?.code, down.answered.size]).toEqual(["upstream_unavailable", 0]);
    for (const code of [
      "not_found",
      "store_unavailable",
      "store_full",
      "shutting_down",
      "internal_error",
      "input_invalid",
      "cancelled",
    ])
      await expect(first(KEY, { list_opportunities: refuse(code as ErrorCode) })).rejects.toMatchObject({ code });
    const broken: Answer = () => Promise.reject(new TypeError("broken"));
    await expect(first(KEY, { list_opportunities: broken })).rejects.toThrow(TypeError);
  });
});

describe("the whole report", () => {
  interface Saved {
    readonly status: string;
    readonly more: Record<string, unknown>;
  }

  /** Tests a credential that is kept nowhere, by a service that answers as told. */
  async function examine(more: Partial<Credential>, answer: Answer, options: Partial<CheckerOptions> = {}) {
    const saved: Saved[] = [];
    const rejected: unknown[] = [];
    const check = createChecker({
      connectors: CONNECTORS,
      credentials: {
        look: async () => ({ record: credential({ defaultPerformAs: "u1", ...more }), secretVersion: 7 }),
        setStatus: async (_: unknown, __: unknown, status: string, more: Saved["more"]) => void saved.push({ status, more }),
        sign: async (_: unknown, __: unknown, options: { rejected?: number }) => {
          rejected.push(options.rejected);
          return { secretVersion: 7 };
        },
        tokenState: async () => null,
      } as unknown as CheckerOptions["credentials"],
      probe: async ({ operation, input }): Promise<ProbeAnswer> => ({
        output: await answer(operation, input),
        meta: { durationMs: 1 },
        serverDateMs: NOW_MS,
      }),
      now: () => NOW_MS,
      ...options,
    });
    const report = await check(accessTo("p1"), "cred_1");
    return { report, saved: saved[0] as Saved, rejected };
  }

  const fine: Answer = (operation) =>
    operation === "list_users"
      ? { data: [{ id: "u1", deactivatedAt: null }] }
      : { data: [{ urls: { show: "https://hire.lever.test/candidates/1" } }] };
  const states = (checks: readonly { id: string; state: string }[]) => checks.map(({ id, state }) => `${id} ${state}`);

  it("says that the credential works, and counts what there is to look at", async () => {
    const { report, saved } = await examine({}, fine);
    expect(report).toMatchObject({ usable: true, code: "ok", cause: null, message: "The credential works" });
    expect(saved).toMatchObject({
      status: "healthy",
      more: { secretVersion: 7, version: 1, acceptedAt: "2026-01-01T12:00:00.000Z" },
    });
    expect(report.checks[0]).toEqual({ id: "signature", state: "pass", message: "Lever accepts it" });
    const one = await examine({ defaultPerformAs: null }, fine);
    expect(one.report.message).toBe("The credential works; one thing to look at");
    const two = await examine({ defaultPerformAs: null }, (operation, input) =>
      operation === "list_tags" ? refuse("permission_denied")() : fine(operation, input),
    );
    expect(two.report.message).toBe("The credential works; 2 things to look at");
  });

  it("does not take an earlier acceptance for a new one", async () => {
    const { saved } = await examine({ acceptedAt: "2025-01-01T00:00:00.000Z" }, fine);
    expect(saved.more).not.toHaveProperty("acceptedAt");
    expect((await examine({}, refuse("credential_rejected"))).saved.more).not.toHaveProperty("acceptedAt");
  });

  it("tells what it cannot see where no list answered", async () => {
    const { report, saved } = await examine({}, refuse("permission_denied"));
    expect(report).toMatchObject({ usable: false, code: "permission_denied", cause: "permission" });
    expect(states(report.checks)).toEqual([
      ...["signature pass", "environment skipped", "scopes fail", "perform_as skipped"],
      ...["token_expiry skipped", "clock skipped", "round_trip skipped"],
    ]);
    expect(report.checks[1]?.message).toBe("No list answered to see it by");
    expect(saved.status).toBe("unusable");
  });

  it.each<[ErrorCode, string, Credential["status"], RegExp]>([
    ["credential_rejected", "signature", "reauth_required", /^Check the key or connect again/],
    ["credential_reauth_required", "signature", "reauth_required", /^Connect the credential again\.$/],
    ["credential_refresh_unavailable", "token_expiry", "failing", /^Nothing: try again in a while\.$/],
    ["credential_key_unavailable", "signature", "failing", /^Configure the key that encrypted it/],
    ["sealed_data_invalid", "signature", "failing", /^Save the secret again/],
    ["credential_pending", "signature", "pending", /^Open the link of the credential and agree/],
    ["environment_unknown", "environment", "failing", /^Configure the environment production again/],
    ["rate_limited", "round_trip", "failing", /^Try again in a minute/],
    ["upstream_unreachable", "round_trip", "failing", /^Check that this server may reach Lever: DNS/],
    ["upstream_timeout", "round_trip", "failing", /^Try again; check the network/],
    ["upstream_error", "round_trip", "failing", /^Nothing: the trouble is at Lever\./],
    ["upstream_unavailable", "round_trip", "failing", /^Nothing: Lever is down for maintenance\./],
  ])("of %s fails the row of what is to blame, and says what to do", async (code, row, status, action) => {
    const { report, saved } = await examine({}, refuse(code));
    expect(report).toMatchObject({ usable: false, code, message: `refused: ${code}` });
    const rows = ["signature", "environment", "scopes", "perform_as", "token_expiry", "clock", "round_trip"];
    expect(states(report.checks)).toEqual(rows.map((id) => `${id} ${id === row ? "fail" : "skipped"}`));
    const [failed] = report.checks.filter(({ state }) => state === "fail");
    expect(failed?.action).toMatch(action);
    expect(report.checks.find(({ state }) => state === "skipped")?.message).toBe("Not tested, because the first call failed");
    expect(saved.status).toBe(status);
  });

  it("passes on what the service said", async () => {
    const upstream = { status: 401, message: "no" };
    const { report } = await examine({}, () => Promise.reject(new ConnectorError("credential_rejected", "no", { upstream })));
    expect(report.checks[0]).toMatchObject({ id: "signature", upstream });
    expect((await examine({}, refuse("credential_rejected"))).report.checks[0]).not.toHaveProperty("upstream");
  });

  it("replaces a consent's token that was refused once, and no key", async () => {
    let refusals = 1;
    const once: Answer = (operation, input) => (refusals-- > 0 ? refuse("credential_rejected")() : fine(operation, input));
    const consent = await examine(CONSENT, once);
    expect([consent.report.usable, consent.rejected]).toEqual([true, [undefined, 7]]);
    refusals = 1;
    const key = await examine(KEY, once);
    expect([key.report.usable, key.rejected]).toEqual([false, [undefined]]);
    const other = await examine(CONSENT, refuse("upstream_error"));
    expect([other.report.usable, other.rejected]).toEqual([false, [undefined]]);
  });

  it.each<[Partial<Credential>, ErrorCode, Credential["status"]]>([
    [CONSENT, "credential_rejected", "failing"],
    [CONSENT, "permission_denied", "failing"],
    [{ ...CONSENT, status: "pending" }, "upstream_error", "pending"],
    [CONSENT, "credential_scope_missing", "unusable"],
  ])("of a consent %j that fails by %s leaves it as %s", async (more, code, status) => {
    expect((await examine(more, refuse(code))).saved.status).toBe(status);
  });

  it("ends by the time of the test, whatever is still asked", async () => {
    const { report } = await examine({}, fine, { timeoutMs: 0 });
    expect(report).toMatchObject({
      usable: false,
      code: "upstream_timeout",
      message: "Lever did not answer in the time of the test",
    });
    const slow: CheckerOptions["probe"] = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(new ConnectorError("cancelled", "given up")));
      });
    expect((await examine({}, fine, { timeoutMs: 30, probe: slow })).report.code).toBe("upstream_timeout");
    const left: number[] = [];
    const probe: CheckerOptions["probe"] = async ({ timeoutMs, operation, input }) => {
      left.push(timeoutMs);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { output: fine(operation, input), meta: { durationMs: 1 }, serverDateMs: NOW_MS };
    };
    expect((await examine({}, fine, { timeoutMs: 60_000, probe })).report.usable).toBe(true);
    expect(left.length).toBeGreaterThan(2);
    expect(left.every((ms) => ms > 50_000 && ms <= 60_000)).toBe(true);
    expect(Math.min(...left)).toBeLessThan(left[0] as number);
  });
});

describe("what a caller gives", () => {
  it("is an owner of 1 to 255 printable characters, or none", () => {
    expect([toOwner(undefined), toOwner(null), toOwner("u"), toOwner("u".repeat(255))]).toEqual(["", "", "u", "u".repeat(255)]);
    for (const value of ["", "u".repeat(256), "a\u202eb", "a\nb", 7])
      expect(() => toOwner(value)).toThrow(expect.objectContaining({ code: "input_invalid" }));
    const issue = { pointer: "/owner", keyword: "pattern", message: "must be 1 to 255 printable characters" };
    expect(() => toOwner("")).toThrow(
      expect.objectContaining({ message: `owner ${issue.message}`, details: { issues: [issue] } }),
    );
  });

  it("is the ID of a user, or none", () => {
    expect([toPerformAs(undefined), toPerformAs(null), toPerformAs("a.B_9:-")]).toEqual([null, null, "a.B_9:-"]);
    for (const value of ["", "a b", "u".repeat(129), 7, "a@b"])
      expect(() => toPerformAs(value)).toThrow(expect.objectContaining({ code: "input_invalid" }));
  });
});
