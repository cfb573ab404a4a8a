import type { RequestHandler } from "express";
import { ConnectorError } from "../../errors/connector-error.ts";
import { peerAddress } from "../http/peer-address.ts";
import { createAttemptLimit } from "./attempt-limit.ts";

/**
 * Slows down guesses of access links: after 30 refused ones a minute further attempts from the same address are refused without
 * being looked at. What succeeds is counted only with `count: "all"`. Requests of people who are signed in do not come by here.
 *
 * @throws ConnectorError `too_many_requests`
 */
export function createSignInLimit({ count = "failures" }: { count?: "failures" | "all" } = {}): RequestHandler {
  const limit = createAttemptLimit();
  return (req, res, next) => {
    const address = peerAddress(req);
    // Counted before it is looked at: many at once are many.
    const refusedMs = limit.take(address);
    if (refusedMs > 0)
      throw new ConnectorError("too_many_requests", "too many sign-ins from this address", {
        retryAfterMs: Math.max(1_000, refusedMs),
      });
    if (count === "failures")
      res.once("finish", () => {
        if (res.statusCode < 400) limit.giveBack(address);
      });
    next();
  };
}
