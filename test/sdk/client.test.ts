import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { ApiError, createClient } from "../../sdk/index.ts";
import { playgroundCredential, startTestServer, type TestServer } from "../server/start.ts";

let server: TestServer;
let key: string;

beforeAll(async () => {
  server = await startTestServer({ playground: { opportunities: 230 } });
  ({ key } = await server.project("sdk", ["admin"]));
  await server.call("POST", "/api/v1/credentials", { key, body: playgroundCredential("demo") });
});
afterAll(() => server.close());

const client = () => createClient({ url: `${server.url}/`, apiKey: key });

it("runs an operation, typed by its schemas", async () => {
  const { output, meta } = await client().run("list_opportunities", {
    credential: "demo",
    input: { limit: 2, include: ["name", "tags"] },
  });
  const tags: readonly string[] | undefined = output.data[0]?.tags;
  expect(Array.isArray(tags)).toBe(true);
  expect(output.data).toHaveLength(2);
  expect(meta.attempts).toBe(1);
});

it("reads every record of every page, and ends the crawl when the loop is left", async () => {
  const ids = new Set<string>();
  for await (const record of client().pages("list_opportunities", {
    credential: "demo",
    input: { confidentiality: "all", include: ["name"] },
  }))
    ids.add(record.id);
  expect(ids.size).toBe(230);
  for await (const record of client().pages("list_opportunities", { credential: "demo" })) {
    expect(record.id).toBeTruthy();
    break;
  }
});

it("writes once under one Idempotency-Key", async () => {
  const [opportunity] = server.playground?.playground.world.opportunityById.keys() ?? [];
  const [user] = server.playground?.playground.world.userById.keys() ?? [];
  const input = { opportunity_id: opportunity as string, tags: ["from the SDK"], perform_as: user as string };
  const write = () => client().run("add_opportunity_tags", { credential: "demo", input, idempotencyKey: "sdk-1" });
  expect((await write()).meta.replayed).toBeUndefined();
  expect((await write()).meta.replayed).toBe(true);
  const effects = server.playground?.playground.ledger.since(0).filter(({ tags }) => tags?.includes("from the SDK"));
  expect(effects).toHaveLength(1);
});

it("throws the server's problem by its code, and names the field", async () => {
  const wrong = client().run("list_opportunities", { credential: "demo", input: { limit: 1000 } });
  await expect(wrong).rejects.toMatchObject({
    code: "input_invalid",
    status: 422,
    retryable: false,
    problem: { errors: [{ pointer: "/limit" }] },
  });
  const stranger = createClient({ url: server.url, apiKey: "lc_wrong" }).call("GET /api/v1/credentials");
  await expect(stranger).rejects.toMatchObject({ code: "auth_required", status: 401 });
  await expect(stranger).rejects.toBeInstanceOf(ApiError);
});

it("says that nothing answers, without the key", async () => {
  const away = createClient({ url: "http://127.0.0.1:9", apiKey: "lc_not_to_be_seen" }).call("GET /api/v1/credentials");
  const error = (await away.catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ code: "server_unreachable", retryable: true });
  expect(JSON.stringify(error) + String(error.stack)).not.toContain("lc_not_to_be_seen");
  expect(() => createClient({ url: server.url, apiKey: undefined })).toThrow("apiKey is needed");
});

it("throws midway where a page fails", async () => {
  const faults = server.playground?.playground.faults;
  const seen: string[] = [];
  const reading = async () => {
    for await (const { id } of client().pages("list_opportunities", { credential: "demo" })) {
      if (seen.push(id) === 1)
        faults?.add([{ match: { pathPattern: "/opportunities" }, action: { kind: "respond", status: 404 } }]);
    }
  };
  await expect(reading()).rejects.toMatchObject({ name: "ApiError", code: "upstream_not_found" });
  expect(seen.length).toBeGreaterThanOrEqual(100);
  faults?.clear();
});

it("calls any route by its name, typed by what the route takes and answers", async () => {
  const { data } = await client().call("GET /api/v1/credentials", { query: { limit: 1, search: "de" } });
  const id: string = data[0]?.id ?? "";
  const renamed = await client().call("PATCH /api/v1/credentials/:id", { params: { id }, body: { nickname: "demo / 2" } });
  expect(renamed.nickname).toBe("demo / 2");
  expect((await client().call("GET /api/v1/credentials/:id", { params: { id: "demo / 2" } })).id).toBe(id);
  // @ts-expect-error: the path needs an id
  await expect(client().call("GET /api/v1/credentials/:id")).rejects.toMatchObject({ code: "request_invalid", status: 0 });
  // @ts-expect-error: a misspelt field does not compile
  const misspelt = client().call("PATCH /api/v1/credentials/:id", { params: { id }, body: { nickname: "demo", nick: "x" } });
  await expect(misspelt).rejects.toMatchObject({ code: "input_invalid" });
  await client().call("PATCH /api/v1/credentials/:id", { params: { id }, body: { nickname: "demo" } });
});
