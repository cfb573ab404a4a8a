import { SCOPES, type Scope } from "../../app/scopes.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { reveal } from "../../sealing/secret.ts";
import type { Access } from "../../store/access.ts";
import { type Call, PAGE_QUERY, type Route } from "../http/route.ts";
import { readPage } from "./read-page.ts";

/** Keys of a project. The key itself is in the answer to its creation, once. */
export const apiKeyRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/api-keys",
    scope: "admin",
    body: {
      type: "object",
      additionalProperties: false,
      required: ["name", "scopes"],
      properties: {
        name: { type: "string", minLength: 1, maxLength: 100 },
        scopes: { type: "array", minItems: 1, uniqueItems: true, items: { type: "string", enum: Object.keys(SCOPES) } },
        project: {
          type: "string",
          maxLength: 100,
          description: "Another project than the caller's: only for admins of the default project.",
        },
      },
    },
    async handle(call) {
      const { name, scopes } = call.body as { name: string; scopes: Scope[] };
      const { apiKey, key } = await call.services.apiKeys.create(await accessFor(call), { name, scopes });
      return { status: 201, body: { ...apiKey, key: reveal(key) } };
    },
  },
  {
    method: "GET",
    path: "/api-keys",
    scope: "admin",
    query: PAGE_QUERY,
    async handle({ services, access, query }) {
      return { body: await services.apiKeys.list(access, readPage(query)) };
    },
  },
  {
    method: "DELETE",
    path: "/api-keys/:id",
    scope: "admin",
    async handle({ services, access, params }) {
      return { body: await services.apiKeys.revoke(access, String(params.id)) };
    },
  },
];

async function accessFor({ body, caller, access, services }: Call): Promise<Access> {
  const wanted = body.project as string | undefined;
  if (wanted === undefined || wanted === access.project) return access;
  if (!caller.isOperator) throw new ConnectorError("not_found", "There is no such project", { kind: "project" });
  return { project: (await services.projects.get(wanted)).id, actor: access.actor };
}
