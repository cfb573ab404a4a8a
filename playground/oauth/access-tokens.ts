import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** As in the sample Lever shows (lever-api.md §1.3), plus `jti`, without which two tokens of one second were equal. */
interface Claims {
  "https://oauth.lever.co/userId": string;
  "https://oauth.lever.co/accountId": string;
  "https://oauth.lever.co/clientId": string;
  iss: string;
  sub: string;
  aud: string;
  iat: number;
  exp: number;
  azp: string;
  scope: string;
  jti: string;
}

type Verdict =
  | { state: "valid"; claims: Claims }
  | { state: "malformed" | "expired" }
  /** Signed elsewhere or meant for another host: the API answers 403, not 401. */
  | { state: "foreign"; keyId: string };

export interface Grant {
  userId: string;
  accountId: string;
  clientId: string;
  audience: string;
  scopes: readonly string[];
}

export interface AccessTokens {
  ttlSeconds: number;
  issue(grant: Grant, issuer: string): string;
  verify(token: string): Verdict;
  /** Makes every token issued so far answer 401. */
  expireAll(): void;
}

export interface AccessTokenOptions {
  /** Derived from the seed: a playground that is started again still knows its tokens. */
  signingKey: Buffer;
  keyId: string;
  ttlSeconds: number;
  now: () => number;
  isOwnAudience: (audience: string) => boolean;
}

export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { signingKey, keyId, ttlSeconds, now } = options;
  // Part of each token's id. Tokens of an earlier run have another one, and stay good until all are ended.
  let generation = newGeneration();
  let onlyThis = false;

  function issue(grant: Grant, issuer: string): string {
    const iat = Math.floor(now() / 1000);
    const claims: Claims = {
      ...toClaims(grant),
      iss: issuer,
      iat,
      exp: iat + ttlSeconds,
      jti: `${generation}${randomBytes(12).toString("hex")}`,
    };
    const content = `${encode({ alg: "HS256", typ: "JWT", kid: keyId })}.${encode(claims)}`;
    return `${content}.${sign(signingKey, content).toString("base64url")}`;
  }

  function verify(token: string): Verdict {
    const [head = "", payload = "", signature = ""] = token.split(".");
    const header = decode(head) as { kid?: unknown } | undefined;
    if (header === undefined) return { state: "malformed" };
    if (header.kid !== keyId) return { state: "foreign", keyId: String(header.kid) };
    const expected = sign(signingKey, `${head}.${payload}`);
    const actual = Buffer.from(signature, "base64url");
    if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return { state: "malformed" };
    return judge(decode(payload) as Claims);
  }

  function judge(claims: Claims): Verdict {
    if (!options.isOwnAudience(claims.aud)) return { state: "foreign", keyId };
    const known = !onlyThis || claims.jti.startsWith(generation);
    return known && claims.exp * 1000 > now() ? { state: "valid", claims } : { state: "expired" };
  }

  function expireAll(): void {
    generation = newGeneration();
    onlyThis = true;
  }

  return { ttlSeconds, issue, verify, expireAll };
}

function newGeneration(): string {
  return `${randomBytes(6).toString("hex")}.`;
}

function toClaims(grant: Grant) {
  return {
    "https://oauth.lever.co/userId": grant.userId,
    "https://oauth.lever.co/accountId": grant.accountId,
    "https://oauth.lever.co/clientId": grant.clientId,
    sub: `auth0|${grant.userId}`,
    aud: grant.audience,
    azp: grant.clientId,
    scope: grant.scopes.join(" "),
  };
}

function sign(key: Buffer, content: string): Buffer {
  return createHmac("sha256", key).update(content).digest();
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
}
