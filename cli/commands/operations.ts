import { Command } from "commander";
import { type Cli, JSON_OPTION } from "../cli.ts";
import { printJson, printTable } from "../io.ts";
import { collect, wholeNumber } from "../options.ts";
import type { RunOptions } from "../run-operation.ts";

/** @param helpOf - the fields of an operation as text; knows operations only where help was asked for */
export function operationsCommand(cli: Cli, helpOf: (operation: string) => string | undefined): Command {
  return new Command("operations")
    .description("what can be done with the services that this installation knows")
    .addCommand(listCommand(cli))
    .addCommand(describeCommand(cli))
    .addCommand(runCommand(cli, helpOf));
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the operations")
    .option("--connector <id>", "only those of this connector")
    .option(...JSON_OPTION)
    .action(async ({ connector }: ConnectorOption) => {
      const { loadOperations, toSummary } = await import("../describe-operation.ts");
      const data = (await loadOperations(cli, connector)).map(toSummary);
      if (cli.json) return printJson(cli.io, { data });
      const several = new Set(data.map((one) => one.connector)).size > 1;
      const columns = ["name", ...(several ? ["connector"] : []), "effect", "title"];
      await printTable(
        cli.io,
        data.map(({ name, connector, effect, title }) => ({ name, connector, effect, title })),
        columns,
      );
    });
}

function describeCommand(cli: Cli): Command {
  return new Command("describe")
    .description("explain one operation: fields, scopes, effect, an example")
    .argument("<operation>", "its name, as `operations list` shows it")
    .option("--connector <id>", "which connector's, where several have one of this name")
    .option(...JSON_OPTION)
    .action(async (name: string, { connector }: ConnectorOption, command: Command) => {
      const { describeOperation, findOperation } = await import("../describe-operation.ts");
      const found = await findOperation(cli, name, connector);
      if (Array.isArray(found)) command.error(`error: several connectors have it: add --connector ${found.join(" or ")}`);
      else await describeOperation(cli, found);
    });
}

interface ConnectorOption {
  readonly connector?: string;
}

const RUN_HELP = `
Fields of the operation are options too: --limit 5 --tag Verified --tag "Second tag" --archived false.
A repeated field is a list, dashes serve for underscores; \`operations run <operation> --help\` lists them.
Order of precedence: fields over --input.`;

function runCommand(cli: Cli, helpOf: (operation: string) => string | undefined): Command {
  return new Command("run")
    .description("run an operation with a saved credential")
    .argument("<operation>", "its name, as `operations list` shows it")
    .argument("[fields...]", "the operation's fields, as --name value")
    .requiredOption("--credential <credential>", "id or nickname")
    .option("--input <json>", "the input as JSON, @file, or - for stdin")
    .option(
      "--field <name=value>",
      "one field of the input (repeatable); for names that are also options of this command",
      collect,
    )
    .option("--all", "all pages: a progress bar where a person watches; with --json one record per line (NDJSON)")
    .option("--dry-run", "show the request that would be sent, and send nothing")
    .option("--idempotency-key <key>", "repeat-safe name of this write: the same key and input give the recorded answer")
    .option("--timeout <seconds>", "deadline of one call, waits and retries included", wholeNumber("timeout", 1, 3600))
    .option(...JSON_OPTION)
    .allowUnknownOption()
    .addHelpText("after", ({ command }) => {
      const fields = command.args.map(helpOf).find((text) => text !== undefined);
      return fields === undefined ? RUN_HELP : `${RUN_HELP}\n\n${fields}`;
    })
    .action(async (operation: string, words: string[], options: RunOptions, command: Command) => {
      const { runOperation } = await import("../run-operation.ts");
      await runOperation(cli, { operation, words, options, command });
    });
}
