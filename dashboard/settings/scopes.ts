import { createSearch } from "../../text/fold.ts";
import { includesScope } from "../../text/scopes.ts";
import type { Connector } from "../api/connector.ts";

/** What Lever lets an app be registered with. */
export const MOST_SCOPES = 20;

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

/** Areas of Lever, and the first part of the scopes that belong to them. */
const AREAS: readonly (readonly [title: string, ...resources: string[]])[] = [
  ["Opportunities and the people behind them", "opportunities", "contact", "applications", "confidential"],
  ["Postings and requisitions", "postings", "requisitions", "requisition_fields"],
  ["Names to choose from", "stages", "tags", "sources", "archive_reasons"],
  ["Users and administration", "users", "groups", "roles", "permissions", "audit_events", "tasks"],
  [
    "What is attached to opportunities",
    "notes",
    "feedback",
    "forms",
    "interviews",
    "panels",
    "offers",
    "referrals",
    "resumes",
    "files",
    "uploads",
  ],
  ["Templates", "feedback_templates", "form_templates"],
  ["Webhooks", "webhooks"],
  ["Surveys", "diversity_surveys", "eeo_responses", "eeo_responses_pii"],
];
const OTHER = "More";

/** The documented scopes by area, in the order of the areas; `offline_access` is no choice, and is left out. */
export function scopeAreas(connector: Connector): ScopeArea[] {
  const byArea = new Map<string, ScopeChoice[]>([...AREAS.map(([title]) => title), OTHER].map((title) => [title, []]));
  for (const { name, description, default: isDefault = false } of declared(connector)) {
    if (ALWAYS.includes(name)) continue;
    byArea.get(areaOf(name))?.push({ name, description, isDefault, operations: operationsOf(connector, name) });
  }
  return [...byArea].flatMap(([title, scopes]) => (scopes.length > 0 ? [{ title, scopes }] : []));
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

function areaOf(scope: string): string {
  const [resource = ""] = scope.split(":");
  return AREAS.find(([, ...resources]) => resources.includes(resource))?.[0] ?? OTHER;
}

function operationsOf({ operations }: Connector, scope: string): string[] {
  return Object.values(operations)
    .filter(({ scopes }) => scopes.some((needed) => includesScope(scope, needed)))
    .map(({ title }) => title);
}
