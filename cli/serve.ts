import { once } from "node:events";
import { ConnectorError } from "../errors/connector-error.ts";
import type { Cli } from "./cli.ts";
import { note, printLine } from "./io.ts";

/** Runs the server for as long as the process lives: told to stop, it drains and ends the process. */
export async function serve(cli: Cli): Promise<never> {
  const { runServer } = await import("../server/main.ts");
  await runServer({ env: cli.io.env, stdout: cli.io.stdout, stop: cli.signal });
  return new Promise<never>(() => {});
}

export interface PlaygroundChoice {
  readonly port: number;
  readonly seed: number;
  readonly opportunities: number;
}

/** Runs the playground alone until it is told to stop. */
export async function servePlayground(cli: Cli, choice: PlaygroundChoice): Promise<void> {
  const { PLAYGROUND_API_KEY, startPlayground } = await import("../playground/index.ts");
  const playground = await startPlayground(choice).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== "EADDRINUSE") throw cause;
    throw new ConnectorError(
      "config_invalid",
      `Port ${choice.port} is taken by another program; choose another with --port.`,
      {},
      { cause },
    );
  });
  try {
    await printLine(cli.io, playground.url);
    note(cli.io, `The playground runs: API under ${playground.url}/v1, API key ${PLAYGROUND_API_KEY}. Stop with Ctrl-C.`);
    if (!cli.signal.aborted) await once(cli.signal, "abort");
  } finally {
    await playground.close();
  }
}
