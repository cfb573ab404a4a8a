import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Request, type Response, Router } from "express";
import type { Services } from "../../app/services.ts";
import { packageRoot } from "../../connector/package-root.ts";
import { OWNER } from "../auth/person.ts";
import { assertSameOrigin, type Sessions } from "../auth/sessions.ts";
import { createSignInLimit } from "../auth/sign-in-limit.ts";
import type { Dashboard } from "../dashboard.ts";
import { methodNotAllowed } from "../http/api.ts";
import { basePathOf, linksBelow } from "../http/base-path.ts";
import { peerAddress } from "../http/peer-address.ts";
import { readForm } from "../http/read-form.ts";
import { requestIdOf } from "../http/request-context.ts";
import { accessPage, accessRefusedPage, insecurePage } from "../pages/access.ts";
import { errorsPage } from "../pages/errors.ts";
import { pageStyle } from "../pages/style.ts";

/** The server's own pages: sign-in by access link, the meaning of errors. They hold no script. */
export function createPageRoutes(services: Services, sessions: Sessions, dashboard: Dashboard): Router {
  const { accessLinks, publicUrl } = services;
  const router = Router({ caseSensitive: true, strict: true });

  router
    .route("/pages/style.css")
    .get(style)
    .all(methodNotAllowed(["GET"]));
  router
    .route("/docs/errors")
    .get(errorDocs)
    .all(methodNotAllowed(["GET"]));
  router
    .route("/access")
    .all(createSignInLimit())
    .get(access)
    .post(sessions.read, signIn)
    .all(methodNotAllowed(["GET", "POST"]));
  return router;

  function style(_req: Request, res: Response): void {
    const files = { font: dashboard.find("figtree-latin-wght-normal-", ".woff2"), logo: dashboard.find("icon-", ".svg") };
    res.set("Cache-Control", "public, max-age=3600").type("css").send(pageStyle(files));
  }

  async function access(req: Request, res: Response): Promise<void> {
    if (!sessions.isPossible(req)) return sendPage(res, insecurePage(publicUrl), 403);
    const token = typeof req.query.token === "string" ? req.query.token : "";
    const works = await accessLinks.check(token);
    if (!works) refused(req, res);
    sendPage(res, works ? accessPage(token) : accessRefusedPage(), works ? 200 : 403);
  }

  function refused(req: Request, res: Response): void {
    const facts = { requestId: requestIdOf(res), address: peerAddress(req) };
    services.events.tell({ type: "refused", what: "sign_in", code: "access_link_invalid", ...facts });
  }

  async function signIn(req: Request, res: Response): Promise<void> {
    assertSameOrigin(req, publicUrl);
    // Before the link is used up: the session's cookie could not be set.
    if (!sessions.isPossible(req)) return sendPage(res, insecurePage(publicUrl), 403);
    const token = (await readForm(req)).get("token") ?? "";
    if (!(await accessLinks.redeem(token))) {
      refused(req, res);
      return sendPage(res, accessRefusedPage(), 403);
    }
    await sessions.signIn(req, OWNER);
    res.redirect(303, `${basePathOf(publicUrl)}/`);
  }
}

export function sendPage(res: Response, text: string, status = 200): void {
  res.status(status).set("Cache-Control", "no-store").type("html").send(linksBelow(res, text));
}

async function errorDocs(_req: Request, res: Response): Promise<void> {
  const markdown = await readFile(join(packageRoot(), "docs", "errors.md"), "utf8");
  res
    .set("Cache-Control", "public, max-age=3600")
    .type("html")
    .send(linksBelow(res, errorsPage(markdown)));
}
