import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type RunningPlayground, startPlayground } from "../../playground/index.ts";
import { CONNECTORS_DIR } from "../support/json-schemas.ts";
import { type CliOptions, makeStore, runCli } from "./run-cli.ts";

const CANARY = "canary-key-8d1f0c";

let folder: string;
let playground: RunningPlayground;
let env: Record<string, string>;
let opportunity: string;
let user: string;

function lc(args: string, options: Partial<CliOptions> = {}) {
  return runCli(words(args), { env, ...options });
}

/** Splits at blanks; `'…'` keeps them. */
function words(args: string): string[] {
  return [...args.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lever-cli-"));
  playground = await startPlayground({ port: 0, opportunities: 150, rateLimit: false });
  env = { DATA_DIR: join(folder, "data"), PLAYGROUND_PORT: new URL(playground.url).port };
  await makeStore(env);
  const added = await lc("credentials add --nickname Main --environment playground --api-key-env KEY", {
    env: { ...env, KEY: "playground" },
  });
  expect(added).toMatchObject({ code: 0 });
  const listed = await lc("operations run list_opportunities --credential Main --archived false --limit 1 --json");
  opportunity = listed.json<{ output: { data: { id: string }[] } }>().output.data[0]?.id as string;
  const users = await lc("operations run list_users --credential Main --limit 1 --json");
  user = users.json<{ output: { data: { id: string }[] } }>().output.data[0]?.id as string;
});

