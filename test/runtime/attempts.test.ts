import { describe, expect, it } from "@jest/globals";
import type { RateLimiter } from "../../connector/http/rate-limit.ts";
import { loadConnector } from "../../connector/manifest.ts";
import type { SendOptions } from "../../connector/types.ts";
import type { Credentials, SigningCredential } from "../../credentials/types.ts";
import { createAttempts } from "../../runtime/attempts.ts";

const connector = loadConnector();
const NOW = 1_000_000;

/** The time that each attempt gets of a call that has `leftMs`, where none is answered. */
async function timesOf(leftMs: number): Promise<number[]> {
  const times: number[] = [];
  let now = NOW;
  const attempts = createAttempts({
    send: async (_request, { timeoutMs = 0 }: SendOptions) => {
      times.push(timeoutMs);
      now += timeoutMs;
      return { failure: { kind: "timeout", arrived: "unknown", cause: new Error("slow") } };
    },
    limiter: { take: async () => ({ waitedMs: 0, budget: { remaining: 1, resetMs: 0 } }) } as unknown as RateLimiter,
    credentials: { sign: async () => signing } as unknown as Credentials,
    now: () => now,
    random: () => 0,
  });
  const signing = { record: { id: "cred_1", auth: "api_key" }, authorization: "x" } as unknown as SigningCredential;
  const operation = connector.operation("list_stages");
  const call = {
    operation,
    request: { method: "GET", path: "/stages" },
    input: {},
    environment: connector.environment("production"),
    rateLimit: connector.manifest.rateLimit,
    project: "p1",
    signing,
    deadlineAt: NOW + leftMs,
  } as const;
  await expect(attempts(call)).rejects.toMatchObject({ code: "upstream_timeout" });
  return times;
}

describe("the time of an attempt", () => {
  it.each([
    ["a call of ten seconds, all of them", 10_000, [10_000]],
    ["an ordinary call, half a minute", 60_000, [30_000, 30_000]],
    ["a call that was given two minutes, one of them", 120_000, [60_000, 60_000]],
  ])("is, of %s", async (_name, leftMs, times) => {
    expect(await timesOf(leftMs)).toEqual(times);
  });
});
