import { COLLECTIONS, type CollectionName } from "../store/collections.ts";
import type { SealedPlace } from "./encrypt.ts";

interface Holder {
  readonly project: string;
  readonly id: string;
}

/** The sealed fields of a collection, each with the fields that it is bound to. */
export function sealedFields(collection: CollectionName): Readonly<Record<string, readonly string[]>> {
  const declaration = COLLECTIONS[collection];
  return "sealed" in declaration ? declaration.sealed : {};
}

/** Where a field of a record is sealed for. `record` holds, or is going to hold, its owner and the fields that collections.ts binds it to. */
export function placeOf<T extends Holder>(collection: CollectionName, record: T, field: string): SealedPlace {
  const bound = sealedFields(collection)[field] ?? [];
  const values = Object.fromEntries(Object.entries(record));
  const { project, id } = record;
  return { project, owner: String(values.owner ?? ""), id, field, bound: bound.map((name) => (values[name] as unknown) ?? null) };
}