afterAll(async () => {
  await playground?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("credentials", () => {
  it("adds one with a key from stdin, tests it, and tells both", async () => {
    const { code, out, err } = await lc("credentials add --nickname 'From stdin' --environment playground --api-key-stdin", {
      stdin: "playground\n",
    });
    expect(code).toBe(0);
    expect(err).toMatch(/^Saved as cred_\w{26} \("From stdin", playground\)\./);
    expect(out).toMatch(/^usable: /);
    expect(out).toMatch(/pass {2}signature/);
  });

  it("asks for the key without showing it", async () => {
    const raw: boolean[] = [];
    const added = await lc("credentials add --nickname Asked --environment playground --no-test", {
      stdin: `${CANARY}\n`,
      tty: { raw: (on) => raw.push(on) },
    });
    expect(added).toMatchObject({ code: 0 });
    expect(added.err).toContain("API key (not shown): ");
    expect(added.out + added.err).not.toContain(CANARY);
    expect(raw).toEqual([true, false]);
  });

  it("keeps what the test found bad, tells why, and ends with 4", async () => {
    const added = await lc(`credentials add --nickname Bad --environment playground --api-key ${CANARY}`);
    expect(added.code).toBe(4);
    expect(added.out).toContain("NOT usable (credential_rejected)");
    expect(added.err).toContain("arguments are visible in process lists");
    expect(added.out + added.err).not.toContain(CANARY);
    const tested = await lc("credentials test Bad --json");
    expect(tested.code).toBe(4);
    expect(tested.json()).toMatchObject({ usable: false, code: "credential_rejected", cause: "credential" });
    expect(tested.json<{ checks: unknown[] }>().checks.length).toBeGreaterThan(0);
  });

  it("lists them as a table and as JSON in the API's shape, never with the key", async () => {
    const table = await lc("credentials list");
    expect(table.out.split("\n")[0]).toMatch(/^NICKNAME +ENVIRONMENT +AUTH +STATUS +LAST TEST +ID$/);
    expect(table.out).toMatch(/^Main +playground +api_key +healthy +\S+ +cred_\w{26}$/m);
    expect((await lc("credentials list --search no-such-name")).err).toContain("No credential matches.");
    expect((await lc("credentials list --search MAI --status healthy")).out).toMatch(/^NICKNAME.*\nMain .*\n$/);
    expect((await lc("credentials list --status untried")).code).toBe(2);
    const listed = await lc("credentials list --json");
    expect(listed.json<{ data: unknown[] }>().data[0]).toMatchObject({
      nickname: "Main",
      connector: "lever",
      project: "default",
      auth: "api_key",
      environment: "playground",
      status: "healthy",
      scopes: null,
      version: expect.any(Number),
    });
    expect(table.out + listed.out).not.toContain(CANARY);
    expect(table.err + listed.err).toBe("");
  });

  it("refuses a default user that Lever does not know, unless it is insisted on, and prints the last report", async () => {
    const nobody = "00000000-0000-4000-8000-000000000000";
    const add = `credentials add --nickname Ghost --environment playground --api-key playground --no-test --perform-as ${nobody}`;
    const refused = await lc(add);
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining("--accept-unknown-perform-as") });
    const saved = await lc(`${add} --accept-unknown-perform-as`);
    expect(saved).toMatchObject({ code: 0, err: expect.stringContaining("Warning: The account has no user") });
    expect((await lc("credentials test Ghost --last")).err).toContain("has not been tested");
    expect((await lc("credentials test Ghost --json")).json()).toMatchObject({ usable: true });
    expect((await lc("credentials test Ghost --last --json")).json()).toMatchObject({ usable: true, at: expect.any(String) });
    expect((await lc(`credentials rename Ghost --perform-as ${user}`)).err).not.toContain("Warning");
    expect((await lc(`credentials rename Ghost --perform-as ${nobody}`)).code).toBe(3);
    await lc("credentials remove Ghost --yes");
  });

  it("renames, sets the default user, and puts a new key under it", async () => {
    const before = (await lc("credentials add --nickname Old --environment playground --api-key wrong --no-test --json")).json();
    const renamed = await lc(`credentials rename Old New --perform-as ${user} --json`);
    expect(renamed.json()).toMatchObject({ id: before.id, nickname: "New", defaultPerformAs: user });
    const without = await lc("credentials rename New --no-perform-as");
    expect(without).toMatchObject({ code: 0, err: expect.stringContaining("the user that each call names") });
    expect((await lc(`credentials rename New --perform-as ${user} --json`)).json()).toMatchObject({
      id: before.id,
      nickname: "New",
      defaultPerformAs: user,
    });
    expect((await lc("credentials rename New Newer --no-perform-as --json")).json()).toMatchObject({
      nickname: "Newer",
      defaultPerformAs: null,
    });
    expect((await lc("credentials rename Newer New")).err).toBe(`${before.id} is now called "New".\n`);
    expect((await lc("credentials test New")).code).toBe(4);
    expect(await lc("credentials reconnect New --api-key-stdin", { stdin: "playground" })).toMatchObject({ code: 0 });
    expect((await lc("credentials test New --json")).json()).toMatchObject({ usable: true, code: "ok" });
  });

  it("removes one only when the nickname is typed, or with --yes", async () => {
    await lc("credentials add --nickname 'To go' --environment playground --api-key playground --no-test");
    expect(await lc("credentials remove 'To go'")).toMatchObject({ code: 2, out: "" });
    expect(await lc("credentials remove 'To go'", { tty: {}, stdin: "to go\n" })).toMatchObject({ code: 130 });
    expect((await lc("credentials list")).out).toContain("To go");
    expect(await lc("credentials remove 'To go'", { tty: {}, stdin: "To go\n" })).toMatchObject({ code: 0 });
    expect((await lc("credentials list")).out).not.toContain("To go");
    await lc("credentials add --nickname 'To go' --environment playground --api-key playground --no-test");
    const removed = await lc("credentials remove 'To go' --yes --json");
    expect(removed).toMatchObject({ code: 0, err: "" });
    expect(removed.json()).toMatchObject({ nickname: "To go", version: 1 });
    expect(await lc("credentials remove 'To go' --yes")).toMatchObject({
      code: 3,
      err: "error There is no such credential (not_found)\n  What there is: lever-connector credentials list\n",
    });
    expect((await lc("operations describe no_such")).err).toContain("lever-connector operations list\n");
  });

  it("refuses a second way to hand over the key, and none where nobody can be asked", async () => {
    const base = "credentials add --nickname X --environment playground";
    expect(await lc(`${base} --api-key-stdin --api-key-env KEY`)).toMatchObject({ code: 2 });
    expect(await lc(`${base} --oauth --api-key-stdin`)).toMatchObject({ code: 2 });
    expect(await lc(`${base} --api-key-stdin --api-key ${CANARY}`)).toMatchObject({ code: 2 });
    const nobody = await lc(base);
    expect(nobody.code).toBe(2);
    expect(nobody.err).toMatch(/^error: the API key cannot be asked for here/);
    expect(nobody.err).toContain("Usage: lever-connector credentials add");
    expect(await lc(`${base} --api-key-env NOT_SET`)).toMatchObject({ code: 2 });
    expect((await lc("credentials list")).out).not.toMatch(/^X /m);
  });

  it("does not repeat a key that was given to an option that does not exist", async () => {
    const { code, out, err } = await lc(`credentials add --nickname X --environment playground --apikey=${CANARY}`);
    expect(code).toBe(2);
    expect(err).toMatch(/^error: unknown option '--apikey'/);
    expect(out + err).not.toContain(CANARY);
  });
});

