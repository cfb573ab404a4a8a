import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { checkWorkflow } from "../../workflows/check.ts";
import { FILTERS, type FilterDeclaration } from "../../workflows/filters.ts";
import { parseMapped, resolveMapped } from "../../workflows/mapping.ts";
import type { Workflow } from "../../workflows/types.ts";
import { CATALOG } from "../support/workflow-catalog.ts";

const page = readFileSync(new URL("../../docs/workflows.md", import.meta.url), "utf8");

function map(value: unknown, scope: object, schema?: JsonSchema): unknown {
  const mapped = parseMapped(value, ({ field, error }) => expect([field, error.message]).toEqual("no fault"));
  const resolved = resolveMapped(mapped, scope, schema);
  return "problem" in resolved ? [resolved.problem.code, resolved.problem.field, resolved.problem.reason] : resolved.value;
}

describe("docs/workflows.md", () => {
  const data = JSON.parse(/```json data\n([\s\S]*?)```/.exec(page)?.[1] ?? "") as object;
  const rows = [...page.matchAll(/^\| `(\w+)` \| (.*?) \| `(\{\{.*?\}\})` \| `(.*?)` \|$/gm)].map(
    ([, name = "", what = "", example = "", result = ""]) => ({
      name,
      what,
      example: example.replaceAll("\\|", "|"),
      result: result.replaceAll("\\|", "|"),
    }),
  );

  it("tells of each filter what it does, as the table of filters has it", () => {
    const filters: [string, FilterDeclaration][] = Object.entries(FILTERS);
    expect(rows.map(({ name, what }) => [name, what])).toEqual(filters.map(([name, { summary }]) => [name, summary]));
  });

  it.each(rows)("gives the result that it shows for $name", ({ name, example, result }) => {
    expect(example).toContain(`| ${name}`);
    expect(map(example, data)).toEqual(JSON.parse(result));
  });

  it("shows a workflow in which nothing is found but doubts", () => {
    const definition = JSON.parse(/```json\n([\s\S]*?)```/.exec(page)?.[1] ?? "") as Workflow;
    expect(checkWorkflow(definition, CATALOG)).toEqual([]);
  });

  it("shows braces that can be written so", () => {
    expect(map('{{ "{{" }}', {})).toBe("{{");
    expect(map('a {{ "{%" }} b', {})).toBe("a {% b");
  });
});

