import type { Environment } from "../connector/types.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal, Secret } from "../sealing/secret.ts";
import { type Access, wholeProject } from "../store/access.ts";
import { type Collection, openCollection } from "../store/collection.ts";
import type { DocumentStore, StoredDocument } from "../store/document-store.ts";
import { invalidInput } from "./check-input.ts";
import type { OAuthApp } from "./types.ts";

/** The OAuth app that a project uses for an environment, without its secret. */
export interface OAuthAppSettings {
  readonly environment: string;
  /** null: consents cannot be started here. */
  readonly clientId: string | null;
  readonly hasSecret: boolean;
  readonly scopes: readonly string[];
  readonly source: OAuthApp["source"] | null;
}

export interface OAuthAppChange {
  readonly clientId: string;
  /** Write-only. Left out, the saved one stays; it must be given where the client id changes. */
  readonly clientSecret?: Secret;
  /** Left out or empty: the connector's default scopes. */
  readonly scopes?: readonly string[];
}

export interface ConfiguredApp {
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scopes?: readonly string[];
}

export interface OAuthApps {
  /** The app to connect and refresh with. @throws ConnectorError `oauth_app_missing` saying what to set, `environment_unknown` */
  resolve(access: Access, environment: string): Promise<OAuthApp>;
  /** What each environment uses now. */
  list(access: Access): Promise<OAuthAppSettings[]>;
  /** Saves a project's own app. @throws ConnectorError `input_invalid`, `environment_unknown` */
  save(access: Access, environment: string, change: OAuthAppChange): Promise<OAuthAppSettings>;
  /** Goes back to the configuration or the built-in app. Repeatable. */
  remove(access: Access, environment: string): Promise<void>;
}

export interface OAuthAppsOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  /** From the configuration, by environment. */
  readonly configured: Readonly<Record<string, ConfiguredApp>>;
  readonly environments: Readonly<Record<string, Environment>>;
  /** Asked for where an app names none: the manifest's default scopes. */
  readonly scopes: readonly string[];
  readonly now?: () => number;
}

interface AppDocument extends StoredDocument {
  readonly environment: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
}

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;
const PRINTABLE = /^[\x21-\x7e]{1,512}$/;
const ATTEMPTS = 5;

/** OAuth apps by project and environment: the project's settings, else the configuration, else the app built into the environment. */
export function createOAuthApps(options: OAuthAppsOptions): OAuthApps {
  const { ring, configured, environments, now = Date.now } = options;
  const apps = openCollection(options.store, "oauthApps");

  function environmentOf(name: string): Environment {
    const environment = Object.hasOwn(environments, name) ? environments[name] : undefined;
    if (environment !== undefined) return environment;
    throw new ConnectorError(
      "environment_unknown",
      `There is no such environment; known are ${Object.keys(environments).join(", ")}`,
    );
  }

  async function saved(access: Access, environment: string): Promise<OAuthApp | undefined> {
    const document = (await apps.get(access, toId(environment))) as AppDocument | undefined;
    if (document === undefined) return undefined;
    const clientSecret = ring.open(document.clientSecret, placeOf("oauthApps", document, "clientSecret"));
    return {
      environment,
      clientId: document.clientId,
      clientSecret,
      scopes: withSession(document.scopes, options.scopes),
      source: "settings",
    };
  }

  function fallback(environment: string): OAuthApp | undefined {
    const app = Object.hasOwn(configured, environment) ? configured[environment] : undefined;
    if (app !== undefined)
      return { environment, ...app, scopes: withSession(app.scopes, options.scopes), source: "configuration" };
    const { clientId, clientSecret } = environmentOf(environment);
    if (clientId === undefined || clientSecret === undefined) return undefined;
    return {
      environment,
      clientId,
      clientSecret: new Secret(clientSecret),
      scopes: withSession([], options.scopes),
      source: "development",
    };
  }

  async function settings(access: Access, environment: string): Promise<OAuthAppSettings> {
    const app = (await saved(access, environment)) ?? fallback(environment);
    if (app === undefined)
      return { environment, clientId: null, hasSecret: false, scopes: withSession([], options.scopes), source: null };
    return { environment, clientId: app.clientId, hasSecret: true, scopes: app.scopes, source: app.source };
  }

  return {
    async resolve(access, environment) {
      environmentOf(environment);
      const app = (await saved(wholeProject(access), environment)) ?? fallback(environment);
      if (app === undefined) throw appMissing(environment);
      return app;
    },

    list: (access) => Promise.all(Object.keys(environments).map((environment) => settings(access, environment))),

    async save(access, environment, change) {
      environmentOf(environment);
      const { clientId, scopes } = checkChange(change);
      const { project } = access;
      const id = toId(environment);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const before = (await apps.get(access, id)) as AppDocument | undefined;
        const set = { clientId, scopes, updatedAtMs: now(), ...secretFields(ring, { id, project, environment }, change, before) };
        if (await upsert(apps, access, { id, environment, ...set }, before)) return settings(access, environment);
      }
      throw new ConnectorError("conflict", "The OAuth app's settings kept changing while they were saved");
    },

    async remove(access, environment) {
      await apps.remove(access, toId(environment));
    },
  };
}

