import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ConnectorError } from "../../../connector/errors.ts";
import { clean } from "../../../connector/http/clean.ts";
import { nextAttempt, toOutcomeUnknown } from "../../../connector/http/retry.ts";
import { judge } from "../../../connector/http/to-error.ts";
import { compileOperation } from "../../../connector/operation.ts";
import type { Answer, CompiledOperation, Effect, Input, JsonSchema, SendFailure, Verdict } from "../../../connector/types.ts";
import { createValidators } from "../../../connector/validator.ts";

type Failed = Extract<Verdict, { ok: false }>;

const output = {
  type: "object",
  required: ["data"],
  properties: {
    data: { type: "object", required: ["id", "name"], properties: { id: { type: "string" }, name: { type: "string" } } },
  },
};
const properties = {
  opportunity_id: { type: "string" },
  tags: { type: "array", items: { type: "string" }, "x-sensitive": "outcome" },
  include: { type: "array", items: { type: "string" } },
};

function operation(effect: Effect): CompiledOperation {
  const input = { type: "object", additionalProperties: false, properties };
  const declaration = {
    title: "t",
    description: "d",
    input,
    output,
    request: { method: "POST", path: "/x" },
    effect,
    scopes: [],
  } as const;
  const resolver = { resolve: (value: unknown) => value, link: (schema: JsonSchema) => ({ schema, documents: new Map() }) };
  return compileOperation({ name: "tag_opportunity", declaration, resolver, validators: createValidators() });
}

const read = operation("read");
const repeatable = operation("repeatable");
const create = operation("create");
const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);

function answer(status: number, body?: unknown, more: Partial<Answer> = {}): { answer: Answer } {
  return { answer: { status, headers: {}, body, bytes: 0, ...more } };
}

function failed(subject: CompiledOperation, result: { answer: Answer } | { failure: SendFailure }, input = {}): Failed {
  const verdict = judge(subject, result, input, () => NOW);
  if (verdict.ok) throw new Error("judged as ok");
  return verdict;
}

