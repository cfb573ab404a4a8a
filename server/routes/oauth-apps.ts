import type { Place } from "../../credentials/types.ts";
import { Secret } from "../../sealing/secret.ts";
import { type Call, defineRoute, type Route } from "../http/route.ts";

const OF_CONNECTOR = {
  connector: { type: "string", description: "Id of the connector; the built-in one where it is left out." },
} as const;

/** OAuth apps of the caller's project, one per environment. Client secrets go in and never come out. */
export const oauthAppRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/settings/oauth-apps",
    summary: "Lists the OAuth app of each environment.",
    replies: [{ status: 200, shape: "oauth-app-list" }],
    scope: "admin",
    async handle({ services, access }) {
      return { body: { data: await services.oauthApps.list(access) } };
    },
  }),
  defineRoute({
    method: "PUT",
    path: "/settings/oauth-apps/:environment",
    summary: "Saves the OAuth app of an environment.",
    replies: [{ status: 200, shape: "oauth-app" }],
    scope: "admin",
    query: OF_CONNECTOR,
    body: "oauth-app-change",
    async handle(call) {
      const { services, access, body } = call;
      const { clientId, clientSecret, scopes } = body;
      const saved = await services.oauthApps.save(access, placeOf(call), {
        clientId,
        ...(clientSecret !== undefined && { clientSecret: new Secret(clientSecret) }),
        ...(scopes !== undefined && { scopes }),
      });
      return { body: saved };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/settings/oauth-apps/:environment",
    summary: "Deletes the saved OAuth app of an environment.",
    replies: [{ status: 204 }],
    scope: "admin",
    query: OF_CONNECTOR,
    async handle(call) {
      await call.services.oauthApps.remove(call.access, placeOf(call));
      return { status: 204 };
    },
  }),
];

/** The environment that the path names, of the connector that the query names; the built-in one by default. */
function placeOf({ services: { connectors }, params, query }: Call<{ readonly connector?: string }>): Place {
  const { manifest } = query.connector === undefined ? connectors.builtIn : connectors.of(query.connector);
  return { connector: manifest.id, environment: String(params.environment) };
}
