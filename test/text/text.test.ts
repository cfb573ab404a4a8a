import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createSearch, fold } from "../../text/fold.ts";
import { itemsText } from "../../text/items.ts";
import { nameFault, toName } from "../../text/names.ts";
import { printable, printableJson, printableLines } from "../../text/printable.ts";
import { includesScope } from "../../text/scopes.ts";
import { cutToWidth, displayWidth, padToWidth } from "../../text/width.ts";

/** Whole characters, of every script and none. */
const anyText = fc.string({ unit: "binary" });

describe("a search", () => {
  it.each([
    ["Café, composed", "caf\u00e9", "Cafe\u0301 Central"],
    ["Café, taken apart", "cafe\u0301", "Caf\u00e9 Central"],
    ["an accent left out", "cafe", "Caf\u00e9 Central"],
    ["ß typed as ss", "strasse", "Hauptstraße"],
    ["ss typed as ß", "straße", "HAUPTSTRASSE"],
    ["a capital ß", "straße", "HAUPTSTRAẞE"],
    ["a dotted capital I", "istanbul", "İstanbul"],
    ["a dotless small i", "DIYARBAKIR", "Diyarbakır"],
    ["a ligature", "office", "Oﬃce"],
    ["full-width letters", "abc1", "ＡＢＣ１"],
    ["half-width katakana", "ガス", "ｶﾞｽ"],
    ["a final sigma", "ΟΔΟΣ", "οδος"],
    ["a sigma within a word", "οδοσ", "ΟΔΟΣ ΑΘΗΝΑΣ"],
    ["an iota subscript in capitals", "ΑΙ", "ᾳ"],
    ["a soft hyphen", "personal", "Per\u00adsonal"],
    ["an invisible filler", "ab", "a\u115fb"],
    ["a blank that does not break", "new york", "New\u00a0York"],
    ["two blanks", "new york", "New  York"],
    ["blanks around what is typed", "  york ", "New York"],
    ["Cyrillic ё typed as е", "семен", "Семён"],
  ])("finds %s", (_what, search, text) => {
    expect(createSearch(search)(text)).toBe(true);
  });

  it.each([
    ["another word", "tea", "Café"],
    ["a letter that only looks the same", "а", "a"],
    ["a kana with another sound", "か", "が"],
    ["letters that stand apart", "ny", "New York"],
  ])("does not find %s", (_what, search, text) => {
    expect(createSearch(search)(text)).toBe(false);
  });

  it("looks into each of several texts, never across them, and passes over what is absent", () => {
    const isFound = createSearch("b c");
    expect([isFound("a b", "c d"), isFound(undefined, "x", "ab cd"), isFound(undefined)]).toEqual([false, true, false]);
  });

  it("finds everything while nothing is typed", () => {
    expect([createSearch("")(), createSearch(" \u00ad")("x")]).toEqual([true, true]);
  });

  it("compares alike however a text is composed and in whatever case it is, for every character there is", () => {
    const different: string[] = [];
    for (let code = 0; code <= 0x10ffff; code += code === 0xd7ff ? 0x801 : 1) {
      const text = String.fromCodePoint(code);
      const folded = fold(text);
      const spellings = [text.normalize("NFD"), text.normalize("NFKC"), text.toUpperCase(), text.toLowerCase(), folded];
      if (spellings.some((spelling) => spelling !== text && fold(spelling) !== folded)) different.push(code.toString(16));
    }
    expect(different).toEqual([]);
  });
});

