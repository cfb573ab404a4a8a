import { expect, it } from "@jest/globals";
import { createLedger } from "../../playground/ledger.ts";
import { createCodes } from "../../playground/oauth/codes.ts";
import { createRefreshTokens } from "../../playground/oauth/refresh-tokens.ts";

const grant = { userId: "u", accountId: "a", clientId: "app", audience: "http://here/v1/", scopes: ["offline_access"] };

it("keeps the newest thousand authorization codes", () => {
  const codes = createCodes(() => 0);
  const request = { ...grant, redirectUri: "http://here/", state: "s", codeChallenge: undefined };
  const issued = Array.from({ length: 1001 }, () => codes.issue(request, grant));
  const redeem = (code = "") =>
    codes.redeem(code, { clientId: "app", redirectUri: "http://here/", codeVerifier: undefined }).state;
  expect([redeem(issued[0]), redeem(issued[1]), redeem(issued.at(-1))]).toEqual(["refused", "redeemed", "redeemed"]);
});

it("knows the newest ten thousand consents, and the others by their tokens as after a restart", () => {
  const tokens = createRefreshTokens({ signingKey: Buffer.alloc(32), now: () => 0, reuse: "refuse", graceMs: 0 });
  const started = Array.from({ length: 10_001 }, () => tokens.start(grant));
  expect(tokens.revokeAll()).toBe(10_000);
  const rotate = (index: number) => tokens.rotate(started.at(index)?.refreshToken ?? "", "app").state;
  expect([rotate(0), rotate(-1)]).toEqual(["rotated", "refused"]);
});

it("keeps the newest hundred thousand effects at least, and twice as many at most", () => {
  const ledger = createLedger();
  const effect = { at: 0, method: "POST", path: "/", effect: "x", performAs: null, caller: "key:x", requestId: "r" };
  for (let count = 0; count < 250_000; count++) ledger.add(effect);
  const kept = ledger.since(0);
  expect(kept.at(-1)?.seq).toBe(250_000);
  expect(kept.length).toBeGreaterThanOrEqual(100_000);
  expect(kept.length).toBeLessThanOrEqual(200_000);
  expect(ledger.since(249_999)).toHaveLength(1);
});
