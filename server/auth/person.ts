import type { Scope } from "../../app/scopes.ts";

/** A person who signed in to the dashboard. Everyone who may do that runs the installation and works in all of its projects. */
export interface Person {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
}

/** What each of them may do. */
export const SESSION_SCOPES: readonly Scope[] = ["admin"];

/** The holder of the access link. */
export const OWNER: Person = { id: "owner", name: null, email: null };
