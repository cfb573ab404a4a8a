import { Command } from "commander";
import { type Cli, JSON_OPTION } from "../cli.ts";
import { printJson, printTable } from "../io.ts";

export function keysCommand(cli: Cli): Command {
  return new Command("keys")
    .description("the keys that saved secrets are encrypted with")
    .addCommand(listCommand(cli))
    .addCommand(rotateCommand(cli));
}

function listCommand(cli: Cli): Command {
  return new Command("list")
    .description("list the keys (names only) and how many records each one encrypts")
    .option(...JSON_OPTION)
    .action(async () => {
      const data = await (await cli.services()).keys.list();
      if (cli.json) return printJson(cli.io, { data });
      const rows = data.map(({ kid, current, configured, used, firstSeenAt }) => ({
        key: kid,
        current: current ? "yes" : "",
        configured: configured ? "yes" : "MISSING",
        records: String(used),
        since: firstSeenAt?.slice(0, 10) ?? "",
      }));
      await printTable(cli.io, rows, ["key", "current", "configured", "records", "since"]);
      return undefined;
    });
}

const ROTATE_HELP = `
With a key file (the default) a new key is put into it first, unless an earlier rotation is unfinished: then that one is resumed.
With CREDENTIALS_KEYS put the new key first yourself, keep the old one behind it, restart the servers, then rotate.
The servers may run meanwhile. Once \`keys list\` shows no records for an old key, it can be taken away.`;

function rotateCommand(cli: Cli): Command {
  return new Command("rotate")
    .description("re-encrypt every saved secret with a new key; may be interrupted and run again")
    .option("--no-new-key", "create no new key: re-encrypt with the current one what is not yet")
    .option(...JSON_OPTION)
    .addHelpText("after", ROTATE_HELP)
    .action(async ({ newKey }: { newKey: boolean }) => {
      const { rotateKeys } = await import("../rotate-keys.ts");
      await rotateKeys(cli, newKey);
    });
}
