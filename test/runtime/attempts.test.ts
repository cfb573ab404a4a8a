import { describe, expect, it } from "@jest/globals";
import type { RateLimiter } from "../../connector/http/rate-limit.ts";
import { loadConnector } from "../../connector/manifest.ts";
import type { Answer, SendFailure, SendOptions } from "../../connector/types.ts";
import type { Credentials, SigningCredential } from "../../credentials/types.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { type AttemptEvent, type AttemptsOptions, budgetName, createAttempts } from "../../runtime/attempts.ts";
import type { Turn } from "../../runtime/turns.ts";
import type { Access } from "../../store/access.ts";
import { accessTo } from "../support/access.ts";

const connector = loadConnector();
const NOW = 1_000_000;

type Outcome = { answer: Answer } | { failure: SendFailure };
interface Scene {
  /** What each attempt comes to; the last one again and again. */
  readonly outcomes: readonly (Outcome | ((options: SendOptions) => Outcome))[];
  readonly operation?: string;
  readonly auth?: "api_key" | "oauth2";
  readonly leftMs?: number;
  /** What each token of the budget was waited for. */
  readonly waits?: readonly number[];
  readonly turn?: Partial<Turn>;
  readonly signal?: AbortSignal;
  readonly once?: boolean;
}

const answered = (status: number, body: unknown = { data: [], hasNext: false }, headers: Answer["headers"] = {}): Outcome => ({
  answer: { status, headers: { "content-type": "application/json", ...headers }, body, bytes: 1 },
});
const failed = (kind: SendFailure["kind"], arrived: SendFailure["arrived"]): Outcome => ({
  failure: { kind, arrived, cause: new Error(kind) },
});
const OK = answered(200);
const UNREACHED = failed("unreachable", "no");
const RESET = failed("reset", "unknown");

/** So long that what does not wait for it is further by then. */
const moment = () => new Promise((resolve) => setTimeout(resolve, 5));

/** One call with a clock in hand: what happened, in order, and what came of it. */
async function play(scene: Scene) {
  const { operation: name = "list_stages", auth = "api_key", leftMs = 60_000, waits = [] } = scene;
  const events: string[] = [];
  const times: number[] = [];
  const sent: SendOptions[] = [];
  const told: AttemptEvent[] = [];
  let now = NOW;
  let takes = 0;
  let signs = 0;
  const signed = (n: number) =>
    ({ record: { id: "cred_1", auth }, authorization: `signature ${n}`, secretVersion: n }) as unknown as SigningCredential;
  const attempts = createAttempts({
    send: async (_request, options) => {
      events.push(`send ${options.authorization.at(-1)}`);
      sent.push(options);
      times.push(options.timeoutMs ?? 0);
      const outcome = scene.outcomes[Math.min(sent.length, scene.outcomes.length) - 1] as
        | Outcome
        | ((of: SendOptions) => Outcome);
      if (typeof outcome === "function") return outcome(options);
      if ("failure" in outcome && outcome.failure.kind === "timeout") now += options.timeoutMs ?? 0;
      return outcome;
    },
    limiter: {
      async take(bucket: string, limit: unknown, { maxWaitMs, signal }: { maxWaitMs: number; signal?: AbortSignal }) {
        expect([bucket, limit]).toEqual([budgetName("p1", "cred_1"), connector.manifest.rateLimit]);
        expect(maxWaitMs).toBe(Math.max(0, NOW + leftMs - now));
        signal?.throwIfAborted();
        const waitedMs = waits[takes++] ?? 0;
        now += waitedMs;
        return { waitedMs, budget: { remaining: 9 - takes, resetMs: 0 } };
      },
      async throttled(_bucket: string, _limit: unknown, ms: number) {
        await moment();
        events.push(`throttled ${ms}`);
      },
    } as unknown as RateLimiter,
    credentials: {
      sign: async (_access: Access, _id: string, { rejected, signal }: { rejected?: number; signal?: AbortSignal } = {}) => {
        expect(signal).toBe(scene.signal);
        signs += 1;
        events.push(rejected === undefined ? "sign" : `refresh ${rejected}`);
        return signed(1 + signs);
      },
      markUsed: ({ project }: Access, id: string) => void events.push(`used ${project}/${id}`),
      noteAccepted: ({ secretVersion }: SigningCredential) => void events.push(`accepted ${secretVersion}`),
      async noteRefused({ secretVersion }: SigningCredential) {
        await moment();
        events.push(`refused ${secretVersion}`);
      },
    } as unknown as Credentials,
    now: () => now,
    random: () => 0,
  });
  const operation = connector.operation(name);
  const turn: Turn = {
    assertMine: async () => void events.push("mine?"),
    isStale: () => false,
    release: async () => {},
    ...scene.turn,
  };
  const options: AttemptsOptions = {
    operation,
    request: { method: "GET", path: "/x" },
    input: {},
    environment: connector.environment("production"),
    rateLimit: connector.manifest.rateLimit,
    access: accessTo("p1"),
    signing: signed(1),
    deadlineAt: NOW + leftMs,
    signal: scene.signal,
    ...(scene.turn && { turn }),
    ...(scene.once !== undefined && { once: scene.once }),
    onWire: (busy) => void events.push(busy ? "on" : "off"),
    tell: (event) => void told.push(event),
  };
  const ended = await attempts(options).then(
    (result) => ({ result, error: undefined }),
    (error) => ({ result: undefined, error: error as ConnectorError }),
  );
  return { ...ended, events, times, sent, told };
}
const WRITE = "add_opportunity_tags";
const WRITTEN = answered(200, { data: { id: "1" } });

