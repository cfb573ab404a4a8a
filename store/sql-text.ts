import { COLLECTIONS, type CollectionName } from "./collections.ts";
import { type Change, StoreTime } from "./document-store.ts";
import { type PhysicalIndex, physicalIndexes, type QueryPlan, type RangeOperator, type Term } from "./query-plan.ts";
import type { SqlValue } from "./sqlite.ts";

/** A piece of SQL and what to bind, in order. */
export interface Sql {
  readonly text: string;
  readonly params: readonly SqlValue[];
}

const OPERATORS: Readonly<Record<RangeOperator, string>> = { lt: "<", lte: "<=", gt: ">", gte: ">=" };
const TABLE_COLUMNS = new Set(["project", "id", "doc"]);

/** The columns beside project, id and doc: every declared field. A change then touches only the indexes of the fields it sets. */
export function fieldColumns(collection: CollectionName): string[] {
  return ["version", ...Object.keys(COLLECTIONS[collection].fields)];
}

/**
 * Table and indexes of a collection, by name. A document is one JSON text; declared fields are repeated as columns. Unique indexes are
 * extra: there an absent field counts as a value, which SQL's NULL does not.
 */
export function toSchema(collection: CollectionName): { table: string; indexes: Record<string, string> } {
  const columns = ["project TEXT NOT NULL", "id TEXT NOT NULL", "doc TEXT NOT NULL", ...fieldColumns(collection).map(column)];
  const indexes = physicalIndexes(collection).flatMap((index) => toIndexes(collection, index));
  return { table: `CREATE TABLE "${collection}" (${columns.join(", ")})`, indexes: Object.fromEntries(indexes) };
}

/** Adds the column of a field that was declared after documents had been stored. */
export function toColumnAdded(collection: CollectionName, field: string): string[] {
  return [
    `ALTER TABLE "${collection}" ADD COLUMN ${column(field)}`,
    `UPDATE "${collection}" SET ${column(field)} = json_extract(doc, '$.${field}')`,
  ];
}

/** Stores a document whose JSON text is `text`. */
export function toInsert(collection: CollectionName, document: Readonly<Record<string, unknown>>, text: string): Sql {
  const fields = fieldColumns(collection);
  const names = ["project", "id", "doc", ...fields].map(column);
  return {
    text: `INSERT INTO "${collection}" (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    params: [document.project as string, document.id as string, text, ...fields.map((field) => toSqlValue(document[field]))],
  };
}

function toIndexes(collection: CollectionName, index: PhysicalIndex): Array<[name: string, sql: string]> {
  const name = indexName(collection, index.name);
  const unique = index.name === "primary" ? "UNIQUE " : "";
  const plain: [string, string] = [
    name,
    `CREATE ${unique}INDEX "${name}" ON "${collection}" (${index.fields.map(column).join(", ")})`,
  ];
  if (!index.unique) return [plain];
  const values = index.unique.map((field) => (TABLE_COLUMNS.has(field) ? column(field) : `ifnull(${column(field)}, x'')`));
  return [plain, [`${name}_unique`, `CREATE UNIQUE INDEX "${name}_unique" ON "${collection}" (${values.join(", ")})`]];
}

export function indexName(collection: CollectionName, index: string): string {
  return `${collection}_${index}`;
}

/** The declared name of an index, from what a unique violation names. */
export function declaredIndexName(collection: CollectionName, name: string): string {
  return name.replace(new RegExp(`^${collection}_`), "").replace(/_unique$/, "");
}

/**
 * What to select from: the documents that all terms find, in the plan's order. `INDEXED BY` makes the planned index a condition of the
 * statement, not a hope. Lists are joined, outermost, so that each of their values (null too) is looked up in the index.
 */
export function toSelect(collection: CollectionName, plan: QueryPlan, terms: readonly Term[], nowMs: number): Sql {
  const lists = terms.filter((term) => term.kind === "in");
  const others = terms.filter((term) => term.kind !== "in").map((term) => toCondition(term, nowMs));
  const joins = lists.map((_, at) => `json_each(?) AS list${at} CROSS JOIN `).join("");
  const matches = lists.map((term, at) => `t.${column(term.field)} IS list${at}.value`);
  const conditions = [...matches, ...others.map((condition) => condition.text)].join(" AND ");
  const direction = plan.descending ? " DESC" : "";
  const order = plan.order.map((field) => `t.${column(field)}${direction}`).join(", ");
  return {
    text: `FROM ${joins}"${collection}" AS t INDEXED BY "${indexName(collection, plan.index.name)}"${conditions && ` WHERE ${conditions}`}${order && ` ORDER BY ${order}`}`,
    params: [...lists.map((term) => JSON.stringify(term.values)), ...others.flatMap((condition) => condition.params)],
  };
}

/** One condition on a row that is already found. */
export function toCondition(term: Term, nowMs: number): Sql {
  const name = `t.${column(term.field)}`;
  if (term.kind === "present") return { text: `${name} IS NOT NULL`, params: [] };
  if (term.kind === "equal") return { text: `${name} IS ?`, params: [toSqlValue(term.value)] };
  if (term.kind === "in")
    return {
      text: `EXISTS (SELECT 1 FROM json_each(?) AS list WHERE list.value IS ${name})`,
      params: [JSON.stringify(term.values)],
    };
  return {
    text: `${name} ${OPERATORS[term.operator]} ?`,
    params: [term.value instanceof StoreTime ? nowMs + term.value.offsetMs : term.value],
  };
}

/** The assignments of a change: the document's text, and the columns of the declared fields among those it names. */
export function toAssignments(collection: CollectionName, change: Change, nowMs: number): Sql {
  const set = Object.entries(change.set ?? {}).map(([field, value]) => ({
    field,
    value: value instanceof StoreTime ? nowMs + value.offsetMs : value,
  }));
  const increased = Object.entries(change.inc ?? {});
  const removed = set.filter(({ value }) => value === undefined).map(({ field }) => `'$.${field}'`);
  const written = set.filter(({ value }) => value !== undefined);
  const declared = new Set(fieldColumns(collection));
  const text = [
    removed.length === 0 ? "doc" : `json_remove(doc, ${removed.join(", ")})`,
    "'$.version', version + 1",
    ...written.map(({ field }) => `'$.${field}', json(?)`),
    ...increased.map(([field]) => `'$.${field}', ${increasedValue(field)}`),
  ];
  const columns = [
    ...set
      .filter(({ field }) => declared.has(field))
      .map(({ field, value }) => ({ text: `${column(field)} = ?`, params: [toSqlValue(value)] })),
    ...increased
      .filter(([field]) => declared.has(field))
      .map(([field, by]) => ({ text: `${column(field)} = ${increasedValue(field)}`, params: [BigInt(by)] })),
  ];
  return {
    text: [`doc = json_set(${text.join(", ")})`, "version = version + 1", ...columns.map((assigned) => assigned.text)].join(", "),
    params: [
      ...written.map(({ value }) => JSON.stringify(value)),
      ...increased.map(([, by]) => BigInt(by)),
      ...columns.flatMap(({ params }) => params),
    ],
  };
}

function increasedValue(field: string): string {
  return `ifnull(json_extract(doc, '$.${field}'), 0) + ?`;
}

/** Only declared fields come here; their types are checked before. */
function toSqlValue(value: unknown): SqlValue {
  return (value ?? null) as string | number | null;
}

function column(field: string): string {
  return `"${field}"`;
}
