import type { PageEvent } from "./types.ts";

/**
 * The lines of NDJSON that tell of a crawl, over HTTP and by command line alike: `{"data"}` for a record, `{"cursor", "count"}` after a page
 * that is not the last, `{"done", "count"}` at the end.
 */
export function toPageLines(event: PageEvent): readonly unknown[] {
  if (event.type === "done") {
    const { type: _, ...end } = event;
    return [{ done: true, ...end }];
  }
  const page = event.cursor === undefined ? [] : [{ cursor: event.cursor, count: event.count }];
  return [...event.records.map((record) => ({ data: record })), ...page];
}
