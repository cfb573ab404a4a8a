import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { clean, sensitiveTexts } from "../../../connector/http/clean.ts";
import { nextAttempt, toOutcomeUnknown } from "../../../connector/http/retry.ts";
import { judge } from "../../../connector/http/to-error.ts";
import { loadConnector } from "../../../connector/manifest.ts";
import { compileOperation } from "../../../connector/operation.ts";
import type { Answer, CompiledOperation, Effect, Input, SendFailure, Verdict } from "../../../connector/types.ts";
import { createValidators } from "../../../connector/validator.ts";
import { ConnectorError } from "../../../errors/connector-error.ts";
import type { JsonSchema } from "../../../json-schema/json-schema.ts";

type Failed = Extract<Verdict, { ok: false }>;

const output = {
  type: "object" as const,
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
    input: { $ref: "input" },
    output,
    request: { method: "POST", path: "/x" } as const,
    effect,
    scopes: [],
    links: [],
    examples: [],
    counterExamples: [],
  };
  const resolve = (schema: JsonSchema): JsonSchema => (schema.$ref === "input" ? input : schema);
  const resolver = { resolve, link: (schema: JsonSchema) => ({ schema, documents: new Map() }) };
  return compileOperation({
    name: "tag_opportunity",
    connector: loadConnector().manifest,
    declaration,
    resolver,
    validators: createValidators(),
  });
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
    [505, "upstream_error", false, "unknown"],
    [399, "upstream_redirect_refused", false, "no"],
    [499, "upstream_rejected", false, "no"],
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

  it("takes the first of several hints, with blanks around it, and none after any other refusal", () => {
    const wait = (status: number, header: string | string[]) =>
      failed(read, answer(status, undefined, { headers: { "retry-after": header } })).retryAfterMs;
    expect([
      wait(429, ["2", "9"]),
      wait(503, " 2 "),
      wait(429, "+2"),
      wait(429, "2.0004"),
      wait(429, "2 s"),
      wait(429, "x2"),
    ]).toEqual([2000, 2000, 2000, 2001, undefined, undefined]);
    expect([wait(429, "Someday, 21 Nov 2026"), wait(429, "21 Nov 2026 12:00:07 GMT"), wait(429, "-1")]).toEqual([
      undefined,
      undefined,
      0,
    ]);
    for (const status of [500, 504, 408, 400]) expect(wait(status, "2")).toBeUndefined();
    expect(failed(read, answer(429, undefined)).error.details).not.toHaveProperty("retryAfterMs");
    const real = judge(
      read,
      answer(429, undefined, { headers: { "retry-after": new Date(Date.now() + 60_000).toUTCString() } }),
      {},
    );
    expect(!real.ok && Number(real.retryAfterMs) > 50_000).toBe(true);
  });

  it("takes nothing but texts for the service's own words", () => {
    for (const body of [
      { code: "x" },
      { message: "canary" },
      { code: 1, message: "canary" },
      { code: "x", message: 1 },
      [],
      "x",
      null,
    ])
      expect(failed(read, answer(400, body)).error.details.upstream).toEqual({ status: 400 });
    expect(failed(read, answer(400, { code: "mail a@b.example", message: "x" })).error.details.upstream?.code).toBe(
      "mail [email]",
    );
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
    ["id 5F0F2C1E-8A44-4D0F-9A53-1F0C7F8B2A10.", "id 5F0F2C1E-8A44-4D0F-9A53-1F0C7F8B2A10."],
    ["id 5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10ff x", "id [token] x"],
    ["perform_as_posting_owner_of_all is unknown", "perform_as_posting_owner_of_all is unknown"],
    ["/v1/opportunities/x4f9a8b7c6d5e4f3/notes", "[token]"],
    ["field stageChangesUpdatedAtMilliseconds", "field stageChangesUpdatedAtMilliseconds"],
    ["A1b2C3d4E5f6G7h8I9j0K1l2", "[token]"],
    ["12 of 100 at 2026", "12 of 100 at 2026"],
    ["in 1234567 ms", "in [number] ms"],
    ["in 123456 ms, x-1234567, 1234567-x", "in 123456 ms, x-1234567, 1234567-x"],
    ["+49 (30) 901820 now", "[number] now"],
    ["a@b", "[email]"],
    ["x\u200by\ud800z", "x y z"],
  ])("makes %j into %j", (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it("takes out each of the secrets wherever it stands, and cuts at 300", () => {
    expect(clean("tag A.b and A.b, not Axb", ["A.b"])).toBe("tag [redacted] and [redacted], not Axb");
    expect(clean("x y ".repeat(75))).toHaveLength(300);
    expect(clean(`${"x y ".repeat(75)}z`)).toBe(`${"x y ".repeat(74)}x y…`.padEnd(300, "…"));
  });

  it("knows the sensitive texts of an input by its schema, longest first", () => {
    const marked = { type: "string", "x-sensitive": "pii" };
    const schema = {
      properties: {
        email: marked,
        tags: { type: "array", "x-sensitive": "outcome", items: { type: "string" } },
        phones: { type: "array", items: { properties: { value: marked, type: { type: "string" } } } },
        open: { type: "string" },
        limit: { type: "integer", "x-sensitive": "pii" },
      },
    };
    const input = {
      email: "nadia@example.com",
      tags: ["ID", "Failed check", "Failed check"],
      phones: [{ value: "5550100", type: "mobile" }, null],
      open: "not secret",
      limit: 12345,
      unknown: "nothing is known",
      constructor: "nothing",
    };
    expect(sensitiveTexts(schema, input)).toEqual(["nadia@example.com", "Failed check", "5550100"]);
    expect([sensitiveTexts(schema, null), sensitiveTexts({}, "text")]).toEqual([[], []]);
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
    ["when the wait would end just before the deadline", { elapsedMs: 59_874 }, { again: true, waitMs: 125 }],
    ["when the wait would end at the deadline", { elapsedMs: 59_875 }, { again: false }],
    ["the second time", { attempt: 2 }, { again: true, waitMs: 250 }],
    ["with a wait of whole milliseconds", { random: () => 0.0001 }, { again: true, waitMs: 1 }],
    ["after a 429 the third time", { attempt: 3, verdict: verdict({ throttled: true }) }, { again: true, waitMs: 1000 }],
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
    const applied = new ConnectorError("upstream_timeout", "x", { applied: true });
    const superseded = new ConnectorError("superseded", "x");
    expect(toOutcomeUnknown(create, applied, "unknown")).toBe(applied);
    expect(toOutcomeUnknown(create, superseded, "unknown")).toBe(superseded);
    expect(toOutcomeUnknown(create, new ConnectorError("upstream_timeout", "x", { applied: false }), "unknown").code).toBe(
      "outcome_unknown",
    );
    expect(toOutcomeUnknown(read, error, "unknown")).toBe(error);
    expect(toOutcomeUnknown(create, error, "no")).toBe(error);
  });
});
