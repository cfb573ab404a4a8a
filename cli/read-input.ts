import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import type { Command } from "commander";
import { ConnectorError } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { withoutBom } from "../text/bom.ts";
import { decodeText } from "./decode-text.ts";
import { FieldError, fieldsToInput, readFieldArguments, readFieldPair } from "./fields.ts";
import type { Io } from "./io.ts";

export interface InputArguments {
  /** `--input`: JSON, `@file` or `-`. */
  readonly input?: string | undefined;
  /** `--field name=value`, repeated. */
  readonly pairs?: readonly string[] | undefined;
  /** What commander left over: `--name value`. */
  readonly words: readonly string[];
}

/**
 * The input that a command line describes; fields win over `--input`. What is not an object goes to the schema check as it is.
 *
 * @throws FieldError for what is wrong usage, ConnectorError `malformed_json`
 */
export async function readInput(io: Io, given: InputArguments, schema: JsonSchema): Promise<unknown> {
  const fields = fieldsToInput([...(given.pairs ?? []).map(readFieldPair), ...readFieldArguments(given.words)], schema);
  if (given.input === undefined) return fields;
  const base = parse(await readText(io, given.input));
  if (Object.keys(fields).length === 0) return base;
  if (typeof base !== "object" || base === null || Array.isArray(base))
    throw new FieldError("--input must be a JSON object where fields are given too");
  return { ...base, ...fields };
}

/** As `readInput`; wrong usage ends the command with its help. */
export async function readInputOf(command: Command, io: Io, given: InputArguments, schema: JsonSchema): Promise<unknown> {
  try {
    return await readInput(io, given, schema);
  } catch (error) {
    if (error instanceof FieldError) return command.error(`error: ${error.message}`);
    throw error;
  }
}

async function readText(io: Io, input: string): Promise<string> {
  if (input === "-") return decodeText(await buffer(io.stdin), "--input");
  if (!input.startsWith("@")) return withoutBom(input);
  return decodeText(await readBytes(input.slice(1)), "--input");
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new FieldError(`--input: the file cannot be read (${(error as NodeJS.ErrnoException).code})`, { cause: error });
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // The parser's own message quotes the text, which may hold a candidate's data.
    throw new ConnectorError("malformed_json", "--input is not valid JSON.");
  }
}
