// A process that tests start, give work and kill. Each line of its input is a job (support/jobs.ts), done one after the other; it prints
// what happened as lines of JSON, each written out before the work goes on, and `{"end": true}` after a job.
import { createInterface } from "node:readline";
import { createJobs, type Job } from "../support/jobs.ts";
import { say } from "../support/say.ts";

if (process.argv[2] === "mongodb") await import("mongoose");
const jobs = createJobs();
say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    await jobs.run(JSON.parse(line) as Job);
    say({ end: true });
  } catch (error) {
    say({ end: true, broke: error instanceof Error ? error.stack : String(error) });
  }
}
process.exit();
