import type { Request, RequestHandler } from "express";
import { Router } from "express";
import { type Answer, toApiError } from "./answer.ts";
import { authenticate } from "./caller.ts";
import { badRequest, forbidden, noSuchPath, tooManyRequests } from "./errors.ts";
import type { Keyring } from "./keys.ts";
import type { Ledger } from "./ledger.ts";
import { readForm } from "./multipart.ts";
import type { AccessTokens } from "./oauth/access-tokens.ts";
import type { PerformAsPolicy } from "./options.ts";
import { createQuery } from "./query.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { SeenRequest } from "./requests.ts";
import type { Call, Route } from "./route.ts";
import { applicationRoutes } from "./routes/applications.ts";
import { contactRoutes } from "./routes/contacts.ts";
import { createOpportunityRoutes } from "./routes/create-opportunity.ts";
import { routesNotOffered } from "./routes/not-offered.ts";
import { opportunityRoutes } from "./routes/opportunities.ts";
import { opportunityWriteRoutes } from "./routes/opportunity-writes.ts";
import { createPickListRoutes } from "./routes/pick-lists.ts";
import { postingWriteRoutes } from "./routes/posting-writes.ts";
import { postingRoutes } from "./routes/postings.ts";
import { userRoutes } from "./routes/users.ts";
import { webhookRoutes } from "./routes/webhooks.ts";
import type { Produce } from "./serve.ts";
import type { World } from "./world.ts";

export interface Api {
  world: () => World;
  keyring: Keyring;
  accessTokens: AccessTokens;
  limiter: RateLimiter;
  ledger: Ledger;
  now: () => number;
  performAs: PerformAsPolicy;
  webOf: (req: Request) => string;
}

/** Everything below `/v1`. An unknown method or path is a 404 before anything else, credentials included. */
export function createApiRouter(api: Api, serve: (produce: Produce) => RequestHandler): Router {
  const router = Router();
  const routes = [
    ...routesNotOffered,
    ...opportunityRoutes,
    ...opportunityWriteRoutes,
    ...createOpportunityRoutes,
    ...applicationRoutes,
    ...contactRoutes,
    ...postingRoutes,
    ...postingWriteRoutes,
    ...userRoutes,
    ...createPickListRoutes(),
    ...webhookRoutes,
  ];
  for (const route of routes)
    register(
      router,
      route,
      serve((req, seen) => run(api, route, req, seen)),
    );
  router.use(serve((req) => toApiError(noSuchPath(req.originalUrl.split("?")[0] ?? ""))));
  return router;
}

function register(router: Router, { method, path }: Route, handler: RequestHandler): void {
  if (method === "GET") router.get(path, handler);
  else if (method === "POST") router.post(path, handler);
  else if (method === "PUT") router.put(path, handler);
  else router.delete(path, handler);
}

async function run(api: Api, route: Route, req: Request, seen: SeenRequest): Promise<Answer> {
  try {
    const caller = authenticate(req.headers.authorization, api.keyring, api.accessTokens);
    seen.caller = caller.label;
    if (!api.limiter.take(caller.bucket)) throw tooManyRequests();
    if (!caller.may(route)) throw forbidden(`Not permitted: ${route.method} ${route.path}`);
    return route.handle(toCall(api, req, seen, caller, await readBody(route, req)));
  } catch (error) {
    return toApiError(error);
  }
}

function toCall(api: Api, req: Request, seen: SeenRequest, caller: Call["caller"], { body, files }: Sent): Call {
  const at = api.now();
  const { method, path, requestId } = seen;
  return {
    world: api.world(),
    query: createQuery(req.originalUrl.split("?")[1] ?? ""),
    params: req.params as Record<string, string>,
    body,
    files,
    caller,
    web: api.webOf(req),
    now: at,
    performAs: api.performAs,
    record: (effect) => api.ledger.add({ at, method, path, ...effect, caller: caller.label, requestId }),
  };
}

type Sent = Pick<Call, "body" | "files">;

/** JSON; where files can be sent along, a form as well. */
async function readBody({ method, takesForms, needsBody = true }: Route, req: Request): Promise<Sent> {
  if (method === "GET" || method === "DELETE" || !needsBody) return { body: undefined, files: [] };
  const type = req.headers["content-type"] ?? "";
  if (takesForms && /^multipart\/form-data\b/i.test(type)) return readForm(bytesOf(req), type);
  if (!/^application\/json\b/i.test(type)) throw badRequest("Content-Type must be application/json");
  try {
    return { body: JSON.parse(bytesOf(req).toString("utf8")), files: [] };
  } catch {
    throw badRequest("The body is not valid JSON");
  }
}

function bytesOf(req: Request): Buffer {
  return Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
}
