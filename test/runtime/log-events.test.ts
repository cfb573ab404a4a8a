import { beforeEach, describe, expect, it } from "@jest/globals";
import { createEvents, type RuntimeEvent } from "../../runtime/events.ts";
import { createLog } from "../../runtime/log.ts";
import { logEvents } from "../../runtime/log-events.ts";

const facts = { requestId: "req_1", project: "p1", actor: "test", operation: "some_operation", credential: "cred_1" };
const ended = (effect: "read" | "create", code: "ok" | "rate_limited"): RuntimeEvent => ({
  ...{ type: "call_ended", ...facts, effect, code, durationMs: 1, attempts: 1, waitedMs: 0 },
});

let lines: Record<string, unknown>[];
beforeEach(() => {
  lines = [];
});
const listener = (options = {}) =>
  logEvents(createLog({ level: "debug", destination: { write: (line: string) => void lines.push(JSON.parse(line)) } }), options);
const levels = () => lines.map(({ level }) => level);

describe("the log as a listener", () => {
  it("writes one line for each call: reads and writes at info, failures at warn", () => {
    const tell = listener();
    for (const event of [ended("read", "ok"), ended("create", "ok"), ended("read", "rate_limited")]) tell(event);
    expect(levels()).toEqual([30, 30, 40]);
    expect(lines[0]).toMatchObject({ ...facts, code: "ok", attempts: 1, durationMs: 1, msg: "operation" });
  });

  it("writes one read in so many at info where the setting says so, and every write and every failure", () => {
    const tell = listener({ readSample: 3 });
    for (let n = 0; n < 6; n += 1) tell(ended("read", "ok"));
    tell(ended("create", "ok"));
    tell(ended("read", "rate_limited"));
    expect(levels()).toEqual([20, 20, 30, 20, 20, 30, 30, 40]);
  });

  it("tells at info who was turned away at the door, and other refusals at debug", () => {
    const tell = listener();
    for (const what of ["key", "csrf", "sign_in", "request"] as const)
      tell({ type: "refused", what, code: "some_code", requestId: "req_1", address: "127.0.0.1" });
    expect(levels()).toEqual([30, 30, 30, 20]);
    expect(lines[0]).toMatchObject({ what: "key", code: "some_code", requestId: "req_1", address: "127.0.0.1", msg: "refused" });
  });

  it("tells waits, retries and reads of a record at debug, a refreshed token at info, one that could not be had at warn", () => {
    const tell = listener();
    tell({ type: "waited", ...facts, effect: "read", waitedMs: 5 });
    tell({ type: "retried", ...facts, effect: "read", attempt: 1, code: "upstream_unreachable", waitMs: 9 });
    tell({ type: "read_back", ...facts, effect: "repeatable", code: "ok" });
    tell({ type: "refreshed", project: "p1", credential: "cred_1", code: "ok" });
    tell({ type: "refreshed", project: "p1", credential: "cred_1", code: "credential_reauth_required" });
    tell({ type: "fault", what: "background work failed", error: new Error("x"), credential: "cred_1" });
    tell({ type: "fault", what: "it is made good elsewhere", error: new Error("y"), level: "warn" });
    expect(levels()).toEqual([20, 20, 20, 30, 40, 50, 40]);
    expect(lines.map(({ msg }) => msg)).toEqual([
      ...["waited", "retried", "read back", "refreshed", "refreshed", "background work failed", "it is made good elsewhere"],
    ]);
    expect(lines[5]).toMatchObject({ credential: "cred_1", err: { message: "x" } });
  });

  it("tells at debug each request that was answered, and at info a write that ended after its caller had left", () => {
    const tell = listener();
    const request = { requestId: "req_1", method: "GET", route: "/api/v1/writes/:id", status: 200, durationMs: 3 };
    tell({ type: "request_ended", ...request });
    tell({ type: "ended_late", ...facts, effect: "repeatable", code: "rate_limited" });
    expect(levels()).toEqual([20, 30]);
    expect(lines).toMatchObject([request, { ...facts, code: "rate_limited" }]);
    for (const line of lines) expect(line).not.toHaveProperty("type");
  });
});

it("events reach every listener until it unsubscribes", () => {
  const events = createEvents();
  const heard: string[] = [];
  const off = events.on(() => void heard.push("one"));
  events.on(() => void heard.push("two"));
  events.tell(ended("read", "ok"));
  off();
  events.tell(ended("read", "ok"));
  expect(heard).toEqual(["one", "two", "two"]);
});
