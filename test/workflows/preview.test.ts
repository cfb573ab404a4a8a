import { describe, expect, it } from "@jest/globals";
import { previewInput, sampleScope } from "../../workflows/preview.ts";
import type { Workflow } from "../../workflows/types.ts";
import { CATALOG, PROBE_INPUT } from "../support/workflow-catalog.ts";

const scope = {
  trigger: { input: { id: "o1", outcome: "approved", tags: ["a", "b"], nothing: null } },
  run: { startedAt: "2026-01-01T00:00:00.000Z" },
  steps: {},
};
const schema = { type: "object", additionalProperties: false, required: ["id"], properties: PROBE_INPUT };

describe("the preview of an input", () => {
  it("says of each field what came out, of which type and from where", () => {
    const input = {
      id: "{{ trigger.input.id }}",
      list: ["{{ trigger.input.outcome | choose: approved: 'Verified', else: trigger.input.id }}", "fixed"],
      text: "Tags {{ trigger.input.tags | join: ', ' }} of {{ trigger.input.id }}",
      flag: true,
      nullable: "{{ trigger.input.missing }}",
    };
    expect(previewInput(input, { scope, schema })).toEqual({
      value: { id: "o1", list: ["Verified", "fixed"], text: "Tags a, b of o1", flag: true },
      fields: [
        { field: "/id", value: "o1", type: "text", from: ["trigger.input.id"] },
        { field: "/list/0", value: "Verified", type: "text", from: ["trigger.input.outcome", "trigger.input.id"] },
        { field: "/list/1", value: "fixed", type: "text", from: [] },
        { field: "/text", value: "Tags a, b of o1", type: "text", from: ["trigger.input.tags", "trigger.input.id"] },
        { field: "/flag", value: true, type: "boolean", from: [] },
        { field: "/nullable", type: "nothing", from: ["trigger.input.missing"] },
      ],
    });
  });

  it("says what is wrong where a value is missing, a filter fails, a field refuses or an expression cannot be read", () => {
    const problems = (input: unknown) =>
      previewInput(input, { scope, schema }).fields.flatMap(({ field, problem }) =>
        problem ? [[field, problem.code, problem.message]] : [],
      );
    expect(problems({ id: "{{ trigger.input.missing }}" })).toEqual([
      ["/id", "mapping_missing", "There is no value, and the field needs one."],
    ]);
    expect(problems({ id: "x", text: "{{ trigger.input.tags | upcase }}" })).toEqual([
      ["/text", "mapping_failed", "The expression upcase takes a text, not a list."],
    ]);
    expect(problems({ id: "a b" })).toEqual([["/id", "input_invalid", expect.stringContaining("must match pattern")]]);
    expect(problems({ text: "x" })).toEqual([["/id", "input_invalid", "The field is required."]]);
    expect(problems({ id: "{{ trigger.input.id", text: "{{ trigger.input.id }}" })).toEqual([
      ["/id", "expression_invalid", "The expression has an opening {{ without its }}."],
    ]);
  });

  it("works before anything ran, on samples of what the schemas describe", () => {
    const definition: Workflow = {
      name: "w",
      title: "W",
      trigger: { type: "schedule", cron: "0 7 * * *", timezone: "UTC" },
      steps: [
        {
          id: "find",
          title: "Find",
          kind: "operation",
          connector: "lever",
          operation: "retrieve_opportunity",
          credential: "c",
          input: {},
        },
        { id: "last", title: "Last", kind: "wait", for: "1h" },
      ],
    };
    const { value } = previewInput(
      { tags: "{{ steps.find.output.data.tags }}", at: "{{ trigger.scheduledAt }}", stage: "{{ steps.find.output.data.stage }}" },
      { scope: sampleScope(definition, 1, CATALOG) },
    );
    expect(value).toEqual({ tags: ["Data Engineer", "Verified"], at: "2026-01-01T00:00:00.000Z", stage: "applicant-new" });
  });
});
