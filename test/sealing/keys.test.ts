import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createCredentials } from "../../credentials/credential-store.ts";
import { createKeyRing } from "../../sealing/encrypt.ts";
import { addKey, makeKeyFile, readKeyFile } from "../../sealing/key-file.ts";
import { listKeys, loadKeys } from "../../sealing/keys.ts";
import { parseKeys } from "../../sealing/parse-keys.ts";
import { rotateKeys } from "../../sealing/rotate-keys.ts";
import { Secret } from "../../sealing/secret.ts";
import { checkSentinel } from "../../sealing/sentinel.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { underFileLock } from "../../store/sqlite.ts";
import { CONNECTORS, failure, makeFolder, newKey, openTestStore } from "../credentials/setup.ts";
import { accessTo } from "../support/access.ts";

const CHILD = join(import.meta.dirname, "child.ts");
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step();
});

function folder(): string {
  const { path, remove } = makeFolder();
  cleanUp.push(remove);
  return path;
}

async function store() {
  const opened = await openTestStore();
  cleanUp.push(opened.close);
  return opened.store;
}

function child(...args: string[]): ChildProcess {
  const started = spawn(process.execPath, ["--import", "tsx", CHILD, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  cleanUp.push(() => started.exitCode === null && started.kill("SIGKILL"));
  return started;
}

describe("CREDENTIALS_KEYS", () => {
  it("takes names and keys, the first current", () => {
    const [one, two] = [newKey("a"), newKey("b-2")];
    const text = `a:${one.key.toString("base64")}, b-2:${two.key.toString("base64url")}`;
    expect(parseKeys(text)).toEqual([one, two]);
    expect(loadKeys({ keys: text }).ring.currentKid()).toBe("a");
  });

  it.each([
    "",
    "a",
    "a:",
    ":AAAA",
    "a:c2hvcnQ=",
    "canary-key-that-is-not-32-bytes",
    `a b:${"A".repeat(43)}=`,
    `a:${"A".repeat(43)}=,`,
  ])("refuses %j without repeating it", async (text) => {
    const error = await failure((async () => parseKeys(text))());
    expect(error.code).toBe("config_invalid");
    expect(error.message).not.toContain("canary");
    expect(error.message).toContain("openssl rand -base64 32");
  });

  it("must be set where there is no folder for a key file, and not together with a file", async () => {
    expect((await failure((async () => loadKeys({}))())).message).toContain("CREDENTIALS_KEYS");
    expect((await failure((async () => loadKeys({ keys: "x", keyFile: "y" }))())).code).toBe("config_invalid");
  });
});

describe("the key file", () => {
  it("is made once, for the owner alone, and found again", () => {
    const dataDir = join(folder(), "made", "here");
    const first = loadKeys({ dataDir });
    expect(first.file).toBe(join(dataDir, "keys"));
    expect(statSync(join(dataDir, "keys")).mode & 0o777).toBe(0o600);
    expect(loadKeys({ dataDir }).ring.kids()).toEqual(first.ring.kids());
    expect(readdirSync(dataDir)).toEqual(["keys"]);
  });

  it("is the same for processes that start at once", async () => {
    const dataDir = folder();
    const started = Array.from({ length: 2 }, () => child("keys", dataDir));
    const printed = await Promise.all(started.map(output));
    for (let count = 0; count < 20; count++) makeKeyFile(join(dataDir, "keys"));
    expect(new Set(printed.map((text) => text.trim())).size).toBe(1);
    expect(printed[0]?.trim()).toBe(loadKeys({ dataDir }).ring.currentKid());
    expect(readdirSync(dataDir)).toEqual(["keys"]);
  });

  it("names DATA_DIR where its folder cannot be used", async () => {
    const file = join(folder(), "file");
    writeFileSync(file, "");
    const locked = folder();
    chmodSync(locked, 0o500);
    // Whoever runs as root may write there all the same.
    const denied = process.getuid?.() === 0 ? [] : [locked, join(locked, "below")];
    for (const dataDir of [file, join(file, "below"), ...denied]) {
      const error = await failure((async () => loadKeys({ dataDir }))());
      expect(error).toMatchObject({ code: "config_invalid", details: { variable: "DATA_DIR" } });
      expect(error.message).toMatch(new RegExp(`^DATA_DIR ${dataDir} (is not a folder|may not be written)`));
    }
  });

  it("is not made where a link to a file that is gone has its name, and not read where a folder has", async () => {
    const dataDir = folder();
    symlinkSync(join(dataDir, "gone"), join(dataDir, "keys"));
    const missing = await failure((async () => loadKeys({ dataDir }))());
    expect(missing).toMatchObject({ code: "config_invalid", message: `There is no key file ${join(dataDir, "keys")}` });
    expect(readdirSync(dataDir)).toEqual(["keys"]);
    mkdirSync(join(dataDir, "folder"), { mode: 0o700 });
    const unread = await failure((async () => loadKeys({ keyFile: join(dataDir, "folder") }))());
    expect(unread).toMatchObject({ code: "config_invalid", cause: { code: "EISDIR" } });
  });

  it("is refused while others may read it, and says what to run", async () => {
    const file = join(folder(), "keys");
    makeKeyFile(file);
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(file, mode);
      const error = await failure((async () => readKeyFile(file))());
      expect(error.code).toBe("config_invalid");
      expect(error.message).toContain(`chmod 600 ${file}`);
    }
  });

  it("takes comments and blank lines, and names the line that is wrong", async () => {
    const file = join(folder(), "keys");
    const { kid, key } = newKey("old");
    writeFileSync(file, `# mine\n\n  ${kid}:${key.toString("base64")}  # since 2024\r\n`, { mode: 0o600 });
    expect(readKeyFile(file)).toEqual([{ kid, key }]);
    writeFileSync(file, "# mine\nnonsense\n", { mode: 0o600 });
    expect((await failure((async () => readKeyFile(file))())).message).toContain("line 2");
    writeFileSync(file, "# nothing\n", { mode: 0o600 });
    expect((await failure((async () => readKeyFile(file))())).code).toBe("config_invalid");
    expect((await failure((async () => loadKeys({ keyFile: `${file}-missing` }))())).code).toBe("config_invalid");
  });

  it("takes a new current key in front and keeps the old ones", async () => {
    const file = join(folder(), "keys");
    makeKeyFile(file);
    const [old] = readKeyFile(file);
    const kid = addKey(file);
    expect(readKeyFile(file).map((key) => key.kid)).toEqual([kid, old?.kid]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(existsSync(`${file}.lock`)).toBe(false);
    expect(readFileSync(file, "utf8").match(/^#/gm)).toHaveLength(1);
    writeFileSync(`${file}.lock`, "");
    expect((await failure((async () => addKey(file))())).code).toBe("conflict");
    expect(addKey(file, () => Date.now() + 60_000)).toMatch(/^k-/);
    writeFileSync(`${file}.lock`, "");
    expect(addKey(file, () => Date.now() - 3_600_000)).toMatch(/^k-/);
  });

  it("keeps every key that was handed out, though two processes find the same lock left behind", async () => {
    const file = join(folder(), "keys");
    makeKeyFile(file);
    const adding = [1, 2].map(() => {
      const started = spawn(process.execPath, ["--import", "tsx", CHILD, "add-key", file], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      cleanUp.push(() => started.exitCode === null && started.kill("SIGKILL"));
      return { started, lines: createInterface({ input: started.stdout })[Symbol.asyncIterator]() };
    });
    await Promise.all(adding.map(({ lines }) => lines.next()));
    const added = readKeyFile(file).map(({ kid }) => kid);
    const longAgo = new Date(Date.now() - 60_000);
    for (let round = 0; round < 40; round++) {
      writeFileSync(`${file}.lock`, "");
      utimesSync(`${file}.lock`, longAgo, longAgo);
      for (const { started } of adding) started.stdin.write("go\n");
      for (const { lines } of adding) added.push(String((await lines.next()).value));
    }
    expect(
      readKeyFile(file)
        .map(({ kid }) => kid)
        .sort(),
    ).toEqual(added.sort());
  });

  it("is changed by one process at a time, and by none that may not", async () => {
    const file = join(folder(), "keys");
    makeKeyFile(file);
    // The moment in which another process stands still between reading the file and putting the new one in its place.
    const error = await failure((async () => underFileLock(`${file}.mutex`, 0, () => addKey(file)))());
    expect(error).toMatchObject({ code: "conflict", message: expect.stringContaining(`${basename(file)}.mutex`) });
    // Callers see the message: where the file lies stands in the log alone.
    expect(String(error.message)).not.toContain(dirname(file));
    expect(String(error.cause)).toContain(`${file}.mutex`);
    expect(readKeyFile(file)).toHaveLength(1);
    const isRoot = process.getuid?.() === 0;
    if (!isRoot) {
      chmodSync(dirname(file), 0o500);
      const { message } = await failure((async () => addKey(file))());
      expect(message).toContain("No file may be made beside the key file");
      expect(message).not.toContain(dirname(file));
      chmodSync(dirname(file), 0o700);
    }
  }, 20_000);
});

describe("the sentinel", () => {
  it("is left at the first start and accepted at the next", async () => {
    const opened = await store();
    const ring = createKeyRing([newKey("k1")]);
    await Promise.all([checkSentinel(opened, ring), checkSentinel(opened, ring)]);
    await checkSentinel(opened, ring);
    expect(await opened.count("meta", "_system")).toBe(1);
  });

  it("stops a start with a missing key, or another key of that name, and says what to do", async () => {
    const opened = await store();
    await checkSentinel(opened, createKeyRing([newKey("k1")]));
    const missing = await failure(checkSentinel(opened, createKeyRing([newKey("k2")])));
    expect(missing).toMatchObject({ code: "config_invalid", message: expect.stringContaining('"k1"') });
    const wrong = await failure(checkSentinel(opened, createKeyRing([newKey("k1")])));
    expect(wrong).toMatchObject({ code: "config_invalid", message: expect.stringContaining("CREDENTIALS_KEYS") });
  });
});

describe("rotation", () => {
  const [OLD, NEW] = [newKey("old"), newKey("new")];

  async function seed(opened: Awaited<ReturnType<typeof store>>, count: number) {
    const ring = createKeyRing([OLD]);
    const credentials = createCredentials({ store: opened, ring, connectors: CONNECTORS });
    const ids: string[] = [];
    for (let number = 0; number < count; number++) {
      const auth = { type: "api_key", apiKey: new Secret(`key-${number}`) } as const;
      const project = `p${number % 3}`;
      ids.push((await credentials.create(accessTo(project), { nickname: `n${number}`, environment: "production", auth })).id);
    }
    return ids;
  }

  it("wraps everything with the current key, tells its progress, and has nothing to do the second time", async () => {
    const opened = await store();
    const ids = await seed(opened, 25);
    await checkSentinel(opened, createKeyRing([OLD]));
    await createCredentials({ store: opened, ring: createKeyRing([OLD]), connectors: CONNECTORS }).create(accessTo("p0"), {
      nickname: "pending",
      environment: "sandbox",
      auth: { type: "oauth2" },
    });
    const ring = createKeyRing([NEW, OLD]);
    const progress: number[] = [];
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      expect(total).toBe(26);
      progress.push(done);
    };
    const before = await createCredentials({ store: opened, ring, connectors: CONNECTORS }).get(accessTo("p0"), ids[0] as string);
    expect(await rotateKeys({ store: opened, ring, onProgress, batch: 4, settleMs: 0 })).toEqual({
      kid: "new",
      resealed: 26,
      failed: [],
    });
    expect(progress).toEqual(Array.from({ length: 27 }, (_, at) => at));
    expect(await listKeys({ store: opened, ring })).toEqual([
      { kid: "new", current: true, configured: true, used: 26, firstSeenAt: null },
      { kid: "old", current: false, configured: true, used: 0, firstSeenAt: null },
    ]);
    expect(await rotateKeys({ store: opened, ring, settleMs: 0 })).toEqual({ kid: "new", resealed: 0, failed: [] });
    const without = createKeyRing([NEW]);
    await checkSentinel(opened, without);
    const credentials = createCredentials({ store: opened, ring: without, connectors: CONNECTORS });
    for (const [number, id] of ids.entries()) {
      const { authorization } = await credentials.sign(accessTo(`p${number % 3}`), id);
      expect(Buffer.from(authorization.slice(6), "base64").toString()).toBe(`key-${number}:`);
    }
    expect(await credentials.get(accessTo("p0"), ids[0] as string)).toEqual(before);
  });

  it("reports what it cannot open and goes on with the rest", async () => {
    const opened = await store();
    const [first, second] = (await seed(opened, 6)) as [string, string];
    const sealed = await opened.get("credentials", "p1", second);
    await opened.patch("credentials", "p0", first, { set: { secret: sealed?.secret } });
    const gone = createKeyRing([newKey("gone")]);
    await createCredentials({ store: opened, ring: gone, connectors: CONNECTORS }).create(accessTo("p0"), {
      nickname: "lost",
      environment: "sandbox",
      auth: { type: "api_key", apiKey: new Secret("x") },
    });
    const ring = createKeyRing([NEW, OLD]);
    const report = await rotateKeys({ store: opened, ring, batch: 2, settleMs: 0 });
    expect(report.resealed).toBe(5);
    expect(report.failed.map(({ code }) => code).sort()).toEqual(["credential_key_unavailable", "sealed_data_invalid"]);
    expect(await listKeys({ store: opened, ring })).toContainEqual({
      kid: "gone",
      current: false,
      configured: false,
      used: 1,
      firstSeenAt: null,
    });
  });

  it("leaves a secret alone that was replaced after it was read, and comes back for it", async () => {
    const opened = await store();
    const [id] = (await seed(opened, 1)) as [string];
    const server = createCredentials({ store: opened, ring: createKeyRing([OLD]), connectors: CONNECTORS });
    let replaced = false;
    const racing: typeof opened = {
      ...opened,
      async patch(...call) {
        if (!replaced) await server.replaceApiKey(accessTo("p0"), id, new Secret("newer"));
        replaced = true;
        return opened.patch(...call);
      },
    };
    const report = await rotateKeys({ store: racing, ring: createKeyRing([NEW, OLD]), settleMs: 0 });
    expect(report).toEqual({ kid: "new", resealed: 1, failed: [] });
    const credentials = createCredentials({ store: opened, ring: createKeyRing([NEW]), connectors: CONNECTORS });
    const { authorization } = await credentials.sign(accessTo("p0"), id);
    expect(Buffer.from(authorization.slice(6), "base64").toString()).toBe("newer:");
  });

  it("loses no secret that is replaced, made or used meanwhile by a server that learns of the key from its file", async () => {
    const opened = await store();
    const dataDir = folder();
    const { ring: serving, file } = loadKeys({ dataDir });
    const server = createCredentials({ store: opened, ring: serving, connectors: CONNECTORS });
    const ids = await Promise.all(
      Array.from({ length: 40 }, async (_, number) => {
        const auth = { type: "api_key", apiKey: new Secret(`k${number}-0`) } as const;
        return (await server.create(accessTo("p"), { nickname: `n${number}`, environment: "production", auth })).id;
      }),
    );
    let stop = false;
    const latest = ids.map(() => 0);
    async function work() {
      for (let turn = 1; !stop; turn++) {
        const number = turn % ids.length;
        await server.replaceApiKey(accessTo("p"), ids[number] as string, new Secret(`k${number}-${turn}`));
        latest[number] = turn;
        await server.sign(accessTo("p"), ids[(turn * 7) % ids.length] as string);
        if (turn % 5 === 0) await sleep(1);
      }
    }
    const working = work();
    const kid = addKey(file as string);
    const report = await rotateKeys({ store: opened, ring: loadKeys({ dataDir }).ring, batch: 3 });
    stop = true;
    await working;
    expect(report).toMatchObject({ kid, failed: [] });
    const onlyNew = createKeyRing(readKeyFile(file as string).filter((key) => key.kid === kid));
    const credentials = createCredentials({ store: opened, ring: onlyNew, connectors: CONNECTORS });
    for (const [number, id] of ids.entries()) {
      const { authorization } = await credentials.sign(accessTo("p"), id);
      expect(Buffer.from(authorization.slice(6), "base64").toString()).toBe(`k${number}-${latest[number]}:`);
    }
  });

  it("lets a server do other work meanwhile: it once held the event loop from its first record to its last", async () => {
    const opened = await store();
    await seed(opened, 300);
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await rotateKeys({ store: opened, ring: createKeyRing([NEW, OLD]), settleMs: 0 });
    isDone = true;
    expect(turns).toBeGreaterThan(290);
  });

  it("goes on where a killed rotation stopped", async () => {
    const { path, remove } = makeFolder();
    cleanUp.push(remove);
    const opened = createEmbeddedStore({ dataDir: path });
    cleanUp.push(() => opened.dispose());
    await opened.open();
    const ids = await seed(opened, 60);
    const keys = [NEW, OLD].map(({ kid, key }) => `${kid}:${key.toString("base64")}`).join(",");
    const rotating = child("rotate", path, keys);
    for await (const chunk of rotating.stdout as NodeJS.ReadableStream) {
      if (Number(/(\d+)\s*$/.exec(String(chunk))?.[1] ?? 0) < 10) continue;
      rotating.kill("SIGKILL");
      break;
    }
    if (rotating.signalCode === null && rotating.exitCode === null) await once(rotating, "exit");
    expect(rotating.signalCode).toBe("SIGKILL");
    const half = await opened.count("credentials", "p0", {});
    expect(half).toBe(20);
    const ring = createKeyRing([NEW, OLD]);
    const left = (await listKeys({ store: opened, ring })).find(({ kid }) => kid === "old")?.used ?? 0;
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(60);
    expect(await rotateKeys({ store: opened, ring, settleMs: 0 })).toEqual({ kid: "new", resealed: left, failed: [] });
    const credentials = createCredentials({ store: opened, ring: createKeyRing([NEW]), connectors: CONNECTORS });
    for (const [number, id] of ids.entries()) {
      const { authorization } = await credentials.sign(accessTo(`p${number % 3}`), id);
      expect(Buffer.from(authorization.slice(6), "base64").toString()).toBe(`key-${number}:`);
    }
  });
});

async function output(started: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of started.stdout as NodeJS.ReadableStream) text += String(chunk);
  return text;
}
