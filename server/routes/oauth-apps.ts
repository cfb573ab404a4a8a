import { Secret } from "../../sealing/secret.ts";
import type { Route } from "../http/route.ts";

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
    async handle({ services, access, params, body }) {
      const { clientId, clientSecret, scopes } = body as { clientId: string; clientSecret?: string; scopes?: string[] };
      const saved = await services.oauthApps.save(access, String(params.environment), {
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
    async handle({ services, access, params }) {
      await services.oauthApps.remove(access, String(params.environment));
      return { status: 204 };
    },
  },
];
