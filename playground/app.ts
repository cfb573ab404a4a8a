import { createHash, randomUUID } from "node:crypto";
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from "express";
import { apiError, json, send } from "./answer.ts";
import { createApiRouter } from "./api.ts";
import { candidatePage, candidatesPage } from "./candidate-pages.ts";
import { createControlRouter } from "./control.ts";
import { bodyTooLarge, noSuchPath } from "./errors.ts";
import { createFaults, type Faults } from "./faults.ts";
import { homePage } from "./home-page.ts";
import { createInbox, type Inbox, receiveInto } from "./inbox.ts";
import { inboxPage } from "./inbox-page.ts";
import { createKeyring } from "./keys.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createAccessTokens } from "./oauth/access-tokens.ts";
import { createAuthorize } from "./oauth/authorize.ts";
import { createCodes } from "./oauth/codes.ts";
import { createTokenCounters, type TokenCounters } from "./oauth/counters.ts";
import { createRefreshTokens } from "./oauth/refresh-tokens.ts";
import { answerTokenRequest } from "./oauth/token.ts";
import { type PlaygroundOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { stylesheet } from "./pages.ts";
import { createRateLimiter } from "./rate-limit.ts";
import { createRequestLog, type RequestLog } from "./requests.ts";
import { seedWorld } from "./seed/index.ts";
import { createServe } from "./serve.ts";
import type { World } from "./world.ts";

/** A Lever of one's own: an express app that does not listen yet, and its insides for tests in the same process. */
export interface Playground {
  app: Express;
  /** The account as it is now; another one after `reset()`. */
  readonly world: World;
  ledger: Ledger;
  requests: RequestLog;
  faults: Faults;
  inbox: Inbox;
  tokens: TokenCounters;
  /** Seeds again and clears ledger, requests, faults, inbox, created keys and buckets. Tokens stay good. */
  reset(): void;
}

/** Same options, same data. Nothing listens and nothing leaves the process. */
export function createPlayground(options: PlaygroundOptions = {}): Playground {
  const resolved = resolveOptions(options);
  const parts = createParts(resolved);
  return {
    app: createApp(resolved, parts),
    get world() {
      return parts.world();
    },
    ledger: parts.ledger,
    requests: parts.requests,
    faults: parts.faults,
    inbox: parts.inbox,
    tokens: parts.counters,
    reset: parts.reset,
  };
}

type Parts = ReturnType<typeof createParts>;

function createParts(options: ResolvedOptions) {
  const { now, seed } = options;
  let world = seedWorld(options);
  const hosts = new Set<string>();
  const isOwnAudience = (audience: string) => [...hosts].some((host) => audience === `http://${host}/v1/`);
  const signingKey = createHash("sha256").update(`lever playground ${seed}`).digest();
  const tokenOptions = { signingKey, keyId: `playground-${seed}`, ttlSeconds: options.accessTokenTtlSeconds, now, isOwnAudience };
  const parts = {
    world: () => world,
    hosts,
    isOwnAudience,
    ledger: createLedger(),
    requests: createRequestLog(),
    faults: createFaults(),
    inbox: createInbox(now),
    keyring: createKeyring(),
    limiter: createRateLimiter(options.rateLimit, now),
    accessTokens: createAccessTokens(tokenOptions),
    refreshTokens: createRefreshTokens({ signingKey, now, reuse: options.refreshReuse, graceMs: options.refreshGraceMs }),
    codes: createCodes(now),
    counters: createTokenCounters(),
    performAs: { ...options.performAs },
    redirectUris: [...options.redirectUris],
  };
  function reset(): void {
    world = seedWorld(options);
    for (const part of [parts.ledger, parts.requests, parts.faults, parts.inbox]) part.clear();
    parts.keyring.reset();
    parts.limiter.change(options.rateLimit);
    Object.assign(parts.performAs, options.performAs);
    Object.assign(parts.counters, createTokenCounters(), { inFlight: parts.counters.inFlight });
  }
  return { ...parts, reset };
}

/** Lever takes uploads of up to 30 MB. */
const MAX_FORM = 31 * 1_048_576;

function createApp(options: ResolvedOptions, parts: Parts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(rememberHost(parts.hosts));
  app.post("/v1/opportunities", express.raw({ type: "multipart/form-data", limit: Math.max(MAX_FORM, options.maxBody) }));
  app.use(express.raw({ type: () => true, limit: options.maxBody }));
  app.use("/_playground", createControlRouter({ ...parts, from: options.controlFrom, now: options.now }));
  app.use(log(parts.requests, options.now));
  mount(app, options, parts);
  app.use(failed);
  return app;
}

function mount(app: Express, options: ResolvedOptions, parts: Parts): void {
  const { world, accessTokens } = parts;
  const serve = createServe(parts.faults);
  const authorize = createAuthorize({ ...parts, now: options.now, autoApprove: options.autoApprove });
  const tokenEndpoint = { ...parts, delayMs: options.tokenDelayMs };
  app.use("/v1", createApiRouter({ ...parts, accessTokens, now: options.now, webOf: originOf }, serve));
  app.get(
    "/authorize",
    serve((req) => authorize.show(queryOf(req))),
  );
  app.post(
    "/authorize/decision",
    serve((req) => authorize.decide(formOf(req))),
  );
  app.post(
    "/oauth/token",
    serve((req) =>
      answerTokenRequest(tokenEndpoint, {
        form: formOf(req),
        authorization: req.headers.authorization,
        issuer: `${originOf(req)}/`,
      }),
    ),
  );
  app.post(["/inbox", "/inbox/{*path}"], receiveInto(parts.inbox));
  app.get(
    "/inbox",
    serve((req) => inboxPage(parts.inbox, originOf(req))),
  );
  app.get("/playground.css", serve(stylesheet));
  app.get(
    "/candidates",
    serve(() => candidatesPage(world())),
  );
  app.get(
    "/candidates/:opportunity",
    serve((req) => candidatePage(world(), String(req.params.opportunity))),
  );
  app.get(
    "/",
    serve((req) => homePage(world(), originOf(req))),
  );
  app.use(serve((req) => apiError(noSuchPath(req.path))));
}

/**
 * The playground is called by several names (127.0.0.1, localhost, a container's name), each of which makes an
 * audience. Every name it was reached by counts as its own.
 */
function rememberHost(hosts: Set<string>): RequestHandler {
  return (req, _res, next) => {
    if (req.headers.host !== undefined && hosts.size < 100) hosts.add(req.headers.host);
    next();
  };
}

function originOf(req: Request): string {
  return `http://${req.headers.host ?? "127.0.0.1"}`;
}

function queryOf(req: Request): URLSearchParams {
  return new URLSearchParams(req.originalUrl.split("?")[1] ?? "");
}

/** Form-encoded only, as documented; anything else reads as an empty form. */
function formOf(req: Request): URLSearchParams {
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(req.headers["content-type"] ?? "");
  return new URLSearchParams(isForm && Buffer.isBuffer(req.body) ? req.body.toString("utf8") : "");
}

const LOGGED_HEADERS = ["accept-encoding", "content-type", "user-agent", "idempotency-key"];

function log(requests: RequestLog, now: () => number): RequestHandler {
  return (req, res, next) => {
    const [path = "", query = ""] = req.originalUrl.split("?");
    const headers = Object.fromEntries(
      LOGGED_HEADERS.flatMap((name) => (req.headers[name] ? [[name, String(req.headers[name])]] : [])),
    );
    const requestId = String(req.headers["x-request-id"] ?? randomUUID());
    const seen = requests.add({ at: now(), method: req.method, path, query, requestId, headers });
    res.locals.seen = seen;
    res.once("close", () => {
      requests.finished();
      if (res.writableFinished) seen.status = res.statusCode;
    });
    next();
  };
}

/** A bug of the playground, or a body it could not read. */
const failed: ErrorRequestHandler = (error: unknown, _req: Request, res: Response, _next) => {
  if (typeof error === "object" && error !== null && "type" in error) {
    if (error.type === "entity.too.large" && "limit" in error) return send(res, apiError(bodyTooLarge(Number(error.limit))));
    if (error.type === "request.aborted") return res.destroy();
  }
  process.stderr.write(`playground: ${error instanceof Error ? error.stack : String(error)}\n`);
  send(res, json(500, { code: "InternalServerError", message: "The playground failed." }));
};
