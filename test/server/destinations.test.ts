import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { runCli } from "../cli/run-cli.ts";
import { until } from "../destinations/receiver.ts";
import { ADMIN, startTestServer, type TestServer } from "./start.ts";

let server: TestServer;
let inbox: string;

beforeAll(async () => {
  server = await startTestServer();
  inbox = `${server.playground?.url}/inbox`;
});
afterAll(() => server.close());

const api = (method: string, path: string, body?: unknown) =>
  server.call(method, `/api/v1/destinations${path}`, { key: ADMIN, body });
const received = () => server.playground?.playground.inbox.list() ?? [];

describe("a destination", () => {
  it("is created with a secret that is told once, tested, renamed, rotated and deleted", async () => {
    const created = await api("POST", "", { name: "first", url: inbox });
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toBe(`/api/v1/destinations/${created.body.id}`);
    const { secret } = created.body;
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    server.playground?.playground.inbox.addSecret(secret);
    const tested = await api("POST", "/first/test");
    expect(tested.body).toMatchObject({ accepted: true, code: "ok", status: 204, message: "It answered 204" });
    expect(received().at(-1)).toMatchObject({ signature: "verified", headers: { "webhook-id": tested.body.messageId } });
    const changed = await api("PATCH", `/${created.body.id}`, { name: "renamed", version: 1 });
    expect(changed.body).toMatchObject({ name: "renamed", version: 2, lastTest: { code: "ok" } });
    expect((await api("PATCH", `/${created.body.id}`, { name: "again", version: 1 })).body.code).toBe("conflict");
    const rotated = await api("POST", "/renamed/rotate", {});
    expect(rotated.body.secret).not.toBe(secret);
    expect(Date.parse(rotated.body.previousSecretUntil) - Date.now()).toBeGreaterThan(86_000_000);
    for (const path of ["", "/renamed", `/${created.body.id}`, "/renamed/deliveries"]) {
      const { text } = await api("GET", path);
      for (const one of [secret, rotated.body.secret]) expect(text).not.toContain(one.slice(6, 30));
    }
    expect(server.logged.join("")).not.toContain(secret.slice(6, 30));
    expect((await api("DELETE", "/renamed")).status).toBe(204);
    expect((await api("GET", "/renamed")).body.code).toBe("not_found");
  });

  it("refuses addresses that are not public, and says what would allow them", async () => {
    for (const url of ["http://example.com/", "https://127.0.0.1/", "https://169.254.169.254/", "https://localhost/"]) {
      const answer = await api("POST", "", { name: "refused", url });
      expect(answer.body).toMatchObject({ status: 422, code: "egress_denied", errors: [{ pointer: "/url" }] });
      expect(answer.body.detail).toContain("EGRESS_ALLOW");
    }
    const elsewhere = inbox.replace(/:(\d+)/, (_, port: string) => `:${Number(port) + 1}`);
    expect((await api("POST", "", { name: "refused", url: elsewhere })).body.code).toBe("egress_denied");
    expect((await api("POST", "", { name: "first", url: "nonsense" })).body.code).toBe("input_invalid");
  });

  it("lists what was sent to it, with each attempt, without the body", async () => {
    const { body } = await api("POST", "", { name: "listed", url: inbox });
    server.playground?.playground.inbox.answerWith(503, 1);
    const access = { project: "default", actor: "test" };
    const { destinations } = server.services;
    await destinations.send(access, { destination: body.id, id: "run/1", body: { canary: "of the body" } });
    await until(async () => (await destinations.outcome(access, "run/1")).attemptCount === 1);
    const listed = await api("GET", "/listed/deliveries?limit=1");
    expect(listed.body.data).toMatchObject([
      { key: "run/1", state: "pending", code: "http_error", attempts: [{ status: 503, message: "It answered 503" }] },
    ]);
    expect(listed.text).not.toContain("canary");
    // Its turn comes after five seconds by itself; resuming makes it due at once.
    await api("PATCH", "/listed", { paused: true });
    await api("PATCH", "/listed", { paused: false });
    await until(async () => (await destinations.outcome(access, "run/1")).state === "delivered");
    expect(received().at(-1)).toMatchObject({ body: '{"canary":"of the body"}' });
    await until(async () => server.logged.some((line) => line.includes('"msg":"message ended"')));
    expect(server.logged.join("")).not.toContain("canary");
  });
});

describe("lever-connector destinations", () => {
  const folder = mkdtempSync(join(tmpdir(), "destinations-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const cli = (...args: string[]) =>
    runCli(["destinations", ...args], { env: { DATA_DIR: server.dataDir, PLAYGROUND_PORT: new URL(inbox).port } });

  it("adds, tests, shows, changes, rotates and removes one", async () => {
    const added = await cli("add", "--name", "by cli", "--url", inbox);
    expect([added.code, added.out]).toEqual([0, expect.stringMatching(/^whsec_\S{44}\n$/)]);
    expect(added.err).toContain("not shown again");
    server.playground?.playground.inbox.addSecret(added.out.trim());
    const tested = await cli("test", "by cli");
    expect([tested.code, tested.out]).toEqual([0, expect.stringMatching(/^accepted: It answered 204, \d+ ms\n$/)]);
    expect(received().at(-1)).toMatchObject({ signature: "verified" });
    server.playground?.playground.inbox.answerWith(500, 1);
    const refused = await cli("test", "by cli", "--json");
    expect([refused.code, refused.json()]).toEqual([
      5,
      expect.objectContaining({ accepted: false, code: "http_error", status: 500 }),
    ]);
    expect((await cli("list")).out).toMatch(/NAME\s+URL\s+PAUSED\s+LAST ?TEST\s+ID/i);
    expect((await cli("change", "by cli", "--pause")).err).toContain("it is paused");
    expect((await cli("show", "by cli")).out).toMatch(/paused +Somebody paused it/);
    expect((await cli("change", "by cli", "--resume", "--name", "renamed")).code).toBe(0);
    const rotated = await cli("rotate", "renamed", "--keep", "0");
    expect(rotated.err).toContain("The secret before signs no more.");
    expect((await cli("remove", "renamed", "--yes")).code).toBe(0);
    const gone = await cli("show", "renamed");
    expect([gone.code, gone.err]).toEqual([3, expect.stringContaining("destinations list")]);
  });

  it("says what is wrong with an address, and with nothing to change", async () => {
    const denied = await cli("add", "--name", "x", "--url", "https://10.0.0.1/");
    expect([denied.code, denied.err]).toEqual([3, expect.stringContaining("no public address")]);
    expect((await cli("change", "x")).code).toBe(2);
    expect((await cli("rotate", "x", "--keep", "a year")).code).toBe(2);
  });
});
