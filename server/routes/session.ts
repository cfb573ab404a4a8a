import { type Request, type Response, Router } from "express";
import { DEFAULT_PROJECT } from "../../app/projects.ts";
import type { Services } from "../../app/services.ts";
import { packageVersion } from "../../connector/package-root.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import type { Project, ProjectChoice, Session } from "../../schemas/types/index.ts";
import { SESSION_SCOPES } from "../auth/person.ts";
import { type Sessions, sessionEnded } from "../auth/sessions.ts";
import { methodNotAllowed } from "../http/api.ts";
import { basePathOf } from "../http/base-path.ts";
import { createBodyChecks } from "../http/check.ts";
import { readJsonBody } from "../http/read-body.ts";
import type { RouteFacts } from "../http/route.ts";
import { createShapes } from "../http/shapes.ts";

const SESSION_REPLY = [{ status: 200, shape: "session" }] as const;

/** They are for the dashboard alone: by session, never by key. */
export const SESSION = {
  show: { method: "GET", path: "/session", summary: "Tells who is signed in.", replies: SESSION_REPLY },
  choose: {
    method: "POST",
    path: "/session/project",
    summary: "Chooses the project that the session works in.",
    body: "project-choice",
    replies: SESSION_REPLY,
  },
  signOut: { method: "POST", path: "/sign-out", summary: "Ends the session.", replies: [{ status: 204 }] },
} as const satisfies Record<string, RouteFacts>;

/** What the dashboard must know of its own session, and what it may change about it. */
export function createSessionRoutes(services: Services, sessions: Sessions, oidcTitle: string | undefined): Router {
  const { config, projects, publicUrl } = services;
  const version = packageVersion();
  const checkChoice = createBodyChecks()(createShapes()(SESSION.choose.body));
  const playground = config.playground ? { url: `http://127.0.0.1:${config.playgroundPort}` } : null;
  const oidc = oidcTitle === undefined ? null : { title: oidcTitle, url: `${basePathOf(publicUrl)}/sign-in/oidc` };
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route(SESSION.show.path)
    .get(sessions.read, show)
    .all(methodNotAllowed(["GET"]));
  router
    .route(SESSION.choose.path)
    .post(sessions.read, choose)
    .all(methodNotAllowed(["POST"]));
  router
    .route(SESSION.signOut.path)
    .post(sessions.read, signOut)
    .all(methodNotAllowed(["POST"]));
  return router;

  async function show(req: Request, res: Response): Promise<void> {
    res.set("Cache-Control", "no-store").json(req.user ? await describe(req, req.user) : { signedIn: false, oidc });
  }

  async function choose(req: Request, res: Response): Promise<void> {
    const person = ownPage(req);
    const body = await readJsonBody(req);
    checkChoice(body);
    const { id } = await projects.get((body as ProjectChoice).project);
    await sessions.chooseProject(req, id);
    res.set("Cache-Control", "no-store").json(await describe(req, person));
  }

  async function signOut(req: Request, res: Response): Promise<void> {
    ownPage(req);
    await sessions.signOut(req, res);
    res.set("Cache-Control", "no-store").status(204).end();
  }

  /** @throws ConnectorError `auth_required`, `csrf_rejected` */
  function ownPage(req: Request): Express.User {
    if (!req.user) throw sessionEnded();
    sessions.assertOwnPage(req);
    return req.user;
  }

  /** One that was removed meanwhile is left: pages that still stand in it are told so, and come here. */
  async function currentProject(req: Request): Promise<Project> {
    try {
      return await projects.get(sessions.project(req));
    } catch (error) {
      if (!isConnectorError(error, "not_found")) throw error;
      await sessions.chooseProject(req, DEFAULT_PROJECT);
      return projects.get(DEFAULT_PROJECT);
    }
  }

  async function describe(req: Request, { id, name, email }: Express.User): Promise<Session> {
    const [all, current, ends] = await Promise.all([projects.list({ limit: 500 }), currentProject(req), sessions.ends(req)]);
    return {
      signedIn: true,
      csrfToken: sessions.csrfToken(req),
      person: { id, name, email },
      scopes: SESSION_SCOPES,
      project: { id: current.id, name: current.name },
      projects: all.data,
      oidc,
      playground,
      publicUrl,
      version,
      expiresAt: new Date(ends.idleMs).toISOString(),
      endsAt: new Date(ends.absoluteMs).toISOString(),
    };
  }
}
