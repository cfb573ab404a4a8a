import { ConnectorError } from "../../errors/connector-error.ts";
import type { Route } from "../http/route.ts";

/** Tenants. Admins of the default project run the installation: they see and create projects; others see their own. */
export const projectRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/projects",
    scope: "admin",
    async handle({ caller, services: { projects } }) {
      return { body: { data: caller.isOperator ? await projects.list() : [await projects.get(caller.project)] } };
    },
  },
  {
    method: "POST",
    path: "/projects",
    scope: "admin",
    body: {
      type: "object",
      additionalProperties: false,
      required: ["name"],
      properties: { name: { type: "string", minLength: 1, maxLength: 100 } },
    },
    async handle({ caller, body, services }) {
      if (!caller.isOperator) throw new ConnectorError("forbidden", "only admins of the default project may create projects");
      return { status: 201, body: await services.projects.create(String(body.name)) };
    },
  },
];
