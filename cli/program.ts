import { Command } from "commander";
import { printableLines } from "../text/printable.ts";
import type { Cli } from "./cli.ts";
import { accessLinkCommand } from "./commands/access-link.ts";
import { apiKeysCommand } from "./commands/api-keys.ts";
import { connectorsCommand } from "./commands/connectors.ts";
import { credentialsCommand } from "./commands/credentials.ts";
import { deliveriesCommand } from "./commands/deliveries.ts";
import { destinationsCommand } from "./commands/destinations.ts";
import { endpointsCommand } from "./commands/endpoints.ts";
import { forgetCommand } from "./commands/forget.ts";
import { keysCommand } from "./commands/keys.ts";
import { manifestCommand } from "./commands/manifest.ts";
import { operationsCommand } from "./commands/operations.ts";
import { playgroundCommand } from "./commands/playground.ts";
import { projectsCommand } from "./commands/projects.ts";
import { runsCommand } from "./commands/runs.ts";
import { startCommand } from "./commands/start.ts";
import { workflowsCommand } from "./commands/workflows.ts";
import { writesCommand } from "./commands/writes.ts";
import { exitCodesHelp } from "./exit-codes.ts";

const DESCRIPTION = `Self-hosted connector: tested, encrypted credentials, and the operations that they allow.

Commands work directly on the store that the environment names (DATA_DIR or MONGODB_URI), also while a server runs on it.
Results go to stdout, everything else to stderr.`;

const EXAMPLES = `
Examples:
  lever-connector start
  lever-connector credentials add --nickname "My account" --environment playground
  lever-connector operations list
  lever-connector operations run list_opportunities --credential "My account" --limit 5
  lever-connector operations run add_opportunity_tags --credential "My account" --opportunity-id ID --tag Verified --perform-as USER_ID`;

export interface ProgramOptions {
  readonly version: string;
  readonly variables: Parameters<typeof startCommand>[1];
  /** The fields of an operation, for the help of `operations run`. */
  readonly fieldsOf?: (operation: string) => string | undefined;
}

/** The command tree. Errors of usage are thrown (CommanderError) after the right usage was printed; nothing here ends the process. */
export function createProgram(cli: Cli, { version, variables, fieldsOf = () => undefined }: ProgramOptions): Command {
  const program = new Command("lever-connector")
    .description(DESCRIPTION)
    .version(version, "-V, --version", "print the version")
    .option("--project <id>", "the project to work on", "default")
    .helpOption("-h, --help", "show this help")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => cli.io.stdout.write(printableLines(text)),
      writeErr: (text) => cli.io.stderr.write(printableLines(text)),
      // A mistyped `--apikey=…` must not put the key into a terminal or a CI log.
      outputError: (text, write) => write(text.replace(/(unknown option '[^=']+)=[^']*'/, "$1'")),
    })
    .showHelpAfterError()
    .exitOverride()
    .addHelpText("after", `${EXAMPLES}\n${exitCodesHelp()}`)
    .hook("preAction", (_program, action) => {
      cli.json = action.opts().json === true;
    });
  const commands = [
    startCommand(cli, variables),
    playgroundCommand(cli),
    connectorsCommand(cli),
    credentialsCommand(cli),
    operationsCommand(cli, fieldsOf),
    destinationsCommand(cli),
    endpointsCommand(cli),
    deliveriesCommand(cli),
    projectsCommand(cli),
    keysCommand(cli),
    manifestCommand(cli),
    apiKeysCommand(cli),
    accessLinkCommand(cli),
    writesCommand(cli),
    workflowsCommand(cli),
    runsCommand(cli),
    forgetCommand(cli),
  ];
  for (const command of commands) program.addCommand(inherit(command, program));
  return program;
}

/** `addCommand` passes no settings on: without them a subcommand would print to the process and end it. */
function inherit(command: Command, parent: Command): Command {
  command.copyInheritedSettings(parent);
  for (const child of command.commands) inherit(child, command);
  return command;
}
