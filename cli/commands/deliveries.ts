import { Command, InvalidArgumentError, Option } from "commander";
import type { Delivery } from "../../schemas/types/index.ts";
import { type Cli, JSON_OPTION, openProject } from "../cli.ts";
import { note, printJson, printLine, printTable } from "../io.ts";
import { wholeNumber } from "../options.ts";
import { toText } from "../table.ts";

export function deliveriesCommand(cli: Cli): Command {
  return new Command("deliveries")
    .description("what was delivered to endpoints, and the runs that it started")
    .addCommand(listCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(replayCommand(cli));
}

const STATES = ["pending", "done", "dead", "expired"] as const satisfies readonly Delivery["state"][];

interface ListOptions {
  readonly endpoint?: string;
  readonly state?: Delivery["state"];
  readonly limit: number;
  readonly cursor?: string;
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list deliveries, newest first")
    .option("--endpoint <endpoint>", "only to this one: its name or id")
    .addOption(new Option("--state <state>", "only in this state").choices(STATES))
    .option("--limit <count>", "at most so many, 1 to 500", wholeNumber("limit", 1, 500), 50)
    .option("--cursor <cursor>", "continue where an earlier list ended")
    .option(...JSON_OPTION)
    .action(async ({ endpoint, ...options }: ListOptions, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const { endpoints, deliveries } = services.triggers;
      const id = endpoint === undefined ? undefined : (await endpoints.resolve(access, endpoint)).id;
      const page = await deliveries.list(access, { ...options, endpoint: id });
      if (cli.json) return printJson(cli.io, page);
      if (page.data.length === 0) return note(cli.io, "No deliveries.");
      await printTable(cli.io, ...deliveryRows(page.data));
      if (page.next !== undefined) note(cli.io, `There are more: --cursor ${page.next}`);
    });
}

/** As tables show them. */
export function deliveryRows(deliveries: readonly Delivery[]): [Record<string, string>[], string[]] {
  const rows = deliveries.map(({ createdAt, state, verification, runs, error, note: why, id }) => ({
    came: createdAt,
    event: toText(verification?.eventType ?? ""),
    outcome: verification?.outcome ?? "",
    state,
    runs: String(runs.length),
    why: toText(error?.code ?? why ?? ""),
    id,
  }));
  return [rows, ["came", "event", "outcome", "state", "runs", "why", "id"]];
}

function showCommand(cli: Cli): Command {
  return new Command("show")
    .description("show a delivery with its body, redacted")
    .argument("<delivery>", "its id")
    .option(...JSON_OPTION)
    .action(async (id: string, _options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const found = await services.triggers.deliveries.get(access, id);
      if (cli.json) return printJson(cli.io, found);
      const { verification, error } = found;
      const facts: Record<string, string> = {
        id: found.id,
        endpoint: found.endpoint,
        came: found.createdAt,
        state: error === null ? found.state : `${found.state}: ${error.message} (${error.code})`,
        event: verification?.eventType ?? "",
        outcome: verification?.outcome ?? "",
        reference: verification?.reference ?? "",
        runs: found.runs.map(({ run, name }) => `${run} (${name})`).join(", ") || (found.note ?? "none"),
      };
      for (const [fact, value] of Object.entries(facts)) await printLine(cli.io, `${fact.padEnd(9)} ${toText(value)}`);
      return printJson(cli.io, found.body);
    });
}

interface ReplayOptions {
  readonly from?: string;
  readonly to?: string;
  readonly endpoint?: string;
  readonly state?: "done" | "dead";
}

function replayCommand(cli: Cli): Command {
  return new Command("replay")
    .description("work on a delivery again, or on all of a span of time: what is done starts its workflows anew")
    .argument("[delivery]", "its id")
    .option("--from <time>", "those that came then, and later", toTime)
    .option("--to <time>", "those that came before", toTime)
    .option("--endpoint <endpoint>", "only to this one: its name or id")
    .addOption(new Option("--state <state>", "only in this state").choices(["done", "dead"]))
    .option(...JSON_OPTION)
    .action(async (id: string | undefined, { from, to, endpoint, state }: ReplayOptions, command: Command) => {
      if ((id === undefined) === (from === undefined || to === undefined))
        command.error("error: give a delivery, or --from and --to");
      const { services, access } = await openProject(cli, command);
      const { endpoints, deliveries } = services.triggers;
      if (id !== undefined) {
        const replayed = await deliveries.replay(access, id);
        return cli.json ? printJson(cli.io, replayed) : note(cli.io, `${id} is worked on again, by a server that runs.`);
      }
      const of = endpoint === undefined ? {} : { endpoint: (await endpoints.resolve(access, endpoint)).id };
      const range = { from: String(from), to: String(to), ...of, ...(state && { state }) };
      const done = await deliveries.replayRange(access, range);
      if (cli.json) return printJson(cli.io, done);
      note(cli.io, `${done.replayed} are worked on again, ${done.skipped} not.`);
      if (done.next !== null) note(cli.io, `There are more: --from ${done.next}`);
    });
}

function toTime(text: string): string {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new InvalidArgumentError("It must be a time, such as 2026-01-01T12:00:00Z.");
}
