import type { Connector } from "../api/connector.ts";

type Pagination = Connector["pagination"];
type Fields = Readonly<Record<string, unknown>>;

/** The inputs that are about pages; "" where answers have none. */
export function pageFields(pagination: Pagination): { limit: string; cursorIn: string } {
  return pagination.style === "none" ? { limit: "", cursorIn: "" } : pagination;
}

/** The inputs that ask for the page after this answer; undefined after the last. */
export function nextPage(pagination: Pagination, output: Fields): Fields | undefined {
  if (pagination.style === "cursor") {
    const cursor = output[pagination.hasMore] === true ? output[pagination.cursorOut] : undefined;
    return cursor === undefined ? undefined : { [pagination.cursorIn]: cursor };
  }
  if (pagination.style === "none") return undefined;
  const [page, last] = [output[pagination.pageOut], output[pagination.pagesOut]];
  if (typeof page !== "number" || typeof last !== "number" || page >= last) return undefined;
  return { [pagination.cursorIn]: page + 1 };
}

/** The input that continues at a cursor, as the stream of all pages names it. */
export function pageAt(pagination: Pagination, cursor: string): Fields {
  if (pagination.style === "none") return {};
  return { [pagination.cursorIn]: pagination.style === "number" ? Number(cursor) : cursor };
}