describe("text for a terminal", () => {
  it("drives nothing: escapes, C1, DEL, direction marks and line separators are shown as ?", () => {
    const wild = "\u001b[2J\u009b2J\u007f\u202e\u2066\u061c\u200f\u2028\u2029\r\n\t\0\ud800\uffff\ufff9x";
    expect(printable(wild)).toBe("?[2J?2J??????????????x");
  });

  it("keeps what people write", () => {
    for (const text of ["Zoë Ørsted", "株式会社", "مرحبا", "👩‍👩‍👧 ❤️", "می‌خواهم", "a\u00a0b"]) expect(printable(text)).toBe(text);
  });

  it("keeps its lines where it has several", () => {
    expect(printableLines("a\n\u001bb\r\nc")).toBe("a\n?b?\nc");
  });

  it("is escaped in JSON, which says the same as before", () => {
    const value = { "k\u009b": ["a\u007f\u202e", "b\u001b\n", "\u{1ffff}", "é👩‍👩‍👧"] };
    const json = printableJson(JSON.stringify(value, null, 2));
    expect(json).toContain('"k\\u009b"');
    expect(json).toContain('"a\\u007f\\u202e"');
    expect(json).toContain('"\\ud83f\\udfff"');
    expect(json).toContain('"é👩‍👩‍👧"');
    expect(json.split("\n")).toHaveLength(8);
  });

  it("is JSON with the same meaning for every text, and never holds what drives a terminal", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = printableJson(JSON.stringify({ [text]: text }));
        expect(JSON.parse(json)).toEqual({ [text]: text });
        expect(printable(json)).toBe(json);
      }),
    );
  });
});

describe("the width of a text", () => {
  it.each([
    ["plain", 5],
    ["", 0],
    ["é", 1],
    ["e\u0301", 1],
    ["日本語", 6],
    ["ｶﾅ", 2],
    ["ＡＢ", 4],
    ["한글", 4],
    ["한", 2],
    ["👩‍👩‍👧", 2],
    ["👍🏽", 2],
    ["🇩🇪", 2],
    ["❤️", 2],
    ["❤", 1],
    ["1️⃣", 2],
    ["a\u200bb\u00ad", 2],
    ["𠮷野家", 6],
    ["…–„“", 4],
  ])("of %j is %i columns", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });

  it.each([
    ["short", 5, "short"],
    ["longer text", 6, "longe…"],
    ["日本語のテキスト", 7, "日本語…"],
    ["日本語のテキスト", 6, "日本…"],
    ["a👩‍👩‍👧👩‍👩‍👧b", 4, "a👩‍👩‍👧…"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
  ])("%j in %i columns is %j", (text, width, cut) => {
    expect(cutToWidth(text, width)).toBe(cut);
  });

  it("is what padding fills up", () => {
    expect([padToWidth("日本", 6), padToWidth("👍🏽", 3), padToWidth("long", 2)]).toEqual(["日本  ", "👍🏽 ", "long"]);
  });

  it("is kept by cutting, and no character is cut in two", () => {
    const segmenter = new Intl.Segmenter();
    const parts = (text: string) => Array.from(segmenter.segment(text), ({ segment }) => segment);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 12 }), (text, width) => {
        const cut = cutToWidth(text, width);
        expect(displayWidth(cut)).toBeLessThanOrEqual(width);
        if (cut !== text)
          expect(
            parts(text)
              .join("\0")
              .startsWith(parts(cut.slice(0, -1)).join("\0")),
          ).toBe(true);
      }),
    );
  });
});