describe("operations", () => {
  it("lists them and describes one with its fields", async () => {
    expect((await lc("operations list")).out).toMatch(/^add_opportunity_tags +repeatable +Add Opportunity Tags$/m);
    expect((await lc("operations list --json")).json<{ data: object[] }>().data[0]).toMatchObject({
      name: "list_opportunities",
      effect: "read",
      paginated: true,
    });
    const described = await lc("operations describe add_opportunity_tags");
    expect(described.out).toMatch(/^opportunity_id +string +required\n {4}ID of the opportunity .* Not the contact's ID/m);
    expect(described.out).toMatch(/^tags +list of string +required\n/m);
    expect(described.out).toMatch(
      /^expand +list of string\n.* Allowed: applications, stage, owner, followers, sourcedBy, contact\.$/m,
    );
    const postings = (await lc("operations describe list_postings")).out;
    expect(postings).toMatch(/^distributionChannel +list of public\|internal\n(?!.*Allowed)/m);
    expect(postings).toMatch(/^state +string\n.* Allowed: published, internal, closed, draft, pending, rejected\.$/m);
    expect((await lc("operations describe add_opportunity_tags --json")).json()).toMatchObject({
      input: { required: expect.arrayContaining(["tags"]) },
    });
  });

  it("runs a read: a table for people, output and meta for machines", async () => {
    const table = await lc("operations run list_opportunities --credential Main --limit 2");
    expect(table.code).toBe(0);
    expect(table.out.trimEnd().split("\n")).toHaveLength(3);
    expect(table.err).toMatch(/There are more: --all/);
    expect(table.err).toMatch(/1 attempt, \d+ ms/);
    const json = await lc("operations run list_opportunities --credential Main --limit 2 --json");
    expect(json.json()).toMatchObject({
      output: { data: [{}, {}], hasNext: true },
      meta: { attempts: 1, budget: { remaining: expect.any(Number) } },
    });
    expect(json.err).toBe("");
  });

  it("shows one record field by field", async () => {
    const shown = await lc(`operations run retrieve_opportunity --credential Main --opportunity-id ${opportunity}`);
    expect(shown.out).toMatch(new RegExp(`^id +${opportunity}$`, "m"));
    expect(shown.out).toMatch(/^createdAt +\d{4}-\d\d-\d\dT/m);
  });

  it("writes tags from repeated fields, and Lever has them", async () => {
    const run = await lc(
      `operations run add_opportunity_tags --credential Main --opportunity-id ${opportunity} --tag Verified --tag 'ID check' --perform-as ${user} --json`,
    );
    expect(run.code).toBe(0);
    expect(run.json<{ output: { data: { tags: string[] } } }>().output.data.tags).toEqual(
      expect.arrayContaining(["Verified", "ID check"]),
    );
  });

  it("says which tags a write really changed", async () => {
    const run = async (verb: string, tags: string) =>
      (
        await lc(
          `operations run ${verb}_opportunity_tags --credential Main --opportunity-id ${opportunity} ${tags} --perform-as ${user}`,
        )
      ).err;
    expect(await run("add", "--tag Once")).toMatch(/^tags: added: Once$/m);
    expect(await run("add", "--tag Once --tag Twice")).toMatch(/^tags: added: Twice; already there: Once$/m);
    expect(await run("remove", "--tag Identity")).toMatch(/^tags: nothing changed; not there: Identity$/m);
    expect(await run("remove", "--tag Once --tag Twice")).toMatch(/^tags: removed: Once, Twice$\n1 attempt, /m);
  });

  it("takes the input as JSON, from a file and from stdin, and lets fields win", async () => {
    const input = JSON.stringify({ limit: 1, archived: false });
    writeFileSync(join(folder, "input.json"), input);
    const count = async (args: string, stdin = "") => {
      const run = await lc(`operations run list_opportunities --credential Main --json ${args}`, { stdin });
      return run.json<{ output: { data: unknown[] } }>().output.data.length;
    };
    expect(await count(`--input '${input}'`)).toBe(1);
    expect(await count(`--input @${join(folder, "input.json")}`)).toBe(1);
    expect(await count("--input -", input)).toBe(1);
    expect(await count("--input - --limit 3", input)).toBe(3);
    expect(await count("--field limit=4")).toBe(4);
  });

  it("shows in a dry run what would be sent, and sends nothing", async () => {
    const before = playground.playground.requests.report(0).count;
    const dry = await lc(
      `operations run add_opportunity_tags --credential Main --opportunity-id ${opportunity} --tag Dry --perform-as ${user} --dry-run --json`,
    );
    expect(dry.json()).toMatchObject({
      method: "POST",
      url: expect.stringContaining(`/v1/opportunities/${opportunity}/addTags`),
      body: { tags: ["Dry"] },
      credential: { nickname: "Main" },
    });
    expect(dry.out.toLowerCase()).not.toMatch(/authorization|basic /);
    const shown = await lc(
      `operations run add_opportunity_tags --credential Main --opportunity-id ${opportunity} --tag Dry --perform-as ${user} --dry-run`,
    );
    expect(shown.out).toMatch(/^POST http/);
    expect(shown.err).toContain("Nothing was sent.");
    expect(playground.playground.requests.report(0).count).toBe(before);
  });

  it("answers a repeated idempotency key from the record", async () => {
    const call = `operations run add_opportunity_tags --credential Main --opportunity-id ${opportunity} --tag Once --perform-as ${user} --idempotency-key once-1 --json`;
    expect((await lc(call)).json<{ meta: object }>().meta).not.toHaveProperty("replayed");
    expect((await lc(call)).json()).toMatchObject({ meta: { replayed: true } });
    expect(await lc(call.replace("Once", "Other"))).toMatchObject({ code: 3 });
  });

  it("gives all pages: one JSON object per line in the API's shapes, or one table", async () => {
    const all = await lc("operations run list_opportunities --credential Main --confidentiality all --all --limit 60 --json");
    const lines = all.out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter((line) => "data" in line)).toHaveLength(150);
    expect(lines.filter((line) => "cursor" in line)).toHaveLength(2);
    expect(lines.at(-1)).toEqual({ done: true, count: 150 });
    const table = await lc("operations run list_opportunities --credential Main --confidentiality all --all");
    expect(table.out.trimEnd().split("\n")).toHaveLength(151);
    expect(table.err).toBe("");
  });

  it("says of all pages from a cursor on that they are not the whole list", async () => {
    const first = await lc("operations run list_opportunities --credential Main --confidentiality all --limit 60 --json");
    const { next } = first.json<{ output: { next: string } }>().output;
    const rest = `operations run list_opportunities --credential Main --confidentiality all --limit 60 --all --offset ${next}`;
    const lines = (await lc(`${rest} --json`)).out.trimEnd().split("\n");
    expect(JSON.parse(lines.at(-1) ?? "")).toEqual({ done: true, count: 90, from: "cursor" });
    expect((await lc(rest)).err).toBe("From --offset on; the records before it are not included\n");
  });

  it("shows progress where a person watches", async () => {
    const watched = await lc("operations run list_opportunities --credential Main --confidentiality all --all --limit 60", {
      tty: {},
    });
    expect(watched.code).toBe(0);
    expect(watched.err).toMatch(/\d+ records so far/);
  });
});

