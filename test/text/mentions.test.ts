import { describe, expect, it } from "@jest/globals";
import { createMentions } from "../../text/mentions.ts";

const ID = "d6d1bbf5-ec8e-4a42-9ce6-f62fe6003c6c";
const isMentioned = createMentions([ID, "ada@example.com"]);

describe("a person is named", () => {
  it.each([
    "ada@example.com",
    "Ada <ADA@Example.COM>, and others",
    "mailto:ada@example.com?subject=x",
    "Write to ada@example.com.",
    "q=ada%40example.com&x=1",
    `%5B3%2C157%2C%22${ID}%22%5D`,
    `https://hire.example/candidates/${ID}?x`,
    `item ${ID}: refused`,
  ])("in %s", (text) => expect([isMentioned(text), isMentioned({ a: [{ b: text }] })]).toEqual([true, true]));

  it("by the name of a field", () => expect(isMentioned({ [ID]: 1 })).toBe(true));

  it.each([
    "lada@example.com",
    "x.ada@example.com",
    "ada@example.com.au",
    "ada@example.community",
    `${ID}0`,
    `1${ID}`,
    "",
    "ada",
  ])("but not in %s", (text) => expect(isMentioned([text, null, 7, { [text]: true }])).toBe(false));
});
