import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, jest } from "@jest/globals";
import { type Receiver, startReceiver, verify } from "../destinations/receiver.ts";
import { type CliOptions, makeStore, runCli } from "./run-cli.ts";

jest.setTimeout(60_000);

let folder: string;
let receiver: Receiver;
let env: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "destinations-cli-"));
  receiver = await startReceiver();
  env = { DATA_DIR: join(folder, "data"), EGRESS_ALLOW: receiver.host };
  await makeStore(env);
});
afterAll(async () => {
  await receiver.close();
  rmSync(folder, { recursive: true, force: true });
});

const call = (args: readonly string[], options: Omit<CliOptions, "env"> = {}) =>
  runCli(["destinations", ...args], { env, ...options });
const add = (name: string, ...more: string[]) => call(["add", "--name", name, "--url", receiver.url, ...more]);

it("says how to add the first one", async () => {
  expect(await call(["list"])).toMatchObject({
    code: 0,
    out: "",
    err: expect.stringContaining("destinations add --name … --url …"),
  });
  expect((await call(["list", "--json"])).json()).toEqual({ data: [] });
});

it("prints the secret of a new one, once, and nothing else on stdout", async () => {
  const added = await add("first");
  expect(added).toMatchObject({ code: 0, out: expect.stringMatching(/^whsec_\S{44}\n$/) });
  expect(added.err).toMatch(/^dest_\w+ is created\. The secret is not shown again; .*docs\/destinations\.md/);
  const { secret, ...shown } = (await add("second", "--events", "run.failed, approval.waiting", "--json")).json();
  expect(secret).toMatch(/^whsec_/);
  expect(shown).toMatchObject({ name: "second", url: receiver.url, events: ["run.failed", "approval.waiting"], paused: null });
  const listed = await call(["list"]);
  expect(listed.out).toMatch(/^NAME +URL +PAUSED +LAST TEST +ID\n/);
  expect(listed.out).toMatch(new RegExp(`\nfirst +${receiver.url} +dest_\\w+\n`));
  for (const text of [listed.out, (await call(["show", "second", "--json"])).out])
    expect(text).not.toContain(String(secret).slice(6, 30));
  expect((await call(["list", "--json"])).json<{ data: object[] }>().data).toMatchObject([{ name: "first" }, { name: "second" }]);
});

it("refuses a name that is taken, an address that is not public, an event there is none of", async () => {
  expect(await add("first")).toMatchObject({
    code: 3,
    out: "",
    err: expect.stringContaining("/name  is the name of another destination"),
  });
  const inside = await call(["add", "--name", "inside", "--url", "https://169.254.169.254/"]);
  expect(inside).toMatchObject({ code: 3, err: expect.stringContaining("EGRESS_ALLOW") });
  expect(await add("third", "--events", "run.failed,run.lost")).toMatchObject({
    code: 2,
    err: expect.stringContaining('"run.lost"'),
  });
  expect((await call(["add", "--name", "third"])).code).toBe(2);
  expect((await call(["list", "--json"])).json<{ data: object[] }>().data).toHaveLength(2);
});

it("sends a signed test message, and ends by what came of it", async () => {
  const [secret = ""] = (await add("tested")).out.split("\n");
  const accepted = await call(["test", "tested"]);
  expect(accepted).toMatchObject({ code: 0, out: expect.stringMatching(/^accepted: It answered 200, \d+ ms\n$/) });
  verify(secret, receiver.received.at(-1) as Receiver["received"][number]);
  receiver.answer(500);
  const refused = await call(["test", "tested"]);
  expect(refused).toMatchObject({
    code: 5,
    out: expect.stringMatching(/^not accepted \(http_error\): It answered 500, \d+ ms\n$/),
  });
  expect((await call(["test", "tested", "--json"])).json()).toMatchObject({ accepted: true, status: 200 });
  const denied = await runCli(["destinations", "test", "tested", "--json"], { env: { ...env, EGRESS_ALLOW: "" } });
  expect([denied.code, denied.json()]).toEqual([3, expect.objectContaining({ accepted: false, code: "egress_denied" })]);
  expect((await call(["test", "nothing"])).code).toBe(3);
});

it("shows one with what was sent to it", async () => {
  await add("shown", "--events", "none");
  const fresh = await call(["show", "shown"]);
  expect(fresh.out).toMatch(
    new RegExp(`^name {7}shown\nurl {8}${receiver.url}\nid {9}dest_\\w+\nevents {5}none\npaused {5}no\nlast test {2}none\n$`),
  );
  expect(fresh.err).toContain("Nothing was sent to it yet.");
  await call(["test", "shown"]);
  await call(["change", "shown", "--pause", "--events", "run.failed,run.needs_attention"]);
  const shown = (await call(["show", "shown"])).out;
  expect(shown).toMatch(/events {5}run\.failed, run\.needs_attention\n/);
  expect(shown).toMatch(/paused {5}\S.* \(\d{4}-\S+Z\)\nlast test {2}It answered 200 \(\d{4}-\S+Z\)\n/);
});

