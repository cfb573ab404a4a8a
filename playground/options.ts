/** The API key the playground accepts from the start, with every permission. */
export const PLAYGROUND_API_KEY = "playground";

/** The OAuth app registered in the playground. It opens nothing but a playground, hence it may be public. */
export const PLAYGROUND_APP = {
  clientId: "lever-connector-development",
  clientSecret: "development-secret-of-the-playground",
} as const;

/** Registered from the start: where a connector with default settings receives the consent. */
const DEFAULT_REDIRECT_URIS = ["http://127.0.0.1:3000", "http://localhost:3000"].map(redirectUriOf);

/** Where the connector of a server at `publicUrl` receives the consent. */
export function redirectUriOf(publicUrl: string): string {
  return `${publicUrl}/oauth/lever/playground/callback`;
}

export interface RateLimit {
  perSecond: number;
  burst: number;
}

/** What is not settled about the user that a write is made for (lever-api.md §2.6). */
export interface PerformAsPolicy {
  /** Without one, where Lever documents it as optional: a probe of 2026 was refused, an archive of 2024 was not. */
  missing: "refuse" | "accept";
  /** One who was deactivated: accepted on record. */
  deactivated: "refuse" | "accept";
}

export interface PlaygroundOptions {
  /** Same seed, same data, ids included. */
  seed?: number;
  opportunities?: number;
  /** At least 4, so that every kind of user exists. */
  users?: number;
  /** At least 7, so that every kind of posting exists. */
  postings?: number;
  /** Clock in milliseconds since the epoch; drives token expiry and the rate bucket too. */
  now?: () => number;
  rateLimit?: RateLimit | false;
  performAs?: Partial<PerformAsPolicy>;
  accessTokenTtlSeconds?: number;
  /** What a used refresh token does: revoke all tokens of that consent, or merely be refused. */
  refreshReuse?: "revoke_family" | "refuse";
  /** How long the previous refresh token stays usable after a rotation. */
  refreshGraceMs?: number;
  /** Pause of the token endpoint before it does anything. */
  tokenDelayMs?: number;
  /** Consent is given without showing the page. */
  autoApprove?: boolean;
  /** Further redirect addresses of the development app; compared exactly. */
  redirectUris?: readonly string[];
  /** Largest request body accepted, in bytes. */
  maxBody?: number;
  /** Who may use `/_playground`: by default only this machine. */
  controlFrom?: "loopback" | "anywhere";
}

export type ResolvedOptions = Required<PlaygroundOptions> & { performAs: PerformAsPolicy };

export function resolveOptions(options: PlaygroundOptions): ResolvedOptions {
  return {
    seed: 42,
    opportunities: 1000,
    now: Date.now,
    rateLimit: { perSecond: 10, burst: 20 },
    accessTokenTtlSeconds: 3600,
    refreshReuse: "revoke_family",
    refreshGraceMs: 0,
    tokenDelayMs: 0,
    autoApprove: false,
    maxBody: 1_048_576,
    controlFrom: "loopback",
    ...options,
    performAs: { missing: "refuse", deactivated: "accept", ...options.performAs },
    users: Math.max(4, options.users ?? 12),
    postings: Math.max(7, options.postings ?? 24),
    redirectUris: [...DEFAULT_REDIRECT_URIS, ...(options.redirectUris ?? [])],
  };
}

export interface PlaygroundEnvironment {
  title: string;
  description: string;
  api: string;
  authorize: string;
  token: string;
  audience: string;
  web: string;
  clientId: string;
  clientSecret: string;
}

/** Describes a playground reachable at `url` the way a manifest describes production and sandbox. */
export function playgroundEnvironment(url: string): PlaygroundEnvironment {
  const origin = url.replace(/\/+$/, "");
  return {
    title: "Playground",
    description: "A stand-in for Lever on this machine, with fictitious people. It needs no Lever account.",
    api: `${origin}/v1`,
    authorize: `${origin}/authorize`,
    token: `${origin}/oauth/token`,
    audience: `${origin}/v1/`,
    web: origin,
    clientId: PLAYGROUND_APP.clientId,
    clientSecret: PLAYGROUND_APP.clientSecret,
  };
}
