import { writeSync } from "node:fs";
import { createRateLimiter } from "../../connector/http/rate-limit.ts";
import { openStore } from "../../store/index.ts";

/**
 * A process of its own that crawls with as many calls at once as it is told, all of one bucket, and prints the time of each token it gets:
 * `crawler.ts <location of the store> <bucket> <rate limit> <calls at once>`. Tests end it.
 */
const [location = "", bucket = "", limit = "", calls = "1"] = process.argv.slice(2);
const store = openStore(JSON.parse(location));
await store.open();
const limiter = createRateLimiter({ take: store.take.bind(store), drain: store.drain.bind(store) });
async function crawl(): Promise<never> {
  for (;;) {
    await limiter.take(bucket, JSON.parse(limit), { maxWaitMs: 600_000, priority: "crawl" });
    writeSync(1, `${Date.now()}\n`);
  }
}
await Promise.all(Array.from({ length: Number(calls) }, crawl));
