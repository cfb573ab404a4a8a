import type { Socket } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ApiError, type CallOptions, type Client, createClient } from "../../sdk/index.ts";
import { readLines } from "../../sdk/read-lines.ts";
import { type RawServer, rawServer } from "../connector/http/raw-server.ts";

const KEY = "lc_not_to_be_seen";
const PROBLEM = { code: "not_found", status: 404, retryable: false, detail: "There is no such credential", title: "", type: "" };

let server: RawServer;
let reply: (socket: Socket) => void;
beforeAll(async () => {
  server = await rawServer((socket) => reply(socket));
});
afterAll(() => server.close());
beforeEach(() => {
  server.heads.length = 0;
});

/** What is in front of the server answers so many bytes, and closes the connection. */
function answers(head: string, body = "", { reset = false } = {}): void {
  reply = (socket) => {
    socket.write(`HTTP/1.1 ${head}\r\n\r\n${body}`, () =>
      reset ? setTimeout(() => socket.resetAndDestroy(), 50) : socket.end(),
    );
  };
}

const JSON_HEAD = "200 OK\r\nContent-Type: application/json; charset=utf-8\r\nConnection: close";
const LINES_HEAD = "200 OK\r\nContent-Type: application/x-ndjson\r\nConnection: close";

function client(url = server.base) {
  return createClient({ url, apiKey: KEY });
}

async function thrownBy(work: Promise<unknown>): Promise<ApiError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ApiError);
  expect(inspect(error, { depth: 9 })).not.toContain(KEY);
  return error as ApiError;
}

async function drain(lines: AsyncIterable<unknown>, seen: unknown[] = []): Promise<unknown[]> {
  for await (const one of lines) seen.push(one);
  return seen;
}

