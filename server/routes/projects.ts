import { noSuchProject } from "../../app/projects.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import type { Caller } from "../auth/caller.ts";
import { defineRoute, PAGE_QUERY, type Route } from "../http/route.ts";

/** Tenants. Admins of the default project run the installation: they see, create, rename and remove projects; others see their own. */
export const projectRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/projects",
    summary: "Lists projects, oldest first.",
    replies: [{ status: 200, shape: "project-list" }],
    scope: "admin",
    query: { ...PAGE_QUERY, limit: { ...PAGE_QUERY.limit, maximum: 500 } },
    async handle({ caller, query, services: { projects } }) {
      if (!caller.isOperator) return { body: { data: [await projects.get(caller.project)] } };
      return { body: await projects.list(query) };
    },
  }),
  defineRoute({
    method: "POST",
    path: "/projects",
    summary: "Creates a project.",
    replies: [{ status: 201, shape: "project" }],
    scope: "admin",
    body: "new-project",
    async handle({ caller, body, services }) {
      assertOperator(caller, "create projects");
      return { status: 201, body: await services.projects.create(body.name) };
    },
  }),
  defineRoute({
    method: "GET",
    path: "/projects/:id",
    summary: "Answers a project, with how much is in it.",
    replies: [{ status: 200, shape: "project-contents" }],
    scope: "admin",
    async handle({ caller, params, services: { projects } }) {
      const id = String(params.id);
      // For a caller of one project another one is not there.
      if (!caller.isOperator && id !== caller.project) throw noSuchProject();
      return { body: { ...(await projects.get(id)), contents: await projects.contents(id) } };
    },
  }),
  defineRoute({
    method: "PATCH",
    path: "/projects/:id",
    summary: "Renames a project, and says for how many days its runs are kept.",
    replies: [{ status: 200, shape: "project" }],
    scope: "admin",
    body: "project-change",
    async handle({ caller, params, body: { name, retentionDays }, services: { projects } }) {
      const id = String(params.id);
      if (name !== undefined) assertOperator(caller, "rename projects");
      if (!caller.isOperator && id !== caller.project) throw noSuchProject();
      if (name !== undefined) await projects.rename(id, name);
      if (retentionDays !== undefined) await projects.keepRuns(id, retentionDays);
      return { body: await projects.get(id) };
    },
  }),
  defineRoute({
    method: "DELETE",
    path: "/projects/:id",
    summary: "Removes a project and everything in it.",
    replies: [{ status: 204 }],
    scope: "admin",
    async handle({ caller, params, services }) {
      assertOperator(caller, "remove projects");
      await services.projects.remove(String(params.id));
      return { status: 204 };
    },
  }),
];

function assertOperator({ isOperator }: Caller, what: string): void {
  if (!isOperator) throw new ConnectorError("forbidden", `only admins of the default project may ${what}`);
}
