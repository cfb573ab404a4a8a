import { ConnectorError } from "../errors/connector-error.ts";
import { includesScope } from "../text/scopes.ts";

/**
 * What an API key may do: a closed list.
 *
 * One to write includes the one to read (text/scopes.ts). `operations:read` runs operations that change nothing (and pick lists),
 * `operations:write` every operation. `admin` is everything, API keys, OAuth apps and projects included.
 */
export const SCOPES = {
  "credentials:read": "See credentials and their status",
  "credentials:write": "Add, change, test, reconnect and remove credentials",
  "operations:read": "Run operations that change nothing, and read pick lists",
  "operations:write": "Run every operation",
  "destinations:read": "See destinations, and what was sent to them",
  "destinations:write": "Add, change, test and remove destinations",
  "endpoints:read": "See endpoints, and what was delivered to them, redacted",
  "endpoints:write": "Add, change and remove endpoints, and replay deliveries",
  "workflows:read": "See workflows and their runs, redacted",
  "workflows:write": "Create, change, publish, pause and remove workflows",
  "workflows:run": "Start, approve, retry and cancel runs",
  "runs:reveal": "See the data of runs as it is",
  "data:forget": "Remove what is kept of a person",
  admin: "Everything, including API keys, OAuth apps and projects",
} as const;

export type Scope = keyof typeof SCOPES;

export function isScope(text: string): text is Scope {
  return Object.hasOwn(SCOPES, text);
}

/** Do these scopes allow what needs `scope`? */
export function allows(granted: readonly Scope[], scope: Scope): boolean {
  return granted.some((own) => own === "admin" || includesScope(own, scope));
}

/** @throws ConnectorError `forbidden` */
export function assertAllows(granted: readonly Scope[], scope: Scope): void {
  if (!allows(granted, scope)) throw new ConnectorError("forbidden", `this needs a key with the scope ${scope}`, { scope });
}
