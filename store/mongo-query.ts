import { type Change, StoreTime } from "./document-store.ts";
import { toKeptValue } from "./mongo-values.ts";
import type { QueryPlan, Term } from "./query-plan.ts";

export type MongoFilter = Record<string, unknown>;

/** The server's clock, in ms since the epoch. The planner folds it into index bounds. */
const SERVER_NOW = { $toDouble: "$$NOW" };

/** All terms as one filter. Only values in declared fields get here, so nothing a caller sends can become an operator. */
export function toFilter(terms: readonly Term[]): MongoFilter {
  const conditions = terms.map(toCondition);
  return conditions.length === 0 ? {} : { $and: conditions };
}

function toCondition(term: Term): MongoFilter {
  if (term.kind === "equal") return { [term.field]: { $eq: term.value } };
  if (term.kind === "in") return { [term.field]: { $in: [...term.values] } };
  if (term.kind === "present") return { [term.field]: { $ne: null } };
  if (!(term.value instanceof StoreTime)) return { [term.field]: { [`$${term.operator}`]: term.value } };
  // Expressions compare values of every type; the plain condition leaves out absent fields as other comparisons do.
  const compared = { [`$${term.operator}`]: [`$${term.field}`, toServerTime(term.value)] };
  return { $and: [{ [term.field]: { $gte: Number.NEGATIVE_INFINITY } }, { $expr: compared }] };
}

export function toMongoSort(plan: QueryPlan): Record<string, 1 | -1> {
  return Object.fromEntries(plan.order.map((field) => [field, plan.descending ? -1 : 1]));
}

/** A change as an update pipeline: the only form that knows the server's clock. Values are literals, never expressions. */
export function toPipeline({ set = {}, inc = {} }: Change): Record<string, unknown>[] {
  const removed = Object.keys(set).filter((field) => set[field] === undefined);
  const written = Object.entries(set).filter(([, value]) => value !== undefined);
  const merged = {
    ...Object.fromEntries(
      written.map(([field, value]) => [
        field,
        value instanceof StoreTime ? toServerTime(value) : { $literal: toKeptValue(value) },
      ]),
    ),
    ...Object.fromEntries(Object.entries(inc).map(([field, by]) => [field, { $add: [{ $ifNull: [`$${field}`, 0] }, by] }])),
    version: { $add: ["$version", 1] },
  };
  // Not $set, which would merge a nested object into the one that is there.
  const replaced = { $replaceWith: { $mergeObjects: ["$$ROOT", merged] } };
  return removed.length === 0 ? [replaced] : [replaced, { $unset: removed }];
}

function toServerTime({ offsetMs }: StoreTime): MongoFilter {
  return { $add: [SERVER_NOW, offsetMs] };
}
