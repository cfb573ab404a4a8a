import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type ClientOptions, createClient } from "../../sdk/index.ts";
import { signIn } from "../server/sign-in.ts";
import { ADMIN, startTestServer, type TestServer } from "../server/start.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe("a call proves who makes it", () => {
  it("by an API key, or by another token", async () => {
    const { key } = await server.project("callers", ["admin"]);
    const list = "GET /api/v1/credentials";
    expect((await createClient({ url: server.url, apiKey: key }).call(list)).data).toEqual([]);
    expect((await createClient({ url: server.url, token: ADMIN }).call(list)).data).toEqual([]);
    const wrong = createClient({ url: server.url, token: "wrong" }).call(list);
    await expect(wrong).rejects.toMatchObject({ name: "ApiError", code: "auth_required", status: 401 });
  });

  it("by the session of a browser, whose token goes with changes alone and is asked for each time", async () => {
    const { cookie, csrf } = await signIn(server);
    let csrfToken: string | undefined;
    const sent: RequestInit[] = [];
    const page = createClient({
      url: server.url,
      session: { csrfToken: () => csrfToken },
      cache: "no-cache",
      // A browser adds the cookie by itself.
      fetch: (url, init) => {
        sent.push(init ?? {});
        const headers = new Headers(init?.headers);
        headers.set("cookie", cookie);
        return fetch(url, { ...init, headers });
      },
    });
    const rename = () => page.call("POST /api/v1/projects", { body: { name: "By a session" } });
    await expect(rename()).rejects.toMatchObject({ code: "csrf_rejected" });
    csrfToken = csrf;
    expect((await rename()).name).toBe("By a session");
    expect(await page.call("GET /session")).toMatchObject({ signedIn: true, csrfToken: csrf });
    expect(sent.map(({ headers }) => new Headers(headers).get("x-csrf-token"))).toEqual([null, csrf, null]);
    for (const init of sent) expect(init).toMatchObject({ credentials: "same-origin", cache: "no-cache", redirect: "manual" });
    expect(sent.some(({ headers }) => new Headers(headers).has("authorization"))).toBe(false);
  });

  it("in one way: without any, or with several, no client is made, and no message repeats a secret", () => {
    const made = (caller: object) => () => createClient({ url: server.url, ...caller } as ClientOptions);
    expect(made({})).toThrow("apiKey is needed");
    expect(made({ token: "" })).toThrow("token is needed");
    expect(made({ apiKey: "lc_x", token: "y" })).toThrow("not several");
    expect(made({ apiKey: "lc_x", session: { csrfToken: () => undefined } })).toThrow("not several");
    expect(made({ token: "secret\n" })).toThrow(/^token must be visible ASCII characters, without blanks and line breaks$/);
  });

  it("and cookies or caches are named only where they were asked for: not every fetch knows them", async () => {
    let init: RequestInit = {};
    const plain = createClient({
      url: server.url,
      apiKey: "lc_x",
      fetch: async (_url, given = {}) => {
        init = given;
        return Response.json({ data: [] });
      },
    });
    await plain.call("GET /api/v1/credentials");
    expect(Object.keys(init)).not.toEqual(expect.arrayContaining(["credentials"]));
    expect(Object.keys(init)).not.toEqual(expect.arrayContaining(["cache"]));
  });
});

it("tells of every answer, failures included, and of nothing that did not come", async () => {
  const statuses: number[] = [];
  const options = { apiKey: "lc_wrong", onAnswer: ({ status }: Response) => void statuses.push(status) };
  await createClient({ url: server.url, ...options }).call("GET /healthz");
  await expect(createClient({ url: server.url, ...options }).call("GET /api/v1/credentials")).rejects.toThrow();
  await expect(createClient({ url: "http://127.0.0.1:9", ...options }).call("GET /healthz")).rejects.toThrow();
  expect(statuses).toEqual([200, 401]);
});

const admin = () => createClient({ url: server.url, token: ADMIN });

describe("text of a route", () => {
  it("is given whole", async () => {
    const csv = await admin().text("GET /api/v1/writes", { query: { format: "csv" } });
    expect(csv).toMatch(/^"?at"?,/);
    // @ts-expect-error: a route that answers no text
    await expect(admin().text("GET /api/v1/credentials")).rejects.toMatchObject({ code: "answer_unreadable" });
  });

  it.each(["csv", "ndjson"] as const)("is named with the method that reads it, where another was called: %s", async (format) => {
    const detail =
      format === "csv" ? "the answer is text/csv, which text() reads" : /^the answer is .*ndjson, which stream\(\) reads$/;
    const called = admin().call("GET /api/v1/writes", { query: { format } });
    await expect(called).rejects.toMatchObject({ code: "answer_unreadable", retryable: false, status: 200 });
    await expect(called).rejects.toThrow(detail);
    await expect(admin().stream("GET /api/v1/writes").next()).rejects.toThrow("which call() reads");
  });

  it.each([
    ["breaks off", undefined, "answer_cut_off"],
    ["is ended by its signal", new AbortController(), "cancelled"],
  ])("is followed by an ApiError where it %s", async (_what, ended, code) => {
    const body = new ReadableStream({
      pull(controller) {
        ended?.abort();
        controller.error(new Error("gone"));
      },
    });
    const answer = new Response(body, { headers: { "content-type": "text/csv; charset=utf-8" } });
    const client = createClient({ url: server.url, token: ADMIN, fetch: async () => answer });
    const reading = client.text("GET /api/v1/writes", ended && { signal: ended.signal });
    await expect(reading).rejects.toMatchObject({ name: "ApiError", code });
  });
});

describe("lines of a route", () => {
  it("are typed by it, and given up to the one that says it is the last", async () => {
    const lines = [];
    for await (const line of admin().stream("GET /api/v1/writes", { query: { format: "ndjson" } })) lines.push(line);
    expect(lines).toEqual([{ done: true, count: 0 }]);
    let resealed: number | undefined;
    for await (const line of admin().stream("POST /api/v1/settings/keys/rotate", { body: {} }))
      if ("finished" in line) resealed = line.report.resealed;
    expect(resealed).toEqual(expect.any(Number));
    // @ts-expect-error: a route that answers no lines
    await expect(admin().stream("GET /api/v1/credentials").next()).rejects.toMatchObject({ code: "answer_unreadable" });
  });

  it.each([
    ["ends while it tells of progress", '{"done":1,"total":2}\n', { code: "answer_cut_off", problem: undefined }],
    [
      "tells what failed",
      '{"done":1,"total":2}\n{"error":{"code":"store_unavailable","status":503,"retryable":true,"detail":"x"}}\n',
      { code: "store_unavailable", status: 503, problem: { code: "store_unavailable" } },
    ],
  ])("are followed by an ApiError where the answer %s", async (_what, text, error) => {
    const answer = new Response(text, { headers: { "content-type": "application/x-ndjson" } });
    const client = createClient({ url: server.url, token: ADMIN, fetch: async () => answer });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const line of client.stream("POST /api/v1/settings/keys/rotate", { body: {} })) seen.push(line);
    })();
    await expect(reading).rejects.toMatchObject({ name: "ApiError", ...error });
    expect(seen).toEqual([{ done: 1, total: 2 }]);
  });
});
