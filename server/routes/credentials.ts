import { CREDENTIAL_STATUSES, type Credential, type CredentialStatus } from "../../credentials/credential.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { Secret } from "../../sealing/secret.ts";
import { basePathOf } from "../http/base-path.ts";
import { inputInvalid, readFlag } from "../http/check.ts";
import { type Call, PAGE_QUERY, type Route } from "../http/route.ts";
import { readLimit, readPage } from "./read-page.ts";

const API_KEY = { type: "string", minLength: 1, maxLength: 1000 };
const NICKNAME = { type: "string", minLength: 1, maxLength: 100 };
const PERFORM_AS = { type: ["string", "null"], minLength: 1, maxLength: 200 };
const KEY_AUTH = {
  type: "object",
  additionalProperties: false,
  required: ["type", "apiKey"],
  properties: { type: { const: "api_key" }, apiKey: API_KEY },
};

interface Change {
  nickname?: string;
  defaultPerformAs?: string | null;
  acceptUnknownPerformAs?: boolean;
  version?: number;
}

type Auth = { type: "oauth2" } | { type: "api_key"; apiKey: string };

/** Saved credentials of the caller's project. Secrets go in and never come out. */
export const credentialRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/credentials",
    scope: "credentials:write",
    body: {
      type: "object",
      additionalProperties: false,
      required: ["connector", "nickname", "environment", "auth"],
      properties: {
        connector: { type: "string", minLength: 1, maxLength: 40 },
        nickname: NICKNAME,
        environment: { type: "string", minLength: 1, maxLength: 100 },
        auth: {
          type: "object",
          required: ["type"],
          properties: { type: { enum: ["oauth2", "api_key"] }, apiKey: API_KEY },
          additionalProperties: false,
          if: { type: "object", properties: { type: { const: "api_key" } } },
          // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
          then: { type: "object", required: ["apiKey"], properties: { apiKey: true } },
          else: { type: "object", properties: { apiKey: false } },
        },
        defaultPerformAs: PERFORM_AS,
        acceptUnknownPerformAs: { type: "boolean" },
      },
    },
    handle: create,
  },
  {
    method: "GET",
    path: "/credentials",
    scope: "credentials:read",
    query: [...PAGE_QUERY, "search", "status"],
    async handle({ services, access, query }) {
      const { search } = query;
      const status = readFlag(query, "status", CREDENTIAL_STATUSES) as CredentialStatus | undefined;
      const narrowed = { ...(search !== undefined && { search }), ...(status !== undefined && { status }) };
      return { body: await services.credentials.list(access, { ...readPage(query), ...narrowed }) };
    },
  },
  {
    method: "GET",
    path: "/credentials/:id",
    scope: "credentials:read",
    async handle(call) {
      return { body: await named(call) };
    },
  },
  {
    method: "PATCH",
    path: "/credentials/:id",
    scope: "credentials:write",
    body: {
      type: "object",
      additionalProperties: false,
      minProperties: 1,
      properties: {
        nickname: NICKNAME,
        defaultPerformAs: PERFORM_AS,
        acceptUnknownPerformAs: { type: "boolean" },
        version: { type: "integer", minimum: 1 },
      },
    },
    async handle(call) {
      const { version, acceptUnknownPerformAs, ...change } = call.body as Change;
      const options = { acceptUnknownPerformAs, expectedVersion: version ?? ifMatch(call), signal: call.signal };
      const { id } = await named(call);
      return { body: await call.services.checkedCredentials.update(call.access, id, change, options) };
    },
  },
  {
    method: "DELETE",
    path: "/credentials/:id",
    scope: "credentials:write",
    async handle(call) {
      const { services, access } = call;
      const { id } = await named(call);
      await services.credentials.remove(access, id);
      services.pickLists.forget(access, id);
      return { status: 204 };
    },
  },
  {
    method: "GET",
    path: "/credentials/:id/test",
    scope: "credentials:read",
    async handle(call) {
      const { id } = await named(call);
      const report = await call.services.credentials.lastReport(call.access, id);
      if (report === undefined)
        throw new ConnectorError("not_found", "The credential has not been tested since it was connected", { kind: "report" });
      return { body: report };
    },
  },
  {
    method: "POST",
    path: "/credentials/:id/test",
    scope: "credentials:write",
    async handle(call) {
      const { id } = await named(call);
      return { body: await call.services.test(call.access, id, { signal: call.signal }) };
    },
  },
  {
    method: "POST",
    path: "/credentials/:id/reconnect",
    scope: "credentials:write",
    body: { type: "object", additionalProperties: false, properties: { auth: KEY_AUTH } },
    handle: reconnect,
  },
  {
    method: "GET",
    path: "/credentials/:id/usage",
    scope: "credentials:read",
    async handle(call) {
      const { id, lastUsedAt } = await named(call);
      return { body: { credential: id, workflows: [], lastUsedAt } };
    },
  },
  {
    method: "GET",
    path: "/credentials/:id/budget",
    scope: "operations:read",
    async handle(call) {
      return { body: await call.services.budget(call.access, await idOf(call)) };
    },
  },
  {
    method: "GET",
    path: "/credentials/:id/options/:list",
    scope: "operations:read",
    query: ["search", "limit", "refresh"],
    async handle(call) {
      const { services, access, params, query, signal } = call;
      const asked = {
        ...(query.search !== undefined && { search: query.search }),
        ...readLimit(query, 1000),
        refresh: readFlag(query, "refresh", ["true", "false"]) === "true",
      };
      const credential = await idOf(call);
      return { body: await services.pickLists.options({ access, credential, list: String(params.list), ...asked, signal }) };
    },
  },
];

