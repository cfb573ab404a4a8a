import type { ShownWrite } from "../../app/writes.ts";
import { WRITE_OUTCOMES, type WriteFilter, type WriteOutcome } from "../../runtime/write-records.ts";
import { toCsvLine } from "../../text/csv.ts";
import { inputInvalid, readFlag } from "../http/check.ts";
import { streamLines, toLine } from "../http/ndjson.ts";
import { type Call, PAGE_QUERY, type Reply, type Route } from "../http/route.ts";
import { readPage } from "./read-page.ts";

/** What was written through this server, newest first: read only. */
export const writeRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/writes",
    scope: "operations:read",
    query: [...PAGE_QUERY, "credential", "operation", "outcome", "from", "until", "format"],
    handle: list,
  },
  {
    method: "GET",
    path: "/writes/:id",
    scope: "operations:read",
    async handle({ services, access, params }) {
      return { body: await services.writes.get(access, String(params.id)) };
    },
  },
];

async function list(call: Call): Promise<Reply | undefined> {
  const { services, access, query } = call;
  const filter = await readFilter(call);
  const format = readFlag(query, "format", ["json", "csv", "ndjson"]);
  if (format === "csv" || format === "ndjson") return exportAll(call, filter, format);
  return { body: await services.writes.list(access, { ...filter, ...readPage(query) }) };
}

async function readFilter({ services, access, query }: Call): Promise<WriteFilter> {
  const { credential, operation } = query;
  return {
    // One that was removed has no name any more; its writes are found by its id.
    credential: credential?.startsWith("cred_")
      ? credential
      : credential && (await services.credentials.idOf(access, credential)),
    operation,
    outcome: readFlag(query, "outcome", WRITE_OUTCOMES) as WriteOutcome | undefined,
    fromMs: readTime(query, "from"),
    untilMs: readTime(query, "until"),
  };
}

/** RFC 3339 text. */
function readTime(query: Call["query"], name: string): number | undefined {
  const text = query[name];
  if (text === undefined) return undefined;
  const atMs = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isSafeInteger(atMs)) return atMs;
  throw inputInvalid({
    pointer: `/${name}`,
    keyword: "format",
    message: "must be a date or a time such as 2026-01-31T09:30:00Z",
  });
}

function exportAll(call: Call, filter: WriteFilter, format: "csv" | "ndjson"): Promise<undefined> {
  call.res.setHeader("Content-Disposition", `attachment; filename="writes.${format}"`);
  return streamLines(call, format === "csv" ? csv(call, filter) : ndjson(call, filter), "export again", CONTENT_TYPES[format]);
}

const CONTENT_TYPES = { csv: "text/csv; charset=utf-8", ndjson: "application/x-ndjson; charset=utf-8" } as const;

async function* ndjson({ services, access }: Call, filter: WriteFilter): AsyncGenerator<string> {
  let count = 0;
  for await (const writes of services.writes.all(access, filter)) {
    count += writes.length;
    yield writes.map((data) => toLine({ data })).join("");
  }
  yield toLine({ done: true, count });
}

const COLUMNS: Readonly<Record<string, (write: ShownWrite) => string | number | null>> = {
  at: ({ at }) => at,
  outcome: ({ outcome }) => outcome,
  code: ({ code }) => code,
  operation: ({ operation }) => operation,
  connector: ({ connector }) => connector,
  credential: ({ credential }) => credential,
  nickname: ({ nickname }) => nickname,
  target: ({ target }) => target?.id ?? null,
  performAs: ({ performAs }) => performAs,
  changedField: ({ changed }) => changed?.field ?? null,
  added: ({ changed }) => changed?.added.join("; ") ?? null,
  removed: ({ changed }) => changed?.removed.join("; ") ?? null,
  actor: ({ actor }) => actor,
  attempts: ({ attempts }) => attempts,
  endedAt: ({ endedAt }) => endedAt,
  requestId: ({ requestId }) => requestId,
  id: ({ id }) => id,
};

async function* csv({ services, access }: Call, filter: WriteFilter): AsyncGenerator<string> {
  yield toCsvLine(Object.keys(COLUMNS));
  for await (const writes of services.writes.all(access, filter))
    yield writes.map((write) => toCsvLine(Object.values(COLUMNS).map((cell) => cell(write)))).join("");
}