describe("judge", () => {
  it.each([
    // status, code, again, arrived
    [301, "upstream_redirect_refused", false, "no"],
    [307, "upstream_redirect_refused", false, "no"],
    [400, "upstream_rejected", false, "no"],
    [401, "credential_rejected", false, "no"],
    [403, "permission_denied", false, "no"],
    [404, "upstream_not_found", false, "no"],
    [408, "upstream_timeout", true, "unknown"],
    [409, "upstream_rejected", false, "no"],
    [422, "upstream_rejected", false, "no"],
    [429, "rate_limited", true, "no"],
    [500, "upstream_error", true, "unknown"],
    [501, "upstream_error", false, "unknown"],
    [502, "upstream_error", true, "unknown"],
    [503, "upstream_unavailable", true, "unknown"],
    [504, "upstream_timeout", true, "unknown"],
    [599, "upstream_error", true, "unknown"],
  ] as const)("reads status %i as %s", (status, code, again, arrived) => {
    const verdict = failed(create, answer(status, { code: "SomeName", message: "some text" }));
    expect([
      verdict.error.code,
      verdict.again,
      verdict.arrived,
      verdict.unauthorized ?? false,
      verdict.throttled ?? false,
    ]).toEqual([code, again, arrived, status === 401, status === 429]);
    expect(verdict.error.details.upstream).toEqual({ status, code: "SomeName", message: "some text" });
    expect(verdict.error.message).toMatch(/^tag_opportunity: /);
  });

  it("decides on the status when the body is HTML, cut off or of another shape, and passes none of it on", () => {
    for (const more of [
      { bodyProblem: "not_json" },
      { bodyProblem: "truncated" },
      { body: "canary" },
      { body: ["canary"] },
      { body: { error: "canary", error_description: "canary" } },
      { body: { code: 7, message: "canary" } },
    ] as Partial<Answer>[]) {
      const verdict = failed(read, answer(502, undefined, more));
      expect(verdict.error.code).toBe("upstream_error");
      expect(verdict.error.details.upstream).toEqual({ status: 502 });
      expect(JSON.stringify(verdict)).not.toContain("canary");
    }
  });

  it.each([
    ["3", 3000],
    ["1.5", 1500],
    ["0", 0],
    ["-5", 0],
    ["1000000000", 120_000],
    ["Sat, 21 Nov 2026 12:00:07 GMT", 7000],
    ["Sat, 21 Nov 2020 12:00:07 GMT", 0],
    ["soon", undefined],
    ["", undefined],
  ])("reads Retry-After %j as %p ms", (header, expected) => {
    for (const status of [429, 503]) {
      const verdict = failed(read, answer(status, undefined, { headers: { "retry-after": header } }));
      expect([verdict.retryAfterMs, verdict.error.details.retryAfterMs]).toEqual([expected, expected]);
    }
  });

  it("tells a refused cursor from other refusals", () => {
    const body = { code: "BadRequestError", message: "Invalid offset token: abc" };
    expect(failed(read, answer(400, body)).error.code).toBe("cursor_invalid");
    expect(failed(read, answer(500, body)).error.code).toBe("upstream_error");
  });

  it("gives the body of a good answer unchanged", () => {
    const body = { data: { id: "1", name: "", unknown: [1] }, hasNext: false };
    const verdict = judge(read, answer(200, body), {});
    expect(verdict).toEqual({ ok: true, output: body });
    expect(verdict.ok && verdict.output).toBe(body);
  });

  it("passes on an answer whose record breaks the schema, and says where without its values", () => {
    const body = { data: { id: 7, name: ["canary"] } };
    const verdict = judge(read, answer(200, body), {});
    expect(verdict).toEqual({
      ok: true,
      output: body,
      warnings: {
        count: 2,
        issues: [
          { pointer: "/data/id", keyword: "type", message: "must be string" },
          { pointer: "/data/name", keyword: "type", message: "must be string" },
        ],
      },
    });
    expect(verdict.ok && verdict.output).toBe(body);
    expect(JSON.stringify(verdict.ok && verdict.warnings)).not.toContain("canary");
  });

  it("refuses what is no answer of the operation at all, and does not ask again", () => {
    for (const body of [undefined, null, [], "text", { data: null }, { data: [] }, { data: "canary" }, {}]) {
      const verdict = failed(read, answer(200, body));
      expect([verdict.error.code, verdict.again]).toEqual(["upstream_invalid_response", false]);
      expect(JSON.stringify(verdict)).not.toContain("canary");
    }
    expect(failed(read, answer(200, {})).error.details.issues).toEqual([
      { pointer: "/data", keyword: "required", message: "is required" },
    ]);
  });

  it("counts no missing fields where the input asked for less, but wrong ones", () => {
    const count = (data: unknown, input: Input) => {
      const verdict = judge(read, answer(200, { data }), input);
      return verdict.ok ? (verdict.warnings?.count ?? 0) : "refused";
    };
    expect(count({ id: "1" }, { include: ["id"] })).toBe(0);
    expect(count({ id: 1 }, { include: ["id"] })).toBe(1);
    expect(count(undefined, { include: ["id"] })).toBe("refused");
    expect(count({ id: "1" }, { include: [] })).toBe(1);
  });

  it.each([
    ["too_large", "upstream_response_too_large", false],
    ["too_deep", "upstream_response_too_large", false],
    ["not_json", "upstream_invalid_response", true],
    ["encoded", "upstream_invalid_response", false],
    ["truncated", "upstream_invalid_response", true],
    ["timeout", "upstream_timeout", true],
  ] as const)("says of a write whose 2xx body is %s that it took effect", (bodyProblem, code, again) => {
    const reading = failed(read, answer(200, undefined, { bodyProblem }));
    expect([reading.error.code, reading.again, reading.error.details.applied]).toEqual([code, again, undefined]);
    for (const write of [repeatable, create]) {
      const writing = failed(write, answer(200, undefined, { bodyProblem }));
      expect([writing.error.code, writing.again, writing.error.details.applied]).toEqual([code, false, true]);
      expect(toOutcomeUnknown(write, writing.error, writing.arrived)).toBe(writing.error);
    }
  });

  it.each([
    ["unreachable", "upstream_unreachable", true],
    ["timeout", "upstream_timeout", true],
    ["reset", "upstream_unreachable", true],
    ["tls", "upstream_unreachable", false],
    ["cancelled", "cancelled", false],
    ["malformed", "upstream_invalid_response", true],
    ["headers_too_large", "upstream_response_too_large", false],
  ] as const)("reads a failure %s as %s", (kind, code, again) => {
    for (const arrived of ["no", "unknown"] as const) {
      const verdict = failed(create, { failure: { kind, arrived, cause: new Error("canary") } });
      expect([verdict.error.code, verdict.again, verdict.arrived]).toEqual([code, again, arrived]);
      expect(JSON.stringify(verdict)).not.toContain("canary");
    }
  });

  it("keeps the input's sensitive values out of what the service said", () => {
    const verdict = failed(
      repeatable,
      answer(400, { code: "BadRequestError", message: 'tag "ID check failed: forged" is not allowed' }),
      { tags: ["ID check failed: forged"] },
    );
    expect(verdict.error.details.upstream?.message).toBe('tag "[redacted]" is not allowed');
  });
});

