import { fieldsOf, variantsOf } from "../../json-schema/describe.ts";
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
  const holder = holderOf(schema);
  if (holder === undefined) return [];
  return fieldsOf(holder.schema).flatMap(({ name, schema: field, isRequired }) => {
    const within = holderOf(field);
    const path = `${prefix}${name}${within?.isList ? "[]" : ""}`;
    const row: SchemaRow = {
      path,
      name: within?.isList ? `${name}[]` : name,
      depth,
      schema: field,
      isRequired,
      hasFields: within !== undefined,
    };
    return within !== undefined && isOpen(path) ? [row, ...below(field, `${path}.`, depth + 1, isOpen)] : [row];
  });
}

/** The schema whose fields a value has: its own, that of its items, or of the variant that is an object. */
function holderOf(schema: Schema): { schema: Schema; isList: boolean } | undefined {
  if (fieldsOf(schema).length > 0) return { schema, isList: false };
  if (schema.items) {
    const within = holderOf(schema.items);
    return within && { schema: within.schema, isList: true };
  }
  return variantsOf(schema)
    .map(holderOf)
    .find((found) => found !== undefined);
}
