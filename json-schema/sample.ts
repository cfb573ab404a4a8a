import type { JsonSchema } from "./json-schema.ts";

const DEEPEST = 8;

/** A value that a schema could describe: its own examples where it has some, else the plainest of its type. References must be resolved. */
export function sampleOf(schema: JsonSchema, depth = 0): unknown {
  const { examples, enum: values, anyOf, oneOf, allOf, type } = schema as Record<string, unknown> & { [list: string]: unknown };
  if (Array.isArray(examples) && examples.length > 0) return examples[0];
  if ("const" in schema) return schema.const;
  if (Array.isArray(values)) return values[0];
  if ("default" in schema) return schema.default;
  const [choice] = (anyOf ?? oneOf ?? allOf ?? []) as JsonSchema[];
  if (choice !== undefined) return sampleOf(choice, depth + 1);
  switch ([type].flat()[0]) {
    case "object":
      return sampleOfObject(schema, depth);
    case "array":
      return typeof schema.items === "object" && depth < DEEPEST ? [sampleOf(schema.items as JsonSchema, depth + 1)] : [];
    case "integer":
    case "number":
      return Math.max(1, Number(schema.minimum ?? 1));
    case "boolean":
      return true;
    case "string":
      return schema.format === "date-time" ? "2026-01-01T00:00:00.000Z" : "text";
    default:
      return null;
  }
}

function sampleOfObject({ properties = {} }: JsonSchema, depth: number): Record<string, unknown> {
  if (depth >= DEEPEST) return {};
  return Object.fromEntries(
    Object.entries(properties as Record<string, JsonSchema>).map(([name, field]) => [name, sampleOf(field, depth + 1)]),
  );
}
