import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import express, { type ErrorRequestHandler } from "express";
import type { Services } from "../../../app/services.ts";
import type { Caller } from "../../../server/auth/caller.ts";
import { createAdmission } from "../../../server/http/admission.ts";
import { createApi, methodNotAllowed } from "../../../server/http/api.ts";
import { requestContext, requestIdOf } from "../../../server/http/request-context.ts";
import type { Call, Route } from "../../../server/http/route.ts";

const seen: Call[] = [];
const remember = async (call: Call) => {
  seen.push(call);
  return { body: { ok: true } };
};
const FACTS = { summary: "Is called by this test.", replies: [] };
const ROUTES: readonly Route[] = [
  {
    ...FACTS,
    method: "GET",
    path: "/things/:id",
    scope: "credentials:read",
    query: { a: { type: "string", description: "" } },
    handle: remember,
  },
  {
    ...FACTS,
    method: "PATCH",
    path: "/things/:id",
    scope: "credentials:write",
    body: "new-project",
    handle: remember,
  },
  { ...FACTS, method: "POST", path: "/things/:id", scope: "any", handle: remember },
  { ...FACTS, method: "DELETE", path: "/things/:id", scope: "any", handle: async () => ({}) },
  {
    ...FACTS,
    method: "PUT",
    path: "/made",
    scope: () => "admin",
    handle: async () => ({ status: 201, body: [1], headers: { Location: "/x", "Cache-Control": "private" } }),
  },
  { ...FACTS, method: "POST", path: "/self", scope: "any", handle: async ({ res }) => void res.status(202).end("by itself") },
  { ...FACTS, method: "POST", path: "/slow", scope: "any", handle: () => new Promise(() => {}) },
];

