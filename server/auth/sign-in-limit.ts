import type { Request, RequestHandler } from "express";
import { rateLimit } from "express-rate-limit";
import { ConnectorError } from "../../connector/errors.ts";

const MAX_A_MINUTE = 30;
const WINDOW_MS = 60_000;

/**
 * Slows down whoever guesses access links: after 30 refused ones a minute further attempts from the same address are refused without
 * being looked at. What succeeds is counted only with `count: "all"`, and who is signed in already does not come by here.
 */
export function createSignInLimit({ count = "failures" }: { count?: "failures" | "all" } = {}): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: MAX_A_MINUTE,
    standardHeaders: false,
    legacyHeaders: false,
    skipSuccessfulRequests: count === "failures",
    // Whether proxies are believed is configuration (TRUST_PROXY); a caller's header is no reason for a warning.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (req, _res, next) => next(tooMany(req)),
  });
}

function tooMany(req: Request): ConnectorError {
  const { resetTime } = (req as Request & { rateLimit?: { resetTime?: Date } }).rateLimit ?? {};
  const retryAfterMs = Math.max(1_000, resetTime ? resetTime.getTime() - Date.now() : WINDOW_MS);
  return new ConnectorError("too_many_requests", "too many sign-ins from this address", { retryAfterMs });
}
