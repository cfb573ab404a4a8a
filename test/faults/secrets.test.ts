import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import mongoose from "mongoose";
import { readConfig } from "../../app/config.ts";
import type { CredentialDocument } from "../../credentials/document.ts";
import { openSecret } from "../../credentials/secret-text.ts";
import { createLog } from "../../runtime/log.ts";
import { createKeyRing } from "../../sealing/encrypt.ts";
import { parseKeys } from "../../sealing/parse-keys.ts";
import { reveal } from "../../sealing/secret.ts";
import { type RunningServer, startServer } from "../../server/main.ts";
import { EVERY_PROJECT } from "../../store/document-store.ts";
import { accessTo } from "../support/access.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { ROOT } from "../support/json-schemas.ts";
import { sharedMongod } from "../support/mongod.ts";
import { chosenCanaries, runBattery } from "./support/battery.ts";
import { type Canaries, type Evidence, findCanaries, formsOf, newCanary } from "./support/canaries.ts";

const BATTERY_MS = 120_000;
const chosen = chosenCanaries();
const keysText = `k1:${chosen.sealingKey}`;

interface Room {
  readonly server: RunningServer;
  readonly env: Readonly<Record<string, string>>;
  readonly logged: string[];
  readonly written: string[];
  readonly dataDir: string;
  close(): Promise<void>;
}

/** Hears what is written to a stream; answers how to stop that. */
function listenTo(stream: NodeJS.WriteStream, written: string[]): () => void {
  const { write } = stream;
  stream.write = ((chunk: string | Uint8Array, ...rest: []) => {
    written.push(String(chunk));
    return write.call(stream, chunk, ...rest);
  }) as typeof write;
  return () => {
    stream.write = write;
  };
}

async function openRoom(more: Record<string, string> = {}): Promise<Room> {
  const dataDir = mkdtempSync(join(tmpdir(), "lever-secrets-"));
  const env = {
    PORT: "0",
    PLAYGROUND_PORT: "0",
    DATA_DIR: dataDir,
    ADMIN_TOKEN: chosen.adminToken,
    CREDENTIALS_KEYS: keysText,
    LEVER_CLIENT_ID: "configured",
    LEVER_CLIENT_SECRET: chosen.configuredSecret,
    LOG_LEVEL: "trace",
    ...more,
  };
  const logged: string[] = [];
  const written: string[] = [];
  const restore = [process.stdout, process.stderr].map((stream) => listenTo(stream, written));
  const log = createLog({ level: "trace", destination: { write: (line: string) => void logged.push(line) } });
  const playground = { opportunities: 12, rateLimit: false, autoApprove: true } as const;
  const server = await startServer(readConfig(env), { log, playground });
  const port = new URL(server.playground?.url ?? "").port;
  async function close(): Promise<void> {
    await server.close();
    for (const stop of restore) stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  return { server, env: { ...env, PLAYGROUND_PORT: port }, logged, written, dataDir, close };
}

/** The refresh token is nowhere to be seen but under its seal. */
async function refreshToken({ server }: Room): Promise<string> {
  const [document] = await server.services.store.find("credentials", "default", { where: { nickname: "by consent" } });
  const secret = String(document?.secret);
  const opened = openSecret(createKeyRing(parseKeys(keysText)), document as CredentialDocument, secret);
  if (opened.type !== "oauth2" || opened.refreshToken === null) throw new Error("no refresh token");
  return reveal(opened.refreshToken);
}

function files(folder: string): Evidence[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ where: path.replace(folder, "store"), bytes: readFileSync(path) }));
}

/** A process of this product: what it printed, and what anybody on the machine could read of how it was started. */
async function runChild(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = "",
): Promise<Evidence & { code: number }> {
  const { PATH = "", HOME = "" } = process.env;
  const child: ChildProcess = spawn(process.execPath, ["--import", "tsx", ...args], { cwd: ROOT, env: { PATH, HOME, ...env } });
  const parts: string[] = [];
  child.stdout?.on("data", (chunk) => parts.push(String(chunk)));
  child.stderr?.on("data", (chunk) => parts.push(String(chunk)));
  const [, ended] = [await once(child, "spawn"), once(child, "close")];
  const commandLine = readFileSync(`/proc/${child.pid}/cmdline`);
  child.stdin?.end(stdin);
  const [code] = (await ended) as [number];
  return {
    where: `process ${args.join(" ").slice(0, 80)}`,
    bytes: Buffer.concat([commandLine, Buffer.from(parts.join(""))]),
    code,
  };
}

