import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { describeChanges, diffWorkflows, referencesTo } from "../../workflows/diff.ts";
import type { Step, Workflow } from "../../workflows/types.ts";

const step = (id: string, more: object = {}): Step =>
  ({
    id,
    title: `Step ${id}`,
    kind: "operation",
    connector: "acme",
    operation: "read",
    credential: "c",
    input: { id: "x" },
    ...more,
  }) as Step;
const workflow = (...steps: Step[]): Workflow => ({ name: "w", title: "W", trigger: { type: "api" }, steps });

describe("the difference of two definitions", () => {
  it("is told in lines that name steps by their titles", () => {
    const before = workflow(step("find"), step("clean"), step("tag", { input: { tags: ["Needs Review"] } }), step("last"));
    const after: Workflow = {
      ...workflow(
        step("last"),
        step("find"),
        step("tag", { title: "Write the outcome", input: { tags: ["Verified"], note: "x" } }),
        step("new"),
      ),
      title: "Better",
    };
    expect(describeChanges(diffWorkflows(before, after))).toEqual([
      '~ title: "W" → "Better"',
      "- Step clean (clean), which was step 2",
      "> Step last (last) from step 4 to step 1",
      '~ Write the outcome (tag) title: "Step tag" → "Write the outcome"',
      '~ Write the outcome (tag) input.tags.0: "Needs Review" → "Verified"',
      '~ Write the outcome (tag) input.note: "x" (new)',
      "+ Step new (new), as step 4",
    ]);
    expect(describeChanges(diffWorkflows(workflow(step("a", { disabled: true })), workflow(step("a"))))).toEqual([
      "~ Step a (a) disabled: true (gone)",
    ]);
  });

  it("is empty exactly where both are the same, and tells enough to get from one order to the other", () => {
    const ids = fc.uniqueArray(fc.constantFrom(..."abcdefgh"), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(ids, ids, (before, after) => {
        const changes = diffWorkflows(workflow(...before.map((id) => step(id))), workflow(...after.map((id) => step(id))));
        const told = (type: string) =>
          changes.flatMap((change) => (change.type === type && "step" in change ? [change.step] : []));
        expect(told("added").sort()).toEqual(after.filter((id) => !before.includes(id)).sort());
        expect(told("removed").sort()).toEqual(before.filter((id) => !after.includes(id)).sort());
        const still = (ids: readonly string[]) =>
          ids.filter((id) => before.includes(id) && after.includes(id) && !told("moved").includes(id));
        expect(still(before)).toEqual(still(after));
        expect(changes.length === 0).toBe(before.join() === after.join());
      }),
    );
  });
});

describe("who refers to a step", () => {
  const refers = workflow(
    step("find"),
    step("use", {
      when: { any: [{ value: "x", equals: "{{ steps.find.output.tag }}" }] },
      input: { list: [{ id: "{{ trigger.input.id | default: steps.find.output.id }}" }] },
    }),
    { id: "ask", title: "Ask", kind: "approval", message: "About {{ steps.find.output.name }} or {{ steps.use.output }}?" },
    step("each", { forEach: { items: "{{ steps.find.output.list }}" } }),
  );

  it("is told with step, field and expression, so that one sees what breaks", () => {
    expect(referencesTo(refers, "find").map(({ step: id, field, expression }) => [id, field, expression])).toEqual([
      ["use", "/when/any/0/equals", "steps.find.output.tag"],
      ["use", "/input/list/0/id", "trigger.input.id | default: steps.find.output.id"],
      ["ask", "/message", "steps.find.output.name"],
      ["each", "/forEach/items", "steps.find.output.list"],
    ]);
    expect(referencesTo(refers, "each")).toEqual([]);
  });

  it("does not change with a title", () => {
    const renamed = { ...refers, steps: refers.steps.map((one) => ({ ...one, title: `${one.title}!` })) };
    expect(referencesTo(renamed, "find").map(({ title: _title, ...rest }) => rest)).toEqual(
      referencesTo(refers, "find").map(({ title: _title, ...rest }) => rest),
    );
  });
});