describe("a mapped value", () => {
  const scope = {
    trigger: { input: { list: [1, 2], n: 3, yes: true, none: null, o: { a: [1] }, text: "t", empty: "" } },
    steps: {},
    run: { id: "r" },
  };
  const input = (path: string) => `{{ trigger.input.${path} }}`;

  it("keeps the type of one expression, at any depth", () => {
    expect(map({ a: [input("list"), { b: input("o"), c: input("n") }], d: input("yes") }, scope)).toEqual({
      a: [[1, 2], { b: { a: [1] }, c: 3 }],
      d: true,
    });
  });

  it("is text within text: lists and objects as JSON, nothing as a gap", () => {
    expect(
      map(`<${input("list")}|${input("o")}|${input("n")}|${input("yes")}|${input("none")}|${input("missing")}>`, scope),
    ).toBe('<[1,2]|{"a":[1]}|3|true||>');
  });

  it("leaves out what is missing where it is optional, and says what is missing where it is required", () => {
    const schema: JsonSchema = {
      type: "object",
      required: ["id"],
      properties: {
        id: { type: "string" },
        list: { type: "array", items: { type: "string" } },
        empty: { type: ["string", "null"] },
        deep: { type: "object", required: ["x"], properties: { x: { type: "string" }, y: { type: "string" } } },
      },
    };
    const missing = input("missing");
    expect(map({ id: "x", list: [missing, "a"], deep: { x: "y", y: missing } }, scope, schema)).toEqual({
      id: "x",
      list: ["a"],
      deep: { x: "y" },
    });
    expect(map({ id: "x", list: [missing, missing] }, scope, schema)).toEqual({ id: "x" });
    expect(map({ id: missing }, scope, schema)).toEqual(["mapping_missing", "/id", "nothing is there"]);
    expect(map({ id: input("none") }, scope, schema)).toEqual(["mapping_missing", "/id", "nothing is there"]);
    expect(map({ id: "x", deep: { x: missing } }, scope, schema)).toEqual(["mapping_missing", "/deep/x", "nothing is there"]);
    expect(map({ id: "x", empty: input("none") }, scope, schema)).toEqual({ id: "x", empty: null });
    expect(map({ a: missing, b: input("none") }, scope)).toEqual({ b: null });
  });

  it("gives nothing through filters, except to default and choose", () => {
    for (const name of Object.keys(FILTERS).filter((one) => one !== "default" && one !== "choose")) {
      const { args } = (FILTERS as Record<string, FilterDeclaration>)[name] as FilterDeclaration;
      const given = args.map(({ kinds }) => (kinds.includes("text") ? "'a'" : "1")).join(", ");
      expect([name, map({ v: `{{ trigger.input.missing | ${name}${given && `: ${given}`} }}` }, scope)]).toEqual([name, {}]);
    }
    expect(map("{{ trigger.input.missing | default: false }}", scope)).toBe(false);
    expect(map("{{ trigger.input.missing | choose: a: 1, else: 2 }}", scope)).toBe(2);
    expect(map({ v: "{{ trigger.input.text | choose: a: 1 }}" }, scope)).toEqual({});
  });

  it.each([
    ["false is a value to default", "{{ trigger.input.missing | default: false | default: 1 }}", false],
    ["an empty text is none to default", "{{ trigger.input.empty | default: 'x' }}", "x"],
    ["a path in brackets", "{{ trigger['input'][\"list\"][0] }}", 1],
    ["a place from the end", "{{ trigger.input.list[-1] }}", 2],
    ["first, last and size", "{{ trigger.input.list.first }}{{ trigger.input.list.last }}{{ trigger.input.list.size }}", "122"],
    ["blanks within braces do not matter", "{{trigger.input.n}}", 3],
    ["names of cases in quotes", "{{ trigger.input.text | choose: 'not t': 1, \"t\": 2 }}", 2],
    ["numbers and booleans are chosen by their text", "{{ trigger.input.n | choose: 3: 'three' }}", "three"],
    ["true is chosen", "{{ trigger.input.yes | choose: true: 'y', false: 'n' }}", "y"],
    ["a time in summer", "{{ 1782907200000 | date: '%H:%M %z', 'Europe/Vienna' }}", "14:00 +0200"],
    ["a time in winter", "{{ '2026-01-01T12:00:00Z' | date: '%H:%M %:z', 'Europe/Vienna' }}", "13:00 +01:00"],
    ["a time without its zeros", "{{ '2026-01-02T03:04:05Z' | date: '%-d.%-m.%y %-I %p' }}", "2.1.26 3 AM"],
    [
      "names of days and months",
      "{{ '2026-01-02T03:04:05.678Z' | date: '%a %A %b %B %L %s %%' }}",
      "Fri Friday Jan January 678 1767323045 %",
    ],
    ["a time a day before", "{{ '2026-01-01T12:00:00+01:00' | shift: -1, 'days' }}", "2025-12-31T11:00:00.000Z"],
    ["a day of 24 hours, whatever clocks do", "{{ 1774738800000 | shift: 1, 'days' }}", "2026-03-29T23:00:00.000Z"],
    ["half an hour", "{{ 0 | shift: 0.5, 'hours' }}", "1970-01-01T00:30:00.000Z"],
    ["the last time that can be written", "{{ 0 | shift: 99999999999999999999, 'days' }}", "9999-12-31T23:59:59.999Z"],
    ["an entry of a list", "{{ 1 | in: trigger.input.list }}", true],
    ["an entry of another type", "{{ '1' | in: trigger.input.list }}", false],
    ["characters, not halves of them", "{{ '😀😀😀' | slice: 1, 2 | size }}", 2],
    ["a text that is a number", "{{ ' 1.5 ' | plus: '2' }}", 3.5],
    ["the same entries once, whatever the order of their fields", "{{ '' | split: ',' | uniq | size }}", 0],
  ])("%s", (_, written, expected) => expect(map(written, scope)).toEqual(expected));
});
