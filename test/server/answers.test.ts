import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { runCli } from "../cli/run-cli.ts";
import { accessTo } from "../support/access.ts";
import { type Script, type ScriptedLever, scriptedLever } from "../support/scripted-lever.ts";
import { ADMIN, startTestServer, type TestServer } from "./start.ts";

let folder: string;
let lever: ScriptedLever;
let script: Script;
let server: TestServer;
let env: Record<string, string>;

/** A server, and the command line on the same store, with a Lever that answers what each test says. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lever-connector-answers-"));
  lever = await scriptedLever((...asked) => script(...asked));
  const { origin } = new URL(lever.api);
  const here = {
    api: lever.api,
    authorize: `${origin}/authorize`,
    token: `${origin}/oauth/token`,
    audience: `${lever.api}/`,
    rateLimit: { perSecond: 1000, burst: 1000 },
  };
  const file = join(folder, "environments.json");
  // With the mark that some editors put in front.
  writeFileSync(file, `\ufeff${JSON.stringify({ here })}`);
  const own = { PLAYGROUND: "off", ENVIRONMENTS_FILE: file };
  server = await startTestServer({ env: own });
  env = { ...own, DATA_DIR: server.dataDir };
  const body = { connector: "lever", nickname: "demo", environment: "here", auth: { type: "api_key", apiKey: "key" } };
  expect((await server.call("POST", "/api/v1/credentials", { key: ADMIN, body })).status).toBe(201);
});
afterAll(async () => {
  await server?.close();
  await lever?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  lever.asked.length = 0;
});

function run(operation: string, input: Record<string, unknown>, { query = "", headers = {} } = {}) {
  const body = { credential: "demo", input };
  return server.call("POST", `/api/v1/operations/${operation}${query}`, { key: ADMIN, body, headers });
}
const cli = (...words: string[]) => runCli(["operations", "run", ...words, "--credential", "demo"], { env });

describe("numbers that JavaScript cannot hold", () => {
  const record =
    '{"id":"o1","name":"Nadia","createdAt":90071992547409931,"more":[12345678901234567890,-0.12345678901234567891,1e400]}';
  const exact = record.slice(record.indexOf('"createdAt"'), -1);

  it("reach callers of the API as Lever sent them, alone, in lists and line by line", async () => {
    script = (url) => (url.pathname.endsWith("/opportunities") ? `{"data":[${record}],"hasNext":false}` : `{"data":${record}}`);
    expect((await run("retrieve_opportunity", { opportunity_id: "o1" })).text).toContain(exact);
    expect((await run("list_opportunities", {})).text).toContain(exact);
    expect((await run("list_opportunities", {}, { query: "?pages=all" })).text).toContain(`{"data":${record}}\n`);
  });

  it("reach the answer that is repeated for an Idempotency-Key", async () => {
    script = () => `{"data":${record}}`;
    const input = { opportunity_id: "o1", tags: ["a"], perform_as: "u1" };
    const headers = { "idempotency-key": "exact" };
    const [first, second] = [
      await run("add_opportunity_tags", input, { headers }),
      await run("add_opportunity_tags", input, { headers }),
    ];
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    for (const { text } of [first, second]) expect(text).toContain(exact);
  });

  it("are printed by the command line as Lever sent them, as JSON and as text", async () => {
    script = () => `{"data":${record}}`;
    const one = ["retrieve_opportunity", "--opportunity-id", "o1"];
    expect((await cli(...one, "--json")).out.replace(/\s/g, "")).toContain(exact);
    const shown = await cli(...one);
    expect(shown.out).toMatch(/^createdAt {2}90071992547409931$/m);
    expect(shown.out).toMatch(/^more +12345678901234567890, -0.12345678901234567891, 1e400$/m);
    script = () => `{"data":[${record}],"hasNext":false}`;
    expect((await cli("list_opportunities", "--all", "--json")).out).toContain(`{"data":${record}}\n`);
    expect((await cli("list_opportunities", "--all")).out).toContain("90071992547409931");
  });
});

describe("a field of the wrong type in one record", () => {
  const good = { id: "o1", name: "Nadia", headline: "" };
  const odd = { id: "o2", name: "Ole", headline: 7, emails: "ole@example.com", createdAt: {} };
  const list = (next?: string) => ({ data: [good, odd], hasNext: next !== undefined, ...(next && { next }) });

  it("does not keep the others from the caller: the answer passes as Lever sent it, and meta says what is odd", async () => {
    script = () => list();
    const { status, body } = await run("list_opportunities", {});
    expect([status, body.output]).toEqual([200, list()]);
    expect(body.meta.schemaWarnings).toEqual({
      count: 3,
      issues: [
        { pointer: "/data/1/headline", keyword: "type", message: "must be string,null" },
        { pointer: "/data/1/emails", keyword: "type", message: "must be array,null" },
        { pointer: "/data/1/createdAt", keyword: "type", message: "must be integer,null" },
      ],
    });
    expect(lever.asked).toHaveLength(1);
    script = () => ({ data: [good], hasNext: false });
    expect((await run("list_opportunities", {})).body.meta).not.toHaveProperty("schemaWarnings");
  });

  it("is counted in the last line of all pages", async () => {
    script = (url) => list(url.searchParams.has("offset") ? undefined : "A");
    const { text } = await run("list_opportunities", {}, { query: "?pages=all" });
    const lines = text.trimEnd().split("\n");
    expect(lines.filter((line) => line.startsWith('{"data"'))).toHaveLength(2);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ done: true, count: 2, schemaWarnings: { count: 6 } });
  });

  it("does not turn a write that took effect into a failure", async () => {
    script = () => ({ data: odd });
    const { status, body } = await run("add_opportunity_tags", { opportunity_id: "o2", tags: ["a"], perform_as: "u1" });
    expect([status, body.output.data]).toEqual([200, odd]);
    expect(body.meta.schemaWarnings.count).toBe(3);
  });

  it("is told by the command line in one line", async () => {
    script = () => list();
    const line = "3 values are not as Lever's schema says; shown as sent (first: /data/1/headline must be string,null)";
    for (const more of [[], ["--all"]]) {
      const { code, out, err } = await cli("list_opportunities", ...more);
      expect([code, err.split("\n")[0], out.includes("Ole")]).toEqual([0, line, true]);
    }
  });

  it("does not hinder a pick list, which leaves out what has no id", async () => {
    script = () => ({
      data: [{ id: "s1", text: 7 }, { id: {}, text: "x" }, null, { id: "s2", text: "Two", more: [] }],
      hasNext: false,
    });
    const { body } = await server.call("GET", "/api/v1/credentials/demo/options/stages", { key: ADMIN });
    expect(body.data).toEqual([
      { value: "s1", label: "7" },
      { value: "s2", label: "Two" },
    ]);
    expect(body.leftOut).toBe(2);
  });

  it.each([
    ["does not say whether there are more", {}, { pointer: "/hasNext", keyword: "required", message: "is required" }],
    ["says null", { hasNext: null }, { pointer: "/hasNext", keyword: "required", message: "is required" }],
    [
      "says that there are more, and not where",
      { hasNext: true },
      { pointer: "/next", keyword: "required", message: "is required where hasNext is true" },
    ],
    [
      "says that there are more, at an empty cursor",
      { hasNext: true, next: "" },
      { pointer: "/next", keyword: "required", message: "is required where hasNext is true" },
    ],
  ])("is a page that %s: one page passes, and meta says it", async (_, rest, issue) => {
    script = () => ({ data: [good], ...rest });
    for (const input of [{}, { include: ["name"] }]) {
      const { status, body } = await run("list_opportunities", input);
      expect([status, body.output]).toEqual([200, { data: [good], ...rest }]);
      expect(body.meta.schemaWarnings).toEqual({ count: 1, issues: [issue] });
    }
  });

  it("ends all pages only where it is what says whether there are more", async () => {
    script = () => ({ data: [good], hasNext: "true", next: "A" });
    const { text } = await run("list_opportunities", {}, { query: "?pages=all" });
    expect(text).toContain('"code":"upstream_invalid_response"');
    expect((await run("list_opportunities", {})).body.meta.schemaWarnings).toMatchObject({
      count: 1,
      issues: [{ pointer: "/hasNext" }],
    });
  });

  it("does not spoil the test of a credential", async () => {
    script = (url) => ({
      data: url.pathname.endsWith("/users") ? [null, 7, { id: "u1", deactivatedAt: null }] : [null],
      hasNext: false,
    });
    await server.services.credentials.update(accessTo("default"), await credentialId(), { defaultPerformAs: "u1" });
    const { body } = await server.call("POST", "/api/v1/credentials/demo/test", { key: ADMIN });
    expect(body).toMatchObject({ usable: true });
    expect(body.checks.find(({ id }: { id: string }) => id === "perform_as")).toMatchObject({ state: "pass" });
  });
});

describe("values that exist at Lever", () => {
  const long = `${"long ".repeat(100)}tag`;
  const odd = ["ID\tchecked", "two\r\nlines", " ", "Verified ", long, "\u200b"];
  const sent = () => lever.asked.map((url) => url.search);

  it("are removed as tags, whatever characters and length they have", async () => {
    const bodies: unknown[] = [];
    script = async (url, request) => {
      if (url.pathname.endsWith("/removeTags")) bodies.push(await json(request));
      return { data: { id: "o1", name: "Nadia", tags: bodies.length === 0 ? odd : [] } };
    };
    const input = { opportunity_id: "o1", tags: [...odd, odd[0]], perform_as: "u1" };
    const { status, body } = await run("remove_opportunity_tags", input);
    expect([status, bodies]).toEqual([200, [{ tags: [...odd, odd[0]] }]]);
    expect(body.output.data.tags).toEqual([]);
    bodies.length = 0;
    const words = odd.flatMap((tag) => ["--tag", tag]);
    expect((await cli("remove_opportunity_tags", "--opportunity-id", "o1", "--perform-as", "u1", ...words)).code).toBe(0);
    expect(bodies).toEqual([{ tags: odd }]);
  });

  it("are filtered by as tags, sources and locations, and several of them are any of them", async () => {
    script = () => ({ data: [], hasNext: false });
    for (const name of ["tag", "source", "location"]) {
      lever.asked.length = 0;
      expect((await run("list_opportunities", { [name]: odd })).status).toBe(200);
      expect(lever.asked[0]?.searchParams.getAll(name)).toEqual(odd);
    }
    lever.asked.length = 0;
    expect((await cli("list_opportunities", "--location", "Vienna", "--location", "unspecified")).code).toBe(0);
    expect(sent()).toEqual(["?location=Vienna&location=unspecified"]);
    for (const name of ["team", "department", "location", "commitment", "level", "tag"]) {
      lever.asked.length = 0;
      expect((await run("list_postings", { [name]: odd })).status).toBe(200);
      expect(lever.asked[0]?.searchParams.getAll(name)).toEqual(odd);
    }
  });

  it.each(["taro..yamada@docomo.ne.jp", "taro.@ezweb.ne.jp", "o'neil+x@bücher.example", "nadia at example.com"])(
    "are looked for as the e-mail address %s: whether it is one is for Lever to say",
    async (email) => {
      script = () => ({ data: [], hasNext: false });
      for (const operation of ["list_opportunities", "list_users"]) expect((await run(operation, { email })).status).toBe(200);
      expect(lever.asked.map((url) => url.searchParams.get("email"))).toEqual([email, email]);
    },
  );

  it("go to Lever as cursors, however long", async () => {
    script = () => ({ data: [], hasNext: false });
    const offset = `%5B${"x".repeat(5_000)}%5D`;
    expect((await run("list_opportunities", { offset })).status).toBe(200);
    expect(lever.asked[0]?.searchParams.get("offset")).toBe(offset);
  });

  it("are still told from what can be no value at all, and new tags from what nobody means to create", async () => {
    const pointers = async (operation: string, input: Record<string, unknown>) =>
      (await run(operation, input)).body.errors.map(({ pointer }: { pointer: string }) => pointer);
    expect(await pointers("list_opportunities", { tag: ["a", "\ud800"], email: "" })).toEqual(["/tag/1", "/email"]);
    for (const tag of ["ID\tchecked", "two\nlines", " ", "x".repeat(256)])
      expect(await pointers("add_opportunity_tags", { opportunity_id: "o1", tags: [tag], perform_as: "u1" })).toEqual([
        "/tags/0",
      ]);
    expect(lever.asked).toEqual([]);
  });
});

async function credentialId(): Promise<string> {
  return (await server.call("GET", "/api/v1/credentials/demo", { key: ADMIN })).body.id;
}

describe("a byte order mark in front of Lever's answer", () => {
  it("is left out, and Lever is asked once", async () => {
    script = () => '\ufeff{"data":[{"id":"s1","text":"Stage"}],"hasNext":false}';
    expect(await run("list_stages", {})).toMatchObject({
      status: 200,
      body: { output: { data: [{ id: "s1", text: "Stage" }] } },
    });
    expect(lever.asked).toHaveLength(1);
  });
});

describe("a time that no calendar has", () => {
  it("is printed by the command line as the number that it is", async () => {
    script = () => ({ data: { id: "o1", name: "Nadia", createdAt: 9e15 } });
    expect(await cli("retrieve_opportunity", "--opportunity-id", "o1")).toMatchObject({
      code: 0,
      out: expect.stringContaining("createdAt  9000000000000000"),
    });
  });
});
