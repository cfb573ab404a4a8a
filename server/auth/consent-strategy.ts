import type { Request, Response } from "express";
import { Passport } from "passport";
import OAuth2Strategy from "passport-oauth2";
import type { Environment } from "../../connector/types.ts";
import type { TokenEndpoint } from "../../credentials/oauth.ts";
import type { ClaimNames } from "../../credentials/token-claims.ts";
import type { OAuthApp, TokenGrant } from "../../credentials/types.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { reveal, Secret } from "../../sealing/secret.ts";

/** What a consent at one environment's authorization server needs. */
export interface ConsentParty {
  readonly environment: Environment;
  /** Who a token is for, where it says so. */
  readonly claims?: ClaimNames | undefined;
  readonly app: OAuthApp;
  /** Our callback: absolute, the same text in both requests. */
  readonly callbackUrl: string;
}

/**
 * Sends the browser to the service's consent page. `remember` keeps the PKCE verifier and answers the state.
 *
 * @throws whatever `remember` throws
 */
export function redirectToConsent(
  req: Request,
  res: Response,
  party: ConsentParty,
  remember: (verifier: Secret) => Promise<string>,
): Promise<void> {
  const store = {
    // passport-oauth2 counts the parameters to know what to pass.
    store(_req: Request, verifier: string, _state: unknown, _meta: unknown, done: (error: unknown, state?: string) => void) {
      remember(new Secret(verifier)).then((state) => done(null, state), done);
    },
    verify(_req: Request, _state: string, done: (error: unknown) => void) {
      done(new Error("a consent cannot end where it starts"));
    },
  };
  return new Promise((resolve, reject) => {
    res.once("finish", resolve);
    authenticate(req, res, new ConsentStrategy(party, store), (error) =>
      reject(error ?? new Error("the consent could not be started")),
    );
  });
}

/**
 * Swaps the code that the service's redirect brought for tokens. State and browser are already proven, and `verifier` is that consent's.
 *
 * @throws ConnectorError `oauth_exchange_failed`, `oauth_app_rejected`
 */
export function exchangeCode(
  req: Request,
  res: Response,
  party: ConsentParty,
  tokens: Pick<TokenEndpoint, "exchangeCode">,
  verifier: Secret,
): Promise<TokenGrant> {
  const store = {
    store(_req: Request, done: (error: unknown) => void) {
      done(new Error("a consent cannot start where it ends"));
    },
    verify(_req: Request, _state: string, done: (error: unknown, verifier: string) => void) {
      done(null, reveal(verifier));
    },
  };
  return new Promise((resolve, reject) => {
    authenticate(req, res, new ConsentStrategy(party, store, tokens), (error, grant) => {
      if (grant) resolve(grant);
      else reject(unwrap(error));
    });
  });
}

type TokenCallback = (error: unknown, accessToken?: string, refreshToken?: string, results?: { grant: TokenGrant }) => void;

/** passport-oauth2 with an `audience` where the environment has one, PKCE, and our own bounded token call in place of the one of its `oauth` package. */
class ConsentStrategy extends OAuth2Strategy {
  readonly #audience: string | undefined;

  constructor(
    { environment, app, claims, callbackUrl }: ConsentParty,
    store: object,
    tokens?: Pick<TokenEndpoint, "exchangeCode">,
  ) {
    super(
      {
        authorizationURL: authorizeUrl(environment),
        // Only its presence is asked for: the token call below knows where to go.
        tokenURL: environment.token ?? "",
        clientID: app.clientId,
        // The token call below has the real one; this copy could only leak.
        clientSecret: "",
        callbackURL: callbackUrl,
        scope: [...app.scopes],
        pkce: true,
        state: true,
        store: store as OAuth2Strategy.StateStore,
        skipUserProfile: true,
      },
      (
        _accessToken: string,
        _refreshToken: string,
        results: { grant: TokenGrant },
        _profile: unknown,
        done: OAuth2Strategy.VerifyCallback,
      ) => done(null, results.grant as unknown as Express.User),
    );
    this.#audience = environment.audience;
    Object.assign(this._oauth2, {
      getOAuthAccessToken(code: string, params: Record<string, string>, done: TokenCallback) {
        const verifier = new Secret(String(params.code_verifier));
        const redirectUri = String(params.redirect_uri);
        const answer = tokens?.exchangeCode({ environment, app, claims, code, redirectUri, verifier });
        // The tokens stay closed: passport only wants to see that there is one.
        answer?.then((grant) => done(null, "[secret]", "[secret]", { grant }), done);
      },
    });
  }

  override authorizationParams(): object {
    return this.#audience === undefined ? {} : { audience: this.#audience };
  }
}

/** @throws ConnectorError `environment_unknown` for one that was added without it */
export function authorizeUrl({ title, authorize }: Environment): string {
  if (authorize !== undefined) return authorize;
  throw new ConnectorError("environment_unknown", `The environment ${title} has no page for consents`);
}

function authenticate(
  req: Request,
  res: Response,
  strategy: ConsentStrategy,
  done: (error: unknown, grant?: TokenGrant) => void,
): void {
  const ended = (error: unknown, grant: unknown) => done(error, (grant || undefined) as TokenGrant | undefined);
  new Passport().authenticate(strategy, { session: false }, ended)(req, res, done);
}

/** passport-oauth2 wraps what the token call failed with. */
function unwrap(error: unknown): unknown {
  const inner = error instanceof Error && "oauthError" in error ? error.oauthError : error;
  return inner ?? new ConnectorError("oauth_exchange_failed", "the service's answer to the consent could not be used");
}
