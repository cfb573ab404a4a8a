import type { Scope } from "../../app/scopes.ts";
import type { Services } from "../../app/services.ts";
import { toPageLines } from "../../runtime/page-lines.ts";
import type { ExecuteOptions } from "../../runtime/types.ts";
import type { OperationCall, OperationResult } from "../../schemas/types/index.ts";
import { streamLines, streamSignal, toLine } from "../http/ndjson.ts";
import { type Call, defineRoute, type Route } from "../http/route.ts";

/** Runs any operation of any connector: the credential tells which. No operation has code here. */
export const operationRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/operations/:operation",
    summary: "Runs an operation, shows the request that it would send, or reads all pages of a list.",
    replies: [
      { status: 200, shape: "operation-result" },
      { status: 200, shape: "dry-run" },
      { status: 200, lines: "page-line" },
    ],
    scope: scopeFor,
    query: {
      pages: { enum: ["all", "one"], description: "`all`: every page, a record a line." },
      dry_run: { type: "boolean", description: "Send nothing, and answer the request instead." },
    },
    body: "operation-call",
    async handle(call) {
      const options = await toOptions(call);
      if (call.query.dry_run) return { body: await call.services.runtime.dryRun(options) };
      if (call.query.pages === "all") return streamPages(call, options);
      const { output, meta } = await call.services.runtime.execute(options);
      // An answer without its data was refused by the runtime.
      const body = { output: output as OperationResult["output"], meta };
      return { body, headers: meta.replayed ? { "Idempotent-Replayed": "true" } : {} };
    },
  }),
];

/**
 * What changes nothing needs `operations:read`; an operation that does not exist is answered 404 to callers who may read. Where connectors
 * share a name, the strictest of them decides: the credential is not known yet.
 */
function scopeFor(params: Readonly<Record<string, string>>, { connectors }: Services): Scope {
  const name = String(params.operation);
  const writes = connectors.withOperation(name).some(({ operations }) => operations.get(name)?.effect !== "read");
  return writes ? "operations:write" : "operations:read";
}

async function toOptions({
  services,
  access,
  params,
  body,
  signal,
  requestId,
  req,
}: Call<unknown, OperationCall>): Promise<ExecuteOptions> {
  const idempotencyKey = req.get("idempotency-key");
  return {
    access,
    operation: String(params.operation),
    credential: await services.credentials.idOf(access, body.credential),
    input: body.input ?? {},
    signal,
    requestId,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  };
}

/** All pages as NDJSON, each record as soon as it is there. */
function streamPages(call: Call, options: ExecuteOptions): Promise<undefined> {
  return streamLines(call, pageLines(call, options), "resume from the last cursor");
}

async function* pageLines(call: Call, options: ExecuteOptions): AsyncGenerator<string> {
  for await (const event of call.services.runtime.pages({ ...options, signal: streamSignal(call) })) {
    yield toPageLines(event).map(toLine).join("");
  }
}