describe("the time of an attempt", () => {
  it.each([
    ["a call of ten seconds, all of them", 10_000, [10_000]],
    ["an ordinary call, half a minute", 60_000, [30_000, 30_000]],
    ["a call that was given two minutes, one of them", 120_000, [60_000, 60_000]],
  ])("is, of %s", async (_name, leftMs, times) => {
    const { error, times: seen } = await play({ outcomes: [failed("timeout", "unknown")], leftMs });
    expect([error?.code, seen]).toEqual(["upstream_timeout", times]);
  });

  it("is what is left, and nothing is sent where that is nothing", async () => {
    expect((await play({ outcomes: [OK], leftMs: 10_000, waits: [9_999] })).times).toEqual([1]);
    const { error, sent } = await play({ outcomes: [OK], leftMs: 10_000, waits: [10_000] });
    expect([error?.code, sent.length]).toEqual(["upstream_timeout", 0]);
    expect((await play({ outcomes: [OK], leftMs: -5 })).error?.code).toBe("upstream_timeout");
  });
});

describe("an attempt", () => {
  it("that succeeds at once is signed by what the call already has, and noted", async () => {
    const { result, events } = await play({ outcomes: [OK] });
    expect(events).toEqual(["on", "send 1", "off", "accepted 1", "used p1/cred_1"]);
    expect(result).toEqual({
      output: { data: [], hasNext: false },
      attempts: 1,
      waitedMs: 0,
      budget: { remaining: 8, resetMs: 0 },
      serverDateMs: undefined,
    });
  });

  it.each([
    [100, "send 1"],
    [101, "send 2"],
  ])("after a wait of %i ms for the budget is a %s", async (waitMs, sending) => {
    const { events, result } = await play({ outcomes: [OK], waits: [waitMs] });
    expect([events.find((event) => event.startsWith("send")), result?.waitedMs]).toEqual([sending, waitMs]);
  });

  it("after another one is signed afresh, and counts with its waits", async () => {
    const { events, result } = await play({
      outcomes: [answered(503, {}, { "retry-after": "0.02" }), UNREACHED, OK],
      waits: [5, 6, 7],
    });
    expect(events.filter((event) => /^(send|sign)/.test(event))).toEqual(["send 1", "sign", "send 2", "sign", "send 3"]);
    expect(result).toMatchObject({ attempts: 3, waitedMs: 5 + 6 + 7 + 20 });
  });

  it("tells of each wait for the budget, and of each attempt that another one follows", async () => {
    const { told } = await play({ outcomes: [answered(503, {}, { "retry-after": "0.02" }), OK], waits: [0, 6] });
    expect(told).toEqual([
      { type: "retried", attempt: 1, code: "upstream_unavailable", waitMs: 20 },
      { type: "waited", waitedMs: 6 },
    ]);
    expect((await play({ outcomes: [answered(401, {}), OK], auth: "oauth2" })).told).toEqual([
      { type: "retried", attempt: 1, code: "credential_rejected", waitMs: 0 },
    ]);
  });

  it("is not made again where the wait would take longer than the call may", async () => {
    const { error, sent, told } = await play({ outcomes: [answered(503, {}, { "retry-after": "11" }), OK], leftMs: 10_000 });
    expect([error?.code, sent.length, told]).toEqual(["upstream_unavailable", 1, []]);
  });

  it("is signed afresh for a caller who may leave meanwhile", async () => {
    const { signal } = new AbortController();
    expect((await play({ outcomes: [answered(401, {}), UNREACHED, OK], auth: "oauth2", signal })).result?.attempts).toBe(3);
  });

  it("takes its budget from its own credential in its own project", () => {
    expect(budgetName("p1", "cred_1")).toBe("p1/cred_1");
  });

  it("of a write is seen through, of a read it is not; both hear the caller", async () => {
    const { signal } = new AbortController();
    const [read] = (await play({ outcomes: [OK], signal })).sent;
    const [write] = (await play({ outcomes: [WRITTEN], operation: WRITE, signal })).sent;
    expect([read?.seeThrough, write?.seeThrough, read?.signal === signal, write?.base]).toEqual([
      false,
      true,
      true,
      connector.environment("production").api,
    ]);
  });

  it.each([
    ["list_stages", "cancelled"],
    [WRITE, "outcome_unknown"],
  ])("is not made again for a caller who leaves in the pause between two: %s", async (operation, code) => {
    const leaving = new AbortController();
    const outcome = () => {
      setImmediate(() => leaving.abort());
      return answered(503, {}, { "retry-after": "30" });
    };
    const { error, sent } = await play({ outcomes: [outcome], operation, signal: leaving.signal });
    expect([error?.code, sent.length]).toEqual([code, 1]);
    const cancelled = code === "cancelled" ? error : (error?.cause as Error);
    expect(cancelled).toMatchObject({ code: "cancelled", cause: { name: "AbortError" } });
  });
});

