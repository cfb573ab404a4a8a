import { type Request, type RequestHandler, type Response, Router } from "express";
import type { Services } from "../../app/services.ts";
import type { CheckReport } from "../../credentials/credential.ts";
import { accessOfFlow, type ConsentFlow, isStartedBy } from "../../credentials/oauth-flows.ts";
import { ConnectorError, isConnectorError } from "../../errors/connector-error.ts";
import { toProblem } from "../../errors/problem.ts";
import type { Secret } from "../../sealing/secret.ts";
import { type ConsentParty, exchangeCode, redirectToConsent } from "../auth/consent-strategy.ts";
import { assertSameOrigin, type Sessions } from "../auth/sessions.ts";
import { methodNotAllowed } from "../http/api.ts";
import { basePathOf } from "../http/base-path.ts";
import { newToken, readCookie } from "../http/cookies.ts";
import { requestIdOf } from "../http/request-context.ts";
import { connectedPage, consentFailedPage, consentPage, unusablePage } from "../pages/consent.ts";
import { sendPage } from "./pages.ts";

const COOKIE = "lc_consent";
const COOKIE_MS = 10 * 60_000;

/** How a consent ended: `connected` or the code of an error, and the page that tells it. */
interface Ended {
  readonly code: string;
  readonly page: string;
  readonly status: number;
}

/** The two ends of a consent. No caller is needed: the ticket, then the state together with the browser's cookie, say what it is for. */
export function createOAuthRoutes(services: Services, sessions: Sessions): Router {
  const { credentials, flows, oauthApps, connector, projects, tokens, pickLists, publicUrl } = services;
  const basePath = basePathOf(publicUrl);
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route("/oauth/lever/:environment/start")
    .get(sessions.read, asPage(services, showStart))
    .post(asPage(services, confirm))
    .all(methodNotAllowed(["GET", "POST"]));
  router
    .route("/oauth/lever/:environment/callback")
    .get(sessions.read, asPage(services, finish))
    .all(methodNotAllowed(["GET"]));
  return router;

  async function showStart(req: Request, res: Response): Promise<void> {
    const { environment, ticket } = readTicket(req);
    const flow = await flows.readTicket(ticket, { environment });
    if (req.user && isStartedBy(flow, req.sessionID)) return begin(req, res);
    const credential = await credentials.get(accessOfFlow(flow), flow.credential);
    const [project, app] = await Promise.all([projects.get(flow.project), oauthApps.resolve(accessOfFlow(flow), environment)]);
    const { title } = connector.environment(environment);
    bindBrowser(req, res);
    allowRedirectsOfForms(res, connector.environment(environment).authorize);
    sendPage(
      res,
      consentPage({ credential, projectName: project.name, environmentTitle: title, scopes: app.scopes.map(inWords), ticket }),
    );
  }

  function inWords(scope: string): string {
    const declared = connector.manifest.auth.flatMap((auth) => (auth.type === "oauth2" ? auth.scopes : []));
    return declared.find(({ name }) => name === scope)?.description ?? scope;
  }

  async function confirm(req: Request, res: Response): Promise<void> {
    assertSameOrigin(req, publicUrl);
    // The page has set it, and a form of another site comes without it.
    if (readBrowser(req) === undefined)
      throw new ConnectorError(
        "oauth_state_invalid",
        "The browser did not send this server's cookie; allow cookies and start again.",
      );
    await begin(req, res);
  }

  async function begin(req: Request, res: Response): Promise<void> {
    const { environment, ticket } = readTicket(req);
    const flow = await flows.readTicket(ticket, { environment });
    const browser = bindBrowser(req, res);
    await redirectToConsent(req, res, await partyOf(flow, environment), async (verifier) => {
      return (await flows.beginConsent(ticket, { environment, browser, verifier })).state;
    });
  }

  async function finish(req: Request, res: Response): Promise<void> {
    const environment = String(req.params.environment);
    // The state comes first: whatever else the address says counts only in a consent that was started here.
    const { flow, verifier } = await flows.takeState(text(req.query.state), { environment, browser: readBrowser(req) });
    const ended = await endOf(flow, requestIdOf(res), () => connect(req, res, flow, verifier));
    if (isFromDashboard(req, flow)) return res.redirect(303, `${basePath}/credentials/${flow.credential}?consent=${ended.code}`);
    sendPage(res, ended.page, ended.status);
  }

  async function connect(req: Request, res: Response, flow: ConsentFlow, verifier: Secret): Promise<Ended> {
    assertConsented(req);
    const party = await partyOf(flow, flow.environment);
    const grant = await exchangeCode(req, res, party, tokens, verifier);
    const credential = await credentials.saveGrant(accessOfFlow(flow), flow.credential, grant, party.app.scopes);
    pickLists.forget(accessOfFlow(flow), flow.credential);
    if (credential.status === "unusable")
      return { code: "credential_scope_missing", page: unusablePage(credential), status: 422 };
    return { code: "connected", page: connectedPage(credential, await tryTest(flow)), status: 200 };
  }

  /** Whoever waits elsewhere for the consent (the command line) is to hear of its failure, not only this browser. */
  async function endOf(flow: ConsentFlow, requestId: string, work: () => Promise<Ended>): Promise<Ended> {
    try {
      return await work();
    } catch (error) {
      const { code, detail: message, status } = toProblem(error, requestId);
      await flows
        .recordFailure(flow, { code, message })
        .catch((err) => services.log.warn({ err }, "a failed consent could not be recorded"));
      if (!isConnectorError(error)) throw error;
      services.logFailure(error, requestId);
      return { code, page: consentFailedPage(error, requestId), status };
    }
  }

  /** Did a page of this very session send the browser to Lever? It then continues there, if it still shows the same project. */
  function isFromDashboard(req: Request, flow: ConsentFlow): boolean {
    return req.user !== undefined && isStartedBy(flow, req.sessionID) && sessions.project(req) === flow.project;
  }

  async function partyOf(flow: ConsentFlow, environment: string): Promise<ConsentParty> {
    return {
      environment: connector.environment(environment),
      app: await oauthApps.resolve(accessOfFlow(flow), environment),
      callbackUrl: `${publicUrl}/oauth/lever/${environment}/callback`,
    };
  }

  /** The account is connected either way: a test that cannot run now runs later. */
  async function tryTest(flow: ConsentFlow): Promise<CheckReport | undefined> {
    try {
      return await services.test(accessOfFlow(flow), flow.credential);
    } catch (error) {
      services.log.warn({ err: error, credential: flow.credential }, "the credential could not be tested after its consent");
      return undefined;
    }
  }

  /** The cookie that ties a consent to the browser that started it; tabs of one browser share it. */
  function bindBrowser(req: Request, res: Response): string {
    const browser = readBrowser(req) ?? newToken();
    res.cookie(COOKIE, browser, {
      httpOnly: true,
      sameSite: "lax",
      secure: publicUrl.startsWith("https:"),
      path: `${basePath}/oauth`,
      maxAge: COOKIE_MS,
    });
    return browser;
  }
}

