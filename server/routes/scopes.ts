import { SCOPES, type Scope } from "../../app/scopes.ts";
import { defineRoute, type Route } from "../http/route.ts";

/** What API keys can be allowed to do, in words. */
export const scopeRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/settings/scopes",
    summary: "Lists what API keys can be allowed to do.",
    replies: [{ status: 200, shape: "scope-list" }],
    scope: "any",
    async handle() {
      return { body: { data: Object.entries(SCOPES).map(([name, description]) => ({ name: name as Scope, description })) } };
    },
  }),
];
