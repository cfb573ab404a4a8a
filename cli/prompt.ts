import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { ConnectorError } from "../errors/connector-error.ts";
import { Secret } from "../sealing/secret.ts";
import { printable } from "../text/printable.ts";
import { decodeText } from "./decode-text.ts";
import type { Io } from "./io.ts";

/** Asks a question on stderr and answers the line typed. @throws ConnectorError `cancelled` on Ctrl-C or end of input */
export async function ask(io: Io, question: string, signal: AbortSignal): Promise<string> {
  return readAnswer(io, printable(question), signal, io.stderr);
}

/** Asks without showing what is typed. @throws ConnectorError `cancelled` */
export async function askSecret(io: Io, question: string, signal: AbortSignal): Promise<Secret> {
  io.stderr.write(question);
  // readline echoes into its output: this one swallows it.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return new Secret((await readAnswer(io, "", signal, silent)).trim());
  } finally {
    io.stderr.write("\n");
  }
}

/** All of stdin, without the line break at its end. */
export async function readSecretFromStdin(io: Io): Promise<Secret> {
  return new Secret(decodeText(await buffer(io.stdin), "stdin").trim());
}

async function readAnswer(io: Io, question: string, signal: AbortSignal, output: Writable): Promise<string> {
  const lines = createInterface({ input: io.stdin, output, terminal: io.stdin.isTTY === true });
  const gone = new AbortController();
  lines.once("SIGINT", () => gone.abort());
  lines.once("close", () => gone.abort());
  try {
    return await lines.question(question, { signal: AbortSignal.any([signal, gone.signal]) });
  } catch (error) {
    throw new ConnectorError("cancelled", "Nothing was done: the question was not answered.", {}, { cause: error });
  } finally {
    lines.close();
  }
}
