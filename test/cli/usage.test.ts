import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import type { Command } from "commander";
import { EXIT_CODES, exitCodeOf } from "../../cli/exit-codes.ts";
import { createProgram } from "../../cli/program.ts";
import { ERRORS, type ErrorCode } from "../../errors/connector-error.ts";
import { runCli } from "./run-cli.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/cli.md"), "utf8");
const program = createProgram({} as never, { version: "0", variables: [] });
const leaves = leavesOf(program, []);

function leavesOf(command: Command, path: readonly string[]): string[] {
  if (command.commands.length === 0) return [path.join(" ")];
  return command.commands.flatMap((child) => leavesOf(child, [...path, child.name()]));
}

/** "workflows recipes list|show" as ["workflows recipes", ["list", "show"]]. */
function toGroup(command: string): [group: string, verbs: string[]] {
  const words = command.split(" ");
  return words.length === 1 ? [command, []] : [words.slice(0, -1).join(" "), (words.at(-1) as string).split("|")];
}

function lc(args: string) {
  return runCli(args.split(" "), { env: {} });
}

describe("usage", () => {
  it("holds every command of the documentation, and the documentation every command", () => {
    const groups = new Map<string, string[]>();
    for (const leaf of leaves) {
      const [group, verbs] = toGroup(leaf);
      groups.set(group, [...(groups.get(group) ?? []), ...verbs]);
    }
    const told = [...(page.split("```")[1] ?? "").matchAll(/^lever-connector ([a-z-]+(?: [a-z|-]+)*)(?: {2,}|$)/gm)].map(
      (match) => toGroup(match[1] as string),
    );
    expect(told).toEqual([...groups]);
  });

  it.each(leaves)("%s --help explains itself on stdout", async (leaf) => {
    const help = await lc(`${leaf} --help`);
    expect(help).toMatchObject({ code: 0, err: "" });
    expect(help.out).toMatch(new RegExp(`^Usage: lever-connector ${leaf}`));
  });

  it.each(leaves.filter((leaf) => leaf !== "operations run"))(
    "a wrong option shows the usage of %s on stderr and ends with 2",
    async (leaf) => {
      const wrong = await lc(`${leaf} --definitely-wrong`);
      expect(wrong).toMatchObject({ code: 2, out: "" });
      expect(wrong.err).toMatch(/^error: (unknown option '--definitely-wrong'|required option '-(?:-n|-r|f))/);
      expect(wrong.err).toContain(`Usage: lever-connector ${leaf}`);
    },
  );

  it("shows what a group offers when no command is named, and what comes near a mistyped one", async () => {
    expect(await lc("credentials")).toMatchObject({
      code: 2,
      err: expect.stringContaining("rename [options] <credential> [nickname]"),
    });
    expect(await lc("credentials rename one")).toMatchObject({
      code: 2,
      err: expect.stringMatching(
        /^error: nothing to change: give a new nickname[\s\S]*Usage: lever-connector credentials rename/,
      ),
    });
    expect(await lc("operations lst")).toMatchObject({ code: 2, err: expect.stringContaining("Did you mean list?") });
    expect(await lc("credentials test one two")).toMatchObject({
      code: 2,
      err: expect.stringContaining("Usage: lever-connector credentials test"),
    });
    expect(await lc("playground --port 99999")).toMatchObject({ code: 2, err: expect.stringContaining("from 0 to 65535") });
  });

  it.each([
    ["operations run list_opportunities --help"],
    ["operations run list_opportunities --credential x -h"],
    ["operations run --credential x list_opportunities --limit 5 --help"],
  ])("%s lists the fields of that operation: type, whether it is required, meaning", async (args) => {
    const { code, out, err } = await lc(args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^Usage: lever-connector operations run/);
    expect(out).toMatch(/^Fields of list_opportunities \(List Opportunities\):$/m);
    expect(out).toMatch(/^ {2}--limit +integer\n {8}\S/m);
    expect(out).toMatch(/^ {2}--created-at-start +\S/m);
  });

  it("marks the required fields, and lists none for an operation that there is not", async () => {
    const { out } = await lc("operations run retrieve_opportunity --help");
    expect(out).toMatch(/^ {2}--opportunity-id +string +required\n/m);
    expect(out).not.toMatch(/^ {2}--include .* required$/m);
    const create = await lc("operations run create_posting --help");
    expect(create.out.replace(/\s+/g, " ")).toContain(
      `As JSON: '{"min":60000,"max":80000,"currency":"EUR","interval":"per-year-salary"}'`,
    );
    expect((await lc("operations run nothing_like_it --help")).out).not.toContain("Fields of nothing");
    expect((await lc("operations run --help")).out).not.toContain("Fields of list_");
  });

  it("prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as { version: string };
    expect(await lc("--version")).toMatchObject({ code: 0, out: `${version}\n` });
  });

  it("lists every environment variable in the help of start", async () => {
    const { describeConfig } = await import("../../app/config.ts");
    const { out } = await lc("start --help");
    for (const { name } of describeConfig()) expect(out).toContain(`\n  ${name} `);
  });
});

/** Scripts branch on them: written out here, so that a change of one is a change of this test. */
const EXITS: Readonly<Record<number, string>> = {
  1: "internal_error",
  3: "not_found method_not_allowed malformed_json unsupported_media_type payload_too_large input_invalid webhook_rejected perform_as_missing conflict idempotency_key_reused idempotency_key_invalid connector_unknown environment_unknown upstream_not_found upstream_rejected cursor_invalid egress_denied destination_paused mapping_missing mapping_failed workflow_invalid",
  4: "credential_pending credential_rejected credential_reauth_required credential_scope_missing account_mismatch oauth_state_invalid oauth_denied permission_denied",
  5: "too_many_requests idempotency_in_progress credential_refresh_unavailable oauth_exchange_failed rate_limited upstream_error upstream_unavailable upstream_unreachable upstream_timeout upstream_invalid_response upstream_response_too_large upstream_redirect_refused outcome_unknown write_in_progress superseded delivery_failed request_timeout",
  6: "auth_required forbidden csrf_rejected credential_key_unavailable sealed_data_invalid oauth_app_missing oauth_app_rejected manifest_invalid config_invalid store_unavailable store_full shutting_down",
  130: "cancelled",
};

describe("exit codes", () => {
  it("are what they were", () => {
    const told = Object.entries(EXITS).flatMap(([exit, codes]) => codes.split(" ").map((code) => [code, Number(exit)] as const));
    expect(Object.fromEntries(Object.keys(ERRORS).map((code) => [code, exitCodeOf(code)]))).toEqual(Object.fromEntries(told));
    expect(Object.keys(EXIT_CODES).map(Number)).toEqual([0, 1, 2, 3, 4, 5, 6, 130]);
  });

  it("are given to every error code", () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[])
      expect(Object.keys(EXIT_CODES).map(Number)).toContain(exitCodeOf(code));
    expect(exitCodeOf("toString")).toBe(1);
  });

  it("stand in the documentation and in --help with the same meaning", async () => {
    const { out } = await lc("--help");
    for (const [code, meaning] of Object.entries(EXIT_CODES)) {
      expect(out).toContain(`${code.padStart(3)}  ${meaning}`);
      expect(page).toContain(`\n| ${code} | ${meaning} |`);
    }
  });

  it("of the documentation's examples are those of the table", () => {
    const rows = [...page.matchAll(/^\| (\d+) \| [^|]+\| ([^|]+)\|$/gm)];
    const examples = rows.flatMap(([, exit, codes = ""]) =>
      [...codes.matchAll(/`(\w+)`/g)].map((match) => [match[1], Number(exit)] as const),
    );
    expect(examples.length).toBeGreaterThan(15);
    for (const [code, exit] of examples) expect([code, exitCodeOf(code as string)]).toEqual([code, exit]);
  });
});
