import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import type { FaultAction } from "../../playground/index.ts";
import { answer, type rawServer } from "../connector/http/raw-server.ts";
import { type HostileStage, openHostileStage, type Place } from "./support/hostile-stage.ts";
import type { Usage } from "./support/runtime-process.ts";

type Reply = Parameters<typeof rawServer>[0];

const MEBIBYTE = 1_048_576;
/** Short for the product's 3, 10 and 30 seconds, which long/ waits for. */
const DEADLINES = { connectTimeoutMs: 200, silenceMs: 800, totalTimeoutMs: 1500 };
/** The caller's; no case may take longer than this and a little for a busy machine. */
const TIME_MS = 2000;
const SLACK_MS = 1500;
const CANARY = "canary-of-the-upstream";

let stage: HostileStage;
/** After the case before. */
let usage: Usage;

beforeAll(async () => {
  stage = await openHostileStage(DEADLINES);
  // Everything is loaded and compiled once before memory is measured.
  stage.reply((socket) => void socket.write(answer(JSON.stringify({ data: { id: "1" } }))));
  for (let i = 0; i < 30; i += 1) for (const place of ["lever", "raw"] as const) await stage.read(place);
  await stage.write("lever");
  usage = await stage.usage();
}, 30_000);
afterAll(() => stage.close());

/** Whatever was done to it, the process lives, forgets, and goes on. */
afterEach(async () => {
  stage.playground.playground.faults.clear();
  stage.reply((socket) => void socket.write(answer(JSON.stringify({ data: { id: "1" } }))));
  expect((await stage.read("lever")).code).toBe("ok");
  expect((await stage.read("raw")).code).toBe("ok");
  const before = usage;
  usage = await stage.usage();
  expect(usage.unhandled).toBe(0);
  expect((usage.peakBytes - before.rssBytes) / MEBIBYTE).toBeLessThan(30);
  // One kept connection for each of the two, and one that may take its turn with it.
  expect(usage.sockets).toBeLessThanOrEqual(4);
});

async function expectRead(place: Place, code: string): Promise<void> {
  const report = await stage.read(place, { timeoutMs: TIME_MS });
  expect(report.code).toBe(code);
  expect(report.durationMs).toBeLessThan(TIME_MS + SLACK_MS);
  expect(JSON.stringify(report)).not.toContain(CANARY);
}

