import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { CONNECTORS_DIR } from "../support/json-schemas.ts";
import { sharedMongod } from "../support/mongod.ts";
import { makeStore, runCli } from "./run-cli.ts";

let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lever-cli-"));
  env = { DATA_DIR: join(folder, "data") };
  await makeStore(env);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COMMANDS = [
  "access-link",
  "api-keys create --name CI --scope admin",
  "api-keys list",
  "credentials add --nickname x --environment playground --api-key playground --no-test",
  "credentials list",
  "destinations list",
  "keys list",
  "keys rotate",
  "operations run list_tags --credential x",
  "projects create x",
];

describe("in a folder without a store", () => {
  it.each(COMMANDS)("%s says which one it means, and makes none", async (args) => {
    const elsewhere = join(folder, "elsewhere", "data");
    const result = await runCli(args.split(" "), { env: { DATA_DIR: elsewhere } });
    expect(result).toMatchObject({ code: 6, out: "" });
    expect(result.err).toContain(`There is no store in ${elsewhere} (DATA_DIR).`);
    expect(result.err).toContain("(config_invalid)");
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
  });

  it("a folder that is there stays empty", async () => {
    const empty = mkdtempSync(join(folder, "empty-"));
    expect(await runCli(["access-link"], { env: { DATA_DIR: empty } })).toMatchObject({ code: 6, out: "" });
    expect(readdirSync(empty)).toEqual([]);
  });

  it("describing operations needs none", async () => {
    expect(await runCli(["operations", "list"], { env: { DATA_DIR: join(folder, "elsewhere") } })).toMatchObject({ code: 0 });
  });
});

describe("a credential whose connector's folder is gone", () => {
  it.each([
    ["of the connector alone", "create_tag --name x"],
    ["whose name another connector has too", "list_tags"],
    ["whose name another connector has too, with a dry run", "list_tags --dry-run"],
  ])("says so for an operation %s, and is listed", async (_, operation) => {
    const store = { DATA_DIR: mkdtempSync(join(folder, "gone-")) };
    await makeStore(store);
    const add = "credentials add --connector quill --nickname notes --environment production --api-key x --no-test";
    expect(await runCli(add.split(" "), { env: { ...store, CONNECTORS_DIR } })).toMatchObject({ code: 0 });
    const run = await runCli(`operations run ${operation} --credential notes`.split(" "), { env: store });
    expect([run.code, run.out]).toEqual([3, ""]);
    expect(run.err).toContain("There is no connector quill; known are lever (connector_unknown)");
    const list = await runCli(["credentials", "list", "--json"], { env: store });
    expect(list.json().data).toMatchObject([{ nickname: "notes", connector: "quill" }]);
    const wrong = await runCli("operations run list_nothing --credential nobody".split(" "), { env: store });
    expect(wrong.err).toContain("There is no such operation (not_found)");
  });
});

describeWithMongod("in a database without a store", () => {
  it("a command says which one it means, and makes none", async () => {
    const { dbUri } = await sharedMongod();
    const keys = `k:${Buffer.alloc(32, 7).toString("base64")}`;
    const there = { MONGODB_URI: dbUri("wrong_database"), CREDENTIALS_KEYS: keys };
    for (let i = 0; i < 2; i++) {
      const result = await runCli(["access-link"], { env: there });
      expect(result).toMatchObject({ code: 6, out: "" });
      expect(result.err).toMatch(/There is no store in the database \S*wrong_database\S* of MONGODB_URI\./);
    }
    await makeStore(there);
    expect(await runCli(["projects", "list"], { env: there })).toMatchObject({ code: 0 });
  });
});

describe("an access link", () => {
  it("is told with the store whose server it is for", async () => {
    const made = await runCli(["access-link"], { env });
    expect(made).toMatchObject({ code: 0, err: expect.stringContaining(join(folder, "data")) });
  });
});

