import type { Request, Response } from "express";
import type { Scope } from "../../app/scopes.ts";
import type { Services } from "../../app/services.ts";
import type { ShapeName, Shapes } from "../../schemas/types/index.ts";
import type { Access } from "../../store/access.ts";
import type { Caller } from "../auth/caller.ts";

/** What a route says of itself. Its checks, its types in the SDK and the contract test are taken from here. */
export interface RouteFacts {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE" | "PUT";
  /** In express's spelling. */
  readonly path: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  /** Its query parameters, by name; all may be left out. */
  readonly query?: QueryFacts;
  /** The shape of the body. Absent: there must be none, or `{}`. */
  readonly body?: ShapeName;
  /** Every answer that is no problem. */
  readonly replies: readonly ReplyFacts[];
}

/** Text on the wire: numbers and yes or no are read from it. */
export type QueryParameter =
  | { readonly type: "string"; readonly description: string }
  | { readonly type: "integer"; readonly description: string; readonly maximum: number }
  | { readonly type: "boolean"; readonly description: string }
  | { readonly enum: readonly string[]; readonly description: string };
export type QueryFacts = Readonly<Record<string, QueryParameter>>;

/** JSON of a shape, lines of one (NDJSON), server-sent events with one as their data, text for another program, or nothing. */
export type ReplyFacts =
  | { readonly status: 200 | 201 | 202 | 503; readonly shape: ShapeName }
  | { readonly status: 200; readonly events: ShapeName }
  | { readonly status: 200; readonly lines: ShapeName }
  | { readonly status: 200; readonly text: "text/csv" }
  | { readonly status: 204 | 304 };

/** One route of the API: a value. Who may call, what is checked and how it is answered is done once, for all, by `api.ts`. */
export interface Route extends RouteFacts {
  /** The scope a caller needs; `"any"`: every known caller. May depend on the path. */
  readonly scope: Scope | "any" | ((params: Readonly<Record<string, string>>, services: Services) => Scope);
  /** Answers by returning, or writes to `call.res` itself and returns nothing. */
  handle(call: Call): Promise<Reply | undefined>;
}

/** A request whose caller is known and allowed, and whose query and body are checked. */
export interface Call<Query = unknown, Body = unknown> {
  readonly services: Services;
  readonly caller: Caller;
  /** What the caller may see, and in whose name: the only access that a route has. */
  readonly access: Access;
  readonly requestId: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
  readonly req: Request;
  readonly res: Response;
}

export interface Reply<Body = unknown> {
  /** 200 by default, 204 without a body. */
  readonly status?: number;
  readonly body?: Body;
  readonly headers?: Readonly<Record<string, string>>;
}

type QueryOf<Query extends QueryFacts> = { readonly [Name in keyof Query]?: ValueOf<Query[Name]> };
type ValueOf<Parameter> = Parameter extends { readonly enum: readonly (infer Word)[] }
  ? Word
  : Parameter extends { readonly type: "integer" }
    ? number
    : Parameter extends { readonly type: "boolean" }
      ? boolean
      : string;
type BodyOf<Name> = Name extends ShapeName ? Shapes[Name] : Readonly<Record<string, never>>;
type ReplyOf<Facts extends ReplyFacts> = Facts extends { readonly shape: infer Name extends ShapeName } ? Shapes[Name] : never;

interface TypedRoute<Query extends QueryFacts, Body, Facts extends ReplyFacts> extends Omit<Route, "handle"> {
  readonly query?: Query;
  readonly body?: Body & ShapeName;
  readonly replies: readonly Facts[];
  handle(call: Call<QueryOf<Query>, BodyOf<Body>>): Promise<Reply<ReplyOf<Facts>> | undefined>;
}

/** A route whose handler is typed by what the route says of its query, body and replies. */
export function defineRoute<
  const Query extends QueryFacts = Record<never, QueryParameter>,
  const Body extends ShapeName | undefined = undefined,
  const Facts extends ReplyFacts = ReplyFacts,
>(route: TypedRoute<Query, Body, Facts>): Route {
  return route as unknown as Route;
}

/** Query parameters of lists. */
export const PAGE_QUERY = {
  limit: { type: "integer", maximum: 100, description: "How many at most." },
  cursor: { type: "string", description: "Where to resume: `next` of the page before." },
} as const satisfies QueryFacts;
