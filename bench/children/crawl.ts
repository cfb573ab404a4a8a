import { accessTo } from "../../test/support/access.ts";
import { setUp } from "../setup.ts";

/** Reads all pages of the fake Lever given as argument and tells how long it took and what memory it held. */
const setup = await setUp(String(process.argv[2]));
const crawl = () =>
  setup.services.runtime.pages({
    access: accessTo("default"),
    operation: "list_opportunities",
    credential: setup.credential,
    input: {},
  });
const rssMb: number[] = [];
let pages = 0;
let records = 0;
const started = performance.now();
for await (const event of crawl()) {
  if (event.type !== "records") continue;
  records += event.records.length;
  pages += 1;
  if (pages % 10 === 0) rssMb.push(process.memoryUsage.rss() / 1e6);
}
process.send?.({ records, seconds: (performance.now() - started) / 1000, rssMb });
await setup.close();
