import { Command } from "commander";
import { type Cli, JSON_OPTION } from "../cli.ts";
import { note, printJson, printLine, printTable } from "../io.ts";

export function projectsCommand(cli: Cli): Command {
  return new Command("projects")
    .description("tenants of this installation: each has its own credentials and API keys")
    .addCommand(listCommand(cli))
    .addCommand(createCommand(cli));
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the projects, oldest first")
    .option(...JSON_OPTION)
    .action(async () => {
      const data = await (await cli.services()).projects.list();
      if (cli.json) return printJson(cli.io, { data });
      const rows = data.map(({ name, id, createdAt }) => ({ name, id, createdAt }));
      await printTable(cli.io, rows, ["name", "id", "createdAt"]);
      return undefined;
    });
}

function createCommand(cli: Cli): Command {
  return new Command("create")
    .description("create a project; prints its id")
    .argument("<name>", "what people call it; no other project may have it")
    .option(...JSON_OPTION)
    .action(async (name: string) => {
      const created = await (await cli.services()).projects.create(name);
      if (cli.json) return printJson(cli.io, created);
      await printLine(cli.io, created.id);
      note(cli.io, `"${created.name}" is created. Work in it with --project ${created.id}.`);
      return undefined;
    });
}
