import type { Server, ServerResponse } from "node:http";
import { Server as NetServer } from "node:net";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";

/** Below the 10 seconds after which orchestrators and close-with-grace kill. */
export const DRAIN_MS = 9_000;
const LAST_REQUESTS_MS = 200;
const LAST_CONNECTIONS_AT_MOST_MS = 3_000;
const QUIET_TURNS = 4;

/** A server that can end without losing what is on its way to it. */
export interface Drain {
  /** While the server still takes connections at its end: settles when it takes no more. What is refused is answered behind it. */
  doorClosing(): Promise<void> | undefined;
  /** Takes no more connections, answers what is under way and what still comes over open ones, then closes them; after `DRAIN_MS` they are cut. */
  drained(): Promise<void>;
}

export function createDrain(server: Server): Drain {
  /** Answers that are not out yet. */
  const answering = new Set<ServerResponse>();
  let lastRequestAtMs = Number.NEGATIVE_INFINITY;
  let closing: Promise<void> | undefined;
  server.prependListener("request", (_req, res) => {
    lastRequestAtMs = performance.now();
    answering.add(res);
    res.once("close", () => answering.delete(res));
  });

  return {
    doorClosing: () => closing,
    async drained() {
      const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
      // Told so, callers send nothing more over these connections, and Node closes them behind the answer.
      for (const res of answering) if (!res.headersSent) res.setHeader("Connection", "close");
      closing = (await openConnections(server)) > 0 ? lastConnections(server) : Promise.resolve();
      await closing;
      // Not by `server.close()`, which cuts idle connections, over which requests may be on their way.
      const closed = new Promise<void>((resolve) => void NetServer.prototype.close.call(server, () => resolve()));
      closing = undefined;
      while (answering.size > 0 || performance.now() - lastRequestAtMs < LAST_REQUESTS_MS)
        await Promise.race([closed, sleep(20, undefined, { ref: false })]);
      // What is idle now is kept open by clients that have nothing to send.
      const idle = setInterval(() => server.closeIdleConnections(), 50);
      server.closeIdleConnections();
      await closed;
      clearInterval(idle);
      clearTimeout(cut);
    },
  };
}

/**
 * Connections may be waiting that are not accepted yet: closing the port would reset them, although their senders have not been told. They are
 * accepted, and their requests are held: senders that were answered would come again at once, with new connections, for as long as this takes.
 * A busy loop accepts one connection a turn: when some turns brought none, there are no more.
 */
async function lastConnections(server: Server): Promise<void> {
  const until = performance.now() + LAST_CONNECTIONS_AT_MOST_MS;
  let quietTurns = 0;
  const onConnection = () => {
    quietTurns = 0;
  };
  server.on("connection", onConnection);
  await sleep(LAST_REQUESTS_MS);
  for (quietTurns = 0; quietTurns < QUIET_TURNS && performance.now() < until; quietTurns += 1) await nextTurn();
  server.off("connection", onConnection);
}

function openConnections(server: Server): Promise<number> {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count ?? 0)));
}
