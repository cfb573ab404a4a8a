import { createOnce, createSeenCursors, cursorOf, nextCursor, recordsOf, withCursor, withPageSize } from "../connector/pages.ts";
import type { Connector, Input, SchemaWarnings } from "../connector/types.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { ExecuteOptions, ExecuteResult, PageEvent } from "./types.ts";

export interface ReadPagesOptions {
  readonly connectorOf: (options: ReadPagesOptions["options"]) => Promise<Connector>;
  readonly options: Omit<ExecuteOptions, "idempotencyKey">;
  readonly execute: (options: ExecuteOptions) => Promise<ExecuteResult>;
}

/**
 * All pages of a list, one request at a time, each record once.
 *
 * Rows move while a crawl runs (a list may be ordered by what people change), so a record may turn up on two pages.
 * @throws ConnectorError `input_invalid` for an operation without pages; `upstream_invalid_response`, after the page's records, where
 *   the service's cursors go round in a circle or end although there is more; whatever a page's call throws
 */
export async function* readPages({
  connectorOf,
  options,
  execute,
}: ReadPagesOptions): AsyncGenerator<PageEvent, void, undefined> {
  const connector = await connectorOf(options);
  const { declaration } = connector.operation(options.operation);
  if (!declaration.paginated) {
    throw new ConnectorError("input_invalid", `${options.operation} does not answer in pages`, {
      issues: [{ pointer: "", keyword: "paginated", message: "this operation does not answer in pages" }],
    });
  }
  const { pagination } = connector.manifest;
  const fresh = createOnce();
  let input = withPageSize(pagination, (options.input ?? {}) as Input);
  const start = cursorOf(pagination, input);
  const isRepeated = createSeenCursors(start);
  let count = 0;
  let warnings: SchemaWarnings | undefined;
  for (;;) {
    const { output, meta } = await execute({ ...options, input });
    const records = fresh(recordsOf(output));
    count += records.length;
    warnings = together(warnings, meta.schemaWarnings);
    const next = follow(() => nextCursor(pagination, output, isRepeated));
    // What a page holds is given, whatever is wrong with the way to the next one.
    if (next.error === undefined || records.length > 0)
      yield { type: "records", records, count, meta, ...(next.cursor === undefined ? {} : { cursor: next.cursor }) };
    if (next.error !== undefined) throw next.error;
    if (next.cursor === undefined) break;
    input = withCursor(pagination, input, next.cursor);
  }
  yield { type: "done", count, ...(start !== undefined && { from: "cursor" }), ...(warnings && { schemaWarnings: warnings }) };
}

const MAX_ISSUES = 10;

function together(before: SchemaWarnings | undefined, page: SchemaWarnings | undefined): SchemaWarnings | undefined {
  if (before === undefined || page === undefined) return before ?? page;
  return { count: before.count + page.count, issues: [...before.issues, ...page.issues].slice(0, MAX_ISSUES) };
}

function follow(next: () => string | undefined): { readonly cursor?: string | undefined; readonly error?: unknown } {
  try {
    return { cursor: next() };
  } catch (error) {
    return { error };
  }
}