async function upsert(
  apps: Collection,
  access: Access,
  document: Record<string, unknown> & { id: string },
  before?: AppDocument,
) {
  const { id, ...set } = document;
  if (before !== undefined) return (await apps.patch(access, id, { set }, { version: before.version })) !== undefined;
  return (await apps.insertIfAbsent(access, document)).isNew;
}

/** A secret belongs to its client id: sending the old one for another app would hand it to that app's owner. */
function secretFields(
  ring: KeyRing,
  app: Pick<AppDocument, "project" | "id" | "environment">,
  { clientId, clientSecret }: OAuthAppChange,
  before?: AppDocument,
) {
  if (clientSecret !== undefined) {
    if (!PRINTABLE.test(reveal(clientSecret)))
      throw invalidInput("/clientSecret", "pattern", "must be 1 to 512 visible ASCII characters");
    const sealed = ring.seal(clientSecret, placeOf("oauthApps", { ...app, clientId }, "clientSecret"));
    return { clientSecret: sealed, sealedKid: ring.labelOf(sealed) };
  }
  if (before?.clientId === clientId) return {};
  throw invalidInput("/clientSecret", "required", "is needed with a new client id");
}

function checkChange({ clientId, scopes = [] }: OAuthAppChange) {
  if (!PRINTABLE.test(clientId)) throw invalidInput("/clientId", "pattern", "must be 1 to 512 visible ASCII characters");
  const wrong = scopes.findIndex((scope) => !SCOPE.test(scope));
  if (wrong !== -1) throw invalidInput(`/scopes/${wrong}`, "pattern", "must be a scope name");
  return { clientId, scopes: [...new Set(scopes)] };
}

/** Without `offline_access` no refresh token is handed out, and a connection would end after an hour. */
function withSession(scopes: readonly string[] | undefined, defaults: readonly string[]): string[] {
  const chosen = scopes === undefined || scopes.length === 0 ? defaults : scopes;
  return [...new Set([...chosen, "offline_access"])];
}

function toId(environment: string): string {
  return `app_${environment}`;
}

/** The places where an environment's OAuth app can be set, for messages. */
export function placesOfApp(environment: string): string {
  const prefix = { production: "LEVER_", sandbox: "LEVER_SANDBOX_" }[environment];
  const elsewhere =
    prefix === undefined
      ? "clientId and clientSecret of its entry in ENVIRONMENTS_FILE"
      : `the environment variables ${prefix}CLIENT_ID and ${prefix}CLIENT_SECRET`;
  return `PUT /api/v1/settings/oauth-apps/${environment}, or ${elsewhere}`;
}

function appMissing(environment: string): ConnectorError {
  const message = `No OAuth app is configured for ${environment}: set one by ${placesOfApp(environment)}`;
  return new ConnectorError("oauth_app_missing", message, { environment });
}
