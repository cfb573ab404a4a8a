import type net from "node:net";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, jest } from "@jest/globals";
import nock from "nock";
import { getGlobalDispatcher } from "undici";
import { type CreateSendOptions, createSend, type Sender } from "../../../connector/http/send.ts";
import type { Answer, ConnectorRequest, SendFailure, SendOptions } from "../../../connector/types.ts";
import { answer, type RawServer, rawServer } from "./raw-server.ts";

const GET: ConnectorRequest = { method: "GET", path: "/opportunities/1" };
const POST: ConnectorRequest = { method: "POST", path: "/opportunities/1/addTags", body: '{"tags":["Verified"]}' };
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const thing of opened.splice(0)) await thing.close();
});

function sender(options: CreateSendOptions = {}): Sender {
  const made = createSend({ userAgent: "lever-connector/test", ...options });
  opened.push({ close: () => made.dispose() });
  return made;
}

async function server(...args: Parameters<typeof rawServer>): Promise<RawServer> {
  const made = await rawServer(...args);
  opened.push(made);
  return made;
}

const to = (base: string, more: Partial<SendOptions> = {}): SendOptions => ({
  base,
  authorization: "Basic cGxheWdyb3VuZDo=",
  ...more,
});

async function answered(result: ReturnType<Sender["send"]>): Promise<Answer> {
  const outcome = await result;
  if ("failure" in outcome) throw new Error(`failed: ${outcome.failure.kind} ${outcome.failure.cause}`);
  return outcome.answer;
}

async function failed(result: ReturnType<Sender["send"]>): Promise<SendFailure> {
  const outcome = await result;
  if ("answer" in outcome) throw new Error(`answered: ${outcome.answer.status}`);
  return outcome.failure;
}

