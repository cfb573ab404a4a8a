import { createHash } from "node:crypto";
import { ConnectorError, type Issue } from "../errors/connector-error.ts";
import { escapePointer } from "../json-schema/pointer.ts";
import { ExactNumber } from "./exact-json.ts";
import type { Input, Pagination } from "./types.ts";

/**
 * The cursor of the page after this one; undefined after the last.
 *
 * Continues only while the service says that there is more. The cursor is opaque: it is neither decoded nor trimmed.
 *
 * @param isRepeated - of `createSeenCursors`, where pages are followed one after the other
 * @throws ConnectorError `upstream_invalid_response` when it is unclear whether there is more, or there is but no cursor to reach it, or
 *   one that was followed before
 */
export function nextCursor(
  pagination: Pagination,
  output: unknown,
  isRepeated: (cursor: string) => boolean = () => false,
): string | undefined {
  if (pagination.style === "none" || typeof output !== "object" || output === null) return undefined;
  const page = output as Record<string, unknown>;
  const cursor = pagination.style === "cursor" ? namedCursor(pagination, page) : nextNumber(pagination, page);
  if (cursor !== undefined && isRepeated(cursor))
    throw new ConnectorError(
      "upstream_invalid_response",
      "the service gave a cursor that it had given before: its pages have no end",
    );
  return cursor;
}

function namedCursor(pagination: Extract<Pagination, { style: "cursor" }>, page: Record<string, unknown>): string | undefined {
  const hasMore = page[pagination.hasMore] ?? false;
  if (hasMore === false) return undefined;
  if (hasMore !== true)
    throw new ConnectorError("upstream_invalid_response", "the service did not say clearly whether there are more pages");
  const cursor = page[pagination.cursorOut];
  if (typeof cursor !== "string" || cursor === "")
    throw new ConnectorError("upstream_invalid_response", "the service said that there are more pages but gave no cursor");
  return cursor;
}

function nextNumber(pagination: Extract<Pagination, { style: "number" }>, page: Record<string, unknown>): string | undefined {
  const [number, last] = [page[pagination.pageOut], page[pagination.pagesOut]];
  if (!Number.isSafeInteger(number) || !Number.isSafeInteger(last))
    throw new ConnectorError("upstream_invalid_response", "the service did not say clearly whether there are more pages");
  return (number as number) < (last as number) ? String((number as number) + 1) : undefined;
}

/** What a page should say of those after it and does not: of a wrong type the schema tells. */
export function findPageIssues(pagination: Pagination, page: Readonly<Record<string, unknown>>): Issue[] {
  if (pagination.style === "none") return [];
  const { style } = pagination;
  const needed = style === "cursor" ? [pagination.hasMore] : [pagination.pageOut, pagination.pagesOut];
  const missing = needed.filter((name) => page[name] == null).map((name) => toIssue(name, "is required"));
  const isLost = style === "cursor" && page[pagination.hasMore] === true && (page[pagination.cursorOut] ?? "") === "";
  return isLost ? [toIssue(pagination.cursorOut, `is required where ${pagination.hasMore} is true`)] : missing;
}

function toIssue(name: string, message: string): Issue {
  return { pointer: `/${escapePointer(name)}`, keyword: "required", message };
}

/**
 * Says of each cursor of a crawl whether it was there before.
 *
 * Remembers the last `maxCursors` (10,000, about 100 bytes each), and one landmark that moves ahead each time the way has doubled
 * (Brent): a longer circle passes it within two rounds, so that no crawl is endless.
 *
 * @param start - the cursor that the crawl began at
 */
export function createSeenCursors(start?: string, maxCursors = 10_000): (cursor: string) => boolean {
  const recent = new Set<string>();
  let landmark: string | undefined;
  let count = 0;
  let nextLandmark = 1;
  function isRepeated(cursor: string): boolean {
    // A cursor can be as long as an answer.
    const mark = createHash("sha256").update(cursor).digest("base64");
    if (recent.has(mark) || mark === landmark) return true;
    count += 1;
    if (count === nextLandmark) {
      landmark = mark;
      nextLandmark *= 2;
    }
    if (recent.size >= maxCursors) recent.delete(recent.values().next().value as string);
    recent.add(mark);
    return false;
  }
  if (start !== undefined) isRepeated(start);
  return isRepeated;
}

/** The same input, continued at `cursor`. All other parameters stay as they were, as the service demands. */
export function withCursor(pagination: Pagination, input: Input, cursor: string | undefined): Input {
  if (cursor === undefined || pagination.style === "none") return input;
  return { ...input, [pagination.cursorIn]: pagination.style === "number" ? Number(cursor) : cursor };
}

/** Where this input starts; undefined is the first page. */
export function cursorOf(pagination: Pagination, input: Input): string | undefined {
  const cursor = pagination.style === "none" ? undefined : input[pagination.cursorIn];
  if (pagination.style === "number") return typeof cursor === "number" ? String(cursor) : undefined;
  return typeof cursor === "string" && cursor !== "" ? cursor : undefined;
}

/** Fills pages as far as they go, unless the input asks for a size. */
export function withPageSize(pagination: Pagination, input: Input): Input {
  if (pagination.style === "none" || input[pagination.limit] !== undefined) return input;
  return { ...input, [pagination.limit]: pagination.maxLimit };
}

/** Input for a list of which one record is enough. */
export function smallestPage(pagination: Pagination): Input {
  return pagination.style === "none" ? {} : { [pagination.limit]: 1 };
}

/** The records of a page; an answer without a list holds none. */
export function recordsOf(output: unknown): readonly unknown[] {
  const data = typeof output === "object" && output !== null && "data" in output ? output.data : undefined;
  return Array.isArray(data) ? data : [];
}

/**
 * Passes each record once, by `id`: rows move to earlier and later pages while a crawl runs.
 *
 * Remembers every id, about 100 bytes each, up to `maxIds` (1,000,000); beyond that the oldest half is forgotten, since rows
 * move between neighbouring pages and hardly ever across millions. Records without an id (tags, sources) always pass.
 */
export function createOnce(maxIds = 1_000_000): (records: readonly unknown[]) => unknown[] {
  let recent = new Set<unknown>();
  let older = new Set<unknown>();
  return (records) =>
    records.filter((record) => {
      const id = typeof record === "object" && record !== null && "id" in record ? plainId(record.id) : undefined;
      if (id === undefined) return true;
      if (recent.has(id) || older.has(id)) return false;
      if (recent.size >= maxIds / 2) {
        older = recent;
        recent = new Set();
      }
      recent.add(id);
      return true;
    });
}

/** Two of the same number are one id, and two objects. */
function plainId(id: unknown): unknown {
  return id instanceof ExactNumber ? id.text : id;
}