/** The credential that the path names: by its id, or by its nickname. */
function named({ services, access, params }: Call): Promise<Credential> {
  return services.credentials.resolve(access, String(params.id));
}

function idOf({ services, access, params }: Call): Promise<string> {
  return services.credentials.idOf(access, String(params.id));
}

async function create(call: Call) {
  const { services, access, body } = call;
  const { connector, nickname, environment, auth, defaultPerformAs, acceptUnknownPerformAs } = body as {
    connector: string;
    nickname: string;
    environment: string;
    auth: Auth;
    defaultPerformAs?: string | null;
    acceptUnknownPerformAs?: boolean;
  };
  assertConnector(call, connector);
  // Before anything is saved: a consent that cannot begin must not leave a pending credential behind.
  if (auth.type === "oauth2") await services.consents.assertPossible(access, { connector, environment });
  const wanted = {
    connector,
    nickname,
    environment,
    auth: auth.type === "api_key" ? ({ type: "api_key", apiKey: new Secret(auth.apiKey) } as const) : auth,
    ...(defaultPerformAs !== undefined && { defaultPerformAs }),
  };
  const options = { acceptUnknownPerformAs, signal: call.signal };
  const credential = await services.checkedCredentials.create(access, wanted, options);
  const location = { Location: `${basePathOf(services.publicUrl)}/api/v1/credentials/${credential.id}` };
  if (auth.type === "api_key") return { status: 201, body: credential, headers: location };
  const { authorizeUrl } = await services.consents.start(access, credential.id, startedBy(call));
  return { status: 201, body: { ...credential, authorizeUrl }, headers: location };
}

function assertConnector({ services }: Call, connector: string): void {
  const known = services.connectors.all.map(({ manifest }) => manifest.id);
  if (known.includes(connector)) return;
  throw inputInvalid({ pointer: "/connector", keyword: "enum", message: `must be one of ${known.join(", ")}` });
}

/** An OAuth credential gets a new consent, an API key credential a new key. Name, id and everything that uses it stay. */
async function reconnect(call: Call) {
  const { services, access } = call;
  const auth = call.body.auth as { apiKey: string } | undefined;
  const before = await named(call);
  if (before.auth === "oauth2") {
    if (auth)
      throw inputInvalid({
        pointer: "/auth",
        keyword: "auth",
        message: "must be left out: this credential is connected by consent",
      });
    const { authorizeUrl } = await services.consents.start(access, before.id, startedBy(call));
    return { body: { ...before, authorizeUrl } };
  }
  if (!auth) throw inputInvalid({ pointer: "/auth", keyword: "required", message: 'is required: {type: "api_key", apiKey}' });
  services.pickLists.forget(access, before.id);
  return { body: await services.credentials.replaceApiKey(access, before.id, new Secret(auth.apiKey)) };
}

/** The dashboard session that asks for a consent need not be asked again on the start page. */
function startedBy({ caller, req }: Call): { session?: string } {
  return caller.kind === "session" ? { session: req.sessionID } : {};
}

function ifMatch({ req }: Call): number | undefined {
  const header = req.get("if-match");
  if (header === undefined || header === "*") return undefined;
  const version = /^"?([1-9]\d{0,15})"?$/.exec(header)?.[1];
  if (version === undefined)
    throw inputInvalid({ pointer: "/if-match", keyword: "header", message: "must be the version of the credential" });
  return Number(version);
}