describe("a call throws an ApiError with a code", () => {
  it.each([
    ["a page of a proxy with status 200", "200 OK\r\nContent-Type: text/html", "<html>Sign in</html>", "answer_unreadable", 200],
    ["an empty body without a type", "200 OK\r\nContent-Length: 0", "", "answer_unreadable", 200],
    ["an empty body", `${JSON_HEAD}\r\nContent-Length: 0`, "", "answer_cut_off", 0],
    ["a body that ends in the middle of its JSON", JSON_HEAD, '{"output":{"data":[', "answer_cut_off", 0],
    ["a body shorter than it was announced", `${JSON_HEAD}\r\nContent-Length: 100`, '{"output":1}', "answer_cut_off", 0],
    ["a chunked body without its end", `${JSON_HEAD}\r\nTransfer-Encoding: chunked`, '5\r\n{"out', "answer_cut_off", 0],
    ["a redirect", "302 Found\r\nLocation: https://login.example.com/x?token=1", "", "redirect_refused", 302],
    ["a permanent redirect", "308 Permanent Redirect\r\nLocation: /elsewhere", "", "redirect_refused", 308],
    ["an error page", "502 Bad Gateway\r\nContent-Type: text/html", "<html></html>", "answer_unreadable", 502],
    [
      "an error in JSON of somebody else",
      "400 Bad\r\nContent-Type: application/json",
      '{"code":"E42"}',
      "answer_unreadable",
      400,
    ],
    ["null as an error", "500 Bad\r\nContent-Type: application/json", "null", "answer_unreadable", 500],
  ])("for %s", async (_what, head, body, code, status) => {
    answers(head, body);
    expect(await thrownBy(client().call("GET /api/v1/credentials"))).toMatchObject({ name: "ApiError", code, status });
    expect(server.heads).toHaveLength(1);
  });

  it("for a connection that is reset in the middle of the body", async () => {
    answers(`${JSON_HEAD}\r\nContent-Length: 100`, '{"output":', { reset: true });
    const error = await thrownBy(client().run("list_tags", { credential: "x" }));
    expect(error).toMatchObject({ code: "answer_cut_off", retryable: true });
    expect(error.cause).toBeDefined();
  });

  it("for a connection that ends before any answer", async () => {
    reply = (socket) => socket.destroy();
    expect(await thrownBy(loose(client()).call("GET /x"))).toMatchObject({
      code: "server_unreachable",
      status: 0,
      retryable: true,
    });
  });

  it.each([
    ["502 Bad Gateway", true],
    ["429 Too Many", true],
    ["500 Bad", true],
    ["404 Not Found", false],
    ["499 Odd", false],
  ])("that says for %s of a proxy whether trying later helps", async (head, retryable) => {
    answers(`${head}\r\nContent-Length: 0`);
    expect((await thrownBy(loose(client()).call("GET /x"))).retryable).toBe(retryable);
  });

  it("that names where a redirect leads, without what may be secret in it", async () => {
    answers("302 Found\r\nLocation: https://login.example.com/x?token=1");
    expect((await thrownBy(loose(client()).call("GET /x"))).message).toContain("redirects to https://login.example.com;");
    answers("302 Found");
    expect((await thrownBy(loose(client()).call("GET /x"))).message).toContain("redirects;");
  });

  it("for a problem of the server, whole", async () => {
    answers("404 Not Found\r\nContent-Type: application/problem+json", JSON.stringify(PROBLEM));
    expect(await thrownBy(loose(client()).call("GET /x"))).toMatchObject({
      message: PROBLEM.detail,
      code: "not_found",
      status: 404,
      retryable: false,
      problem: PROBLEM,
    });
  });

  it.each(["code", "status", "retryable", "detail"])("for a problem without its %s", async (field) => {
    answers("404 Not Found\r\nContent-Type: application/json", JSON.stringify({ ...PROBLEM, [field]: undefined }));
    expect(await thrownBy(loose(client()).call("GET /x"))).toMatchObject({ code: "answer_unreadable", problem: undefined });
  });

  it.each(["before the answer", "in the middle of the body", "in the middle of an error"])(
    "for a signal that fires %s",
    async (when) => {
      const stop = new AbortController();
      const reason = new Error("enough");
      reply = (socket) => {
        if (when === "in the middle of the body") socket.write(`HTTP/1.1 ${JSON_HEAD}\r\n\r\n{"a"`);
        if (when === "in the middle of an error") socket.write("HTTP/1.1 404 X\r\nContent-Type: application/json\r\n\r\n{");
        setTimeout(() => stop.abort(reason), 100);
      };
      const error = await thrownBy(loose(client()).call("GET /x", { signal: stop.signal }));
      expect(error).toMatchObject({ code: "cancelled", status: 0, cause: reason });
    },
  );

  it("for what cannot be sent at all, without sending anything", async () => {
    const circle: Record<string, unknown> = {};
    circle.itself = circle;
    const unsendable = [
      loose(client()).call("POST /x", { body: circle }),
      loose(client()).call("POST /x", { body: { n: 1n } }),
      loose(client()).call("GET /x", { headers: { "x-own": "a\nb" } }),
      client().run("list_tags", { credential: "x", idempotencyKey: "schlüssel–1" }),
    ];
    for (const call of unsendable) expect(await thrownBy(call)).toMatchObject({ code: "request_invalid", retryable: false });
    expect(server.heads).toEqual([]);
  });
});