describe("an answer of the service that spoils a read", () => {
  it.each<[string, FaultAction, string]>([
    ["truncated JSON", { kind: "truncated-json" }, "upstream_invalid_response"],
    ["a body shorter than promised", { kind: "short-body" }, "upstream_invalid_response"],
    ["a reset in the middle of the body", { kind: "reset", when: "mid-body" }, "upstream_invalid_response"],
    ["HTML with 502", { kind: "html", status: 502, body: `<h1>${CANARY}</h1>` }, "upstream_error"],
    ["HTML with 503", { kind: "html", status: 503, body: `<h1>${CANARY}</h1>` }, "upstream_unavailable"],
    ["HTML with 504", { kind: "html", status: 504, body: `<h1>${CANARY}</h1>` }, "upstream_timeout"],
    ["HTML with 200", { kind: "html", status: 200, body: `<h1>${CANARY}</h1>` }, "upstream_invalid_response"],
    ["the wrong content type", { kind: "content-type", value: "text/plain" }, "upstream_invalid_response"],
    ["gzip although identity was asked for", { kind: "gzip" }, "upstream_invalid_response"],
    ["gzip in gzip, six times", { kind: "gzip", layers: 6 }, "upstream_invalid_response"],
    ["a gzip bomb of 300 MB", { kind: "gzip-bomb", bytes: 300_000_000 }, "upstream_invalid_response"],
    ["JSON 5,000 levels deep", { kind: "deep-json", depth: 5000 }, "upstream_response_too_large"],
    ["JSON 1,000,000 levels deep", { kind: "deep-json", depth: 1_000_000 }, "upstream_response_too_large"],
    ["a body of 200 MB", { kind: "huge-body", bytes: 200_000_000 }, "upstream_response_too_large"],
    ["a body without end", { kind: "endless-body" }, "upstream_response_too_large"],
    ["one byte a second", { kind: "slow-body", bytesPerSecond: 1 }, "upstream_timeout"],
    ["headers that never end", { kind: "endless-headers", intervalMs: 50 }, "upstream_timeout"],
    ["nothing at all", { kind: "delay", delayBeforeMs: 60_000 }, "upstream_timeout"],
    ["a text in place of a record", { kind: "replace-body", body: { data: CANARY } }, "upstream_invalid_response"],
    ["a list in place of a record", { kind: "replace-body", body: [] }, "upstream_invalid_response"],
    ["null", { kind: "replace-body", body: "null" }, "upstream_invalid_response"],
    ["418", { kind: "respond", status: 418, body: { [CANARY]: CANARY } }, "upstream_rejected"],
    ["500", { kind: "respond", status: 500 }, "upstream_error"],
    ["501", { kind: "respond", status: 501 }, "upstream_error"],
    ["599", { kind: "respond", status: 599 }, "upstream_error"],
    ["999", { kind: "respond", status: 999 }, "upstream_error"],
  ])("is told by its code: %s", (_name, action, code) => {
    stage.fault(action);
    return expectRead("lever", code);
  });

  const ok = answer(JSON.stringify({ data: { id: "1" } }));
  const sends =
    (bytes: string | Buffer): Reply =>
    (socket) =>
      void socket.end(bytes);
  const cut =
    (bytes: string): Reply =>
    (socket) => {
      if (bytes === "") socket.resetAndDestroy();
      else socket.write(bytes, () => setTimeout(() => socket.resetAndDestroy(), 20));
    };
  const json = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
  it.each<[string, Reply, string]>([
    ["a reset before the status", cut(""), "upstream_unreachable"],
    ["a reset within the status line", cut("HTTP/1.1 2"), "upstream_unreachable"],
    ["a reset after the status line", cut("HTTP/1.1 200 OK\r\n"), "upstream_unreachable"],
    ["a reset within the headers", cut(`${json}x-more: a`), "upstream_unreachable"],
    ["a reset before the body", cut(`${json}content-length: 20\r\n\r\n`), "upstream_invalid_response"],
    ["a reset within a chunk", cut(`${json}transfer-encoding: chunked\r\n\r\n20\r\n{"data"`), "upstream_invalid_response"],
    ["a close before the status", sends(""), "upstream_unreachable"],
    ["a close within the headers", sends(json), "upstream_unreachable"],
    ["204", sends("HTTP/1.1 204 No Content\r\n\r\n"), "upstream_invalid_response"],
    ["200 without a body", sends(`${json}content-length: 0\r\n\r\n`), "upstream_invalid_response"],
    ["304", sends("HTTP/1.1 304 Not Modified\r\n\r\n"), "upstream_redirect_refused"],
    ["huge headers", sends(`${json}x-large: ${"a".repeat(200_000)}\r\n\r\n{}`), "upstream_response_too_large"],
    ["10,000 headers", sends(`${json}${"x-more: a\r\n".repeat(10_000)}\r\n{}`), "upstream_response_too_large"],
    ["something that is not HTTP", sends("SSH-2.0-OpenSSH_9.6\r\n"), "upstream_invalid_response"],
    ["a broken chunk", sends(`${json}transfer-encoding: chunked\r\n\r\nzz\r\n`), "upstream_invalid_response"],
    [
      "a length and chunks",
      sends(`${json}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
      "upstream_invalid_response",
    ],
    ["two lengths", sends(`${json}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`), "upstream_invalid_response"],
    ["a promise of 10 TB", sends(`${json}content-length: 10000000000000\r\n\r\n{}`), "upstream_response_too_large"],
    [
      "another protocol",
      sends("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
      "upstream_unreachable",
    ],
    [
      "early hints, then the answer",
      sends(Buffer.concat([Buffer.from("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"), ok])),
      "ok",
    ],
    ["an answer before and after", sends(Buffer.concat([ok, ok])), "ok"],
  ])("is told by its code: %s", (_name, reply, code) => {
    stage.reply(reply);
    return expectRead("raw", code);
  });

  it.each([
    ["empty lists", "[],", 4_000_000],
    ["objects", '{"a":1},', 1_500_000],
    ["numbers", "1,", 6_000_000],
  ])("is told by its code: 12 MB of %s, which would take twenty times the memory", async (_name, piece, count) => {
    const body = Buffer.from(`{"data":{"id":"1","more":[${piece.repeat(count)}0]}}`);
    stage.reply((socket) => void socket.write(answer(body)));
    await expectRead("raw", "upstream_response_too_large");
  });

  it("is passed on where only its record is not as documented, and where all of 400,000 values in it are not", async () => {
    for (const tags of ["7", `${"7,".repeat(400_000)}7`]) {
      stage.reply((socket) => void socket.write(answer(`{"data":{"id":"1","tags":[${tags}]}}`)));
      await expectRead("raw", "ok");
    }
  });

  it("is told by its code: interim answers without end", async () => {
    stage.reply((socket) => {
      const timer = setInterval(() => socket.write("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"), 20);
      socket.once("close", () => clearInterval(timer));
    });
    await expectRead("raw", "upstream_timeout");
  });
});

describe("a service that cannot be reached", () => {
  it.each<[string, Place, number]>([
    ["connections are refused", "refused", TIME_MS],
    ["its name is unknown", "unresolvable", TIME_MS],
    ["it does not speak TLS", "plain", TIME_MS],
    ["nobody vouches for its certificate", "self-signed", TIME_MS],
    // Four attempts of 0.3 s, which the client looks at once a second, and their pauses: room for a busy machine.
    ["it answers no knock", "black-hole", 6 * TIME_MS],
  ])("is told by its code, for reads and for writes: %s", async (_name, place, timeoutMs) => {
    // Nothing was sent, so the outcome of a write is known.
    const reports = await Promise.all([stage.read(place, { timeoutMs }), stage.write(place, { timeoutMs })]);
    expect(reports.map(({ code }) => code)).toEqual(["upstream_unreachable", "upstream_unreachable"]);
    for (const { durationMs } of reports) expect(durationMs).toBeLessThan(timeoutMs + SLACK_MS);
  });

  it("gets four attempts where the connection breaks", async () => {
    const asked = stage.raw.heads.length;
    stage.reply((socket) => socket.resetAndDestroy());
    expect((await stage.read("raw")).code).toBe("upstream_unreachable");
    expect(stage.raw.heads.length - asked).toBe(4);
  });
});

describe("a redirect", () => {
  const targets = (): string[] => [
    `${stage.sink.origin}/`,
    `${stage.sink.origin.replace("127.0.0.1", "localhost")}/v1/opportunities`,
    stage.sink.origin.replace("http:", ""),
    `${stage.playground.url}/v1/opportunities/deleted`,
    "/v1/users",
    "http://169.254.169.254/latest/meta-data/",
  ];

  it.each([301, 302, 303, 307, 308])("with %i is refused, and its target never hears of it", async (status) => {
    for (const to of targets()) {
      const { count } = stage.playground.playground.requests.report(0);
      stage.playground.playground.faults.clear();
      stage.fault({ kind: "redirect", to, status });
      for (const run of [stage.read, stage.write]) expect((await run("lever")).code).toBe("upstream_redirect_refused");
      // The read, and the write behind the read of its record.
      expect(stage.playground.playground.requests.report(0).count - count).toBe(3);
    }
    expect(stage.sink.requests).toEqual([]);
  });
});

describe("Retry-After", () => {
  const date = (ms: number) => new Date(Date.now() + ms).toUTCString();
  it.each<[string, () => string, number, number]>([
    ["in seconds", () => "1", 1000, 2500],
    ["as a date", () => date(2500), 1000, 4000],
    ["as a date of yesterday", () => date(-86_400_000), 0, 1000],
    ["of 0", () => "0", 0, 1000],
    ["below 0", () => "-30", 0, 1000],
  ])("%s is kept to, after 429 and after 503", async (_name, header, leastMs, mostMs) => {
    const credential = [await stage.freshCredential("lever"), await stage.freshCredential("lever")];
    for (const status of [429, 503]) stage.fault({ kind: "respond", status, headers: { "retry-after": header() } }, 1);
    for (const report of await Promise.all(credential.map((of) => stage.read("lever", { timeoutMs: 6000, credential: of })))) {
      expect([report.code, report.attempts]).toEqual(["ok", 2]);
      expect(report.durationMs).toBeGreaterThanOrEqual(leastMs);
      expect(report.durationMs).toBeLessThan(mostMs + SLACK_MS);
    }
  });

  it.each([
    ["of 30 years", "1e9"],
    ["of the year 9999", "Fri, 31 Dec 9999 23:59:59 GMT"],
  ])("%s counts as two minutes, and is told to the caller at once", async (_name, header) => {
    for (const [status, code] of [
      [429, "rate_limited"],
      [503, "upstream_unavailable"],
    ] as const) {
      stage.playground.playground.faults.clear();
      stage.fault({ kind: "respond", status, headers: { "retry-after": header } });
      const report = await stage.read("lever", { timeoutMs: 2000, credential: await stage.freshCredential("lever") });
      expect(report).toMatchObject({ code, details: { retryAfterMs: 120_000 } });
      expect(report.durationMs).toBeLessThan(1000);
    }
  });

  it.each(["soon", "", "1 minute", "NaN", "0x10;", "Infinity"])("of %j is not taken for a time", async (header) => {
    stage.fault({ kind: "respond", status: 503, headers: { "retry-after": header } }, 1);
    const report = await stage.read("lever", { credential: await stage.freshCredential("lever") });
    expect(report.code).toBe("ok");
    expect(report.durationMs).toBeLessThan(1000);
  });
});
