import { describe, expect, it } from "@jest/globals";
import { toDocument, toKept, toKeptValue, toKey } from "../../store/mongo-values.ts";

const kept = (value: unknown) => toKeptValue(value);
const enveloped = (value: unknown) => ({ _json: JSON.stringify(value) });

describe("a value in MongoDB", () => {
  it.each([[null], [0], [1.5], ["text"], [true], [[]], [{}], [{ a: [{ b: null }] }], ["\u{1f600}"]])(
    "stays an ordinary one: %j",
    (value) => {
      expect(kept(value)).toEqual(value);
    },
  );

  it.each([
    [{ "": 1 }],
    [{ $gt: 1 }],
    [{ _id: 1 }],
    [{ _json: "x" }],
    [{ "a.b": 1 }],
    [{ "a\u0000": 1 }],
    [{ toBSON: 1 }],
    [{ "\ud800": 1 }],
    ["\udc00"],
    [["\ud800"]],
    [{ a: "\ud800" }],
    [[{ $gt: 1 }]],
  ])("that BSON or its driver would change is kept as text: %j", (value) => {
    expect(kept(value)).toEqual(enveloped(value));
    expect(kept({ inner: value })).toEqual(enveloped({ inner: value }));
    expect(toDocument({ _id: "p/i", value: kept(value) })).toEqual({ value: JSON.parse(JSON.stringify(value)) });
  });

  it("is kept as text where it is nested deeper than forty levels", () => {
    const nested = (levels: number) => {
      let value: unknown = 1;
      for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { value };
      return value;
    };
    expect(kept(nested(41))).toEqual(nested(41));
    expect(kept(nested(42))).toEqual(enveloped(nested(42)));
  });

  it("is JSON as the embedded store would keep it", () => {
    expect(kept(undefined)).toBeNull();
    expect(kept(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
    expect(toKept({ a: undefined, b: [undefined], c: { d: undefined } })).toEqual({ b: [null], c: {} });
  });

  it("is found under a key that no two documents share", () => {
    expect(toKey("p", "a/b")).toBe("p/a/b");
    expect(toKey("p/a", "b")).toBe("p%2Fa/b");
    expect(toKey("p%2Fa/x/y", "b")).toBe("p%252Fa%2Fx%2Fy/b");
  });

  it("comes back without the server's own key", () => {
    const document = { _id: "p/i", id: "i", list: [1], none: null, nested: { _jsonish: 1 }, text: { _json: '{"$a":1}' } };
    expect(toDocument(document)).toEqual({ id: "i", list: [1], none: null, nested: { _jsonish: 1 }, text: { $a: 1 } });
  });
});
