import { ExactNumber } from "../connector/exact-json.ts";
import { nextCursor } from "../connector/pages.ts";
import type { CompiledOperation, OperationContext, SchemaWarnings } from "../connector/types.ts";
import { isConnectorError } from "../errors/connector-error.ts";
import { printable } from "../text/printable.ts";
import { displayWidth, padToWidth } from "../text/width.ts";
import type { Cli } from "./cli.ts";
import { note, printLine, printTable } from "./io.ts";
import { type Row, toText } from "./table.ts";

/** Fields that tell one record from another, in the order shown. A record shows those it has. */
const COLUMNS = ["id", "name", "text", "email", "stage", "state", "tags", "createdAt"];

type Fields = Readonly<Record<string, unknown>>;

/** Prints an operation's output for a person: a table for a list, one line for each field of a record. */
export async function printOutput(cli: Cli, output: unknown, operation: CompiledOperation): Promise<void> {
  const data = isFields(output) && "data" in output ? output.data : output;
  if (Array.isArray(data)) {
    await printRecords(cli, data.filter(isFields));
    const next = nextOf(operation, output);
    if (next !== undefined)
      note(cli.io, `There are more: --all, or the next page with ${cursorOption(operation.connector)} '${next}'`);
    return;
  }
  if (!isFields(data)) return printLine(cli.io, toText(data));
  const fields = Object.entries(data).map(([name, value]) => [printable(name), cellText(name, value)] as const);
  const width = Math.max(0, ...fields.map(([name]) => displayWidth(name)));
  for (const [name, value] of fields) await printLine(cli.io, `${padToWidth(name, width)}  ${value}`.trimEnd());
}

/** The option that takes a page's cursor: "--offset". */
export function cursorOption({ pagination }: Pick<OperationContext, "pagination">): string {
  return pagination.style === "none" ? "" : `--${pagination.cursorIn.replaceAll("_", "-")}`;
}

/** Nothing where the answer does not tell clearly: it is shown all the same. */
function nextOf({ connector, declaration }: CompiledOperation, output: unknown): string | undefined {
  if (declaration.paginated !== true) return undefined;
  try {
    return nextCursor(connector.pagination, output);
  } catch (error) {
    if (isConnectorError(error, "upstream_invalid_response")) return undefined;
    throw error;
  }
}

export async function printRecords(cli: Cli, records: readonly Fields[]): Promise<void> {
  if (records.length === 0) return note(cli.io, "No records.");
  const columns = COLUMNS.filter((column) => records.some((record) => record[column] !== undefined));
  await printTable(
    cli.io,
    records.map((record) => toRow(record, columns)),
    columns,
  );
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}

function toRow(record: Fields, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, cellText(column, record[column])]));
}

/** Times are ms since the epoch, up to the last one that a date can be; an expanded record is shown by its name. */
function cellText(name: string, value: unknown): string {
  if (name.endsWith("At") && typeof value === "number" && Math.abs(value) <= 8.64e15) return new Date(value).toISOString();
  if (isFields(value)) return toText(value.text ?? value.name ?? value);
  return toText(value);
}

/** One line about an answer that is not as its schema says; nothing where it is. */
export function noteWarnings(cli: Cli, warnings: SchemaWarnings | undefined, service: string): void {
  if (warnings === undefined) return;
  const { count, issues } = warnings;
  const first = issues[0] && ` (first: ${issues[0].pointer} ${issues[0].message})`;
  note(
    cli.io,
    `${count === 1 ? "1 value is" : `${count} values are`} not as ${service}'s schema says; shown as sent${first ?? ""}`,
  );
}