function readTicket(req: Request): { environment: string; ticket: string } {
  return { environment: String(req.params.environment), ticket: text(req.query.ticket) };
}

function assertConsented(req: Request): void {
  const error = req.query.error;
  if (error === "access_denied") throw new ConnectorError("oauth_denied", "Lever was told not to grant access.");
  // Lever's own words are not repeated: any text can be put into an address.
  if (error !== undefined) throw new ConnectorError("oauth_exchange_failed", "Lever ended the consent with an error.");
  if (text(req.query.code) === "") throw new ConnectorError("oauth_exchange_failed", "Lever's answer holds no code.");
}

function readBrowser(req: Request): string | undefined {
  const value = readCookie(req, COOKIE);
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Browsers hold `form-action` against the redirects that follow a form, and Lever's sign-in may lead through other hosts. */
function allowRedirectsOfForms(res: Response, authorize: string): void {
  const policy = String(res.getHeader("Content-Security-Policy"));
  res.setHeader(
    "Content-Security-Policy",
    policy.replace("form-action 'self'", `form-action 'self' https: ${new URL(authorize).origin}`),
  );
}

/** Answers failures as a page: the caller is a person in a browser. */
function asPage(services: Services, handler: (req: Request, res: Response) => Promise<void>): RequestHandler {
  return async (req, res, next) => {
    try {
      await handler(req, res);
    } catch (error) {
      if (!isConnectorError(error) || res.headersSent) return next(error);
      const requestId = requestIdOf(res);
      services.logFailure(error, requestId);
      sendPage(res, consentFailedPage(error, requestId), toProblem(error, requestId).status);
    }
  };
}
