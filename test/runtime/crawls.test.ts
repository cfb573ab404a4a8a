import { afterEach, describe, expect, it } from "@jest/globals";
import type { PageEvent } from "../../runtime/types.ts";
import { makeFolder, type Opened, openRuntime } from "../faults/support/open-runtime.ts";
import { accessTo } from "../support/access.ts";
import { type Script, scriptedLever } from "../support/scripted-lever.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

interface Stage extends Opened {
  readonly asked: URL[];
  readonly credential: Opened["credential"];
  readonly id: string;
}

async function stage(script: Script): Promise<Stage> {
  const lever = await scriptedLever(script);
  const folder = makeFolder({ here: lever.api });
  const opened = await openRuntime(folder.path);
  ended.push(
    () => lever.close(),
    () => folder.remove(),
    () => opened.dispose(),
  );
  return { ...opened, asked: lever.asked, id: await opened.credential("here") };
}

/** Lists whose page at a cursor (`""` is the first) names the next one; `null` says that there is more and not where. */
const circle =
  (next: Readonly<Record<string, string | null | undefined>>): Script =>
  (url) => {
    const at = url.searchParams.get("offset") ?? "";
    const to = next[at];
    return { data: [{ id: `record ${at}`, text: at }], hasNext: to !== undefined, ...(typeof to === "string" && { next: to }) };
  };

async function crawl({ runtime, id }: Stage, input: Record<string, unknown> = {}) {
  const events: PageEvent[] = [];
  const reading = runtime.pages({ access: accessTo("default"), operation: "list_stages", credential: id, input });
  try {
    for await (const event of reading) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}
const recordsOf = (events: readonly PageEvent[]) =>
  events.flatMap((event) => (event.type === "records" ? event.records.map((record) => (record as { id: string }).id) : []));

describe("all pages", () => {
  it.each([
    ["names itself", { "": "A", A: "A" }, {}, ["record ", "record A"]],
    ["names one that was there before", { "": "A", A: "B", B: "A" }, {}, ["record ", "record A", "record B"]],
    ["names the one that the crawl began at", { A: "B", B: "A" }, { offset: "A" }, ["record A", "record B"]],
  ] as const)("end with an error after the records of the page whose cursor %s", async (_name, next, input, records) => {
    const here = await stage(circle(next));
    const { events, error } = await crawl(here, input);
    expect(error).toMatchObject({ code: "upstream_invalid_response" });
    expect(recordsOf(events)).toEqual(records);
    expect(events.at(-1)).not.toHaveProperty("cursor");
    expect(here.asked).toHaveLength(records.length);
  });

  it("give the records of a page that has no way to the next one, then the error", async () => {
    const { events, error } = await crawl(await stage(circle({ "": "A", A: null })));
    expect(recordsOf(events)).toEqual(["record ", "record A"]);
    expect(error).toMatchObject({ code: "upstream_invalid_response" });
    const nothing = await crawl(await stage(() => ({ data: [], hasNext: true })));
    expect([nothing.events, (nothing.error as { code?: string }).code]).toEqual([[], "upstream_invalid_response"]);
  });

  it("tell at their end the first ten places where records are not as documented, and count all", async () => {
    const here = await stage((url) => {
      const at = url.searchParams.get("offset") ?? "";
      const data = Array.from({ length: 7 }, (_, i) => ({ id: `${at}${i}`, text: 7 }));
      return { data, hasNext: at === "", ...(at === "" && { next: "A" }) };
    });
    const done = (await crawl(here)).events.at(-1);
    expect(done).toMatchObject({ type: "done", count: 14, schemaWarnings: { count: 14 } });
    expect(done?.type === "done" && done.schemaWarnings?.issues.map(({ pointer }) => pointer)).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 0, 1, 2].map((at) => `/data/${at}/text`),
    );
  });

  it("tell after each page where the next one begins, also after one without records", async () => {
    const pages: Record<string, object> = {
      "": { data: [{ id: "1", text: 7 }], hasNext: true, next: "A" },
      A: { data: [], hasNext: true, next: "B" },
      B: { data: [{ id: "2", text: "Stage" }], hasNext: false },
    };
    const { events } = await crawl(await stage((url) => pages[url.searchParams.get("offset") ?? ""]));
    expect(events).toMatchObject([
      { type: "records", count: 1, cursor: "A" },
      { type: "records", count: 1, cursor: "B", records: [] },
      { type: "records", count: 2 },
      { type: "done", count: 2, schemaWarnings: { count: 1 } },
    ]);
    expect(events[2]).not.toHaveProperty("cursor");
  });

  it("are refused for an operation that has none", async () => {
    const here = await stage(() => ({ data: [] }));
    const input = { opportunity_id: "5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10" };
    const of = { access: accessTo("default"), credential: here.id, operation: "retrieve_opportunity", input };
    await expect(here.runtime.pages(of).next()).rejects.toMatchObject({
      code: "input_invalid",
      details: { issues: [{ pointer: "", keyword: "paginated" }] },
    });
    expect(here.asked).toEqual([]);
  });

  it("say at their end whether they began at a cursor", async () => {
    const here = await stage(circle({ "": "A", A: undefined }));
    expect((await crawl(here)).events.at(-1)).toEqual({ type: "done", count: 2 });
    expect((await crawl(here, { offset: "A" })).events.at(-1)).toEqual({ type: "done", count: 1, from: "cursor" });
  });
});

