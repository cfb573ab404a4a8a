import { EventEmitter } from "node:events";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import { ConnectorError } from "../../../errors/connector-error.ts";
import { streamLines, streamSignal, toLine } from "../../../server/http/ndjson.ts";
import type { Call } from "../../../server/http/route.ts";

afterEach(() => {
  jest.useRealTimers();
});

/** A caller whose connection a test holds in its hand. */
function caller() {
  const told: string[] = [];
  const logged: unknown[] = [];
  const heads: unknown[] = [];
  const [left, draining] = [new AbortController(), new AbortController()];
  let isFull = false;
  let isDestroyed = false;
  const res = Object.assign(new EventEmitter(), {
    writeHead: (...head: unknown[]) => void heads.push(head),
    write: (text: string) => {
      told.push(text);
      return !isFull;
    },
    end: () => void told.push("end"),
    destroy: () => {
      isDestroyed = true;
      left.abort();
    },
  });
  const services = {
    draining: draining.signal,
    publicUrl: "https://a.example/lever",
    events: { tell: (event: unknown) => void logged.push(event) },
  };
  return {
    call: { services, requestId: "req_1", signal: left.signal, res } as unknown as Call,
    told,
    logged,
    heads,
    left,
    draining,
    res,
    fill: (full: boolean) => {
      isFull = full;
    },
    isDestroyed: () => isDestroyed,
  };
}

/** Lines; `ended` says whether the stream returned from them. */
function lines(...parts: (string | Error)[]) {
  const state = { ended: false };
  async function* text() {
    try {
      for (const part of parts) {
        if (part instanceof Error) throw part;
        yield part;
      }
    } finally {
      state.ended = true;
    }
  }
  return { text: text(), state };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a stream of lines", () => {
  it("is sent as it comes, neither kept by caches nor held back by proxies", async () => {
    const one = caller();
    const { text, state } = lines("a\n", "b\n");
    expect(await streamLines(one.call, text, "go on")).toBeUndefined();
    expect(one.heads).toEqual([
      [
        200,
        {
          "Content-Type": "application/x-ndjson; charset=utf-8",
          "Cache-Control": "no-store",
          "X-Accel-Buffering": "no",
        },
      ],
    ]);
    expect([one.told, state.ended, one.logged]).toEqual([["a\n", "b\n", "end"], true, []]);
    expect(toLine({ a: 1 })).toBe('{"a":1}\n');
  });

  it("that fails before its first line is an ordinary failure", async () => {
    const one = caller();
    const failure = new ConnectorError("not_found", "no");
    await expect(streamLines(one.call, lines(failure).text, "go on")).rejects.toBe(failure);
    expect([one.heads, one.told]).toEqual([[], []]);
  });

  it("that fails later ends with a line that says so, and the failure is told as an event", async () => {
    const one = caller();
    const { text, state } = lines("a\n", new ConnectorError("rate_limited", "wait"));
    await streamLines(one.call, text, "go on");
    expect(one.told.length).toBe(3);
    const { error } = JSON.parse(one.told[1] ?? "");
    expect(error).toMatchObject({ code: "rate_limited", requestId: "req_1", type: "/lever/docs/errors#rate_limited" });
    expect([one.told[2], state.ended, one.logged]).toEqual([
      "end",
      true,
      [expect.objectContaining({ type: "refused", code: "rate_limited", requestId: "req_1" })],
    ]);
  });

  it("that the server's end cuts says how to continue, before its first line and later", async () => {
    const early = caller();
    early.draining.abort();
    const shutting = { code: "shutting_down", message: expect.stringContaining("go on"), details: { retryAfterMs: 5_000 } };
    await expect(streamLines(early.call, lines(new Error("cut")).text, "go on")).rejects.toMatchObject(shutting);
    const late = caller();
    const { text } = lines("a\n", new Error("cut"));
    late.draining.abort();
    await streamLines(late.call, text, "go on");
    expect(JSON.parse(late.told[1] ?? "").error).toMatchObject({ code: "shutting_down", retryable: true });
  });

  it("ends without a word where its reader has hung up, also while the server ends", async () => {
    for (const ends of [false, true]) {
      const one = caller();
      const { text, state } = lines("a\n", new Error("cut"));
      if (ends) one.draining.abort();
      one.left.abort();
      await streamLines(one.call, text, "go on");
      expect([one.told, state.ended, one.logged]).toEqual([["a\n"], true, []]);
      await expect(streamLines(one.call, lines(new Error("cut")).text, "go on")).rejects.toThrow("cut");
    }
  });

  it("waits for a slow reader before it makes the next line", async () => {
    const one = caller();
    let made = 0;
    async function* text() {
      for (; made < 3; made++) yield `${made}\n`;
    }
    one.fill(true);
    const streaming = streamLines(one.call, text(), "go on");
    await turn();
    expect([one.told, made]).toEqual([["0\n"], 0]);
    one.fill(false);
    one.res.emit("drain");
    await streaming;
    expect(one.told).toEqual(["0\n", "1\n", "2\n", "end"]);
  });

  it("ends where its reader takes nothing for a minute, and not sooner", async () => {
    jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick"] });
    const one = caller();
    const { text, state } = lines("a\n", "b\n");
    one.fill(true);
    const streaming = streamLines(one.call, text, "go on");
    await turn();
    jest.advanceTimersByTime(59_999);
    expect(one.isDestroyed()).toBe(false);
    jest.advanceTimersByTime(1);
    expect(one.isDestroyed()).toBe(true);
    await streaming;
    expect([one.told, state.ended]).toEqual([["a\n"], true]);
  });

  it("is not cut by the wait for a reader that was slow once", async () => {
    jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick"] });
    const one = caller();
    one.fill(true);
    const streaming = streamLines(one.call, lines("a\n", "b\n").text, "go on");
    await turn();
    one.fill(false);
    one.res.emit("drain");
    await streaming;
    jest.advanceTimersByTime(120_000);
    expect(one.isDestroyed()).toBe(false);
  });

  it("that waits for its reader hears of the server's end", async () => {
    const one = caller();
    one.fill(true);
    const streaming = streamLines(one.call, lines("a\n", "b\n").text, "go on");
    await turn();
    one.draining.abort();
    await streaming;
    expect(JSON.parse(one.told[1] ?? "").error.code).toBe("shutting_down");
  });

  it("gives its work a signal that either end aborts", () => {
    const [byCaller, byServer] = [caller(), caller()];
    const signals = [streamSignal(byCaller.call), streamSignal(byServer.call)];
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    byCaller.left.abort();
    byServer.draining.abort();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});
