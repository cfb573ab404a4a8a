import { createHash, timingSafeEqual } from "node:crypto";
import type { Request, RequestHandler, Response } from "express";
import type { ApiKeys } from "../../app/api-keys.ts";
import { DEFAULT_PROJECT } from "../../app/projects.ts";
import { ConnectorError } from "../../errors/connector-error.ts";
import { reveal, type Secret } from "../../sealing/secret.ts";
import { peerAddress } from "../http/peer-address.ts";
import { createAttemptLimit } from "./attempt-limit.ts";
import type { Caller } from "./caller.ts";

export interface AuthenticateOptions {
  readonly apiKeys: ApiKeys;
  readonly adminToken?: Secret | undefined;
  /** Finds the caller of a dashboard session; refuses changes that do not come from our own pages. */
  readonly session: (req: Request, res: Response) => Promise<Caller | undefined>;
  readonly guesses: GuessLimit;
}

const MAX_KEY_LENGTH = 512;
/** Keys that work, remembered at a time. */
const MAX_REMEMBERED = 10_000;

/**
 * Finds out who calls and puts it into `res.locals.caller`. No, a wrong, a revoked and an expired key are answered alike.
 * An `Authorization` header decides alone: a session next to a wrong key is not looked at.
 *
 * @throws ConnectorError `auth_required`, `too_many_requests`, `csrf_rejected`
 */
export function createAuthenticate(options: AuthenticateOptions): RequestHandler {
  const { guesses, session } = options;
  const byKey = createKeyCheck(options);
  return async (req, res, next) => {
    const { authorization } = req.headers;
    const shown = authorization === undefined ? undefined : { req, hash: sha256(authorization) };
    if (shown) guesses.assertAllowed(shown);
    const caller = authorization === undefined ? await session(req, res) : await byKey(authorization);
    if (!caller) throw shown ? guesses.failed(req) : authRequired();
    if (shown) guesses.succeeded(shown);
    res.locals.caller = caller;
    next();
  };
}

/** A key as it was shown: only its hash is kept. */
interface Shown {
  readonly req: Request;
  readonly hash: Buffer;
}

export interface GuessLimit {
  /** @throws ConnectorError `too_many_requests` where this address failed too often and never before succeeded with this key */
  assertAllowed(shown: Shown): void;
  /** Counts a failure; answers the error to refuse it with. */
  failed(req: Request): ConnectorError;
  /** Remembers that this key works from this address, so that guesses of others behind one proxy do not lock it out. */
  succeeded(shown: Shown): void;
}

export function createGuessLimit(): GuessLimit {
  const limit = createAttemptLimit();
  const known = new Set<string>();

  return {
    assertAllowed(shown) {
      const refusedMs = limit.refusedMs(peerAddress(shown.req));
      if (refusedMs > 0 && !known.has(fingerprint(shown))) throw tooMany(refusedMs);
    },
    failed(req) {
      const refusedMs = limit.take(peerAddress(req));
      return refusedMs > 0 ? tooMany(refusedMs) : authRequired();
    },
    succeeded(shown) {
      if (known.size >= MAX_REMEMBERED) known.clear();
      known.add(fingerprint(shown));
    },
  };
}

function fingerprint({ req, hash }: Shown): string {
  return `${peerAddress(req)} ${hash.toString("base64")}`;
}

function authRequired(): ConnectorError {
  return new ConnectorError("auth_required", "send a valid API key as Authorization: Bearer lc_…, or sign in");
}

function tooMany(retryAfterMs: number): ConnectorError {
  return new ConnectorError("too_many_requests", "too many failed attempts from this address", {
    retryAfterMs: Math.max(1_000, retryAfterMs),
  });
}

/** Who a key stands for. It is compared with the administrator's in a time that tells nothing about where they differ. */
function createKeyCheck({ apiKeys, adminToken }: AuthenticateOptions): (header: string) => Promise<Caller | undefined> {
  const adminHash = adminToken && sha256(reveal(adminToken));
  return async (header) => {
    const key = /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1];
    if (key === undefined || key.length > MAX_KEY_LENGTH) return undefined;
    if (adminHash && timingSafeEqual(sha256(key), adminHash)) return ADMIN;
    const apiKey = await apiKeys.authenticate(key);
    if (!apiKey) return undefined;
    const { id, project, scopes, name } = apiKey;
    return {
      kind: "api_key",
      project,
      scopes,
      id,
      names: [name],
      isOperator: project === DEFAULT_PROJECT && scopes.includes("admin"),
    };
  };
}

const ADMIN: Caller = { kind: "admin_token", project: DEFAULT_PROJECT, scopes: ["admin"], id: "admin_token", isOperator: true };

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
