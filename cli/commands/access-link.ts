import { Command } from "commander";
import { type Cli, JSON_OPTION } from "../cli.ts";
import { note, printJson, printLine } from "../io.ts";

export function accessLinkCommand(cli: Cli): Command {
  return new Command("access-link")
    .description(
      "create a link to sign in to the dashboard with; it works once, for 24 hours, and an earlier unused one stops working",
    )
    .option(...JSON_OPTION)
    .action(async () => {
      const { newAccessLink } = await import("../../server/routes/access-links.ts");
      const services = await cli.services();
      // A link is a secret; handing it out is what this command is for.
      const link = await newAccessLink(services);
      if (cli.json) return printJson(cli.io, link);
      await printLine(cli.io, link.url);
      const store = services.store.kind === "mongodb" ? "at MONGODB_URI" : `in ${services.config.dataDir}`;
      note(cli.io, `The link works once, for 24 hours, at the server that uses the store ${store}.`);
      return undefined;
    });
}