describe("a call", () => {
  it("answers nothing for 204", async () => {
    answers("204 No Content");
    expect(await client().call("DELETE /api/v1/credentials/:id", { params: { id: "x" } })).toBeUndefined();
  });

  it("asks below the server's address, with the key, and with a type only where there is a body", async () => {
    answers(JSON_HEAD, "{}");
    await loose(client(`${server.base}//`)).call("GET /api/v1/x");
    await loose(client()).call("POST /api/v1/x", { body: 0, headers: { "x-own": "1" } });
    const [first = "", second = ""] = server.heads;
    expect(first).toMatch(/^GET \/v1\/api\/v1\/x HTTP/);
    expect(first).toContain(`authorization: Bearer ${KEY}`);
    expect(first).toContain("accept: application/json");
    expect(first).not.toContain("content-type");
    expect(second).toContain("content-type: application/json");
    expect(second).toContain("x-own: 1");
    expect(second).toContain("content-length: 1");
  });

  it("sends an operation's name as one part of the path, an empty input where none is given, and a key only where one is", async () => {
    const sent: [string, RequestInit][] = [];
    const recording = createClient({
      url: server.base,
      apiKey: KEY,
      fetch: async (url, init) => {
        sent.push([String(url), init ?? {}]);
        return Response.json({ output: {}, meta: {} });
      },
    });
    await recording.run("../credentials" as "list_tags", { credential: "x" });
    await recording.run("list_tags", { credential: "x", input: { limit: 1 }, idempotencyKey: "k" });
    expect(
      sent.map(([url, init]) => [url.replace(server.base, ""), init.body, new Headers(init.headers).get("idempotency-key")]),
    ).toEqual([
      ["/api/v1/operations/..%2Fcredentials", '{"credential":"x","input":{}}', null],
      ["/api/v1/operations/list_tags", '{"credential":"x","input":{"limit":1}}', "k"],
    ]);
  });

  it.each([
    ["no key", { apiKey: "" }],
    ["no key at all", { apiKey: undefined }],
    ["a key with a line break", { apiKey: "lc_x\n" }],
    ["a key with letters that no header takes", { apiKey: "lc_é" }],
    ["no address", { url: "" }],
    ["an address without a scheme", { url: "lever.example.com" }],
    ["an address that is none", { url: "http://" }],
    ["another scheme", { url: "ftp://x" }],
    ["a scheme that only ends like one", { url: "ahttps://x" }],
    ["a key with a blank before it", { apiKey: " lc_x" }],
  ])("cannot be made with %s", (_what, wrong) => {
    expect(() => createClient({ url: server.base, apiKey: KEY, ...wrong })).toThrow(TypeError);
  });
});

describe("an answer of a fetch of one's own", () => {
  const call = (answer: Response) =>
    loose(createClient({ url: "https://lever.example.com", apiKey: KEY, fetch: async () => answer })).call("GET /x");

  it("is JSON in whatever case its type is written, and only by its own type", async () => {
    expect(await call(new Response("[1]", { headers: { "content-type": "Application/JSON" } }))).toEqual([1]);
    for (const type of ["text/plain; like=application/json", "xapplication/json", "application/jsonish"])
      expect(await thrownBy(call(new Response("[1]", { headers: { "content-type": type } })))).toMatchObject({
        code: "answer_unreadable",
      });
  });

  it.each([300, 304, 399])("with status %i is a redirect", async (status) => {
    const answer = new Response(null, { status, headers: { location: "/elsewhere" } });
    const error = await thrownBy(call(answer));
    expect(error).toMatchObject({ code: "redirect_refused", status, retryable: false });
    expect(error.message).toContain("redirects;");
  });

  it("that hides where it leads, as browsers do, is a redirect", async () => {
    const answer = Object.defineProperty(new Response("{}"), "type", { value: "opaqueredirect" });
    expect(await thrownBy(call(answer))).toMatchObject({ code: "redirect_refused" });
  });
});

describe("lines of an answer", () => {
  it("are given as they are complete, whatever pieces they come in, and blank ones are left out", async () => {
    const bytes = new TextEncoder().encode('{"a":"é"}\n\n2\n"last"');
    const pieces = new ReadableStream({
      start(controller) {
        for (const byte of bytes) controller.enqueue(new Uint8Array([byte]));
        controller.close();
      },
    });
    expect(await drain(readLines(new Response(pieces)))).toEqual([{ a: "é" }, 2, "last"]);
    expect(await drain(readLines(new Response("1\n")))).toEqual([1]);
    expect(await drain(readLines(new Response(null)))).toEqual([]);
  });

  it("may be left although ending the request fails", async () => {
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode("1\n")),
      cancel: () => Promise.reject(new Error("cannot be ended")),
    });
    for await (const line of readLines(new Response(body))) {
      expect(line).toBe(1);
      break;
    }
  });
});

