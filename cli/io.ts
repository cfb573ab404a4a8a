import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { stringifyJson } from "../connector/exact-json.ts";
import { columnWidths, type Row, tableLines } from "./table.ts";

/** The outside of a command. Results go to `stdout`, everything else to `stderr`. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

const STYLES = { bold: "1", dim: "2", red: "31", green: "32", yellow: "33" } as const;
export type Style = keyof typeof STYLES;

/** Colours text only where a terminal shows it and `NO_COLOR` is not set (https://no-color.org). */
export function paint(io: Io, stream: { readonly isTTY?: boolean }, style: Style, text: string): string {
  const plain = !stream.isTTY || (io.env.NO_COLOR ?? "") !== "" || io.env.TERM === "dumb";
  return plain ? text : `\u001b[${STYLES[style]}m${text}\u001b[0m`;
}

export async function printLine(io: Io, line: string): Promise<void> {
  if (!io.stdout.write(`${line}\n`)) await once(io.stdout, "drain");
}

export async function printJson(io: Io, value: unknown): Promise<void> {
  await printLine(io, stringifyJson(value, 2));
}

/** Prints heading and rows; `widths` of an earlier page leaves the heading out. Answers the widths used. */
export async function printTable(
  io: Io,
  rows: readonly Row[],
  columns: readonly string[],
  widths?: readonly number[],
): Promise<number[]> {
  const used = [...(widths ?? columnWidths(rows, columns))];
  const heading = Object.fromEntries(columns.map((column) => [column, column.toUpperCase()]));
  if (!widths) await printLine(io, paint(io, io.stdout, "bold", tableLines([heading], columns, used)[0] ?? ""));
  for (const line of tableLines(rows, columns, used)) await printLine(io, line);
  return used;
}

/** A line for the person in front of it; never a result. */
export function note(io: Io, line: string): void {
  io.stderr.write(`${line}\n`);
}
