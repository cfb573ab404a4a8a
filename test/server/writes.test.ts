import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { startTestServer, type TestServer } from "./start.ts";

const USER = "8e7930e2-a322-4332-a366-89c89bed171c";
let server: TestServer;
let key: string;
let credential: string;
let opportunity: string;

beforeAll(async () => {
  server = await startTestServer();
  key = await server.key("default", "admin");
  opportunity = [...(server.playground?.playground.world.opportunityById.keys() ?? [])][0] as string;
  const auth = { type: "api_key", apiKey: "playground" };
  const user = [...(server.playground?.playground.world.userById.keys() ?? [])][0] ?? USER;
  const body = { connector: "lever", nickname: "=main", environment: "playground", auth, defaultPerformAs: user };
  credential = (await server.call("POST", "/api/v1/credentials", { key, body })).body.id;
});
afterAll(() => server.close());

const add = (tags: string[], headers: Record<string, string> = {}) =>
  server.call("POST", "/api/v1/operations/add_opportunity_tags", {
    key,
    headers,
    body: { credential, input: { opportunity_id: opportunity, tags } },
  });
const writes = (query = "", by = key) => server.call("GET", `/api/v1/writes${query}`, { key: by });

describe("GET /api/v1/writes", () => {
  it("shows each write newest first: when, by whom, for whom, to what, what changed, how it ended", async () => {
    const { body } = await add(["First", "Second"]);
    const again = await add(["First", "Third"]);
    const [newest, older] = (await writes()).body.data;
    expect(older).toMatchObject({
      ...{
        operation: "add_opportunity_tags",
        connector: "lever",
        credential,
        nickname: "=main",
        outcome: "succeeded",
        code: null,
      },
      ...{ target: { field: "opportunity_id", id: opportunity }, performAs: expect.any(String), attempts: 1 },
      ...{ changed: { field: "tags", added: ["First", "Second"], removed: [] }, requestId: body.meta.requestId },
      actor: expect.stringMatching(/^api_key:key_/),
    });
    expect(newest).toMatchObject({ changed: { added: ["Third"] }, requestId: again.body.meta.requestId });
    expect((await server.call("GET", `/api/v1/writes/${newest.id}`, { key })).body).toEqual(newest);
  });

  it("shows a write with an Idempotency-Key once, also where it is repeated, and never its answer", async () => {
    const before = (await writes()).body.data.length;
    for (let n = 0; n < 2; n += 1) await add(["Keyed"], { "idempotency-key": "k-1" });
    const { body, text } = await writes();
    expect(body.data).toHaveLength(before + 1);
    expect(text).not.toContain('"name"');
  });

  it("are counted once in their project, with a key or without", async () => {
    const { contents } = (await server.call("GET", "/api/v1/projects/default", { key })).body;
    expect(contents.writes).toBe((await writes("?limit=100")).body.data.length);
  });

  it("tells an Idempotency-Key of one API key from the equal one of another", async () => {
    const other = await server.key("default", "operations:write");
    const call = (by: string) =>
      server.call("POST", "/api/v1/operations/add_opportunity_tags", {
        key: by,
        headers: { "idempotency-key": "k-shared" },
        body: { credential, input: { opportunity_id: opportunity, tags: ["Shared"] } },
      });
    await call(key);
    expect((await call(other)).body.meta.replayed).toBeUndefined();
    expect((await call(other)).body.meta.replayed).toBe(true);
  });

  it("shows how a write failed, with its code", async () => {
    const body = { credential, input: { opportunity_id: "00000000-0000-4000-8000-000000000000", tags: ["x"] } };
    const { status } = await server.call("POST", "/api/v1/operations/add_opportunity_tags", { key, body });
    const [newest] = (await writes("?outcome=failed")).body.data;
    expect(newest).toMatchObject({ outcome: "failed", code: expect.any(String), changed: null });
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it("filters by credential, operation, outcome and time, and pages by cursor", async () => {
    const count = async (query: string) => (await writes(query)).body.data.length;
    expect(await count("?credential=%3Dmain&operation=add_opportunity_tags")).toBe(await count(""));
    expect(await count("?operation=remove_opportunity_tags")).toBe(0);
    expect(await count("?outcome=superseded")).toBe(0);
    expect(await count("?credential=cred_removed")).toBe(0);
    expect(await count(`?until=${new Date(0).toISOString()}`)).toBe(0);
    expect(await count("?from=2020-01-01")).toBe(await count(""));
    const first = (await writes("?limit=2")).body;
    const second = (await writes(`?limit=2&cursor=${first.next}`)).body;
    const all = (await writes()).body.data;
    expect([...first.data, ...second.data]).toEqual(all.slice(0, 4));
    expect((await writes("?from=yesterday")).body.code).toBe("input_invalid");
    expect((await writes("?outcome=fine")).body.code).toBe("input_invalid");
  });

  it("exports all of them as CSV in which no cell is a formula, and as NDJSON", async () => {
    const all = (await writes("?limit=100")).body.data;
    const csv = await writes("?format=csv");
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(csv.headers.get("content-disposition")).toBe('attachment; filename="writes.csv"');
    const lines = csv.text.trimEnd().split("\r\n");
    expect(lines).toHaveLength(all.length + 1);
    expect(lines[1]).toContain(`"'=main"`);
    const ndjson = (await writes("?format=ndjson")).text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(ndjson).toEqual([...all.map((data: unknown) => ({ data })), { done: true, count: all.length }]);
  });

  it("exports as many as the limit says, from the cursor on", async () => {
    const all = (await writes("?limit=100")).body.data;
    const { next } = (await writes("?limit=1")).body;
    const lines = (await writes(`?format=ndjson&limit=2&cursor=${next}`)).text.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toEqual([{ data: all[1] }, { data: all[2] }, { done: true, count: 2 }]);
    const csv = (await writes("?format=csv&limit=2")).text.trimEnd().split("\r\n");
    expect(csv.map((line) => line.includes(all[1].id))).toEqual([false, false, true]);
    expect((await writes("?format=csv&limit=0")).body.errors).toMatchObject([{ pointer: "/limit" }]);
  });

  it("needs a key that may read, and shows nothing of another project", async () => {
    const other = await server.project("Other");
    expect((await writes("", other.key)).body).toEqual({ data: [] });
    expect((await writes("", await server.key("default", "credentials:read"))).status).toBe(403);
    const [newest] = (await writes()).body.data;
    expect((await server.call("GET", `/api/v1/writes/${newest.id}`, { key: other.key })).status).toBe(404);
  });
});
