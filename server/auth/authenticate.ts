import { createHash } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import { ipKeyGenerator, rateLimit } from "express-rate-limit";
import { ConnectorError } from "../../connector/errors.ts";
import { reveal, type Secret } from "../../credentials/secret.ts";
import type { ApiKeys } from "../api-keys.ts";
import { type Caller, DEFAULT_PROJECT } from "./caller.ts";
import { isSameText } from "./same-text.ts";

export interface AuthenticateOptions {
  readonly apiKeys: ApiKeys;
  readonly adminToken?: Secret | undefined;
  /** Finds the caller of a dashboard session; refuses changes that do not come from our own pages. */
  readonly session: (req: Request, res: Response) => Promise<Caller | undefined>;
  readonly guesses: GuessLimit;
}

/** Failed attempts per address and minute; further ones are refused without being looked at. */
const MAX_FAILURES = 30;
const WINDOW_MS = 60_000;
const MAX_KEY_LENGTH = 512;

/**
 * Finds out who calls and puts it into `res.locals.caller`. No, a wrong, a revoked and an expired key are answered alike.
 * An `Authorization` header decides alone: a session next to a wrong key is not looked at.
 *
 * @throws ConnectorError `auth_required`, `too_many_requests`, `csrf_rejected`
 */
export function createAuthenticate(options: AuthenticateOptions): RequestHandler {
  const { guesses } = options;
  return async (req, res, next) => {
    await guesses.assertAllowed(req);
    const caller =
      req.headers.authorization === undefined ? await options.session(req, res) : await byKey(req.headers.authorization, options);
    if (!caller) throw await guesses.failed(req, res);
    guesses.succeeded(req);
    res.locals.caller = caller;
    next();
  };
}

export interface GuessLimit {
  /** @throws ConnectorError `too_many_requests` where this address failed too often and never before succeeded with this key */
  assertAllowed(req: Request): Promise<void>;
  /** Counts a failure; answers the error to refuse it with. */
  failed(req: Request, res: Response): Promise<ConnectorError>;
  /** Remembers that this key works from this address, so that guesses of others behind one proxy do not lock it out. */
  succeeded(req: Request): void;
}

export function createGuessLimit(): GuessLimit {
  const limit = rateLimit({
    windowMs: WINDOW_MS,
    limit: MAX_FAILURES,
    standardHeaders: false,
    legacyHeaders: false,
    // Whether proxies are believed is configuration (TRUST_PROXY); a caller's header is no reason for a warning.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_req, _res, next) => next(tooMany(WINDOW_MS)),
  });
  const known = new Set<string>();
  return {
    async assertAllowed(req) {
      // Whoever shows no key guesses none.
      if (req.headers.authorization === undefined) return;
      const failures = await limit.getKey(ipKeyGenerator(req.ip ?? ""));
      if (!failures || failures.totalHits < MAX_FAILURES || known.has(fingerprint(req))) return;
      throw tooMany(failures.resetTime ? failures.resetTime.getTime() - Date.now() : WINDOW_MS);
    },
    async failed(req, res) {
      if (req.headers.authorization === undefined) return authRequired();
      const refused = await new Promise<unknown>((resolve) => void limit(req, res, resolve));
      if (refused instanceof Error) return refused as ConnectorError;
      return authRequired();
    },
    succeeded(req) {
      if (req.headers.authorization === undefined) return;
      if (known.size >= 10_000) known.clear();
      known.add(fingerprint(req));
    },
  };
}

function authRequired(): ConnectorError {
  return new ConnectorError("auth_required", "send a valid API key as Authorization: Bearer lc_…, or sign in");
}

function tooMany(retryAfterMs: number): ConnectorError {
  return new ConnectorError("too_many_requests", "too many failed attempts from this address", {
    retryAfterMs: Math.max(1_000, retryAfterMs),
  });
}

function fingerprint(req: Request): string {
  return `${req.ip ?? ""} ${sha256(req.headers.authorization ?? "").toString("base64")}`;
}

async function byKey(header: string, { apiKeys, adminToken }: AuthenticateOptions): Promise<Caller | undefined> {
  const key = /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1];
  if (key === undefined || key.length > MAX_KEY_LENGTH) return undefined;
  if (adminToken && isSameText(key, reveal(adminToken))) {
    return { kind: "admin_token", project: DEFAULT_PROJECT, scopes: ["admin"], id: "admin_token", isOperator: true };
  }
  const apiKey = await apiKeys.authenticate(key);
  if (!apiKey) return undefined;
  const { id, project, scopes } = apiKey;
  return { kind: "api_key", project, scopes, id, isOperator: project === DEFAULT_PROJECT && scopes.includes("admin") };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
