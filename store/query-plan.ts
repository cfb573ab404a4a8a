import { declaredType, isOfType } from "./check-document.ts";
import { COLLECTIONS, type CollectionName, type IndexDeclaration } from "./collections.ts";
import {
  type Condition,
  EVERY_PROJECT,
  type FindOptions,
  type ProjectScope,
  type Scalar,
  StoreTime,
  type Where,
} from "./document-store.ts";

export type RangeOperator = "lt" | "lte" | "gt" | "gte";

/** One condition on one field. All terms of a query must hold. `null` equals an absent field; `present` is "not null" (paging needs it). */
export type Term =
  | { readonly kind: "equal"; readonly field: string; readonly value: Scalar }
  | { readonly kind: "in"; readonly field: string; readonly values: readonly Scalar[] }
  | {
      readonly kind: "range";
      readonly field: string;
      readonly operator: RangeOperator;
      readonly value: number | string | StoreTime;
    }
  | { readonly kind: "present"; readonly field: string };

/** An index as both stores build it: `fields` always end so that (project, id) is contained, which makes every order a total one. */
export interface PhysicalIndex {
  readonly name: string;
  readonly fields: readonly string[];
  /** Set where the declared fields must be unique; an absent field counts as a value. */
  readonly unique?: readonly string[];
}

export interface QueryPlan {
  readonly index: PhysicalIndex;
  readonly order: readonly string[];
  readonly descending: boolean;
}

/** Every index of a collection: the primary key, look-up by id in every project, then the declared ones. */
export function physicalIndexes(collection: CollectionName): PhysicalIndex[] {
  const declared: Readonly<Record<string, IndexDeclaration>> = COLLECTIONS[collection].indexes;
  return [
    { name: "primary", fields: ["project", "id"] },
    { name: "byId", fields: ["id", "project"] },
    ...Object.entries(declared).map(([name, { fields, unique }]) => ({
      name,
      fields: [...fields, ...["id", "project"].filter((field) => !fields.includes(field))],
      ...(unique ? { unique: fields } : {}),
    })),
  ];
}

/** The conditions of a call, checked against the declared fields and their types. @throws Error for an undeclared field or a wrong type */
export function toTerms(collection: CollectionName, scope: ProjectScope, where: Where = {}): Term[] {
  const terms = Object.entries(where).flatMap(([field, condition]) => toFieldTerms(collection, field, condition));
  return scope === EVERY_PROJECT ? terms : [{ kind: "equal", field: "project", value: assertScope(scope) }, ...terms];
}

/** `find` allows 1 to 1000 documents at a time. */
export function toLimit(limit = 100): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new Error("limit must be a whole number from 1 to 1000");
  return limit;
}

/**
 * The declared index that serves a query: its fields start with every field compared by equality (in any order), continue with the one field
 * compared by range, and are in the order of the sort from there on. Without a sort, documents come in the order of the index. `project` alone
 * may be checked on the index entry instead.
 *
 * @throws Error naming collection and fields where no index does; add one to collections.ts
 */
export function planQuery(collection: CollectionName, terms: readonly Term[], sort: readonly string[] = []): QueryPlan {
  for (const index of physicalIndexes(collection)) {
    const plan = planWith(index, terms, sort);
    if (plan) return plan;
  }
  const wanted = [...new Set(terms.map((term) => term.field))].join(", ") || "none";
  throw new Error(`no index of ${collection} serves a query by (${wanted}) sorted by (${sort.join(", ") || "none"})`);
}

function planWith(index: PhysicalIndex, terms: readonly Term[], sort: readonly string[]): QueryPlan | undefined {
  const constant = new Set(terms.filter((term) => term.kind === "equal").map((term) => term.field));
  const matched = new Set([...constant, ...terms.filter((term) => term.kind === "in").map((term) => term.field)]);
  const ranged = new Set(terms.filter((term) => term.kind === "range" || term.kind === "present").map((term) => term.field));
  let prefix = 0;
  while (matched.has(index.fields[prefix] as string)) prefix += 1;
  const used = new Set(index.fields.slice(0, prefix));
  if ([...matched].some((field) => !used.has(field) && field !== "project")) return undefined;
  const open = [...ranged].filter((field) => !used.has(field));
  if (open.length > 1 || (open.length === 1 && open[0] !== index.fields[prefix])) return undefined;
  if (prefix === 0 && open.length === 0 && terms.length > 0) return undefined;
  const order = index.fields.slice(prefix).filter((field) => !constant.has(field));
  return withSort(index, order, sort, constant);
}

