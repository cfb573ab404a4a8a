import type { JsonSchema } from "./json-schema.ts";

/** A step into a value: the name of a field, or the number of an entry; `"[]"` is any entry. */
export type Step = string | number;

/** The kinds of value that a schema leaves the choice of. */
export function variantsOf<S extends JsonSchema>(schema: S): readonly S[] {
  return (schema.anyOf ?? schema.oneOf ?? []) as readonly S[];
}

/** A schema and all that speak of the same value: variants, parts, conditions. */
export function alternativesOf<S extends JsonSchema>(schema: S): S[] {
  const lists = [schema.anyOf, schema.oneOf, schema.allOf].flatMap((list) => (list ?? []) as readonly S[]);
  const conditional = [schema.then, schema.else].filter((one) => typeof one === "object") as S[];
  return [schema, ...[...lists, ...conditional].flatMap(alternativesOf)];
}

/** The types that a value may have, variants included. */
export function typesOf(schema: JsonSchema): Set<string> {
  return new Set(alternativesOf(schema).flatMap(({ type }) => (type ?? []) as string | string[]));
}

export interface Field<S extends JsonSchema> {
  readonly name: string;
  readonly schema: S;
  readonly isRequired: boolean;
}

/** The fields that a schema names itself, in order. */
export function fieldsOf<S extends JsonSchema>({ properties, required }: S): Field<S>[] {
  const needed = (required ?? []) as readonly string[];
  return Object.entries((properties ?? {}) as Record<string, S>).map(([name, schema]) => ({
    name,
    schema,
    isRequired: needed.includes(name),
  }));
}

/** The schema of a named field; undefined where it names none, be it `constructor`. */
export function fieldOf<S extends JsonSchema>({ properties = {} }: S, name: string): S | undefined {
  return Object.hasOwn(properties as object, name) ? (properties as Record<string, S>)[name] : undefined;
}

/** The schemas that speak of what lies at a path within a value, one for each alternative that knows the path; none where none does. */
export function schemasAt<S extends JsonSchema>(schema: S, path: readonly Step[]): S[] {
  return path.reduce<S[]>((at, step) => stepInto(at, step), [schema]);
}

/** As `schemasAt`, one step on. */
export function stepInto<S extends JsonSchema>(schemas: readonly S[], step: Step): S[] {
  const name = typeof step === "string" && step !== "[]" ? step : undefined;
  const isEntry = name === undefined || /^\d+$/.test(name);
  return schemas.flatMap(alternativesOf).flatMap((one) => {
    const entry = isEntry ? ((one.prefixItems as S[] | undefined)?.[Number(step)] ?? one.items) : undefined;
    const found = name === undefined ? entry : (fieldOf(one, name) ?? entry ?? one.additionalProperties);
    return typeof found === "object" && found !== null ? [found as S] : [];
  });
}

/** Does a schema refuse a value without this field, whichever of its variants is meant? */
export function requiresField(schema: JsonSchema, name: string): boolean {
  const { required = [], allOf = [] } = schema as { required?: readonly string[]; allOf?: readonly JsonSchema[] };
  const variants = variantsOf(schema);
  return (
    required.includes(name) ||
    allOf.some((part) => requiresField(part, name)) ||
    (variants.length > 0 && variants.every((variant) => requiresField(variant, name)))
  );
}
