import { CREDENTIAL_STATUSES, type Credential } from "../../credentials/credential.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import type { NewCredential, Reconnection } from "../../schemas/types/index.ts";
import { Secret } from "../../sealing/secret.ts";
import { basePathOf } from "../http/base-path.ts";
import { inputInvalid } from "../http/check.ts";
import { type Call, defineRoute, PAGE_QUERY, type Route } from "../http/route.ts";

/** Saved credentials of the caller's project. Secrets go in and never come out. */
export const credentialRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/credentials",
    summary: "Saves a credential.",
    replies: [{ status: 201, shape: "connecting-credential" }],
    scope: "credentials:write",
    body: "new-credential",
    handle: create,
  }),
  defineRoute({
    method: "GET",
    path: "/credentials",
    summary: "Lists credentials, newest last.",
    replies: [{ status: 200, shape: "credential-list" }],
    scope: "credentials:read",
    query: {
      ...PAGE_QUERY,
      search: { type: "string", description: "Part of the name, however it is spelt." },
      status: { enum: CREDENTIAL_STATUSES, description: "Only those of this status." },
      environment: { type: "string", description: "Only those of this environment." },
      warning: { type: "boolean", description: "Only those with a warning, or only those without any." },
    },
    async handle({ services, access, query }) {
      return { body: await services.credentials.list(access, query) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/credentials/:id",
    summary: "Answers a credential, by its id or nickname.",
    replies: [{ status: 200, shape: "credential" }],
    scope: "credentials:read",
    async handle(call) {
      return { body: await named(call) };
    },
  }),
  defineRoute({
    method: "PATCH",
    path: "/credentials/:id",
    summary: "Changes name or default user of a credential.",
    replies: [{ status: 200, shape: "credential" }],
    scope: "credentials:write",
    body: "credential-change",
    async handle(call) {
      const { version, acceptUnknownPerformAs, ...change } = call.body;
      const options = { acceptUnknownPerformAs, expectedVersion: version ?? ifMatch(call), signal: call.signal };
      const { id } = await named(call);
      return { body: await call.services.checkedCredentials.update(call.access, id, change, options) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/credentials/:id",
    summary: "Deletes a credential and its secret.",
    replies: [{ status: 204 }],
    scope: "credentials:write",
    async handle(call) {
      const { services, access } = call;
      const { id } = await named(call);
      await services.credentials.remove(access, id);
      services.pickLists.forget(access, id);
      return { status: 204 };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/credentials/:id/test",
    summary: "Answers the report of the last test.",
    replies: [{ status: 200, shape: "check-report" }],
    scope: "credentials:read",
    async handle(call) {
      const { id } = await named(call);
      const report = await call.services.credentials.lastReport(call.access, id);
      if (report === undefined)
        throw new ConnectorError("not_found", "The credential has not been tested since it was connected", { kind: "report" });
      return { body: report };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/credentials/:id/test",
    summary: "Tests a credential.",
    replies: [{ status: 200, shape: "check-report" }],
    scope: "credentials:write",
    async handle(call) {
      const { id } = await named(call);
      return { body: await call.services.test(call.access, id, { signal: call.signal }) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/credentials/:id/reconnect",
    summary: "Begins a new consent, or replaces the API key.",
    replies: [{ status: 200, shape: "connecting-credential" }],
    scope: "credentials:write",
    body: "reconnection",
    handle: reconnect,
  }),
  defineRoute({
    method: "GET",
    path: "/credentials/:id/usage",
    summary: "Tells where a credential is used.",
    replies: [{ status: 200, shape: "usage" }],
    scope: "credentials:read",
    async handle(call) {
      const { id, nickname: name, lastUsedAt } = await named(call);
      const workflows = await call.services.workflows.using(call.access, { kind: "credential", id, name });
      return { body: { credential: id, workflows, lastUsedAt } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/credentials/:id/budget",
    summary: "Tells how a credential's rate budget stands, and takes nothing from it.",
    replies: [{ status: 200, shape: "budget" }],
    scope: "operations:read",
    async handle(call) {
      return { body: await call.services.budget(call.access, await idOf(call)) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/credentials/:id/options/:list",
    summary: "Answers a pick list as the credential sees it.",
    replies: [{ status: 200, shape: "options" }],
    scope: "operations:read",
    query: {
      search: { type: "string", description: "Part of label, detail or value." },
      limit: { type: "integer", maximum: 1000, description: "How many at most." },
      refresh: { type: "boolean", description: "Ask the service again, however fresh the remembered list is." },
    },
    async handle(call) {
      const { services, access, params, query, signal } = call;
      const credential = await idOf(call);
      return { body: await services.pickLists.options({ access, credential, list: String(params.list), ...query, signal }) };
    },
  }),
];

/** The credential that the path names: by its id, or by its nickname. */
function named({ services, access, params }: Call): Promise<Credential> {
  return services.credentials.resolve(access, String(params.id));
}

function idOf({ services, access, params }: Call): Promise<string> {
  return services.credentials.idOf(access, String(params.id));
}

async function create(call: Call<unknown, NewCredential>) {
  const { services, access, body } = call;
  const { connector, nickname, environment, auth, defaultPerformAs, acceptUnknownPerformAs } = body;
  assertConnector(call, connector);
  // Before anything is saved: a consent that cannot begin must not leave a pending credential behind.
  if (auth.type === "oauth2") await services.consents.assertPossible(access, { connector, environment });
  const wanted = {
    connector,
    nickname,
    environment,
    auth:
      auth.type === "api_key"
        ? ({ type: "api_key", apiKey: new Secret(String(auth.apiKey)) } as const)
        : ({ type: "oauth2" } as const),
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
async function reconnect(call: Call<unknown, Reconnection>) {
  const { services, access } = call;
  const { auth } = call.body;
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
