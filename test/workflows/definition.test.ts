import { describe, expect, it } from "@jest/globals";
import { createIssuesOf } from "../../app/definitions.ts";
import { scopeOf } from "../../workflows/advance.ts";
import { previewInput } from "../../workflows/preview.ts";
import { issuesOfInput } from "../../workflows/trigger.ts";
import type { Workflow } from "../../workflows/types.ts";
import { openSchemas } from "../support/json-schemas.ts";

const validate = openSchemas().validator("platform/workflow.json");

const step = (more: object = {}) => ({
  id: "find",
  title: "Find",
  kind: "operation",
  connector: "acme",
  operation: "read",
  credential: "c",
  ...more,
});
const workflow = (more: object = {}) => ({ name: "w", title: "W", trigger: { type: "api" }, steps: [step()], ...more });
const issuesOf = createIssuesOf();
const issues = (value: unknown) => issuesOf(value).map(({ pointer, message }) => `${pointer} ${message}`);

describe("the structure of a workflow", () => {
  it.each([
    ["a whole one", workflow({ description: "d", $schema: "../schemas/platform/workflow.json" })],
    [
      "one that is started by the clock",
      workflow({ trigger: { type: "schedule", cron: "0 7 * * 1-5", timezone: "Europe/Vienna" } }),
    ],
    [
      "every kind of step",
      workflow({
        steps: [
          step({
            when: { all: [{ value: "{{ x }}", exists: true }] },
            forEach: { items: [1], concurrency: 2 },
            onError: "continue",
            timeout: "5s",
          }),
          step({ id: "pages", forEach: { connector: "acme", operation: "list", credential: "owner", input: {} } }),
          { id: "send", title: "S", kind: "send", destination: "d", body: [] },
          { id: "wait", title: "W", kind: "wait", for: "2d" },
          { id: "until", title: "U", kind: "wait", until: "{{ run.startedAt }}" },
          {
            id: "ask",
            title: "A",
            kind: "approval",
            message: "?",
            approvers: ["mina"],
            deadline: { after: "1d", decision: "declined" },
            onDecline: "continue",
          },
        ],
      }),
    ],
    ["half-typed expressions, which are a matter of the check", workflow({ steps: [step({ input: { id: "{{ trigger.in" } })] })],
  ])("accepts %s", (_, value) => {
    expect(issues(value)).toEqual([]);
    expect(validate(value)).toBe(true);
  });

  it.each([
    ["no object", [], [" must be object"]],
    ["no steps", workflow({ steps: [] }), ["/steps must NOT have fewer than 1 items"]],
    ["a name with blanks", workflow({ name: "My flow" }), ['/name must match pattern "^[a-z][a-z0-9\\-]*$"']],
    ["a field that is not known", workflow({ colour: 1 }), ["/colour is not a known property"]],
    [
      "a trigger that there is not",
      workflow({ trigger: { type: "mail" } }),
      ['/trigger/type must be one of "api", "schedule", "webhook"'],
    ],
    ["a webhook of no endpoint", workflow({ trigger: { type: "webhook" } }), ["/trigger/endpoint is required"]],
    [
      "a kind of step that is none",
      workflow({ steps: [step({ kind: "jump" })] }),
      ['/steps/0/kind must be one of "operation", "send", "wait", "approval"'],
    ],
    [
      "a step without its operation",
      workflow({ steps: [{ ...step(), operation: undefined }] }),
      ["/steps/0/operation must be string"],
    ],
    ["a field of another kind of step", workflow({ steps: [step({ body: {} })] }), ["/steps/0/body is not a known property"]],
    [
      "an id that cannot stand in a path",
      workflow({ steps: [step({ id: "a b" })] }),
      ['/steps/0/id must match pattern "^[a-z][a-z0-9_\\-]*$"'],
    ],
    [
      "a condition that compares nothing",
      workflow({ steps: [step({ when: { all: [{ value: 1 }] } })] }),
      ["/steps/0/when/all/0 must have at least 2 fields"],
    ],
    [
      "a condition that compares twice",
      workflow({ steps: [step({ when: { any: [{ value: 1, equals: 1, less: 2 }] } })] }),
      ["/steps/0/when/any/0 must NOT have more than 2 properties"],
    ],
    [
      "a duration in words",
      workflow({ steps: [step({ timeout: "a while" })] }),
      ['/steps/0/timeout must match pattern "^[1-9][0-9]{0,5}[smhd]$"'],
    ],
  ])("refuses %s and names the field", (_, value, found) => {
    expect(issues(value)).toEqual(found);
    expect(validate(value)).toBe(false);
  });

  it.each([
    [
      "two steps of one id",
      workflow({ steps: [step(), step({ id: "b" }), step()] }),
      ["/steps/2/id is the id of step 1 already"],
    ],
    [
      "a wait for nothing",
      workflow({ steps: [{ id: "w", title: "W", kind: "wait" }] }),
      ["/steps/0/for give either for or until"],
    ],
    [
      "a wait for two things",
      workflow({ steps: [{ id: "w", title: "W", kind: "wait", for: "1s", until: "x" }] }),
      ["/steps/0/for give either for or until"],
    ],
    [
      "a time zone that is none",
      workflow({ trigger: { type: "schedule", cron: "0 7 * * *", timezone: "Mars" } }),
      ["/trigger/timezone must be a time zone, such as Europe/Vienna"],
    ],
    [
      "six fields of a schedule",
      workflow({ trigger: { type: "schedule", cron: "0 0 7 * * *", timezone: "UTC" } }),
      ["/trigger/cron must have five fields: minute, hour, day, month, weekday"],
    ],
    [
      "a pattern, which could take for ever",
      workflow({ trigger: { type: "api", input: { properties: { a: { pattern: "(a+)+$" } } } } }),
      ["/trigger/input/properties/a/pattern is not a known property"],
    ],
    [
      "a reference that leads nowhere",
      workflow({ trigger: { type: "api", input: { $ref: "#/$defs/a" } } }),
      ["/trigger/input a reference leads nowhere: #/$defs/a"],
    ],
    [
      "an input that holds itself",
      workflow({
        trigger: {
          type: "api",
          input: { properties: { a: { $ref: "#/$defs/a" } }, $defs: { a: { items: { $ref: "#/$defs/a" } } } },
        },
      }),
      ["/trigger/input a schema refers to itself: #/$defs/a"],
    ],
  ])("refuses %s, which the schema cannot", (_, value, found) => expect(issues(value)).toEqual(found));
});

