import { useMemo } from "react";
import { sampleOf } from "../../json-schema/sample.ts";
import type { Usable } from "../api/catalog.ts";
import type { MappingScope } from "./mapping/mapping-scope.ts";
import { type Place, scopeSchemaOf } from "./mapping/scope-schema.ts";
import type { SampleValues } from "./sample-values.ts";

interface Situation extends Place {
  readonly usable: Usable;
  readonly values: SampleValues | undefined;
}

/** What expressions of a step can name, with values to show: those of the last test, else the schemas' examples. */
export function useScopeOf({ trigger, before, forEach, usable, values }: Situation): MappingScope {
  return useMemo(() => {
    const schema = scopeSchemaOf({ trigger, before, forEach }, usable.catalog);
    const steps = Object.fromEntries(schema.steps.map(({ id, schema: one }) => [id, values?.steps[id] ?? sampleOf(one)]));
    return {
      schema,
      values: {
        trigger: values?.trigger ?? sampleOf(schema.trigger),
        steps,
        run: sampleOf(schema.run),
        ...(schema.item !== undefined && { item: sampleOf(schema.item) }),
      },
      titleOf: (id) => before.find((step) => step.id === id)?.title,
    };
  }, [trigger, before, forEach, usable, values]);
}
