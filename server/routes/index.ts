import type { Route, RouteFacts } from "../http/route.ts";
import { accessLinkRoutes } from "./access-links.ts";
import { apiKeyRoutes } from "./api-keys.ts";
import { connectorRoutes } from "./connectors.ts";
import { credentialRoutes } from "./credentials.ts";
import { destinationRoutes } from "./destinations.ts";
import { endpointRoutes } from "./endpoints.ts";
import { forgetRoutes } from "./forget.ts";
import { HEALTH } from "./health.ts";
import { HOOK } from "./hooks.ts";
import { keyRoutes } from "./keys.ts";
import { oauthAppRoutes } from "./oauth-apps.ts";
import { operationRoutes } from "./operations.ts";
import { projectRoutes } from "./projects.ts";
import { runRoutes } from "./runs.ts";
import { scopeRoutes } from "./scopes.ts";
import { SESSION } from "./session.ts";
import { workflowRoutes } from "./workflows.ts";
import { writeRoutes } from "./writes.ts";

/** Every route below `/api/v1`; they are tried in this order, so what is called most comes first. */
export const apiRoutes: readonly Route[] = [
  ...operationRoutes,
  ...workflowRoutes,
  ...runRoutes,
  ...connectorRoutes,
  ...credentialRoutes,
  ...destinationRoutes,
  ...endpointRoutes,
  ...apiKeyRoutes,
  ...projectRoutes,
  ...oauthAppRoutes,
  ...keyRoutes,
  ...scopeRoutes,
  ...accessLinkRoutes,
  ...writeRoutes,
  ...forgetRoutes,
];

/** Every address that answers JSON or lines of it, with its whole path. What is left are pages for people. */
export const allRoutes: readonly RouteFacts[] = [
  ...apiRoutes.map((route) => ({ ...route, path: `/api/v1${route.path}` })),
  ...Object.values(SESSION),
  ...Object.values(HEALTH),
  HOOK,
];
