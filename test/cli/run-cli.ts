import { PassThrough } from "node:stream";
import { readConfig } from "../../app/config.ts";
import { openServices } from "../../app/services.ts";
import type { Io } from "../../cli/io.ts";
import { run } from "../../cli/run.ts";
import { createLog } from "../../runtime/log.ts";

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** stdout as JSON. */
  json<T = Record<string, unknown>>(): T;
}

export interface CliOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /** Pretends that stdin and stderr are a terminal; `raw` hears of each change of raw mode. */
  readonly tty?: { raw?(raw: boolean): void };
  readonly signal?: AbortSignal;
  /** Told everything printed so far, on either stream. */
  onOutput?(text: string): void;
}

/** Runs one command line in this process, with streams of its own. */
export async function runCli(argv: readonly string[], options: CliOptions): Promise<CliResult> {
  const stdin = new PassThrough();
  stdin.end(options.stdin ?? "");
  const tty = options.tty !== undefined;
  const out = capture(tty, options.onOutput);
  const err = capture(tty, options.onOutput);
  const io = {
    env: options.env,
    stdin: Object.assign(stdin, { isTTY: tty, setRawMode: (raw: boolean) => options.tty?.raw?.(raw) }),
    stdout: out.stream,
    stderr: err.stream,
  } as Io;
  const code = await run(argv, io, options.signal ?? new AbortController().signal);
  return { code, out: out.text(), err: err.text(), json: () => JSON.parse(out.text()) };
}

/** Makes the store that an environment names, as the server does when it starts: commands work only on one that is there. */
export async function makeStore(env: Readonly<Record<string, string | undefined>>): Promise<void> {
  await (await openServices(readConfig(env), { log: createLog({ level: "silent" }) })).dispose();
}

function capture(isTTY: boolean, onOutput: ((text: string) => void) | undefined) {
  let text = "";
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns: 100,
    cursorTo() {},
    clearLine() {},
    moveCursor() {},
    clearScreenDown() {},
  });
  stream.on("data", (chunk) => {
    text += chunk;
    onOutput?.(text);
  });
  return { stream, text: () => text };
}
