import type { RequestHandler } from "express";
import { ConnectorError } from "../../connector/errors.ts";

/** More than three credentials' queues of callers that wait for Lever's rate limit; some 100 MB at worst. */
const MAX_IN_FLIGHT = 2_000;
const COME_AGAIN_MS = 2_000;

/**
 * Refuses what comes in while `max` requests are being answered: an overload is told to those who come last, at once, in place of
 * growing without bounds and failing everybody.
 *
 * @throws ConnectorError `too_many_requests`
 */
export function limitInFlight(max = MAX_IN_FLIGHT): RequestHandler {
  let inFlight = 0;
  return (_req, res, next) => {
    if (inFlight >= max)
      throw new ConnectorError("too_many_requests", "this server is answering too many requests at once", {
        retryAfterMs: COME_AGAIN_MS,
      });
    inFlight += 1;
    res.once("close", () => {
      inFlight -= 1;
    });
    next();
  };
}
