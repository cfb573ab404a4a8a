import { Agent, type Dispatcher, request } from "undici";
import { createConnect, type ProxySettings } from "../connector/http/proxy.ts";
import type { Environment } from "../connector/types.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import { reveal, Secret } from "../sealing/secret.ts";
import { type ClaimNames, readClaims } from "./token-claims.ts";
import { describeNetworkError, judgeTokenAnswer, type TokenVerdict } from "./token-verdict.ts";
import type { OAuthApp, TokenGrant } from "./types.ts";

interface TokenCall {
  readonly environment: Environment;
  readonly app: OAuthApp;
  /** Who a token is for, where it says so. */
  readonly claims?: ClaimNames | undefined;
  readonly signal?: AbortSignal;
}

export interface ExchangeOptions extends TokenCall {
  readonly code: string;
  /** The very text that was sent to the authorize page. */
  readonly redirectUri: string;
  /** PKCE verifier of the flow. */
  readonly verifier: Secret;
}

export interface RefreshOptions extends TokenCall {
  readonly refreshToken: Secret;
}

export type RefreshResult = { readonly ok: true; readonly grant: RefreshGrant } | Exclude<TokenVerdict, { ok: true }>;
/** `scopes` null: the answer named none, so they stay. */
export type RefreshGrant = Omit<TokenGrant, "scopes"> & { readonly scopes: readonly string[] | null };

/** The token endpoint of the service's authorization server. One request per call: no retry, no redirect. */
export interface TokenEndpoint {
  /**
   * Swaps the code of a finished consent for tokens. A code works once: never call it twice for one.
   *
   * @throws ConnectorError `oauth_exchange_failed`, `oauth_app_rejected`
   */
  exchangeCode(options: ExchangeOptions): Promise<TokenGrant>;
  /** Asks for the next pair of tokens. Does not throw for what the endpoint or the network does. */
  refreshTokens(options: RefreshOptions): Promise<RefreshResult>;
  dispose(): Promise<void>;
}

export interface TokenEndpointOptions {
  /** Created for it where none is given: connect 3 s, answers of at most 64 kB. */
  readonly dispatcher?: Dispatcher;
  readonly proxies?: ProxySettings | undefined;
  /** For the whole request; 15 s by default. */
  readonly timeoutMs?: number;
  readonly now?: () => number;
}

const CONNECT_MS = 3_000;
const TOTAL_MS = 15_000;
const BODY_BYTES = 64 * 1024;
const ASSUMED_LIFE_S = 3_600;

export function createTokenEndpoint({
  dispatcher,
  proxies,
  timeoutMs = TOTAL_MS,
  now = Date.now,
}: TokenEndpointOptions = {}): TokenEndpoint {
  const own =
    dispatcher === undefined
      ? new Agent({ connect: createConnect({ proxies, timeoutMs: CONNECT_MS }), connections: 8 })
      : undefined;

  async function post(url: string, form: Record<string, string>, signal?: AbortSignal): Promise<TokenVerdict> {
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      const answer = await request(url, {
        method: "POST",
        dispatcher: dispatcher ?? (own as Agent),
        headers: {
          accept: "application/json",
          "accept-encoding": "identity",
          "content-type": "application/x-www-form-urlencoded",
        },
        body: new URLSearchParams(form).toString(),
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      });
      const retryAfter = answer.headers["retry-after"];
      return judgeTokenAnswer(
        answer.statusCode,
        await readText(answer.body),
        typeof retryAfter === "string" ? retryAfter : undefined,
      );
    } catch (cause) {
      return { ok: false, kind: "transient", ...describeNetworkError(cause) };
    }
  }

  return {
    async exchangeCode({ environment, app, claims, code, redirectUri, verifier, signal }) {
      const form = {
        grant_type: "authorization_code",
        code,
        redirect_uri: redirectUri,
        code_verifier: reveal(verifier),
        ...appFields(app),
      };
      const verdict = await post(tokenUrl(environment), form, signal);
      if (verdict.ok) {
        const grant = toGrant(verdict.body, claims, now());
        // No scope in the answer means: as asked for (RFC 6749, section 5.1).
        return { ...grant, scopes: grant.scopes ?? app.scopes, clientId: app.clientId };
      }
      if (verdict.kind === "app_rejected") throw appRejected(app, verdict.reason);
      const message = `The service did not hand out tokens: ${verdict.reason}`;
      throw new ConnectorError("oauth_exchange_failed", message, { upstream: toUpstream(verdict) });
    },

    async refreshTokens({ environment, app, claims, refreshToken, signal }) {
      const form = { grant_type: "refresh_token", refresh_token: reveal(refreshToken), ...appFields(app) };
      const verdict = await post(tokenUrl(environment), form, signal);
      return verdict.ok ? { ok: true, grant: toGrant(verdict.body, claims, now()) } : verdict;
    },

    async dispose() {
      if (own !== undefined && !own.closed) await own.close();
    },
  };
}

/** The client id or secret was refused: the operator has to act, not the owner of the credential. */
export function appRejected({ environment, clientId, source }: OAuthApp, reason: string): ConnectorError {
  const message = `The service refused the OAuth app of ${environment} (${reason}); check its client id and secret`;
  return new ConnectorError("oauth_app_rejected", message, { environment, clientId, source });
}

/** @throws ConnectorError `environment_unknown` for one that was added without it */
function tokenUrl({ title, token }: Environment): string {
  if (token !== undefined) return token;
  throw new ConnectorError("environment_unknown", `The environment ${title} has no token endpoint`);
}

function appFields({ clientId, clientSecret }: OAuthApp): Record<string, string> {
  return { client_id: clientId, client_secret: reveal(clientSecret) };
}

function toUpstream({ status, error }: { status?: number; error?: string }) {
  return { ...(status === undefined ? {} : { status }), ...(error === undefined ? {} : { code: error }) };
}

function toGrant(body: Readonly<Record<string, unknown>>, claims: ClaimNames | undefined, receivedAtMs: number): RefreshGrant {
  const { access_token: token, refresh_token: refreshToken, expires_in: expiresIn, scope } = body;
  const lifeS = typeof expiresIn === "number" || typeof expiresIn === "string" ? Number(expiresIn) : Number.NaN;
  const accessToken = new Secret(String(token));
  const { userId, accountId } = readClaims(accessToken, claims);
  return {
    accessToken,
    refreshToken: typeof refreshToken === "string" && refreshToken !== "" ? new Secret(refreshToken) : null,
    expiresAtMs: receivedAtMs + (Number.isFinite(lifeS) && lifeS > 0 ? lifeS : ASSUMED_LIFE_S) * 1000,
    scopes: typeof scope === "string" && scope.trim() !== "" ? scope.trim().split(/\s+/) : null,
    userId,
    accountId,
  };
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES)
      throw Object.assign(new Error("the token endpoint's answer is too large"), { code: "answer_too_large" });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
