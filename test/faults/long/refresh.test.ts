import { expect, it } from "@jest/globals";
import { connect } from "../../credentials/oauth-setup.ts";
import { accessTo } from "../../support/access.ts";
import { describeRefreshing, type Refreshing } from "../support/describe-refreshing.ts";
import { assertOneRequest, HOUR_MS, killHolder, reuses, stallHolder } from "../support/refresh-scenarios.ts";

describeRefreshing("refreshing again and again", "long", suite);

function suite({ open, openKind, take }: Refreshing): void {
  it("makes one token request in each of 20 races of 200 callers in 8 processes", async () => {
    for (let round = 0; round < 20; round += 1) await assertOneRequest(open(), 25);
  });

  it.each([0.1, 1, 5, 12])("makes one token request where the answer takes %d s and the lease lasts 10 s", async (seconds) => {
    await assertOneRequest(open(), 25, seconds * 1000);
  });

  it("refuses the pair of each of 10 holders that stood still", async () => {
    for (let round = 0; round < 10; round += 1) {
      const at = round % 2 === 0 ? { when: "after", at: "token" } : { when: "before", at: "patch credentials.secretVersion" };
      const seen = await stallHolder(openKind(), at as Parameters<typeof stallHolder>[1]);
      expect(seen.kept?.secretVersion).toBe(2);
      expect(seen.after?.secret).toBe(seen.kept?.secret);
      expect(seen.woken.map(({ authorization }) => authorization)).toEqual(seen.other.map(({ authorization }) => authorization));
    }
  });

  it("spends no refresh token twice for 10 holders that stood still before they asked", async () => {
    for (let round = 0; round < 10; round += 1) {
      const seen = await stallHolder(open(), {
        when: round % 2 === 0 ? "before" : "after",
        at: "patch credentials.refreshIntent",
      });
      expect(seen).toMatchObject({ requests: 1, reuses: 0, after: { status: "untested", secretVersion: 2 } });
    }
  });

  it("goes on after each of 12 killed holders where the service gives a grace, and after 6 of 12 where it does not", async () => {
    const points = [
      { when: "before", at: "token", lost: false },
      { when: "after", at: "token", lost: true },
      { when: "before", at: "patch credentials.secretVersion", lost: true },
      { when: "after", at: "patch credentials.secretVersion", lost: false },
    ] as const;
    for (let round = 0; round < 12; round += 1) {
      const { lost, ...strike } = points[round % 4] as (typeof points)[number];
      const strict = await killHolder(open(), take(), strike);
      expect(strict.document?.status).toBe(lost ? "reauth_required" : "untested");
      expect(strict.signed.every(({ code }) => (code === "credential_reauth_required") === lost)).toBe(true);
      const kind = await killHolder(openKind(), take(), strike);
      expect(kind.signed.map(({ secretVersion }) => secretVersion)).toEqual([2, 2, 2, 2, 2]);
    }
  });

  it("loses neither a token nor a name in 250 renames while tokens are refreshed", async () => {
    const stage = open();
    const { room } = stage;
    const id = await connect(room);
    const before = reuses(stage);
    const startMs = room.clock.ms;
    const [one, two] = [room.another(), room.another()];
    for (let round = 1; round <= 250; round += 1) {
      room.clock.ms += HOUR_MS;
      const [signed] = await Promise.all([
        one.sign(accessTo("p1"), id),
        two.update(accessTo("p1"), id, { nickname: `round ${round}` }),
      ]);
      expect(signed.secretVersion).toBe(round + 1);
      expect((await one.get(accessTo("p1"), id)).nickname).toBe(`round ${round}`);
    }
    room.clock.ms = startMs;
    expect(reuses(stage) - before).toBe(0);
  });
}
