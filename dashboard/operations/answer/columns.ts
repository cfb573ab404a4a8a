import type { Schema } from "../../api/connector.ts";

/** At most this many columns; the JSON view has everything. */
const MOST = 7;
/** What people look for first, in the words that resources share. */
const FIRST = [
  "name",
  "text",
  "title",
  "email",
  "stage",
  "state",
  "type",
  "status",
  "tags",
  "count",
  "origin",
  "owner",
  "accessRole",
  "categories",
  "archived",
  "updatedAt",
  "createdAt",
];
const NEVER = ["urls", "content", "contact", "stageChanges", "dataProtection"];

/** The columns of a table of records: fields that a row really holds, those people look for first. */
export function columnsOf(record: Schema | undefined, rows: readonly unknown[]): readonly string[] {
  const held = new Set(rows.slice(0, 50).flatMap((row) => (isRecord(row) ? Object.keys(row) : [])));
  const known = Object.keys(record?.properties ?? {}).filter((name) => held.has(name));
  const all = [...known, ...[...held].filter((name) => !known.includes(name))].filter((name) => !NEVER.includes(name));
  const first = FIRST.filter((name) => all.includes(name));
  return [...first, ...all.filter((name) => !first.includes(name))].slice(0, MOST);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `lastAdvancedAt` as "Last advanced". */
export function labelOf(name: string): string {
  const words = name
    .replace(/(At|Id)$/, "")
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