describe("the input of a run", () => {
  const trigger: Workflow["trigger"] = {
    type: "api",
    input: {
      type: "object",
      additionalProperties: false,
      required: ["id"],
      properties: {
        id: { type: "string", "x-id": "opportunity" },
        more: { type: "array", "x-id": "opportunity", items: { type: "string" } },
        age: { $ref: "#/$defs/age" },
      },
      $defs: { age: { type: "integer", minimum: 0 } },
    },
  };

  it("is checked by the schema of the trigger, and ids are ids", () => {
    const found = (input: unknown) => issuesOfInput(trigger, input).map(({ pointer, keyword }) => `${pointer} ${keyword}`);
    expect(found({ id: "5f0f2c1e-8a44", more: ["a"], age: 3 })).toEqual([]);
    expect(found({})).toEqual(["/id required"]);
    expect(found({ id: "a/../b", more: ["x y"], age: -1, other: 1 })).toEqual([
      "/other additionalProperties",
      "/id pattern",
      "/more/0 pattern",
      "/age minimum",
    ]);
    expect(found(undefined)).toEqual(["/id required"]);
  });

  it("is none where the workflow asks for none", () => {
    expect(issuesOfInput({ type: "api" }, undefined)).toEqual([]);
    expect(issuesOfInput({ type: "api" }, { a: 1 })).toHaveLength(1);
    expect(issuesOfInput({ type: "schedule", cron: "* * * * *", timezone: "UTC" }, { a: 1 })).toHaveLength(1);
  });
});

describe("what a run has known", () => {
  it("can be looked at in a preview", () => {
    const state = {
      trigger: { input: { id: "o1" } },
      run: { id: "run_1", startedAt: "2026-01-01T00:00:00.000Z", workflow: "w", version: 2, owner: null },
      results: {
        find: { status: "succeeded" as const, output: { data: { tags: ["a"] } }, endedAt: "2026-01-01T00:00:01.000Z" },
        off: { status: "skipped" as const, reason: "disabled" as const },
      },
    };
    const { value } = previewInput(
      {
        tags: "{{ steps.find.output.data.tags }}",
        off: "{{ steps.off.status }}",
        none: "{{ steps.off.output }}",
        version: "{{ run.version }}",
        item: "{{ item.id }}",
      },
      { scope: scopeOf(state, { id: 7 }) },
    );
    expect(value).toEqual({ tags: ["a"], off: "skipped", version: 2, item: 7 });
  });
});
