// A process of its own that runs operations for a test: `child-runtime <folder> <tuning as JSON>`, one message for each call.

import { isConnectorError } from "../../../errors/connector-error.ts";
import { accessTo } from "../../support/access.ts";
import { openRuntime, type Tuning } from "./open-runtime.ts";
import type { Report, Request, Usage } from "./runtime-process.ts";

const [folder = "", tuning = "{}"] = process.argv.slice(2);
let unhandled = 0;
process.on("unhandledRejection", () => {
  unhandled += 1;
});
let peakBytes = 0;
setInterval(() => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
}, 5).unref();

const opened = await openRuntime(folder, JSON.parse(tuning) as Tuning);
process.on("message", (request: Request) => {
  void answer(request).then((report) => process.send?.({ id: request.id, report }));
});
process.on("disconnect", () => void opened.dispose().then(() => process.exit()));
process.send?.("ready");

async function answer({ call }: Request): Promise<Report | Usage> {
  if (call === undefined) return measure();
  const startedAt = performance.now();
  const timed = () => performance.now() - startedAt;
  try {
    const { output, meta } = await opened.runtime.execute({ access: accessTo("default"), ...call });
    return { code: "ok", details: {}, message: "", output, attempts: meta.attempts, durationMs: timed() };
  } catch (error) {
    if (!isConnectorError(error)) return { code: String(error), details: {}, message: "", attempts: 0, durationMs: timed() };
    const { code, details, message } = error;
    return { code, details, message, attempts: 0, durationMs: timed() };
  }
}

/** After a full collection; `peakBytes` since the last time. */
async function measure(): Promise<Usage> {
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 20));
  const rssBytes = process.memoryUsage.rss();
  const before = peakBytes;
  peakBytes = rssBytes;
  const sockets = process.getActiveResourcesInfo().filter((name) => name.includes("TCP") || name.includes("TLS")).length;
  return { rssBytes, peakBytes: Math.max(before, rssBytes), sockets, unhandled };
}
