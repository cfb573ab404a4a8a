import type { Command } from "commander";
import type { Connectors } from "../connector/types.ts";
import type { Access } from "../store/access.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import type { Services } from "./services.ts";

/** What every command is given. */
export interface Cli {
  readonly io: Io;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Opens store, credentials and runtime as the environment says, at the first call; closed when the command ends. */
  services(): Promise<Services>;
  /** The connectors alone: opens no store, needs no key. */
  connectors(): Promise<Connectors>;
  /** What the process ends with when the command does not throw. */
  exitCode: ExitCode;
  /** Name of the service that the running command asks, once it is known. */
  service?: string;
  /** The running command prints for machines. */
  json: boolean;
}

/** Services, and access to the project to work on: `--project`, before or behind the command's name. @throws ConnectorError `not_found` for an unknown project */
export async function openProject(cli: Cli, command: Command): Promise<{ services: Services; access: Access }> {
  const services = await cli.services();
  const { id } = await services.projects.get(String(command.optsWithGlobals().project));
  return { services, access: { project: id, actor: "cli" } };
}

export const JSON_OPTION = ["--json", "print JSON, in the shapes of the HTTP API"] as const;