describe("clean", () => {
  it.each([
    ["A user already exists with nadia@example.com at /email", "A user already exists with [email] at /email"],
    ["no contact o'neil@example.com", "no contact [email]"],
    ["no such phone +43 1 5550100", "no such phone [number]"],
    ["(415) 555-0100 is taken", "[number] is taken"],
    ["bad token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlMTIz", "bad token [token]"],
    ["key 729fae923d5a4fd12aabfe228f219e9cb0eb53f16947ccf2 refused", "key [token] refused"],
    ["stages 5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10 was not found", "stages 5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10 was not found"],
    ["/v1/opportunities/deleted does not exist", "/v1/opportunities/deleted does not exist"],
    ["line one\r\nline\u0000two\u202e\u2028", "line one line two "],
    ["Missing perform_as parameter.", "Missing perform_as parameter."],
    ["Unable to find a signing key that matches", "Unable to find a signing key that matches"],
  ])("makes %j into %j", (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it("cuts long texts and never lets an address through", () => {
    expect(clean("word ".repeat(1000))).toHaveLength(300);
    fc.assert(
      fc.property(fc.string({ maxLength: 50 }), fc.emailAddress(), fc.string({ maxLength: 50 }), (before, email, after) => {
        expect(clean(`${before} ${email} ${after}`)).not.toContain(email);
      }),
    );
  });

  it("takes time in line with the length of a hostile text", () => {
    for (const text of [
      "a@".repeat(50_000),
      "1 ".repeat(50_000),
      "(1-".repeat(50_000),
      "a.".repeat(50_000),
      "_".repeat(100_000),
    ]) {
      const started = performance.now();
      clean(text);
      expect(performance.now() - started).toBeLessThan(500);
    }
  });
});

describe("nextAttempt", () => {
  const verdict = (more: Partial<Failed>): Failed => ({
    ok: false,
    error: new ConnectorError("upstream_error", "x"),
    again: true,
    arrived: "unknown",
    ...more,
  });
  const state = {
    effect: "read" as Effect,
    verdict: verdict({}),
    attempt: 1,
    elapsedMs: 0,
    deadlineMs: 60_000,
    random: () => 0.5,
  };

  it.each([
    ["a read after a failure", {}, { again: true, waitMs: 125 }],
    ["a repeatable write after a failure", { effect: "repeatable" as const }, { again: true, waitMs: 125 }],
    ["a create that may have arrived", { effect: "create" as const }, { again: false }],
    [
      "a create that surely never arrived",
      { effect: "create" as const, verdict: verdict({ arrived: "no" }) },
      { again: true, waitMs: 125 },
    ],
    ["what would not help", { verdict: verdict({ again: false }) }, { again: false }],
    ["the third time", { attempt: 3 }, { again: true, waitMs: 500 }],
    ["after four attempts", { attempt: 4 }, { again: false }],
    ["after a 429, with a longer wait", { verdict: verdict({ throttled: true, arrived: "no" }) }, { again: true, waitMs: 250 }],
    [
      "no sooner than the service asked",
      { verdict: verdict({ throttled: true, retryAfterMs: 3000 }) },
      { again: true, waitMs: 3250 },
    ],
    ["when the wait would outlast the deadline", { elapsedMs: 59_900 }, { again: false }],
    ["when the service asks for more than is left", { verdict: verdict({ retryAfterMs: 120_000 }) }, { again: false }],
  ])("decides: %s", (_name, change, expected) => {
    expect(nextAttempt({ ...state, ...change })).toEqual(expected);
  });

  it("spreads calls that failed together over the whole window", () => {
    const waits = Array.from({ length: 500 }, (_, i) => nextAttempt({ ...state, attempt: 3, random: () => i / 500 }));
    const buckets = new Map<number, number>();
    for (const wait of waits)
      if (wait.again) buckets.set(Math.floor(wait.waitMs / 100), (buckets.get(Math.floor(wait.waitMs / 100)) ?? 0) + 1);
    expect(Math.max(...buckets.values())).toBeLessThan(75);
  });
});

describe("toOutcomeUnknown", () => {
  const error = new ConnectorError("upstream_timeout", "x", { upstream: { status: 504 } });

  it("says of a write that may have arrived that nobody knows, and whether repeating is safe", () => {
    const unknown = toOutcomeUnknown(create, error, "unknown");
    expect(unknown).toMatchObject({
      code: "outcome_unknown",
      details: { upstream: { status: 504 }, seen: "upstream_timeout", repeatable: false },
    });
    expect(unknown.cause).toBe(error);
    expect(toOutcomeUnknown(repeatable, error, "unknown").details.repeatable).toBe(true);
  });

  it("leaves errors alone whose outcome is known", () => {
    expect(toOutcomeUnknown(read, error, "unknown")).toBe(error);
    expect(toOutcomeUnknown(create, error, "no")).toBe(error);
  });
});
