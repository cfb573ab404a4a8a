import { type Request, type Response, Router } from "express";
import type { Services } from "../../app/services.ts";
import { ConnectorError, isConnectorError } from "../../errors/connector-error.ts";
import { isEndpointId } from "../../triggers/types.ts";
import { createAttemptLimit } from "../auth/attempt-limit.ts";
import { methodNotAllowed } from "../http/api.ts";
import { peerAddress } from "../http/peer-address.ts";
import { isCompressed, readBytes } from "../http/read-body.ts";
import { requestIdOf } from "../http/request-context.ts";
import type { RouteFacts } from "../http/route.ts";
import { createShares } from "../http/shares.ts";

export const HOOK = {
  method: "POST",
  path: "/hooks/:endpoint",
  summary: "Takes a signed delivery: recorded before it is answered, and once, however often it is sent.",
  replies: [{ status: 200, shape: "webhook-receipt" }],
} as const satisfies RouteFacts;

const MAX_DELIVERY_BYTES = 1024 * 1024;

export interface HookLimits {
  /** For a body to arrive. 5,000 by default. */
  readonly bodyMs?: number;
}

/** Deliveries that are read or recorded at a time, and the bytes that their bodies may have in memory. */
const PLACES = 2_000;
const BYTES = 64 * 1024 * 1024;
const COME_AGAIN_MS = 2_000;

/**
 * Where others deliver to endpoints. Needs no key and no session: the signature is the proof. Everything that is refused for what it is has one
 * answer, so that nobody learns which endpoints there are.
 */
export function createHookRoutes({ triggers }: Services, { bodyMs = 5_000 }: HookLimits = {}): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const places = createShares(PLACES);
  const bytes = createShares(BYTES);
  const refusals = createAttemptLimit();

  async function take(req: Request, res: Response): Promise<{ readonly isDuplicate: boolean }> {
    const endpoint = String(req.params.endpoint);
    const sender = { project: peerAddress(req), id: isEndpointId(endpoint) ? endpoint : "other" };
    const name = `${sender.project} ${sender.id}`;
    const refusedMs = refusals.refusedMs(name);
    if (refusedMs > 0)
      throw new ConnectorError("too_many_requests", "too many deliveries were refused", { retryAfterMs: refusedMs });
    assertJson(req);
    const length = Number(req.headers["content-length"] ?? MAX_DELIVERY_BYTES);
    const leave = places.take(sender) ?? refuse();
    const free = bytes.take(sender, Math.min(length, MAX_DELIVERY_BYTES));
    try {
      const body = free ? await inTime(readBytes(req, MAX_DELIVERY_BYTES), req, res, bodyMs) : refuse();
      return await triggers.take({ endpoint, rawHeaders: req.rawHeaders, body, requestId: requestIdOf(res) });
    } catch (error) {
      if (isConnectorError(error, "webhook_rejected")) refusals.take(name);
      throw error;
    } finally {
      free?.();
      leave();
    }
  }

  router
    .route(HOOK.path)
    .post(async (req, res) => {
      const { isDuplicate } = await take(req, res);
      res.set("Cache-Control", "no-store").json({ received: true, duplicate: isDuplicate });
    })
    .all(methodNotAllowed([HOOK.method]));
  return router;
}

/** What is not read in time is not waited for: the connection ends with the answer. */
async function inTime(reading: Promise<Buffer>, req: Request, res: Response, ms: number): Promise<Buffer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      res.set("Connection", "close").once("finish", () => req.socket.destroySoon());
      reject(new ConnectorError("request_timeout", `the body did not arrive within ${ms / 1000} s`));
    }, ms);
  });
  reading.catch(() => undefined);
  return Promise.race([reading, late]).finally(() => clearTimeout(timer));
}

function assertJson(req: Request): void {
  const isJson = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(req.headers["content-type"] ?? "");
  if (isJson && !isCompressed(req)) return;
  throw new ConnectorError("unsupported_media_type", "deliver the body as application/json, not compressed");
}

function refuse(): never {
  throw new ConnectorError("too_many_requests", "too many deliveries are under way", { retryAfterMs: COME_AGAIN_MS });
}
