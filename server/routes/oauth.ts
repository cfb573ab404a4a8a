import { type Request, type RequestHandler, type Response, Router } from "express";
import type { Services } from "../../app/services.ts";
import type { Environment, Manifest } from "../../connector/types.ts";
import type { CheckReport } from "../../credentials/credential.ts";
import { accessOfFlow, type ConsentFlow, isStartedBy, type TakenConsent } from "../../credentials/oauth-flows.ts";
import { approverOf } from "../../credentials/service-words.ts";
import { claimsOf } from "../../credentials/token-claims.ts";
import type { Place } from "../../credentials/types.ts";
import { ConnectorError, isConnectorError } from "../../errors/connector-error.ts";
import { toProblem } from "../../errors/problem.ts";
import { authorizeUrl, type ConsentParty, exchangeCode, redirectToConsent } from "../auth/consent-strategy.ts";
import { assertSameOrigin, type Sessions } from "../auth/sessions.ts";
import { methodNotAllowed } from "../http/api.ts";
import { basePathOf } from "../http/base-path.ts";
import { newToken, readCookie } from "../http/cookies.ts";
import { requestIdOf } from "../http/request-context.ts";
import { tellFailure } from "../http/tell-failure.ts";
import { connectedPage, consentFailedPage, consentPage, type ServiceWords, unusablePage } from "../pages/consent.ts";
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
  const { credentials, flows, oauthApps, connectors, projects, tokens, pickLists, publicUrl } = services;
  const { tell } = services.events;
  const basePath = basePathOf(publicUrl);
  const router = Router({ caseSensitive: true, strict: true });
  router
    .route("/oauth/:connector/:environment/start")
    .get(sessions.read, asPage(services, showStart))
    .post(asPage(services, confirm))
    .all(methodNotAllowed(["GET", "POST"]));
  router
    .route("/oauth/:connector/:environment/callback")
    .get(sessions.read, asPage(services, finish))
    .all(methodNotAllowed(["GET"]));
  return router;

  async function showStart(req: Request, res: Response): Promise<void> {
    const { place, ticket } = readTicket(req);
    const flow = await flows.readTicket(ticket, place);
    if (req.user && isStartedBy(flow, req.sessionID)) return begin(req, res);
    const credential = await credentials.get(accessOfFlow(flow), flow.credential);
    const [project, app] = await Promise.all([projects.get(flow.project), oauthApps.resolve(accessOfFlow(flow), place)]);
    const { manifest, environment } = environmentOf(place);
    bindBrowser(req, res);
    allowRedirectsOfForms(res, authorizeUrl(environment));
    sendPage(
      res,
      consentPage({
        service: wordsOf(manifest),
        credential,
        projectName: project.name,
        environmentTitle: environment.title,
        scopes: app.scopes.map((scope) => inWords(manifest, scope)),
        ticket,
      }),
    );
  }

  /** @throws ConnectorError `connector_unknown`, `environment_unknown` */
  function environmentOf({ connector, environment }: Place): { manifest: Manifest; environment: Environment } {
    const found = connectors.of(connector);
    return { manifest: found.manifest, environment: found.environment(environment) };
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
    const { place, ticket } = readTicket(req);
    const flow = await flows.readTicket(ticket, place);
    const browser = bindBrowser(req, res);
    const party = await partyOf(flow);
    await redirectToConsent(req, res, party, async (verifier) => {
      return (await flows.beginConsent(ticket, { ...place, browser, verifier, scopes: party.app.scopes })).state;
    });
  }

  async function finish(req: Request, res: Response): Promise<void> {
    const place = readPlace(req);
    // The state comes first: whatever else the address says counts only in a consent that was started here.
    const taken = await flows.takeState(text(req.query.state), { ...place, browser: readBrowser(req) });
    const { flow } = taken;
    const ended = await endOf(flow, req, requestIdOf(res), () => connect(req, res, taken));
    if (isFromDashboard(req, flow)) return res.redirect(303, `${basePath}/credentials/${flow.credential}?consent=${ended.code}`);
    sendPage(res, ended.page, ended.status);
  }

  async function connect(req: Request, res: Response, { flow, verifier, scopes }: TakenConsent): Promise<Ended> {
    const service = wordsOf(connectors.of(flow.connector).manifest);
    assertConsented(req, service.name);
    const party = await partyOf(flow);
    const grant = await exchangeCode(req, res, party, tokens, verifier);
    // What is asked for may have grown since: this consent is held to what it asked for itself.
    const credential = await credentials.saveGrant(accessOfFlow(flow), flow.credential, grant, scopes ?? party.app.scopes);
    pickLists.forget(accessOfFlow(flow), flow.credential);
    if (credential.status === "unusable")
      return { code: "credential_scope_missing", page: unusablePage(credential, service), status: 422 };
    return { code: "connected", page: connectedPage(credential, await tryTest(flow)), status: 200 };
  }

  /** A command line that waits for the consent is to hear of its failure too, not only this browser. */
  async function endOf(flow: ConsentFlow, req: Request, requestId: string, work: () => Promise<Ended>): Promise<Ended> {
    try {
      return await work();
    } catch (error) {
      const { code, detail: message, status } = toProblem(error, requestId);
      await flows
        .recordFailure(flow, { code, message })
        .catch((err) =>
          tell({ type: "fault", level: "warn", what: "a failed consent could not be recorded", error: err, requestId }),
        );
      if (!isConnectorError(error)) throw error;
      tellFailure(services.events.tell, error, { req, requestId });
      return { code, page: consentFailedPage(error, requestId, wordsOf(connectors.of(flow.connector).manifest)), status };
    }
  }

  /** Did a page of this very session send the browser to the service? It then continues there, if it still shows the same project. */
  function isFromDashboard(req: Request, flow: ConsentFlow): boolean {
    return req.user !== undefined && isStartedBy(flow, req.sessionID) && sessions.project(req) === flow.project;
  }

  async function partyOf(flow: ConsentFlow): Promise<ConsentParty> {
    const { connector, environment: name } = flow;
    const { manifest, environment } = environmentOf(flow);
    return {
      environment,
      claims: claimsOf(manifest),
      app: await oauthApps.resolve(accessOfFlow(flow), flow),
      callbackUrl: `${publicUrl}/oauth/${connector}/${name}/callback`,
    };
  }

  /** The account is connected either way: a test that cannot run now runs later. */
  async function tryTest(flow: ConsentFlow): Promise<CheckReport | undefined> {
    try {
      return await services.test(accessOfFlow(flow), flow.credential);
    } catch (error) {
      tell({
        type: "fault",
        level: "warn",
        what: "the credential could not be tested after its consent",
        error,
        credential: flow.credential,
      });
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

function inWords({ auth }: Manifest, scope: string): string {
  const declared = auth.flatMap((way) => (way.type === "oauth2" ? way.scopes : []));
  return declared.find(({ name }) => name === scope)?.description ?? scope;
}

function wordsOf(manifest: Manifest): ServiceWords {
  return { name: manifest.name, approver: approverOf(manifest) };
}

function readPlace(req: Request): Place {
  return { connector: String(req.params.connector), environment: String(req.params.environment) };
}

function readTicket(req: Request): { place: Place; ticket: string } {
  return { place: readPlace(req), ticket: text(req.query.ticket) };
}

function assertConsented(req: Request, service: string): void {
  const error = req.query.error;
  if (error === "access_denied") throw new ConnectorError("oauth_denied", `${service} was told not to grant access.`);
  // The service's own words are not repeated: any text can be put into an address.
  if (error !== undefined) throw new ConnectorError("oauth_exchange_failed", `${service} ended the consent with an error.`);
  if (text(req.query.code) === "") throw new ConnectorError("oauth_exchange_failed", `${service}'s answer holds no code.`);
}

function readBrowser(req: Request): string | undefined {
  const value = readCookie(req, COOKIE);
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** Browsers hold `form-action` against the redirects that follow a form, and the service's sign-in may lead through other hosts. */
function allowRedirectsOfForms(res: Response, authorize: string): void {
  const policy = String(res.getHeader("Content-Security-Policy"));
  res.setHeader(
    "Content-Security-Policy",
    policy.replace("form-action 'self'", `form-action 'self' https: ${new URL(authorize).origin}`),
  );
}

function serviceOf({ connectors }: Services, req: Request): ServiceWords | undefined {
  const found = connectors.all.find(({ manifest }) => manifest.id === req.params.connector);
  return found && wordsOf(found.manifest);
}

/** Answers failures as a page: the caller is a person in a browser. */
function asPage(services: Services, handler: (req: Request, res: Response) => Promise<void>): RequestHandler {
  return async (req, res, next) => {
    try {
      await handler(req, res);
    } catch (error) {
      if (!isConnectorError(error) || res.headersSent) return next(error);
      const requestId = requestIdOf(res);
      tellFailure(services.events.tell, error, { req, requestId });
      sendPage(res, consentFailedPage(error, requestId, serviceOf(services, req)), toProblem(error, requestId).status);
    }
  };
}
