import type { Place } from "../../credentials/types.ts";
import { Secret } from "../../sealing/secret.ts";
import type { Call, Route } from "../http/route.ts";

/** OAuth apps of the caller's project, one per environment. Client secrets go in and never come out. */
export const oauthAppRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/settings/oauth-apps",
    scope: "admin",
    async handle({ services, access }) {
      return { body: { data: await services.oauthApps.list(access) } };
    },
  },
  {
    method: "PUT",
    path: "/settings/oauth-apps/:environment",
    scope: "admin",
    query: ["connector"],
    body: {
      type: "object",
      additionalProperties: false,
      required: ["clientId"],
      properties: {
        clientId: { type: "string", minLength: 1, maxLength: 512 },
        clientSecret: { type: "string", minLength: 1, maxLength: 512 },
        scopes: { type: "array", maxItems: 100, items: { type: "string", minLength: 1, maxLength: 100 } },
      },
    },
    async handle(call) {
      const { services, access, body } = call;
      const { clientId, clientSecret, scopes } = body as { clientId: string; clientSecret?: string; scopes?: string[] };
      const saved = await services.oauthApps.save(access, placeOf(call), {
        clientId,
        ...(clientSecret !== undefined && { clientSecret: new Secret(clientSecret) }),
        ...(scopes !== undefined && { scopes }),
      });
      return { body: saved };
    },
  },
  {
    method: "DELETE",
    path: "/settings/oauth-apps/:environment",
    scope: "admin",
    query: ["connector"],
    async handle(call) {
      await call.services.oauthApps.remove(call.access, placeOf(call));
      return { status: 204 };
    },
  },
];

/** The environment that the path names, of the connector that the query names; the built-in one by default. */
function placeOf({ services: { connectors }, params, query }: Call): Place {
  const { manifest } = query.connector === undefined ? connectors.builtIn : connectors.of(query.connector);
  return { connector: manifest.id, environment: String(params.environment) };
}
