import { Command } from "commander";
import { reveal } from "../../credentials/secret.ts";
import { type Cli, JSON_OPTION } from "../cli.ts";
import { note, printJson, printLine } from "../io.ts";

export function accessLinkCommand(cli: Cli): Command {
  return new Command("access-link")
    .description("make a new link to sign in to the dashboard with; it works once, and an earlier unused one stops working")
    .option(...JSON_OPTION)
    .action(async () => {
      const { accessUrl } = await import("../../server/routes/access-links.ts");
      const { accessLinks, publicUrl } = await cli.services();
      // A link is a secret; handing it out is what this command is for.
      const url = accessUrl(publicUrl, reveal(await accessLinks.create()));
      if (cli.json) return printJson(cli.io, { url });
      await printLine(cli.io, url);
      note(cli.io, "The link works once.");
      return undefined;
    });
}
