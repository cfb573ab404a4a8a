import { Command } from "commander";
import type { Cli } from "../cli.ts";
import { wholeNumber } from "../options.ts";

export function playgroundCommand(cli: Cli): Command {
  return new Command("playground")
    .description("start only the playground: the built-in service, played on this machine")
    .option("--port <port>", "port on 127.0.0.1 (0: any free one)", wholeNumber("port", 0, 65_535), 3001)
    .option("--seed <number>", "seed of the generated data", wholeNumber("seed", 0, 2 ** 31 - 1), 42)
    .option("--opportunities <count>", "how many opportunities to generate", wholeNumber("count", 0, 1_000_000), 1000)
    .action(async (options: { port: number; seed: number; opportunities: number }) => {
      const { servePlayground } = await import("../serve.ts");
      await servePlayground(cli, options);
    });
}
