import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { ADMIN, startTestServer, type TestServer } from "./start.ts";

const NOBODY = "00000000-0000-4000-8000-000000000000";
const UNKNOWN = { pointer: "/defaultPerformAs", keyword: "unknown_user" };

let server: TestServer;
let active: string;
let deactivated: string;
let names = 0;

beforeAll(async () => {
  server = await startTestServer({ playground: { opportunities: 5 } });
  const users = lever().world.users.rows as unknown as { id: string; deactivatedAt: number | null }[];
  active = users.find(({ deactivatedAt }) => !deactivatedAt)?.id ?? "";
  deactivated = users.find(({ deactivatedAt }) => deactivatedAt)?.id ?? "";
  expect([active, deactivated]).not.toContain("");
});
afterAll(() => server.close());
beforeEach(() => lever().faults.clear());

function lever() {
  if (!server.playground) throw new Error("the playground is off");
  return server.playground.playground;
}

function add(defaultPerformAs: string | null, more: Record<string, unknown> = {}) {
  const auth = { type: "api_key", apiKey: "playground" };
  const body = { connector: "lever", nickname: `n${++names}`, environment: "playground", auth, defaultPerformAs, ...more };
  return server.call("POST", "/api/v1/credentials", { key: ADMIN, body });
}

function change(id: string, body: Record<string, unknown>) {
  return server.call("PATCH", `/api/v1/credentials/${id}`, { key: ADMIN, body });
}

async function count(): Promise<number> {
  return (await server.call("GET", "/api/v1/credentials?limit=100", { key: ADMIN })).body.data.length;
}

function usersAnswer(status: number, pathPattern = "/users$"): void {
  lever().faults.add([{ match: { pathPattern }, action: { kind: "respond", status } }]);
}

describe("the user that writes are recorded for", () => {
  it("is saved without a warning where Lever knows it", async () => {
    const { status, body } = await add(active);
    expect([status, body.defaultPerformAs, body.warnings]).toEqual([201, active, []]);
    expect((await change(body.id, { defaultPerformAs: null })).body).toMatchObject({ defaultPerformAs: null, warnings: [] });
    expect((await change(body.id, { defaultPerformAs: active })).body).toMatchObject({ defaultPerformAs: active, warnings: [] });
  });

  it("is refused where no list knows it, and nothing is saved or changed", async () => {
    const before = await count();
    const refused = await add(NOBODY);
    expect([refused.status, refused.body.code]).toEqual([422, "input_invalid"]);
    expect(refused.body.errors).toMatchObject([UNKNOWN]);
    expect(await count()).toBe(before);
    const { id, version } = (await add(active)).body;
    const changed = await change(id, { defaultPerformAs: NOBODY, nickname: "not this either" });
    expect([changed.status, changed.body.errors]).toMatchObject([422, [UNKNOWN]]);
    const after = (await server.call("GET", `/api/v1/credentials/${id}`, { key: ADMIN })).body;
    expect(after).toMatchObject({ defaultPerformAs: active, version });
  });

  it("is saved on insistence with a warning, which a change of the name does not ask about again", async () => {
    const saved = await add(NOBODY, { acceptUnknownPerformAs: true });
    expect([saved.status, saved.body.warnings]).toMatchObject([201, [{ code: "perform_as_unknown" }]]);
    const named = await change(saved.body.id, { nickname: "insisted", defaultPerformAs: NOBODY });
    expect(named.body).toMatchObject({ nickname: "insisted", warnings: [{ code: "perform_as_unknown" }] });
    const other = await add(active);
    const changed = await change(other.body.id, { defaultPerformAs: NOBODY, acceptUnknownPerformAs: true });
    expect([changed.status, changed.body.warnings]).toMatchObject([200, [{ code: "perform_as_unknown" }]]);
    const tested = await server.call("POST", `/api/v1/credentials/${other.body.id}/test`, { key: ADMIN });
    expect(tested.body).toMatchObject({ usable: true });
    const last = await server.call("GET", `/api/v1/credentials/${other.body.id}/test`, { key: ADMIN });
    expect(last.body).toEqual({ at: expect.any(String), ...tested.body });
  });

  it("is saved with a warning where it is deactivated, and never refused", async () => {
    const { status, body } = await add(deactivated);
    expect([status, body.warnings]).toMatchObject([201, [{ code: "perform_as_deactivated" }]]);
  });

  it.each([
    ["may not be read", 403],
    ["cannot be reached", 503],
  ])("is saved as unchecked where the list of users %s", async (_, status) => {
    usersAnswer(status);
    const saved = await add(NOBODY);
    expect([saved.status, saved.body.warnings]).toMatchObject([201, [{ code: "perform_as_unchecked" }]]);
    const { id } = (await add(null)).body;
    const changed = await change(id, { defaultPerformAs: NOBODY });
    expect([changed.status, changed.body.warnings]).toMatchObject([200, [{ code: "perform_as_unchecked" }]]);
  });

  it("is saved as unchecked with a wrong key, and before a consent", async () => {
    const wrong = await add(active, { auth: { type: "api_key", apiKey: "wrong" } });
    expect([wrong.status, wrong.body.warnings]).toMatchObject([201, [{ code: "perform_as_unchecked" }]]);
    const consent = await add(active, { auth: { type: "oauth2" } });
    expect([consent.status, consent.body.warnings]).toMatchObject([201, [{ code: "perform_as_unchecked" }]]);
  });

  it("is not looked up where it cannot be an ID, or the rest is wrong", async () => {
    const before = lever().requests.report(10_000).count;
    expect((await add("a b")).body.errors).toMatchObject([{ pointer: "/defaultPerformAs", keyword: "pattern" }]);
    expect((await add(active, { nickname: " " })).status).toBe(422);
    expect((await add(active, { environment: "moon" })).status).toBe(422);
    expect(lever().requests.report(10_000).count).toBe(before);
  });
});
