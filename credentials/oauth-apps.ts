import type { Connector, Connectors, Environment, Manifest } from "../connector/types.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { OauthApp } from "../schemas/types/index.ts";
import type { KeyRing } from "../sealing/encrypt.ts";
import { placeOf } from "../sealing/sealed-place.ts";
import { reveal, Secret } from "../sealing/secret.ts";
import { type Access, wholeProject } from "../store/access.ts";
import { type Collection, openCollection } from "../store/collection.ts";
import type { DocumentStore, StoredDocument } from "../store/document-store.ts";
import { invalidInput } from "./check-input.ts";
import { variablePrefix } from "./oauth-variables.ts";
import type { OAuthApp, Place } from "./types.ts";

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

export type ConfiguredApps = Readonly<Record<string, Readonly<Record<string, ConfiguredApp>>>>;

export interface OAuthApps {
  /** The app to connect and refresh with. @throws ConnectorError `oauth_app_missing` saying what to set, `connector_unknown`, `environment_unknown` */
  resolve(access: Access, place: Place): Promise<OAuthApp>;
  /** What each environment uses now, of the connectors that have OAuth. */
  list(access: Access): Promise<OauthApp[]>;
  /** Saves a project's own app. @throws ConnectorError `input_invalid`, `connector_unknown`, `environment_unknown` */
  save(access: Access, place: Place, change: OAuthAppChange): Promise<OauthApp>;
  /** Goes back to the configuration or the built-in app. Repeatable. */
  remove(access: Access, place: Place): Promise<void>;
}

export interface OAuthAppsOptions {
  readonly store: DocumentStore;
  readonly ring: KeyRing;
  /** From the configuration, by connector and environment. */
  readonly configured: ConfiguredApps;
  readonly connectors: Pick<Connectors, "all" | "builtIn" | "of">;
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
  const { ring, configured, connectors, now = Date.now } = options;
  const apps = openCollection(options.store, "oauthApps");

  /** An app is of use only where accounts are connected by consent. */
  function assertOffered(place: Place): void {
    if (environmentOf(place).authorize === undefined)
      throw new ConnectorError(
        "conflict",
        `${connectors.of(place.connector).manifest.name} offers no OAuth; connect it by an API key`,
      );
  }

  function environmentOf({ connector, environment: name }: Place): Environment {
    const { environments } = connectors.of(connector);
    const environment = Object.hasOwn(environments, name) ? environments[name] : undefined;
    if (environment !== undefined) return environment;
    throw new ConnectorError(
      "environment_unknown",
      `There is no such environment; known are ${Object.keys(environments).join(", ")}`,
    );
  }

  /** What an app is found by: saved before there were other connectors, those of the built-in one go by the environment alone. */
  function keyOf({ connector, environment }: Place): string {
    return connector === connectors.builtIn.manifest.id ? environment : `${connector}/${environment}`;
  }

  function scopesOf({ connector }: Place, chosen?: readonly string[]): string[] {
    return withSession(chosen, defaultScopes(connectors.of(connector).manifest));
  }

  async function saved(access: Access, { connector, environment }: Place): Promise<OAuthApp | undefined> {
    const place = { connector, environment };
    const document = (await apps.get(access, toId(keyOf(place)))) as AppDocument | undefined;
    if (document === undefined) return undefined;
    const clientSecret = ring.open(document.clientSecret, placeOf("oauthApps", document, "clientSecret"));
    const scopes = scopesOf(place, document.scopes);
    return { ...place, clientId: document.clientId, clientSecret, scopes, source: "settings" };
  }

  function fallback({ connector, environment }: Place): OAuthApp | undefined {
    const place = { connector, environment };
    const given = Object.hasOwn(configured, connector) ? configured[connector] : undefined;
    const app = given !== undefined && Object.hasOwn(given, environment) ? given[environment] : undefined;
    if (app !== undefined) return { ...place, ...app, scopes: scopesOf(place, app.scopes), source: "configuration" };
    const { clientId, clientSecret } = environmentOf(place);
    if (clientId === undefined || clientSecret === undefined) return undefined;
    return { ...place, clientId, clientSecret: new Secret(clientSecret), scopes: scopesOf(place), source: "development" };
  }

  async function settings(access: Access, { connector, environment }: Place): Promise<OauthApp> {
    const place = { connector, environment };
    const app = (await saved(access, place)) ?? fallback(place);
    if (app === undefined) return { ...place, clientId: null, hasSecret: false, scopes: scopesOf(place), source: null };
    return { ...place, clientId: app.clientId, hasSecret: true, scopes: app.scopes, source: app.source };
  }

  return {
    async resolve(access, place) {
      assertOffered(place);
      const app = (await saved(wholeProject(access), place)) ?? fallback(place);
      if (app === undefined) throw appMissing(connectors, place);
      return app;
    },

    list(access) {
      const places = connectors.all.filter(({ manifest }) => hasOAuth(manifest)).flatMap(placesOf);
      return Promise.all(places.map((place) => settings(access, place)));
    },

    async save(access, place, change) {
      assertOffered(place);
      const { clientId, scopes } = checkChange(change);
      const { project } = access;
      const environment = keyOf(place);
      const id = toId(environment);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const before = (await apps.get(access, id)) as AppDocument | undefined;
        const set = { clientId, scopes, updatedAtMs: now(), ...secretFields(ring, { id, project, environment }, change, before) };
        if (await upsert(apps, access, { id, environment, ...set }, before)) return settings(access, place);
      }
      throw new ConnectorError("conflict", "The OAuth app's settings kept changing while they were saved");
    },

    async remove(access, place) {
      await apps.remove(access, toId(keyOf(place)));
    },
  };
}

function placesOf({ manifest, environments }: Connector): Place[] {
  return Object.keys(environments).map((environment) => ({ connector: manifest.id, environment }));
}

function hasOAuth({ auth }: Pick<Manifest, "auth">): boolean {
  return auth.some(({ type }) => type === "oauth2");
}

/** What a consent asks for where an OAuth app does not say. */
function defaultScopes({ auth }: Pick<Manifest, "auth">): string[] {
  const oauth = auth.find((way) => way.type === "oauth2");
  return (oauth?.scopes ?? []).filter((scope) => scope.default).map(({ name }) => name);
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
export function placesOfApp(connectors: Pick<Connectors, "builtIn" | "of">, { connector, environment }: Place): string {
  const prefix = variablePrefix(connectors.of(connector).manifest, environment);
  const elsewhere =
    prefix === undefined
      ? "clientId and clientSecret of its entry in ENVIRONMENTS_FILE"
      : `the environment variables ${prefix}CLIENT_ID and ${prefix}CLIENT_SECRET`;
  const query = connector === connectors.builtIn.manifest.id ? "" : `?connector=${connector}`;
  return `PUT /api/v1/settings/oauth-apps/${environment}${query}, or ${elsewhere}`;
}

function appMissing(connectors: Pick<Connectors, "builtIn" | "of">, { connector, environment }: Place): ConnectorError {
  const places = placesOfApp(connectors, { connector, environment });
  const message = `No OAuth app is configured for ${environment}: set one by ${places}`;
  return new ConnectorError("oauth_app_missing", message, { connector, environment });
}
