import { Command, Option } from "commander";
import { RUN_STATUSES, type RunStatus } from "../../engine/run-document.ts";
import { type Cli, JSON_OPTION, openProject } from "../cli.ts";
import { note, printJson, printJsonLine, printLine, printTable } from "../io.ts";
import { wholeNumber } from "../options.ts";
import { printRun, runExitCode, statusOf } from "../print-run.ts";

export function runsCommand(cli: Cli): Command {
  return new Command("runs")
    .description("what workflows did, and what they wait for")
    .addCommand(listCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(retryCommand(cli))
    .addCommand(cancelCommand(cli))
    .addCommand(approveCommand(cli))
    .addCommand(declineCommand(cli));
}

interface ListOptions {
  readonly workflow?: string;
  readonly status?: RunStatus;
  readonly limit: number;
  readonly cursor?: string;
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list runs, newest first")
    .option("--workflow <workflow>", "only of this one: its name or id")
    .addOption(new Option("--status <status>", "only with this status").choices(RUN_STATUSES))
    .option("--limit <count>", "at most so many, 1 to 500", wholeNumber("limit", 1, 500), 50)
    .option("--cursor <cursor>", "continue where an earlier list ended")
    .option(...JSON_OPTION)
    .action(async ({ workflow, ...options }: ListOptions, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const id = workflow === undefined ? undefined : await services.workflows.idOf(access, workflow);
      const page = await services.runs.list(access, { ...options, workflow: id });
      if (cli.json) return printJson(cli.io, page);
      if (page.data.length === 0) return note(cli.io, "No runs.");
      const rows = page.data.map((run) => ({ started: run.startedAt, workflow: run.name, status: statusOf(run), id: run.id }));
      await printTable(cli.io, rows, ["started", "workflow", "status", "id"]);
      if (page.next !== undefined) note(cli.io, `There are more: --cursor ${page.next}`);
    });
}

function showCommand(cli: Cli): Command {
  return new Command("show")
    .description("show a run with its steps, redacted")
    .argument("<run>", "its id")
    .option("--follow", "show it again after each change, until it has ended; ends as the run did")
    .option("--json", "print JSON, in the shapes of the HTTP API; with --follow a line for each change")
    .action(async (id: string, { follow }: { follow?: boolean }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      if (!follow) return printRun(cli, await services.runs.get(access, id));
      for await (const run of services.runs.follow(access, id, cli.signal)) {
        cli.exitCode = runExitCode(run);
        if (cli.json) await printJsonLine(cli.io, run);
        else
          await printLine(
            cli.io,
            `${new Date().toISOString()}  ${statusOf(run)}  ${run.steps.map((step) => `${step.id}: ${step.status}`).join(", ")}`,
          );
      }
    });
}

function retryCommand(cli: Cli): Command {
  return new Command("retry")
    .description("continue a run that stopped at a step, from that step on")
    .argument("<run>", "its id")
    .addOption(new Option("--outcome <outcome>", "of a write whose outcome is not known").choices(["happened", "not_happened"]))
    .option("--id <id>", "with --outcome happened: id of what was created")
    .option(...JSON_OPTION)
    .action(async (id: string, options: { outcome?: "happened" | "not_happened"; id?: string }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      await printRun(cli, await services.runs.retry(access, id, options));
    });
}

function cancelCommand(cli: Cli): Command {
  return new Command("cancel")
    .description("end a run before its next step; what it has begun comes to its end")
    .argument("<run>", "its id")
    .option(...JSON_OPTION)
    .action(async (id: string, _options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      await printRun(cli, await services.runs.cancel(access, id));
    });
}

function approveCommand(cli: Cli): Command {
  return decideCommand(cli, "approve", "approved", "approve what a run waits for");
}

function declineCommand(cli: Cli): Command {
  return decideCommand(cli, "decline", "declined", "decline what a run waits for");
}

function decideCommand(cli: Cli, name: string, decision: "approved" | "declined", description: string): Command {
  return new Command(name)
    .description(description)
    .argument("<run>", "its id")
    .option("--as <name>", "who decides: one of those who are asked", "cli")
    .option("--note <text>", "why")
    .option(...JSON_OPTION)
    .action(async (id: string, options: { as: string; note?: string }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      await printRun(cli, await services.runs.decide(access, id, decision, { names: [options.as], note: options.note }));
    });
}
