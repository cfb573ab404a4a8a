import { describe, expect, it } from "@jest/globals";
import { addStep, duplicateStep, freshId, moveStep, removeStep, usesOf } from "../../dashboard/workflows/edit-steps.ts";
import { toInputFields, toInputSchema } from "../../dashboard/workflows/input-schema.ts";
import { readChoose, writeChoose } from "../../dashboard/workflows/mapping/choose-cases.ts";
import { openedBefore, partsOf, toPillLabel } from "../../dashboard/workflows/mapping/template-text.ts";
import { toWorkflowName } from "../../dashboard/workflows/new-workflow.ts";
import type { Workflow } from "../../schemas/types/index.ts";

const titleOf = (id: string) => (id === "find" ? "Find the candidate" : undefined);

describe("what is written in a field", () => {
  it.each([
    ["plain", [["text", "plain"]]],
    ["{{ run.id }}", [["expression", "{{ run.id }}"]]],
    [
      "a {{ run.id }} b",
      [
        ["text", "a "],
        ["expression", "{{ run.id }}"],
        ["text", " b"],
      ],
    ],
    ["{{ a | join: '}}' }}", [["expression", "{{ a | join: '}}' }}"]]],
    ["{{ unfinished", [["text", "{{ unfinished"]]],
    [
      "{{ a {{ run.id }}",
      [
        ["text", "{{ a "],
        ["expression", "{{ run.id }}"],
      ],
    ],
    ["", []],
  ])("is taken apart into texts and expressions, and is the same again: %s", (text, parts) => {
    expect(partsOf(text).map(({ kind, text: part }) => [kind, part])).toEqual(parts);
    expect(
      partsOf(text)
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
  });

  it("has a menu open from {{ up to the cursor, and not behind an expression", () => {
    expect(openedBefore("Tag {{")).toBe("");
    expect(openedBefore("Tag {{ na")).toBe(" na");
    expect(openedBefore("{{ run.id }}")).toBeUndefined();
    expect(openedBefore("{ {")).toBeUndefined();
  });

  it("shows an expression by the step's title and the path", () => {
    expect(toPillLabel("{{ steps.find.output.data.tags | first }}", titleOf)).toBe("Find the candidate › data.tags | first");
    expect(toPillLabel("{{ trigger.input.outcome }}", titleOf)).toBe("Trigger › outcome");
    expect(toPillLabel("{{ steps.gone.output }}", titleOf)).toBe("steps.gone.output");
    expect(toPillLabel("{{ item }}", titleOf)).toBe("Item");
    expect(toPillLabel("{{ x | join: ' | ' }}", titleOf)).toBe("x | join: ' | '");
  });

  it("takes the cases of choose apart and puts them together again", () => {
    const text = "trigger.input.outcome | choose: approved: 'Verified', \"not sure\": 'Review', else: \"It's open\"";
    const { before, cases } = readChoose(text) ?? { before: "", cases: [] };
    expect(before).toBe("trigger.input.outcome");
    expect(cases).toEqual([
      { name: "approved", value: "Verified" },
      { name: "not sure", value: "Review" },
      { name: "else", value: "It's open" },
    ]);
    expect(readChoose(writeChoose(before, cases))?.cases).toEqual(cases);
    expect(readChoose("trigger.input.outcome | choose: a: steps.find.output.data.name")).toBeUndefined();
    expect(readChoose("trigger.input.outcome")).toBeUndefined();
  });
});

const workflow: Workflow = {
  name: "w",
  title: "W",
  trigger: { type: "api" },
  steps: [
    { id: "find", title: "Find", kind: "operation", connector: "lever", operation: "retrieve_opportunity", credential: "c" },
    { id: "ask", title: "Ask", kind: "approval", message: "Tag {{ steps.find.output.data.name }}?" },
    { id: "wait", title: "Wait", kind: "wait", for: "1h" },
  ],
};
const ids = ({ steps }: Workflow) => steps.map(({ id }) => id);

describe("steps", () => {
  it("are moved within the list, duplicated with an id of their own, and removed", () => {
    expect(ids(moveStep(workflow, "ask", -1))).toEqual(["ask", "find", "wait"]);
    expect(moveStep(workflow, "find", -1)).toBe(workflow);
    const copied = duplicateStep(duplicateStep(workflow, "find"), "find");
    expect(ids(copied)).toEqual(["find", "find_3", "find_2", "ask", "wait"]);
    expect(ids(removeStep(workflow, "ask"))).toEqual(["find", "wait"]);
    expect(ids(addStep(workflow, { id: "more", title: "More", kind: "wait" }, 1))).toEqual(["find", "more", "ask", "wait"]);
  });

  it("have ids that are allowed, whatever they are made from", () => {
    for (const word of ["Add Tags", "9 lives", "é", "", "x".repeat(90)])
      expect(freshId([], word)).toMatch(/^[a-z][a-z0-9_-]{0,39}$/);
  });

  it("are told of where others look at what they give", () => {
    expect(usesOf(workflow, "find").map(({ step, expressions }) => [step.id, expressions])).toEqual([
      ["ask", ["steps.find.output.data.name"]],
    ]);
    expect(usesOf(workflow, "wait")).toEqual([]);
  });
});

it("names a workflow after its title, as its schema allows", () => {
  expect(toWorkflowName("Verification write-back")).toBe("verification-write-back");
  expect(toWorkflowName("  Prüfung: 2. Stufe! ")).toBe("prufung-2-stufe");
  for (const title of ["", "123", "—", "a".repeat(200)]) expect(toWorkflowName(title)).toMatch(/^[a-z][a-z0-9-]{0,59}$/);
});

describe("a trigger's input", () => {
  it("is a list of fields where a list can show all that its schema says, and the same schema again", () => {
    const schema = {
      type: "object",
      required: ["opportunity_id"],
      properties: {
        opportunity_id: { type: "string", "x-id": "opportunity" },
        outcome: { type: "string", enum: ["approved", "declined"] },
        due: { type: "string", format: "date-time" },
        tags: { type: "array", items: { type: "string" } },
        count: { type: "integer", minimum: 1 },
      },
      additionalProperties: false,
    };
    const fields = toInputFields(schema);
    expect(fields?.map(({ name, type, isRequired }) => [name, type, isRequired])).toEqual([
      ["opportunity_id", "text", true],
      ["outcome", "choice", false],
      ["due", "time", false],
      ["tags", "texts", false],
      ["count", "integer", false],
    ]);
    expect(toInputSchema(fields ?? [])).toEqual(schema);
  });

  it("is shown as JSON where it says more", () => {
    expect(toInputFields({ type: "object", properties: { deep: { type: "object" } } })).toBeUndefined();
    expect(toInputFields({ anyOf: [{ type: "object" }] })).toBeUndefined();
    expect(toInputFields({ type: "object", description: "About it", properties: {} })).toBeUndefined();
    expect(toInputFields(undefined)).toEqual([]);
    expect(toInputSchema([])).toBeUndefined();
  });
});
