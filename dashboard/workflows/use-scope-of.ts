import { useMemo } from "react";
import { sampleOf } from "../../json-schema/sample.ts";
import { scopeOfRun } from "../../workflows/preview.ts";
import type { Usable } from "../api/catalog.ts";
import type { MappingScope } from "./mapping/mapping-scope.ts";
import { type Place, scopeSchemaOf } from "./mapping/scope-schema.ts";
import type { SampleValues } from "./sample-values.ts";

interface Situation extends Place {
  readonly usable: Usable;
  readonly values: SampleValues | undefined;
}

/** What expressions of a step can name, with values to show: those of the last test, else of the last run, else the schemas' examples. */
export function useScopeOf({ trigger, before, forEach, usable, values }: Situation): MappingScope {
  return useMemo(() => {
    const schema = scopeSchemaOf({ trigger, before, forEach }, usable.catalog);
    const { test, run } = values ?? {};
    const { scope, sourceOf } = scopeOfRun(
      {
        trigger: sampleOf(schema.trigger),
        steps: Object.fromEntries(schema.steps.map(({ id, schema: one }) => [id, sampleOf(one)])),
        run: sampleOf(schema.run),
        ...(schema.item !== undefined && { item: sampleOf(schema.item) }),
      },
      run,
    );
    const tested = Object.entries(test?.steps ?? {}).filter(([id]) => schema.steps.some((step) => step.id === id));
    return {
      schema,
      values: {
        ...scope,
        ...(test && { trigger: test.trigger, steps: { ...(scope.steps as object), ...Object.fromEntries(tested) } }),
      },
      sourceOf(path) {
        const [root, id] = path;
        const isTested = test !== undefined && (root === "trigger" || (root === "steps" && String(id) in test.steps));
        return isTested ? "test" : sourceOf(path);
      },
      titleOf: (id) => before.find((step) => step.id === id)?.title,
    };
  }, [trigger, before, forEach, usable, values]);
}
