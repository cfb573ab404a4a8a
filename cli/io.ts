import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { stringifyJson } from "../connector/exact-json.ts";
import { printable, printableJson } from "../text/printable.ts";
import { columnWidths, type Row, tableLines, toHeading } from "./table.ts";

/** The outside of a command. Results go to `stdout`, everything else to `stderr`. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

const STYLES = { bold: "1", dim: "2", red: "31", green: "32", yellow: "33" } as const;
export type Style = keyof typeof STYLES;

/** Text in a colour. It is coloured where it is printed, and only where a terminal shows it. */
export interface Painted {
  readonly style: Style;
  readonly text: string;
}

export function paint(style: Style, text: string): Painted {
  return { style, text };
}

/** Prints one line of a result. Nothing in it can drive the terminal. */
export async function printLine(io: Io, ...parts: readonly (string | Painted)[]): Promise<void> {
  await print(io, toLine(io, io.stdout, parts));
}

/** Prints a value as JSON over several lines. It says exactly the value; what could drive a terminal stands in it as `\uXXXX`. */
export async function printJson(io: Io, value: unknown): Promise<void> {
  await print(io, printableJson(stringifyJson(value, 2)));
}

/** Prints a value as one line of JSON. */
export async function printJsonLine(io: Io, value: unknown): Promise<void> {
  await print(io, printableJson(stringifyJson(value)));
}

/** Prints heading and rows; `widths` of an earlier page leaves the heading out. Answers the widths used. */
export async function printTable(
  io: Io,
  rows: readonly Row[],
  columns: readonly string[],
  widths?: readonly number[],
): Promise<number[]> {
  const used = [...(widths ?? columnWidths(rows, columns))];
  const heading = Object.fromEntries(columns.map((column) => [column, toHeading(column)]));
  if (!widths) await printLine(io, paint("bold", tableLines([heading], columns, used)[0] ?? ""));
  for (const line of tableLines(rows, columns, used)) await printLine(io, line);
  return used;
}

/** A line for the person in front of it; never a result. It cannot drive the terminal either. */
export function note(io: Io, ...parts: readonly (string | Painted)[]): void {
  io.stderr.write(`${toLine(io, io.stderr, parts)}\n`);
}

/** The same as `printJson`, for the person. */
export function noteJson(io: Io, value: unknown): void {
  io.stderr.write(`${printableJson(stringifyJson(value, 2))}\n`);
}

async function print(io: Io, text: string): Promise<void> {
  if (!io.stdout.write(`${text}\n`)) await once(io.stdout, "drain");
}

function toLine(io: Io, stream: { readonly isTTY?: boolean }, parts: readonly (string | Painted)[]): string {
  // https://no-color.org
  const isPlain = !stream.isTTY || (io.env.NO_COLOR ?? "") !== "" || io.env.TERM === "dumb";
  const texts = parts.map((part) => {
    if (typeof part === "string") return printable(part);
    const text = printable(part.text);
    return isPlain ? text : `\u001b[${STYLES[part.style]}m${text}\u001b[0m`;
  });
  return texts.join("");
}
