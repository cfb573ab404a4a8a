import { createHash, randomBytes } from "node:crypto";
import { keepNewest } from "../keep-newest.ts";
import type { Grant } from "./access-tokens.ts";

export const CODE_LIFETIME_MS = 10 * 60_000;

/** What was asked for at `/authorize`. */
export interface AuthorizationRequest {
  clientId: string;
  redirectUri: string;
  state: string;
  audience: string;
  scopes: readonly string[];
  codeChallenge: string | undefined;
}

/** More than are ever open at once on a machine of one's own. */
const KEPT = 1000;

interface Code {
  request: AuthorizationRequest;
  grant: Grant;
  expiresAt: number;
  usedBy: string | null;
}

type Redemption =
  | { state: "redeemed"; grant: Grant; markUsedBy(familyId: string): void }
  /** Presented a second time: whatever grew out of the first use is revoked too. */
  | { state: "used"; familyId: string }
  | { state: "wrong_redirect_uri" | "wrong_verifier" | "refused" };

export interface Codes {
  issue(request: AuthorizationRequest, grant: Grant): string;
  redeem(code: string, sent: { clientId: string; redirectUri: string; codeVerifier: string | undefined }): Redemption;
}

/** Authorization codes: one use, ten minutes, bound to app, redirect address and PKCE challenge. */
export function createCodes(now: () => number): Codes {
  const codes = new Map<string, Code>();

  function issue(request: AuthorizationRequest, grant: Grant): string {
    const code = randomBytes(24).toString("base64url");
    codes.set(code, { request, grant, expiresAt: now() + CODE_LIFETIME_MS, usedBy: null });
    keepNewest(codes, KEPT);
    return code;
  }

  function redeem(text: string, sent: Parameters<Codes["redeem"]>[1]): Redemption {
    const code = codes.get(text);
    if (code === undefined || code.request.clientId !== sent.clientId) return { state: "refused" };
    if (code.usedBy !== null) return { state: "used", familyId: code.usedBy };
    if (code.expiresAt <= now()) return { state: "refused" };
    if (code.request.redirectUri !== sent.redirectUri) return { state: "wrong_redirect_uri" };
    if (!provesChallenge(code.request.codeChallenge, sent.codeVerifier)) return { state: "wrong_verifier" };
    code.usedBy = "";
    const markUsedBy = (familyId: string): void => {
      code.usedBy = familyId;
    };
    return { state: "redeemed", grant: code.grant, markUsedBy };
  }

  return { issue, redeem };
}

/** RFC 7636, S256. Lever does not mention PKCE; it is honoured when it was asked for. */
function provesChallenge(challenge: string | undefined, verifier: string | undefined): boolean {
  if (challenge === undefined) return true;
  return verifier !== undefined && createHash("sha256").update(verifier).digest("base64url") === challenge;
}
