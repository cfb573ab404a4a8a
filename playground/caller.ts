import { forbidden, type LeverError, unauthorized } from "./errors.ts";
import { type Keyring, mayCall } from "./keys.ts";
import type { AccessTokens } from "./oauth/access-tokens.ts";
import { covers } from "./oauth/scopes.ts";

/** The caller of a request, and what it may do. */
export interface Caller {
  /** One rate bucket each: the key, or app × account. */
  bucket: string;
  /** For ledger and log; never the key itself. */
  label: string;
  confidential: boolean;
  may(route: { method: string; path: string; scope: string | null }): boolean;
}

/**
 * Reads the Authorization header: Basic with the key as user name, or Bearer with an access token.
 *
 * @throws LeverError 401 when it is missing, malformed, unknown or expired; 403 for a token of another environment
 */
export function authenticate(header: string | undefined, keyring: Keyring, tokens: AccessTokens): Caller {
  const [scheme = "", value = ""] = (header ?? "").split(" ");
  if (scheme.toLowerCase() === "basic") return keyCaller(value, keyring);
  if (scheme.toLowerCase() === "bearer") return tokenCaller(value, tokens);
  throw unauthorized();
}

function keyCaller(encoded: string, keyring: Keyring): Caller {
  const [name = "", password] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  const key = keyring.find(name);
  if (key === undefined || password !== "") throw unauthorized();
  return {
    bucket: `key:${key.key}`,
    label: `key:${key.name}`,
    confidential: key.confidential,
    may: ({ method, path }) => mayCall(key, method, path),
  };
}

function tokenCaller(token: string, tokens: AccessTokens): Caller {
  const verdict = tokens.verify(token);
  if (verdict.state === "foreign") throw foreign(verdict.keyId);
  if (verdict.state !== "valid") throw unauthorized();
  const { claims } = verdict;
  const scopes = claims.scope.split(" ");
  return {
    bucket: `app:${claims.azp}:${claims["https://oauth.lever.co/accountId"]}`,
    label: `app:${claims.azp}`,
    confidential: scopes.includes("confidential:access:admin"),
    may: ({ scope }) => scope === null || covers(scopes, scope),
  };
}

function foreign(keyId: string): LeverError {
  return forbidden(`Unable to find a signing key that matches '${keyId}'`);
}
