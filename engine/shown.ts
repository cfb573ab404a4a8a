import type { Connectors } from "../connector/types.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import { redact } from "../json-schema/sensitive.ts";
import type { Effect } from "../workflows/types.ts";

/** What people are shown of a run's data: made when it is written, so that what is not to be seen is not there to be seen. */
export interface Shown {
  step(
    effect: Effect | undefined,
    values: { readonly input?: unknown; readonly output?: unknown },
  ): { readonly shownInput?: unknown; readonly shownOutput?: unknown };
  trigger(schema: JsonSchema | undefined, input: unknown): unknown;
}

export function createShown(connectors: Connectors): Shown {
  return {
    step(effect, { input, output }) {
      if (effect?.type === "call") {
        const { inputSchema, outputSchema } = connectors.of(effect.connector).operation(effect.operation);
        return { shownInput: redact(inputSchema, input), shownOutput: redact(outputSchema, output) };
      }
      // Of what is sent nothing says what is sensitive. What comes back of it is an id, and a decision says who took it.
      return { ...(effect && { shownInput: redact({}, input) }), ...(output !== undefined && { shownOutput: output }) };
    },
    trigger: (schema = {}, input) => redact(schema, input),
  };
}
