import { SCOPES } from "../../app/scopes.ts";
import type { Route } from "../http/route.ts";

/** What API keys can be allowed to do, in words. */
export const scopeRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/settings/scopes",
    scope: "any",
    async handle() {
      return { body: { data: Object.entries(SCOPES).map(([name, description]) => ({ name, description })) } };
    },
  },
];
