import { CommanderError } from "commander";
import { packageVersion } from "../connector/package-root.ts";
import type { Connectors } from "../connector/types.ts";
import type { Cli } from "./cli.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { createProgram } from "./program.ts";
import { reportError } from "./report-error.ts";
import type { Services } from "./services.ts";

/**
 * Runs one command line (without `node` and the script) and answers the exit code. Never throws and never ends the process.
 *
 * Whatever the command opened is closed before this returns, also after a failure.
 */
export async function run(argv: readonly string[], io: Io, signal: AbortSignal): Promise<ExitCode> {
  let opened: Promise<Services> | undefined;
  let loaded: Promise<Connectors> | undefined;
  const cli: Cli = {
    io,
    signal,
    exitCode: 0,
    json: false,
    services() {
      opened ??= import("./services.ts").then(({ openCliServices }) => openCliServices(io));
      return opened;
    },
    connectors() {
      loaded ??= loadConnectorsOf(io);
      return loaded;
    },
  };
  const code = await runCommand(argv, cli);
  try {
    await (await opened?.catch(() => undefined))?.dispose();
  } catch (error) {
    return code === 0 ? reportError(cli, error) : code;
  }
  return code;
}

async function loadConnectorsOf(io: Io): Promise<Connectors> {
  const [{ readConfig }, { loadConnectors }] = await Promise.all([
    import("../app/config.ts"),
    import("../connector/connectors.ts"),
  ]);
  return loadConnectors({ dir: readConfig(io.env).connectorsDir });
}

async function runCommand(argv: readonly string[], cli: Cli): Promise<ExitCode> {
  try {
    const variables = argv.includes("start") ? (await import("../app/config.ts")).describeConfig() : [];
    const fieldsOf = await fieldsHelpOf(argv, cli);
    await createProgram(cli, { version: packageVersion(), variables, fieldsOf }).parseAsync(argv, { from: "user" });
    return cli.exitCode;
  } catch (error) {
    // Help that was asked for has exit code 0; every other CommanderError is wrong usage, already explained on stderr.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(cli, error);
  }
}

/** Loads the operations only for the help of `operations run`. */
async function fieldsHelpOf(argv: readonly string[], cli: Cli): Promise<(operation: string) => string | undefined> {
  if (!argv.includes("run") || !(argv.includes("--help") || argv.includes("-h"))) return () => undefined;
  const { fieldsHelp } = await import("./describe-operation.ts");
  const connectors = await cli.connectors();
  return (name) => {
    const found = connectors.withOperation(name).map(({ operations }) => operations.get(name));
    const texts = found.flatMap((operation) => (operation === undefined ? [] : [fieldsHelp(operation)]));
    return texts.length === 0 ? undefined : texts.join("\n\n");
  };
}
