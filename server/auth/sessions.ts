import { createHmac } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import session from "express-session";
import { Passport } from "passport";
import { DEFAULT_PROJECT } from "../../app/projects.ts";
import { IDLE_MS, type SessionEnds, type SessionStore } from "../../app/session-store.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { reveal, type Secret } from "../../sealing/secret.ts";
import { basePathOf } from "../http/base-path.ts";
import { readCookie } from "../http/cookies.ts";
import type { Caller } from "./caller.ts";
import { type Person, SESSION_SCOPES } from "./person.ts";
import { isSameText } from "./same-text.ts";

declare global {
  namespace Express {
    interface User extends Person {}
  }
}

declare module "express-session" {
  interface SessionData {
    /** The project that the session acts in; absent: the default one. */
    project: string;
  }
}

/** Sign-in of people by cookie: HttpOnly, SameSite=Lax, Secure behind https. */
export interface Sessions {
  /** Reads the cookie; with it `req.user` for a signed-in person. Only for routes that pages use. */
  readonly read: RequestHandler;
  /** Can this request be given the cookie? Behind https only where the proxy says that it came by https. */
  isPossible(req: Request): boolean;
  /** Signs in under a new session id. */
  signIn(req: Request, person: Person): Promise<void>;
  signOut(req: Request, res: Response): Promise<void>;
  /** When the session of this request ends: where it is not used, and however much it is used. */
  ends(req: Request): Promise<SessionEnds>;
  /** The project that the session acts in. */
  project(req: Request): string;
  /** From now on the session acts in this project. @throws ConnectorError `auth_required` where it was ended meanwhile */
  chooseProject(req: Request, project: string): Promise<void>;
  /** Saves what was put into `req.session`. @throws ConnectorError `auth_required` where the session was ended meanwhile */
  save(req: Request): Promise<void>;
  /** The token that every change made by a page of this session must carry. */
  csrfToken(req: Request): string;
  /** A secret of this session for one purpose. It is derived from the session's id, which only the browser holds, and stored nowhere. */
  secretFor(req: Request, purpose: string): string;
  /** @throws ConnectorError `csrf_rejected` where a change does not come from a page of this session */
  assertOwnPage(req: Request): void;
  /** The caller that a request's session stands for. @throws ConnectorError `csrf_rejected` */
  caller(req: Request, res: Response): Promise<Caller | undefined>;
}

export interface SessionsOptions {
  readonly store: SessionStore;
  /** Signs the cookie. */
  readonly secret: Secret;
  /** Origin that browsers see. */
  readonly publicUrl: string;
  /** Refuses a project that was removed while a session stood in it. @throws ConnectorError `not_found` */
  readonly assertProject: (id: string) => Promise<unknown>;
  /** May this person's sessions continue? */
  readonly isAllowed: (person: Person) => boolean;
}

const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];

export function createSessions({ store, secret, publicUrl, assertProject, isAllowed }: SessionsOptions): Sessions {
  const secure = publicUrl.startsWith("https:");
  const base = basePathOf(publicUrl);
  // A cookie with the stricter prefix is sent to the whole host, and so to whatever lies beside the base path.
  const name = secure ? `${base === "" ? "__Host-" : "__Secure-"}lc_session` : "lc_session";
  const passport = new Passport();
  passport.serializeUser<Person>((user, done) => done(null, user));
  passport.deserializeUser<Person>((person, done) => done(null, isAllowed(person) ? person : false));
  const cookie = { httpOnly: true, sameSite: "lax", secure, path: base || "/" } as const;
  const handlers = [
    session({
      name,
      secret: reveal(secret),
      store,
      resave: false,
      rolling: true,
      saveUninitialized: false,
      // TLS ends at a proxy; only there a Secure cookie is asked for, and the proxy says by header that it was https.
      proxy: secure,
      cookie: { ...cookie, maxAge: IDLE_MS },
    }),
    passport.session(),
  ];

  function read(req: Request, res: Response): Promise<void> {
    return handlers.reduce((before, handler) => before.then(() => run(handler, req, res)), Promise.resolve());
  }

  function project(req: Request): string {
    return req.session.project ?? DEFAULT_PROJECT;
  }

  function secretFor(req: Request, purpose: string): string {
    const parts = JSON.stringify([purpose, req.sessionID]);
    return createHmac("sha256", reveal(secret)).update(parts).digest("base64url");
  }

  const csrfToken = (req: Request) => secretFor(req, "csrf");

  function assertOwnPage(req: Request): void {
    assertSameOrigin(req, publicUrl);
    if (!isSameText(req.get("x-csrf-token") ?? "", csrfToken(req))) throw rejected();
  }

  async function save(req: Request): Promise<void> {
    await new Promise<void>((resolve, reject) => req.session.save((error) => (error ? reject(error) : resolve())));
    if (store.hasEnded(req.session)) throw sessionEnded();
  }

  return {
    read: (req, res, next) => void read(req, res).then(() => next(), next),
    isPossible: (req) => !secure || (req.get("x-forwarded-proto") ?? "").split(",")[0]?.trim().toLowerCase() === "https",
    async signIn(req, person) {
      await new Promise<void>((resolve, reject) => req.logIn(person, (error) => (error ? reject(error) : resolve())));
    },
    async signOut(req, res) {
      await new Promise<void>((resolve, reject) => req.session.destroy((error) => (error ? reject(error) : resolve())));
      res.clearCookie(name, cookie);
    },
    ends: (req) => store.renew(req.sessionID),
    project,
    async chooseProject(req, chosen) {
      req.session.project = chosen;
      await save(req);
    },
    save,
    csrfToken,
    secretFor,
    assertOwnPage,
    async caller(req, res) {
      if (readCookie(req, name) === undefined) return undefined;
      await read(req, res);
      if (!req.user) return undefined;
      if (!SAFE_METHODS.includes(req.method)) assertOwnPage(req);
      await assertProject(project(req));
      const names = [req.user.email, req.user.name].filter((name) => name !== null);
      return { kind: "session", project: project(req), scopes: SESSION_SCOPES, id: req.user.id, names, isOperator: true };
    },
  };
}

/** Refuses a change that a page of another origin sent: by Fetch Metadata, or by `Origin` where a browser does not send that. */
export function assertSameOrigin(req: Request, publicUrl: string): void {
  const site = req.headers["sec-fetch-site"];
  if (site === "same-origin" || site === "none") return;
  if (site !== undefined) throw rejected();
  const origin = req.headers.origin;
  // The host that the browser asked for counts as well: on one machine a server has several names.
  if (origin !== undefined && origin !== new URL(publicUrl).origin && origin !== `${req.protocol}://${req.headers.host}`)
    throw rejected();
}

export function sessionEnded(): ConnectorError {
  return new ConnectorError("auth_required", "the session has ended, or there was none; sign in again");
}

function rejected(): ConnectorError {
  return new ConnectorError("csrf_rejected", "the request does not come from a page of this server and session; reload the page");
}

function run(handler: RequestHandler, req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => void handler(req, res, (error?: unknown) => (error ? reject(error) : resolve())));
}