it("changes what is given, and only that", async () => {
  await add("changed");
  const paused = await call(["change", "changed", "--pause"]);
  expect([paused.code, paused.out, paused.err]).toEqual([0, "", `"changed" sends to ${receiver.url}; it is paused.\n`]);
  const elsewhere = `${receiver.url}/elsewhere`;
  const moved = await call(["change", "changed", "--name", "moved", "--url", elsewhere, "--resume"]);
  expect(moved.err).toBe(`"moved" sends to ${elsewhere}.\n`);
  const events = (await call(["change", "moved", "--events", "none", "--json"])).json();
  expect(events).toMatchObject({ name: "moved", url: elsewhere, events: [], paused: null });
  expect((await call(["change", "moved", "--events", "run.failed", "--json"])).json()).toMatchObject({ events: ["run.failed"] });
  expect(await call(["change", "moved"])).toMatchObject({ code: 2, err: expect.stringContaining("nothing to change") });
  expect(await call(["change", "moved", "--pause", "--resume"])).toMatchObject({
    code: 2,
    err: expect.stringContaining("exclude"),
  });
  expect((await call(["show", "moved", "--json"])).json()).toMatchObject({ name: "moved", url: elsewhere, paused: null });
});

it("makes a new secret, with which the old one signs as long as is asked", async () => {
  const [before = ""] = (await add("rotated")).out.split("\n");
  const rotated = await call(["rotate", "rotated"]);
  expect([rotated.code, rotated.err]).toEqual([
    0,
    expect.stringMatching(/^The secret before signs as well until \d{4}-\S+Z\. The/),
  ]);
  expect(rotated.out).not.toContain(before);
  const until = Date.parse(String((await call(["rotate", "rotated", "--keep", "60", "--json"])).json().previousSecretUntil));
  expect(Math.abs(until - Date.now() - 60_000)).toBeLessThan(20_000);
  const last = await call(["rotate", "rotated", "--keep", "0"]);
  expect(last.err).toMatch(/^The secret before signs no more\. The/);
  await call(["test", "rotated"]);
  const message = receiver.received.at(-1) as Receiver["received"][number];
  verify(last.out.trim(), message);
  expect(() => verify(rotated.out.trim(), message)).toThrow();
  for (const wrong of ["-1", "1.5", "week", "604801", "1000000"])
    expect(await call(["rotate", "rotated", `--keep=${wrong}`])).toMatchObject({
      code: 2,
      err: expect.stringContaining("a week at most"),
    });
  expect((await call(["rotate", "rotated", "--keep", "604800"])).code).toBe(0);
});

it("is removed where its name is typed, or without asking", async () => {
  await add("removed");
  expect(await call(["remove", "removed"])).toMatchObject({ code: 2, err: expect.stringContaining("--yes") });
  const other = await call(["remove", "removed"], { tty: {}, stdin: "remove\n" });
  expect([other.code, other.err]).toEqual([expect.any(Number), expect.stringContaining("Nothing was removed")]);
  expect(other.code).not.toBe(0);
  expect((await call(["show", "removed"])).code).toBe(0);
  const removed = await call(["remove", "removed"], { tty: {}, stdin: "removed\n" });
  expect([removed.code, removed.err]).toEqual([
    0,
    expect.stringMatching(/"removed" \(dest_\w+\) is removed\. What still waits for it fails\.\n$/),
  ]);
  expect(removed.err).not.toContain("Workflows that use it");
  expect((await call(["show", "removed"])).code).toBe(3);
  await add("again");
  expect((await call(["remove", "again", "--yes", "--json"])).json()).toMatchObject({ name: "again" });
  expect((await call(["remove", "again", "-y"])).code).toBe(3);
});

it("names the workflows that send to it before it is removed", async () => {
  await add("used");
  const step = { id: "tell", title: "Tell", kind: "send", destination: "used", body: { text: "done" } };
  const file = join(folder, "tells.json");
  writeFileSync(file, JSON.stringify({ name: "tells", title: "Tells", trigger: { type: "api", input: {} }, steps: [step] }));
  expect((await runCli(["workflows", "apply", "-f", file], { env })).out).toBe("created    tells\n");
  const asked = await call(["remove", "used"], { tty: {}, stdin: "used\n" });
  expect([asked.code, asked.err]).toEqual([0, expect.stringContaining("Workflows that use it: tells")]);
});
