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
      // As forms say it at their field: "This is no public address."
      expect(answer.body.errors[0].message).toMatch(/^(?:is|has|must)\b/);
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

describe("destinations", () => {
  it("are found by a part of name or address, and by id", async () => {
    const { body } = await api("POST", "", { name: "Prüfstelle Süd", url: `${inbox}?of=sued` });
    for (const search of ["prufstelle", "of=sued", body.id]) {
      const found = (await api("GET", `?search=${encodeURIComponent(search)}`)).body.data;
      expect(found.map(({ name }: { name: string }) => name)).toEqual(["Prüfstelle Süd"]);
    }
    expect((await api("GET", "?search=nowhere")).body).toEqual({ data: [] });
  });

  it("tell which workflows use them, by draft or published version, and what still waits for them", async () => {
    const { body } = await api("POST", "", { name: "used", url: inbox });
    const other = (await api("POST", "", { name: "not used", url: inbox })).body;
    const flow = (method: string, path: string, given?: unknown) =>
      server.call(method, `/api/v1/workflows${path}`, { key: ADMIN, body: given });
    const sends = (name: string, destination: string) => {
      const step = { id: "tell", title: "Tell", kind: "send", destination, body: { at: "{{ run.startedAt }}" } };
      return { name, title: `Title of ${name}`, trigger: { type: "api" }, steps: [step] };
    };
    const draft = (await flow("POST", "", sends("by-draft", " used "))).body;
    const published = (await flow("POST", "", sends("by-version", "used"))).body;
    await flow("POST", `/${published.id}/publish`);
    await flow("PUT", `/${published.id}`, sends("by-version", other.id));
    await api("PATCH", "/used", { name: "used and renamed" });
    const usage = async (id: string) => (await api("GET", `/${id}/usage`)).body;
    expect(await usage(body.id)).toEqual({
      destination: body.id,
      workflows: [{ id: published.id, name: "by-version", title: "Title of by-version" }],
      pending: 0,
    });
    await api("PATCH", `/${body.id}`, { name: "used" });
    const both = [draft.id, published.id];
    expect((await usage(body.id)).workflows.map(({ id }: { id: string }) => id)).toEqual(both);
    expect((await usage(other.id)).workflows).toMatchObject([{ id: published.id }]);
    await api("PATCH", `/${body.id}`, { paused: true });
    await api("PATCH", `/${body.id}`, { paused: false, url: `${inbox}?waits` });
    server.playground?.playground.inbox.answerWith(503, 1);
    const access = { project: "default", actor: "test" };
    await server.services.destinations.send(access, { destination: body.id, id: "waits", body: 1 });
    await until(async () => (await server.services.destinations.outcome(access, "waits")).attemptCount === 1);
    expect((await usage(body.id)).pending).toBe(1);
    // Its next attempt is no other test's.
    await api("DELETE", `/${body.id}`);
  });
});

describe("a workflow's step that sends to a destination", () => {
  const check = async () => (await server.call("POST", "/api/v1/workflows/sends-there/check", { key: ADMIN })).body;
  const finding = { step: "tell", field: "/destination" };

  it("is an error of the check where there is no such destination, and a doubt while it is paused", async () => {
    const step = { id: "tell", title: "Tell", kind: "send", destination: "held back", body: {} };
    const body = { name: "sends-there", title: "Sends there", trigger: { type: "api" }, steps: [step] };
    await server.call("POST", "/api/v1/workflows", { key: ADMIN, body });
    expect(await check()).toMatchObject({
      ok: false,
      findings: [{ ...finding, severity: "error", code: "unknown_destination" }],
    });
    await api("POST", "", { name: "held back", url: inbox });
    expect(await check()).toEqual({ ok: true, findings: [] });
    await api("PATCH", "/held%20back", { paused: true });
    const doubt = {
      ...{ ...finding, severity: "doubt", code: "destination_paused" },
      message: '"held back" is paused; what is sent to it is refused.',
      suggestion: "Resume the destination, or choose another one.",
    };
    expect(await check()).toEqual({ ok: true, findings: [doubt] });
    const printed = await runCli(["workflows", "check", "sends-there"], { env: environment() });
    const line = `  doubt  tell/destination  ${doubt.message} (${doubt.suggestion})\n`;
    expect([printed.code, printed.out]).toEqual([0, `sends-there: no errors\n${line}`]);
    await api("PATCH", "/held%20back", { paused: false });
    expect(await check()).toEqual({ ok: true, findings: [] });
  });
});

const environment = () => ({ DATA_DIR: server.dataDir, PLAYGROUND_PORT: new URL(inbox).port });

describe("lever-connector destinations", () => {
  const folder = mkdtempSync(join(tmpdir(), "destinations-cli-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const cli = (...args: string[]) => runCli(["destinations", ...args], { env: environment() });

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
    const subscribed = await cli("change", "renamed", "--events", "approval.waiting, run.failed", "--json");
    expect(subscribed.json()).toMatchObject({ events: ["run.failed", "approval.waiting"] });
    expect((await cli("show", "renamed")).out).toMatch(/events +run\.failed, approval\.waiting/);
    expect((await cli("change", "renamed", "--events", "none", "--json")).json()).toMatchObject({ events: [] });
    const unknown = await cli("change", "renamed", "--events", "run.finished");
    expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining('"run.finished" is none of the events')]);
    const rotated = await cli("rotate", "renamed", "--keep", "0");
    expect(rotated.err).toContain("The secret before signs no more.");
    expect((await cli("remove", "renamed", "--yes")).code).toBe(0);
    const gone = await cli("show", "renamed");
    expect([gone.code, gone.err]).toEqual([3, expect.stringContaining("destinations list")]);
  });

  it("names the workflows that use one before it asks whether to remove it", async () => {
    await cli("add", "--name", "to go", "--url", inbox);
    const step = { id: "tell", title: "Tell", kind: "send", destination: "to go", body: {} };
    const body = { name: "tells-it", title: "Tells it", trigger: { type: "api" }, steps: [step] };
    await server.call("POST", "/api/v1/workflows", { key: ADMIN, body });
    const removed = await runCli(["destinations", "remove", "to go"], { env: environment(), tty: {}, stdin: "to go\n" });
    expect(removed.code).toBe(0);
    expect(removed.err).toMatch(/Workflows that use it: tells-it[\s\S]*Type the name/);
  });

  it("says what is wrong with an address, and with nothing to change", async () => {
    const denied = await cli("add", "--name", "x", "--url", "https://10.0.0.1/");
    expect([denied.code, denied.err]).toEqual([3, expect.stringContaining("no public address")]);
    expect((await cli("change", "x")).code).toBe(2);
    expect((await cli("rotate", "x", "--keep", "a year")).code).toBe(2);
  });
});
