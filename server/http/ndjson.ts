import { once } from "node:events";
import { stringifyJson } from "../../connector/exact-json.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { toProblem } from "../../errors/problem.ts";
import { basePathOf } from "./base-path.ts";
import type { Call } from "./route.ts";
import { tellFailure } from "./tell-failure.ts";

const STALLED_MS = 60_000;

/** Aborted when the caller hangs up, and when the server begins to shut down. */
export function streamSignal({ signal, services }: Call): AbortSignal {
  return AbortSignal.any([signal, services.draining]);
}

/**
 * Answers with lines of JSON, each as soon as it is there: a slow reader slows the work down, one that hangs up or reads nothing for a
 * minute ends it. Before the first line a failure is an ordinary problem; after it, the last line of the stream.
 *
 * @param text whole lines; returned from (`finally`) when the stream ends, however it does
 * @param goOn what to do where the shutdown of the server ends the stream
 */
export async function streamLines(call: Call, text: AsyncGenerator<string>, goOn: string, type = NDJSON): Promise<undefined> {
  const { services, requestId, signal, req, res } = call;
  const first = await text.next().catch((error) => Promise.reject(toTold(error, call, goOn)));
  res.writeHead(200, {
    "Content-Type": type,
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
  });
  try {
    for (let part = first; !part.done; part = await text.next()) await write(call, part.value);
  } catch (error) {
    if (signal.aborted) return undefined;
    const told = toTold(error, call, goOn);
    tellFailure(services.events.tell, told, { req, requestId });
    res.write(toLine({ error: toProblem(told, requestId, basePathOf(services.publicUrl)) }));
  } finally {
    await text.return(undefined);
  }
  res.end();
  return undefined;
}

const NDJSON = "application/x-ndjson; charset=utf-8";

export function toLine(value: unknown): string {
  return `${stringifyJson(value)}\n`;
}

/** Work that the shutdown ended was not given up by its caller. */
function toTold(error: unknown, { services, signal }: Call, goOn: string): unknown {
  if (signal.aborted || !services.draining.aborted) return error;
  return new ConnectorError("shutting_down", `the server is shutting down; ${goOn}`, { retryAfterMs: 5_000 });
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
