import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import mongoose from "mongoose";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { sharedMongod } from "../support/mongod.ts";
import { ADMIN, startTestServer, type TestServer } from "./start.ts";

/** Stores that earlier versions of this program filled with one of everything: test/fixtures/stores/README.md. */
const STORES = join(import.meta.dirname, "../fixtures/stores");
const versions = readdirSync(STORES, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

// biome-ignore lint/suspicious/noExplicitAny: what an earlier version answered, kept as it was
type Kept = any;

for (const version of versions) {
  describe(`a store in files of ${version}`, () => holdStore(version, "embedded", inFiles));
  describeWithMongod(`a store in MongoDB of ${version}`, () => holdStore(version, "mongodb", inMongo));
}

function holdStore(version: string, kind: string, restore: (folder: string, kept: Kept, temp: string) => Promise<Environment>) {
  const folder = join(STORES, version);
  const kept: Kept = JSON.parse(readFileSync(join(folder, `${kind}.json`), "utf8"));
  const { secrets } = kept;
  let server: TestServer;
  let temp: string;

  beforeAll(async () => {
    temp = mkdtempSync(join(tmpdir(), "kept-store-"));
    // Tokens, sessions and records of writes end by the clock: the store is opened a minute after it was left.
    const laterMs = Date.now() - (kept.madeAtMs + 60_000);
    const clock = Date.now;
    jest.spyOn(Date, "now").mockImplementation(() => clock() - laterMs);
    const env = await restore(folder, kept, temp);
    const publicUrl = `http://127.0.0.1:${kept.ports.server}`;
    server = await startTestServer({ env: { ...env, PUBLIC_URL: publicUrl }, playground: { opportunities: 1000 } });
    await callAs(`127.0.0.1:${kept.ports.playground}`, String(server.playground?.url));
  });
  afterAll(async () => {
    await server?.close();
    jest.restoreAllMocks();
    rmSync(temp, { recursive: true, force: true });
  });

  const lists = async (key: string) => {
    const of = async (path: string) => (await server.call("GET", `/api/v1${path}`, { key })).body.data;
    return { credentials: await of("/credentials"), apiKeys: await of("/api-keys"), oauthApps: await of("/settings/oauth-apps") };
  };
  const run = (operation: string, credential: string, input: object, key = secrets.key) =>
    server.call("POST", `/api/v1/operations/${operation}`, { key, body: { credential, input } });
  const effects = () => server.playground?.playground.ledger.since(0).length;

  it("shows every project, credential, API key, OAuth app, encryption key and report as they were", async () => {
    const used = { lastUsedAt: expect.anything() };
    const asKept = ({ credentials, apiKeys, oauthApps }: Kept) => ({
      credentials,
      apiKeys: apiKeys.map((one: Kept) => (one.lastUsedAt === null ? one : { ...one, ...used })),
      // Without an app of its own a project is shown what would be asked for by default, which grows with the operations.
      oauthApps: oauthApps.map(({ scopes, ...app }: Kept) => (app.source !== "settings" ? app : { ...app, scopes })),
    });
    expect(await lists(secrets.key)).toMatchObject(asKept(kept.lists));
    expect(await lists(secrets.secondKey)).toMatchObject(asKept(kept.secondLists));
    expect((await server.call("GET", "/api/v1/projects", { key: ADMIN })).body.data).toMatchObject(kept.lists.projects);
    // What they encrypted was of an older format, and is re-encrypted with the newest key from the start on.
    let keys: Kept[] = [];
    while (keys.filter(({ used }) => used > 0).length !== 1)
      keys = (await server.call("GET", "/api/v1/settings/keys", { key: ADMIN })).body.data;
    const withoutUse = (all: Kept[]) => all.map(({ used: _, ...rest }) => rest);
    const uses = (all: Kept[]) => all.reduce((sum, { used }) => sum + used, 0);
    expect(withoutUse(keys)).toMatchObject(withoutUse(kept.lists.keys));
    expect(uses(keys)).toBe(uses(kept.lists.keys));
    expect((await server.call("GET", "/api/v1/credentials/Tested/test", { key: ADMIN })).body).toEqual(kept.report);
  });

  it("lets the API keys in that were let in, with what each may do", async () => {
    const list = async (key: string) => (await server.call("GET", "/api/v1/credentials", { key })).status;
    expect(await Promise.all([secrets.key, secrets.reader, secrets.secondKey, secrets.revoked].map(list))).toEqual([
      200, 200, 200, 401,
    ]);
    expect((await server.call("GET", "/api/v1/api-keys", { key: secrets.reader })).status).toBe(403);
  });

  it("keeps people signed in, and lets one in by the link that was left", async () => {
    const session = await server.call("GET", "/session", { headers: { cookie: secrets.cookie } });
    expect(session.body).toMatchObject({ signedIn: true, csrfToken: kept.session.csrfToken, project: kept.session.project });
    const redeem = () =>
      server.call("POST", "/access", {
        body: new URL(secrets.link).searchParams.toString(),
        headers: { "content-type": "application/x-www-form-urlencoded" },
      });
    expect([(await redeem()).status, (await redeem()).status]).toEqual([303, 403]);
  });

  it("replays the recorded answers, and sends nothing again", async () => {
    const before = effects();
    expect(await server.services.store.count("writes", "default")).toBe(kept.writes.length);
    for (const { key, path, credential, input, answer } of kept.writes) {
      if (!["kept-done", "kept-by-consent", "kept-removed"].includes(key)) continue;
      const again = await send({ key, path, credential, input });
      expect(again).toMatchObject({ status: 200, body: { output: answer.output, meta: { replayed: true } } });
    }
    expect(effects()).toBe(before);
    const other = await send({ ...kept.writes[0], input: { ...kept.writes[0].input, tags: ["Another"] } });
    expect(other.body.code).toBe("idempotency_key_reused");
  });

  it("knows how its other writes ended: without effect, with an unusable answer, unknown", async () => {
    const of = (key: string) => kept.writes.find((one: Kept) => one.key === key);
    const before = Number(effects());
    expect((await send(of("kept-failed"))).body.code).toBe(of("kept-failed").answer.code);
    expect((await send(of("kept-applied"))).body).toMatchObject({
      code: of("kept-applied").answer.code,
      details: { applied: true },
    });
    expect(effects()).toBe(before);
    expect(of("kept-unknown").answer.code).toBe("outcome_unknown");
    expect((await send(of("kept-unknown"))).status).toBe(200);
    expect(effects()).toBe(before + 1);
  });

  it("signs with keys and with tokens, under every encryption key and in every project", async () => {
    const call = async (credential: string, key?: string) => (await run("list_tags", credential, { limit: 1 }, key)).status;
    const working = ["Tested", "Untested", "Replaced", "Under the newest key", "Consented"];
    expect(await Promise.all(working.map((name) => call(name)))).toEqual([200, 200, 200, 200, 200]);
    const ofSecond = ["Tested", "Consented"].map((name) => call(name, secrets.secondKey));
    expect(await Promise.all(ofSecond)).toEqual([200, 200]);
    expect((await run("list_tags", "Rejected", {})).body.code).toBe("credential_rejected");
    expect((await run("list_tags", "Pending", {})).body.code).toMatch(/^credential_/);
  });

  it("renews tokens with the saved refresh token", async () => {
    await fetch(`${server.playground?.url}/_playground/tokens/expire`, { method: "POST" });
    expect((await run("list_tags", "Consented", { limit: 1 })).status).toBe(200);
    expect((await run("list_tags", "Consented", { limit: 1 }, secrets.secondKey)).status).toBe(200);
    expect(server.playground?.playground.tokens.refreshes).toBeGreaterThanOrEqual(2);
  });

  it("finishes the consents that were under way", async () => {
    const { pathname, search } = new URL(secrets.pending);
    expect((await server.call("GET", pathname + search)).status).toBe(200);
    const { location, cookie } = secrets.begun;
    const page = await fetch(String(server.playground?.url) + new URL(location).pathname + new URL(location).search);
    const transaction = /name="transaction" value="([^"]+)"/.exec(await page.text())?.[1] ?? "";
    const body = new URLSearchParams({ transaction, decision: "approve" });
    const granted = await fetch(`${server.playground?.url}/authorize/decision`, { method: "POST", redirect: "manual", body });
    const back = new URL(String(granted.headers.get("location")));
    const landed = await server.call("GET", back.pathname + back.search, { headers: { cookie } });
    // Where operations have come that need more than was asked for then, it ends as every consent that lacks something.
    expect(landed.text).not.toContain("oauth_state_invalid");
    const begun = await server.call("GET", "/api/v1/credentials/Begun", { key: secrets.key });
    expect(begun.body.status).toBe(landed.status < 400 ? "untested" : "unusable");
    expect(begun.body.scopes).toContain("tags:read:admin");
  });

  it("re-encrypts everything with its newest key", async () => {
    await server.services.keys.rotate();
    const keys = (await server.call("GET", "/api/v1/settings/keys", { key: ADMIN })).body.data;
    expect(keys.filter(({ used }: Kept) => used > 0)).toMatchObject([{ kid: "by-hand", current: true }]);
    expect((await run("list_tags", "Tested", { limit: 1 })).status).toBe(200);
  });

  function send({ key, path, credential, input }: Kept) {
    return server.call("POST", path, { key: secrets.key, body: { credential, input }, headers: { "idempotency-key": key } });
  }
}

