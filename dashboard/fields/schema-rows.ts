import type { Schema } from "../api/connector.ts";

/** One field of a schema, as a line of a table. */
export interface SchemaRow {
  /** Where it is: `data[].contact.name`. */
  readonly path: string;
  readonly name: string;
  readonly depth: number;
  readonly schema: Schema;
  readonly isRequired: boolean;
  readonly hasFields: boolean;
}

/** The fields of a schema in order; those within a field follow it where `isOpen` says so. */
export function toRows(schema: Schema, isOpen: (path: string) => boolean): SchemaRow[] {
  return below(schema, "", 0, isOpen);
}

function below(schema: Schema, prefix: string, depth: number, isOpen: (path: string) => boolean): SchemaRow[] {
  const holder = fieldsOf(schema);
  if (holder === undefined) return [];
  return Object.entries(holder.schema.properties ?? {}).flatMap(([name, field]) => {
    const within = fieldsOf(field);
    const path = `${prefix}${name}${within?.isList ? "[]" : ""}`;
    const row: SchemaRow = {
      path,
      name: within?.isList ? `${name}[]` : name,
      depth,
      schema: field,
      isRequired: holder.schema.required?.includes(name) ?? false,
      hasFields: within !== undefined,
    };
    return within !== undefined && isOpen(path) ? [row, ...below(field, `${path}.`, depth + 1, isOpen)] : [row];
  });
}

/** The schema whose fields a value has: its own, that of its items, or of the variant that is an object. */
function fieldsOf(schema: Schema): { schema: Schema; isList: boolean } | undefined {
  if (schema.properties && Object.keys(schema.properties).length > 0) return { schema, isList: false };
  if (schema.items) {
    const within = fieldsOf(schema.items);
    return within && { schema: within.schema, isList: true };
  }
  const variants = (schema.anyOf ?? schema.oneOf) as readonly Schema[] | undefined;
  return variants?.map(fieldsOf).find((found) => found !== undefined);
}