describe("projects", () => {
  it("are listed and created, and worked in by their id", async () => {
    const created = await runCli(["projects", "create", "Acme HR"], { env });
    expect(created).toMatchObject({ code: 0, out: expect.stringMatching(/^proj_\w+\n$/) });
    const id = created.out.trim();
    expect(created.err).toBe(`"Acme HR" is created. Work in it with --project ${id}.\n`);
    const table = (await runCli(["projects", "list"], { env })).out;
    expect(table).toMatch(/^NAME +ID +RUNS KEPT +CREATED AT$/m);
    expect(table).toMatch(/^Default +default +30 days +\d{4}-/m);
    expect(table).toContain(`Acme HR  ${id}`);
    const listed = (await runCli(["projects", "list", "--json"], { env })).json<{ data: object[] }>();
    expect(listed.data).toMatchObject([{ id: "default" }, { id, name: "Acme HR" }]);
    expect(await runCli(["credentials", "list", "--project", id], { env })).toMatchObject({ code: 0 });
    const json = await runCli(["projects", "create", "Other", "--json"], { env });
    expect(json.json()).toMatchObject({ name: "Other", id: expect.stringMatching(/^proj_/) });
    expect(json.err).toBe("");
  });

  it("forget a person once the word is typed, and say how much that was", async () => {
    const forget = ["forget", "--email", "somebody@example.com"];
    expect(await runCli(["forget"], { env })).toMatchObject({
      code: 2,
      err: expect.stringContaining("name the person: give --opportunity"),
    });
    expect((await runCli(forget, { env })).code).toBe(2);
    expect(await runCli(forget, { env, tty: {}, stdin: "no\n" })).toMatchObject({ code: 130 });
    const done = await runCli(forget, { env, tty: {}, stdin: "forget\n" });
    expect(done.code).toBe(0);
    expect(done.err).toContain("Emptied: 0 runs, 0 messages, 0 deliveries, 0 records of writes.");
    const json = await runCli([...forget, "--contact", "12345678-contact", "--yes", "--json"], { env });
    expect(json.json()).toMatchObject({ by: "cli", runs: 0, deliveries: 0, writes: 0, endedAt: expect.any(String) });
    expect(await runCli(["forget", "--email", "nobody", "--yes"], { env })).toMatchObject({ code: 3 });
  });

  it("are renamed, told how long to keep runs, and removed with what is in them once their name is typed", async () => {
    const id = (await runCli(["projects", "create", "Short lived"], { env })).out.trim();
    const renamed = await runCli(["projects", "rename", id, "Shorter"], { env });
    expect(renamed).toMatchObject({ code: 0, err: `${id} is now called "Shorter".\n` });
    const kept = await runCli(["projects", "update", id, "--retention-days", "90"], { env });
    expect(kept).toMatchObject({ code: 0, err: 'Runs of "Shorter" are kept for 90 days after their end.\n' });
    expect(await runCli(["projects", "update", id, "--retention-days", "0"], { env })).toMatchObject({ code: 3 });
    await runCli(["--project", id, "api-keys", "create", "--name", "ci", "--scope", "admin"], { env });
    const remove = ["projects", "remove", id];
    expect((await runCli(remove, { env })).code).toBe(2);
    expect(await runCli(remove, { env, tty: {}, stdin: "Short lived\n" })).toMatchObject({ code: 130 });
    const removed = await runCli(remove, { env, tty: {}, stdin: "Shorter\n" });
    expect(removed.code).toBe(0);
    expect(removed.err).toContain(
      '"Shorter" holds 0 credentials, 0 workflows, 0 runs, 0 destinations, 0 endpoints, 0 OAuth apps, 1 API key and 0 recorded writes.',
    );
    expect((await runCli(["projects", "list"], { env })).out).not.toContain(id);
    expect(await runCli([...remove, "--yes"], { env })).toMatchObject({ code: 3 });
    expect(await runCli(["projects", "remove", "default", "--yes"], { env })).toMatchObject({ code: 3 });
  });

  it("have one name each, of characters that can be seen", async () => {
    await runCli(["projects", "create", "Once"], { env });
    expect(await runCli(["projects", "create", "ONCE"], { env })).toMatchObject({
      code: 3,
      err: expect.stringContaining("conflict"),
    });
    const wild = await runCli(["projects", "create", "a\u001b[2Jb"], { env });
    expect(wild).toMatchObject({ code: 3, err: expect.stringContaining("/name  must not hold control") });
    expect(wild.err).not.toContain("\u001b");
  });
});