describe("the scanner", () => {
  it("finds each canary in each form, in text and in bytes, and nothing where there is nothing", () => {
    const canaries = { text: newCanary(), ...chosen } as Canaries;
    expect(findCanaries(canaries, [{ where: "clean", bytes: "a".repeat(10_000) }])).toEqual([]);
    for (const [canary, text] of Object.entries(canaries))
      for (const [form, spellings] of Object.entries(formsOf(text)))
        for (const spelling of spellings) {
          const bytes = Buffer.from(`{"before":1,"x":"${spelling}"}`, "latin1");
          const hits = findCanaries({ [canary]: text }, [{ where: "planted", bytes }]);
          expect(hits.map((hit) => [hit.canary, hit.form])).toContainEqual([canary, form]);
          expect(findCanaries({ [canary]: text }, [{ where: "planted", bytes, allowed: [canary] }])).toEqual([]);
        }
  });

  it("finds a canary that was encoded together with what stood around it", () => {
    const text = newCanary();
    for (const before of ["", "a", "ab", "abc"])
      for (const encoding of ["base64", "base64url", "hex"] as const) {
        const bytes = Buffer.from(`${before}${text}:tail`).toString(encoding);
        expect(findCanaries({ text }, [{ where: "encoded", bytes }]).length).toBeGreaterThan(0);
      }
  });
});

