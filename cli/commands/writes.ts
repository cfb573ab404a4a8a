import { Command, InvalidArgumentError, Option } from "commander";
import type { ShownWrite } from "../../app/writes.ts";
import { WRITE_OUTCOMES, type WriteOutcome } from "../../runtime/write-records.ts";
import { type Cli, JSON_OPTION, openProject } from "../cli.ts";
import { note, printJson, printTable } from "../io.ts";
import { toText } from "../table.ts";

export function writesCommand(cli: Cli): Command {
  return new Command("writes")
    .description("what was written through this installation: by whom, for whom, with what outcome")
    .addCommand(listCommand(cli));
}

interface ListOptions {
  readonly credential?: string;
  readonly operation?: string;
  readonly outcome?: WriteOutcome;
  readonly from?: number;
  readonly until?: number;
  readonly limit: number;
  readonly cursor?: string;
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the writes of the last thirty days, newest first")
    .option("--credential <name>", "only by this credential: its nickname or id")
    .option("--operation <operation>", "only of this operation")
    .addOption(new Option("--outcome <outcome>", "only with this outcome").choices(WRITE_OUTCOMES))
    .option("--from <time>", "only those begun then or later, for example 2026-01-31 or 2026-01-31T09:30:00Z", toTime)
    .option("--until <time>", "only those begun before", toTime)
    .option("--limit <count>", "at most so many, 1 to 500", toCount, 50)
    .option("--cursor <cursor>", "continue where an earlier list ended")
    .option(...JSON_OPTION)
    .action(async ({ credential, from, until, ...options }: ListOptions, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const id = credential?.startsWith("cred_")
        ? credential
        : credential && (await services.credentials.idOf(access, credential));
      const page = await services.writes.list(access, { ...options, credential: id, fromMs: from, untilMs: until });
      if (cli.json) return printJson(cli.io, page);
      if (page.data.length === 0) return note(cli.io, "No writes.");
      await printTable(cli.io, page.data.map(toRow), ["at", "outcome", "operation", "credential", "target", "changed", "by"]);
      if (page.next !== undefined) note(cli.io, `There are more: --cursor ${page.next}`);
    });
}

function toRow(write: ShownWrite): Record<string, string> {
  const { at, outcome, code, operation, nickname, credential, target, changed, actor } = write;
  return {
    at,
    outcome: outcome === "failed" && code !== null ? `failed: ${code}` : outcome,
    operation,
    credential: nickname ?? credential,
    target: toText(target?.id),
    changed: [
      ...(changed?.added ?? []).map((value) => `+${value}`),
      ...(changed?.removed ?? []).map((value) => `-${value}`),
    ].join(" "),
    by: toText(actor),
  };
}

function toTime(text: string): number {
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(atMs)) return atMs;
  throw new InvalidArgumentError("It must be a date or a time such as 2026-01-31T09:30:00Z.");
}

function toCount(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 500) return Number(text);
  throw new InvalidArgumentError("It must be a whole number from 1 to 500.");
}
