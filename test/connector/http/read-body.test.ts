import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { isJsonType, Pieces, readJson } from "../../../connector/http/read-body.ts";

describe("the pieces of a body", () => {
  it.each([
    ["few", [1, 2, 3]],
    ["a single large one", [100_000]],
    ["64 small ones, which are kept", Array(64).fill(10)],
    ["65 small ones, of which the last is copied", Array(65).fill(10)],
    ["thousands of single bytes", Array(5_000).fill(1)],
    ["more small ones than fit into a block", Array(200).fill(1_000)],
    ["small ones that fill a block to its last byte, and one more", [...Array(64).fill(1), ...Array(16).fill(4_095), 16, 1]],
    ["large ones between small ones", [...Array(70).fill(3), 4_096, 5, 70_000, 5, 4_095, 5]],
    ["empty ones", [0, ...Array(70).fill(0), 1]],
  ])("are put together in order: %s", (_name, sizes: number[]) => {
    let next = 0;
    const all = sizes.map((size) => Buffer.from(Array.from({ length: size }, () => next++ % 251)));
    const pieces = new Pieces();
    for (const piece of all) {
      const lent = Buffer.from(piece);
      pieces.add(lent);
      // What is small and late was copied: its own memory may be used for something else.
      if (all.indexOf(piece) >= 64 && piece.length < 4_096) lent.fill(0);
    }
    expect(pieces.join().equals(Buffer.concat(all))).toBe(true);
    expect(pieces.join().equals(Buffer.concat(all))).toBe(true);
  });

  it("need no object for each, and no copy where there is one", () => {
    const pieces = new Pieces();
    const only = Buffer.from("only");
    pieces.add(only);
    expect(pieces.join()).toBe(only);
  });

  it("are put together whatever their sizes", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 4_000, max: 4_200 })), { maxLength: 300 }),
        (sizes) => {
          const all = sizes.map((size, at) => Buffer.alloc(size, at % 256));
          const pieces = new Pieces();
          for (const piece of all) pieces.add(piece);
          return pieces.join().equals(Buffer.concat(all));
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("a body", () => {
  const read = (text: string, maxDepth = 64) => readJson(Buffer.from(text), maxDepth);
  const LARGE = 262_145;
  const large = (text: string) => text.replace("…", "x".repeat(LARGE));

  it.each([
    ["small", (text: string) => text.replace("…", "")],
    ["large", large],
  ])("may nest as deep as the limit and no deeper, brackets in texts aside: %s", (_name, fill) => {
    expect(read(fill('{"a":[{"b":"[[[{\\"…"}]}'), 3).problem).toBeUndefined();
    expect(read(fill('{"a":[{"b":"…"}]}'), 2).problem).toBe("too_deep");
    expect(read(fill('[[],[],{},{"a":"…"}]'), 2).problem).toBeUndefined();
    expect(read(fill('[[],[[]],{},{"a":"…"}]'), 2).problem).toBe("too_deep");
    expect(read(fill('{"a":{},"b":{"c":{"d":"…"}}}'), 2).problem).toBe("too_deep");
    expect(read(fill('{"a":"…\\\\","b":[[1]]}'), 2).problem).toBe("too_deep");
    expect(read(fill('"…"'), 0).problem).toBeUndefined();
    expect(read(fill('["…"]'), 0).problem).toBe("too_deep");
  });

  it("may hold half a million values and no more", () => {
    const list = (count: number) => `[${"1,".repeat(count - 2)}1]`;
    expect((read(list(500_000)).body as unknown[]).length).toBe(499_999);
    expect(read(list(500_001)).problem).toBe("too_large");
    expect(read(`[${"[],".repeat(250_000)}[]]`).problem).toBe("too_large");
    expect(read(`["${",".repeat(600_000)}"]`).problem).toBeUndefined();
  });

  it("is empty, or JSON, or nothing that is told", () => {
    expect(read("")).toEqual({ body: undefined });
    expect(read("null")).toEqual({ body: null });
    for (const text of ['{"a":', large('{"a":"…"'), "canary", "\ufeff"]) expect(read(text)).toEqual({ problem: "not_json" });
    expect(read("\ufeff[1]")).toEqual({ body: [1] });
    expect(readJson(Buffer.from([0xef, 0xbb, 0x5b, 0x5d]), 1).problem).toBe("not_json");
    expect(readJson(Buffer.from([0xef, 0x5b, 0xbf, 0x5d]), 1).problem).toBe("not_json");
  });

  it("keeps its numbers, and has them rounded beside it only where that differs", () => {
    expect(read('{"a":1}')).toEqual({ body: { a: 1 } });
    const { body, rounded } = read('{"a":12345678901234567891}');
    expect([String((body as { a: unknown }).a), rounded]).toEqual(["12345678901234567891", { a: 12345678901234567000 }]);
  });
});

describe("a content type", () => {
  it.each([
    [undefined, true],
    ["application/json", true],
    ["application/json; charset=utf-8", true],
    ["Application/JSON", true],
    ["application/vnd.api+json;v=1", true],
    ["application/hal+json", true],
    ["application/problem+json ; x", true],
    [["application/json", "text/html"], false],
    ["text/html", false],
    ["text/json", false],
    ["application/jsonp", false],
    ["application/json-seq", false],
    ["application/xjson", false],
    ["application/hal+jsonx", false],
    ["x application/hal+json", false],
    ["", false],
  ])("%j is JSON: %p", (type, isJson) => {
    expect(isJsonType(type as string)).toBe(isJson);
  });
});
