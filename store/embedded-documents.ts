import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import { assertChange, assertDocument } from "./check-document.ts";
import type { CollectionName } from "./collections.ts";
import {
  type Change,
  EVERY_PROJECT,
  type FindOptions,
  type ProjectScope,
  type StoredDocument,
  type Where,
} from "./document-store.ts";
import { ensureSchema } from "./embedded-schema.ts";
import { afterRuns, planQuery, toLimit, toTerms } from "./query-plan.ts";
import { declaredIndexName, indexName, type Sql, toAssignments, toCondition, toInsert, toSelect } from "./sql-text.ts";
import { openSqlite, type SqliteOptions } from "./sqlite.ts";

export type Documents = ReturnType<typeof openDocuments>;

/** The documents of the embedded store. Synchronous; every call is one SQL statement (a page may take a few, each from a seek on). */
export function openDocuments({ now, ...options }: Omit<SqliteOptions, "synchronous"> & { now: () => number }) {
  const database = openSqlite({ ...options, synchronous: "FULL" });
  try {
    ensureSchema(database);
  } catch (error) {
    database.close();
    throw error;
  }

  /** The document is found, checked, changed and answered under the write lock. */
  function update(collection: CollectionName, change: Change, at: Sql): StoredDocument | undefined {
    assertChange(collection, change);
    const changed = toAssignments(collection, change, now());
    const sql = `UPDATE "${collection}" SET ${changed.text} WHERE ${at.text} RETURNING doc`;
    const row = namingIndex(collection, () => database.returning(sql, [...changed.params, ...at.params]));
    return row && toDocument(row);
  }

  return {
    insert(collection: CollectionName, document: Record<string, unknown> & { id: string; project: string }): StoredDocument {
      assertDocument(collection, document);
      const { id, project, ...fields } = document;
      const stored = { id, project, ...fields, version: 1 };
      const text = JSON.stringify(stored);
      const sql = toInsert(collection, stored, text);
      namingIndex(collection, () => database.run(sql.text, sql.params));
      return JSON.parse(text);
    },
    get(collection: CollectionName, scope: ProjectScope, id: string): StoredDocument | undefined {
      const row = database.get(`SELECT doc ${byKey(collection, scope)}`, keyOf(scope, id));
      return row && toDocument(row);
    },
    find(collection: CollectionName, scope: ProjectScope, { where, sort, limit, after }: FindOptions): StoredDocument[] {
      const terms = toTerms(collection, scope, where);
      const plan = planQuery(collection, terms, sort);
      const most = toLimit(limit);
      const found: StoredDocument[] = [];
      for (const run of afterRuns(collection, plan, after)) {
        if (found.length === most) break;
        const select = toSelect(collection, plan, [...terms, ...run], now());
        const rows = database.all(`SELECT t.doc ${select.text} LIMIT ?`, [...select.params, most - found.length]);
        for (const row of rows) found.push(toDocument(row));
      }
      return found;
    },
    patch(collection: CollectionName, scope: ProjectScope, id: string, change: Change, where?: Where) {
      return update(collection, change, atKey(collection, scope, id, where, now()));
    },
    claim(
      collection: CollectionName,
      scope: ProjectScope,
      { where, sort }: { where: Where; sort?: readonly string[] },
      change: Change,
    ) {
      const terms = toTerms(collection, scope, where);
      const select = toSelect(collection, planQuery(collection, terms, sort), terms, now());
      return update(collection, change, { text: `rowid = (SELECT t.rowid ${select.text} LIMIT 1)`, params: select.params });
    },
    remove(collection: CollectionName, scope: ProjectScope, id: string, where?: Where): boolean {
      const at = atKey(collection, scope, id, where, now());
      return database.run(`DELETE FROM "${collection}" WHERE ${at.text}`, at.params) > 0;
    },
    removeMany(collection: CollectionName, scope: ProjectScope, where: Where, limit = 1000): number {
      const terms = toTerms(collection, scope, where);
      const select = toSelect(collection, planQuery(collection, terms), terms, now());
      const sql = `DELETE FROM "${collection}" WHERE rowid IN (SELECT t.rowid ${select.text} LIMIT ?)`;
      return database.run(sql, [...select.params, toLimit(limit)]);
    },
    count(collection: CollectionName, scope: ProjectScope, where?: Where): number {
      const terms = toTerms(collection, scope, where);
      const select = toSelect(collection, { ...planQuery(collection, terms), order: [] }, terms, now());
      return Number(database.get(`SELECT count(*) ${select.text}`, select.params)?.[0]);
    },
    ping(): void {
      database.assertFileInPlace();
      database.run("INSERT INTO probe VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET atMs = excluded.atMs", [now()]);
    },
    clearLog: database.clearLog,
    close: database.close,
  };
}

function atKey(collection: CollectionName, scope: ProjectScope, id: string, where: Where | undefined, nowMs: number): Sql {
  const conditions = toTerms(collection, EVERY_PROJECT, where).map((term) => toCondition(term, nowMs));
  const also = conditions.map(({ text }) => ` AND ${text}`).join("");
  return {
    text: `rowid = (SELECT rowid ${byKey(collection, scope)}${also} LIMIT 1)`,
    params: [...keyOf(scope, id), ...conditions.flatMap(({ params }) => params)],
  };
}

function byKey(collection: CollectionName, scope: ProjectScope): string {
  const everywhere = scope === EVERY_PROJECT;
  const index = indexName(collection, everywhere ? "byId" : "primary");
  return `FROM "${collection}" AS t INDEXED BY "${index}" WHERE ${everywhere ? "" : "project = ? AND "}id = ?`;
}

function keyOf(scope: ProjectScope, id: string): string[] {
  return scope === EVERY_PROJECT ? [id] : [scope, id];
}

function toDocument(row: readonly unknown[]): StoredDocument {
  return JSON.parse(row[0] as string) as StoredDocument;
}

function namingIndex<T>(collection: CollectionName, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isConnectorError(error, "conflict")) throw error;
    const index = declaredIndexName(collection, String(error.details.index));
    throw new ConnectorError(
      "conflict",
      `Another object with the same key exists in ${collection}.`,
      { index },
      { cause: error.cause },
    );
  }
}
