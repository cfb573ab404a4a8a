import { describe, expect, it } from "@jest/globals";
import { toPageLines } from "../../runtime/page-lines.ts";
import type { Meta } from "../../runtime/types.ts";

const meta = {} as Meta;

describe("the lines of a crawl", () => {
  it("hold each record, and the cursor of the next page with the records so far", () => {
    const page = { type: "records", records: [{ id: "1" }, { id: "2" }], count: 12, cursor: "A", meta } as const;
    expect(toPageLines(page)).toEqual([{ data: { id: "1" } }, { data: { id: "2" } }, { cursor: "A", count: 12 }]);
  });

  it("hold no cursor after the last page, and nothing for an empty one", () => {
    expect(toPageLines({ type: "records", records: [{ id: "1" }], count: 1, meta })).toEqual([{ data: { id: "1" } }]);
    expect(toPageLines({ type: "records", records: [], count: 1, meta })).toEqual([]);
  });

  it("say at the end how many records there were and where they began", () => {
    expect(toPageLines({ type: "done", count: 3, from: "cursor" })).toEqual([{ done: true, count: 3, from: "cursor" }]);
  });
});
