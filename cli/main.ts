#!/usr/bin/env node
import { run } from "./run.ts";

/** npm passes on the signal that the terminal has sent to all its processes: one that comes so soon is the first one again. */
const SAME_SIGNAL_MS = 1_000;

const cancelled = new AbortController();
let firstAtMs = 0;
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    // The first one cancels the running call, or lets the server finish what is under way; a later one ends the process at once.
    if (cancelled.signal.aborted && performance.now() - firstAtMs > SAME_SIGNAL_MS) process.exit(130);
    if (!cancelled.signal.aborted) firstAtMs = performance.now();
    cancelled.abort();
  });
}
// The reader of a pipe (`| head`) may leave early: that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const code = await run(process.argv.slice(2), process, cancelled.signal);
process.exit(code);
