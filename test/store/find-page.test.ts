import { describe, expect, it } from "@jest/globals";
import type { FindOptions, StoredDocument } from "../../store/document-store.ts";
import { findPage, type PageOptions } from "../../store/find-page.ts";

/** A list of so many documents, two of them in each millisecond, and what was asked of it. */
function listOf(count: number) {
  const all = Array.from({ length: count }, (_, at) => ({
    ...{ id: String(at).padStart(6, "0"), project: "p1", version: 1, createdAtMs: Math.floor(at / 2) },
  }));
  const asked: FindOptions[] = [];
  async function find(options: FindOptions): Promise<StoredDocument[]> {
    asked.push(options);
    const { after, limit, sort } = options;
    const ordered = sort?.[0] === "-createdAtMs" ? all.toReversed() : all;
    const from = after === undefined ? 0 : ordered.findIndex(({ id }) => id === after.id) + 1;
    if (after !== undefined) expect(ordered[from - 1]?.createdAtMs).toBe(after.createdAtMs);
    return ordered.slice(from, from + Number(limit));
  }
  const page = (options: PageOptions) => findPage(find, ({ id }) => Number(id), options);
  /** The records of each page, from the first to the last. */
  async function pages(options: PageOptions): Promise<number[][]> {
    const found: number[][] = [];
    for (let cursor: string | undefined; ; ) {
      const { data, next } = await page({ ...options, cursor });
      found.push(data);
      if (next === undefined) return found;
      cursor = next;
    }
  }
  return { asked, page, pages };
}

describe("a page of a list", () => {
  it("is followed by the next one until nothing is left, in either direction", async () => {
    expect(await listOf(5).pages({ limit: 2 })).toEqual([[0, 1], [2, 3], [4]]);
    expect(await listOf(5).pages({ limit: 2, newestFirst: true })).toEqual([[4, 3], [2, 1], [0]]);
    expect(await listOf(4).pages({ limit: 2 })).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(await listOf(0).pages({})).toEqual([[]]);
  });

  it("has a hundred records unless told otherwise, and is read at once", async () => {
    const list = listOf(150);
    expect((await list.pages({})).map(({ length }) => length)).toEqual([100, 50]);
    expect(list.asked.map(({ limit }) => limit)).toEqual([101, 101]);
  });

  it("is full where an index cannot tell which are listed, as long as there are enough", async () => {
    const isListed = ({ id }: StoredDocument) => Number(id) % 700 === 0;
    expect(await listOf(4000).pages({ limit: 2, isListed })).toEqual([
      [0, 700],
      [1400, 2100],
      [2800, 3500],
    ]);
    const few = listOf(2500);
    expect(await few.pages({ limit: 500, isListed })).toEqual([[0, 700, 1400, 2100]]);
    expect(few.asked).toHaveLength(3);
  });

  it("may be short or empty, with a cursor, once five thousand were looked at", async () => {
    const last = ({ id }: StoredDocument) => Number(id) === 11_000;
    const list = listOf(11_001);
    expect(await list.pages({ limit: 2, isListed: last })).toEqual([[], [], [11_000]]);
    expect(list.asked).toHaveLength(12);
  });

  it.each([0, 501, 1.5, -1])("may not have %d records", async (limit) => {
    await expect(listOf(1).page({ limit })).rejects.toMatchObject({
      code: "input_invalid",
      details: { issues: [{ pointer: "/limit", keyword: "range" }] },
    });
  });

  it.each([1, 500])("may have %d records", async (limit) => {
    expect((await listOf(501).page({ limit })).data).toHaveLength(limit);
  });

  const encoded = (text: string) => Buffer.from(text).toString("base64url");
  it.each([
    ...["", "?", encoded("[1"), encoded("7"), encoded("[]"), encoded('{"createdAtMs":1,"id":"1"}')],
    ...[encoded('[1.5,"1"]'), encoded('["1","1"]'), encoded("[1,1]"), encoded('[1,"1",2]'), encoded("null")],
  ])("does not begin at the cursor %j", async (cursor) => {
    await expect(listOf(1).page({ cursor })).rejects.toMatchObject({ code: "cursor_invalid" });
  });
});