describe("all pages", () => {
  const pages = (signal?: AbortSignal) => client().pages("list_tags", { credential: "x", ...(signal && { signal }) });

  it("end with the line that says so", async () => {
    answers(LINES_HEAD, '{"data":1}\n\n{"cursor":"c","count":1}\n{"data":2}\n{"done":true,"count":2}\n{"data":3}\n');
    expect(await drain(pages())).toEqual([1, 2]);
    expect(server.heads[0]).toMatch(/^POST \/v1\/api\/v1\/operations\/list_tags\?pages=all HTTP/);
  });

  it("may end without a line break", async () => {
    answers(LINES_HEAD, '{"data":"é"}\n{"done":true,"count":1}');
    expect(await drain(pages())).toEqual(["é"]);
  });

  it.each([
    ["end without such a line", '{"data":1}\n'],
    ["end in the middle of a line", '{"data":1}\n{"da'],
    ["end in the middle of a letter", '{"data":1}\n{"data":"\xc3'],
    ["hold a line that is no JSON", '{"data":1}\n<html>\n{"done":true,"count":1}\n'],
    ["hold a line that is no object", '{"data":1}\n7\n{"done":true,"count":1}\n'],
    ["hold null as a line", '{"data":1}\nnull\n{"done":true,"count":1}\n'],
  ])("throw where they %s, after what was read", async (_what, body) => {
    answers(LINES_HEAD, body);
    const seen: unknown[] = [];
    expect(await thrownBy(drain(pages(), seen))).toMatchObject({ code: "answer_cut_off", retryable: true });
    expect(seen).toEqual([1]);
  });

  it("throw where the connection is reset in the middle", async () => {
    answers(`${LINES_HEAD}\r\nTransfer-Encoding: chunked`, 'b\r\n{"data":1}\n\r\n', { reset: true });
    const seen: unknown[] = [];
    expect(await thrownBy(drain(pages(), seen))).toMatchObject({ code: "answer_cut_off" });
    expect(seen).toEqual([1]);
  });

  it("throw what the server's last line tells", async () => {
    answers(LINES_HEAD, `{"data":1}\n${JSON.stringify({ error: PROBLEM })}\n`);
    expect(await thrownBy(drain(pages()))).toMatchObject({ code: "not_found", problem: PROBLEM });
  });

  it.each([
    ["a page of a proxy", "200 OK\r\nContent-Type: text/html", "<html>"],
    ["nothing at all", "200 OK\r\nContent-Length: 0", ""],
    ["one answer in place of lines", JSON_HEAD, '{"output":{}}'],
  ])("throw for %s", async (_what, head, body) => {
    answers(head, body);
    expect(await thrownBy(drain(pages()))).toMatchObject({ code: "answer_unreadable", status: 200 });
  });

  it("throw for a body that is missing", async () => {
    const empty = createClient({
      url: server.base,
      apiKey: KEY,
      fetch: async () => new Response(null, { headers: { "content-type": "application/x-ndjson" } }),
    });
    expect(await thrownBy(drain(empty.pages("list_tags", { credential: "x" })))).toMatchObject({ code: "answer_cut_off" });
  });

  it("throw as cancelled where their signal fires midway", async () => {
    const stop = new AbortController();
    reply = (socket) => void socket.write(`HTTP/1.1 ${LINES_HEAD}\r\n\r\n{"data":1}\n`);
    const reading = (async () => {
      for await (const _ of pages(stop.signal)) stop.abort();
    })();
    expect(await thrownBy(reading)).toMatchObject({ code: "cancelled" });
  });

  it("end the request when the loop is left", async () => {
    const closed = new Promise<void>((resolve) => {
      reply = (socket) => {
        socket.on("close", () => resolve());
        socket.write(`HTTP/1.1 ${LINES_HEAD}\r\n\r\n{"data":1}\n`);
      };
    });
    for await (const _ of pages()) break;
    await closed;
  });
});

/** For addresses that the API does not have. */
function loose(of: Client): { call(route: string, options?: CallOptions): Promise<unknown> } {
  return of as never;
}
