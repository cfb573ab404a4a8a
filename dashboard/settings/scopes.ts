import { createSearch } from "../../text/fold.ts";
import { includesScope } from "../../text/scopes.ts";
import type { Connector } from "../api/connector.ts";

/** How many scopes an app may ask for. */
export function mostScopes({ auth }: Pick<Connector, "auth">): number {
  return auth.flatMap((way) => (way.type === "oauth2" ? (way.maxScopes ?? []) : []))[0] ?? Number.POSITIVE_INFINITY;
}

/** Without it a connection ends after an hour. */
export const ALWAYS = ["offline_access"];

export interface ScopeChoice {
  readonly name: string;
  readonly description: string;
  readonly isDefault: boolean;
  /** Titles of the operations that it allows. */
  readonly operations: readonly string[];
}

export interface ScopeArea {
  readonly title: string;
  readonly scopes: readonly ScopeChoice[];
}

const OTHER = "More";

/** The documented scopes by area, in the order of the areas; `offline_access` is no choice, and is left out. */
export function scopeAreas(connector: Connector): ScopeArea[] {
  const byArea = new Map<string, ScopeChoice[]>();
  for (const { name, description, area = OTHER, default: isDefault = false } of declared(connector)) {
    if (ALWAYS.includes(name)) continue;
    const choice = { name, description, isDefault, operations: operationsOf(connector, name) };
    byArea.set(area, [...(byArea.get(area) ?? []), choice]);
  }
  return [...byArea].map(([title, scopes]) => ({ title, scopes }));
}

export function defaultScopes(connector: Connector): string[] {
  const names = declared(connector).flatMap((scope) => (scope.default ? [scope.name] : []));
  return [...new Set([...ALWAYS, ...names])];
}

export function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}

/** Does a scope match what is searched for, by name, by words, or by an operation that it allows? */
export function matches({ name, description, operations }: ScopeChoice, search: string): boolean {
  return createSearch(search)(name, description, ...operations);
}

function declared({ auth }: Connector) {
  return auth.flatMap((way) => (way.type === "oauth2" ? way.scopes : []));
}

function operationsOf({ operations }: Connector, scope: string): string[] {
  return Object.values(operations)
    .filter(({ scopes }) => scopes.some((needed) => includesScope(scope, needed)))
    .map(({ title }) => title);
}
