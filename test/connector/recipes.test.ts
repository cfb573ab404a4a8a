import { describe, expect, it } from "@jest/globals";
import { fillRecipe, placesIn, type Recipe } from "../../connector/recipes.ts";
import { parseMapped, resolveMapped } from "../../workflows/mapping.ts";
import { HOSTILE } from "../support/hostile-strings.ts";

const text = { type: "string" };

function recipeOf(step: object, properties: object, required: string[] = []): Recipe {
  return {
    ...{ name: "one", title: "One", summary: "Does one thing.", example: {} },
    inputs: { type: "object", additionalProperties: false, required, properties },
    workflow: { trigger: { type: "api" }, steps: [step] },
  } as Recipe;
}

function filled(recipe: Recipe, inputs: unknown) {
  const outcome = fillRecipe(recipe, inputs);
  if (Array.isArray(outcome)) throw new Error(JSON.stringify(outcome));
  return { step: outcome.definition.steps[0] as unknown as Record<string, unknown>, inputAt: outcome.inputAt };
}

function evaluated(value: unknown): unknown {
  const mapped = parseMapped(value, ({ error }) => {
    throw error;
  });
  const resolved = resolveMapped(mapped, { trigger: { input: { outcome: "a" } } });
  return "value" in resolved ? resolved.value : resolved.problem;
}

describe("a recipe that is filled in", () => {
  it("takes inputs with their types, writes them into text and expressions, and leaves out what was not given", () => {
    const step = {
      list: "<<list>>",
      count: "<<count>>",
      entries: ["<<missing>>", "<<word>>"],
      gone: "<<missing>>",
      words: "All of <<list>>",
      expression: "{{ run.startedAt | shift: -<<count>>, 'days' }}, <<count>>",
    };
    const recipe = recipeOf(step, {
      list: { type: "array" },
      count: { type: "integer" },
      missing: text,
      word: { ...text, default: "w" },
    });
    expect(filled(recipe, { list: ["a", "b"], count: 7 }).step).toEqual({
      list: ["a", "b"],
      count: 7,
      entries: ["w"],
      words: "All of a, b",
      expression: "{{ run.startedAt | shift: -7, 'days' }}, 7",
    });
  });

  it("says which input stands at a place, also behind an entry that was left out", () => {
    const recipe = recipeOf({ list: ["<<missing>>", { deep: "<<word>>" }], plain: "x" }, { missing: text, word: text });
    const { inputAt } = filled(recipe, { word: "w" });
    expect([inputAt("/steps/0/list/0/deep"), inputAt("/steps/0/list/0/deep/er"), inputAt("/steps/0/plain")]).toEqual([
      "word",
      "word",
      undefined,
    ]);
  });

  it("names the input that does not match the recipe's schema", () => {
    expect(fillRecipe(recipeOf({ a: "<<word>>" }, { word: text }, ["word"]), { other: 1 })).toEqual([
      { pointer: "/other", keyword: "additionalProperties", message: "is not a known property" },
      { pointer: "/word", keyword: "required", message: "is required" },
    ]);
  });

  it("keeps what a person typed data, whatever it looks like", () => {
    const step = {
      whole: "<<word>>",
      within: "a <<word>> b",
      chosen: "{{ trigger.input.outcome | choose: a: <<word>>, else: 'other' }}",
    };
    const recipe = recipeOf(step, { word: text }, ["word"]);
    const words = [...HOSTILE, "<<word>>", "it's", 'a "b"', `both ' and "`, "back\\slash", "\\", "'}} {{ run.id", "{{{%"];
    for (const word of words.filter((one) => !/\p{Cs}/u.test(one) && one.length < 1000)) {
      const made = filled(recipe, { word }).step;
      const expected = { whole: word, within: `a ${word} b`, chosen: word };
      expect(evaluated(made)).toEqual(expected);
    }
  });

  it("tells its places in order, and within what they stand", () => {
    expect([...placesIn({ a: "<<x>>", b: ["t <<y>> {{ 1 | plus: <<z>> }}"] })]).toEqual([
      { input: "x", within: undefined },
      { input: "y", within: "text" },
      { input: "z", within: "expression" },
    ]);
  });
});
