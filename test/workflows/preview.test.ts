import { describe, expect, it } from "@jest/globals";
import { previewInput, previewStep, type ShownRun, sampleScope } from "../../workflows/preview.ts";
import type { Step, Workflow } from "../../workflows/types.ts";
import { CATALOG, PROBE_INPUT, TRIGGER_INPUT } from "../support/workflow-catalog.ts";

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
        { field: "/id", value: "o1", type: "text", from: [{ path: "trigger.input.id", source: "sample" }] },
        {
          field: "/list/0",
          value: "Verified",
          type: "text",
          from: [
            { path: "trigger.input.outcome", source: "sample" },
            { path: "trigger.input.id", source: "sample" },
          ],
        },
        { field: "/list/1", value: "fixed", type: "text", from: [] },
        {
          field: "/text",
          value: "Tags a, b of o1",
          type: "text",
          from: [
            { path: "trigger.input.tags", source: "sample" },
            { path: "trigger.input.id", source: "sample" },
          ],
        },
        { field: "/flag", value: true, type: "boolean", from: [] },
        { field: "/nullable", type: "nothing", from: [{ path: "trigger.input.missing", source: "sample" }] },
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

  const find: Step = {
    ...{ id: "find", title: "Find", kind: "operation", connector: "lever", operation: "retrieve_opportunity", credential: "c" },
    input: { opportunity_id: "{{ trigger.input.id }}" },
  };
  const flow = (...steps: Step[]): Workflow => ({ name: "w", title: "W", trigger: { type: "api", input: TRIGGER_INPUT }, steps });
  const shown: ShownRun = {
    ...{ id: "run_1", name: "w", version: 3, owner: null, startedAt: "2026-05-01T00:00:00.000Z" },
    trigger: { input: { id: "o9", outcome: "declined", people: [{ name: "[redacted]" }] } },
    steps: [{ id: "find", status: "succeeded", output: { data: { id: "o9", name: "[redacted]", tags: ["Berlin"] } } }],
  };
  const previewed = (step: Step, run?: ShownRun) =>
    previewStep(flow(find, step), 1, CATALOG, run).map(({ field, value, from }) => [
      field,
      value,
      ...from.map(({ source }) => source),
    ]);
  const send = (body: unknown, more: object = {}): Step =>
    ({ id: "tell", title: "Tell", kind: "send", destination: "Results", body, ...more }) as Step;

  it("takes the data of a run, and an example for what is hidden there or the run did not come to", () => {
    const body = {
      id: "{{ trigger.input.id }}",
      tags: "{{ steps.find.output.data.tags }}",
      name: "Dear {{ steps.find.output.data.name }}",
      whole: "{{ steps.find.output }}",
      person: "{{ trigger.input.people.first.name }}",
      run: "{{ run.version }}",
      fixed: "x",
    };
    const example = "Nadia Example";
    expect(previewed(send(body), shown)).toEqual([
      ["/body/id", "o9", "run"],
      ["/body/tags", ["Berlin"], "run"],
      ["/body/name", `Dear ${example}`, "redacted"],
      ["/body/whole", { data: { id: "o9", name: example, tags: ["Berlin"] } }, "redacted"],
      ["/body/person", "text", "redacted"],
      ["/body/run", 3, "run"],
      ["/body/fixed", "x"],
    ]);
    const failed = { ...shown, steps: [{ id: "find", status: "failed", output: null }] };
    expect(previewed(send({ tags: "{{ steps.find.output.data.tags }}" }), failed)).toEqual([
      ["/body/tags", ["Data Engineer", "Verified"], "sample"],
    ]);
    expect(previewed(send({ id: "{{ trigger.input.id }}" }))[0]?.at(-1)).toBe("sample");
  });

  it("shows a repeated step with the first item of its list, or with a record as its pages hold them", () => {
    const tags = { forEach: { items: "{{ steps.find.output.data.tags }}" } };
    expect(previewed(send({ tag: "{{ item }}" }, tags), shown)).toEqual([
      ["/forEach/items", ["Berlin"], "run"],
      ["/body/tag", "Berlin", "sample"],
    ]);
    const pages = { forEach: { connector: "lever", operation: "list_opportunities", credential: "c", input: { tag: ["x"] } } };
    expect(previewed(send({ name: "{{ item.name }}" }, pages), shown)).toEqual([
      ["/forEach/input/tag", ["x"]],
      ["/body/name", "Nadia Example", "sample"],
    ]);
  });
});