type Environment = Record<string, string>;

async function inFiles(folder: string, _kept: Kept, temp: string): Promise<Environment> {
  cpSync(join(folder, "embedded"), temp, { recursive: true });
  chmodSync(join(temp, "keys"), 0o600);
  return { DATA_DIR: temp };
}

async function inMongo(folder: string, kept: Kept, temp: string): Promise<Environment> {
  const uri = (await sharedMongod()).dbUri(`kept-${process.pid}`);
  // The server's clock cannot be set: what ends by it ends as much later.
  const laterMs = Math.round(performance.timeOrigin + performance.now()) - kept.madeAtMs;
  const connection = await mongoose.createConnection(uri).asPromise();
  try {
    await connection.dropDatabase();
    for (const line of readFileSync(join(folder, "mongodb.dump.ndjson"), "utf8").trim().split("\n")) {
      const { collection, document } = mongoose.mongo.BSON.EJSON.parse(line);
      const ends = ["writes", "oauthFlows"].includes(collection) && { expiresAtMs: document.expiresAtMs + laterMs };
      await connection.collection(collection).insertOne({ ...document, ...ends });
    }
  } finally {
    await connection.close();
  }
  cpSync(join(folder, "mongodb.keys"), join(temp, "keys"));
  chmodSync(join(temp, "keys"), 0o600);
  return { MONGODB_URI: uri, CREDENTIALS_KEY_FILE: join(temp, "keys") };
}

/** The playground takes every address that it was called at for its own: tokens hold that of the one that issued them. */
function callAs(host: string, url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { host } }, (answer) => answer.resume().once("end", resolve)).once("error", reject);
  });
}
