import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parseJson } from "../../connector/safe-json.ts";
import { isConnectorError } from "../../errors/connector-error.ts";

function refusal(text: string): { code: string; pointer?: string; keyword?: string; text: string } {
  try {
    parseJson(text);
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    const issue = error.details.issues?.[0];
    return { code: error.code, ...(issue && { pointer: issue.pointer, keyword: issue.keyword }), text: JSON.stringify(error) };
  }
  throw new Error("it was accepted");
}

describe("parseJson", () => {
  it("reads whatever JSON.stringify writes", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8, noUnicodeString: false }), (text) => {
        fc.pre(!/__proto__|constructor|prototype/.test(text));
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it("takes brackets, quotes and colons inside of strings for text", () => {
    const value = { 'a"b': ["}{", "]:[", '"', "\\", '\\"'], ":": { ",": "," }, "": [[], {}, [{}]] };
    expect(parseJson(JSON.stringify(value, null, 2))).toEqual(value);
  });

  it.each([
    "",
    " ",
    "{",
    "[1,]",
    "{a:1}",
    "{'a':1}",
    "nul",
    "NaN",
    '{"a":1}x',
    '"\u0001"',
    "01",
    "\ufeff{}",
    '{"secret":"canary"',
  ])("refuses %j without repeating it", (text) => {
    expect(refusal(text)).toMatchObject({ code: "malformed_json" });
    expect(refusal(text).text).not.toContain("canary");
  });

  it("allows 32 levels and refuses the 33rd", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(parseJson(nested(32))).toBeDefined();
    expect(refusal(nested(33))).toMatchObject({ keyword: "depth", pointer: "/0".repeat(32) });
    expect(refusal(`${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`)).toMatchObject({ keyword: "depth" });
  });

  it.each([
    ['{"a":1,"a":2}', "/a"],
    ['{"a":{"b":[1,{"c":1,"c":1}]}}', "/a/b/1/c"],
    ['{"a/b~":{"x":1,"\\u0078":2}}', "/a~1b~0/x"],
    ['[{"a" :1,\n"a"\t: 2}]', "/0/a"],
  ])("refuses the repeated key of %s", (text, pointer) => {
    expect(refusal(text)).toMatchObject({ keyword: "duplicate", pointer });
  });

  it.each([
    ['{"__proto__":{"admin":true}}', "/__proto__"],
    ['{"input":{"constructor":{}}}', "/input/constructor"],
    ['{"a":[{"prototype":1}]}', "/a/0/prototype"],
    ['{"\\u005f_proto__":1}', "/__proto__"],
  ])("refuses the key of %s", (text, pointer) => {
    expect(refusal(text)).toMatchObject({ keyword: "key", pointer });
  });

  it("lets the same words through where they are values", () => {
    expect(parseJson('["__proto__", "constructor"]')).toEqual(["__proto__", "constructor"]);
    expect(parseJson('{"a":"prototype","b":"a"}')).toEqual({ a: "prototype", b: "a" });
  });
});
