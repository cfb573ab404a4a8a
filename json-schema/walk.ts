import type { JsonSchema } from "./json-schema.ts";
import { escapePointer } from "./pointer.ts";

/** Keywords that hold one schema, schemas by name, and a list of schemas. The values of all others are no schemas, whatever they look like. */
const ONE = new Set(
  "items additionalProperties unevaluatedProperties unevaluatedItems propertyNames contains not if then else contentSchema".split(
    " ",
  ),
);
const NAMED = new Set(["properties", "patternProperties", "dependentSchemas", "$defs"]);
const LISTED = new Set(["anyOf", "oneOf", "allOf", "prefixItems"]);

/** A schema within another one. */
export interface Visit<S extends JsonSchema = JsonSchema> {
  readonly schema: S;
  /** RFC 6901, from where the walk began; through a `$ref` it names the reference. */
  readonly pointer: string;
}

/** The schemas right below one. */
export function subschemas<S extends JsonSchema>(schema: S): Visit<S>[] {
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const below = NAMED.has(keyword) || LISTED.has(keyword) ? Object.entries(value as object) : [];
    const held = ONE.has(keyword)
      ? [[keyword, value] as const]
      : below.map(([name, one]) => [`${keyword}/${escapePointer(name)}`, one]);
    return held.flatMap(([place, one]) => (isSchema(one) ? [{ schema: one as S, pointer: `/${place}` }] : []));
  });
}

/**
 * Every schema in one, itself first, each before what is below it.
 *
 * @param follow - answers the schema that a `$ref` names; without it references are not followed. A schema that refers to itself is visited once on its way
 */
export function* walkSchema<S extends JsonSchema>(schema: S, follow?: (reference: string) => S | undefined): Generator<Visit<S>> {
  function* visit(at: Visit<S>, above: readonly S[]): Generator<Visit<S>> {
    if (above.includes(at.schema)) return;
    yield at;
    const target = typeof at.schema.$ref === "string" ? follow?.(at.schema.$ref) : undefined;
    const below = [...(target ? [{ schema: target, pointer: "/$ref" }] : []), ...subschemas(at.schema)];
    for (const one of below) yield* visit({ schema: one.schema, pointer: at.pointer + one.pointer }, [...above, at.schema]);
  }
  yield* visit({ schema, pointer: "" }, []);
}

/** The same schema with each schema in it replaced, from the innermost outwards. Nothing is changed in place. */
export function mapSchema(schema: JsonSchema, replace: (schema: JsonSchema) => JsonSchema): JsonSchema {
  const map = (one: unknown) => (isSchema(one) ? mapSchema(one, replace) : one);
  const entries = Object.entries(schema).map(([keyword, value]) => {
    if (ONE.has(keyword)) return [keyword, map(value)];
    if (LISTED.has(keyword)) return [keyword, (value as unknown[]).map(map)];
    if (!NAMED.has(keyword)) return [keyword, value];
    return [keyword, Object.fromEntries(Object.entries(value as object).map(([name, one]) => [name, map(one)]))];
  });
  return replace(Object.fromEntries(entries));
}

/** `true` and `false` are schemas too, with nothing in them. */
export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
