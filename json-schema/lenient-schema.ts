import { fieldsOf } from "./describe.ts";
import type { JsonSchema } from "./json-schema.ts";
import { mapSchema } from "./walk.ts";

/** `required` is left out wherever it is a keyword; a field may bear that name. */
export function withoutRequired(schema: JsonSchema): JsonSchema {
  return mapSchema(schema, ({ required: _required, ...rest }) => rest);
}

/** Lets every field be null that is not required: what the service leaves empty is not worth refusing its answer. */
export function withNulls(schema: JsonSchema): JsonSchema {
  return mapSchema(schema, (one) => {
    if (one.properties === undefined) return one;
    const fields = fieldsOf(one).map(({ name, schema: field, isRequired }) => [name, isRequired ? field : orNull(field)]);
    return { ...one, properties: Object.fromEntries(fields) };
  });
}

function orNull(schema: JsonSchema): JsonSchema {
  const { type, anyOf } = schema;
  if (Array.isArray(anyOf)) return { ...schema, anyOf: [...anyOf, { type: "null" }] };
  if (type === undefined || "enum" in schema || "const" in schema) return { anyOf: [schema, { type: "null" }] };
  return { ...schema, type: [...new Set([type, "null"].flat())] };
}