let server: Server;
let url: string;
beforeAll(async () => {
  const app = express();
  app.use(requestContext());
  const authenticate: express.RequestHandler = (req, res, next) => {
    const scopes = (req.get("x-scopes") ?? "").split(" ");
    res.locals.caller = { kind: "api_key", project: "p", id: "k", scopes, isOperator: false } as unknown as Caller;
    next();
  };
  const admission = createAdmission({ work: 6, bodyBytes: 10_000_000 });
  app.use("/api", createApi({ marked: true } as unknown as Services, ROUTES, { authenticate, admission }));
  app.use((_req, res) => void res.status(404).end("beside"));
  app.use(((error: { code: string; status: number; details: unknown }, _req, res, _next) => {
    res.status(error.status).json({ code: error.code, details: error.details });
  }) as ErrorRequestHandler);
  server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function call(
  method: string,
  path: string,
  { scopes = "admin", body, signal }: { scopes?: string; body?: unknown; signal?: AbortSignal } = {},
) {
  const answer = await fetch(url + path, {
    method,
    headers: { "x-scopes": scopes, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get("content-type")?.includes("json");
  return { status: answer.status, headers: answer.headers, text, json: isJson && text ? JSON.parse(text) : undefined };
}

describe("a route", () => {
  it("is given who calls, what for, and with what", async () => {
    seen.length = 0;
    const answer = await call("PATCH", "/things/t%201", { body: { name: "x" } });
    expect([answer.status, answer.json]).toEqual([200, { ok: true }]);
    const [given] = seen;
    expect(given).toMatchObject({
      access: { project: "p", actor: "api_key:k" },
      params: { id: "t 1" },
      query: {},
      body: { name: "x" },
      services: { marked: true },
    });
    expect([given?.caller.id, given?.signal.aborted, given?.requestId]).toEqual(["k", false, answer.headers.get("x-request-id")]);
    expect(given && requestIdOf(given.res)).toBe(given?.requestId);
    await call("GET", "/things/1?a=b");
    expect(seen[1]).toMatchObject({ query: { a: "b" }, body: {} });
  });

  it("is answered as JSON that no cache keeps, with the status and headers it says, or by itself", async () => {
    const plain = await call("GET", "/things/1");
    expect([plain.headers.get("content-type"), plain.headers.get("cache-control")]).toEqual([
      "application/json; charset=utf-8",
      "no-store",
    ]);
    const made = await call("PUT", "/made");
    expect([made.status, made.json, made.headers.get("location"), made.headers.get("cache-control")]).toEqual([
      201,
      [1],
      "/x",
      "private",
    ]);
    const empty = await call("DELETE", "/things/1");
    expect([empty.status, empty.text, empty.headers.get("content-type"), empty.headers.get("cache-control")]).toEqual([
      204,
      "",
      null,
      "no-store",
    ]);
    const own = await call("POST", "/self");
    expect([own.status, own.text]).toEqual([202, "by itself"]);
  });

  it("needs its scope, unless it is for every known caller", async () => {
    const refused = await call("PATCH", "/things/1", { scopes: "credentials:read", body: { x: 1 } });
    expect([refused.status, refused.json]).toEqual([403, { code: "forbidden", details: { scope: "credentials:write" } }]);
    expect((await call("GET", "/things/1", { scopes: "credentials:read" })).status).toBe(200);
    expect((await call("POST", "/things/1", { scopes: "operations:read" })).status).toBe(200);
    expect((await call("PUT", "/made", { scopes: "credentials:write" })).json.details).toEqual({ scope: "admin" });
  });

  it("takes no query and no body that it does not know", async () => {
    expect((await call("GET", "/things/1?b=1")).json.code).toBe("input_invalid");
    expect((await call("POST", "/things/1?a=1")).json.code).toBe("input_invalid");
    expect((await call("POST", "/things/1", { body: { x: 1 } })).json.code).toBe("input_invalid");
    expect((await call("POST", "/things/1", { body: [] })).json.code).toBe("input_invalid");
    expect((await call("POST", "/things/1", { body: {} })).status).toBe(200);
    expect((await call("PATCH", "/things/1", { body: {} })).json.code).toBe("input_invalid");
    // Of these, bodies mean nothing: they are not read.
    expect((await call("DELETE", "/things/1", { body: { x: 1 } })).status).toBe(204);
  });

  it("answers its methods, HEAD among them where it reads; others are told which", async () => {
    const head = await call("HEAD", "/things/1");
    expect([head.status, head.text]).toEqual([200, ""]);
    const other = await call("PUT", "/things/1");
    expect([other.status, other.json.code, other.headers.get("allow")]).toEqual([
      405,
      "method_not_allowed",
      "GET, HEAD, PATCH, POST, DELETE",
    ]);
    expect((await call("GET", "/made")).headers.get("allow")).toBe("PUT");
    for (const path of ["/nothing", "/things", "/things/1/", "/Things/1", "/made/"])
      expect([path, (await call("PUT", path)).text]).toEqual([path, "beside"]);
    const allow: unknown[] = [];
    expect(() =>
      methodNotAllowed(["GET", "GET"])(
        {} as never,
        { setHeader: (...header: unknown[]) => allow.push(header) } as never,
        () => {},
      ),
    ).toThrow();
    expect(allow).toEqual([["Allow", "GET, HEAD"]]);
  });

  it("holds a place until it is answered", async () => {
    const left = new AbortController();
    const slow = [1, 2].map(() => call("POST", "/slow", { signal: left.signal }).catch(() => "left"));
    let refused = await call("GET", "/things/1");
    while (refused.status === 200) refused = await call("GET", "/things/1");
    expect([refused.status, refused.json.code]).toEqual([429, "too_many_requests"]);
    left.abort();
    expect(await Promise.all(slow)).toEqual(["left", "left"]);
    while ((await call("GET", "/things/1")).status !== 200) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it("has an id for each request, which the caller cannot choose", async () => {
    const [one, other] = [await call("GET", "/things/1"), await call("GET", "/things/1")];
    expect(one.headers.get("x-request-id")).toMatch(/^req_[\w-]+$/);
    expect(one.headers.get("x-request-id")).not.toBe(other.headers.get("x-request-id"));
  });
});
