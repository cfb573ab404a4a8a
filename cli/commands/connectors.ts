import { Command } from "commander";
import { type Cli, JSON_OPTION } from "../cli.ts";
import { printJson, printTable } from "../io.ts";

export function connectorsCommand(cli: Cli): Command {
  return new Command("connectors").description("the services that this installation knows").addCommand(listCommand(cli));
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the connectors: the built-in one, and those of CONNECTORS_DIR")
    .option(...JSON_OPTION)
    .action(async () => {
      const { all } = await cli.connectors();
      const data = all.map(({ manifest: { id, name, version }, operations }) => ({
        id,
        name,
        version,
        operations: operations.size,
      }));
      if (cli.json) return printJson(cli.io, { data });
      const rows = data.map((one) => ({ ...one, operations: String(one.operations) }));
      await printTable(cli.io, rows, ["id", "name", "version", "operations"]);
    });
}
