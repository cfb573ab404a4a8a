import { COLLECTIONS, type CollectionName, type FieldType } from "./collections.ts";
import { type Change, StoreTime } from "./document-store.ts";

const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_]*$/;
const RESERVED = new Set(["constructor", "prototype"]);
const KEPT_BY_STORE = new Set(["id", "project", "version"]);

/** The type of a field that queries may use; undefined where the collection does not declare it. */
export function declaredType(collection: CollectionName, field: string): FieldType | undefined {
  if (field === "version") return "number";
  if (field === "id" || field === "project") return "string";
  const fields: Readonly<Record<string, FieldType>> = COLLECTIONS[collection].fields;
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

/**
 * Refuses what one of the stores could not keep or find again: odd top-level names, and values of another type than declared. All of these
 * are mistakes of ours, so they are plain Errors; nested values may be any JSON.
 */
export function assertDocument(collection: CollectionName, document: Readonly<Record<string, unknown>>): void {
  for (const field of ["id", "project"]) {
    const value = document[field];
    if (typeof value !== "string" || value === "") throw new Error(`${collection}: a document needs a non-empty ${field}`);
  }
  for (const [field, value] of Object.entries(document)) if (!KEPT_BY_STORE.has(field)) assertField(collection, field, value);
}

/** Like {@link assertDocument}, for a change. Times by the store's clock are numbers. */
export function assertChange(collection: CollectionName, { set = {}, inc = {} }: Change): void {
  for (const [field, value] of Object.entries(set)) {
    assertChangeable(collection, field);
    assertField(collection, field, value instanceof StoreTime ? 0 : value);
  }
  for (const [field, by] of Object.entries(inc)) {
    assertChangeable(collection, field);
    assertField(collection, field, by);
    if (!Number.isSafeInteger(by)) throw new Error(`${collection}.${field} can only be increased by a whole number`);
    if (Object.hasOwn(set, field)) throw new Error(`${collection}.${field} cannot be set and increased at once`);
  }
}

function assertChangeable(collection: CollectionName, field: string): void {
  if (KEPT_BY_STORE.has(field)) throw new Error(`${collection}.${field} cannot be changed`);
}

function assertField(collection: CollectionName, field: string, value: unknown): void {
  if (!FIELD_NAME.test(field) || RESERVED.has(field))
    throw new Error(`${collection}: ${JSON.stringify(field)} is not a usable field name`);
  if (value === undefined || value === null) return;
  const type = declaredType(collection, field);
  if (type && !isOfType(value, type)) throw new Error(`${collection}.${field} must be a ${type}, not a ${typeof value}`);
}

/** Is this a value that a declared field of this type can hold and be compared with? */
export function isOfType(value: unknown, type: FieldType): boolean {
  return type === "number" ? Number.isFinite(value) : typeof value === type;
}