describe("a pick list", () => {
  const query = (here: Stage) => ({ access: accessTo("default"), credential: here.id, list: "stages" });

  it("stops asking Lever when everybody who waited for it has left, and not before", async () => {
    const pages: (() => void)[] = [];
    let page = 0;
    const here = await stage(async () => {
      await new Promise<void>((resolve) => pages.push(resolve));
      page += 1;
      return { data: [{ id: `s${page}`, text: "Stage" }], hasNext: true, next: `c${page}` };
    });
    const answerPage = async (nth: number) => {
      await until(() => pages.length === nth);
      pages[nth - 1]?.();
    };
    const [first, second] = [new AbortController(), new AbortController()];
    const one = here.services.pickLists.options({ ...query(here), signal: first.signal });
    const two = here.services.pickLists.options({ ...query(here), refresh: true, signal: second.signal });
    await answerPage(1);
    first.abort();
    await expect(one).rejects.toMatchObject({ code: "cancelled" });
    await answerPage(2);
    await until(() => pages.length === 3);
    second.abort();
    await expect(two).rejects.toMatchObject({ code: "cancelled" });
    pages[2]?.();
    const third = here.services.pickLists.options(query(here));
    await until(() => here.asked.length === 4);
    // A crawl that went on would have asked for c3 by now, since its page was answered before the new crawl began.
    expect(here.asked.map((url) => url.searchParams.get("offset"))).toEqual([null, "c1", "c2", null]);
    pages[3]?.();
    await until(() => pages.length === 5);
    await here.dispose();
    await expect(third).rejects.toMatchObject({ code: "cancelled" });
  });

  it("is not read for a caller who has left before", async () => {
    const here = await stage(circle({}));
    const signal = AbortSignal.abort("gone");
    await expect(here.services.pickLists.options({ ...query(here), signal })).rejects.toMatchObject({
      code: "cancelled",
      cause: "gone",
    });
    expect((await here.services.pickLists.options(query(here))).count).toBe(1);
  });

  it("is read once for thirty callers who all want it fresh", async () => {
    const here = await stage(circle({ "": "A", A: undefined }));
    await here.services.pickLists.options(query(here));
    const all = Array.from({ length: 30 }, () => here.services.pickLists.options({ ...query(here), refresh: true }));
    for (const { count } of await Promise.all(all)) expect(count).toBe(2);
    expect(here.asked).toHaveLength(4);
  });

  it("fails where its pages have no end", async () => {
    const here = await stage(circle({ "": "A", A: "B", B: "A" }));
    await expect(here.services.pickLists.options(query(here))).rejects.toMatchObject({ code: "upstream_invalid_response" });
  });
});

describe("the test of a credential", () => {
  it("does not look for the default user in pages that have no end, and says that they could not be read", async () => {
    const here = await stage(circle({ "": "A", A: "B", B: "A" }));
    const id = await here.credential("here", "some-user");
    const report = await here.services.test(accessTo("default"), id);
    expect(report.checks.find((check) => check.id === "perform_as")).toMatchObject({
      state: "skipped",
      message: expect.stringContaining("could not be read"),
    });
    expect(here.asked.filter((url) => url.pathname.endsWith("/users"))).toHaveLength(4);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !isSo(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  if (!isSo()) throw new Error("it did not come to pass");
}
