#!/usr/bin/env node
import { run } from "./run.ts";

const cancelled = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    // The first one cancels the running call cleanly; whoever insists gets out at once.
    if (cancelled.signal.aborted) process.exit(130);
    cancelled.abort();
  });
}
// The reader of a pipe (`| head`) may leave early: that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

const code = await run(process.argv.slice(2), process, cancelled.signal);
process.exit(code);
