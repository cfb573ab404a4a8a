import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { startPlayground } from "../../playground/index.ts";
import { basic, type Client, start } from "./client.ts";

let lever: Client;
let now: number;

beforeEach(async () => {
  now = Date.UTC(2026, 10, 20);
  lever = await start({ opportunities: 20, now: () => now, rateLimit: { perSecond: 10, burst: 20 } });
});
afterEach(() => lever.close());

async function statuses(count: number, key = "playground"): Promise<number[]> {
  const answers = Array.from({ length: count }, () => lever.get("/stages", { authorization: basic(key) }));
  return (await Promise.all(answers)).map((answer) => answer.status);
}

const refusedOf = (list: number[]) => list.filter((status) => status === 429).length;

describe("the rate bucket", () => {
  it("lets a burst of 20 pass, then ten a second, and says 429 without Retry-After", async () => {
    expect(refusedOf(await statuses(25))).toBe(5);
    const refused = await lever.get("/stages");
    expect([refused.status, Object.keys(refused.body), refused.headers.get("retry-after")]).toEqual([
      429,
      ["code", "message"],
      null,
    ]);
    now += 500;
    expect(refusedOf(await statuses(8))).toBe(3);
  });

  it("is one for each key", async () => {
    const { key } = (await lever.control("POST", "/keys", {})).body;
    await statuses(20);
    expect(refusedOf(await statuses(3, key))).toBe(0);
    expect(refusedOf(await statuses(3))).toBe(3);
  });

  it("is changed and switched off while running", async () => {
    expect((await lever.control("POST", "/rate-limit", { perSecond: 1, burst: 2 })).body.rateLimit.burst).toBe(2);
    expect(refusedOf(await statuses(5))).toBe(3);
    await lever.control("POST", "/rate-limit", false);
    expect(refusedOf(await statuses(30))).toBe(0);
    expect((await lever.control("POST", "/rate-limit", { perSecond: 0 })).status).toBe(400);
  });
});

describe("keys made by the control route", () => {
  it("open only their endpoints", async () => {
    const endpoints = ["GET /opportunities", "GET /users/:id"];
    const { key } = (await lever.control("POST", "/keys", { name: "limited", endpoints })).body;
    const user = (await lever.get("/users")).body.data[0].id;
    const status = async (path: string) => (await lever.get(path, { authorization: basic(key) })).status;
    expect([await status("/opportunities"), await status(`/users/${user}`), await status("/users")]).toEqual([200, 200, 403]);
  });

  it("see confidential data only when it was granted", async () => {
    const plain = (await lever.control("POST", "/keys", {})).body.key;
    const granted = (await lever.control("POST", "/keys", { confidential: true })).body.key;
    const row = (await lever.get("/opportunities?confidentiality=confidential")).body.data[0];
    const status = async (path: string, key: string) => (await lever.get(path, { authorization: basic(key) })).status;
    for (const path of ["/opportunities?confidentiality=all", `/opportunities/${row.id}`]) {
      expect([await status(path, plain), await status(path, granted)]).toEqual([403, 200]);
    }
  });
});

describe("the request log", () => {
  it("counts every request, refused ones too, without credentials", async () => {
    await lever.get("/users?email=a@example.com", { authorization: basic("wrong-key"), "x-request-id": "r-1" });
    await lever.post("/opportunities/none/addTags", { tags: ["x"] });
    const { body } = await lever.control("GET", "/requests");
    expect(body.count).toBe(2);
    expect(body.data[0]).toMatchObject({
      method: "GET",
      path: "/v1/users",
      query: "email=a@example.com",
      status: 401,
      caller: null,
      requestId: "r-1",
    });
    expect(body.data[1]).toMatchObject({ method: "POST", status: 400, caller: "key:playground" });
    expect(JSON.stringify(body)).not.toContain(Buffer.from("wrong-key:").toString("base64"));
    await lever.control("DELETE", "/requests");
    expect((await lever.control("GET", "/requests")).body.count).toBe(0);
  });
});

describe("the control routes", () => {
  it("reset everything to the seed", async () => {
    const before = (await lever.get("/opportunities?limit=100")).body.data;
    const user = (await lever.get("/users?email=rita@example.com")).body.data[0].id;
    const { key } = (await lever.control("POST", "/keys", {})).body;
    await lever.post(`/opportunities?perform_as=${user}`, { name: "New" });
    await lever.post(`/opportunities/${before[0].id}/addTags?perform_as=${user}`, { tags: ["x"] });
    await lever.control("POST", "/faults", { action: { status: 500 } });
    await lever.control("POST", "/reset");
    expect((await lever.get("/opportunities?limit=100")).body.data).toEqual(before);
    expect((await lever.control("GET", "/ledger")).body.data).toEqual([]);
    expect((await lever.get("/stages", { authorization: basic(key) })).status).toBe(401);
  });

  it("refuse pages of other origins, and what does not exist", async () => {
    const foreign = await lever.call("POST", "/_playground/reset", undefined, { origin: "https://evil.example.com" });
    expect(foreign.status).toBe(403);
    expect((await lever.control("GET", "/nope")).status).toBe(404);
  });
});

describe("the pages", () => {
  it("say at home what this is, the key and where to look", async () => {
    const { body } = await lever.call("GET", "/");
    for (const text of [
      "runs on your machine",
      "<code>playground</code>",
      "/_playground/ledger",
      "documentation",
      `${lever.url}/v1`,
    ])
      expect(body).toContain(text);
  });

  it("show a candidate where urls.show leads, with the tag just added", async () => {
    const user = (await lever.get("/users?email=rita@example.com")).body.data[0].id;
    const row = (await lever.get("/opportunities?limit=1")).body.data[0];
    await lever.post(`/opportunities/${row.id}/addTags?perform_as=${user}`, { tags: ["<Verified>"] });
    const { status, body } = await lever.call("GET", new URL(row.urls.show).pathname);
    expect([status, body.includes("&lt;Verified&gt;")]).toEqual([200, true]);
    expect((await lever.call("GET", "/candidates")).body).toContain(row.id);
  });
});

describe("starting and stopping", () => {
  it("refuses a body over the limit with 413 and broken JSON with 400", async () => {
    const user = (await lever.get("/users?email=rita@example.com")).body.data[0].id;
    const small = await start({ maxBody: 100, opportunities: 12 });
    expect((await small.post(`/opportunities?perform_as=${user}`, { name: "x".repeat(200) })).status).toBe(413);
    await small.close();
    const asText = await lever.call("POST", `/v1/opportunities?perform_as=${user}`, "a=b", { "content-type": "text/plain" });
    expect(asText.status).toBe(400);
  });

  it("rejects when the port is taken, and closes at once with connections open, twice if asked", async () => {
    const other = await start({ opportunities: 12 });
    await expect(startPlayground({ port: Number(new URL(other.url).port), opportunities: 12 })).rejects.toThrow("EADDRINUSE");
    await other.control("POST", "/faults", { action: { kind: "delay", delayBeforeMs: 60_000 } });
    const hanging = other.get("/stages").catch(() => "cut");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const began = performance.now();
    await other.close();
    expect(performance.now() - began).toBeLessThan(500);
    expect(await hanging).toBe("cut");
    await other.close();
  });
});
