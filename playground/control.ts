import { type Request, type RequestHandler, Router } from "express";
import { type Answer, json, send, toApiError } from "./answer.ts";
import { type Body, readChoice, readObject, readText, readTexts } from "./body.ts";
import { badRequest, forbidden, noSuchPath, notFound } from "./errors.ts";
import { readFaultSpecs } from "./fault-spec.ts";
import type { Faults } from "./faults.ts";
import type { Inbox } from "./inbox.ts";
import type { Keyring } from "./keys.ts";
import type { Ledger } from "./ledger.ts";
import type { AccessTokens } from "./oauth/access-tokens.ts";
import type { TokenCounters } from "./oauth/counters.ts";
import type { RefreshTokens } from "./oauth/refresh-tokens.ts";
import { type PerformAsPolicy, PLAYGROUND_APP, type RateLimit } from "./options.ts";
import type { RateLimiter } from "./rate-limit.ts";
import type { RequestLog } from "./requests.ts";
import type { World } from "./world.ts";

export interface Control {
  world: () => World;
  ledger: Ledger;
  requests: RequestLog;
  faults: Faults;
  inbox: Inbox;
  keyring: Keyring;
  limiter: RateLimiter;
  performAs: PerformAsPolicy;
  accessTokens: AccessTokens;
  refreshTokens: RefreshTokens;
  counters: TokenCounters;
  redirectUris: string[];
  from: "loopback" | "anywhere";
  now: () => number;
  reset: () => void;
}

type Handle = (req: Request) => unknown;

/** `/_playground`: what a test, or a curious person, does to the playground itself. No credentials. */
export function createControlRouter(control: Control): Router {
  const router = Router();
  router.use(guard(control.from));
  observe(router, control);
  breakThings(router, control);
  arrange(router, control);
  serveInbox(router, control);
  router.use((req, res) => send(res, toApiError(noSuchPath(req.originalUrl.split("?")[0] ?? ""))));
  return router;
}

function observe(router: Router, { ledger, requests, counters }: Control): void {
  router.get(
    "/ledger",
    handler((req) => ({ data: ledger.since(Number(req.query.since ?? 0)) })),
  );
  router.delete(
    "/ledger",
    handler(() => ledger.clear()),
  );
  router.get(
    "/requests",
    handler((req) => requests.report(Number(req.query.limit ?? 100))),
  );
  router.delete(
    "/requests",
    handler(() => requests.clear()),
  );
  router.get(
    "/tokens",
    handler(() => counters),
  );
}

function breakThings(router: Router, control: Control): void {
  const { faults, accessTokens, refreshTokens, limiter, performAs } = control;
  router.get(
    "/faults",
    handler(() => ({ data: faults.list() })),
  );
  router.post(
    "/faults",
    handler((req) => ({ data: faults.add(readFaultSpecs(bodyOf(req))) })),
  );
  router.delete(
    "/faults",
    handler(() => faults.clear()),
  );
  router.post(
    "/tokens/expire",
    handler(() => accessTokens.expireAll()),
  );
  router.post(
    "/tokens/revoke",
    handler(() => ({ familiesRevoked: refreshTokens.revokeAll() })),
  );
  router.post(
    "/rate-limit",
    handler((req) => setRateLimit(limiter, bodyOf(req))),
  );
  router.post(
    "/perform-as",
    handler((req) => setPerformAs(performAs, readObject(bodyOf(req)))),
  );
}

function serveInbox(router: Router, { inbox }: Control): void {
  router.get(
    "/inbox",
    handler(() => ({ data: inbox.list() })),
  );
  router.delete(
    "/inbox",
    handler(() => inbox.clear()),
  );
  router.post(
    "/inbox/secrets",
    handler((req) => addSecret(inbox, readObject(bodyOf(req)))),
  );
  router.post(
    "/inbox/answer",
    handler((req) => setAnswer(inbox, readObject(bodyOf(req)))),
  );
}

function arrange(router: Router, control: Control): void {
  const { keyring, redirectUris, reset } = control;
  router.post(
    "/reset",
    handler(() => reset()),
  );
  router.post(
    "/keys",
    handler((req) => createKey(keyring, readObject(bodyOf(req) ?? {}))),
  );
  router.post(
    "/tokens/issue",
    handler((req) => issueToken(control, readObject(bodyOf(req) ?? {}))),
  );
  router.post(
    "/redirect-uris",
    handler((req) => addRedirectUris(redirectUris, bodyOf(req))),
  );
  router.delete(
    "/opportunities/:opportunity",
    handler((req) => deleteOpportunity(control, String(req.params.opportunity))),
  );
}

