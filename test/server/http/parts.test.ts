import { EventEmitter, once } from "node:events";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import type { Request, Response } from "express";
import { packageRoot } from "../../../connector/package-root.ts";
import { readFrom } from "../../../connector/read-json-file.ts";
import type { ConnectorError } from "../../../errors/connector-error.ts";
import type { JsonSchema } from "../../../json-schema/json-schema.ts";
import { createSchemaResolver } from "../../../json-schema/resolve-schema.ts";
import { createAdmission } from "../../../server/http/admission.ts";
import { basePathOf, belowBasePath, linksBelow } from "../../../server/http/base-path.ts";
import { createBodyChecks, readQuery } from "../../../server/http/check.ts";
import { newToken, readCookie } from "../../../server/http/cookies.ts";
import { oneNameOnly } from "../../../server/http/one-name-only.ts";
import { peerAddress } from "../../../server/http/peer-address.ts";
import { readBytes, readJsonBody } from "../../../server/http/read-body.ts";
import { readForm } from "../../../server/http/read-form.ts";
import { callerSignal } from "../../../server/http/request-context.ts";

const asRequest = (parts: object) => parts as unknown as Request;

describe("the address that attempts are counted by", () => {
  const of = (ip: string | undefined, remoteAddress?: string) => peerAddress(asRequest({ ip, socket: { remoteAddress } }));

  it.each([
    ["203.0.113.7", "203.0.113.7"],
    ["203.0.113.7:40001", "203.0.113.7"],
    ["::ffff:203.0.113.7", "203.0.113.7"],
    ["::ffff:cb00:7107", "203.0.113.7"],
    ["[::ffff:203.0.113.7]:80", "203.0.113.7"],
    ["::ffff:102:304", "1.2.3.4"],
    ["::fffe:102:304", "0:0:0:0::/64"],
    ["0:0:1:0:0:ffff:102:304", "0:0:1:0::/64"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["[2001:db8:1:2::9]", "2001:db8:1:2::/64"],
    ["[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["1::2:3", "1:0:0:0::/64"],
  ])("of %s is %s", (given, address) => {
    expect(of(given)).toBe(address);
  });

  it.each(["unknown", "", "999.1.1.1", "x203.0.113.7:1", "203.0.113.7:1x", "[::1]x", "x[::1]", "[::1]:", "1.2.3.4:"])(
    "is the proxy's own where the proxy says %j",
    (given) => {
      expect(of(given, "::ffff:10.0.0.1")).toBe("10.0.0.1");
    },
  );

  it("is one for all that have none", () => {
    expect(of(undefined)).toBe("unknown");
  });
});

describe("a base path", () => {
  it("comes from the public address, without a slash at its end", () => {
    expect(["https://a.example", "https://a.example/", "https://a.example/x/y"].map(basePathOf)).toEqual(["", "", "/x/y"]);
  });

  it.each([
    ["/lever", "/", "/lever"],
    ["/lever/", "/", "/lever/"],
    ["/lever?a=b", "/?a=b", "/lever?a=b"],
    ["/lever/x?a=b", "/x?a=b", "/lever/x?a=b"],
    ["/leverage", "/leverage", "/lever/leverage"],
    ["/x/lever/y", "/x/lever/y", "/lever/x/lever/y"],
    ["/", "/", "/lever/"],
    ["http://a.example/lever/x", "http://a.example/lever/x", "http://a.example/lever/x"],
  ])("is taken from %s", (given, url, originalUrl) => {
    const req = asRequest({ url: given, originalUrl: given });
    const res = { locals: {} } as unknown as Response;
    let passed = 0;
    belowBasePath("/lever")(req, res, () => passed++);
    expect([req.url, req.originalUrl, res.locals.basePath, passed]).toEqual([url, originalUrl, "/lever", 1]);
  });

  it("changes nothing where there is none", () => {
    const req = asRequest({ url: "/x", originalUrl: "/x" });
    const res = { locals: {} } as unknown as Response;
    let passed = 0;
    belowBasePath("")(req, res, () => passed++);
    expect([req.url, req.originalUrl, res.locals.basePath, passed]).toEqual(["/x", "/x", "", 1]);
  });

  it("is put before the links of a page, and before nothing else", () => {
    const res = { locals: { basePath: "/lever" } } as unknown as Response;
    const page = '<a href="/x">/x</a><a href="https://a/x">?</a><form action="/y"><link href="/z"><a data-href="x" href="#/q">';
    expect(linksBelow(res, page)).toBe(
      '<a href="/lever/x">/x</a><a href="https://a/x">?</a><form action="/lever/y"><link href="/lever/z"><a data-href="x" href="#/q">',
    );
  });
});

describe("a browser on this machine", () => {
  const ask = (publicUrl: string, parts: Partial<Record<"host" | "method" | "accepted" | "originalUrl", string>>) => {
    const { host = "localhost:3000", method = "GET", accepted = "html", originalUrl = "/x?a=b" } = parts;
    const told: unknown[] = [];
    const req = asRequest({ headers: { host }, method, originalUrl, accepts: () => accepted });
    const res = { set: () => res, redirect: (status: number, to: string) => void told.push(status, to) };
    oneNameOnly(publicUrl)(req, res as unknown as Response, () => told.push("next"));
    return told;
  };

  it("is sent to the name that cookies are kept under, and to no other host", () => {
    expect(ask("http://127.0.0.1:3000", {})).toEqual([307, "http://127.0.0.1:3000/x?a=b"]);
    expect(ask("http://127.0.0.1:3000/lever", {})).toEqual([307, "http://127.0.0.1:3000/x?a=b"]);
    expect(ask("http://localhost:3000", { host: "127.0.0.1:3000" })).toEqual([307, "http://localhost:3000/x?a=b"]);
    expect(ask("http://[::1]:3000", {})).toEqual([307, "http://[::1]:3000/x?a=b"]);
    for (const parts of [
      { host: "127.0.0.1:3000" },
      { host: "localhost:3001" },
      { host: "evil.example:3000" },
      { host: "a b" },
      { method: "POST" },
      { accepted: "json" },
      { originalUrl: "http://evil.example/" },
    ])
      expect([parts, ask("http://127.0.0.1:3000", parts)]).toEqual([parts, ["next"]]);
    expect(ask("http://lever.example:3000", {})).toEqual(["next"]);
  });
});

describe("cookies", () => {
  it("are read by their exact names", () => {
    const req = (cookie?: string) => asRequest({ headers: { cookie } });
    expect(readCookie(req("a=1; lc=2;  lc=3"), "lc")).toBe("2");
    expect(readCookie(req("xlc=1;lc=a=b"), "lc")).toBe("a=b");
    expect([readCookie(req(), "lc"), readCookie(req("lcx=1"), "lc")]).toEqual([undefined, undefined]);
    expect(newToken()).toMatch(/^[\w-]{43}$/);
    expect(newToken()).not.toBe(newToken());
  });
});

describe("queries", () => {
  const known = {
    a: { type: "string", description: "" },
    n: { type: "integer", maximum: 100, description: "" },
    yes: { type: "boolean", description: "" },
    word: { enum: ["x", "y"], description: "" },
  } as const;

  it("hold what the route knows, once", () => {
    expect(readQuery({ a: "1", n: "7", yes: "true", word: "x" }, known)).toEqual({ a: "1", n: 7, yes: true, word: "x" });
    expect(() => readQuery({ "a/b": "1" }, known)).toThrow(expect.objectContaining({ code: "input_invalid" }));
    try {
      readQuery({ "a/b": "1" }, known);
    } catch (error) {
      expect(error).toMatchObject({ details: { issues: [{ pointer: "/a~1b", keyword: "query" }] } });
    }
    expect(() => readQuery({ a: ["1", "2"] }, known)).toThrow(expect.objectContaining({ code: "input_invalid" }));
  });

  it.each([
    [{ word: "z" }, "/word", "enum"],
    [{ yes: "1" }, "/yes", "enum"],
    [{ n: "0" }, "/n", "range"],
    [{ n: "101" }, "/n", "range"],
    [{ n: "1e1" }, "/n", "range"],
  ])("refuse %j", (query, pointer, keyword) => {
    const problem = { code: "input_invalid", details: { issues: [{ pointer, keyword, message: expect.any(String) }] } };
    expect(() => readQuery(query, known)).toThrow(expect.objectContaining(problem));
  });
});

/** A request whose body a test writes. */
function sent(headers: Record<string, string>): PassThrough & Request {
  return Object.assign(new PassThrough(), { headers, is: () => false }) as unknown as PassThrough & Request;
}

describe("bodies", () => {
  const code = (work: Promise<unknown>) =>
    work.then(
      () => "taken",
      (error: { code: string }) => error.code,
    );

  it("are taken up to the limit, however they are cut, and refused before their end where they are larger", async () => {
    const whole = sent({});
    const reading = readBytes(whole, 4);
    whole.write("ab");
    whole.end("cd");
    expect(String(await reading)).toBe("abcd");
    const larger = sent({});
    const refused = code(readBytes(larger, 4));
    larger.write("abc");
    larger.write("de");
    expect(await refused).toBe("payload_too_large");
    larger.write("f".repeat(100_000));
    expect([larger.listenerCount("data"), larger.readableFlowing]).toEqual([0, true]);
    expect(await code(readBytes(sent({ "content-length": "5" }), 4))).toBe("payload_too_large");
    const exact = sent({ "content-length": "4" });
    exact.end("abcd");
    expect(await code(readBytes(exact, 4))).toBe("taken");
  });

  it("that were cut off are malformed", async () => {
    const gone = sent({});
    gone.destroy();
    await once(gone, "close");
    expect(await code(readBytes(gone, 4))).toBe("malformed_json");
    const cut = sent({});
    const reading = code(readBytes(cut, 4));
    cut.destroy(new Error("reset"));
    expect(await reading).toBe("malformed_json");
  });

  it.each([
    ["application/json", "taken"],
    ["Application/JSON ; charset=UTF-8", "taken"],
    ['application/json;charset="utf8"', "taken"],
    ["application/json; charset=latin1", "unsupported_media_type"],
    ["xapplication/json", "unsupported_media_type"],
    ["application/jsonx", "unsupported_media_type"],
    ["", "unsupported_media_type"],
  ])("as %j are %s", async (type, expected) => {
    const req = sent({ "content-type": type, "content-length": "2" });
    req.end("{}");
    expect(await code(readJsonBody(req))).toBe(expected);
  });

  it("that are compressed are not taken, unless that is said of none", async () => {
    for (const [encoding, expected] of [
      ["gzip", "unsupported_media_type"],
      ["Identity", "taken"],
    ] as const) {
      const req = sent({ "content-type": "application/json", "content-length": "2", "content-encoding": encoding });
      req.end("{}");
      expect([encoding, await code(readJsonBody(req))]).toEqual([encoding, expected]);
    }
  });

  it("of length 0, and none, are an empty object", async () => {
    expect(await readJsonBody(sent({}))).toEqual({});
    expect(await readJsonBody(sent({ "content-length": "0", "content-type": "text/plain" }))).toEqual({});
  });

  it("that are not UTF-8 are malformed", async () => {
    const req = sent({ "content-type": "application/json", "content-length": "1" });
    req.end(Buffer.from([0xff]));
    expect(await code(readJsonBody(req))).toBe("malformed_json");
  });

  it("of a form hold its fields, up to 16 kB", async () => {
    const form = (headers: Record<string, string>, body: string, isForm = true) => {
      const req = Object.assign(sent(headers), { is: (type: string) => isForm && type });
      req.end(body);
      return readForm(req as unknown as Request);
    };
    expect((await form({}, "a=b+c&d=%3D")).get("a")).toBe("b c");
    expect(await code(form({}, "a=b", false))).toBe("unsupported_media_type");
    expect(await code(form({ "content-encoding": "gzip" }, "a=b"))).toBe("unsupported_media_type");
    expect(await code(form({}, "a".repeat(16 * 1024)))).toBe("taken");
    expect(await code(form({}, "a".repeat(16 * 1024 + 1)))).toBe("payload_too_large");
  });
});

describe("the signal of a caller", () => {
  it("is aborted by hanging up, and not by an answer that is complete", () => {
    const answer = (writableFinished: boolean) => Object.assign(new EventEmitter(), { writableFinished }) as unknown as Response;
    const [left, served] = [answer(false), answer(true)];
    const signals = [callerSignal(left), callerSignal(served)];
    left.emit("close");
    served.emit("close");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });
});

describe("places", () => {
  const caller = (kind: "api_key" | "session", id = "1") => ({ kind, project: "a", id, scopes: [], isOperator: false }) as const;
  const answer = (closed = false) => Object.assign(new EventEmitter(), { closed }) as unknown as Response;

  it("are given back when the answer is out, and not taken by whoever has left", () => {
    const admission = createAdmission({ work: 3, bodyBytes: 1_000_000 });
    const first = answer();
    admission.working(caller("api_key"), first);
    expect(() => admission.working(caller("api_key"), answer())).toThrow(
      expect.objectContaining({ code: "too_many_requests", details: { retryAfterMs: 2_000 } }),
    );
    first.emit("close");
    admission.working(caller("api_key"), answer(true));
    admission.working(caller("api_key"), answer());
  });

  it("of people are apart from those of programs", () => {
    const admission = createAdmission({ work: 3, bodyBytes: 1_000_000 });
    admission.working(caller("api_key"), answer());
    for (let n = 0; n < 200; n++) admission.working(caller("session"), answer());
    expect(() => admission.working(caller("session"), answer())).toThrow();
  });

  it("for bodies are given back whatever comes of them, and count what a body may have at most", async () => {
    const admission = createAdmission({ work: 3, bodyBytes: 3 * (4 * 1024 + 262_144) });
    const one = caller("api_key");
    for (const length of [undefined, "262144", "999999999"]) {
      const headers: Record<string, string> = length === undefined ? {} : { "content-length": length };
      let end = () => {};
      const first = admission.reading(one, sent(headers), () => new Promise<void>((resolve) => (end = resolve)));
      await expect(admission.reading(one, sent({ "content-length": "0" }), async () => 1)).rejects.toMatchObject({
        code: "too_many_requests",
      });
      end();
      await first;
      await expect(admission.reading(one, sent(headers), () => Promise.reject(new Error("cut")))).rejects.toThrow("cut");
      expect(await admission.reading(one, sent(headers), async () => 7)).toBe(7);
    }
  });
});

describe("a body that may be one of several things", () => {
  it("is told what is wrong with the one that is meant, and nothing of the others", () => {
    const resolver = createSchemaResolver(readFrom(packageRoot()));
    const check = createBodyChecks()(resolver.resolve({ $ref: "schemas/platform/workflow.json" }) as JsonSchema);
    const step = { id: "find", title: "Find", kind: "operation", connector: "acme", operation: "read", credential: "c" };
    const issues = (more: object): unknown => {
      try {
        check({ name: "w", title: "W", trigger: { type: "api" }, steps: [{ ...step, ...more }] });
        return [];
      } catch (error) {
        return (error as ConnectorError).details.issues?.map(({ pointer, message }) => `${pointer} ${message}`);
      }
    };
    expect(issues({})).toEqual([]);
    expect(issues({ body: {} })).toEqual(["/steps/0/body is not a known property"]);
    expect(issues({ kind: "jump" })).toEqual(['/steps/0/kind must be one of "operation", "send", "wait", "approval"']);
  });
});