describe("a name that a person gives", () => {
  const faultOf = (text: string) => nameFault(toName(text), { idPrefix: "cred_" });

  it.each([
    "HR",
    "株式会社",
    "Acme – EU & Co.",
    "Zoë",
    "❤️",
    "👩‍👩‍👧",
    "👩🏽‍🚀",
    "🏳️‍🌈",
    "1️⃣",
    "credentials",
    "my cred_x",
    "x".repeat(100),
  ])("may be %j", (name) => {
    expect(faultOf(name)).toBeUndefined();
  });

  it.each([
    ["nothing", "", "minLength", "must not be empty"],
    ["blanks alone", " \u3000\t", "minLength", "must not be empty"],
    ["101 characters", "x".repeat(101), "maxLength", "must be at most 100 characters"],
    ["a line break", "a\nb", "pattern", "must not hold control or invisible characters (U+000A)"],
    ["an escape", "a\u001b[2Jb", "pattern", "must not hold control or invisible characters (U+001B)"],
    ["a C1 control", "a\u009bb", "pattern", "must not hold control or invisible characters (U+009B)"],
    ["a soft hyphen", "Sa\u00adles", "pattern", "must not hold control or invisible characters (U+00AD)"],
    ["a Hangul filler", "Sales\u115f", "pattern", "must not hold control or invisible characters (U+115F)"],
    ["a blank without width", "Sa\u200bles", "pattern", "must not hold control or invisible characters (U+200B)"],
    ["a direction mark", "\u202eselaS", "pattern", "must not hold control or invisible characters (U+202E)"],
    ["a blank that looks like another", "a\u00a0b", "pattern", "must not hold control or invisible characters (U+00A0)"],
    ["a line separator", "a\u2028b", "pattern", "must not hold control or invisible characters (U+2028)"],
    ["a lone surrogate", "a\ud800", "pattern", "must not hold control or invisible characters (U+D800)"],
    ["a private character", "a\ue000", "pattern", "must not hold control or invisible characters (U+E000)"],
    ["the blank of Braille", "\u2800", "pattern", "must not hold control or invisible characters (U+2800)"],
    ["a selector where it shows nothing", "1\ufe0f", "pattern", "must not hold control or invisible characters (U+FE0F)"],
    ["a joiner that joins nothing", "👩\u200d", "pattern", "must not hold control or invisible characters (U+200D)"],
    ["a joiner between letters", "a\u200db", "pattern", "must not hold control or invisible characters (U+200D)"],
    ["two spaces in a row", "a  b", "pattern", "must not hold two spaces in a row"],
    ["the beginning of an id", "cred_sales", "pattern", "must not begin with cred_, as ids do"],
    ["the beginning of an id in capitals", "CRED_Sales", "pattern", "must not begin with cred_, as ids do"],
  ])("may not hold or be %s", (_what, name, keyword, message) => {
    expect(faultOf(name)).toEqual({ keyword, message });
  });

  it("counts characters as JSON Schema does", () => {
    expect([faultOf("𠮷".repeat(100)), faultOf("𠮷".repeat(101))?.keyword]).toEqual([undefined, "maxLength"]);
  });

  it("is one name however it is composed", () => {
    expect(toName(" Cafe\u0301 ")).toBe("Caf\u00e9");
  });
});

describe("a scope", () => {
  it.each([
    ["tags:write:admin", "tags:read:admin", true],
    ["credentials:write", "credentials:read", true],
    ["tags:read:admin", "tags:read:admin", true],
    ["offline_access", "offline_access", true],
    ["tags:read:admin", "tags:write:admin", false],
    ["tags:write:admin", "tags:read", false],
    ["tags:write", "tags:read:admin", false],
    ["stages:write:admin", "tags:read:admin", false],
    ["x:writer", "x:reader", false],
  ])("%s includes %s: %s", (own, other, isIncluded) => {
    expect(includesScope(own, other)).toBe(isIncluded);
  });
});

describe("the progress of a step over several items", () => {
  const counts = { succeeded: 120, failed: 1, skipped: 0 };
  const endsAt = new Date(8_000).toISOString();
  it.each([
    [counts, "120 done, 1 failed, 0 skipped"],
    [{ ...counts, total: 121 }, "120 done, 1 failed, 0 skipped"],
    [{ ...counts, total: 200, perMinute: 570, endsAt }, "120 done, 1 failed, 0 skipped of 200, 570 a minute, about 8 s left"],
    [
      { ...counts, known: 200, perMinute: 570, endsAt },
      "120 done, 1 failed, 0 skipped of 200 or more, 570 a minute, at least 8 s left",
    ],
  ])("says of %j: %s", (progress, text) => {
    expect(itemsText(progress, 0)).toBe(text);
  });
});
