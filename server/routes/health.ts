import { Router } from "express";
import type { Services } from "../../app/services.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import { methodNotAllowed } from "../http/api.ts";
import type { RouteFacts } from "../http/route.ts";

export const HEALTH = {
  alive: {
    method: "GET",
    path: "/healthz",
    summary: "Tells that the process answers.",
    replies: [{ status: 200, shape: "health" }],
  },
  ready: {
    method: "GET",
    path: "/readyz",
    summary: "Tells whether the server can do its work; 503 where it cannot.",
    replies: [
      { status: 200, shape: "health" },
      { status: 503, shape: "health" },
    ],
  },
} as const satisfies Record<string, RouteFacts>;

/** `/healthz`: the process answers. `/readyz`: it can do its work: the store reads and writes, and it is not shutting down. */
export function createHealthRoutes(services: Services): Router {
  const router = Router();
  const readiness = createReadiness(services);
  router
    .route(HEALTH.alive.path)
    .get((_req, res) => void res.set("Cache-Control", "no-store").json({ status: "ok" }))
    .all(methodNotAllowed(["GET"]));
  router
    .route(HEALTH.ready.path)
    .get(async (_req, res) => {
      const status = services.draining.aborted ? "shutting_down" : await readiness();
      res
        .set("Cache-Control", "no-store")
        .status(status === "ready" ? 200 : 503)
        .json({ status });
    })
    .all(methodNotAllowed(["GET"]));
  return router;
}

const BELIEVED_MS = 1_000;

/** `ready`, or the code of what the store is in trouble with. Asks it at most once a second: the address is open to all. */
function createReadiness({ store, events }: Services): () => Promise<string> {
  let asked: { atMs: number; answer: Promise<string> } | undefined;
  return () => {
    // By the time that passed: the clock may be set back.
    if (asked && performance.now() - asked.atMs < BELIEVED_MS) return asked.answer;
    const answer = store.ping().then(
      () => "ready",
      (error: unknown) => {
        events.tell({ type: "fault", what: "the store does not answer", error });
        return isConnectorError(error) ? error.code : "store_unavailable";
      },
    );
    asked = { atMs: performance.now(), answer };
    return answer;
  };
}