describe("with the embedded store", () => {
  let room: Room;
  let canaries: Record<string, string>;
  let answers: readonly Evidence[];
  const children: (Evidence & { code: number })[] = [];

  beforeAll(async () => {
    room = await openRoom();
    const result = await runBattery(room.server, chosen);
    answers = result.evidence;
    canaries = { ...result.canaries, refreshToken: await refreshToken(room) };
  }, BATTERY_MS);
  afterAll(() => room.close());

  it("the battery did what it is meant to do", () => {
    expect(Object.values(canaries).every((text) => text.length >= 15)).toBe(true);
    expect(answers.length).toBeGreaterThan(400);
    expect(room.logged.length).toBeGreaterThan(400);
    const codes = new Set(answers.flatMap(({ bytes }) => /"code":"(\w+)"/.exec(String(bytes))?.[1] ?? []));
    for (const code of [
      "credential_rejected",
      "permission_denied",
      "upstream_invalid_response",
      "upstream_redirect_refused",
      "upstream_rejected",
    ])
      expect(codes).toContain(code);
    for (const code of [
      "input_invalid",
      "malformed_json",
      "not_found",
      "auth_required",
      "idempotency_key_reused",
      "environment_unknown",
    ])
      expect(codes).toContain(code);
    for (const shown of ["name", "email", "phone", "tag", "serverKey", "session", "accessLink"]) {
      const held = answers.filter(({ allowed }) => allowed?.includes(shown)).map(({ where, bytes }) => ({ where, bytes }));
      expect([shown, findCanaries({ [shown]: canaries[shown] ?? "" }, held).length > 0]).toEqual([shown, true]);
    }
    expect(answers.filter(({ bytes }) => /^5\d\d /.test(String(bytes)) && String(bytes).includes("internal_error"))).toEqual([]);
  });

  it("answers hold only what they are meant to hold", () => {
    expect(findCanaries(canaries, answers)).toEqual([]);
  });

  it("logs at the most talkative level, and what is printed, hold nothing", () => {
    const lines = room.logged.map((bytes, index) => ({ where: `line ${index} of the log: ${bytes.slice(0, 300)}`, bytes }));
    expect(findCanaries(canaries, lines)).toEqual([]);
    expect(findCanaries(canaries, [{ where: "stdout and stderr", bytes: room.written.join("") }])).toEqual([]);
  });

  it("a log line with a signed request's credential in it is written, without the header", async () => {
    const { log, credentials, store } = room.server.services;
    const [found] = await store.find("credentials", "default", { where: { nickname: "renamed" } });
    const signing = await credentials.sign(accessTo("default"), String(found?.id));
    const from = room.logged.length;
    expect(signing.authorization).toMatch(/^Basic /);
    log.error({ signing, err: Object.assign(new Error("x"), { signing }) }, "careless");
    log.error(signing, "careless");
    const lines = room.logged.slice(from).map((bytes) => ({ where: "log", bytes }));
    expect([lines.length, findCanaries(canaries, lines)]).toEqual([2, []]);
  });

  it("stored files hold nothing outside the seals", () => {
    const stored = files(room.dataDir);
    expect(stored.map(({ where }) => where).some((where) => where.endsWith("-wal"))).toBe(true);
    expect(stored.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBeGreaterThan(100_000);
    expect(findCanaries(canaries, stored)).toEqual([]);
  });

  it("commands, their arguments, and what they print when they fail, hold nothing", async () => {
    const { env } = room;
    const cli = (args: string[], more: Record<string, string> = {}, stdin = "") =>
      runChild(["cli/main.ts", ...args], { ...env, ...more }, stdin);
    const environment = ["--environment", "playground"];
    const mongo = `mongodb://user:${chosen.clientSecret}@127.0.0.1:1/x?serverSelectionTimeoutMS=100`;
    const opportunity = ["operations", "run", "add_opportunity_tags", "--credential"];
    const run = await Promise.all([
      cli(["credentials", "add", "--nickname", "by stdin", ...environment, "--api-key-stdin"], {}, chosen.apiKey),
      cli(["credentials", "add", "--nickname", "by env", ...environment, "--api-key-env", "KEY", "--json"], {
        KEY: chosen.wrongApiKey,
      }),
    ]);
    const more = await Promise.all([
      cli(
        [...opportunity, "wrong", "--input-file", "-", "--json"],
        { LOG_LEVEL: "trace" },
        JSON.stringify({ opportunity_id: chosen.email, tags: [chosen.tag] }),
      ),
      cli(["credentials", "list"], { MONGODB_URI: mongo, LOG_LEVEL: "debug" }),
      cli(["credentials", "list"], { CREDENTIALS_KEYS: `k9:${chosen.sealingKey.slice(0, -4)}` }),
    ]);
    const stored = await room.server.services.store.find("credentials", "default", { where: { nickname: "by consent" } });
    const crash = await runChild(["test/faults/support/child-crash.ts", String(stored[0]?.id)], env);
    children.push(...run, ...more, crash);
    expect(run.map(({ code }) => code)).toEqual([0, 4]);
    expect(more.every(({ code }) => code > 0)).toBe(true);
    expect([crash.code, String(crash.bytes)]).toEqual([1, expect.stringContaining("a crash on purpose")]);
    expect(findCanaries(canaries, children)).toEqual([]);
  }, 60_000);

  it("rotation re-seals everything, prints nothing, and leaves nothing", async () => {
    const second = Buffer.from(newCanary(32)).toString("base64");
    const rotated = await runChild(["cli/main.ts", "keys", "rotate", "--json"], {
      ...room.env,
      CREDENTIALS_KEYS: `k2:${second},${keysText}`,
    });
    expect([rotated.code, String(rotated.bytes)]).toEqual([0, expect.stringContaining("k2")]);
    const [credential] = await room.server.services.store.find("credentials", EVERY_PROJECT, { limit: 1 });
    expect(String(credential?.secret)).toMatch(/^v3\.k2/);
    const all = { ...canaries, secondSealingKey: second };
    expect(findCanaries(all, [rotated, ...files(room.dataDir)])).toEqual([]);
  }, 60_000);

  it("would have found a leak: planted ones are seen in the log, the store, an answer and a command line", async () => {
    const { log, store } = room.server.services;
    const from = room.logged.length;
    log.trace({ planted: canaries.refreshToken }, "planted");
    log.error({ err: new Error(`planted ${chosen.apiKey}`) }, "planted");
    const lines = room.logged.slice(from).map((bytes) => ({ where: "log", bytes }));
    expect(new Set(findCanaries(canaries, lines).map(({ canary }) => canary))).toEqual(new Set(["refreshToken", "apiKey"]));
    await store.insert("meta", { id: "planted", project: "_planted", text: chosen.email });
    expect(findCanaries(canaries, files(room.dataDir)).map(({ canary }) => canary)).toContain("email");
    const child = await runChild(["--eval", "0", chosen.apiKey], {});
    expect(findCanaries(canaries, [child]).map(({ canary }) => canary)).toContain("apiKey");
    const shown = answers.filter(({ allowed }) => allowed?.includes("email")).map(({ where, bytes }) => ({ where, bytes }));
    expect(findCanaries(canaries, shown).map(({ canary }) => canary)).toContain("email");
    expect(existsSync(join(room.dataDir, "keys"))).toBe(false);
  }, 30_000);
});

describeWithMongod("with MongoDB", () => {
  let room: Room;
  let uri: string;
  let canaries: Record<string, string>;

  beforeAll(async () => {
    uri = (await sharedMongod()).dbUri(`secrets_${newCanary(8)}`);
    room = await openRoom({ MONGODB_URI: uri });
    canaries = { ...(await runBattery(room.server, chosen)).canaries, refreshToken: await refreshToken(room) };
  }, BATTERY_MS);
  afterAll(() => room.close());

  async function collections(): Promise<Evidence[]> {
    const connection = await mongoose.createConnection(uri).asPromise();
    const found: Evidence[] = [];
    for (const { name } of (await connection.db?.listCollections().toArray()) ?? []) {
      const documents = await connection.collection(name).find({}, { raw: true }).toArray();
      found.push(...documents.map((bytes, index) => ({ where: `${name} ${index}`, bytes: bytes as unknown as Buffer })));
    }
    await connection.close();
    return found;
  }

  it("documents hold nothing outside the seals, and logs nothing at all", async () => {
    const documents = await collections();
    expect(documents.length).toBeGreaterThan(20);
    expect(findCanaries(canaries, documents)).toEqual([]);
    expect(
      findCanaries(
        canaries,
        room.logged.map((bytes) => ({ where: bytes.slice(0, 300), bytes })),
      ),
    ).toEqual([]);
    expect(files(room.dataDir)).toEqual([]);
  });

  it("would have found a leak in a document", async () => {
    await room.server.services.store.insert("meta", { id: "planted", project: "_planted", text: chosen.phone });
    expect(findCanaries(canaries, await collections()).map(({ canary }) => canary)).toContain("phone");
  });
});
