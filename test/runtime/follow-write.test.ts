import { describe, expect, it } from "@jest/globals";
import { loadConnector } from "../../connector/manifest.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { followWrite, type OnWire } from "../../runtime/follow-write.ts";
import { gate } from "../support/gate.ts";

const operation = loadConnector().operation("add_opportunity_tags");
const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
};

/** A write whose request is under way once `wire` is true, and that ends when the gate opens. */
function follow({ timeoutMs = 60_000, signal }: { timeoutMs?: number; signal?: AbortSignal } = {}) {
  const end = gate();
  const late: string[] = [];
  let wire: OnWire = () => {};
  let failure: unknown;
  const { told, ended } = followWrite({ operation, timeoutMs, signal, onLate: (code) => late.push(code) }, async (onWire) => {
    wire = onWire;
    await end.opened;
    if (failure !== undefined) throw failure;
    return "done";
  });
  const state = { told: "nothing" };
  const answer = told.then(
    (value) => value,
    (error: unknown) => error,
  );
  void answer.then((value) => {
    state.told = value instanceof ConnectorError ? value.code : String(value);
  });
  const fail = (error: unknown) => {
    failure = error;
    end.open();
  };
  return { wire: (busy: boolean) => wire(busy), end: end.open, fail, late, ended, state, answer };
}

describe("a write whose caller stays", () => {
  it("is told as it ended, and nothing is late", async () => {
    const done = follow();
    done.end();
    expect(await done.answer).toBe("done");
    const failed = follow();
    failed.fail(new ConnectorError("permission_denied", "no"));
    expect(await failed.answer).toMatchObject({ code: "permission_denied" });
    await Promise.all([done.ended, failed.ended]);
    expect([...done.late, ...failed.late]).toEqual([]);
  });
});

describe("a caller who leaves", () => {
  it.each([
    ["ok", undefined],
    ["rate_limited", new ConnectorError("rate_limited", "no")],
    ["internal_error", new Error("a fault of ours")],
  ])("while a request is under way is told that nobody knows, and the log how it ended: %s", async (code, failure) => {
    const leaving = new AbortController();
    const { wire, fail, end, answer, ended, late, state } = follow({ signal: leaving.signal });
    wire(true);
    leaving.abort();
    expect(await answer).toMatchObject({ code: "outcome_unknown", details: { seen: "cancelled", repeatable: true } });
    expect([state.told, late]).toEqual(["outcome_unknown", []]);
    if (failure === undefined) end();
    else fail(failure);
    await ended;
    expect(late).toEqual([code]);
  });

  it("while nothing is under way hears from the work itself", async () => {
    for (const wires of [[], [true, false]]) {
      const leaving = new AbortController();
      const { wire, fail, answer, ended, late, state } = follow({ signal: leaving.signal });
      for (const busy of wires) wire(busy);
      leaving.abort();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(state.told).toBe("nothing");
      fail(new ConnectorError("cancelled", "nothing was sent"));
      expect(await answer).toMatchObject({ code: "cancelled" });
      await ended;
      expect(late).toEqual([]);
    }
  });

  it("is told at once where the request goes on its way after that", async () => {
    const leaving = new AbortController();
    const { wire, end, answer, ended } = follow({ signal: leaving.signal });
    leaving.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    wire(true);
    expect(await answer).toMatchObject({ code: "outcome_unknown" });
    end();
    await ended;
  });

  it("hears from what ends at the same moment by itself", async () => {
    const leaving = new AbortController();
    const { wire, fail, answer } = follow({ signal: leaving.signal });
    wire(true);
    leaving.signal.addEventListener("abort", () => {
      wire(false);
      fail(new ConnectorError("cancelled", "it waited for a connection; nothing was sent"));
    });
    leaving.abort();
    expect(await answer).toMatchObject({ code: "cancelled" });
  });
});

describe("a caller whose time is up", () => {
  it("is told that nobody knows, a moment after it", async () => {
    const started = performance.now();
    const { wire, end, answer, ended, late } = follow({ timeoutMs: 200 });
    wire(true);
    expect(await answer).toMatchObject({ code: "outcome_unknown", details: { seen: "upstream_timeout" } });
    expect(performance.now() - started).toBeGreaterThan(295);
    end();
    await ended;
    expect(late).toEqual(["ok"]);
  });

  it("hears from the work itself where nothing is under way, and of what goes on its way later at once", async () => {
    const { wire, state, end, answer, ended } = follow({ timeoutMs: 0 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(state.told).toBe("nothing");
    wire(true);
    await until(() => state.told !== "nothing");
    expect(await answer).toMatchObject({ code: "outcome_unknown" });
    end();
    await ended;
  });
});

it("leaves no timer and no listener behind", async () => {
  const { signal } = new AbortController();
  const listeners: string[] = [];
  for (const name of ["addEventListener", "removeEventListener"] as const) {
    const original = signal[name].bind(signal) as (...of: unknown[]) => void;
    signal[name] = (...of: unknown[]) => {
      listeners.push(`${name} ${of[0]}`);
      original(...of);
    };
  }
  const timers = () => process.getActiveResourcesInfo().filter((one) => one === "Timeout").length;
  const before = timers();
  const { end, ended } = follow({ signal });
  expect(timers()).toBe(before + 1);
  end();
  await ended;
  expect([listeners, timers()]).toEqual([["addEventListener abort", "removeEventListener abort"], before]);
});
