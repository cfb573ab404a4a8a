import type { Scope } from "../../app/scopes.ts";
import { playgroundCredential, playgroundWorkflow } from "./start.ts";

export interface RouteRow {
  readonly route: string;
  readonly scope: Scope | "any";
  /** A body that the route takes; `<id>` stands for a credential. */
  readonly body?: unknown;
  /** What `:id` names; a credential where nothing is said. */
  readonly of?: "workflow" | "run";
  readonly foreign?: "404";
}

/** What each route below `/api/v1` needs. A route that is not in here, or in here and not served, fails access.test.ts. */
export const ROUTES: readonly RouteRow[] = [
  { route: "GET /connectors", scope: "any" },
  { route: "GET /connectors/:connector", scope: "any" },
  { route: "POST /credentials", scope: "credentials:write", body: playgroundCredential("by the matrix") },
  { route: "GET /credentials", scope: "credentials:read" },
  { route: "GET /credentials/:id", scope: "credentials:read", foreign: "404" },
  { route: "PATCH /credentials/:id", scope: "credentials:write", body: { nickname: "renamed" }, foreign: "404" },
  { route: "DELETE /credentials/:id", scope: "credentials:write", foreign: "404" },
  { route: "GET /credentials/:id/test", scope: "credentials:read", foreign: "404" },
  { route: "POST /credentials/:id/test", scope: "credentials:write", foreign: "404" },
  {
    route: "POST /credentials/:id/reconnect",
    scope: "credentials:write",
    body: { auth: { type: "api_key", apiKey: "x" } },
    foreign: "404",
  },
  { route: "GET /credentials/:id/usage", scope: "credentials:read", foreign: "404" },
  { route: "GET /credentials/:id/budget", scope: "operations:read", foreign: "404" },
  { route: "GET /credentials/:id/options/:list", scope: "operations:read", foreign: "404" },
  { route: "POST /operations/:operation", scope: "operations:read", body: { credential: "<id>", input: {} }, foreign: "404" },
  {
    route: "POST /destinations",
    scope: "destinations:write",
    body: { name: "by the matrix", url: "https://hooks.example.com/" },
  },
  { route: "GET /destinations", scope: "destinations:read" },
  { route: "GET /destinations/:id", scope: "destinations:read", foreign: "404" },
  { route: "PATCH /destinations/:id", scope: "destinations:write", body: { name: "renamed" }, foreign: "404" },
  { route: "DELETE /destinations/:id", scope: "destinations:write", foreign: "404" },
  { route: "POST /destinations/:id/test", scope: "destinations:write", foreign: "404" },
  { route: "POST /destinations/:id/rotate", scope: "destinations:write", body: { keepSeconds: 0 }, foreign: "404" },
  { route: "GET /destinations/:id/usage", scope: "destinations:read", foreign: "404" },
  { route: "GET /destinations/:id/deliveries", scope: "destinations:read", foreign: "404" },
  { route: "POST /api-keys", scope: "admin", body: { name: "made by the matrix", scopes: ["operations:read"] } },
  { route: "GET /api-keys", scope: "admin" },
  { route: "DELETE /api-keys/:id", scope: "admin", foreign: "404" },
  { route: "GET /projects", scope: "admin" },
  { route: "POST /projects", scope: "admin", body: { name: "made by the matrix" } },
  { route: "GET /projects/:id", scope: "admin", foreign: "404" },
  { route: "PATCH /projects/:id", scope: "admin", body: { name: "renamed by the matrix" } },
  { route: "DELETE /projects/:id", scope: "admin" },
  { route: "GET /settings/oauth-apps", scope: "admin" },
  { route: "PUT /settings/oauth-apps/:environment", scope: "admin", body: { clientId: "id", clientSecret: "secret" } },
  { route: "DELETE /settings/oauth-apps/:environment", scope: "admin" },
  { route: "GET /settings/scopes", scope: "any" },
  { route: "GET /settings/keys", scope: "admin" },
  { route: "POST /settings/keys/rotate", scope: "admin", body: { newKey: false } },
  { route: "POST /access-links", scope: "admin" },
  { route: "GET /forget", scope: "data:forget" },
  { route: "POST /forget", scope: "data:forget", body: { email: "nobody-of-the-matrix@example.com" } },
  { route: "GET /writes", scope: "operations:read" },
  { route: "GET /writes/:id", scope: "operations:read" },
  { route: "GET /workflows", scope: "workflows:read" },
  { route: "POST /workflows", scope: "workflows:write", body: playgroundWorkflow("by-the-matrix") },
  { route: "POST /workflows/from-recipe", scope: "workflows:write", body: { connector: "lever", recipe: "x", inputs: {} } },
  { route: "POST /workflows/check", scope: "workflows:read", body: playgroundWorkflow("checked-by-the-matrix") },
  { route: "GET /workflows/:id", scope: "workflows:read", of: "workflow", foreign: "404" },
  {
    route: "PUT /workflows/:id",
    scope: "workflows:write",
    of: "workflow",
    body: playgroundWorkflow("changed-by-the-matrix"),
    foreign: "404",
  },
  { route: "DELETE /workflows/:id", scope: "workflows:write", of: "workflow", foreign: "404" },
  { route: "POST /workflows/:id/check", scope: "workflows:read", of: "workflow", foreign: "404" },
  { route: "POST /workflows/:id/preview", scope: "workflows:read", body: { step: "list" }, of: "workflow", foreign: "404" },
  { route: "POST /workflows/:id/publish", scope: "workflows:write", of: "workflow", foreign: "404" },
  { route: "POST /workflows/:id/pause", scope: "workflows:write", of: "workflow", foreign: "404" },
  { route: "POST /workflows/:id/resume", scope: "workflows:write", of: "workflow", foreign: "404" },
  { route: "GET /workflows/:id/versions", scope: "workflows:read", of: "workflow", foreign: "404" },
  { route: "GET /workflows/:id/diff", scope: "workflows:read", of: "workflow", foreign: "404" },
  { route: "POST /workflows/:id/rollback", scope: "workflows:write", of: "workflow", body: { version: 1 }, foreign: "404" },
  { route: "POST /workflows/:id/runs", scope: "workflows:run", of: "workflow", body: {}, foreign: "404" },
  { route: "GET /runs", scope: "workflows:read" },
  { route: "GET /runs/:id", scope: "workflows:read", of: "run", foreign: "404" },
  { route: "GET /runs/:id/events", scope: "workflows:read", of: "run", foreign: "404" },
  { route: "GET /runs/:id/reveals", scope: "workflows:read", of: "run", foreign: "404" },
  { route: "POST /runs/:id/approve", scope: "workflows:run", of: "run", body: {}, foreign: "404" },
  { route: "POST /runs/:id/decline", scope: "workflows:run", of: "run", body: {}, foreign: "404" },
  { route: "POST /runs/:id/retry", scope: "workflows:run", of: "run", body: {}, foreign: "404" },
  { route: "POST /runs/:id/again", scope: "workflows:run", of: "run", foreign: "404" },
  { route: "POST /runs/:id/cancel", scope: "workflows:run", of: "run", foreign: "404" },
  { route: "POST /runs/:id/reveal", scope: "runs:reveal", of: "run", body: { reason: "the matrix" }, foreign: "404" },
];
