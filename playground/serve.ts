import { setTimeout as sleep } from "node:timers/promises";
import type { Request, RequestHandler, Response } from "express";
import { type Answer, send } from "./answer.ts";
import { deliver } from "./fault-delivery.ts";
import { type Faults, isApplied } from "./faults.ts";
import type { SeenRequest } from "./requests.ts";

export type Produce = (req: Request, seen: SeenRequest) => Answer | Promise<Answer>;

/** What `log` left behind for the handlers. */
function seenOf(res: Response): SeenRequest {
  return res.locals.seen as SeenRequest;
}

/** Turns a function that makes an answer into a handler on which faults strike. */
export function createServe(faults: Faults): (produce: Produce) => RequestHandler {
  async function serve(req: Request, res: Response, produce: Produce): Promise<void> {
    const seen = seenOf(res);
    const fault = faults.strike(req.method, req.baseUrl + req.path);
    if (fault === undefined) return send(res, await produce(req, seen));
    const { action } = fault;
    seen.fault = fault.id;
    await wait(action.delayBeforeMs);
    const answer = isApplied(action) ? await produce(req, seen) : undefined;
    await wait(action.delayAfterMs);
    deliver(res, action, answer);
  }
  return (produce) => (req, res) => serve(req, res, produce);
}

async function wait(ms: number | undefined): Promise<void> {
  if (ms !== undefined && ms > 0) await sleep(ms, undefined, { ref: false });
}