describe("the turn of a write", () => {
  it("is proven before each attempt but the first, and the proof is waited for", async () => {
    let proven = false;
    const { events, error } = await play({
      outcomes: [RESET, WRITTEN],
      operation: WRITE,
      turn: {
        assertMine: async () => {
          await new Promise((resolve) => setTimeout(resolve, 20));
          proven = true;
          throw new ConnectorError("superseded", "a newer one overtook it");
        },
      },
    });
    expect([proven, error?.code, events.filter((event) => event.startsWith("send"))]).toEqual([true, "superseded", ["send 1"]]);
  });

  it.each([
    ["after a wait for the budget", { waits: [101] }, ["sign", "mine?", "on"]],
    ["where the process stood still", { turn: { isStale: () => true } }, ["mine?", "on", "send 1"]],
    ["and not at once after it was taken", {}, ["on", "send 1", "off"]],
  ] as const)("is proven %s", async (_name, more, first) => {
    const { events } = await play({ outcomes: [WRITTEN], operation: WRITE, turn: {}, ...more });
    expect(events.slice(0, 3)).toEqual(first);
  });
});

describe("a 401", () => {
  const REFUSED = answered(401, {});

  it("of a token is answered by one refresh of exactly that token, and one repeat", async () => {
    const { events, result } = await play({ outcomes: [REFUSED, OK], auth: "oauth2" });
    expect(events.filter((event) => /^(send|refresh|refused)/.test(event))).toEqual(["send 1", "refresh 1", "send 3"]);
    expect(result?.attempts).toBe(2);
  });

  it("of the fresh token speaks against it, and ends the call", async () => {
    const { events, error } = await play({ outcomes: [REFUSED], auth: "oauth2" });
    expect(events.filter((event) => /^(send|refresh|refused)/.test(event))).toEqual([
      "send 1",
      "refresh 1",
      "send 3",
      "refused 3",
    ]);
    expect(error?.code).toBe("credential_rejected");
  });

  it("of a key speaks against it at once", async () => {
    const { events, error } = await play({ outcomes: [REFUSED] });
    expect([events, error?.code]).toEqual([["on", "send 1", "off", "refused 1"], "credential_rejected"]);
  });

  it("is the only refusal that does", async () => {
    for (const status of [400, 403, 404, 422])
      expect((await play({ outcomes: [answered(status, {})], auth: "oauth2" })).events).toEqual(["on", "send 1", "off"]);
  });
});

