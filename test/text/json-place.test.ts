import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { whereJsonBreaks } from "../../text/json-place.ts";

describe("where a text stops being JSON", () => {
  it.each([
    ["", "line 1, column 1"],
    ["{", "line 1, column 2"],
    ['{"a":1}}', "line 1, column 8"],
    ['{\n  "a": 1,\n}', "line 3, column 1"],
    ['{\r\n  "a": 1\r\n  "b": 2\r\n}', "line 3, column 3"],
    ['{"a": [1, 2}', "line 1, column 12"],
    ['{"a" 1}', "line 1, column 6"],
    ["{a: 1}", "line 1, column 2"],
    ["{1: 1}", "line 1, column 2"],
    ['{"a": 01}', "line 1, column 7"],
    ['["a\nb"]', "line 1, column 2"],
    ["[1] // one", "line 1, column 5"],
    ["[1,]", "line 1, column 4"],
    ["nullx", "line 1, column 1"],
  ])("is told of %j", (text, place) => {
    expect(whereJsonBreaks(text)).toBe(place);
  });

  it("is told exactly where JSON.parse refuses it", () => {
    const pieces = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      "1",
      "-0.5e3",
      "01",
      "true",
      "null",
      "nul",
      " ",
      "\n",
      "\u00a0",
      '"',
      "\\",
    );
    const texts = fc.oneof(
      fc.json(),
      fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(whereJsonBreaks(text) === undefined).toBe(isJson(text));
      }),
      { numRuns: 5000 },
    );
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
