import { Command } from "commander";
import type { Cli } from "../cli.ts";

/** @param variables - what the environment may hold; told by `start --help` alone, because reading it loads the schema library */
export function startCommand(cli: Cli, variables: readonly { name: string; default?: string; description: string }[]): Command {
  const lines = variables.map((one) => `  ${one.name.padEnd(27)} ${one.description}${one.default ? ` (${one.default})` : ""}`);
  return new Command("start")
    .description("start the server (and the playground, unless PLAYGROUND=off or NODE_ENV=production)")
    .addHelpText("after", `\nEverything is configured by environment variables:\n${lines.join("\n")}`)
    .action(async () => {
      const { serve } = await import("../serve.ts");
      await serve(cli);
    });
}
