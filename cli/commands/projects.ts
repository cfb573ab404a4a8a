import { Command } from "commander";
import type { Project, ProjectContents } from "../../schemas/types/index.ts";
import { type Cli, JSON_OPTION } from "../cli.ts";
import { confirmName } from "../confirm-name.ts";
import { note, printJson, printLine, printTable } from "../io.ts";

export function projectsCommand(cli: Cli): Command {
  return new Command("projects")
    .description("tenants of this installation: each has its own credentials and API keys")
    .addCommand(listCommand(cli))
    .addCommand(createCommand(cli))
    .addCommand(renameCommand(cli))
    .addCommand(updateCommand(cli))
    .addCommand(removeCommand(cli));
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the projects, oldest first")
    .option(...JSON_OPTION)
    .action(async () => {
      const { projects } = await cli.services();
      const data: Project[] = [];
      for await (const project of projects.all()) data.push(project);
      if (cli.json) return printJson(cli.io, { data });
      const rows = data.map(({ name, id, retentionDays, createdAt }) => ({
        name,
        id,
        runsKept: daysText(retentionDays),
        createdAt,
      }));
      await printTable(cli.io, rows, ["name", "id", "runsKept", "createdAt"]);
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

function renameCommand(cli: Cli): Command {
  return new Command("rename")
    .description("give a project another name")
    .argument("<project>", "its id")
    .argument("<name>", "what people call it; no other project may have it")
    .option(...JSON_OPTION)
    .action(async (id: string, name: string) => {
      const renamed = await (await cli.services()).projects.rename(id, name);
      if (cli.json) return printJson(cli.io, renamed);
      note(cli.io, `${renamed.id} is now called "${renamed.name}".`);
      return undefined;
    });
}

function updateCommand(cli: Cli): Command {
  return new Command("update")
    .description("change the settings of a project")
    .argument("<project>", "its id")
    .requiredOption("--retention-days <days>", "keep runs for so many days after their end, 1 to 3650", Number)
    .option(...JSON_OPTION)
    .action(async (id: string, { retentionDays }: { retentionDays: number }) => {
      const changed = await (await cli.services()).projects.keepRuns(id, retentionDays);
      if (cli.json) return printJson(cli.io, changed);
      note(cli.io, `Runs of "${changed.name}" are kept for ${daysText(changed.retentionDays)} after their end.`);
      return undefined;
    });
}

function removeCommand(cli: Cli): Command {
  return new Command("remove")
    .description("delete a project and everything in it at once; shows what that is and asks for its name unless --yes is given")
    .argument("<project>", "its id")
    .option("-y, --yes", "do not ask")
    .option("--json", "print what was removed as JSON")
    .action(async (id: string, { yes }: { yes?: boolean }, command: Command) => {
      const { projects } = await cli.services();
      const [project, contents] = [await projects.get(id), await projects.contents(id)];
      if (!cli.json) note(cli.io, `"${project.name}" holds ${contentsText(contents)}.`);
      if (!yes) await confirmName(cli, { what: "name", name: project.name }, command);
      await projects.remove(id);
      if (cli.json) return printJson(cli.io, { ...project, contents });
      note(cli.io, `"${project.name}" (${id}) and everything in it is removed.`);
      return undefined;
    });
}

function daysText(days: number): string {
  return days === 1 ? "1 day" : `${days} days`;
}

function contentsText({
  credentials,
  workflows,
  runs,
  destinations,
  endpoints,
  oauthApps,
  apiKeys,
  writes,
}: ProjectContents["contents"]): string {
  const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;
  const parts = [
    counted(credentials, "credential"),
    counted(workflows, "workflow"),
    counted(runs, "run"),
    counted(destinations, "destination"),
    counted(endpoints, "endpoint"),
    counted(oauthApps, "OAuth app"),
    counted(apiKeys, "API key"),
  ];
  return `${parts.join(", ")} and ${counted(writes, "recorded write")}`;
}
