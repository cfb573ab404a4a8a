import { ConnectorError } from "../../errors/connector-error.ts";
import type { NewApiKey } from "../../schemas/types/index.ts";
import { reveal } from "../../sealing/secret.ts";
import type { Access } from "../../store/access.ts";
import { type Call, defineRoute, PAGE_QUERY, type Route } from "../http/route.ts";

/** Keys of a project. The key itself is in the answer to its creation, once. */
export const apiKeyRoutes: readonly Route[] = [
  defineRoute({
    method: "POST",
    path: "/api-keys",
    summary: "Creates an API key, and shows it once.",
    replies: [{ status: 201, shape: "created-api-key" }],
    scope: "admin",
    body: "new-api-key",
    async handle(call) {
      const { name, scopes } = call.body;
      const { apiKey, key } = await call.services.apiKeys.create(await accessFor(call), { name, scopes });
      return { status: 201, body: { ...apiKey, key: reveal(key) } };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/api-keys",
    summary: "Lists API keys, oldest first.",
    replies: [{ status: 200, shape: "api-key-list" }],
    scope: "admin",
    query: PAGE_QUERY,
    async handle({ services, access, query }) {
      return { body: await services.apiKeys.list(access, query) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/api-keys/:id",
    summary: "Revokes an API key.",
    replies: [{ status: 200, shape: "api-key" }],
    scope: "admin",
    async handle({ services, access, params }) {
      return { body: await services.apiKeys.revoke(access, String(params.id)) };
    },
  }),
];

async function accessFor({ body, caller, access, services }: Call<unknown, NewApiKey>): Promise<Access> {
  const wanted = body.project;
  if (wanted === undefined || wanted === access.project) return access;
  if (!caller.isOperator) throw new ConnectorError("not_found", "There is no such project", { kind: "project" });
  return { project: (await services.projects.get(wanted)).id, actor: access.actor };
}
