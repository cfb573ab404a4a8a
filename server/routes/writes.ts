import type { Services } from "../../app/services.ts";
import type { ShownWrite } from "../../app/writes.ts";
import { WRITE_OUTCOMES, type WriteFilter } from "../../runtime/write-records.ts";
import type { Routes, WriteList } from "../../schemas/types/index.ts";
import { toCsvLine } from "../../text/csv.ts";
import { inputInvalid } from "../http/check.ts";
import { streamLines, toLine } from "../http/ndjson.ts";
import { type Call, defineRoute, PAGE_QUERY, type Reply, type Route } from "../http/route.ts";

type Query = Routes["GET /api/v1/writes"]["query"];
type Wanted = Parameters<Services["writes"]["all"]>[1];

/** What was written through this server, newest first: read only. */
export const writeRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/writes",
    summary: "Lists what was written through this server, newest first, or exports all of it.",
    replies: [
      { status: 200, shape: "write-list" },
      { status: 200, lines: "write-line" },
      { status: 200, text: "text/csv" },
    ],
    scope: "operations:read",
    query: {
      ...PAGE_QUERY,
      credential: { type: "string", description: "Id of a credential, or its nickname." },
      operation: { type: "string", description: "Name of an operation." },
      outcome: { enum: WRITE_OUTCOMES, description: "How it ended." },
      request: { type: "string", description: "Id of the request that it came by." },
      from: { type: "string", description: "Begun then or later: a date or a time." },
      until: { type: "string", description: "Begun before then." },
      format: {
        enum: ["json", "csv", "ndjson"],
        description: "With `csv` and `ndjson` all of them come at once, or as many as `limit` says.",
      },
    },
    handle: list,
  }),
  defineRoute({
    method: "GET",
    path: "/writes/:id",
    summary: "Answers the record of one write.",
    replies: [{ status: 200, shape: "write" }],
    scope: "operations:read",
    async handle({ services, access, params }) {
      return { body: await services.writes.get(access, String(params.id)) };
    },
  }),
];

async function list(call: Call<Query>): Promise<Reply<WriteList> | undefined> {
  const { services, access, query } = call;
  const filter = await readFilter(call);
  const { format, limit, cursor } = query;
  const wanted = { ...filter, limit, cursor };
  if (format === "csv" || format === "ndjson") return exportAll(call, wanted, format);
  return { body: await services.writes.list(access, wanted) };
}

async function readFilter({ services, access, query }: Call<Query>): Promise<WriteFilter> {
  const { credential, operation, outcome, request } = query;
  return {
    // One that was removed has no name any more; its writes are found by its id.
    credential: credential?.startsWith("cred_")
      ? credential
      : credential && (await services.credentials.idOf(access, credential)),
    operation,
    request,
    outcome,
    fromMs: readTime(query, "from"),
    untilMs: readTime(query, "until"),
  };
}

/** RFC 3339 text. */
function readTime(query: Query, name: "from" | "until"): number | undefined {
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

function exportAll(call: Call, wanted: Wanted, format: "csv" | "ndjson"): Promise<undefined> {
  call.res.setHeader("Content-Disposition", `attachment; filename="writes.${format}"`);
  return streamLines(call, format === "csv" ? csv(call, wanted) : ndjson(call, wanted), "export again", CONTENT_TYPES[format]);
}

const CONTENT_TYPES = { csv: "text/csv; charset=utf-8", ndjson: "application/x-ndjson; charset=utf-8" } as const;

async function* ndjson({ services, access }: Call, wanted: Wanted): AsyncGenerator<string> {
  let count = 0;
  for await (const writes of services.writes.all(access, wanted)) {
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

async function* csv({ services, access }: Call, wanted: Wanted): AsyncGenerator<string> {
  yield toCsvLine(Object.keys(COLUMNS));
  for await (const writes of services.writes.all(access, wanted))
    yield writes.map((write) => toCsvLine(Object.values(COLUMNS).map((cell) => cell(write)))).join("");
}
