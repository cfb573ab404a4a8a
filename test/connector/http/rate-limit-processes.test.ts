import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, describe, expect, it } from "@jest/globals";
import { createRateLimiter } from "../../../connector/http/rate-limit.ts";
import type { RateLimit } from "../../../connector/types.ts";
import { openStore, type StoreLocation } from "../../../store/index.ts";
import { describeWithMongod } from "../../support/describe-with-mongod.ts";
import { sharedMongod } from "../../support/mongod.ts";

/** So slow that a busy machine does not decide who comes first. */
const LIMIT: RateLimit = { perSecond: 0.8, burst: 2, scope: "credential" };
const CRAWLER = join(import.meta.dirname, "../../support/crawler.ts");
const BUCKET = "default/cred_shared";

describe("the embedded store", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "crawl-"));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
  personBesideCrawl(async () => ({ dataDir }));
});

describeWithMongod("the MongoDB store", () => {
  personBesideCrawl(async () => ({ mongodbUri: (await sharedMongod()).dbUri("crawl_beside_person") }));
});

function personBesideCrawl(locate: () => Promise<StoreLocation>): void {
  it("lets a person's call wait for at most one call of a crawl of ten in another process on the same credential", async () => {
    const location = await locate();
    const store = openStore(location);
    await store.open();
    const crawler = spawn(
      process.execPath,
      ["--import", "tsx", CRAWLER, JSON.stringify(location), BUCKET, JSON.stringify(LIMIT), "10"],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    try {
      const crawled: number[] = [];
      const lines = createInterface({ input: crawler.stdout });
      lines.on("line", (line) => crawled.push(Number(line)));
      const limiter = createRateLimiter({ take: store.take.bind(store), drain: store.drain.bind(store) });
      for (let call = 0; call < 2; call += 1) {
        // The bucket is empty, and ten wait for its next token.
        for (const before = crawled.length; crawled.length < before + 3 - call; ) await once(lines, "line");
        const askedAt = Date.now();
        await limiter.take(BUCKET, LIMIT, { maxWaitMs: 60_000 });
        const grantedAt = Date.now();
        expect(crawled.filter((at) => at > askedAt && at < grantedAt).length).toBeLessThanOrEqual(1);
        expect(grantedAt - askedAt).toBeLessThan(2 * 1_250);
      }
    } finally {
      await ended(crawler);
      await store.dispose();
    }
  }, 60_000);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}
