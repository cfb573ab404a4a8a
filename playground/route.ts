import type { Answer } from "./answer.ts";
import type { Caller } from "./caller.ts";
import { badRequest, forbidden, type LeverError, userNotFound } from "./errors.ts";
import type { Effect } from "./ledger.ts";
import type { Form } from "./multipart.ts";
import type { PerformAsPolicy } from "./options.ts";
import type { Query } from "./query.ts";
import type { User, World } from "./world.ts";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What an endpoint gets to see of a request. */
export interface Call {
  world: World;
  query: Query;
  params: Record<string, string>;
  body: unknown;
  /** Sent in a form beside the body. */
  files: Form["files"];
  caller: Caller;
  /** Origin of the account's web pages. */
  web: string;
  now: number;
  performAs: PerformAsPolicy;
  /** Writes one effect to the ledger. */
  record(effect: Omit<Effect, "seq" | "at" | "method" | "path" | "caller" | "requestId">): void;
}

/** An endpoint of the API. A new one is a value like this in one of the lists in `routes/`. */
export interface Route {
  method: Method;
  /** Below `/v1`, with `:name` for ids. Also the name an API key's permission goes by: `GET /users`. */
  path: string;
  /** Null where the playground does not have the endpoint, and every token may learn so. */
  scope: string | null;
  /** Files can be sent along, as multipart/form-data. */
  takesForms?: boolean;
  /** False where nothing is sent, whatever the method. */
  needsBody?: boolean;
  handle(call: Call): Answer;
}

/**
 * The user something is created for, or a posting changed: documented as required (lever-api.md §2.6).
 *
 * @throws LeverError 400 when it is missing, 404 when there is no such user
 */
export function performAs(call: Call, verb: "create" | "update"): User {
  const user = optionalPerformAs(call);
  if (user !== null) return user;
  throw badRequest(`Missing perform_as parameter. Please specify a user for which to perform this ${verb}.`);
}

/** The user an opportunity is changed for: documented as optional, yet refused in a probe. The policy decides. */
export function performAsIfGiven(call: Call): User | null {
  return call.performAs.missing === "refuse" ? performAs(call, "update") : optionalPerformAs(call);
}

function optionalPerformAs({ query, world, performAs: policy }: Call): User | null {
  const id = query.one("perform_as");
  if (id === undefined || id === "") return null;
  const user = world.userById.get(id);
  if (user === undefined) throw userNotFound();
  if (user.deactivatedAt !== null && policy.deactivated === "refuse") throw badRequest("The perform_as user is deactivated");
  return user;
}

/** Which confidential rows a list shows (lever-api.md §2.9). @throws LeverError 403 without the grant */
export function readConfidentiality(call: Call): (value: string) => boolean {
  const asked = call.query.oneOf("confidentiality", ["non-confidential", "confidential", "all"]) ?? "non-confidential";
  if (asked !== "non-confidential" && !call.caller.confidential) throw noGrant();
  return (value) => asked === "all" || value === asked;
}

export function assertMayRead(call: Call, confidentiality: string): void {
  if (confidentiality === "confidential" && !call.caller.confidential) throw noGrant();
}

function noGrant(): LeverError {
  return forbidden("You do not have access to confidential data.");
}
