import { noSuchProject } from "../../app/projects.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import type { Caller } from "../auth/caller.ts";
import { PAGE_QUERY, type Route } from "../http/route.ts";
import { readLimit } from "./read-page.ts";

const NAMED = {
  type: "object",
  additionalProperties: false,
  required: ["name"],
  properties: { name: { type: "string", minLength: 1, maxLength: 100 } },
};

/** Tenants. Admins of the default project run the installation: they see, create, rename and remove projects; others see their own. */
export const projectRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/projects",
    scope: "admin",
    query: PAGE_QUERY,
    async handle({ caller, query, services: { projects } }) {
      if (!caller.isOperator) return { body: { data: [await projects.get(caller.project)] } };
      const { cursor } = query;
      return { body: await projects.list({ ...readLimit(query, 500), ...(cursor !== undefined && { cursor }) }) };
    },
  },
  {
    method: "POST",
    path: "/projects",
    scope: "admin",
    body: NAMED,
    async handle({ caller, body, services }) {
      assertOperator(caller, "create projects");
      return { status: 201, body: await services.projects.create(String(body.name)) };
    },
  },
  {
    method: "GET",
    path: "/projects/:id",
    scope: "admin",
    async handle({ caller, params, services: { projects } }) {
      const id = String(params.id);
      // Another project is not there for whoever works in one.
      if (!caller.isOperator && id !== caller.project) throw noSuchProject();
      return { body: { ...(await projects.get(id)), contents: await projects.contents(id) } };
    },
  },
  {
    method: "PATCH",
    path: "/projects/:id",
    scope: "admin",
    body: NAMED,
    async handle({ caller, params, body, services }) {
      assertOperator(caller, "rename projects");
      return { body: await services.projects.rename(String(params.id), String(body.name)) };
    },
  },
  {
    method: "DELETE",
    path: "/projects/:id",
    scope: "admin",
    async handle({ caller, params, services }) {
      assertOperator(caller, "remove projects");
      await services.projects.remove(String(params.id));
      return { status: 204 };
    },
  },
];

function assertOperator({ isOperator }: Caller, what: string): void {
  if (!isOperator) throw new ConnectorError("forbidden", `only admins of the default project may ${what}`);
}
