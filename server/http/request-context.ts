import { randomFillSync } from "node:crypto";
import type { RequestHandler, Response } from "express";

const ID_BYTES = 12;
/** Asking for random bytes costs the same for one id as for hundreds. */
const POOL_IDS = 256;

/** Gives every request an id of ours; one sent by the caller is never taken over, so that log lines cannot be forged. */
export function requestContext(): RequestHandler {
  const pool = Buffer.alloc(ID_BYTES * POOL_IDS);
  let at = pool.length;
  return (_req, res, next) => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    const requestId = `req_${pool.toString("base64url", at, at + ID_BYTES)}`;
    at += ID_BYTES;
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
