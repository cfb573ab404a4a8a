import { chmodSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Secret } from "../../sealing/secret.ts";
import { accessTo } from "../support/access.ts";
import { signIn } from "./sign-in.ts";
import { ADMIN, type Called, startTestServer, type TestServer } from "./start.ts";

const RECORDS = 150;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ env: { PLAYGROUND: "off" } });
  for (let i = 0; i < RECORDS; i++) {
    const auth = { type: "api_key", apiKey: new Secret(`canary-${i}`) } as const;
    await server.services.credentials.create(accessTo("default"), { nickname: `n${i}`, environment: "production", auth });
  }
});
afterAll(() => server.close());

const keys = async () => (await server.call("GET", "/api/v1/settings/keys", { key: ADMIN })).body;
const rotate = (body: unknown, key: string = ADMIN) => server.call("POST", "/api/v1/settings/keys/rotate", { key, body });
const lines = ({ text }: Called) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("the sealing keys", () => {
  it("are listed by name, with their use and since when they are known, and never the keys themselves", async () => {
    const startedAt = Date.now();
    const answer = await server.call("GET", "/api/v1/settings/keys", { key: ADMIN });
    expect(answer.body).toEqual({
      data: [{ kid: expect.any(String), current: true, configured: true, used: RECORDS + 2, firstSeenAt: expect.any(String) }],
      source: "file",
    });
    expect(startedAt - Date.parse(answer.body.data[0].firstSeenAt)).toBeLessThan(60_000);
    const secrets = readFileSync(`${server.dataDir}/keys`, "utf8").match(/[A-Za-z0-9+/]{43}=/g) ?? [];
    expect(secrets).toHaveLength(1);
    for (const secret of secrets) expect(answer.text).not.toContain(secret);
  });

  it("are for those who run the installation", async () => {
    const { key } = await server.project("tenant");
    expect((await server.call("GET", "/api/v1/settings/keys", { key })).body.code).toBe("forbidden");
    expect((await rotate({}, key)).body.code).toBe("forbidden");
    const person = await signIn(server);
    const { id } = await server.services.projects.create("elsewhere");
    await person.call("POST", "/session/project", { project: id });
    expect((await person.call("GET", "/api/v1/settings/keys")).body.data).toHaveLength(1);
    for (const token of ["", "wrong"]) {
      const answer = await person.call("POST", "/api/v1/settings/keys/rotate", { newKey: true }, { "x-csrf-token": token });
      expect(answer.body.code).toBe("csrf_rejected");
    }
    expect((await keys()).data).toHaveLength(1);
  });

  it("are replaced: everything is sealed with a new one, with progress, and the credentials go on working", async () => {
    const [before] = (await keys()).data;
    const answer = await rotate({ newKey: true });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/x-ndjson; charset=utf-8"]);
    const told = lines(answer);
    const last = told.pop();
    expect(told.length).toBeGreaterThan(2);
    expect(told[0]).toEqual({ done: 0, total: RECORDS + 2 });
    expect(told.at(-1)).toEqual({ done: RECORDS + 2, total: RECORDS + 2 });
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).sort((a, b) => a - b));
    const { kid } = last.report;
    expect(last).toEqual({ finished: true, report: { kid, newKey: kid, resealed: RECORDS + 2, failed: [] } });
    expect(kid).not.toBe(before.kid);
    expect((await keys()).data).toEqual([
      { kid, current: true, configured: true, used: RECORDS + 2, firstSeenAt: expect.any(String) },
      { ...before, current: false, used: 0 },
    ]);
    const { data } = await server.services.credentials.list(accessTo("default"), { limit: 1 });
    const { authorization } = await server.services.credentials.sign(accessTo("default"), String(data[0]?.id));
    expect(Buffer.from(authorization.slice(6), "base64").toString()).toBe("canary-0:");
  });

  it("are not replaced where nobody asks for a new one", async () => {
    const before = await keys();
    const told = lines(await rotate({}));
    expect(told.at(-1)).toEqual({
      finished: true,
      report: { kid: before.data[0].kid, newKey: null, resealed: 0, failed: [] },
    });
    expect(await keys()).toEqual(before);
    for (const body of [{ newKey: 1 }, { other: true }, []]) expect((await rotate(body)).body.code).toBe("input_invalid");
  });

  it("wait for the rotation when its reader hangs up, and it goes on without yet another key", async () => {
    const left = new AbortController();
    const answer = await fetch(`${server.url}/api/v1/settings/keys/rotate`, {
      method: "POST",
      headers: { authorization: `Bearer ${ADMIN}`, "content-type": "application/json" },
      body: JSON.stringify({ newKey: true }),
      signal: left.signal,
    });
    const reader = answer.body?.getReader();
    await reader?.read();
    left.abort();
    await expect(reader?.read()).rejects.toThrow();
    const stopped = await settled();
    expect(stopped.waiting).toBeGreaterThan(0);
    const last = lines(await rotate({ newKey: true })).at(-1);
    expect(last).toMatchObject({ finished: true, report: { kid: stopped.current, newKey: null, resealed: stopped.waiting } });
    expect((await settled()).waiting).toBe(0);
  });

  /** What waits under older keys, once that does not change any more. */
  async function settled(): Promise<{ current: string; waiting: number }> {
    let seen = -1;
    for (;;) {
      const { data } = await keys();
      const waiting = data.slice(1).reduce((sum: number, { used }: { used: number }) => sum + used, 0);
      if (waiting === seen) return { current: data[0].kid, waiting };
      seen = waiting;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  it("that cannot be read are a matter of the log; the answer tells no file of this machine", async () => {
    const other = await startTestServer({ env: { PLAYGROUND: "off" } });
    const file = String(other.services.keys.file);
    chmodSync(file, 0o644);
    const refused = await other.call("POST", "/api/v1/settings/keys/rotate", { key: ADMIN, body: { newKey: true } });
    expect([refused.status, refused.text.includes(other.dataDir), refused.text.includes("chmod")]).toEqual([500, false, false]);
    expect(refused.body.detail).toContain("the log has the details");
    expect(other.logged.join("")).toContain(`chmod 600 ${file}`);
    await other.close();
  });

  it("that come from the environment are not made here", async () => {
    const CREDENTIALS_KEYS = `mine:${Buffer.alloc(32, 7).toString("base64")}`;
    const other = await startTestServer({ env: { PLAYGROUND: "off", CREDENTIALS_KEYS } });
    const listed = (await other.call("GET", "/api/v1/settings/keys", { key: ADMIN })).body;
    expect(listed).toMatchObject({ data: [{ kid: "mine", current: true }], source: "environment" });
    const refused = await other.call("POST", "/api/v1/settings/keys/rotate", { key: ADMIN, body: { newKey: true } });
    expect(refused.body).toMatchObject({ status: 409, code: "conflict", detail: expect.stringContaining("CREDENTIALS_KEYS") });
    const rotated = await other.call("POST", "/api/v1/settings/keys/rotate", { key: ADMIN });
    expect(lines(rotated).at(-1)).toMatchObject({ finished: true, report: { kid: "mine", resealed: 0 } });
    await other.close();
  });
});
