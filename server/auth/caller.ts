import type { Scope } from "./scopes.ts";

/** Who calls: proven, bound to one project. */
export interface Caller {
  readonly kind: "api_key" | "admin_token" | "session";
  readonly project: string;
  readonly scopes: readonly Scope[];
  /** Id of the API key; of the session's person otherwise. Safe to log. */
  readonly id: string;
}

/** The project that exists from the start; its admins run the installation. */
export const DEFAULT_PROJECT = "default";

/** May this caller see and make projects? */
export function isOperator(caller: Caller): boolean {
  return caller.project === DEFAULT_PROJECT && caller.scopes.includes("admin");
}
