import { readdirSync } from "node:fs";
import { runServer } from "../../../server/main.ts";

/** What one process holds on to, after everything that can be collected was. */
export interface Held {
  readonly rssMb: number;
  readonly heapMb: number;
  /** Open descriptors: sockets and files. */
  readonly descriptors: number;
  /** Whatever keeps the event loop going: sockets, timers, requests. */
  readonly handles: number;
}

/** The server as a program of its own (`runServer`, signals and all), which answers each IPC message with what it holds. */
process.channel?.unref();
process.on("message", async () => {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { rss, heapUsed } = process.memoryUsage();
  const held: Held = {
    rssMb: toMb(rss),
    heapMb: toMb(heapUsed),
    descriptors: readdirSync("/proc/self/fd").length,
    handles: process.getActiveResourcesInfo().length,
  };
  process.send?.(held);
});
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
await runServer({ env: process.env, stdout: process.stdout, stop: stop.signal });

function toMb(bytes: number): number {
  return Math.round((bytes / 2 ** 20) * 10) / 10;
}
