import { ConnectorError } from "../errors/connector-error.ts";
import type { FindOptions, StoredDocument, Where } from "./document-store.ts";

export interface PageOptions {
  /** 1 to 500; 100 by default. */
  readonly limit?: number | undefined;
  /** Of an earlier page of the same list. */
  readonly cursor?: string | undefined;
  readonly where?: Where;
  readonly newestFirst?: boolean;
  /** Which of the documents are listed, where no index can tell. */
  readonly isListed?: ((document: StoredDocument) => boolean) | undefined;
}

export interface Page<T> {
  readonly data: T[];
  /** An opaque cursor; absent after the last page. */
  readonly next?: string;
}

const LARGEST = 500;

/** Everything in a list, whose pages `list` reads. */
export async function allPages<T>(
  list: (page: { limit: number; cursor?: string }) => Promise<{ readonly data: readonly T[]; readonly next?: string }>,
): Promise<T[]> {
  const all: T[] = [];
  for (let cursor: string | undefined; ; ) {
    const { data, next } = await list({ limit: LARGEST, ...(cursor !== undefined && { cursor }) });
    all.push(...data);
    if (next === undefined) return all;
    cursor = next;
  }
}

/** Every document that `find` reaches, some at a time, in an order that an index has. */
export async function* allDocuments(
  find: (options: FindOptions) => Promise<StoredDocument[]>,
  sort: readonly string[] = ["createdAtMs"],
): AsyncGenerator<StoredDocument, void, undefined> {
  for (let after: FindOptions["after"]; ; ) {
    const documents = await find({ sort, limit: AT_ONCE, ...(after && { after }) });
    yield* documents;
    const last = documents.at(-1);
    if (last === undefined || documents.length < AT_ONCE) return;
    after = { createdAtMs: (last.createdAtMs as number | undefined) ?? null, id: last.id };
  }
}

/** Their documents are large. */
const AT_ONCE = 100;

/** Documents that one call looks at where no index can tell which are listed: some ten milliseconds. Its caller continues from there. */
const LOOKED_AT = 5_000;
const STEP = 1_000;

/**
 * A page of a list in the order of `createdAtMs`, and the cursor of the next one: the only place that knows what such a cursor holds. One more
 * document than asked for is read, to know whether another page follows.
 *
 * @throws ConnectorError `input_invalid` for a limit out of range, `cursor_invalid`
 */
export async function findPage<T>(
  find: (options: FindOptions) => Promise<StoredDocument[]>,
  toItem: (document: StoredDocument) => T,
  { limit, cursor, where = {}, newestFirst = false, isListed }: PageOptions = {},
): Promise<Page<T>> {
  const size = toPageSize(limit);
  const step = isListed ? STEP : size + 1;
  const sort = [newestFirst ? "-createdAtMs" : "createdAtMs"];
  const listed: StoredDocument[] = [];
  let after = cursor === undefined ? undefined : readCursor(cursor);
  for (let lookedAt = 0; ; ) {
    const documents = await find({ where, sort, limit: step, ...(after && { after }) });
    listed.push(...documents.filter(isListed ?? (() => true)));
    lookedAt += documents.length;
    const last = documents.at(-1);
    if (last) after = placeOf(last);
    if (listed.length > size) return toPage(listed.slice(0, size), placeOf(listed[size - 1] as StoredDocument));
    if (documents.length < step) return toPage(listed);
    if (lookedAt >= LOOKED_AT) return toPage(listed, after);
  }

  function toPage(documents: readonly StoredDocument[], next?: Place): Page<T> {
    return { data: documents.map(toItem), ...(next && { next: writeCursor(next) }) };
  }
}

/** Where a document stands in the list. */
interface Place {
  readonly [field: string]: string | number;
  readonly createdAtMs: number;
  readonly id: string;
}

function placeOf({ createdAtMs, id }: StoredDocument): Place {
  return { createdAtMs: createdAtMs as number, id };
}

function writeCursor({ createdAtMs, id }: Place): string {
  return Buffer.from(JSON.stringify([createdAtMs, id])).toString("base64url");
}

function readCursor(cursor: string): Place {
  const parts = parse(Buffer.from(cursor, "base64url").toString("utf8"));
  const [createdAtMs, id, ...rest] = Array.isArray(parts) ? (parts as unknown[]) : [];
  if (Number.isSafeInteger(createdAtMs) && typeof id === "string" && rest.length === 0)
    return { createdAtMs: createdAtMs as number, id };
  throw new ConnectorError("cursor_invalid", "The cursor is not one of this list; start from the first page");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toPageSize(limit = 100): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 500) return limit;
  const message = "must be a whole number from 1 to 500";
  const issues = [{ pointer: "/limit", keyword: "range", message }];
  throw new ConnectorError("input_invalid", `limit ${message}`, { issues });
}
