import type { Command } from "commander";
import { ConnectorError } from "../errors/connector-error.ts";
import { toName } from "../text/names.ts";
import type { Cli } from "./cli.ts";
import { ask } from "./prompt.ts";

/** Asks for the name of what is about to be removed. @throws ConnectorError `cancelled` where another one was typed */
export async function confirmName(cli: Cli, { what, name }: { what: string; name: string }, command: Command): Promise<void> {
  if (!cli.io.stdin.isTTY)
    command.error(
      `error: the ${what} cannot be asked for here, because this is no terminal; pass --yes to remove without asking`,
    );
  const typed = await ask(cli.io, `Type the ${what} "${name}" to remove it: `, cli.signal);
  if (toName(typed) !== toName(name))
    throw new ConnectorError("cancelled", `Nothing was removed: the ${what} typed is another one.`);
}