describe("exit codes", () => {
  it.each([
    ["operations run list_opportunities --credential Main --limit 0", 3, "/limit"],
    ["operations run list_opportunities --credential Main --limit many", 3, "/limit"],
    ["operations run add_opportunity_tags --credential Main --opportunity-id x", 3, "input_invalid"],
    ["operations run list_opportunities --credential Main --input {", 3, "malformed_json"],
    ["operations run nothing_like_it --credential Main", 3, "not_found"],
    ["operations run list_opportunities --credential Nobody", 3, "not_found"],
    [
      "operations run retrieve_opportunity --credential Main --opportunity-id 00000000-0000-4000-8000-000000000000",
      3,
      "upstream_not_found",
    ],
    ["credentials list --project nowhere", 3, "not_found"],
    ["--project nowhere credentials list", 3, "not_found"],
    ["credentials add --nickname X --environment nowhere --api-key playground", 3, "environment_unknown"],
    ["operations run list_opportunities --credential Main --tagg x", 2, "unknown field '--tagg'"],
    ["operations run list_opportunities --credential Main --input @/nowhere/at/all", 2, "the file cannot be read"],
    [
      "operations run retrieve_opportunity --credential Main --all --opportunity-id x",
      2,
      "--all is for operations that answer in pages",
    ],
    ["operations run --limit 5 list_opportunities --credential Main", 2, "name the operation before its fields"],
    ["operations run list_opportunities", 2, "--credential"],
  ])("%s ends with %i", async (args, code, told) => {
    const result = await lc(args);
    expect(result).toMatchObject({ code, out: "" });
    expect(result.err).toContain(told);
  });

  it("is 4 for a refused credential, 5 for a Lever that cannot be reached, 6 for configuration and store", async () => {
    await lc("credentials add --nickname Refused --environment playground --api-key wrong --no-test");
    expect(await lc("operations run list_stages --credential Refused")).toMatchObject({
      code: 4,
      err: expect.stringContaining("credential_rejected"),
    });
    const away = await startPlayground({ port: 0 });
    await away.close();
    const unreachable = { ...env, PLAYGROUND_PORT: new URL(away.url).port };
    expect(await lc("operations run list_stages --credential Main --timeout 1", { env: unreachable })).toMatchObject({ code: 5 });
    expect(await lc("credentials list", { env: { ...env, LOG_LEVEL: "loud" } })).toMatchObject({
      code: 6,
      err: expect.stringContaining("LOG_LEVEL"),
    });
    expect(await lc("credentials list", { env: { ...env, DATA_DIR: "/dev/null/data" } })).toMatchObject({ code: 6 });
    expect(
      await lc("credentials list", { env: { ...env, CREDENTIALS_KEYS: `other:${Buffer.alloc(32, 7).toString("base64")}` } }),
    ).toMatchObject({ code: 6 });
  });

  it.each(["operations run list_stages --credential Main", "credentials test Main"])(
    "is 130 for %s that was cancelled, which ends soon",
    async (command) => {
      const slow = await startPlayground({ port: 0 });
      await fetch(`${slow.url}/_playground/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ match: { pathPattern: "stages" }, action: { kind: "delay", delayBeforeMs: 20_000 } }),
      });
      const cancel = new AbortController();
      setTimeout(() => cancel.abort(), 300);
      const startedAt = Date.now();
      const call = await lc(command, {
        env: { ...env, PLAYGROUND_PORT: new URL(slow.url).port },
        signal: cancel.signal,
      });
      await slow.close();
      expect(call).toMatchObject({ code: 130, out: "", err: expect.stringContaining("cancelled") });
      expect(Date.now() - startedAt).toBeLessThan(5_000);
    },
  );

  it("comes with the problem document on stderr for --json", async () => {
    const { err, out } = await lc("operations run list_opportunities --credential Main --limit 0 --json");
    expect(out).toBe("");
    expect(JSON.parse(err)).toMatchObject({
      code: "input_invalid",
      status: 422,
      retryable: false,
      errors: [{ pointer: "/limit" }],
    });
  });
});

describe("writes", () => {
  it("lists what was written, newest first, and refuses what is no time and no outcome", async () => {
    const write = (verb: string, more: string) =>
      lc(`operations run ${verb}_opportunity_tags --credential Main --opportunity-id ${opportunity} --tag Listed ${more}`);
    expect((await write("add", `--perform-as ${user}`)).code).toBe(0);
    expect((await write("remove", `--perform-as ${user}`)).code).toBe(0);
    expect((await write("add", "--perform-as 00000000-0000-4000-8000-000000000000")).code).toBe(3);
    const listed = await lc("writes list --credential Main --limit 2 --from 2020-01-01 --until 2100-01-01T00:00:00Z");
    const [heading = "", newest = "", before = ""] = listed.out.split("\n");
    expect(heading).toMatch(/^AT +OUTCOME +OPERATION +CREDENTIAL +TARGET +CHANGED +BY$/);
    expect(newest).toMatch(new RegExp(`^\\d{4}-\\S+Z +failed: \\w+ +add_opportunity_tags +Main +${opportunity} +cli$`));
    expect(before).toMatch(new RegExp(`^\\d{4}-\\S+Z +succeeded +remove_opportunity_tags +Main +${opportunity} +-Listed +cli$`));
    const [, cursor = ""] = /^There are more: --cursor (\S+)$/m.exec(listed.err) ?? [];
    const next = await lc(`writes list --limit 1 --cursor ${cursor} --json`);
    expect(next.json<{ data: object[] }>().data).toMatchObject([
      { operation: "add_opportunity_tags", changed: { added: ["Listed"] } },
    ]);
    expect((await lc("writes list --until 2020-01-01")).err).toBe("No writes.\n");
    for (const wrong of ["--from yesterday", "--outcome fine", "--limit 0"])
      expect((await lc(`writes list ${wrong}`)).code).not.toBe(0);
  });
});

describe("connectors", () => {
  it("lists the built-in one and those of CONNECTORS_DIR, with their number of operations", async () => {
    const own = (await lc("connectors list --json")).json<{ data: { id: string; operations: number }[] }>().data;
    expect(own).toEqual([{ id: "lever", name: "Lever", version: expect.any(String), operations: expect.any(Number) }]);
    const both = await lc("connectors list", { env: { ...env, CONNECTORS_DIR } });
    expect(both.out).toMatch(
      new RegExp(`^ID +NAME +VERSION +OPERATIONS\nlever +Lever +\\S+ +${own[0]?.operations}\nquill +\\S.*\\d\n$`),
    );
  });
});

describe("keys, api-keys, access-link and manifest", () => {
  it("rotates the sealing key, and credentials go on working", async () => {
    const before = (await lc("keys list --json")).json<{ data: { kid: string; current: boolean; used: number }[] }>().data;
    expect(before).toEqual([
      { kid: expect.any(String), current: true, configured: true, used: expect.any(Number), firstSeenAt: expect.any(String) },
    ]);
    const rotated = await lc("keys rotate --json");
    expect(rotated.code).toBe(0);
    expect(rotated.json()).toMatchObject({ resealed: before[0]?.used, failed: [] });
    const after = (await lc("keys list --json")).json<{ data: { kid: string; current: boolean; used: number }[] }>().data;
    expect(after.find(({ current }) => current)).toMatchObject({ kid: rotated.json().kid, used: before[0]?.used });
    expect(after.find(({ kid }) => kid === before[0]?.kid)).toMatchObject({ current: false, used: 0 });
    expect((await lc("keys list")).out).toMatch(/^KEY +CURRENT +CONFIGURED +RECORDS +SINCE$/m);
    expect(await lc("operations run list_stages --credential Main")).toMatchObject({ code: 0 });
    expect((await lc("keys rotate --no-new-key --json")).json()).toMatchObject({ kid: rotated.json().kid, resealed: 0 });
  });

  it("makes an API key that is shown once, lists and revokes it", async () => {
    const made = await lc("api-keys create --name CI --scope operations:read --scope credentials:read");
    expect(made.out).toMatch(/^lc_[\w-]{43}\n$/);
    const listed = await lc("api-keys list --json");
    const [key] = listed.json<{ data: { id: string; name: string }[] }>().data;
    expect(key).toMatchObject({ name: "CI", scopes: ["operations:read", "credentials:read"], revokedAt: null });
    expect(listed.out).not.toContain(made.out.trim());
    expect((await lc(`api-keys revoke ${key?.id} --json`)).json()).toMatchObject({ id: key?.id, revokedAt: expect.any(String) });
    expect(await lc("api-keys revoke key_nothing")).toMatchObject({ code: 3 });
    expect(await lc("api-keys create --name CI --scope everything")).toMatchObject({ code: 2 });
    expect((await lc("api-keys create --name J --scope admin --json")).json()).toMatchObject({
      name: "J",
      key: expect.stringMatching(/^lc_/),
    });
  });

  it("makes a link to sign in with", async () => {
    expect((await lc("access-link")).out).toMatch(/^http:\/\/127\.0\.0\.1:3000\/\S+\n$/);
    const link = (await lc("access-link --json")).json() as { url: string; expiresAt: string };
    expect(link).toEqual({ url: expect.stringContaining("http://127.0.0.1:3000/"), expiresAt: expect.any(String) });
    expect(Math.round((Date.parse(link.expiresAt) - Date.now()) / 3_600_000)).toBe(24);
  });

  it("finds the package's manifest valid, and says where another is not", async () => {
    expect(await lc("manifest validate")).toMatchObject({ code: 0, out: "" });
    expect((await lc("manifest validate --json")).json()).toEqual({ valid: true, issues: [] });
    writeFileSync(join(folder, "manifest.json"), "{}");
    expect(await lc(`manifest validate ${folder}`)).toMatchObject({ code: 3, err: "The manifest is not valid.\n" });
    expect(await lc("manifest validate /nowhere/at/all")).toMatchObject({ code: 2 });
  });
});
