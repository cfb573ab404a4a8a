import type { Route } from "../http/route.ts";
import { accessLinkRoutes } from "./access-links.ts";
import { apiKeyRoutes } from "./api-keys.ts";
import { connectorRoutes } from "./connectors.ts";
import { credentialRoutes } from "./credentials.ts";
import { keyRoutes } from "./keys.ts";
import { oauthAppRoutes } from "./oauth-apps.ts";
import { operationRoutes } from "./operations.ts";
import { projectRoutes } from "./projects.ts";
import { scopeRoutes } from "./scopes.ts";
import { writeRoutes } from "./writes.ts";

/** Every route below `/api/v1`; they are tried in this order, so what is called most comes first. */
export const apiRoutes: readonly Route[] = [
  ...operationRoutes,
  ...connectorRoutes,
  ...credentialRoutes,
  ...apiKeyRoutes,
  ...projectRoutes,
  ...oauthAppRoutes,
  ...keyRoutes,
  ...scopeRoutes,
  ...accessLinkRoutes,
  ...writeRoutes,
];