function handler(handle: Handle): RequestHandler {
  return (req, res) => {
    send(res, answer(handle, req));
  };
}

function answer(handle: Handle, req: Request): Answer {
  try {
    const value = handle(req);
    return value === undefined ? { status: 204, headers: {}, body: Buffer.alloc(0) } : json(200, value);
  } catch (error) {
    return toApiError(error);
  }
}

function bodyOf(req: Request): unknown {
  const text = Buffer.isBuffer(req.body) ? req.body.toString("utf8") : "";
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest("The body is not valid JSON");
  }
}

/** Only this machine, and no page of another origin in its browser. */
function guard(from: Control["from"]): RequestHandler {
  return (req, res, next) => {
    const local = ["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(req.socket.remoteAddress ?? "");
    const { origin, host } = req.headers;
    const foreign = origin !== undefined && origin !== `http://${host}`;
    if ((from === "anywhere" || local) && !foreign) return next();
    send(res, toApiError(forbidden("The control routes answer to this machine only.")));
  };
}

function setRateLimit(limiter: RateLimiter, body: unknown): { rateLimit: RateLimit | false } {
  if (body !== false) {
    const { perSecond, burst } = readObject(body);
    if (!isPositive(perSecond) || !isPositive(burst)) throw badRequest("Send false, or perSecond and burst");
    limiter.change({ perSecond, burst });
  } else {
    limiter.change(false);
  }
  return { rateLimit: limiter.current() };
}

function setPerformAs(policy: PerformAsPolicy, body: Body): PerformAsPolicy {
  const choices = ["refuse", "accept"] as const;
  const missing = readChoice(body, "missing", choices) ?? policy.missing;
  const deactivated = readChoice(body, "deactivated", choices) ?? policy.deactivated;
  return Object.assign(policy, { missing, deactivated });
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0;
}

function addSecret(inbox: Inbox, body: Body): { secrets: number } {
  const secret = readText(body, "secret") ?? "";
  if (!/^whsec_[A-Za-z0-9+/]+=*$/.test(secret)) throw badRequest("Send {secret}: a signing secret, whsec_…");
  inbox.addSecret(secret);
  return { secrets: inbox.secretCount };
}

function setAnswer(inbox: Inbox, { status, times = 1 }: Body): { status: number; times: number } {
  const isUsable = Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 599 && Number.isInteger(times);
  if (!isUsable) throw badRequest("Send {status, times}: a status from 200 to 599, and how often");
  inbox.answerWith(Number(status), Number(times));
  return { status: Number(status), times: Number(times) };
}

function createKey(keyring: Keyring, body: Body): unknown {
  const name = readText(body, "name");
  const key = readText(body, "key");
  const endpoints = body.endpoints === "all" ? ("all" as const) : readTexts(body, "endpoints");
  return keyring.create({
    ...(name === undefined ? {} : { name }),
    ...(key === undefined ? {} : { key }),
    ...(endpoints === undefined ? {} : { endpoints }),
    confidential: body.confidential === true,
  });
}

/** A token without a consent, for tests of scopes and of tokens meant for another host. */
function issueToken(control: Control, body: Body): { access_token: string } {
  const world = control.world();
  const userId = readText(body, "userId") ?? (world.users.rows[0]?.id as string);
  const audience = readText(body, "audience") ?? "";
  const scopes = readTexts(body, "scopes") ?? [];
  const grant = { userId, accountId: world.accountId, clientId: PLAYGROUND_APP.clientId, audience, scopes };
  return { access_token: control.accessTokens.issue(grant, "playground") };
}

function addRedirectUris(redirectUris: string[], body: unknown): { redirectUris: string[] } {
  const added = readTexts(readObject(body), "add") ?? [];
  if (added.some((uri) => !URL.canParse(uri))) throw badRequest("Not an absolute address", "/add");
  redirectUris.push(...added.filter((uri) => !redirectUris.includes(uri)));
  return { redirectUris };
}

/** As if a person had deleted it in the web pages: later reads answer 404. */
function deleteOpportunity({ world: worldOf, now }: Control, id: string): void {
  const world = worldOf();
  const opportunity = world.opportunityById.get(id);
  if (opportunity === undefined) throw notFound("opportunities", id);
  world.opportunities.remove(opportunity);
  world.opportunityById.delete(id);
  const siblings = opportunity.contact.opportunities;
  siblings.splice(siblings.indexOf(opportunity), 1);
  const deletedBy = world.users.rows[0]?.id ?? "";
  world.deleted.push({ id, createdAt: opportunity.createdAt, opportunity, deletedBy, deletedAt: now() });
  world.version++;
}
