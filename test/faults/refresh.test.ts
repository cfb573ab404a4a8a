import { expect, it } from "@jest/globals";
import { connect, consent, control } from "../credentials/oauth-setup.ts";
import { accessTo } from "../support/access.ts";
import { describeRefreshing, type Refreshing } from "./support/describe-refreshing.ts";
import {
  assertOneRequest,
  HOUR_MS,
  killHolder,
  type RefreshStage,
  race,
  reuses,
  stallHolder,
  tokenRequests,
} from "./support/refresh-scenarios.ts";
import type { Worker } from "./support/workers.ts";

const TEN_MINUTES_MS = 600_000;
describeRefreshing("refreshing among eight processes", "faults", suite);

function suite({ open, openKind, eight, take }: Refreshing): void {
  it("serves 200 callers by one request to a token endpoint that takes 3 s", async () => {
    await assertOneRequest(open(), 25, 3_000);
  });

  it("goes on after the lease of a holder that was killed before it asked", async () => {
    const seen = await killHolder(open(), take(), { when: "before", at: "token" });
    expect(seen.signed.map(({ secretVersion }) => secretVersion)).toEqual([2, 2, 2, 2, 2]);
    expect(seen).toMatchObject({ requests: 1, reuses: 0 });
    expect(seen.tookMs).toBeLessThan(5_000);
  });

  it.each([
    { when: "after", at: "token" },
    { when: "before", at: "patch credentials.secretVersion" },
  ] as const)("says that the answer was lost with a holder that was killed $when $at", async (strike) => {
    const seen = await killHolder(open(), take(), strike);
    expect(new Set(seen.signed.map(({ code }) => code))).toEqual(new Set(["credential_reauth_required"]));
    for (const { message } of seen.signed) expect(message).toMatch(/must be connected again.*lost with a process/);
    // The one that got lost, and the one that found out.
    expect(seen).toMatchObject({ requests: 2, reuses: 1, document: { status: "reauth_required", secretVersion: 1 } });
    expect(seen.document?.statusReason).toContain("lost");
  });

  it("loses nothing with a holder that was killed once the new pair was saved", async () => {
    const seen = await killHolder(open(), take(), { when: "after", at: "patch credentials.secretVersion" });
    expect(seen.signed.map(({ secretVersion }) => secretVersion)).toEqual([2, 2, 2, 2, 2]);
    expect(seen).toMatchObject({ requests: 1, reuses: 0 });
  });

  it("recovers a lost answer where the service gives the old refresh token a grace", async () => {
    const seen = await killHolder(openKind(), take(), { when: "after", at: "token" });
    expect(seen.signed.map(({ secretVersion }) => secretVersion)).toEqual([2, 2, 2, 2, 2]);
    expect(seen).toMatchObject({ requests: 2, reuses: 0 });
  });

  it("refuses the pair of a holder that stood still before it could save it", async () => {
    const strike = { when: "before", at: "patch credentials.secretVersion" } as const;
    const seen = await stallHolder(openKind(), strike);
    expect(seen.kept?.secretVersion).toBe(2);
    expect(seen.after?.secret).toBe(seen.kept?.secret);
    expect(seen.woken.map(({ authorization }) => authorization)).toEqual(seen.other.map(({ authorization }) => authorization));
  });

  it.each([
    { when: "before", at: "patch credentials.refreshIntent" },
    { when: "after", at: "patch credentials.refreshIntent" },
  ] as const)("does not spend a refresh token twice where a holder stood still $when $at", async (strike) => {
    const seen = await stallHolder(open(), strike);
    expect(seen.other.map(({ secretVersion }) => secretVersion)).toEqual([2, 2, 2]);
    expect(seen.woken).toEqual(seen.other);
    expect(seen).toMatchObject({ requests: 1, reuses: 0, after: { status: "untested", secretVersion: 2 } });
  });

  it("asks once for 50 callers of a withdrawn consent, and then never again", async () => {
    const stage = open();
    const id = await connect(stage.room);
    await control(stage.room, "/tokens/revoke");
    const before = tokenRequests(stage);
    const refused = { ...stage, workers: eight().slice(0, 5) };
    for (const round of [1, 2]) {
      const signed = await race(refused, id, 10, { shiftMs: round * HOUR_MS });
      expect(signed.map(({ code }) => code)).toEqual(Array(50).fill("credential_reauth_required"));
      expect(tokenRequests(stage) - before).toBe(1);
    }
  });

  it("keeps the newer tokens where a refresh that was overtaken by a new consent is refused", async () => {
    const { room } = open();
    const id = await connect(room);
    room.clock.ms += HOUR_MS;
    await control(room, "/faults", {
      match: { pathPattern: "^/oauth/token$", nth: 1 },
      action: { kind: "respond", status: 403, body: { error: "invalid_grant" }, delayBeforeMs: 400 },
    });
    const loser = room.another().sign(accessTo("p1"), id);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await consent(room, "p1", id);
    expect((await loser).secretVersion).toBe(2);
    expect(await room.store.get("credentials", "p1", id)).toMatchObject({ status: "untested", secretVersion: 2 });
    room.clock.ms -= HOUR_MS;
  });

  it("refreshes once for 40 calls that are refused with a token that looks valid, and repeats each once", async () => {
    const stage = open();
    const credential = await connect(stage.room);
    const before = tokenRequests(stage);
    await control(stage.room, "/tokens/expire");
    const codes = await callUsers(stage, credential, eight().slice(0, 4), 10);
    expect(codes).toEqual(Array(40).fill("ok"));
    expect(tokenRequests(stage) - before).toBe(1);
  });

  it("gives up with credential_rejected after one refresh and one repeat where the fresh token is refused as well, until Lever accepts it", async () => {
    const stage = open();
    const credential = await connect(stage.room);
    const before = { tokens: tokenRequests(stage), calls: usersCalls(stage) };
    await control(stage.room, "/faults", { match: { pathPattern: "^/v1/users$" }, action: { kind: "respond", status: 401 } });
    expect(await callUsers(stage, credential, eight().slice(0, 1), 1)).toEqual(["credential_rejected"]);
    expect(tokenRequests(stage) - before.tokens).toBe(1);
    expect(usersCalls(stage) - before.calls).toBe(2);
    expect((await stage.room.another().get(accessTo("p1"), credential)).status).toBe("failing");
    // The consent is alive, so it is tried; but nobody asks for yet another token.
    expect(await callUsers(stage, credential, eight().slice(1, 3), 5)).toEqual(Array(10).fill("credential_rejected"));
    expect(tokenRequests(stage) - before.tokens).toBe(1);
    expect(usersCalls(stage) - before.calls).toBe(12);
    await fetch(`${stage.room.running.url}/_playground/faults`, { method: "DELETE" });
    expect(await callUsers(stage, credential, eight().slice(0, 1), 1)).toEqual(["ok"]);
    expect((await stage.room.another().get(accessTo("p1"), credential)).status).toBe("healthy");
  });

  it("has no storm, and no expired token beyond one 401, where the clocks of two processes are 10 minutes off", async () => {
    const stage = open();
    const credential = await connect(stage.room);
    const before = { tokens: tokenRequests(stage), refused: refusedCalls(stage), reuses: reuses(stage) };
    const skews = [0, TEN_MINUTES_MS, -TEN_MINUTES_MS];
    // Two and a quarter hours: tokens run out twice by Lever's clock, which is right.
    for (let quarter = 0; quarter <= 9; quarter += 1) {
      stage.world.aheadMs = (quarter * HOUR_MS) / 4;
      const codes = await Promise.all(
        skews.map((skewMs, at) => callUsers(stage, credential, [eight()[at] as Worker], 5, stage.world.aheadMs + skewMs)),
      );
      expect(codes.flat()).toEqual(Array(15).fill("ok"));
    }
    stage.world.aheadMs = 0;
    // Each end of a token costs one refresh, and one more where a clock that is ahead sees it coming.
    expect(tokenRequests(stage) - before.tokens).toBeGreaterThanOrEqual(2);
    expect(tokenRequests(stage) - before.tokens).toBeLessThanOrEqual(4);
    expect(refusedCalls(stage) - before.refused).toBeLessThanOrEqual(2 * 15);
    expect(reuses(stage) - before.reuses).toBe(0);
    expect((await stage.room.another().get(accessTo("p1"), credential)).status).toBe("untested");
  });
}

async function callUsers(
  { place }: RefreshStage,
  credential: string,
  workers: readonly Worker[],
  calls: number,
  shiftMs = 0,
): Promise<string[]> {
  const tuning = { shiftMs };
  const job = { do: "execute", place, tuning, credential, calls, operation: "list_users", input: { limit: 1 } } as const;
  const printed = await Promise.all(workers.map((worker) => worker.run(job)));
  return printed.flat().flatMap(({ codes }) => codes ?? []);
}

function usersCalls({ room }: RefreshStage): number {
  return room.running.playground.requests.report(10_000).data.filter(({ path }) => path === "/v1/users").length;
}

function refusedCalls({ room }: RefreshStage): number {
  return room.running.playground.requests.report(10_000).data.filter(({ status }) => status === 401).length;
}
