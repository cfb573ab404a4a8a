import type { TokenGrant } from "./types.ts";

const EARLY_MS = 60_000;

/**
 * From when on a token is refreshed ahead of its expiry: a minute, or a tenth of its life where that is shorter, so that a
 * short-lived token is not refreshed at every call. One that cannot be refreshed is used to its end.
 */
export function toRefreshAt(
  { expiresAtMs, refreshToken }: Pick<TokenGrant, "expiresAtMs" | "refreshToken">,
  receivedAtMs: number,
): number {
  if (refreshToken === null) return expiresAtMs;
  const lifeMs = Math.max(0, expiresAtMs - receivedAtMs);
  return Math.floor(expiresAtMs - Math.min(EARLY_MS, lifeMs / 10));
}
