/** Somebody who signed in to the dashboard. Whoever may do that runs the installation and works in all of its projects. */
export interface Person {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
}

/** Whoever holds the access link. */
export const OWNER: Person = { id: "owner", name: null, email: null };
