import { badRequest } from "../errors.ts";
import type { Query } from "../query.ts";

export type Json = Record<string, unknown>;

/** How each expandable field becomes an object instead of an id. */
export type Expanders<T> = Record<string, (row: T) => unknown>;

/** What the caller asked to see. */
export interface Shape {
  expand: readonly string[];
  /** Empty: every field. */
  include: readonly string[];
}

/** @throws LeverError 400 when a name cannot be expanded, before anything is read or written */
export function readShape(query: Query, expanders: Expanders<never>): Shape {
  const expand = query.all("expand");
  const wrong = expand.find((name) => !Object.hasOwn(expanders, name));
  if (wrong !== undefined) throw badRequest(`${wrong} is not expandable`);
  return { expand, include: query.all("include") };
}

/** `include` takes fields away, except the id; `expand` wins over it (lever-api.md §2.2). */
export function applyShape<T>(row: T, plain: Json, shape: Shape, expanders: Expanders<T>): Json {
  const full = { ...plain };
  for (const name of shape.expand) full[name] = expanders[name]?.(row);
  if (shape.include.length === 0) return full;
  const kept = new Set(["id", ...shape.include, ...shape.expand]);
  return Object.fromEntries(Object.entries(full).filter(([name]) => kept.has(name)));
}
