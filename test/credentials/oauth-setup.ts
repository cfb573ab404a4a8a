import { createHash } from "node:crypto";
import type { Connectors, Environment } from "../../connector/types.ts";
import { type CredentialStore, createCredentials } from "../../credentials/credential-store.ts";
import { createTokenEndpoint, type TokenEndpoint } from "../../credentials/oauth.ts";
import { createOAuthApps, type OAuthApps } from "../../credentials/oauth-apps.ts";
import { createOAuthFlows } from "../../credentials/oauth-flows.ts";
import { createRefresher } from "../../credentials/refresh.ts";
import type { RefreshTiming } from "../../credentials/refresher.ts";
import { claimsOf } from "../../credentials/token-claims.ts";
import {
  playgroundEnvironment,
  type RunningPlayground,
  type StartPlaygroundOptions,
  startPlayground,
} from "../../playground/index.ts";
import { createKeyRing, type KeyRing } from "../../sealing/encrypt.ts";
import { reveal } from "../../sealing/secret.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { accessTo } from "../support/access.ts";
import { connectorsOf } from "../support/connectors.ts";
import { newKey } from "./setup.ts";

export const SCOPES = ["opportunities:write:admin", "users:read:admin", "tags:read:admin"];
const PLAYGROUND = { connector: "lever", environment: "playground" } as const;
const REDIRECT_URI = "http://127.0.0.1:3000/oauth/lever/playground/callback";

export interface OAuthRoom {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  /** The ring's key as `CREDENTIALS_KEYS` would hold it. */
  readonly keysText: string;
  readonly running: RunningPlayground;
  readonly environments: Readonly<Record<string, Environment>>;
  readonly connectors: Connectors;
  readonly apps: OAuthApps;
  readonly tokens: TokenEndpoint;
  /** The clock of every part made by `another`. */
  readonly clock: { ms: number };
  /** Credentials as another process would hold them, on the same store. */
  another(timing?: Partial<RefreshTiming>, changed?: { store?: DocumentStore; apps?: OAuthApps }): CredentialStore;
  close(): Promise<void>;
}

export async function openOAuthRoom(store: DocumentStore, options: StartPlaygroundOptions = {}): Promise<OAuthRoom> {
  const running = await startPlayground({ port: 0, opportunities: 5, autoApprove: true, rateLimit: false, ...options });
  const environments = { playground: playgroundEnvironment(running.url) };
  const connectors = connectorsOf(environments, SCOPES);
  const sealing = newKey("k1");
  const ring = createKeyRing([sealing]);
  const apps = createOAuthApps({ store, ring, configured: {}, connectors });
  const clock = { ms: Date.now() };
  const now = () => clock.ms;
  const tokens = createTokenEndpoint({ now });
  const made: CredentialStore[] = [];
  return {
    store,
    ring,
    keysText: `k1:${sealing.key.toString("base64")}`,
    running,
    environments,
    connectors,
    apps,
    tokens,
    clock,
    another(timing = {}, changed = {}) {
      const parts = { store, ring, connectors, now, apps, tokens, ...changed };
      const refresher = createRefresher({ ...parts, timing: { backoffMs: 10, ...timing } });
      const credentials = createCredentials({ ...parts, refresher });
      made.push(credentials);
      return credentials;
    },
    async close() {
      await Promise.all(made.map((credentials) => credentials.settled()));
      await running.close();
      await tokens.dispose();
    },
  };
}

/** The whole consent over real sockets: ticket, authorize page, code, tokens. Answers the credential's id. */
export async function connect(
  room: OAuthRoom,
  project = "p1",
  nickname = `n-${Math.random()}`,
  scopes?: readonly string[],
): Promise<string> {
  const credentials = room.another();
  const { id } = await credentials.create(accessTo(project), { nickname, environment: "playground", auth: { type: "oauth2" } });
  await consent(room, project, id, scopes);
  return id;
}

export async function consent(room: OAuthRoom, project: string, id: string, scopes?: readonly string[]): Promise<void> {
  const flows = createOAuthFlows(room);
  const { ticket } = await flows.createTicket(accessTo(project), { credential: id, ...PLAYGROUND });
  const begun = await flows.beginConsent(ticket, PLAYGROUND);
  const app = await room.apps.resolve(accessTo(project), PLAYGROUND);
  const environment = room.environments.playground as Environment;
  const asked = scopes ?? app.scopes;
  const claims = claimsOf(room.connectors.builtIn.manifest);
  const challenge = createHash("sha256").update(reveal(begun.verifier)).digest("base64url");
  const query = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: REDIRECT_URI,
    response_type: "code",
    state: begun.state,
    audience: String(environment.audience),
    scope: asked.join(" "),
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  const back = await fetch(`${environment.authorize}?${query}`, { redirect: "manual" });
  const location = new URL(String(back.headers.get("location")));
  const state = String(location.searchParams.get("state"));
  const { verifier, flow } = await flows.takeState(state, { ...PLAYGROUND, browser: begun.browser });
  const code = String(location.searchParams.get("code"));
  const grant = await room.tokens.exchangeCode({ environment, app, claims, code, redirectUri: REDIRECT_URI, verifier });
  await room.another().saveGrant(accessTo(flow.project), flow.credential, grant, app.scopes);
}

export async function control(room: OAuthRoom, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await fetch(`${room.running.url}/_playground${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body ?? {}),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json().catch(() => ({}))) as Record<string, unknown>;
}
