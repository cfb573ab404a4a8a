import type { Request, Response } from "express";
import type { Scope } from "../../app/scopes.ts";
import type { Services } from "../../app/services.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import type { Access } from "../../store/access.ts";
import type { Caller } from "../auth/caller.ts";

/** One route of the API: a value. Who may call, what is checked and how it is answered is done once, for all, by `api.ts`. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE" | "PUT";
  /** Below `/api/v1`, in express's spelling. */
  readonly path: string;
  /** The scope a caller needs; `"any"`: every known caller. May depend on the path. */
  readonly scope: Scope | "any" | ((params: Readonly<Record<string, string>>, services: Services) => Scope);
  /** Names of the query parameters. */
  readonly query?: readonly string[];
  /** Schema of the body. Absent: there must be none, or `{}`. */
  readonly body?: JsonSchema;
  /** Answers by returning, or writes to `call.res` itself and returns nothing. */
  handle(call: Call): Promise<Reply | undefined>;
}

/** A request whose caller is known and allowed, and whose query and body are checked. */
export interface Call {
  readonly services: Services;
  readonly caller: Caller;
  /** What the caller may see, and in whose name: the only access that a route has. */
  readonly access: Access;
  readonly requestId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
  readonly req: Request;
  readonly res: Response;
}

export interface Reply {
  /** 200 by default, 204 without a body. */
  readonly status?: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Query parameters of lists. */
export const PAGE_QUERY = ["limit", "cursor"] as const;
