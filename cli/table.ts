import { ExactNumber, stringifyJson } from "../connector/exact-json.ts";

/** Column headings to cells; everything is text already. */
export type Row = Readonly<Record<string, string>>;

const MAX_CELL = 48;

/**
 * Lines of a table with aligned columns, heading first. Cells are cut at 48 characters (ids, which have no blanks, never are),
 * and control characters are shown as `?`: a record's text must not drive the terminal.
 *
 * @param widths - widths of an earlier page, so that pages of one list line up
 */
export function tableLines(rows: readonly Row[], columns: readonly string[], widths = columnWidths(rows, columns)): string[] {
  return rows.map((row) =>
    columns
      .map((column, i) => cell(row[column] ?? "").padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

export function columnWidths(rows: readonly Row[], columns: readonly string[]): number[] {
  return columns.map((column) => rows.reduce((width, row) => Math.max(width, cell(row[column] ?? "").length), column.length));
}

/** A value as one line of text: lists joined by commas, objects as JSON, nothing for null. */
export function toText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(toText).join(", ");
  return typeof value === "object" && !(value instanceof ExactNumber) ? stringifyJson(value) : String(value);
}

/** Replaces control characters; keeps everything a person can read. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, "?");
}

function cell(text: string): string {
  const clean = printable(text);
  return clean.length > MAX_CELL && clean.includes(" ") ? `${clean.slice(0, MAX_CELL - 1)}…` : clean;
}
