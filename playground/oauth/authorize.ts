import { randomBytes } from "node:crypto";
import { type Answer, redirect } from "../answer.ts";
import { keepNewest } from "../keep-newest.ts";
import { PLAYGROUND_APP } from "../options.ts";
import type { World } from "../world.ts";
import type { Grant } from "./access-tokens.ts";
import { type AuthorizationRequest, CODE_LIFETIME_MS, type Codes } from "./codes.ts";
import { authorizeErrorPage, consentPage } from "./consent-page.ts";
import { OFFLINE_ACCESS, readScopes } from "./scopes.ts";

/** Consent pages that were shown and not answered. */
const KEPT = 1000;

export interface AuthorizeEndpoint {
  codes: Codes;
  world: () => World;
  now: () => number;
  redirectUris: readonly string[];
  isOwnAudience: (audience: string) => boolean;
  autoApprove: boolean;
}

export interface Authorize {
  /** `GET /authorize` */
  show(params: URLSearchParams): Answer;
  /** `POST /authorize/decision` */
  decide(form: URLSearchParams): Answer;
}

export function createAuthorize(endpoint: AuthorizeEndpoint): Authorize {
  const open = new Map<string, { request: AuthorizationRequest; expiresAt: number }>();

  function show(params: URLSearchParams): Answer {
    const refusal = refuse(params, endpoint.redirectUris);
    if (refusal !== undefined) return refusal;
    const request = readRequest(params, endpoint.isOwnAudience);
    if (endpoint.autoApprove) return approve(request);
    const transaction = randomBytes(24).toString("base64url");
    open.set(transaction, { request, expiresAt: endpoint.now() + CODE_LIFETIME_MS });
    keepNewest(open, KEPT);
    const { accountId } = endpoint.world();
    return consentPage({ request, user: superAdmin(endpoint.world()), accountId, transaction });
  }

  function decide(form: URLSearchParams): Answer {
    const transaction = form.get("transaction") ?? "";
    const waiting = open.get(transaction);
    open.delete(transaction);
    if (waiting === undefined || waiting.expiresAt <= endpoint.now()) {
      return authorizeErrorPage("This consent was answered before, or it is older than ten minutes. Start again from the app.");
    }
    return form.get("decision") === "approve" ? approve(waiting.request) : deny(waiting.request);
  }

  function approve(request: AuthorizationRequest): Answer {
    const world = endpoint.world();
    const { clientId, audience, scopes } = request;
    const grant: Grant = { userId: superAdmin(world).id, accountId: world.accountId, clientId, audience, scopes };
    return back(request, { code: endpoint.codes.issue(request, grant) });
  }

  return { show, decide };
}

function deny(request: AuthorizationRequest): Answer {
  return back(request, { error: "access_denied", error_description: "user_did_not_authorize_the_request" });
}

/** What cannot be told to the app, because it is not known who asks. */
function refuse(params: URLSearchParams, registered: readonly string[]): Answer | undefined {
  if (params.get("client_id") !== PLAYGROUND_APP.clientId) return authorizeErrorPage("The client_id is not known here.");
  const redirectUri = params.get("redirect_uri") ?? "";
  if (!registered.includes(redirectUri)) {
    return authorizeErrorPage("The redirect_uri is not one of the registered ones. It must be equal to the letter.", registered);
  }
  if (!params.get("state")) return authorizeErrorPage("The state parameter is missing.");
  const state = params.get("state") ?? "";
  const target = { redirectUri, state };
  if (params.get("response_type") !== "code")
    return back(target, { error: "unsupported_response_type", error_description: "response_type_must_be_code" });
  if (params.has("code_challenge") && params.get("code_challenge_method") !== "S256") {
    return back(target, { error: "invalid_request", error_description: "code_challenge_method_must_be_s256" });
  }
  return undefined;
}

/** Without a proper audience nothing but offline access can be granted (lever-api.md §1.3). */
function readRequest(params: URLSearchParams, isOwnAudience: (audience: string) => boolean): AuthorizationRequest {
  const audience = params.get("audience") ?? "";
  const asked = readScopes(params.get("scope") ?? "");
  return {
    clientId: PLAYGROUND_APP.clientId,
    redirectUri: params.get("redirect_uri") ?? "",
    state: params.get("state") ?? "",
    audience,
    scopes: isOwnAudience(audience) ? asked : asked.filter((scope) => scope === OFFLINE_ACCESS),
    codeChallenge: params.get("code_challenge") ?? undefined,
  };
}

function back({ redirectUri, state }: { redirectUri: string; state: string }, result: Record<string, string>): Answer {
  const target = new URL(redirectUri);
  for (const [name, value] of Object.entries({ state, ...result })) target.searchParams.set(name, value);
  return redirect(target.href);
}

/** Only a Super Admin can authorise. */
function superAdmin(world: World) {
  const admins = world.users.rows.filter((user) => user.accessRole === "super admin" && user.deactivatedAt === null);
  const rita = admins.find((user) => user.username === "rita") ?? admins[0];
  if (rita === undefined) throw new Error("The account has no active Super Admin");
  return rita;
}