/** Waits until the server has got so many requests. */
async function arrived(raw: RawServer, count = 1): Promise<void> {
  for (let i = 0; i < 1000 && raw.heads.length < count; i++) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** Waits until the server has seen a connection close. (undici opens a fresh one in its place, for the next call.) */
async function closed(raw: RawServer): Promise<void> {
  for (let i = 0; i < 100 && raw.closings() === 0; i++) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("send", () => {
  it("sends one signed request and gives the parsed answer", async () => {
    const raw = await server((socket) => socket.write(answer('{"data":{"id":"1"}}', { headers: ["x-lever-region: global"] })));
    const got = await answered(sender().send(POST, to(raw.base)));
    expect(got).toEqual({
      status: 200,
      bytes: 19,
      body: { data: { id: "1" } },
      headers: expect.objectContaining({ "x-lever-region": "global" }),
    });
    const head = raw.heads[0] as string;
    expect(head).toMatch(/^POST \/v1\/opportunities\/1\/addTags HTTP\/1\.1\r\n/);
    for (const line of [
      "authorization: Basic cGxheWdyb3VuZDo=",
      "accept-encoding: identity",
      "user-agent: lever-connector/test",
      "content-type: application/json",
    ]) {
      expect(head).toContain(`${line}\r\n`);
    }
    expect(head.endsWith('{"tags":["Verified"]}')).toBe(true);
  });

  it("names itself with the version of the package", async () => {
    const raw = await server((socket) => socket.write(answer("{}")));
    const own = createSend();
    opened.push({ close: () => own.dispose() });
    await answered(own.send(GET, to(raw.base)));
    expect(raw.heads[0]).toMatch(/user-agent: lever-connector\/\d+\.\d+\.\d+\r\n/);
  });

  it("keeps its connections for calls that follow each other", async () => {
    const raw = await server((socket) => socket.write(answer("{}")));
    const { send } = sender();
    for (let i = 0; i < 10; i++) await answered(send(GET, to(raw.base)));
    // The answer is here a moment before its connection is free again, so a second one may take turns with the first.
    expect(raw.connections()).toBeLessThanOrEqual(2);
  });

  it("puts together a body of many pieces, also of single bytes in chunks", async () => {
    const text = JSON.stringify({ data: Array.from({ length: 300 }, (_, i) => ({ id: String(i), name: "Žofie 🦊" })) });
    const raw = await server((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
      for (const byte of Buffer.from(text))
        socket.write(Buffer.concat([Buffer.from("1\r\n"), Buffer.from([byte]), Buffer.from("\r\n")]));
      socket.write("0\r\n\r\n");
    });
    expect((await answered(sender().send(GET, to(raw.base)))).body).toEqual(JSON.parse(text));
  });

  it("takes an empty body as no body", async () => {
    const raw = await server((socket) => socket.write("HTTP/1.1 204 No Content\r\n\r\n"));
    expect(await answered(sender().send({ method: "DELETE", path: "/webhooks/1" }, to(raw.base)))).toMatchObject({
      status: 204,
      bytes: 0,
      body: undefined,
    });
  });

  it("hands out redirects and errors as answers and follows nothing", async () => {
    const sink = await server((socket) => socket.write(answer("{}")));
    for (const status of ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]) {
      const raw = await server((socket) => socket.write(answer("", { status, headers: [`location: ${sink.base}/x`] })));
      expect((await answered(sender().send(POST, to(raw.base)))).status).toBe(Number(status.slice(0, 3)));
    }
    expect(sink.heads).toEqual([]);
    const raw = await server((socket) =>
      socket.write(answer('{"code":"ResourceNotFound","message":"gone"}', { status: "404 Not Found" })),
    );
    expect(await answered(sender().send(GET, to(raw.base)))).toMatchObject({ status: 404, body: { code: "ResourceNotFound" } });
  });

  it("says that nothing arrived when nobody listens, no such host exists, or TLS fails", async () => {
    const raw = await rawServer(() => {});
    await raw.close();
    expect(await failed(sender().send(POST, to(raw.base)))).toMatchObject({ kind: "unreachable", arrived: "no" });
    expect(await failed(sender({ connectTimeoutMs: 500 }).send(POST, to("http://no-such-host.invalid/v1")))).toMatchObject({
      kind: "unreachable",
      arrived: "no",
    });
    const plain = await server((socket) => socket.write(answer("{}")));
    expect(await failed(sender({ connectTimeoutMs: 500 }).send(POST, to(plain.base.replace("http:", "https:"))))).toMatchObject({
      arrived: "no",
    });
    const talker = await server(
      () => {},
      (socket) => socket.end("this is no TLS record at all\r\n"),
    );
    expect(await failed(sender().send(POST, to(talker.base.replace("http:", "https:"))))).toMatchObject({
      kind: "tls",
      arrived: "no",
    });
  });

  it("gives up a connection that does not come about in time", async () => {
    // A TLS handshake that never ends is part of connecting.
    const mute = await server(() => {});
    const started = performance.now();
    const failure = await failed(sender({ connectTimeoutMs: 300 }).send(POST, to(mute.base.replace("http:", "https:"))));
    expect(failure).toMatchObject({ kind: "unreachable", arrived: "no" });
    expect(performance.now() - started).toBeLessThan(2500);
  });

  it("cannot tell whether a request arrived that was cut off before any answer", async () => {
    const resets: [string, (socket: net.Socket) => void][] = [
      ["reset", (socket) => socket.resetAndDestroy()],
      ["closed", (socket) => socket.end()],
      ["cut within the status line", (socket) => socket.end("HTTP/1.1 2")],
      ["cut within the headers", (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-ty")],
    ];
    for (const [name, reset] of resets) {
      const raw = await server(reset);
      const failure = await failed(sender().send(POST, to(raw.base)));
      expect([name, failure.kind, failure.arrived]).toEqual([name, "reset", "unknown"]);
    }
  });

  it("reports an answer that is not HTTP, and headers without end", async () => {
    const garbage = await server((socket) => socket.write("SSH-2.0-OpenSSH_9.2p1\r\n\r\n"));
    expect(await failed(sender().send(GET, to(garbage.base)))).toMatchObject({ kind: "malformed", arrived: "unknown" });
    const endless = await server((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      const timer = setInterval(() => socket.write(`x-${"a".repeat(1000)}: ${"b".repeat(1000)}\r\n`), 1);
      socket.on("close", () => clearInterval(timer));
    });
    expect(await failed(sender().send(GET, to(endless.base)))).toMatchObject({ kind: "headers_too_large", arrived: "unknown" });
    await closed(endless);
    expect(endless.closings()).toBe(1);
  });

  it("keeps the status of an answer whose body is cut off", async () => {
    const cuts: ((socket: net.Socket) => void)[] = [
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"data":'),
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"dat'),
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n");
        setTimeout(() => socket.resetAndDestroy(), 20);
      },
    ];
    for (const cut of cuts) {
      const raw = await server(cut);
      const got = await answered(sender().send(POST, to(raw.base)));
      expect([got.status, got.bodyProblem, got.body]).toEqual([200, "truncated", undefined]);
    }
  });

  it("refuses bodies that are no JSON, whatever the content type says, without quoting them", async () => {
    const bodies: [string, Parameters<typeof answer>[1]][] = [
      ["<html>canary</html>", { type: "text/html", status: "502 Bad Gateway" }],
      ['{"data":', {}],
      ["canary", {}],
      ['{"data":{}}', { type: "text/plain" }],
      ["", { type: "text/html" }],
    ];
    const problems: unknown[] = [];
    for (const [body, options] of bodies) {
      const raw = await server((socket) => socket.write(answer(body, options)));
      const got = await answered(sender().send(GET, to(raw.base)));
      expect(JSON.stringify(got)).not.toContain("canary");
      problems.push([got.status, got.bodyProblem]);
    }
    expect(problems).toEqual([
      [502, "not_json"],
      [200, "not_json"],
      [200, "not_json"],
      [200, "not_json"],
      [200, undefined],
    ]);
  });

  it("inflates nothing: an encoded body is refused and its connection closed", async () => {
    for (const encoding of ["gzip", "br", "deflate, gzip, gzip"]) {
      const bomb = gzipSync(Buffer.alloc(3_000_000));
      const raw = await server((socket) => socket.write(answer(bomb, { headers: [`content-encoding: ${encoding}`] })));
      expect(await answered(sender().send(GET, to(raw.base)))).toMatchObject({
        status: 200,
        bodyProblem: "encoded",
        body: undefined,
      });
      await closed(raw);
      expect(raw.closings()).toBe(1);
    }
  });

  it("stops reading at the size limit, announced or not", async () => {
    const announced = await server((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 200000000\r\n\r\n["),
    );
    expect(await answered(sender().send(GET, to(announced.base)))).toMatchObject({ bodyProblem: "too_large" });
    const endless = await server((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n");
      const piece = `4000\r\n${" ".repeat(0x4000)}\r\n`;
      const pour = () => {
        while (!socket.destroyed && socket.write(piece));
      };
      socket.on("drain", pour);
      pour();
    });
    const got = await answered(sender({ maxBytes: 1_000_000 }).send(GET, to(endless.base)));
    expect(got.bodyProblem).toBe("too_large");
    expect(got.bytes).toBeLessThan(1_200_000);
    await closed(endless);
    expect([announced.closings(), endless.closings()]).toEqual([1, 1]);
  });

  it("takes a body of exactly the limit and none that is a byte longer", async () => {
    const text = JSON.stringify("x".repeat(98));
    const raw = await server((socket) => socket.write(answer(text)));
    expect((await answered(sender({ maxBytes: 100 }).send(GET, to(raw.base)))).body).toHaveLength(98);
    expect((await answered(sender({ maxBytes: 99 }).send(GET, to(raw.base)))).bodyProblem).toBe("too_large");
  });

  it("refuses nesting beyond the limit in small and in large bodies, and no sooner", async () => {
    const nest = (levels: number, fill: string) => `${'{"a":['.repeat(levels / 2)}${fill}${"]}".repeat(levels / 2)}`;
    const bodies = [
      nest(64, '"[[[{{{\\""'),
      nest(66, "1"),
      nest(64, `"${"[".repeat(300_000)}\\"["`),
      nest(66, `"${"x".repeat(300_000)}"`),
      "[".repeat(400_000),
      "[".repeat(5000) + "]".repeat(5000),
    ];
    const raw = await server((socket, _head, nth) => socket.write(answer(bodies[nth - 1] as string)));
    const { send } = sender();
    const problems: unknown[] = [];
    for (const _ of bodies) problems.push((await answered(send(GET, to(raw.base)))).bodyProblem);
    expect(problems).toEqual([undefined, "too_deep", undefined, "too_deep", "too_deep", "too_deep"]);
  });

  it("reads a page that is no JSON up to 64 kB for its connection's sake, and gives up a longer one", async () => {
    const page = (length: number) => answer("<".repeat(length), { type: "text/html", status: "502 Bad Gateway" });
    const short = await server((socket) => socket.write(page(65_536)));
    const { send } = sender();
    for (let i = 0; i < 2; i++)
      expect(await answered(send(GET, to(short.base)))).toMatchObject({ status: 502, bodyProblem: "not_json", bytes: 65_536 });
    expect(short.closings()).toBe(0);
    const long = await server((socket) => socket.write(page(65_537)));
    expect(await answered(send(GET, to(long.base)))).toMatchObject({ status: 502, bodyProblem: "not_json" });
    await closed(long);
    expect(long.closings()).toBe(1);
  });

  it("takes an answer behind interim ones, and one that says that it is not encoded", async () => {
    const hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\ncontent-encoding: gzip\r\n\r\n";
    const raw = await server((socket) =>
      socket.write(
        Buffer.concat([Buffer.from(hints + hints), answer('{"data":1}', { headers: ["content-encoding: identity"] })]),
      ),
    );
    expect(await answered(sender().send(GET, to(raw.base)))).toMatchObject({ status: 200, body: { data: 1 } });
    const stuck = await server((socket) => socket.write(hints));
    expect(await failed(sender().send(GET, to(stuck.base, { timeoutMs: 150 })))).toMatchObject({
      kind: "timeout",
      arrived: "unknown",
    });
  });

  it("sends to the path of the environment, with or without a slash at its end, and says nothing of a body where there is none", async () => {
    const raw = await server((socket) => socket.write(answer("{}")));
    const { send } = sender();
    const { origin } = new URL(raw.base);
    for (const base of [origin, `${origin}/`, `${origin}/v1`, `${origin}/v1//`, `${origin}/v1`])
      await answered(send(GET, to(base)));
    expect(raw.heads.map((head) => head.split(" ")[1])).toEqual([
      "/opportunities/1",
      "/opportunities/1",
      "/v1/opportunities/1",
      "/v1/opportunities/1",
      "/v1/opportunities/1",
    ]);
    expect(raw.heads[0]).toMatch(/accept: application\/json\r\n/);
    expect(raw.heads[0]).not.toMatch(/content-type|content-length/i);
  });

  it("has connections of its own for each origin, and no more than it may", async () => {
    const [one, other] = [await server(() => {}), await server(() => {})];
    const { send, dispose } = createSend({ userAgent: "x", connections: 2 });
    const all = [one, one, one, other].map(({ base }) => failed(send(GET, to(base))));
    await arrived(one, 2);
    await arrived(other, 1);
    await dispose();
    expect((await Promise.all(all)).map(({ kind, arrived: did }) => [kind, did])).toEqual([
      ["cancelled", "unknown"],
      ["cancelled", "unknown"],
      ["cancelled", "no"],
      ["cancelled", "unknown"],
    ]);
    expect([one.connections(), other.connections()]).toEqual([2, 1]);
  });

  it("ends a write at its own deadline where the caller gave it that much or more, and keeps its status where the body is late", async () => {
    const silent = await server(() => {});
    const late = await server((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n["),
    );
    const { send } = sender({ totalTimeoutMs: 150 });
    const writes = await Promise.all([
      failed(send(POST, to(silent.base, { timeoutMs: 150, seeThrough: true }))),
      failed(send(POST, to(silent.base, { timeoutMs: 300, seeThrough: true }))),
      failed(send(POST, to(silent.base, { seeThrough: true }))),
    ]);
    for (const write of writes) expect(write).toMatchObject({ kind: "timeout", arrived: "unknown" });
    expect(await answered(send(POST, to(late.base, { timeoutMs: 50, seeThrough: true })))).toMatchObject({
      status: 200,
      bodyProblem: "timeout",
    });
  });

  it("ends a write that waits for a connection when its caller's time is up, and never sends it", async () => {
    let finish = () => {};
    const raw = await server((socket, _head, nth) => {
      finish = () => void socket.write(answer("{}"));
      if (nth > 1) finish();
    });
    const { send } = sender({ connections: 1 });
    const first = answered(send(GET, to(raw.base)));
    const late = failed(send(POST, to(raw.base, { timeoutMs: 60, seeThrough: true })));
    const third = answered(send(GET, to(raw.base)));
    expect(await late).toMatchObject({ kind: "timeout", arrived: "no" });
    await arrived(raw);
    finish();
    await Promise.all([first, third]);
    expect(raw.heads.map((head) => head.slice(0, 4))).toEqual(["GET ", "GET "]);
  });

  it("gives up slow headers and slow bodies at the deadline of the attempt, and closes the connection", async () => {
    const drip = (start: string) =>
      server((socket) => {
        socket.write(start);
        const timer = setInterval(() => socket.write(" "), 20);
        socket.on("close", () => clearInterval(timer));
      });
    const headers = await drip("HTTP/1.1 200 OK\r\nx-slow:");
    const body = await drip("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n");
    const started = performance.now();
    expect(await failed(sender().send(POST, to(headers.base, { timeoutMs: 200 })))).toMatchObject({
      kind: "timeout",
      arrived: "unknown",
    });
    expect(await answered(sender({ totalTimeoutMs: 200 }).send(POST, to(body.base)))).toMatchObject({
      status: 200,
      bodyProblem: "timeout",
      body: undefined,
    });
    expect(performance.now() - started).toBeLessThan(1500);
    await closed(headers);
    await closed(body);
    expect([headers.closings(), body.closings()]).toEqual([1, 1]);
  });

  it("waits for the headers of a slow answer as long as the attempt may take, and for no longer", async () => {
    const slow = await server((socket) => void setTimeout(() => socket.write(answer('{"data":1}')), 1500));
    const silent = await server(() => {});
    const { send } = sender({ silenceMs: 50, totalTimeoutMs: 200 });
    const [got, gaveUp] = await Promise.all([
      answered(send(GET, to(slow.base, { timeoutMs: 20_000 }))),
      failed(send(POST, to(silent.base, { timeoutMs: 1600 }))),
    ]);
    expect(got.body).toEqual({ data: 1 });
    expect(gaveUp).toMatchObject({ kind: "timeout", arrived: "unknown" });
    expect(slow.heads).toHaveLength(1);
  });

  it("takes an answer that tells its length in two ways for none", async () => {
    const raw = await server((socket) =>
      socket.end("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
    );
    expect(await failed(sender().send(GET, to(raw.base)))).toMatchObject({ kind: "malformed", arrived: "unknown" });
  });

  it("gives a number that JavaScript cannot hold as it came, and rounded beside it", async () => {
    const raw = await server((socket) => socket.write(answer('{"data":12345678901234567891}')));
    const { body, rounded } = await answered(sender().send(GET, to(raw.base)));
    expect([String((body as { data: unknown }).data), rounded]).toEqual(["12345678901234567891", { data: 12345678901234567000 }]);
  });

  it("takes a body with a byte order mark, and none that is a mark alone", async () => {
    const raw = await server((socket, _head, nth) => socket.write(answer(nth === 1 ? '\ufeff{"data":1}' : "\ufeff")));
    const { send } = sender();
    expect((await answered(send(GET, to(raw.base)))).body).toEqual({ data: 1 });
    expect((await answered(send(GET, to(raw.base)))).bodyProblem).toBe("not_json");
  });

  it("gives up a service that says nothing within a body", async () => {
    const stalled = await server((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9999\r\n\r\n["),
    );
    const { send } = sender({ silenceMs: 100 });
    expect(await answered(send(POST, to(stalled.base)))).toMatchObject({ status: 200, bodyProblem: "timeout" });
  });

  it("honours the caller's signal before, while waiting for a connection, and while waiting for an answer", async () => {
    const raw = await server(() => {});
    const { send } = sender({ connections: 1 });
    expect(await failed(send(POST, to(raw.base, { signal: AbortSignal.abort("early") })))).toMatchObject({
      kind: "cancelled",
      arrived: "no",
      cause: "early",
    });
    const first = new AbortController();
    const second = new AbortController();
    const sent = failed(send(POST, to(raw.base, { signal: first.signal })));
    const queued = failed(send(POST, to(raw.base, { signal: second.signal })));
    for (let i = 0; i < 100 && raw.heads.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    second.abort("left the queue");
    expect(await queued).toMatchObject({ kind: "cancelled", arrived: "no", cause: "left the queue" });
    first.abort();
    expect(await sent).toMatchObject({ kind: "cancelled", arrived: "unknown" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(raw.heads).toHaveLength(1);
  });

  it("never sends what ran out of time while it waited for a connection", async () => {
    const raw = await server((socket) => setTimeout(() => socket.write(answer("{}")), 300));
    const { send } = sender({ connections: 1 });
    const slow = answered(send(POST, to(raw.base)));
    expect(await failed(send(POST, to(raw.base, { timeoutMs: 60 })))).toMatchObject({ kind: "timeout", arrived: "no" });
    await slow;
    expect((await answered(send(GET, to(raw.base)))).status).toBe(200);
    expect(raw.heads.map((head) => head.slice(0, 4))).toEqual(["POST", "GET "]);
  });

  it("never sends a write whose caller left while it waited for a connection", async () => {
    let finish = () => {};
    const raw = await server((socket, _head, nth) => {
      finish = () => void socket.write(answer("{}"));
      if (nth > 1) finish();
    });
    const { send } = sender({ connections: 1 });
    const first = answered(send(GET, to(raw.base)));
    const leaving = new AbortController();
    const left = failed(send(POST, to(raw.base, { signal: leaving.signal, seeThrough: true })));
    const third = answered(send(GET, to(raw.base)));
    await arrived(raw);
    leaving.abort("left");
    expect(await left).toMatchObject({ kind: "cancelled", arrived: "no", cause: "left" });
    // The connection is free now, and the one behind it in the queue is served: its turn has come and gone.
    finish();
    expect([(await first).status, (await third).status]).toEqual([200, 200]);
    expect(raw.heads.map((head) => head.slice(0, 4))).toEqual(["GET ", "GET "]);
  });

  it("follows a write on the wire past the caller's signal and time, up to its own deadline, and a read not", async () => {
    const silent = await server(() => {});
    const { send } = sender({ totalTimeoutMs: 600 });
    const leaving = new AbortController();
    const ended: string[] = [];
    const ending = async (name: string, request: ConnectorRequest, more: Partial<SendOptions>) => {
      const { kind, arrived: did } = await failed(send(request, to(silent.base, more)));
      ended.push(`${name}: ${kind}, ${did}`);
    };
    const all = [
      ending("write", POST, { timeoutMs: 100, seeThrough: true }),
      ending("write", POST, { timeoutMs: 100, seeThrough: true, signal: leaving.signal }),
      ending("read", GET, { timeoutMs: 100 }),
      ending("read left", GET, { signal: leaving.signal }),
    ];
    await arrived(silent, 4);
    leaving.abort();
    await Promise.all(all);
    expect(ended.slice(0, 2).sort()).toEqual(["read left: cancelled, unknown", "read: timeout, unknown"]);
    expect(ended.slice(2)).toEqual(["write: timeout, unknown", "write: timeout, unknown"]);
  });

  it("leaves no listener, and works again after every kind of failure", async () => {
    const replies: ((socket: net.Socket) => void)[] = [
      (socket) => socket.resetAndDestroy(),
      (socket) => socket.write("garbage\r\n\r\n"),
      (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"),
      (socket) => socket.write(answer(gzipSync("{}"), { headers: ["content-encoding: gzip"] })),
      (socket) => socket.write(answer("[".repeat(5000))),
      (socket) => socket.write(answer('{"data":1}')),
    ];
    const raw = await server((socket, _head, nth) => (replies[nth - 1] as (socket: net.Socket) => void)(socket));
    const { send } = sender();
    const { signal } = new AbortController();
    const add = jest.spyOn(signal, "addEventListener");
    const remove = jest.spyOn(signal, "removeEventListener");
    let last: Awaited<ReturnType<Sender["send"]>> | undefined;
    for (const _ of replies) last = await send(GET, to(raw.base, { signal }));
    expect(last).toMatchObject({ answer: { status: 200, body: { data: 1 } } });
    expect(remove.mock.calls.map(([type, listener]) => [type, listener])).toEqual(
      add.mock.calls.map(([type, listener]) => [type, listener]),
    );
    expect(add.mock.calls[0]?.[0]).toBe("abort");
  });

  it("ends calls under way when it is disposed, and sends nothing afterwards", async () => {
    const raw = await server(() => {});
    const { send, dispose } = createSend({ userAgent: "x" });
    const hanging = failed(send(GET, to(raw.base)));
    for (let i = 0; i < 100 && raw.heads.length === 0; i++) await new Promise((resolve) => setTimeout(resolve, 5));
    await dispose();
    await dispose();
    expect(await hanging).toMatchObject({ kind: "cancelled", arrived: "unknown" });
    expect(await failed(send(GET, to(raw.base)))).toMatchObject({ kind: "cancelled", arrived: "no" });
    expect(raw.heads).toHaveLength(1);
  });

  it("throws for a request that cannot be put on the wire, and keeps its secrets to itself", async () => {
    const raw = await server((socket) => socket.write(answer("{}")));
    const error = await sender()
      .send(GET, { base: raw.base, authorization: "Bearer canary\r\nx-injected: 1" })
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "internal_error", cause: { code: "UND_ERR_INVALID_ARG" } });
    expect(JSON.stringify(error)).not.toContain("canary");
    expect(raw.heads).toEqual([]);
  });

  it("asks for the dispatcher of each call, so that prepared answers can stand in for the service", async () => {
    nock("https://api.lever.co")
      .get("/v1/opportunities/1")
      .reply(200, { data: { id: "1" } });
    nock("https://api.lever.co")
      .post("/v1/opportunities/1/addTags", { tags: ["Verified"] })
      .reply(429, { code: "x", message: "y" }, { "Retry-After": "3" });
    const { send } = sender({ dispatcher: getGlobalDispatcher });
    const base = "https://api.lever.co/v1";
    expect(await answered(send(GET, to(base)))).toMatchObject({ status: 200, body: { data: { id: "1" } } });
    expect(await answered(send(POST, to(base)))).toMatchObject({ status: 429, headers: { "retry-after": "3" } });
    expect(nock.isDone()).toBe(true);
    nock.restore();
  });
});
