import type { Scope } from "../../app/scopes.ts";
import type { Access } from "../../store/access.ts";

/** Who calls: proven, bound to one project. */
export interface Caller {
  readonly kind: "api_key" | "admin_token" | "session";
  readonly project: string;
  readonly scopes: readonly Scope[];
  /** Id of the API key; of the session's person otherwise. Safe to log. */
  readonly id: string;
  /** Other names that approvals may be addressed to: the person's name and address, the key's name. */
  readonly names?: readonly string[];
  /** Runs the installation: sees and creates projects, signs people in, changes the encryption keys. */
  readonly isOperator: boolean;
}

/** What a caller may see: all of its project. */
export function accessOf({ kind, id, project }: Caller): Access {
  return { project, actor: kind === id ? id : `${kind}:${id}` };
}
