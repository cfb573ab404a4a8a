import { createHash } from "node:crypto";
import type { Configuration, IDToken, UserInfoResponse } from "openid-client";
import type { ConfiguredOidc } from "../../app/config.ts";
import { isLive } from "../../app/lifetime.ts";
import { reveal } from "../../sealing/secret.ts";
import type { Person } from "./person.ts";
import { isSameText } from "./same-text.ts";

/** What a browser's session keeps while its person is away at the provider. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly expiresAtMs: number;
}

/** The PKCE verifier of the sign-in with this state: a secret of the browser's session, stored nowhere. */
export type VerifierOf = (state: string) => string;

export interface OidcSignIn {
  /** What the provider is called on a button. */
  readonly title: string;
  /** Where to send the browser. @throws whatever kept the provider from answering; the next call asks again */
  begin(verifierOf: VerifierOf): Promise<{ readonly url: string; readonly pending: PendingSignIn }>;
  /** Is this the answer that was waited for? Anything else is not looked at. */
  isAnswer(url: URL, pending: PendingSignIn | undefined): pending is PendingSignIn;
  /** Who signed in, whether or not they may. @throws whatever was wrong with the answer, or with the provider */
  finish(url: URL, pending: PendingSignIn, verifierOf: VerifierOf): Promise<Person>;
  /** Is this person on the list? Asked again with every request, so that a changed list ends sessions. */
  allows(person: Person): boolean;
}

export interface OidcOptions extends ConfiguredOidc {
  readonly callbackUrl: string;
  /** `globalThis.fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => number;
}

const PREFIX = "oidc_";
const LIFE_MS = 10 * 60_000;
const TIMEOUT_S = 10;
const TOLERATED_SKEW_S = 30;
const MAX_NAME_LENGTH = 200;

/** Sign-in at an OpenID Connect provider: code flow with PKCE, state and nonce. Nothing is loaded or requested before the first sign-in. */
export function createOidcSignIn({ title, allow, callbackUrl, now = Date.now, ...party }: OidcOptions): OidcSignIn {
  let provider: Promise<Configuration> | undefined;

  function discovered(): Promise<Configuration> {
    provider ??= discover(party).catch((error) => {
      provider = undefined;
      throw error;
    });
    return provider;
  }

  return {
    title,

    async begin(verifierOf) {
      const client = await import("openid-client");
      const configuration = await discovered();
      const pending = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        expiresAtMs: now() + LIFE_MS,
      };
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: callbackUrl,
        scope: "openid email profile",
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifierOf(pending.state)),
        code_challenge_method: "S256",
      });
      return { url: url.href, pending };
    },

    isAnswer(url, pending): pending is PendingSignIn {
      const [state, ...others] = url.searchParams.getAll("state");
      if (!pending || !isLive(pending.expiresAtMs, { lifeMs: LIFE_MS, nowMs: now() })) return false;
      if (state === undefined || others.length > 0) return false;
      return isSameText(state, pending.state);
    },

    async finish(url, { state, nonce }, verifierOf) {
      const client = await import("openid-client");
      const configuration = await discovered();
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifierOf(state), idTokenExpected: true };
      const tokens = await client.authorizationCodeGrant(configuration, url, checks);
      const claims = tokens.claims();
      if (!claims) throw new Error("the provider gave no ID token");
      // Many providers tell the address only when they are asked for it.
      if (claims.email !== undefined || !configuration.serverMetadata().userinfo_endpoint) return toPerson(claims, claims);
      return toPerson(claims, await client.fetchUserInfo(configuration, tokens.access_token, claims.sub));
    },

    allows({ id, email }) {
      if (!id.startsWith(PREFIX) || email === null) return false;
      const address = email.toLowerCase();
      return allow.some((one) => (one.startsWith("@") ? address.slice(address.lastIndexOf("@")) === one : address === one));
    },
  };
}

type Party = Omit<ConfiguredOidc, "title" | "allow"> & Pick<OidcOptions, "fetch">;

async function discover({ issuer, clientId, clientSecret, fetch = globalThis.fetch }: Party): Promise<Configuration> {
  const client = await import("openid-client");
  const [post, basic] = [client.ClientSecretPost(reveal(clientSecret)), client.ClientSecretBasic(reveal(clientSecret))];
  const authentication: typeof post = (server, ...rest) =>
    server.token_endpoint_auth_methods_supported?.includes("client_secret_post") ? post(server, ...rest) : basic(server, ...rest);
  const execute = [
    client.enableNonRepudiationChecks,
    // Only for a provider on this machine: the configuration allows no other without https.
    ...(issuer.startsWith("http:") ? [client.allowInsecureRequests] : []),
  ];
  const metadata = { [client.clockTolerance]: TOLERATED_SKEW_S };
  return client.discovery(new URL(issuer), clientId, metadata, authentication, {
    execute,
    timeout: TIMEOUT_S,
    [client.customFetch]: (url, options) => fetch(url, options as RequestInit),
  });
}

/** An address that the provider calls unverified does not count: it may have been typed in by any user there. */
function toPerson({ iss, sub }: IDToken, told: IDToken | UserInfoResponse): Person {
  const isVerified = String(told.email_verified ?? true) !== "false";
  const email = typeof told.email === "string" && /^[^\s@]+@[^\s@]+$/.test(told.email) && isVerified ? told.email : null;
  const name = typeof told.name === "string" && told.name.trim() !== "" ? told.name.trim().slice(0, MAX_NAME_LENGTH) : null;
  // The subject itself may be a person's address; this id is logged.
  const id = createHash("sha256")
    .update(JSON.stringify([iss, sub]))
    .digest("base64url")
    .slice(0, 22);
  return { id: PREFIX + id, name, email };
}
