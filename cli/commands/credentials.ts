import { Command, Option } from "commander";
import { CREDENTIAL_STATUSES, type Credential, type CredentialStatus } from "../../credentials/credential.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { type AddOptions, addCredential, noteWarnings } from "../add-credential.ts";
import { readApiKey } from "../api-key.ts";
import { printCheckReport } from "../check-report.ts";
import { type Cli, JSON_OPTION, openProject } from "../cli.ts";
import { confirmName } from "../confirm-name.ts";
import { connectInBrowser } from "../consent.ts";
import { exitCodeOf } from "../exit-codes.ts";
import { note, printJson, printTable } from "../io.ts";
import { toText } from "../table.ts";

export function credentialsCommand(cli: Cli): Command {
  return new Command("credentials")
    .description("saved, tested, encrypted credentials for accounts at the services")
    .addCommand(addCommand(cli))
    .addCommand(listCommand(cli))
    .addCommand(testCommand(cli))
    .addCommand(renameCommand(cli))
    .addCommand(reconnectCommand(cli))
    .addCommand(removeCommand(cli));
}

const ACCEPT_OPTION = ["--accept-unknown-perform-as", "save a user for --perform-as that the service does not know"] as const;

/** The ways to hand over an API key, the same for `add` and `reconnect`. */
function withKeyOptions(command: Command): Command {
  return command
    .addOption(new Option("--api-key-stdin", "read the API key from stdin").conflicts(["apiKeyEnv", "apiKey"]))
    .addOption(
      new Option("--api-key-env <variable>", "read the API key from this environment variable").conflicts([
        "apiKeyStdin",
        "apiKey",
      ]),
    )
    .addOption(
      new Option("--api-key <key>", "the API key itself; visible in process lists, so only for the playground's public key"),
    );
}

function addCommand(cli: Cli): Command {
  return withKeyOptions(new Command("add"))
    .description("save a credential and test it; without an option for the key it is asked for and not shown")
    .requiredOption("--nickname <name>", "what people call it")
    .requiredOption("--environment <name>", "an environment of the connector: production, sandbox or playground, for example")
    .option("--connector <id>", "id of the connector, as `connectors list` shows it (default: the built-in one)")
    .addOption(
      new Option("--oauth", "connect in the browser instead of with an API key (the server must run)").conflicts([
        "apiKeyStdin",
        "apiKeyEnv",
        "apiKey",
      ]),
    )
    .option("--perform-as <userId>", "user that writes are recorded for, unless a call says otherwise")
    .option(...ACCEPT_OPTION)
    .option("--no-test", "save without testing")
    .option("--no-wait", "with --oauth: print the address and do not wait for the consent")
    .option(...JSON_OPTION)
    .action((options: AddOptions, command: Command) => addCredential(cli, options, command));
}

interface ListOptions {
  readonly search?: string;
  readonly status?: CredentialStatus;
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the project's credentials")
    .option("--search <text>", "only those whose nickname or id contains it, whatever its case and accents")
    .addOption(new Option("--status <status>", "only those in this state").choices(CREDENTIAL_STATUSES))
    .option(...JSON_OPTION)
    .action(async ({ search, status }: ListOptions, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const data: Credential[] = [];
      let cursor: string | undefined;
      do {
        const narrowed = { ...(search !== undefined && { search }), ...(status !== undefined && { status }) };
        const page = await services.credentials.list(access, { ...narrowed, ...(cursor !== undefined && { cursor }) });
        data.push(...page.data);
        cursor = page.next;
      } while (cursor !== undefined);
      if (cli.json) return printJson(cli.io, { data });
      if (data.length === 0 && (search !== undefined || status !== undefined)) return note(cli.io, "No credential matches.");
      if (data.length === 0)
        return note(cli.io, "No credentials yet: lever-connector credentials add --nickname … --environment …");
      const columns = [
        "nickname",
        ...(services.connectors.all.length > 1 ? ["connector"] : []),
        "environment",
        "auth",
        "status",
        "lastTest",
        "id",
      ];
      const rows = data.map((one) =>
        Object.fromEntries(
          columns.map((name) => [name, name === "lastTest" ? (one.lastTest?.at ?? "") : toText(one[name as keyof Credential])]),
        ),
      );
      await printTable(cli.io, rows, columns);
    });
}

