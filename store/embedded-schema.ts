import { ConnectorError } from "../errors/connector-error.ts";
import { COLLECTIONS, type CollectionName } from "./collections.ts";
import { fieldColumns, toColumnAdded, toSchema } from "./sql-text.ts";
import type { Sqlite } from "./sqlite.ts";

/** Marks the file as ours ("LEVC"), and the layout of documents in it. Indexes and columns follow collections.ts without a new number. */
const APPLICATION_ID = 0x4c455643;
const LAYOUT = 1;

/**
 * Makes tables, columns and indexes what collections.ts declares; does nothing where they are already. Safe with several processes.
 *
 * @throws ConnectorError `store_unavailable` where the file belongs to another program or to a newer version of this one
 */
export function ensureSchema(database: Sqlite): void {
  // Tables first: the process that creates them marks the file in the same commit, so a mark that is read later belongs to what was seen.
  const isEmpty = existing(database).size === 0;
  const [found = 0, layout = 0] = ["application_id", "user_version"].map((name) =>
    Number(database.get(`PRAGMA ${name}`, [])?.[0]),
  );
  if (layout > LAYOUT)
    throw new ConnectorError("store_unavailable", "The store's file was written by a newer version of this program.");
  if (found !== APPLICATION_ID && !isEmpty)
    throw new ConnectorError("store_unavailable", "The store's file belongs to another program.");
  if (missing(database).length === 0) return;
  database.transaction(() => {
    database.run(`PRAGMA application_id = ${APPLICATION_ID}`, []);
    database.run(`PRAGMA user_version = ${LAYOUT}`, []);
    for (const statement of missing(database)) database.run(statement, []);
  });
}

function existing(database: Sqlite): Map<string, string> {
  const rows = database.all("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'libsql_%'", []);
  return new Map(rows.map(([name, sql]) => [String(name), String(sql)]));
}

/** The statements that are still to be run. Their texts are compared: SQLite keeps them as they were written. */
function missing(database: Sqlite): string[] {
  const present = existing(database);
  const collections = Object.keys(COLLECTIONS) as CollectionName[];
  const statements = collections.flatMap((collection) => missingOf(database, collection, present));
  if (!present.has("probe")) statements.push("CREATE TABLE probe (id INTEGER PRIMARY KEY, atMs INTEGER NOT NULL)");
  return statements;
}

function missingOf(database: Sqlite, collection: CollectionName, present: ReadonlyMap<string, string>): string[] {
  const { table, indexes } = toSchema(collection);
  const statements = present.has(collection) ? [] : [table];
  if (present.has(collection)) {
    const known = new Set(database.all(`PRAGMA table_info("${collection}")`, []).map((row) => row[1]));
    for (const field of fieldColumns(collection)) if (!known.has(field)) statements.push(...toColumnAdded(collection, field));
  }
  const ours = [...present.keys()].filter((name) => name.startsWith(`${collection}_`));
  for (const name of ours) if (present.get(name) !== indexes[name]) statements.push(`DROP INDEX "${name}"`);
  for (const [name, sql] of Object.entries(indexes)) if (present.get(name) !== sql) statements.push(sql);
  return statements;
}
