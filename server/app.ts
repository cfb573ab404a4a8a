import { join } from "node:path";
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from "express";
import helmet from "helmet";
import type { Services } from "../app/services.ts";
import { packageRoot } from "../connector/package-root.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import { problemHeaders, toProblem } from "../errors/problem.ts";
import { createAuthenticate, createGuessLimit } from "./auth/authenticate.ts";
import { createOidcSignIn } from "./auth/oidc.ts";
import { OWNER, type Person } from "./auth/person.ts";
import { createSessions } from "./auth/sessions.ts";
import { createDashboard } from "./dashboard.ts";
import { createAdmission, type Limits } from "./http/admission.ts";
import { createApi } from "./http/api.ts";
import { basePathOf, belowBasePath, linksBelow } from "./http/base-path.ts";
import { oneNameOnly } from "./http/one-name-only.ts";
import { requestContext, requestIdOf } from "./http/request-context.ts";
import { tellFailure } from "./http/tell-failure.ts";
import { problemPage } from "./pages/errors.ts";
import { createDashboardRoutes } from "./routes/dashboard.ts";
import { createHealthRoutes } from "./routes/health.ts";
import { createHookRoutes, type HookLimits } from "./routes/hooks.ts";
import { apiRoutes } from "./routes/index.ts";
import { createOAuthRoutes } from "./routes/oauth.ts";
import { createPageRoutes } from "./routes/pages.ts";
import { createSessionRoutes } from "./routes/session.ts";
import { createSignInRoutes } from "./routes/sign-in.ts";

export interface AppOptions {
  /** Where the built dashboard lies. Default: `dist/dashboard` of this package. */
  readonly dashboardDir?: string;
  /** How much may be under way at once. */
  readonly limits?: Limits;
  readonly hooks?: HookLimits;
  /** While the server still takes connections at its end: settles when it takes no more. */
  readonly doorClosing?: () => Promise<void> | undefined;
}

/** The whole HTTP side over opened services. Does not listen, and starts nothing. */
export function createApp(services: Services, options: AppOptions = {}): Express {
  const { dashboardDir = join(packageRoot(), "dist/dashboard") } = options;
  const { config, publicUrl, sessionStore, sessionSecret, apiKeys, projects } = services;
  const oidc =
    config.oidc && createOidcSignIn({ ...config.oidc, fetch: services.fetch, callbackUrl: `${publicUrl}/sign-in/oidc/callback` });
  const isAllowed = (person: Person) => person.id === OWNER.id || oidc?.allows(person) === true;
  const sessions = createSessions({
    store: sessionStore,
    secret: sessionSecret,
    publicUrl,
    assertProject: projects.get,
    isAllowed,
  });
  const authenticate = createAuthenticate({
    apiKeys,
    adminToken: config.adminToken,
    session: sessions.caller,
    guesses: createGuessLimit(),
  });
  const basePath = basePathOf(publicUrl);
  const dashboard = createDashboard(dashboardDir, basePath);

  const app = express();
  app.disable("x-powered-by").disable("etag");
  app
    .set("query parser", "simple")
    .set("trust proxy", config.trustProxy)
    .set("case sensitive routing", true)
    .set("strict routing", true);
  app.use(belowBasePath(basePath), requestContext(), securityHeaders(publicUrl), tellRequests(services));
  app.use(createHealthRoutes(services));
  app.use(refuseWhileDraining(services, options));
  app.use(createHookRoutes(services, options.hooks));
  app.use("/api/v1", createApi(services, apiRoutes, { authenticate, admission: createAdmission(options.limits) }));
  app.use(oneNameOnly(publicUrl));
  app.use(createOAuthRoutes(services, sessions));
  app.use(createPageRoutes(services, sessions, dashboard));
  app.use(createSessionRoutes(services, sessions, oidc?.title));
  if (oidc) app.use(createSignInRoutes(services, sessions, oidc));
  app.use(createDashboardRoutes(dashboard));
  app.use(() => {
    throw nothingHere();
  });
  app.use(answerError(services));
  return app;
}

function securityHeaders(publicUrl: string): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: publicUrl.startsWith("https:") ? { maxAge: 31_536_000 } : false,
    // With the stricter no-referrer browsers would send `Origin: null` with the forms of our own pages.
    referrerPolicy: { policy: "same-origin" },
    xFrameOptions: { action: "deny" },
  });
}

/** The runtime tells what operations did. Only the route's pattern, never the address: that may hold a ticket. */
function tellRequests({ events }: Services): RequestHandler {
  return (req, res, next) => {
    const startedAt = performance.now();
    res.once("close", () => {
      const route = `${req.baseUrl}${(req.route as { path?: string } | undefined)?.path ?? ""}`;
      const durationMs = Math.round(performance.now() - startedAt);
      events.tell({
        type: "request_ended",
        requestId: requestIdOf(res),
        method: req.method,
        route,
        status: res.statusCode,
        durationMs,
      });
    });
    next();
  };
}

/** What still comes in over open connections is sent away, so that they can be closed, once no new ones can come in. */
function refuseWhileDraining({ draining }: Services, { doorClosing }: AppOptions): RequestHandler {
  return async (_req, res, next) => {
    if (!draining.aborted) return next();
    await doorClosing?.();
    res.set("Connection", "close");
    throw new ConnectorError("shutting_down", "the server is shutting down", { retryAfterMs: 5_000 });
  };
}

function nothingHere(): ConnectorError {
  return new ConnectorError("not_found", "There is nothing at this address");
}

function answerError(services: Services): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const told = error instanceof URIError ? nothingHere() : error;
    tellFailure(services.events.tell, told, { req, requestId: requestIdOf(res) });
    if (res.headersSent) return next(told);
    const problem = toProblem(told, requestIdOf(res), basePathOf(services.publicUrl));
    res.status(problem.status).set({ "Cache-Control": "no-store", ...problemHeaders(problem) });
    if (!req.path.startsWith("/api/") && req.get("accept")?.includes("text/html"))
      res.type("html").send(linksBelow(res, problemPage(problem)));
    else res.type("application/problem+json").send(JSON.stringify(problem));
  };
}
