import type { RequestHandler, Response } from "express";
import { newRequestId } from "../../runtime/new-request-id.ts";

/** Gives every request an id of ours; one sent by the caller is never taken over, so that log lines cannot be forged. */
export function requestContext(): RequestHandler {
  return (_req, res, next) => {
    const requestId = newRequestId();
    res.locals.requestId = requestId;
    res.setHeader("X-Request-Id", requestId);
    next();
  };
}

export function requestIdOf(res: Response): string {
  return String(res.locals.requestId);
}

/** Aborts when the caller hangs up before the answer is complete. */
export function callerSignal(res: Response): AbortSignal {
  const controller = new AbortController();
  res.once("close", () => {
    if (!res.writableFinished) controller.abort();
  });
  return controller.signal;
}
