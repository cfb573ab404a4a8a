/** A person who signed in to the dashboard. Everyone who may do that runs the installation and works in all of its projects. */
export interface Person {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
}

/** The holder of the access link. */
export const OWNER: Person = { id: "owner", name: null, email: null };
