import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Request, type Response, Router } from "express";
import { packageRoot } from "../../connector/package-root.ts";
import { reveal } from "../../credentials/secret.ts";
import { DEFAULT_PROJECT } from "../auth/caller.ts";
import { isScope } from "../auth/scopes.ts";
import { assertSameOrigin, type Sessions } from "../auth/sessions.ts";
import { createSignInLimit } from "../auth/sign-in-limit.ts";
import { methodNotAllowed } from "../http/api.ts";
import { readForm } from "../http/read-form.ts";
import { accessPage, accessRefusedPage, insecurePage } from "../pages/access.ts";
import { errorsPage } from "../pages/errors.ts";
import { type LandingView, landingPage } from "../pages/landing.ts";
import { STYLE } from "../pages/style.ts";
import type { Services } from "../services.ts";

type SignedIn = NonNullable<LandingView["signedIn"]>;

/** The server's own pages: start, sign-in and -out, API keys, the meaning of errors. They hold no script. */
export function createPageRoutes(services: Services, sessions: Sessions): Router {
  const { accessLinks, apiKeys, publicUrl } = services;
  const router = Router({ caseSensitive: true, strict: true });

  router
    .route("/assets/style.css")
    .get(style)
    .all(methodNotAllowed(["GET"]));
  router
    .route("/docs/errors")
    .get(errorDocs)
    .all(methodNotAllowed(["GET"]));
  router
    .route("/")
    .get(sessions.read, start)
    .all(methodNotAllowed(["GET"]));
  router
    .route("/access")
    .all(createSignInLimit())
    .get(access)
    .post(sessions.read, signIn)
    .all(methodNotAllowed(["GET", "POST"]));
  router
    .route("/sign-out")
    .post(sessions.read, signOut)
    .all(methodNotAllowed(["POST"]));
  router
    .route("/keys")
    .post(sessions.read, makeKey)
    .all(methodNotAllowed(["POST"]));
  router
    .route("/keys/revoke")
    .post(sessions.read, revokeKey)
    .all(methodNotAllowed(["POST"]));
  return router;

  async function start(req: Request, res: Response): Promise<void> {
    sendPage(res, landingPage({ publicUrl, ...(req.user && { signedIn: await signedIn(req) }) }));
  }

  async function access(req: Request, res: Response): Promise<void> {
    if (!sessions.isPossible(req)) return sendPage(res, insecurePage(publicUrl), 403);
    const token = typeof req.query.token === "string" ? req.query.token : "";
    const works = await accessLinks.check(token);
    sendPage(res, works ? accessPage(token) : accessRefusedPage(), works ? 200 : 403);
  }

  async function signIn(req: Request, res: Response): Promise<void> {
    assertSameOrigin(req, publicUrl);
    // Before the link is used up: the session's cookie could not be set.
    if (!sessions.isPossible(req)) return sendPage(res, insecurePage(publicUrl), 403);
    const token = (await readForm(req)).get("token") ?? "";
    if (!(await accessLinks.redeem(token))) return sendPage(res, accessRefusedPage(), 403);
    await sessions.signIn(req);
    res.redirect(303, "/");
  }

  async function signOut(req: Request, res: Response): Promise<void> {
    await ownForm(req);
    await sessions.signOut(req);
    res.redirect(303, "/");
  }

  async function makeKey(req: Request, res: Response): Promise<void> {
    const form = await ownForm(req);
    if (!req.user) return res.redirect(303, "/");
    const name = (form.get("name") ?? "").trim().slice(0, 100);
    const scopes = form.getAll("scopes").filter(isScope);
    if (name === "" || scopes.length === 0) {
      const notice = "A key needs a name and at least one thing that it may do.";
      return sendPage(res, landingPage({ publicUrl, signedIn: await signedIn(req, { notice }) }), 422);
    }
    const { key } = await apiKeys.create(DEFAULT_PROJECT, { name, scopes });
    sendPage(res, landingPage({ publicUrl, signedIn: await signedIn(req, { newKey: { name, key: reveal(key) } }) }), 201);
  }

  async function revokeKey(req: Request, res: Response): Promise<void> {
    const form = await ownForm(req);
    if (req.user) await apiKeys.revoke(DEFAULT_PROJECT, form.get("id") ?? "");
    res.redirect(303, "/");
  }

  async function ownForm(req: Request): Promise<URLSearchParams> {
    const form = await readForm(req);
    sessions.assertOwnPage(req, form.get("csrf") ?? "");
    return form;
  }

  async function signedIn(req: Request, more: Partial<SignedIn> = {}): Promise<SignedIn> {
    const [credentials, keys] = await Promise.all([services.credentials.list(DEFAULT_PROJECT), apiKeys.list(DEFAULT_PROJECT)]);
    return { csrfToken: sessions.csrfToken(req), credentials: credentials.data, apiKeys: keys.data, ...more };
  }
}

export function sendPage(res: Response, text: string, status = 200): void {
  res.status(status).set("Cache-Control", "no-store").type("html").send(text);
}

function style(_req: Request, res: Response): void {
  res.set("Cache-Control", "public, max-age=3600").type("css").send(STYLE);
}

async function errorDocs(_req: Request, res: Response): Promise<void> {
  const markdown = await readFile(join(packageRoot(), "docs", "errors.md"), "utf8");
  res.set("Cache-Control", "public, max-age=3600").type("html").send(errorsPage(markdown));
}