function testCommand(cli: Cli): Command {
  return new Command("test")
    .description("call read-only endpoints and report what the credential may do; the exit code tells whose trouble a failure is")
    .argument("<credential>", "id or nickname")
    .option("--last", "ask the service nothing: print the report of the last test")
    .option(...JSON_OPTION)
    .action(async (name: string, options: { last?: boolean }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const { id } = await services.credentials.resolve(access, name);
      const report = options.last
        ? await services.credentials.lastReport(access, id)
        : await services.test(access, id, { signal: cli.signal });
      if (report === undefined)
        throw new ConnectorError("not_found", "The credential has not been tested since it was connected.", { kind: "report" });
      if (!report.usable) cli.exitCode = exitCodeOf(report.code);
      await printCheckReport(cli, report);
    });
}

interface RenameOptions {
  readonly performAs?: string | false;
  readonly acceptUnknownPerformAs?: boolean;
}

function renameCommand(cli: Cli): Command {
  return new Command("rename")
    .description("change the nickname, the default user, or both; id, secret and use stay")
    .argument("<credential>", "id or nickname")
    .argument("[nickname]", "the new nickname; may be left out with --perform-as or --no-perform-as")
    .option("--perform-as <userId>", "set the user that writes are recorded for")
    .option("--no-perform-as", "set no such user any more")
    .option(...ACCEPT_OPTION)
    .option(...JSON_OPTION)
    .action(async (name: string, nickname: string | undefined, options: RenameOptions, command: Command) => {
      const change = {
        ...(nickname !== undefined && { nickname }),
        ...(options.performAs !== undefined && { defaultPerformAs: options.performAs || null }),
      };
      if (Object.keys(change).length === 0)
        command.error("error: nothing to change: give a new nickname, --perform-as or --no-perform-as");
      const { services, access } = await openProject(cli, command);
      const { credentials } = services;
      const { id, version } = await credentials.resolve(access, name);
      const { acceptUnknownPerformAs } = options;
      const changed = await services.checkedCredentials.update(access, id, change, {
        acceptUnknownPerformAs,
        expectedVersion: version,
        signal: cli.signal,
      });
      if (cli.json) return printJson(cli.io, changed);
      if (nickname !== undefined) note(cli.io, `${id} is now called "${changed.nickname}".`);
      if (options.performAs !== undefined) note(cli.io, `Writes with "${changed.nickname}" are recorded for ${userOf(changed)}.`);
      noteWarnings(cli, changed);
    });
}

function userOf({ defaultPerformAs, auth }: Credential): string {
  if (defaultPerformAs !== null) return defaultPerformAs;
  return auth === "oauth2" ? "the user who gave the consent" : "the user that each call names";
}

function reconnectCommand(cli: Cli): Command {
  return withKeyOptions(new Command("reconnect"))
    .description("put a new key or a new consent under a credential; id, nickname and use stay")
    .argument("<credential>", "id or nickname")
    .option("--no-wait", "for OAuth: print the address and do not wait for the consent")
    .option(...JSON_OPTION)
    .action(async (name: string, options: AddOptions, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const { credentials } = services;
      const found = await credentials.resolve(access, name);
      if (found.auth === "oauth2") return connectInBrowser(cli, access, found, options.wait);
      const replaced = await credentials.replaceApiKey(access, found.id, await readApiKey(cli, options, command));
      if (cli.json) return printJson(cli.io, replaced);
      note(cli.io, `"${replaced.nickname}" has a new key. Test it: lever-connector credentials test ${replaced.id}`);
    });
}

function removeCommand(cli: Cli): Command {
  return new Command("remove")
    .description("delete a credential and its secret at once; asks for the nickname unless --yes is given")
    .argument("<credential>", "id or nickname")
    .option("-y, --yes", "do not ask")
    .option("--json", "print what was removed as JSON")
    .action(async (name: string, options: { yes?: boolean }, command: Command) => {
      const { services, access } = await openProject(cli, command);
      const { credentials } = services;
      const found = await credentials.resolve(access, name);
      if (!options.yes) await confirmName(cli, { what: "nickname", name: found.nickname }, command);
      await credentials.remove(access, found.id);
      if (cli.json) return printJson(cli.io, found);
      note(cli.io, `"${found.nickname}" (${found.id}) is removed.`);
    });
}
