import type { Command } from "commander";
import { Secret } from "../sealing/secret.ts";
import type { Cli } from "./cli.ts";
import { note } from "./io.ts";
import { askSecret, readSecretFromStdin } from "./prompt.ts";

export interface ApiKeyOptions {
  readonly apiKey?: string;
  readonly apiKeyEnv?: string;
  readonly apiKeyStdin?: boolean;
}

/** The API key from where the options say, else asked for without showing it. Nothing to read is wrong usage. */
export async function readApiKey(cli: Cli, options: ApiKeyOptions, command: Command): Promise<Secret> {
  if (options.apiKeyStdin) return readSecretFromStdin(cli.io);
  if (options.apiKeyEnv !== undefined) return fromVariable(cli, options.apiKeyEnv, command);
  if (options.apiKey !== undefined) {
    if (options.apiKey !== "playground")
      note(cli.io, "warning: arguments are visible in process lists and shell history; prefer --api-key-stdin or --api-key-env");
    return new Secret(options.apiKey);
  }
  if (!cli.io.stdin.isTTY)
    command.error(
      "error: the API key cannot be asked for here, because this is no terminal; pass --api-key-stdin or --api-key-env <variable>",
    );
  return askSecret(cli.io, "API key (not shown): ", cli.signal);
}

function fromVariable(cli: Cli, variable: string, command: Command): Secret {
  const value = cli.io.env[variable]?.trim();
  // The name is not repeated: it may be the key itself, passed by mistake.
  if (!value) command.error("error: the variable named by --api-key-env is not set");
  return new Secret(value ?? "");
}
