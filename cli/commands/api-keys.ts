import { Command, InvalidArgumentError } from "commander";
import { isScope, SCOPES, type Scope } from "../../app/scopes.ts";
import type { ApiKey } from "../../schemas/types/index.ts";
import { reveal } from "../../sealing/secret.ts";
import { type Cli, JSON_OPTION, openProject } from "../cli.ts";
import { note, printJson, printLine, printTable } from "../io.ts";
import { toText } from "../table.ts";

export function apiKeysCommand(cli: Cli): Command {
  return new Command("api-keys")
    .description("keys for callers of this server's HTTP API")
    .addCommand(createCommand(cli))
    .addCommand(listCommand(cli))
    .addCommand(revokeCommand(cli));
}

function createCommand(cli: Cli): Command {
  const scopes = Object.entries(SCOPES).map(([scope, meaning]) => `  ${scope.padEnd(18)} ${meaning}`);
  return new Command("create")
    .description("create a key; it is shown once and cannot be shown again")
    .requiredOption("--name <name>", "what it is for")
    .requiredOption("--scope <scope>", "what it may do; repeat it for several", collectScope)
    .option(...JSON_OPTION)
    .addHelpText("after", `\nScopes:\n${scopes.join("\n")}`)
    .action(async (options: { name: string; scope: Scope[] }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const { apiKey, key } = await services.apiKeys.create(access, { name: options.name, scopes: options.scope });
      // The one place where a secret is printed: its creator has to get it, and it is never shown again.
      if (cli.json) return printJson(cli.io, { ...apiKey, key: reveal(key) });
      await printLine(cli.io, reveal(key));
      note(cli.io, `${apiKey.id} is created. The key is not shown again; callers send it as \`authorization: Bearer …\`.`);
    });
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the project's keys (never the keys themselves)")
    .option(...JSON_OPTION)
    .action(async (_options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const data: ApiKey[] = [];
      let cursor: string | undefined;
      do {
        const page = await services.apiKeys.list(access, cursor === undefined ? {} : { cursor });
        data.push(...page.data);
        cursor = page.next;
      } while (cursor !== undefined);
      if (cli.json) return printJson(cli.io, { data });
      if (data.length === 0) return note(cli.io, "No API keys yet: lever-connector api-keys create --name … --scope …");
      const columns = ["name", "prefix", "scopes", "createdAt", "lastUsedAt", "revokedAt", "id"] as const;
      await printTable(
        cli.io,
        data.map((key) => Object.fromEntries(columns.map((column) => [column, toText(key[column])]))),
        columns,
      );
    });
}

function revokeCommand(cli: Cli): Command {
  return new Command("revoke")
    .description("end a key for good: at once here, within a second in running servers")
    .argument("<id>", "id of the key, as `api-keys list` shows it")
    .option(...JSON_OPTION)
    .action(async (id: string, _options: object, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const revoked = await services.apiKeys.revoke(access, id);
      if (cli.json) return printJson(cli.io, revoked);
      note(cli.io, `${id} ("${revoked.name}") is revoked.`);
    });
}

function collectScope(text: string, before: readonly Scope[] = []): readonly Scope[] {
  if (!isScope(text)) throw new InvalidArgumentError(`Scopes are ${Object.keys(SCOPES).join(", ")}.`);
  return [...before, text];
}
