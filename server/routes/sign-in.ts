import { type Request, type Response, Router } from "express";
import type { Services } from "../../app/services.ts";
import type { OidcSignIn, PendingSignIn, VerifierOf } from "../auth/oidc.ts";
import type { Sessions } from "../auth/sessions.ts";
import { createSignInLimit } from "../auth/sign-in-limit.ts";
import { methodNotAllowed } from "../http/api.ts";
import { basePathOf } from "../http/base-path.ts";
import { peerAddress } from "../http/peer-address.ts";
import { requestIdOf } from "../http/request-context.ts";
import { insecurePage } from "../pages/access.ts";
import { providerDownPage, signInFailedPage, signInRefusedPage } from "../pages/sign-in.ts";
import { sendPage } from "./pages.ts";

declare module "express-session" {
  interface SessionData {
    signIn: PendingSignIn;
  }
}

/** Sign-in at the configured OpenID Connect provider: there, and back. */
export function createSignInRoutes({ events, publicUrl }: Services, sessions: Sessions, oidc: OidcSignIn): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route("/sign-in/oidc")
    // Every one of them leaves a session in the store.
    .all(createSignInLimit({ count: "all" }))
    .get(sessions.read, begin)
    .all(methodNotAllowed(["GET"]));
  router
    .route("/sign-in/oidc/callback")
    .all(createSignInLimit())
    .get(sessions.read, finish)
    .all(methodNotAllowed(["GET"]));
  return router;

  async function begin(req: Request, res: Response): Promise<void> {
    if (!sessions.isPossible(req)) return sendPage(res, insecurePage(publicUrl), 403);
    const begun = await oidc.begin(verifierOf(req)).catch((error: unknown) => refused(req, res, "provider_unreachable", error));
    if (!begun) return sendPage(res, providerDownPage(oidc.title, requestIdOf(res)), 503);
    req.session.signIn = begun.pending;
    await sessions.save(req);
    res.set("Cache-Control", "no-store").redirect(302, begun.url);
  }

  function verifierOf(req: Request): VerifierOf {
    return (state) => sessions.secretFor(req, `oidc ${state}`);
  }

  async function finish(req: Request, res: Response): Promise<void> {
    const url = new URL(req.originalUrl, publicUrl);
    const pending = req.session.signIn;
    // One that no sign-in waits for, or that another browser started, uses nothing up.
    if (!oidc.isAnswer(url, pending)) {
      refused(req, res, "not_started_here");
      return sendPage(res, signInFailedPage(oidc.title, requestIdOf(res)), 403);
    }
    delete req.session.signIn;
    try {
      const person = await oidc.finish(url, pending, verifierOf(req));
      if (!oidc.allows(person)) {
        refused(req, res, "not_allowed");
        return sendPage(res, signInRefusedPage(oidc.title, person.email), 403);
      }
      await sessions.signIn(req, person);
      res.redirect(303, `${basePathOf(publicUrl)}/`);
    } catch (error) {
      refused(req, res, "sign_in_failed", error);
      sendPage(res, signInFailedPage(oidc.title, requestIdOf(res)), 403);
    }
  }

  /** Names alone of an error: messages and causes may hold codes and tokens. */
  function refused(req: Request, res: Response, code: string, error?: unknown): undefined {
    const {
      name,
      code: own,
      error: told,
      cause,
    } = (error ?? {}) as Error & { code?: string; error?: string; cause?: { code?: string } };
    const reason = [name, own ?? cause?.code, told].filter((part) => part !== undefined).join(" ") || undefined;
    events.tell({ type: "refused", what: "sign_in", code, requestId: requestIdOf(res), address: peerAddress(req), reason });
  }
}
