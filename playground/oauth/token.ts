import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, json } from "../answer.ts";
import { PLAYGROUND_APP } from "../options.ts";
import type { AccessTokens, Grant } from "./access-tokens.ts";
import type { Codes } from "./codes.ts";
import type { TokenCounters } from "./counters.ts";
import type { RefreshTokens } from "./refresh-tokens.ts";
import { OFFLINE_ACCESS } from "./scopes.ts";

export interface TokenEndpoint {
  codes: Codes;
  accessTokens: AccessTokens;
  refreshTokens: RefreshTokens;
  counters: TokenCounters;
  delayMs: number;
}

interface TokenRequest {
  form: URLSearchParams;
  authorization: string | undefined;
  issuer: string;
}

/** `POST /oauth/token`: speaks Auth0's errors, not Lever's (lever-api.md §1.3). */
export async function answerTokenRequest(endpoint: TokenEndpoint, request: TokenRequest): Promise<Answer> {
  const { counters } = endpoint;
  counters.tokenRequests += 1;
  counters.maxInFlight = Math.max(counters.maxInFlight, ++counters.inFlight);
  try {
    if (endpoint.delayMs > 0) await sleep(endpoint.delayMs, undefined, { ref: false });
    const answer = grantTokens(endpoint, request);
    if (answer.status !== 200) counters.refused += 1;
    return answer;
  } finally {
    counters.inFlight -= 1;
  }
}

function grantTokens(endpoint: TokenEndpoint, request: TokenRequest): Answer {
  const { form } = request;
  const grantType = form.get("grant_type");
  if (grantType === null) return oauthError(400, "invalid_request", "Missing required parameter: grant_type");
  const client = readClient(request);
  if (client.id !== PLAYGROUND_APP.clientId || client.secret !== PLAYGROUND_APP.clientSecret) {
    return oauthError(401, "invalid_client", "Unauthorized");
  }
  if (grantType === "authorization_code") return exchangeCode(endpoint, request, client.id);
  if (grantType === "refresh_token") return refresh(endpoint, request, client.id);
  return oauthError(403, "unauthorized_client", "Grant type is not allowed for the client.");
}

/** `client_secret_basic` or `client_secret_post`. */
function readClient({ form, authorization }: TokenRequest): { id: string | null; secret: string | null } {
  const basic = /^basic (.+)$/i.exec(authorization ?? "")?.[1];
  if (basic === undefined) return { id: form.get("client_id"), secret: form.get("client_secret") };
  const [id = "", secret = ""] = Buffer.from(basic, "base64").toString("utf8").split(":");
  return { id: unescapeForm(id), secret: unescapeForm(secret) };
}

/** RFC 6749 §2.3.1 form-encodes both halves. */
function unescapeForm(text: string): string {
  return new URLSearchParams(`value=${text}`).get("value") ?? "";
}

function exchangeCode(endpoint: TokenEndpoint, { form, issuer }: TokenRequest, clientId: string): Answer {
  const codeVerifier = form.get("code_verifier") ?? undefined;
  const sent = { clientId, redirectUri: form.get("redirect_uri") ?? "", codeVerifier };
  const redemption = endpoint.codes.redeem(form.get("code") ?? "", sent);
  if (redemption.state === "used") endpoint.refreshTokens.revokeFamily(redemption.familyId);
  if (redemption.state === "wrong_redirect_uri") return oauthError(403, "invalid_grant", "The redirect URI is wrong.");
  if (redemption.state === "wrong_verifier") return oauthError(403, "invalid_grant", "Failed to verify code verifier");
  if (redemption.state !== "redeemed") return oauthError(403, "invalid_grant", "Invalid authorization code");
  endpoint.counters.exchanges += 1;
  const { grant } = redemption;
  if (!grant.scopes.includes(OFFLINE_ACCESS)) return tokens(endpoint, grant, issuer, undefined);
  const { familyId, refreshToken } = endpoint.refreshTokens.start(grant);
  redemption.markUsedBy(familyId);
  return tokens(endpoint, grant, issuer, refreshToken);
}

function refresh(endpoint: TokenEndpoint, { form, issuer }: TokenRequest, clientId: string): Answer {
  const rotation = endpoint.refreshTokens.rotate(form.get("refresh_token") ?? "", clientId);
  if (rotation.state === "rotated") {
    endpoint.counters.refreshes += 1;
    return tokens(endpoint, rotation.grant, issuer, rotation.refreshToken);
  }
  if (rotation.state === "reused") {
    endpoint.counters.reuseDetected += 1;
    if (rotation.familyRevoked) endpoint.counters.familiesRevoked += 1;
  }
  return oauthError(403, "invalid_grant", "Unknown or invalid refresh token.");
}

function tokens(endpoint: TokenEndpoint, grant: Grant, issuer: string, refreshToken: string | undefined): Answer {
  return oauthJson(200, {
    access_token: endpoint.accessTokens.issue(grant, issuer),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    token_type: "Bearer",
    scope: grant.scopes.join(" "),
    expires_in: endpoint.accessTokens.ttlSeconds,
  });
}

function oauthError(status: number, error: string, description: string): Answer {
  return oauthJson(status, { error, error_description: description });
}

function oauthJson(status: number, value: unknown): Answer {
  return json(status, value, { "cache-control": "no-store", pragma: "no-cache" });
}
