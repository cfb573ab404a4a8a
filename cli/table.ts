import { ExactNumber, stringifyJson } from "../connector/exact-json.ts";
import { printable } from "../text/printable.ts";
import { cutToWidth, displayWidth, padToWidth } from "../text/width.ts";

/** Column headings to cells; everything is text already. */
export type Row = Readonly<Record<string, string>>;

const MAX_CELL = 48;
/** Ids and addresses, which are of no use when they are cut. */
const UNCUT = /^[!-~]*$/;

/**
 * Lines of a table with aligned columns, heading first. Cells are cut at 48 columns of the terminal, between characters; ids, which have
 * no blanks, never are. Characters that could drive the terminal are shown as `?`.
 *
 * @param widths - widths of an earlier page, so that pages of one list line up
 */
export function tableLines(rows: readonly Row[], columns: readonly string[], widths = columnWidths(rows, columns)): string[] {
  return rows.map((row) =>
    columns
      .map((column, i) => padToWidth(cell(row[column] ?? ""), widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

export function columnWidths(rows: readonly Row[], columns: readonly string[]): number[] {
  return columns.map((column) =>
    rows.reduce((width, row) => Math.max(width, displayWidth(cell(row[column] ?? ""))), displayWidth(toHeading(column))),
  );
}

/** `lastTest` as `LAST TEST`. */
export function toHeading(column: string): string {
  return column.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toUpperCase();
}

/** A value as one line of text: lists joined by commas, objects as JSON, nothing for null. */
export function toText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(toText).join(", ");
  return typeof value === "object" && !(value instanceof ExactNumber) ? stringifyJson(value) : String(value);
}

function cell(text: string): string {
  const clean = printable(text);
  return UNCUT.test(clean) ? clean : cutToWidth(clean, MAX_CELL);
}
