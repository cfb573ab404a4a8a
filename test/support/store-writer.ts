import { writeSync } from "node:fs";
import { createEmbeddedStore } from "../../store/embedded.ts";

/**
 * A process of its own that writes documents into a folder's store and prints each id once it is acknowledged:
 * `store-writer.ts <folder> <project> <how many>`. Tests kill it.
 */
const [dataDir = "", project = "", count = "0"] = process.argv.slice(2);
// Waits for as long as a busy machine needs: what a test asks is whether anything is lost, not how soon it is written.
const store = createEmbeddedStore({ dataDir, busyTimeoutMs: 20_000 });
for (let n = 0; n < Number(count); n += 1) {
  const id = `w${n}`;
  await store.insert("turns", { id, project, fence: n, filler: "x".repeat(300) });
  await store.patch("turns", project, id, { inc: { fence: 1 } });
  await store.take("shared", { ratePerSecond: 1, burst: 100_000, count: 1, maxWaitMs: 0 });
  writeSync(1, `${id}\n`);
}
await store.dispose();
