import { once } from "node:events";
import { stringifyJson } from "../../connector/exact-json.ts";
import { streamSignal } from "./ndjson.ts";
import type { Call } from "./route.ts";

/** A line now and then keeps proxies from taking the connection for dead. */
const ALIVE_MS = 15_000;
const STALLED_MS = 60_000;

/**
 * Answers with server-sent events, each as soon as it is there, until there are no more, the caller hangs up or the server stops. Before the
 * first one a failure is an ordinary problem; after it the stream ends, and the client connects anew.
 */
export async function streamEvents(call: Call, events: (signal: AbortSignal) => AsyncGenerator<unknown>): Promise<undefined> {
  const { res } = call;
  const over = new AbortController();
  const signal = AbortSignal.any([streamSignal(call), over.signal]);
  const following = events(signal);
  const first = await following.next();
  res.writeHead(200, {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",
  });
  const alive = setInterval(() => void res.write(": here\n\n"), ALIVE_MS);
  try {
    for (let event = first; !event.done; event = await following.next()) {
      if (res.write(`data: ${stringifyJson(event.value)}\n\n`)) continue;
      const stalled = setTimeout(() => res.destroy(), STALLED_MS);
      await once(res, "drain", { signal }).finally(() => clearTimeout(stalled));
    }
  } catch (error) {
    if (!signal.aborted)
      call.services.events.tell({ type: "fault", what: "a stream of events ended", error, requestId: call.requestId });
  } finally {
    clearInterval(alive);
    over.abort();
    await following.return(undefined);
  }
  res.end();
  return undefined;
}
