import { once } from "node:events";
import { ConnectorError } from "../../connector/errors.ts";
import type { ExecuteOptions, PageEvent } from "../../runtime/types.ts";
import type { Scope } from "../auth/scopes.ts";
import { inputInvalid } from "../http/check.ts";
import type { Call, Reply, Route } from "../http/route.ts";
import { toProblem } from "../problem.ts";
import type { Services } from "../services.ts";

const STALLED_MS = 60_000;

/** Runs any operation of the connector. No operation has code here. */
export const operationRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/operations/:operation",
    scope: scopeFor,
    query: ["pages", "dry_run"],
    body: {
      type: "object",
      additionalProperties: false,
      required: ["credential"],
      properties: { credential: { type: "string", minLength: 1, maxLength: 200 }, input: { type: "object" } },
    },
    async handle(call) {
      const options = toOptions(call);
      if (readFlag(call, "dry_run", ["true", "false"]) === "true") return { body: await call.services.runtime.dryRun(options) };
      if (readFlag(call, "pages", ["all", "one"]) === "all") return streamPages(call, options);
      const { output, meta } = await call.services.runtime.execute(options);
      return { body: { output, meta }, headers: meta.replayed ? { "Idempotent-Replayed": "true" } : {} };
    },
  },
];

/** What changes nothing needs `operations:read`; an operation that does not exist is answered 404 to whoever may read. */
function scopeFor(params: Readonly<Record<string, string>>, { connector }: Services): Scope {
  const operation = connector.operations.get(String(params.operation));
  return operation && operation.effect !== "read" ? "operations:write" : "operations:read";
}

function toOptions({ project, params, body, signal, requestId, req }: Call): ExecuteOptions {
  const idempotencyKey = req.get("idempotency-key");
  return {
    project,
    operation: String(params.operation),
    credential: String(body.credential),
    input: body.input ?? {},
    signal,
    requestId,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

function readFlag({ query }: Call, name: string, values: readonly string[]): string | undefined {
  const value = query[name];
  if (value === undefined || values.includes(value)) return value;
  throw inputInvalid({ pointer: `/${name}`, keyword: "enum", message: `must be one of: ${values.join(", ")}` });
}

/**
 * All pages as NDJSON, each record as soon as it is there: a slow reader slows the crawl down, one that hangs up or reads nothing
 * for a minute ends it. Before the first page a failure is an ordinary problem; after it, the last line of the stream.
 */
async function streamPages(call: Call, options: ExecuteOptions): Promise<Reply | undefined> {
  const { services, requestId, signal, res } = call;
  const pages = services.runtime.pages({ ...options, signal: AbortSignal.any([signal, services.draining]) });
  const first = await pages.next().catch((error) => Promise.reject(toTold(error, call)));
  res.writeHead(200, {
    "Content-Type": "application/x-ndjson; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
  });
  try {
    for (let event = first; !event.done; event = await pages.next()) await write(call, toLines(event.value));
  } catch (error) {
    if (signal.aborted) return undefined;
    const told = toTold(error, call);
    services.logFailure(told, requestId);
    res.write(`${JSON.stringify({ error: toProblem(told, requestId) })}\n`);
  } finally {
    await pages.return();
  }
  res.end();
  return undefined;
}

/** A crawl that the shutdown ended was not given up by its caller. */
function toTold(error: unknown, { services, signal }: Call): unknown {
  if (signal.aborted || !services.draining.aborted) return error;
  return new ConnectorError("shutting_down", "the server is shutting down; resume from the last cursor", { retryAfterMs: 5_000 });
}

async function write({ res, services, signal }: Call, text: string): Promise<void> {
  if (res.write(text)) return;
  const stalled = setTimeout(() => res.destroy(), STALLED_MS);
  try {
    await once(res, "drain", { signal: AbortSignal.any([signal, services.draining]) });
  } finally {
    clearTimeout(stalled);
  }
}

function toLines(event: PageEvent): string {
  if (event.type === "done") return `${JSON.stringify({ done: true, count: event.count })}\n`;
  const lines = event.records.map((record) => `${JSON.stringify({ data: record })}\n`).join("");
  return event.cursor === undefined ? lines : `${lines}${JSON.stringify({ cursor: event.cursor, count: event.count })}\n`;
}