describe("wild text from a store or an argument", () => {
  it("drives no terminal: names saved by an older version, and arguments repeated in errors", async () => {
    const key = (await runCli(["api-keys", "create", "--name", "CI", "--scope", "admin", "--json"], { env })).json<{
      id: string;
    }>();
    const { openStore } = await import("../../store/index.ts");
    const store = openStore({ dataDir: env.DATA_DIR as string });
    await store.patch("apiKeys", "default", key.id, { set: { name: "C\u009b2J\u202eI" } });
    await store.dispose();
    const listed = await runCli(["api-keys", "list"], { env });
    expect(listed.out).toContain("C?2J?I");
    const revoked = await runCli(["api-keys", "revoke", key.id], { env });
    expect(revoked.err).toBe(`${key.id} ("C?2J?I") is revoked.\n`);
    const json = await runCli(["api-keys", "list", "--json"], { env });
    expect(json.out).toContain('"C\\u009b2J\\u202eI"');
    for (const args of [
      ["credentials", "\u001b[2J"],
      ["operations", "run", "list_tags", "--credential", "x", "\u009b2J"],
      ["--\u001b[2J"],
    ]) {
      const wrong = await runCli(args, { env });
      expect(wrong.code).toBe(2);
      expect(wrong.err).not.toMatch(/(?!\n)\p{Cc}/u);
    }
  });

  it("is not shown in a question either", async () => {
    const added = await runCli(
      "credentials add --nickname wild --environment playground --api-key playground --no-test --json".split(" "),
      { env },
    );
    const { openStore } = await import("../../store/index.ts");
    const store = openStore({ dataDir: env.DATA_DIR as string });
    await store.patch("credentials", "default", added.json<{ id: string }>().id, { set: { nickname: "w\u009b2Jild" } });
    await store.dispose();
    const asked = await runCli(["credentials", "remove", added.json<{ id: string }>().id], { env, tty: {}, stdin: "other\n" });
    expect(asked.code).toBe(130);
    expect(asked.err).toContain('Type the nickname "w?2Jild"');
    expect(asked.err).not.toContain("\u009b2J");
  });
});

describe("a question", () => {
  it("that is not answered cancels the command", async () => {
    await runCli("credentials add --nickname asked --environment playground --api-key playground --no-test".split(" "), { env });
    const ended = await runCli(["credentials", "remove", "asked"], { env, tty: {}, stdin: "" });
    expect(ended).toMatchObject({ code: 130, err: expect.stringContaining("the question was not answered") });
    expect((await runCli(["credentials", "list"], { env })).out).toContain("asked");
  });

  it("takes a nickname however it is composed", async () => {
    await runCli(
      ["credentials", "add", "--nickname", "Caf\u00e9", "--environment", "playground", "--api-key", "x", "--no-test"],
      { env },
    );
    expect(await runCli(["credentials", "remove", "Cafe\u0301"], { env, tty: {}, stdin: "Cafe\u0301\n" })).toMatchObject({
      code: 0,
    });
  });
});

describe("files and stdin with a byte order mark", () => {
  it("are read as without: input, key, environments, key file", async () => {
    const file = join(folder, "input.json");
    const run = (more: string[], stdin = "") =>
      runCli(["operations", "run", "list_tags", "--credential", "bom", "--dry-run", "--json", ...more], { env, stdin });
    const added = await runCli("credentials add --nickname bom --environment playground --api-key-stdin --no-test".split(" "), {
      env,
      stdin: "\ufeffplayground\r\n",
    });
    expect(added).toMatchObject({ code: 0 });
    for (const text of ['\ufeff{"limit":3}', '{"limit":3}']) {
      writeFileSync(file, text);
      for (const result of [await run(["--input", `@${file}`]), await run(["--input", "-"], text), await run(["--input", text])])
        expect(result.json<{ url: string }>().url).toContain("limit=3");
    }
    writeFileSync(file, Buffer.from('\ufeff{"limit":3}', "utf16le"));
    expect((await run(["--input", `@${file}`])).json<{ url: string }>().url).toContain("limit=3");
    writeFileSync(file, Buffer.from([0xff, 0x00, 0xff]));
    expect(await run(["--input", `@${file}`])).toMatchObject({ code: 3, err: expect.stringContaining("malformed_json") });
    const environments = join(folder, "environments.json");
    writeFileSync(environments, "\ufeff{}");
    expect(await runCli(["credentials", "list"], { env: { ...env, ENVIRONMENTS_FILE: environments } })).toMatchObject({
      code: 0,
    });
    const keys = join(folder, "keys");
    writeFileSync(keys, `\ufeffk1:${Buffer.alloc(32, 7).toString("base64")}\r\n`, { mode: 0o600 });
    const other = { DATA_DIR: join(folder, "other"), CREDENTIALS_KEY_FILE: keys };
    await makeStore(other);
    expect((await runCli(["keys", "list", "--json"], { env: other })).json<{ data: object[] }>().data).toMatchObject([
      { kid: "k1" },
    ]);
  });
});
