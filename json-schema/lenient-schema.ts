import type { JsonSchema } from "./json-schema.ts";

/** `required` is left out wherever it is a keyword; a field may bear that name. */
export function withoutRequired(schema: JsonSchema): JsonSchema {
  const strip = (node: unknown, isFields: boolean): unknown => {
    if (Array.isArray(node)) return node.map((item) => strip(item, false));
    if (typeof node !== "object" || node === null) return node;
    const entries = Object.entries(node).filter(([key]) => isFields || key !== "required");
    return Object.fromEntries(entries.map(([key, value]) => [key, strip(value, !isFields && key === "properties")]));
  };
  return strip(schema, false) as JsonSchema;
}

/** Lets every field be null that is not required: what the service leaves empty is not worth refusing its answer. */
export function withNulls(schema: JsonSchema): JsonSchema {
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== "object" || node === null) return node;
    const { required = [] } = node as { required?: readonly string[] };
    const entries = Object.entries(node);
    return Object.fromEntries(entries.map(([key, value]) => [key, key === "properties" ? fields(value, required) : walk(value)]));
  };
  const fields = (properties: JsonSchema, required: readonly string[]) =>
    Object.fromEntries(
      Object.entries(properties).map(([name, field]) => {
        const walked = walk(field) as JsonSchema;
        return [name, required.includes(name) ? walked : orNull(walked)];
      }),
    );
  return walk(schema) as JsonSchema;
}

function orNull(schema: JsonSchema): JsonSchema {
  const { type, anyOf } = schema;
  if (Array.isArray(anyOf)) return { ...schema, anyOf: [...anyOf, { type: "null" }] };
  if (type === undefined || "enum" in schema || "const" in schema) return { anyOf: [schema, { type: "null" }] };
  return { ...schema, type: [...new Set([type, "null"].flat())] };
}
