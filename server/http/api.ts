import { type RequestHandler, type Response, Router } from "express";
import { assertAllows } from "../../app/scopes.ts";
import type { Services } from "../../app/services.ts";
import { stringifyJson } from "../../connector/exact-json.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { accessOf, type Caller } from "../auth/caller.ts";
import type { Admission } from "./admission.ts";
import { type BodyCheck, createBodyChecks, readQuery } from "./check.ts";
import { readJsonBody } from "./read-body.ts";
import { callerSignal, requestIdOf } from "./request-context.ts";
import type { Reply, Route } from "./route.ts";
import { createShapes } from "./shapes.ts";

export const NO_BODY = { type: "object", additionalProperties: false };

export interface ApiOptions {
  readonly authenticate: RequestHandler;
  readonly admission: Admission;
}

/**
 * Mounts routes: caller known → scope → query → body → place → handle → JSON. A known path with another method is 405, for every caller that has shown
 * a key; an unknown path is left to the next handler.
 */
export function createApi(services: Services, routes: readonly Route[], { authenticate, admission }: ApiOptions): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const compile = createBodyChecks();
  const shapeOf = createShapes();
  router.use(authenticate);
  for (const path of new Set(routes.map((route) => route.path))) {
    const here = routes.filter((route) => route.path === path);
    const mounted = router.route(path);
    for (const route of here) {
      const checkBody = compile(route.body ? shapeOf(route.body) : NO_BODY);
      mounted[METHODS[route.method]](toHandler(services, route, { admission, checkBody }));
    }
    mounted.all(methodNotAllowed(here.map(({ method }) => method)));
  }
  return router;
}

const METHODS = { GET: "get", POST: "post", PATCH: "patch", DELETE: "delete", PUT: "put" } as const;

/** Answers 405 and says what is allowed. */
export function methodNotAllowed(methods: readonly string[]): RequestHandler {
  const allow = [...new Set(methods.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : [method])))].join(", ");
  return (_req, res) => {
    res.setHeader("Allow", allow);
    throw new ConnectorError("method_not_allowed", `this path answers ${allow}`);
  };
}

interface Checks {
  readonly admission: Admission;
  readonly checkBody: BodyCheck;
}

function toHandler(services: Services, route: Route, { admission, checkBody }: Checks): RequestHandler {
  return async (req, res) => {
    const caller = res.locals.caller as Caller;
    const params = req.params as Record<string, string>;
    assertScope(caller, route, params, services);
    const query = readQuery(req.query as Record<string, string>, route.query ?? {});
    const hasBody = req.method !== "GET" && req.method !== "HEAD" && req.method !== "DELETE";
    const body = hasBody ? await admission.reading(caller, req, () => readJsonBody(req)) : {};
    checkBody(body);
    admission.working(caller, res);
    const reply = await route.handle({
      services,
      caller,
      access: accessOf(caller),
      requestId: requestIdOf(res),
      params,
      query,
      body,
      signal: callerSignal(res),
      req,
      res,
    });
    if (reply) send(res, reply);
  };
}

function assertScope(caller: Caller, route: Route, params: Record<string, string>, services: Services): void {
  const scope = typeof route.scope === "function" ? route.scope(params, services) : route.scope;
  if (scope !== "any") assertAllows(caller.scopes, scope);
}

/** Text in one piece: Node then sends head and body by one system call, and sets the length itself. */
function send(res: Response, { status, body, headers = {} }: Reply): void {
  res.statusCode = status ?? (body === undefined ? 204 : 200);
  res.setHeader("Cache-Control", "no-store");
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
  if (body === undefined) {
    res.end();
    return;
  }
  res.setHeader("Content-Type", "application/json; charset=utf-8");
  res.end(stringifyJson(body));
}
