import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { Secret } from "../../sealing/secret.ts";
import { startTestServer, type TestServer } from "../server/start.ts";
import { accessTo } from "../support/access.ts";
import { until } from "../support/until.ts";
import { runCli } from "./run-cli.ts";

jest.setTimeout(60_000);

let server: TestServer;
let folder: string;
let env: Record<string, string>;
let opportunity: string;

beforeAll(async () => {
  server = await startTestServer();
  folder = mkdtempSync(join(tmpdir(), "flow-cli-"));
  env = { DATA_DIR: server.dataDir, PLAYGROUND_PORT: new URL(String(server.playground?.url)).port };
  const world = server.playground?.playground.world;
  opportunity = world?.opportunities.rows[0]?.id as string;
  const defaultPerformAs = world?.users.rows.find(({ deactivatedAt }) => deactivatedAt === null)?.id as string;
  const auth = { type: "api_key", apiKey: new Secret("playground") } as const;
  await server.services.credentials.create(accessTo("default"), {
    nickname: "main",
    environment: "playground",
    auth,
    defaultPerformAs,
  });
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const cli = (...args: string[]) => runCli(args, { env });

function tags(name: string, more: object = {}) {
  const step = {
    id: "tag",
    title: "Tag",
    kind: "operation",
    connector: "lever",
    operation: "add_opportunity_tags",
    credential: "main",
  };
  const input = { opportunity_id: "{{ trigger.input.opportunity }}", tags: [name] };
  const schema = {
    type: "object",
    required: ["opportunity"],
    properties: { opportunity: { type: "string", "x-id": "opportunity" } },
  };
  return { name, title: "Tags", trigger: { type: "api", input: schema }, steps: [{ ...step, input }], ...more };
}

function write(dir: string, ...definitions: { name: string }[]): string {
  const path = join(folder, dir);
  mkdirSync(path, { recursive: true });
  for (const one of definitions) writeFileSync(join(path, `${one.name}.json`), JSON.stringify(one, undefined, 2));
  return path;
}

it("says that there are none yet", async () => {
  expect(await cli("workflows", "list")).toMatchObject({
    code: 0,
    out: "",
    err: expect.stringContaining("workflows apply -f FILE"),
  });
  expect(await cli("runs", "list")).toMatchObject({ code: 0, out: "", err: "No runs.\n" });
});

it("applies a folder, changes nothing when it is applied again, and removes what is in no file when asked to", async () => {
  const path = write("flows", tags("one"), tags("two"));
  const dry = await cli("workflows", "apply", "-f", path, "--dry-run");
  expect([dry.code, dry.out]).toEqual([0, "created    one\ncreated    two\n"]);
  expect((await cli("workflows", "list", "--json")).json<{ data: object[] }>().data).toEqual([]);

  expect((await cli("workflows", "apply", "-f", path, "--publish")).out).toBe(
    "created    one, published as version 1\ncreated    two, published as version 1\n",
  );
  const listed = (await cli("workflows", "list", "--json")).out;
  expect((await cli("workflows", "apply", "-f", path, "--publish")).out).toBe("unchanged  one\nunchanged  two\n");
  expect((await cli("workflows", "list", "--json")).out).toBe(listed);

  const changed = write("changed", tags("two", { title: "Other tags" }));
  expect((await cli("workflows", "apply", "-f", changed, "--prune")).out).toBe("changed    two\nremoved    one\n");
  expect((await cli("workflows", "diff", "two")).out).toContain("title");
  expect((await cli("workflows", "get", "two")).json()).toEqual(tags("two", { title: "Other tags" }));
  expect((await cli("workflows", "get", "two", "--published")).json()).toEqual(tags("two"));
  expect((await cli("workflows", "get", "one")).code).toBe(3);
  expect((await cli("workflows", "list")).out).toMatch(
    /^NAME +TITLE +STATUS +PUBLISHED +DRAFT +TRIGGER +ID\ntwo +Other tags +published +1 +changed +api +flow_\w+\n$/,
  );
});

it("names the file that is wrong, and applies none of the folder", async () => {
  const path = write("wrong", tags("fine"), tags("wrong", { steps: [] }));
  const refused = await cli("workflows", "apply", "-f", path);
  expect([refused.code, refused.out]).toEqual([3, ""]);
  expect(refused.err).toContain("wrong.json");
  expect((await cli("workflows", "get", "fine")).code).toBe(3);
  const unreadable = await cli("workflows", "apply", "-f", join(folder, "nothing"));
  expect([unreadable.code, unreadable.err]).toEqual([3, expect.stringContaining("it cannot be read")]);
});

it("checks files and ends with 3 where there are errors", async () => {
  const bad = tags("bad");
  (bad.steps[0] as { input: object }).input = { opportunity_id: "{{ steps.nothing.output.id }}", tags: ["x"] };
  const path = write("checked", bad);
  const checked = await cli("workflows", "check", "-f", path);
  expect([checked.code, checked.out]).toEqual([3, expect.stringContaining("error  tag/input/opportunity_id")]);
  const refused = await cli("workflows", "apply", "-f", path, "--publish");
  expect([refused.code, refused.err]).toEqual([3, expect.stringContaining("bad.json")]);
  expect((await cli("workflows", "check", "two")).code).toBe(0);
  expect((await cli("workflows", "check")).code).toBe(2);
});

it("starts a run, waits for it, and shows it", async () => {
  await cli("workflows", "publish", "two");
  const run = await cli("workflows", "run", "two", "--field", `opportunity=${opportunity}`, "--wait");
  expect([run.code, run.out]).toEqual([0, expect.stringMatching(/succeeded\n[\s\S]*tag +succeeded/)]);
  const refused = await cli("workflows", "run", "two", "--input", "{}", "--json");
  expect(refused).toMatchObject({ code: 3 });
  expect(refused.err).toContain("/input/opportunity");
  const misspelt = await cli("workflows", "run", "two", "--field", "oportunity=x");
  expect([misspelt.code, misspelt.err]).toEqual([2, expect.stringContaining("oportunity")]);
  const id = (await cli("workflows", "run", "two", "--field", `opportunity=${opportunity}`)).out.trim();
  expect((await cli("runs", "show", id, "--follow")).out).toContain("tag: succeeded");
  expect(
    (await cli("runs", "list", "--workflow", "two", "--status", "succeeded", "--json")).json<{ data: object[] }>().data,
  ).toHaveLength(2);
  const listed = await cli("runs", "list", "--limit", "1");
  expect(listed.out).toMatch(new RegExp(`^STARTED +WORKFLOW +STATUS +ID\\n\\d{4}-\\S+Z +two +succeeded +${id}\\n$`));
  const [, cursor = ""] = /--cursor (\S+)/.exec(listed.err) ?? [];
  const rest = (await cli("runs", "list", "--cursor", cursor, "--json")).json<{ data: { id: string }[] }>().data;
  expect([rest.length, rest.some((one) => one.id === id)]).toEqual([1, false]);
  await cli("workflows", "pause", "two");
  expect((await cli("workflows", "run", "two", "--field", `opportunity=${opportunity}`)).err).toContain("paused");
});

it("previews a step with the data of the last run, and says so", async () => {
  const shown = await cli("workflows", "preview", "two", "tag");
  expect(shown.out).toMatch(/\/input\/opportunity_id +"[\w-]+" +trigger\.input\.opportunity \(run\)/);
  expect([shown.code, shown.err]).toEqual([0, expect.stringContaining("With the data of run_")]);
  expect((await cli("workflows", "preview", "two", "nothing")).err).toContain("/step");
  await cli("workflows", "recipes", "create", "verification-write-back", "--field", "credential=main", "--name", "never-run");
  expect((await cli("workflows", "preview", "never-run", "tag")).err).toContain("There is no run yet");
});

it("tries a draft: shows each request and what would change, and sends no write", async () => {
  const world = server.playground?.playground;
  const [one] = (world?.world.opportunities.rows ?? []).slice(3);
  Object.assign(one as object, { tags: ["Berlin", "Needs Review"] });
  const before = world?.ledger.since(0).length;
  const create = ["workflows", "recipes", "create", "verification-write-back", "--field", "credential=main", "--name", "tried"];
  expect((await cli(...create)).code).toBe(0);
  const fields = ["--field", `reference=${one?.id}`, "--field", "outcome=approved"];
  const tried = await cli("workflows", "run", "tried", "--dry-run", ...fields);
  expect(tried.out).toMatch(
    /find: read\n {2}GET .*\nclean: would write\n {2}POST .*removeTags.*\n {2}.*\n {2}−Needs Review, 1 untouched\ntag: would write/,
  );
  expect(tried.out).toMatch(/ {2}\+Verified, 1 untouched\ncheck: read\n {2}GET .*\nlook: skipped\n$/);
  expect([tried.code, tried.err]).toEqual([0, expect.stringContaining("The run would have succeeded.")]);
  expect(world?.ledger.since(0).length).toBe(before);
  const failed = await cli(
    "workflows",
    "run",
    "tried",
    "--dry-run",
    "--json",
    "--field",
    "reference=none",
    "--field",
    "outcome=approved",
  );
  expect([failed.code, failed.json<{ status: string }>().status]).toEqual([3, "failed"]);
});

it("tries the first items of a list, and says how many more there are", async () => {
  const step = {
    ...tags("each").steps[0],
    forEach: { items: "{{ trigger.input.list }}" },
    input: { opportunity_id: "{{ item }}", tags: ["x"] },
  };
  const schema = { type: "object", properties: { list: { type: "array", items: { type: "string" } } } };
  await cli("workflows", "apply", "-f", write("each", tags("each", { trigger: { type: "api", input: schema }, steps: [step] })));
  const ids = (server.playground?.playground.world.opportunities.rows ?? []).map(({ id }) => id);
  const tried = async (count: number) => {
    const input = JSON.stringify({ list: ids.slice(0, count) });
    return (await cli("workflows", "run", "each", "--dry-run", "--input", input)).out;
  };
  expect(await tried(2)).toMatch(
    /^tag, item 1: would write\n[\s\S]*tag, item 2: would write\n[\s\S]*\ntag: 2 items, which are all\n$/,
  );
  expect(await tried(9)).toMatch(/\ntag: the first \d items; there are 9\n$/);
});

it("ends as the run does that it has waited for", async () => {
  await cli("workflows", "resume", "two");
  const failed = await cli("workflows", "run", "two", "--field", "opportunity=00000000-0000-4000-8000-000000000000", "--wait");
  expect([failed.code, failed.out]).toEqual([3, expect.stringContaining("failed: upstream_not_found")]);
});

it("approves, declines and cancels runs that wait", async () => {
  const ask = { id: "ask", title: "Ask", kind: "approval", message: "Go on?", approvers: ["Mina"] };
  await cli("workflows", "apply", "-f", write("asks", tags("asks", { trigger: { type: "api" }, steps: [ask] })), "--publish");
  const start = async () => {
    const id = (await cli("workflows", "run", "asks")).out.trim();
    await until(async () => (await server.services.runs.get(accessTo("default"), id)).status === "waiting");
    return id;
  };
  const ended = async (id: string) => (await cli("runs", "show", id, "--follow")).out.trim().split("\n").at(-1);
  const [approved, declined, cancelled] = [await start(), await start(), await start()];
  expect((await cli("runs", "approve", approved)).code).toBe(6);
  expect((await cli("runs", "approve", approved, "--as", "Mina", "--note", "fine")).code).toBe(0);
  expect(await ended(approved)).toContain("succeeded");
  await cli("runs", "decline", declined, "--as", "mina");
  expect(await ended(declined)).toContain("cancelled");
  await cli("runs", "cancel", cancelled);
  expect(await ended(cancelled)).toContain("cancelled");
});

it("lists recipes, explains one, and saves or prints what it comes to", async () => {
  const listed = await cli("workflows", "recipes");
  expect(listed.out).toMatch(/NAME +CONNECTOR +TITLE\nverification-write-back +lever +Verification write-back\n/);
  expect((await cli("workflows", "recipes", "list", "--json")).json<{ data: object[] }>().data).toContainEqual(
    expect.objectContaining({ name: "enrich-a-decision", connector: "lever" }),
  );
  const shown = await cli("workflows", "recipes", "show", "tag-hygiene-sweep");
  expect(shown.out).toMatch(/tags +list of string +required[\s\S]*recipes create tag-hygiene-sweep --input/);

  const fields = ["--field", "credential=main", "--field", "tags=Old", "--field", "tags=Older"];
  const printed = await cli("workflows", "recipes", "create", "tag-hygiene-sweep", ...fields, "--name", "sweep", "--print");
  expect(printed.json()).toMatchObject({ name: "sweep", steps: [{}, { input: { tags: ["Old", "Older"] } }] });
  expect((await cli("workflows", "get", "sweep")).code).toBe(3);
  const file = join(folder, "sweep.json");
  writeFileSync(file, printed.out);
  expect((await cli("workflows", "apply", "-f", file)).out).toBe("created    sweep\n");

  const saved = await cli("workflows", "recipes", "create", "tag-hygiene-sweep", ...fields);
  expect([saved.code, saved.err]).toEqual([0, expect.stringContaining('Saved as the draft "tag-hygiene-sweep".')]);
  expect((await cli("workflows", "check", "tag-hygiene-sweep")).code).toBe(0);
});

it("prints what a recipe comes to where there is no store, and creates none", async () => {
  const nowhere = join(folder, "no-store");
  const create = ["workflows", "recipes", "create", "tag-hygiene-sweep", "--field", "credential=main"];
  const printed = await runCli([...create, "--field", "tags=Old", "--print"], { env: { DATA_DIR: nowhere } });
  expect([printed.code, printed.err]).toEqual([0, ""]);
  expect(printed.json()).toMatchObject({ name: "tag-hygiene-sweep", steps: [{}, { input: { tags: ["Old"] } }] });
  expect(existsSync(nowhere)).toBe(false);
  const refused = await runCli([...create, "--print"], { env: { DATA_DIR: nowhere } });
  expect([refused.code, refused.err]).toEqual([3, expect.stringContaining("tags")]);
});

it("names the field of a recipe that is wrong", async () => {
  const wrong = await cli(
    "workflows",
    "recipes",
    "create",
    "tag-hygiene-sweep",
    "--field",
    "credential=man",
    "--field",
    "tags=Old",
  );
  expect([wrong.code, wrong.err]).toEqual([3, expect.stringContaining("/inputs/credential")]);
  const unknown = await cli("workflows", "recipes", "create", "tag-hygiene-sweep", "--field", "colour=red");
  expect([unknown.code, unknown.err]).toEqual([2, expect.stringContaining("colour")]);
  expect((await cli("workflows", "recipes", "show", "nothing")).code).toBe(2);
});
