import { type Answer, apiJson } from "./answer.ts";
import { badRequest } from "./errors.ts";
import type { OrderedList } from "./ordered-list.ts";
import type { Query } from "./query.ts";

/** How the place of a row is written into the `next` token of its list (lever-api.md §2.7). */
export interface Place<Key> {
  types: readonly ("number" | "string")[];
  toParts(key: Key): (number | string)[];
  toKey(parts: (number | string)[]): Key;
}

export interface PageOf<Row extends Key, Key> {
  list: Pick<OrderedList<Row, Key>, "rows" | "firstAfter">;
  place: Place<Key>;
  matches?: (row: Row) => boolean;
  render: (row: Row) => unknown;
}

/** One page: `hasNext`, and `next` only when there is one. */
export function page<Row extends Key, Key>(query: Query, source: PageOf<Row, Key>): Answer {
  const limit = readLimit(query);
  const start = readStart(query, source);
  const { rows, more } = collect(source, start, limit);
  const data = rows.map(source.render);
  const last = rows.at(-1);
  if (!more || last === undefined) return apiJson(200, { data, hasNext: false });
  return apiJson(200, { data, hasNext: true, next: encodeURIComponent(JSON.stringify(source.place.toParts(last))) });
}

/** Above 100 the docs only name the maximum; the playground refuses rather than clamps. */
function readLimit(query: Query): number {
  const limit = query.integer("limit") ?? 100;
  if (limit < 1 || limit > 100) throw badRequest("limit must be between 1 and 100");
  return limit;
}

function readStart<Row extends Key, Key>(query: Query, source: PageOf<Row, Key>): number {
  const offset = query.one("offset");
  return offset === undefined ? 0 : source.list.firstAfter(source.place.toKey(readToken(offset, source.place.types)));
}

/**
 * The token arrives decoded once and still percent-encoded. One that was appended raw, without being encoded again,
 * arrives as bare JSON; a client that does so was used for a migration, so both are taken (lever-api.md §2.7).
 */
function readToken(offset: string, types: readonly string[]): (number | string)[] {
  const parts = parseToken(offset);
  const valid =
    Array.isArray(parts) && parts.length === types.length && parts.every((part, index) => typeof part === types[index]);
  if (!valid) throw badRequest("Invalid offset token");
  return parts;
}

function parseToken(offset: string): unknown {
  try {
    return JSON.parse(offset.startsWith("%5B") ? decodeURIComponent(offset) : offset);
  } catch {
    return undefined;
  }
}

function collect<Row extends Key, Key>(source: PageOf<Row, Key>, start: number, limit: number): { rows: Row[]; more: boolean } {
  const rows: Row[] = [];
  const all = source.list.rows;
  for (let index = start; index < all.length; index++) {
    const row = all[index] as Row;
    if (source.matches !== undefined && !source.matches(row)) continue;
    if (rows.length === limit) return { rows, more: true };
    rows.push(row);
  }
  return { rows, more: false };
}

export const byCreation: Place<{ createdAt: number; id: string }> = {
  types: ["number", "string"],
  toParts: (key) => [key.createdAt, key.id],
  toKey: ([createdAt, id]) => ({ createdAt: createdAt as number, id: id as string }),
};

/** Newest first. */
export function compareCreation(left: { createdAt: number; id: string }, right: { createdAt: number; id: string }): number {
  return right.createdAt - left.createdAt || compareText(left.id, right.id);
}

export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