function withSort(
  index: PhysicalIndex,
  order: readonly string[],
  sort: readonly string[],
  constant: ReadonlySet<string>,
): QueryPlan | undefined {
  const wanted = sort
    .map((entry) => ({ field: entry.replace(/^-/, ""), descending: entry.startsWith("-") }))
    .filter(({ field }) => !constant.has(field));
  const descending = wanted[0]?.descending ?? false;
  if (wanted.some((entry, at) => entry.descending !== descending || entry.field !== order[at])) return undefined;
  const tieBreak = order.slice(wanted.length);
  if (sort.length > 0 && tieBreak.some((field) => field !== "id" && field !== "project")) return undefined;
  return { index, order, descending };
}

/**
 * The conditions that continue behind a document, as one list of terms for each run of the index, in order: first what equals it in all but
 * the last field, then what equals it in fewer. Each run starts with a seek, so that the thousandth page costs what the first does.
 *
 * @throws Error where `after` lacks a field of the order
 */
export function afterRuns(collection: CollectionName, plan: QueryPlan, after: FindOptions["after"]): Term[][] {
  if (!after) return [[]];
  const runs: Term[][] = [];
  for (let last = plan.order.length - 1; last >= 0; last -= 1) {
    const same = plan.order
      .slice(0, last)
      .map((field): Term => ({ kind: "equal", field, value: afterValue(collection, after, field) }));
    const field = plan.order[last] as string;
    for (const beyond of beyondValue(field, afterValue(collection, after, field), plan.descending)) runs.push([...same, beyond]);
  }
  return runs;
}

/** Null sorts before everything. */
function beyondValue(field: string, value: Scalar, descending: boolean): Term[] {
  if (value === null) return descending ? [] : [{ kind: "present", field }];
  const isNull: Term = { kind: "equal", field, value: null };
  const beyond: Term = { kind: "range", field, operator: descending ? "lt" : "gt", value };
  // Primary fields are never null; leaving that run out saves a query for each page.
  return descending && field !== "id" && field !== "project" ? [beyond, isNull] : [beyond];
}

function afterValue(collection: CollectionName, after: Readonly<Record<string, Scalar>>, field: string): Scalar {
  const value = after[field];
  if (value === undefined) throw new Error(`${collection}: "after" must hold ${field}`);
  return assertValue(collection, field, value);
}

function toFieldTerms(collection: CollectionName, field: string, condition: Condition): Term[] {
  if (condition === undefined)
    throw new Error(`${collection}.${field} is compared with undefined; absent fields compare as null`);
  if (condition === null || typeof condition !== "object")
    return [{ kind: "equal", field, value: assertValue(collection, field, condition) }];
  if ("in" in condition) {
    const values = [...new Set(condition.in.map((value) => assertValue(collection, field, value)))];
    return [{ kind: "in", field, values }];
  }
  const ranges = Object.entries(condition).filter(([, value]) => value !== undefined);
  if (ranges.length === 0) throw new Error(`${collection}.${field} is compared with nothing`);
  return ranges.map(([operator, value]) => {
    if (!isRangeOperator(operator)) throw new Error(`${collection}.${field}: there is no comparison "${operator}"`);
    return { kind: "range", field, operator, value: assertRangeValue(collection, field, value) };
  });
}

function assertRangeValue(collection: CollectionName, field: string, value: unknown): number | string | StoreTime {
  if (value instanceof StoreTime && declaredType(collection, field) === "number") return value;
  if (typeof value !== "number" && typeof value !== "string")
    throw new Error(`${collection}.${field}: ranges need a number or a string`);
  return assertValue(collection, field, value) as number | string;
}

function assertValue(collection: CollectionName, field: string, value: Scalar): Scalar {
  const type = declaredType(collection, field);
  if (!type) throw new Error(`${collection}.${field} is not declared in collections.ts, so it cannot be asked for`);
  if (value !== null && !isOfType(value, type))
    throw new Error(`${collection}.${field} is a ${type}; it cannot be compared with a ${typeof value}`);
  return value;
}

function assertScope(scope: string): string {
  if (typeof scope !== "string" || scope === "") throw new Error("a store call needs a project");
  return scope;
}

function isRangeOperator(operator: string): operator is RangeOperator {
  return operator === "lt" || operator === "lte" || operator === "gt" || operator === "gte";
}
