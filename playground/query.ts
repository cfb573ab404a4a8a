import { badRequest } from "./errors.ts";

/** The query parameters of a request; a parameter repeated is a list (lever-api.md §2.2). */
export interface Query {
  has(name: string): boolean;
  names(): string[];
  all(name: string): string[];
  /** @throws LeverError 400 when the parameter is repeated */
  one(name: string): string | undefined;
  /** @throws LeverError 400 when it is no whole number */
  integer(name: string): number | undefined;
  /** `true` or `True` (lever-api.md §4.4). @throws LeverError 400 when it is neither that nor `false` */
  boolean(name: string): boolean | undefined;
  /** @throws LeverError 400 when it is none of `values` */
  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined;
}

export function createQuery(search: string): Query {
  const params = new URLSearchParams(search);

  function one(name: string): string | undefined {
    const values = params.getAll(name);
    if (values.length > 1) throw badRequest(`${name} may be given only once`);
    return values[0];
  }

  function integer(name: string): number | undefined {
    const value = one(name);
    if (value === undefined) return undefined;
    if (!/^-?\d{1,16}$/.test(value)) throw badRequest(`${name} must be an integer`);
    return Number(value);
  }

  function oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = one(name);
    if (value === undefined) return undefined;
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw badRequest(`${name} must be one of: ${values.join(", ")}`);
    return found;
  }

  function boolean(name: string): boolean | undefined {
    const value = oneOf(name, ["true", "false", "True", "False"]);
    return value === undefined ? undefined : value.toLowerCase() === "true";
  }

  return {
    has: (name) => params.has(name),
    names: () => [...new Set(params.keys())],
    all: (name) => params.getAll(name),
    one,
    integer,
    boolean,
    oneOf,
  };
}

export interface Range {
  start: number | undefined;
  end: number | undefined;
}

/** Reads `<name>_start` and `<name>_end`; undefined when neither is given. */
export function range(query: Query, name: string): Range | undefined {
  const start = query.integer(`${name}_start`);
  const end = query.integer(`${name}_end`);
  return start === undefined && end === undefined ? undefined : { start, end };
}

/** Both bounds are inclusive; a row without the time never matches (lever-api.md §3.2). */
export function inRange(value: number | null | undefined, bounds: Range | undefined): boolean {
  if (bounds === undefined) return true;
  if (value === null || value === undefined) return false;
  return (bounds.start === undefined || value >= bounds.start) && (bounds.end === undefined || value <= bounds.end);
}