describe("a 429", () => {
  it.each([
    ["the time that Lever names", { "retry-after": "0.03" }, "throttled 30"],
    ["a second where it names none", {}, "throttled 1000"],
  ])("holds everybody back for %s", async (_name, headers, event) => {
    const { events } = await play({ outcomes: [answered(429, {}, headers), OK], leftMs: 500 });
    expect(events.filter((one) => /^(throttled|send)/.test(one))).toEqual([
      "send 1",
      event,
      ...events.filter((one) => one === "send 2"),
    ]);
  });

  it("alone does", async () => {
    const { events } = await play({ outcomes: [answered(503, {}, { "retry-after": "0.01" }), OK] });
    expect(events.join()).not.toContain("throttled");
  });
});

describe("what may have arrived", () => {
  it("stays unknown, although the last attempt surely did not arrive", async () => {
    const { error } = await play({ outcomes: [RESET, UNREACHED], operation: WRITE });
    expect(error).toMatchObject({ code: "outcome_unknown", details: { seen: "upstream_unreachable" } });
  });

  it("is not claimed of a write that never arrived", async () => {
    expect((await play({ outcomes: [UNREACHED], operation: WRITE })).error?.code).toBe("upstream_unreachable");
  });

  it("stays unknown where the deadline passes before the next attempt", async () => {
    const { error, sent } = await play({ outcomes: [RESET, WRITTEN], operation: WRITE, leftMs: 10_000, waits: [0, 10_000] });
    expect([error?.code, sent.length]).toEqual(["outcome_unknown", 1]);
  });
});

describe("a call of exactly one attempt", () => {
  it("is not repeated, refreshes nothing and says nothing of the credential", async () => {
    for (const outcome of [UNREACHED, answered(401, {}), answered(503, {})]) {
      const { events, error } = await play({ outcomes: [outcome, OK], auth: "oauth2", once: true });
      expect([events, error === undefined]).toEqual([["on", "send 1", "off"], false]);
    }
    expect((await play({ outcomes: [OK], once: true })).events).toEqual(["on", "send 1", "off"]);
  });

  it.each([
    [{ date: "Sat, 28 Nov 2026 03:00:00 GMT" }, Date.UTC(2026, 10, 28, 3)],
    [{ date: "yesterday" }, undefined],
    [{ date: ["Sat, 28 Nov 2026 03:00:00 GMT"] }, undefined],
    [{}, undefined],
  ])("tells the service's clock: %j", async (headers, serverDateMs) => {
    expect((await play({ outcomes: [answered(200, { data: [] }, headers)], once: true })).result?.serverDateMs).toBe(
      serverDateMs,
    );
  });
});
