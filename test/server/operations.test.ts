import { readFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { createAjv } from "../../connector/validator.ts";
import { ERRORS } from "../../errors/connector-error.ts";
import { accessTo } from "../support/access.ts";
import { ADMIN, type Called, playgroundCredential, startTestServer, type TestServer } from "./start.ts";

const isProblem = createAjv({ allErrors: true }).compile(
  JSON.parse(readFileSync(new URL("../../schemas/platform/problem.json", import.meta.url), "utf8")),
);

let server: TestServer;
let opportunity: string;
let user: string;

beforeAll(async () => {
  server = await startTestServer({ playground: { opportunities: 250 } });
  await server.call("POST", "/api/v1/credentials", { key: ADMIN, body: playgroundCredential("demo") });
  opportunity = (await run("list_opportunities", { limit: 1 })).body.output.data[0].id;
  user = (await run("list_users", { limit: 1 })).body.output.data[0].id;
});
afterAll(() => server.close());
beforeEach(() => lever().faults.clear());

function lever() {
  if (!server.playground) throw new Error("the playground is off");
  return server.playground.playground;
}

function run(operation: string, input: unknown, { query = "", headers = {}, credential = "demo" } = {}): Promise<Called> {
  return server.call("POST", `/api/v1/operations/${operation}${query}`, { key: ADMIN, body: { credential, input }, headers });
}

/** Checks that an answer is a problem in every detail, and answers its body. */
function problem(answer: Called, code: keyof typeof ERRORS): Called["body"] {
  expect(answer.body).toMatchObject({
    code,
    status: ERRORS[code].status,
    retryable: ERRORS[code].retryable,
    title: ERRORS[code].title,
  });
  expect(answer.status).toBe(ERRORS[code].status);
  expect(answer.headers.get("content-type")).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  expect(answer.body.requestId).toBe(answer.headers.get("x-request-id"));
  expect(answer.body.type).toBe(`/docs/errors#${code}`);
  isProblem(answer.body);
  expect(isProblem.errors ?? []).toEqual([]);
  return answer.body;
}

describe("requests that make no sense", () => {
  it("get a problem for an unknown path, with a key and without", async () => {
    problem(await server.call("GET", "/api/v1/nothing", { key: ADMIN }), "not_found");
    problem(await server.call("GET", "/api/v1/nothing"), "auth_required");
    problem(await server.call("GET", "/nothing"), "not_found");
    problem(await server.call("GET", "/%ff"), "not_found");
    problem(await server.call("GET", "/api/v1/credentials/%ff", { key: ADMIN }), "not_found");
  });

  it.each([
    "/API/v1/connectors",
    "//api/v1/connectors",
    "/api/v1//connectors",
    "/api/v1/connectors/",
    "/api/v1/Connectors",
    "/api%2fv1/connectors",
  ])("reach no route by spelling the path as %s", async (path) => {
    expect([401, 404]).toContain((await server.call("GET", path)).status);
    expect((await server.call("GET", path, { key: ADMIN })).status).toBe(404);
  });

  it("are told the methods of a known path", async () => {
    const answer = await server.call("PUT", "/api/v1/credentials", { key: ADMIN });
    problem(answer, "method_not_allowed");
    expect(answer.headers.get("allow")).toBe("POST, GET, HEAD");
    expect((await server.call("DELETE", "/healthz")).headers.get("allow")).toBe("GET, HEAD");
    problem(await server.call("DELETE", "/"), "method_not_allowed");
    problem(await server.call("OPTIONS", "/api/v1/credentials", { key: ADMIN }), "method_not_allowed");
    problem(await server.call("OPTIONS", "/api/v1/credentials"), "auth_required");
  });

  it("do not choose their own request id", async () => {
    const answer = await server.call("GET", "/api/v1/connectors", { key: ADMIN, headers: { "x-request-id": "mine" } });
    expect(answer.headers.get("x-request-id")).toMatch(/^req_[\w-]{16}$/);
  });

  it("learn nothing about what runs here", async () => {
    const { headers } = await server.call("GET", "/api/v1/connectors", { key: ADMIN });
    expect(headers.get("x-powered-by")).toBeNull();
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("content-security-policy")).not.toMatch(/unsafe/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("bodies", () => {
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    server.call("POST", "/api/v1/credentials", { key: ADMIN, body: body as string, headers });

  it.each([
    ["{", undefined],
    ['{"nickname":"canary","nickname":"canary"}', "/nickname"],
    ['{"auth":{"__proto__":{"type":"canary"}}}', "/auth/__proto__"],
    ['{"auth":{"constructor":{"prototype":1}}}', "/auth/constructor"],
    [`{"a":${"[".repeat(40)}${"]".repeat(40)}}`, `/a${"/0".repeat(31)}`],
  ])("of %s are malformed", async (body, pointer) => {
    const answer = await post(body);
    const { errors } = problem(answer, "malformed_json");
    expect(errors?.[0]?.pointer).toBe(pointer);
    expect(answer.text).not.toContain("canary");
    expect({}).not.toHaveProperty("type");
  });

  it("that are not UTF-8 are malformed", async () => {
    problem(
      await server.call("POST", "/api/v1/credentials", {
        key: ADMIN,
        body: "x",
        headers: { "content-type": "application/json" },
      }),
      "malformed_json",
    );
    const answer = await raw("POST /api/v1/credentials", Buffer.from([0x22, 0xff, 0xfe, 0x22]));
    expect(answer).toContain("malformed_json");
  });

  it.each([
    { "content-type": "text/plain" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-type": "multipart/form-data; boundary=x" },
    { "content-type": "application/json; charset=utf-16" },
    { "content-type": "application/jsonp" },
    { "content-type": "application/json", "content-encoding": "br" },
  ])("with the headers %j are not taken", async (headers) => {
    problem(await post("{}", headers as Record<string, string>), "unsupported_media_type");
  });

  it.each([undefined, "text/plain", "application/json"])("that come in chunks and are empty are none, as %s", async (type) => {
    const nickname = `in chunks as ${type}`;
    const { id } = (await server.call("POST", "/api/v1/credentials", { key: ADMIN, body: playgroundCredential(nickname) })).body;
    const chunks = (text: string, as: string | undefined) =>
      raw(`POST /api/v1/credentials/${id}/test`, Buffer.from(text), {
        "content-type": as,
        "content-length": undefined,
        "transfer-encoding": "chunked",
      });
    expect(await chunks("0\r\n\r\n", type)).toContain("HTTP/1.1 200");
    expect(await chunks("2\r\n{}\r\n0\r\n\r\n", "text/plain")).toContain("unsupported_media_type");
    expect(await chunks("2\r\n{}\r\n0\r\n\r\n", "application/json")).toContain("HTTP/1.1 200");
  });

  it("that are compressed are not opened", async () => {
    const answer = await raw("POST /api/v1/credentials", gzipSync("{}"), { "content-encoding": "gzip" });
    expect(answer).toContain("unsupported_media_type");
  });

  it("may have 256 kB and not a byte more", async () => {
    const padded = (length: number) => `{"x":"${"a".repeat(length - 8)}"}`;
    problem(await post(padded(262_144)), "input_invalid");
    problem(await post(padded(262_145)), "payload_too_large");
  });

  it.each([
    [{ ...playgroundCredential("x"), extra: 1 }, "/extra", "additionalProperties"],
    [{ ...playgroundCredential("x"), nickname: undefined }, "/nickname", "required"],
    [{ ...playgroundCredential("x"), nickname: "" }, "/nickname", "minLength"],
    [{ ...playgroundCredential("x"), nickname: { $gt: "" } }, "/nickname", "type"],
    [{ ...playgroundCredential("x"), connector: "other" }, "/connector", "enum"],
    [{ ...playgroundCredential("x"), auth: { type: "api_key" } }, "/auth/apiKey", "required"],
    [{ ...playgroundCredential("x"), auth: { type: "password" } }, "/auth/type", "enum"],
    [
      { ...playgroundCredential("x"), auth: { type: "api_key", apiKey: "canary", more: 1 } },
      "/auth/more",
      "additionalProperties",
    ],
    [[], "", "type"],
    [null, "", "type"],
  ])("with %j are refused where they are wrong", async (body, pointer, keyword) => {
    const answer = await post(JSON.stringify(body));
    const { errors } = problem(answer, "input_invalid");
    expect(errors).toContainEqual(expect.objectContaining({ pointer, keyword }));
    expect(answer.text).not.toContain("canary");
  });

  it("are refused where a route takes none", async () => {
    const { id } = (await server.call("GET", "/api/v1/credentials", { key: ADMIN })).body.data[0];
    problem(await server.call("POST", `/api/v1/credentials/${id}/test`, { key: ADMIN, body: { force: true } }), "input_invalid");
    expect((await server.call("POST", `/api/v1/credentials/${id}/test`, { key: ADMIN, body: {} })).status).toBe(200);
  });
});

describe("cursors that a list never handed out", () => {
  it.each(["/credentials", "/api-keys"])("are refused by %s, whatever they hold", async (path) => {
    for (const text of [
      '[1e999,"x"]',
      '[-1e999,"x"]',
      '[1.5,"x"]',
      '[null,"x"]',
      '["1","x"]',
      "[1]",
      "[1,2]",
      "{}",
      "null",
      "x",
      "",
    ]) {
      const cursor = Buffer.from(text).toString("base64url");
      problem(await server.call("GET", `/api/v1${path}?cursor=${cursor}`, { key: ADMIN }), "cursor_invalid");
    }
  });
});

describe("queries", () => {
  it.each(["?dryrun=true", "?dry_run=yes", "?dry_run=true&dry_run=true", "?pages=some", "?__proto__=1"])(
    "like %s are refused, and nothing is sent",
    async (query) => {
      const before = lever().requests.report(1).count;
      problem(
        await run("add_opportunity_tags", { opportunity_id: opportunity, tags: ["x"], perform_as: user }, { query }),
        "input_invalid",
      );
      expect(lever().requests.report(1).count).toBe(before);
    },
  );
});

/** Gives a credential a nickname that is refused today and was not always. */
async function renameAsOnce(id: string, nickname: string): Promise<void> {
  await server.services.store.patch("credentials", "default", id, { set: { nickname } });
}

describe("credentials over HTTP", () => {
  it("are made, read, renamed, tested, used and removed without the secret ever coming back", async () => {
    const secret = "canary-api-key-of-nobody";
    const body = { ...playgroundCredential("to be refused"), auth: { type: "api_key", apiKey: secret } };
    const made = await server.call("POST", "/api/v1/credentials", { key: ADMIN, body });
    expect(made.status).toBe(201);
    const at = made.headers.get("location") ?? "";
    const got = await server.call("GET", at, { key: ADMIN });
    expect(got.body).toEqual(made.body);
    const renamed = await server.call("PATCH", at, {
      key: ADMIN,
      body: { nickname: "new name" },
      headers: { "if-match": '"1"' },
    });
    expect(renamed.body).toMatchObject({ nickname: "new name", version: 2 });
    problem(await server.call("PATCH", at, { key: ADMIN, body: { nickname: "late" }, headers: { "if-match": "1" } }), "conflict");
    problem(await server.call("PATCH", at, { key: ADMIN, body: { nickname: "late", version: 1 } }), "conflict");
    problem(
      await server.call("PATCH", at, { key: ADMIN, body: { nickname: "late" }, headers: { "if-match": "abc" } }),
      "input_invalid",
    );
    problem(await server.call("PATCH", at, { key: ADMIN, body: {} }), "input_invalid");
    problem(await server.call("PATCH", at, { key: ADMIN, body: { nickname: "demo" } }), "conflict");
    const report = await server.call("POST", `${at}/test`, { key: ADMIN });
    expect(report.status).toBe(200);
    expect(report.body).toMatchObject({ usable: false, code: "credential_rejected", cause: "credential" });
    const usage = await server.call("GET", `${at}/usage`, { key: ADMIN });
    expect(usage.body).toEqual({ credential: made.body.id, workflows: [], lastUsedAt: null });
    const reconnected = await server.call("POST", `${at}/reconnect`, {
      key: ADMIN,
      body: { auth: { type: "api_key", apiKey: "playground" } },
    });
    expect(reconnected.body).toMatchObject({ id: made.body.id, nickname: "new name" });
    expect((await server.call("POST", `${at}/test`, { key: ADMIN })).body).toMatchObject({ usable: true, code: "ok" });
    expect((await server.call("GET", at, { key: ADMIN })).body).toMatchObject({ status: "healthy", nickname: "new name" });
    problem(await server.call("POST", `${at}/reconnect`, { key: ADMIN, body: {} }), "input_invalid");
    for (const { text } of [made, got, renamed, report, reconnected]) expect(text).not.toContain("canary");
    expect((await server.call("DELETE", at, { key: ADMIN })).status).toBe(204);
    problem(await server.call("DELETE", at, { key: ADMIN }), "not_found");
    expect(server.logged.join("")).not.toContain(secret);
  });

  it("are named by nickname as well as by id, and an id goes first", async () => {
    const call = (method: string, rest: string, body?: unknown) =>
      server.call(method, `/api/v1/credentials/${rest}`, { key: ADMIN, body });
    const made = await server.call("POST", "/api/v1/credentials", { key: ADMIN, body: playgroundCredential("HR / größer?") });
    const { id } = made.body;
    const impostor = await server.call("POST", "/api/v1/credentials", { key: ADMIN, body: playgroundCredential("impostor") });
    await renameAsOnce(impostor.body.id, id);
    const name = encodeURIComponent("HR / größer?");
    expect((await call("GET", name)).body.id).toBe(id);
    expect((await call("GET", id)).body.nickname).toBe("HR / größer?");
    expect((await call("POST", `${name}/test`)).body.usable).toBe(true);
    expect((await call("GET", `${name}/usage`)).body.credential).toBe(id);
    expect((await call("GET", `${name}/options/stages`)).body.count).toBeGreaterThan(0);
    expect((await call("PATCH", name, { defaultPerformAs: user })).body).toMatchObject({ id, defaultPerformAs: user });
    const auth = { type: "api_key", apiKey: "playground" };
    expect((await call("POST", `${name}/reconnect`, { auth })).body).toMatchObject({ id, status: "untested" });
    expect((await call("DELETE", name)).status).toBe(204);
    problem(await call("GET", name), "not_found");
    problem(await call("GET", id), "not_found");
    expect((await call("DELETE", impostor.body.id)).status).toBe(204);
  });

  it("need an environment that exists", async () => {
    problem(
      await server.call("POST", "/api/v1/credentials", {
        key: ADMIN,
        body: { ...playgroundCredential("x"), environment: "__proto__" },
      }),
      "environment_unknown",
    );
  });

  it("offer pick lists by name, found by part of it", async () => {
    const { id } = (await server.call("GET", "/api/v1/credentials", { key: ADMIN })).body.data[0];
    const all = await server.call("GET", `/api/v1/credentials/${id}/options/stages`, { key: ADMIN });
    expect(all.body.data[0]).toEqual({ value: expect.any(String), label: expect.any(String) });
    const some = await server.call("GET", `/api/v1/credentials/${id}/options/stages?search=OFFER`, { key: ADMIN });
    expect(some.body.data.length).toBeGreaterThan(0);
    expect(some.body.data.length).toBeLessThan(all.body.data.length);
    problem(await server.call("GET", `/api/v1/credentials/${id}/options/nothing`, { key: ADMIN }), "not_found");
  });

  it("tell how the rate budget of a credential stands, and take nothing from it", async () => {
    const body = playgroundCredential("budget");
    const { id } = (await server.call("POST", "/api/v1/credentials", { key: ADMIN, body })).body;
    const look = async () => (await server.call("GET", `/api/v1/credentials/${id}/budget`, { key: ADMIN })).body;
    const full = { remaining: 19, resetMs: 0, nextMs: 0, burst: 19, perSecond: 10 };
    expect(await look()).toEqual(full);
    expect(await look()).toEqual(full);
    const run = () =>
      server.call("POST", "/api/v1/operations/list_stages", { key: ADMIN, body: { credential: "budget", input: { limit: 1 } } });
    await Promise.all(Array.from({ length: 25 }, run));
    const after = await look();
    expect(after.remaining).toBeLessThan(5);
    expect(after.resetMs).toBeGreaterThan(1_000);
  });

  it("cut pick lists, and ask Lever again for one that is remembered", async () => {
    const { id } = (await server.call("GET", "/api/v1/credentials", { key: ADMIN })).body.data[0];
    const ask = (query: string) => server.call("GET", `/api/v1/credentials/${id}/options/users${query}`, { key: ADMIN });
    const all = (await ask("")).body;
    const cut = (await ask("?limit=2")).body;
    expect(cut).toEqual({ ...all, data: all.data.slice(0, 2) });
    expect(all.data.length).toBeGreaterThan(2);
    const user = server.playground?.playground.world.users.rows.find((row) => row.id === all.data[0].value);
    Object.assign(user ?? {}, { name: "Renamed Meanwhile" });
    expect((await ask("?refresh=false")).body).toEqual(all);
    const fresh = (await ask("?refresh=true&limit=1000")).body;
    expect(fresh.data[0].label).toBe("Renamed Meanwhile");
    expect(Date.parse(fresh.fetchedAt)).toBeGreaterThan(Date.parse(all.fetchedAt));
    expect((await ask("")).body).toEqual(fresh);
    for (const wrong of ["limit=0", "limit=1001", "limit=01", "limit=x", "limit=1e3", "refresh=yes", "refresh=", "page=1"]) {
      const answer = await ask(`?${wrong}`);
      expect([wrong, answer.status, answer.body.errors[0].pointer]).toEqual([wrong, 422, `/${wrong.split("=")[0]}`]);
    }
  });
});

describe("operations over HTTP", () => {
  it("answer output and meta", async () => {
    const answer = await run("retrieve_opportunity", { opportunity_id: opportunity });
    expect(answer.status).toBe(200);
    expect(answer.body.output.data.id).toBe(opportunity);
    expect(answer.body.meta).toMatchObject({
      requestId: answer.headers.get("x-request-id"),
      attempts: 1,
      budget: { remaining: expect.any(Number) },
    });
  });

  it("name the place of wrong input and send nothing", async () => {
    const before = lever().requests.report(1).count;
    const { errors } = problem(
      await run("add_opportunity_tags", { opportunity_id: opportunity, tags: [], perform_as: user }),
      "input_invalid",
    );
    expect(errors[0].pointer).toBe("/tags");
    expect(lever().requests.report(1).count).toBe(before);
  });

  it("are found by name alone", async () => {
    problem(await run("__proto__", {}), "not_found");
    problem(await run("toString", {}), "not_found");
  });

  it("show what they would send, with the rights of sending it", async () => {
    const before = lever().ledger.since(0).length;
    const input = { opportunity_id: opportunity, tags: ["Dry"], perform_as: user };
    const dry = await run("add_opportunity_tags", input, { query: "?dry_run=true" });
    expect(dry.body).toMatchObject({
      method: "POST",
      body: { tags: ["Dry"] },
      credential: { nickname: "demo" },
      effect: "repeatable",
    });
    expect(dry.text).not.toMatch(/authorization/i);
    expect(lever().ledger.since(0)).toHaveLength(before);
    const reader = await server.key("default", "operations:read");
    const refused = await server.call("POST", "/api/v1/operations/add_opportunity_tags?dry_run=true", {
      key: reader,
      body: { credential: "demo", input },
    });
    problem(refused, "forbidden");
  });

  it("need operations:write to change something, and operations:read is enough to look", async () => {
    const reader = await server.key("default", "operations:read");
    const as = (operation: string, input: unknown) =>
      server.call("POST", `/api/v1/operations/${operation}`, { key: reader, body: { credential: "demo", input } });
    expect((await as("list_stages", {})).status).toBe(200);
    expect(
      problem(await as("add_opportunity_tags", { opportunity_id: opportunity, tags: ["x"] }), "forbidden").details.scope,
    ).toBe("operations:write");
  });

  it("never answer 401 for what Lever refuses, and never 424 for the caller", async () => {
    const body = { ...playgroundCredential("wrong key"), auth: { type: "api_key", apiKey: "no-key-of-the-playground" } };
    await server.call("POST", "/api/v1/credentials", { key: ADMIN, body });
    const refused = await run("list_stages", {}, { credential: "wrong key" });
    problem(refused, "credential_rejected");
    expect(refused.headers.get("www-authenticate")).toBeNull();
    problem(
      await server.call("POST", "/api/v1/operations/list_stages", { key: "lc_wrong", body: { credential: "demo" } }),
      "auth_required",
    );
  });

  it("pass on what Lever said, and when to come back", async () => {
    lever().faults.add([
      {
        match: { pathPattern: "/stages" },
        action: { kind: "respond", status: 404, body: { code: "ResourceNotFound", message: "stages were not found" } },
      },
    ]);
    const { upstream } = problem(await run("list_stages", {}), "upstream_not_found");
    expect(upstream).toMatchObject({ status: 404, code: "ResourceNotFound" });
  });
});

describe("the nickname in a call", () => {
  const credential = (nickname: string, apiKey = "playground") =>
    server.call("POST", "/api/v1/credentials", {
      key: ADMIN,
      body: { ...playgroundCredential(nickname), auth: { type: "api_key", apiKey } },
    });
  const rename = (from: string, to: string) =>
    server.call("PATCH", `/api/v1/credentials/${encodeURIComponent(from)}`, { key: ADMIN, body: { nickname: to } });
  const seen = () => lever().requests.report(1000).data;
  const callers = (path: string, since: number) =>
    seen().flatMap(({ seq, path: asked, caller }) => (seq > since && asked.endsWith(path) ? [caller] : []));

  async function swap(): Promise<void> {
    for (const [from, to] of [
      ["acme", "between"],
      ["globex", "acme"],
      ["between", "globex"],
    ] as const)
      expect((await rename(from, to)).status).toBe(200);
  }
  /** Resolves when Lever has been asked for `path` so often. */
  async function asked(path: string, since: number, times: number): Promise<void> {
    while (seen().filter((one) => one.seq > since && one.path.endsWith(path)).length < times) await sleep(5);
  }

  beforeAll(async () => {
    for (const name of ["acme", "globex"]) {
      const body = JSON.stringify({ key: `key-of-${name}`, name: `key-of-${name}`, endpoints: "all" });
      const headers = { "content-type": "application/json" };
      expect((await fetch(`${server.playground?.url}/_playground/keys`, { method: "POST", headers, body })).status).toBe(200);
      await credential(name, `key-of-${name}`);
    }
  });

  it("means one account for the whole crawl, though another takes the name between two pages", async () => {
    lever().faults.add([
      { match: { pathPattern: "/opportunities", nth: 2, times: 1 }, action: { kind: "delay", delayBeforeMs: 400 } },
    ]);
    const since = lever().requests.report(1).count;
    const crawl = run("list_opportunities", { limit: 50 }, { query: "?pages=all", credential: "acme" });
    await asked("/opportunities", since, 2);
    await swap();
    expect((await crawl).text).toContain('{"done":true');
    expect(new Set(callers("/opportunities", since))).toEqual(new Set(["key:key-of-acme"]));
    await swap();
  });

  it("means the account that the ledger names, though another takes the name while the write waits for its turn", async () => {
    lever().faults.add([{ match: { pathPattern: "/addTags", nth: 1 }, action: { kind: "delay", delayBeforeMs: 600 } }]);
    const input = { opportunity_id: opportunity, tags: ["Turn"], perform_as: user };
    const since = lever().requests.report(1).count;
    const first = run("add_opportunity_tags", input, { credential: "globex" });
    await asked("/addTags", since, 1);
    const second = run("add_opportunity_tags", input, { credential: "acme" });
    const writes = () => server.services.store.find("writes", "default", { sort: ["-createdAtMs"], limit: 1 });
    const { id } = await server.services.credentials.resolve(accessTo("default"), "acme");
    while ((await writes())[0]?.credential !== id) await sleep(5);
    await swap();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(callers("/addTags", since)).toEqual(["key:key-of-globex", "key:key-of-acme"]);
    await swap();
  });

  it("may look like an id if it was saved when that was allowed: what a dry run shows can be run and listed from", async () => {
    const { id } = (await credential("sales")).body;
    await renameAsOnce(id, "cred_sales");
    const input = { limit: 1 };
    const dry = await run("list_users", input, { query: "?dry_run=true", credential: "cred_sales" });
    expect([dry.status, dry.body.credential.id]).toEqual([200, id]);
    expect((await run("list_users", input, { credential: "cred_sales" })).status).toBe(200);
    expect((await run("list_users", input, { query: "?pages=all", credential: "cred_sales" })).text).toContain('"done":true');
    for (const path of ["", "/budget", "/options/users"])
      expect((await server.call("GET", `/api/v1/credentials/cred_sales${path}`, { key: ADMIN })).status).toBe(200);
  });
});

describe("Idempotency-Key", () => {
  const tag = (name: string) => ({ opportunity_id: opportunity, tags: [name], perform_as: user });
  const effects = (name: string) =>
    lever()
      .ledger.since(0)
      .filter(({ tags }) => tags?.includes(name)).length;

  it("answers the same call again from the record", async () => {
    const headers = { "idempotency-key": "first-key" };
    const first = await run("add_opportunity_tags", tag("Once"), { headers });
    expect(first.status).toBe(200);
    expect(first.headers.get("idempotent-replayed")).toBeNull();
    const second = await run("add_opportunity_tags", tag("Once"), { headers });
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(second.body.output).toEqual(first.body.output);
    expect(effects("Once")).toBe(1);
  });

  it("refuses another input under the same key", async () => {
    const headers = { "idempotency-key": "second-key" };
    await run("add_opportunity_tags", tag("Mine"), { headers });
    problem(await run("add_opportunity_tags", tag("Other"), { headers }), "idempotency_key_reused");
    problem(await run("remove_opportunity_tags", tag("Mine"), { headers }), "idempotency_key_reused");
    expect(effects("Other")).toBe(0);
  });

  it("lets one of many through at once", async () => {
    lever().faults.add([{ match: { pathPattern: "/addTags" }, action: { kind: "delay", delayBeforeMs: 300 } }]);
    const headers = { "idempotency-key": "third-key" };
    const answers = await Promise.all(Array.from({ length: 8 }, () => run("add_opportunity_tags", tag("Crowd"), { headers })));
    expect(effects("Crowd")).toBe(1);
    const [done, others] = [answers.filter(({ status }) => status === 200), answers.filter(({ status }) => status !== 200)];
    expect(done.length).toBeGreaterThanOrEqual(1);
    for (const other of others) problem(other, "idempotency_in_progress");
  });

  it("belongs to one project", async () => {
    const there = await server.project("idempotent");
    await server.call("POST", "/api/v1/credentials", { key: there.key, body: playgroundCredential("demo") });
    const headers = { "idempotency-key": "shared-key" };
    await run("add_opportunity_tags", tag("Here"), { headers });
    const other = await server.call("POST", "/api/v1/operations/add_opportunity_tags", {
      key: there.key,
      body: { credential: "demo", input: tag("There") },
      headers,
    });
    expect(other.status).toBe(200);
    expect(effects("There")).toBe(1);
  });

  it.each(["", "has blank", "x".repeat(256)])("refuses the key %j", async (key) => {
    problem(await run("add_opportunity_tags", tag("Bad"), { headers: { "idempotency-key": key } }), "idempotency_key_invalid");
    expect(effects("Bad")).toBe(0);
  });
});

describe("all pages as NDJSON", () => {
  const lines = ({ text }: Called) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  const all = (input: Record<string, unknown>) => run("list_opportunities", input, { query: "?pages=all" });

  it("give every record once, a cursor after each page, and a last line", async () => {
    const answer = await all({ limit: 50 });
    expect(answer.headers.get("content-type")).toMatch(/^application\/x-ndjson/);
    const parsed = lines(answer);
    const records = parsed.filter(({ data }) => data);
    expect(new Set(records.map(({ data }) => data.id)).size).toBe(records.length);
    expect(parsed.at(-1)).toEqual({ done: true, count: records.length });
    expect(parsed.filter(({ cursor }) => cursor)).toHaveLength(Math.ceil(records.length / 50) - 1);
  });

  it("go on from a cursor", async () => {
    const whole = lines(await all({ limit: 50 }));
    const at = whole.findIndex(({ cursor, count }) => cursor && count === 100);
    const rest = lines(await all({ limit: 50, offset: whole[at].cursor }));
    const ids = (some: { data?: { id: string } }[]) => some.flatMap(({ data }) => (data ? [data.id] : []));
    expect(ids(rest)).toEqual(ids(whole.slice(at)));
    expect(rest.at(-1)).toEqual({ done: true, count: ids(rest).length, from: "cursor" });
  });

  it("end with the problem where a page fails, and fail plainly where the first does", async () => {
    lever().faults.add([
      {
        match: { pathPattern: "/opportunities", nth: 3, times: 100 },
        action: { kind: "respond", status: 403, body: { code: "Forbidden", message: "no" } },
      },
    ]);
    const parsed = lines(await all({ limit: 50 }));
    expect(parsed.filter(({ data }) => data)).toHaveLength(100);
    expect(parsed.at(-1).error).toMatchObject({ code: "permission_denied", status: 403 });
    expect(isProblem(parsed.at(-1).error)).toBe(true);
    problem(await all({ limit: 50 }), "permission_denied");
    problem(await run("retrieve_opportunity", { opportunity_id: opportunity }, { query: "?pages=all" }), "input_invalid");
  });

  it("stop asking Lever when the reader hangs up", async () => {
    lever().faults.add([{ match: { pathPattern: "/opportunities" }, action: { kind: "delay", delayBeforeMs: 50 } }]);
    const before = lever().requests.report(1).count;
    const request = httpRequest(`${server.url}/api/v1/operations/list_opportunities?pages=all`, {
      method: "POST",
      headers: { authorization: `Bearer ${ADMIN}`, "content-type": "application/json" },
    });
    request.end(JSON.stringify({ credential: "demo", input: { limit: 5 } }));
    await new Promise<void>((resolve, reject) => {
      request.once("error", reject);
      request.once("response", (response) => response.once("data", () => resolve()));
    });
    request.destroy();
    await sleep(300);
    const asked = lever().requests.report(1).count - before;
    await sleep(300);
    expect(lever().requests.report(1).count - before).toBe(asked);
    expect(asked).toBeLessThan(20);
  });
});

describe("health", () => {
  it("tells the truth about store and shutdown", async () => {
    expect((await server.call("GET", "/healthz")).body).toEqual({ status: "ok" });
    expect((await server.call("GET", "/readyz")).body).toEqual({ status: "ready" });
    const another = await startTestServer({ env: { PLAYGROUND: "off" } });
    const { store } = another.services;
    store.ping = () => Promise.reject(new Error("the disk is gone"));
    expect(await another.call("GET", "/readyz")).toMatchObject({ status: 503, body: { status: "store_unavailable" } });
    another.services.drain();
    expect(await another.call("GET", "/readyz")).toMatchObject({ status: 503, body: { status: "shutting_down" } });
    expect((await another.call("GET", "/healthz")).status).toBe(200);
    problem(await another.call("GET", "/api/v1/connectors", { key: ADMIN }), "shutting_down");
    await another.close();
  });
});

describe("readiness", () => {
  it("is asked anew after a second, also where the clock was set back by hours meanwhile", async () => {
    const another = await startTestServer({ env: { PLAYGROUND: "off" } });
    const clock = Date.now;
    Date.now = () => clock() + 2 * 3_600_000;
    const before = await another.call("GET", "/readyz");
    Date.now = clock;
    expect(before.status).toBe(200);
    another.services.store.ping = () => Promise.reject(new Error("the disk is gone"));
    await sleep(1_050);
    expect((await another.call("GET", "/readyz")).status).toBe(503);
    await another.close();
  });
});

describe("stopping", () => {
  it("lets running operations finish and ends streams with a line that says so", async () => {
    const other = await startTestServer({ playground: { opportunities: 200 } });
    await other.call("POST", "/api/v1/credentials", { key: ADMIN, body: playgroundCredential("demo") });
    other.playground?.playground.faults.add([{ action: { kind: "delay", delayBeforeMs: 200 } }]);
    const call = (operation: string, query: string) =>
      other.call("POST", `/api/v1/operations/${operation}${query}`, {
        key: ADMIN,
        body: { credential: "demo", input: { limit: 5 } },
      });
    const stream = await fetch(`${other.url}/api/v1/operations/list_opportunities?pages=all`, {
      method: "POST",
      headers: { authorization: `Bearer ${ADMIN}`, "content-type": "application/json" },
      body: JSON.stringify({ credential: "demo", input: { limit: 5 } }),
    });
    const early = call("list_opportunities", "?pages=all");
    const single = call("list_stages", "");
    await sleep(100);
    await other.close();
    expect((await single).status).toBe(200);
    problem(await early, "shutting_down");
    const last = JSON.parse((await stream.text()).trimEnd().split("\n").at(-1) ?? "");
    expect(last.error).toMatchObject({ code: "shutting_down", retryable: true });
    await expect(other.call("GET", "/healthz")).rejects.toThrow();
    await other.close();
  });
});

describe("documentation and pages", () => {
  it("explain every code under the address that problems link to", async () => {
    const { text } = await server.call("GET", "/docs/errors");
    for (const code of Object.keys(ERRORS)) expect(text).toContain(`id="${code}"`);
  });

  it("answer a person in a browser with a page, and a program with a problem", async () => {
    const page = await server.call("GET", "/assets/nothing", { headers: { accept: "text/html" } });
    expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
    expect((await server.call("GET", "/pages/style.css")).headers.get("content-type")).toContain("text/css");
    const connector = await server.call("GET", "/api/v1/connectors/lever", { key: ADMIN });
    expect(connector.body.operations.add_opportunity_tags.input.properties.tags).toBeDefined();
    expect(connector.text).not.toContain("clientSecret");
    expect(connector.text).not.toContain("$ref");
  });
});

/** A request with a body that fetch would not send like this; answers everything that came back. */
function raw(line: string, body: Buffer, headers: Record<string, string | undefined> = {}): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const head = Object.entries({
    host: "x",
    authorization: `Bearer ${ADMIN}`,
    "content-type": "application/json",
    "content-length": String(body.length),
    connection: "close",
    ...headers,
  }).filter(([, value]) => value !== undefined);
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${line} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
      socket.write(body);
    });
    socket.on("data", (data) => {
      text += data;
    });
    socket.once("close", () => resolve(text));
    socket.once("error", reject);
  });
}
