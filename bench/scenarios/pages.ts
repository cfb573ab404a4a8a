import { once } from "node:events";
import { forkChild, startChild } from "../measure.ts";
import { atLeast, atMost, type Scenario } from "../row.ts";

interface Crawl {
  records: number;
  seconds: number;
  /** Resident set in MB, once in ten pages. */
  rssMb: number[];
}

/** 100,000 records through `pages()`, in a process of its own so that its memory is only its own. */
export const pages: Scenario = {
  name: "pages",
  async run() {
    const lever = await startChild("fake-lever", { TOTAL: "100000" });
    const child = forkChild("crawl", [`http://127.0.0.1:${lever.port}`]);
    const [crawl] = (await once(child, "message")) as [Crawl];
    child.disconnect();
    lever.stop();
    const half = crawl.rssMb.length / 2;
    const first = Math.max(...crawl.rssMb.slice(0, half));
    const second = Math.max(...crawl.rssMb.slice(half));
    const perSecond = crawl.records / crawl.seconds;
    const what = `${crawl.records} opportunities through pages()`;
    return [
      atLeast(`${what}, records/s`, "-", `${perSecond.toFixed(0)} records/s`, perSecond, 30_000),
      atMost(
        `${what}, peak memory of the second half`,
        "first half",
        `${second.toFixed(0)} : ${first.toFixed(0)} MB`,
        second / first,
        1.1,
      ),
      atMost(`${what}, peak memory`, "-", `${Math.max(first, second).toFixed(0)} MB`, Math.max(first, second), 150),
    ];
  },
};
