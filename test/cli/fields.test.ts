import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { FieldError, fieldsToInput, readFieldArguments, readFieldPair } from "../../cli/fields.ts";
import { columnWidths, tableLines, toText } from "../../cli/table.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";

const schema: JsonSchema = {
  type: "object",
  properties: {
    opportunity_id: { type: "string" },
    tags: { type: "array", items: { type: "string" } },
    stage_id: { type: "array", items: { type: "string" } },
    counts: { type: "array", items: { type: "integer" } },
    archived: { type: "boolean" },
    limit: { type: "integer" },
    ratio: { type: ["number", "null"] },
    created_at_start: { anyOf: [{ type: "integer" }, { type: "string", format: "date-time" }] },
    nested: { type: "object" },
    no_show: { type: "string" },
  },
};

function read(...words: string[]): Record<string, unknown> {
  return fieldsToInput(readFieldArguments(words), schema);
}

describe("fields on the command line", () => {
  it("makes a list of a repeated field", () => {
    expect(read("--stage_id", "a", "--stage_id", "b")).toEqual({ stage_id: ["a", "b"] });
  });

  it("makes a list of one value", () => {
    expect(read("--tags", "Verified")).toEqual({ tags: ["Verified"] });
  });

  it("takes the singular for a list field", () => {
    expect(read("--tag", "Verified", "--tag", "X Y", "--tags", "Z")).toEqual({ tags: ["Verified", "X Y", "Z"] });
  });

  it("takes a JSON list as it is", () => {
    expect(read("--tags", '["a","b"]', "--tags", "[c")).toEqual({ tags: ["a", "b", "[c"] });
  });

  it("takes dashes for underscores", () => {
    expect(read("--opportunity-id", "x")).toEqual({ opportunity_id: "x" });
  });

  it("takes a value after an equals sign, also one that looks like an option", () => {
    expect(read("--opportunity_id=--x", "--tag=a=b")).toEqual({ opportunity_id: "--x", tags: ["a=b"] });
  });

  it("types values by the schema", () => {
    expect(read("--limit", "5", "--ratio", "-0.5", "--counts", "1", "--counts", "2")).toEqual({
      limit: 5,
      ratio: -0.5,
      counts: [1, 2],
    });
    expect(read("--created_at_start", "1767225600000")).toEqual({ created_at_start: 1_767_225_600_000 });
    expect(read("--created_at_start", "2026-01-01T00:00:00Z")).toEqual({ created_at_start: "2026-01-01T00:00:00Z" });
    expect(read("--ratio", "null", "--nested", '{"a":1}')).toEqual({ ratio: null, nested: { a: 1 } });
  });

  it("keeps text that looks like a number, a boolean or null", () => {
    expect(read("--opportunity_id", "007", "--tag", "5", "--tag", "true", "--tag", "null")).toEqual({
      opportunity_id: "007",
      tags: ["5", "true", "null"],
    });
  });

  it("reads switches as booleans", () => {
    expect(read("--archived")).toEqual({ archived: true });
    expect(read("--no-archived")).toEqual({ archived: false });
    expect(read("--archived", "false", "--limit", "1")).toEqual({ archived: false, limit: 1 });
    expect(read("--archived", "--limit", "1")).toEqual({ archived: true, limit: 1 });
  });

  it("does not take a field whose name begins with no_ for a negation", () => {
    expect(read("--no-show", "x")).toEqual({ no_show: "x" });
  });

  it("leaves wrong values to the schema", () => {
    expect(read("--limit", "many", "--archived", "maybe")).toEqual({ limit: "many", archived: "maybe" });
  });

  it.each([
    [["--nope", "1"], "unknown field '--nope'"],
    [["--__proto__", "1"], "unknown field '--__proto__'"],
    [["--constructor", "1"], "unknown field '--constructor'"],
    [["--limit", "1", "--limit", "2"], "--limit is given twice but takes one value"],
    [["--opportunity_id"], "--opportunity_id needs a value"],
    [["--tags", "--limit", "1"], "--tags needs a value"],
    [["stray"], "unexpected argument 'stray'"],
    [["--limit", "1", "2"], "unexpected argument '2'"],
    [["--"], "unexpected argument '--'"],
  ])("refuses %j as wrong usage", (words, message) => {
    expect(() => read(...words)).toThrow(new FieldError(message));
  });

  it("reads name=value pairs, the value with everything behind the first equals sign", () => {
    expect(readFieldPair("tag=a=b")).toEqual({ name: "tag", value: "a=b" });
    expect(() => readFieldPair("tag")).toThrow(FieldError);
    expect(() => readFieldPair("=x")).toThrow(FieldError);
  });

  it("gives every text back unchanged for a text field", () => {
    fc.assert(
      fc.property(fc.string(), (text) =>
        expect(fieldsToInput([{ name: "opportunity_id", value: text }], schema)).toEqual({ opportunity_id: text }),
      ),
    );
  });
});

describe("tables", () => {
  it("align columns and end lines without blanks", () => {
    const rows = [{ a: "1", b: "x" }, { a: "333" }];
    expect(tableLines(rows, ["a", "b"])).toEqual(["1    x", "333"]);
  });

  it("cut long text but never an id", () => {
    const id = "x".repeat(60);
    const [line] = tableLines([{ id, text: "word ".repeat(20) }], ["id", "text"]);
    expect(line).toContain(id);
    expect(line?.endsWith("…")).toBe(true);
  });

  it("do not let a record drive the terminal", () => {
    const [line] = tableLines([{ a: "\u001b[2Jx\n\u202ey" }], ["a"]);
    expect(line).toBe("?[2Jx??y");
  });

  it("line up later pages with the widths of the first", () => {
    const widths = columnWidths([{ a: "long value" }], ["a", "b"]);
    expect(tableLines([{ a: "x", b: "y" }], ["a", "b"], widths)).toEqual(["x           y"]);
  });

  it("show nothing for null and lists joined", () => {
    expect([null, ["a", 1], { a: 1 }, false].map(toText)).toEqual(["", "a, 1", '{"a":1}', "false"]);
  });
});
