import { describe, expect, it } from "@jest/globals";
import { sessionEnds } from "../../dashboard/api/session-ends.ts";
import { createSessionUse } from "../../dashboard/api/session-use.ts";

const MINUTE_MS = 60_000;
const at = (minutes: number) => new Date(minutes * MINUTE_MS).toISOString();

describe("when a session ends, as a page knows it", () => {
  const told = { expiresAt: at(30), endsAt: at(720) };
  const known = { readAtMs: 0, lastUsedMs: 0, serverAheadMs: 0 };

  it("is moved by each use, by as much as the server gave when it was read", () => {
    expect(sessionEnds(told, known)).toEqual({ idleMs: 30 * MINUTE_MS, absoluteMs: 720 * MINUTE_MS });
    expect(sessionEnds(told, { ...known, lastUsedMs: 12 * MINUTE_MS }).idleMs).toBe(42 * MINUTE_MS);
  });

  it("is never after its absolute end", () => {
    expect(sessionEnds(told, { ...known, lastUsedMs: 710 * MINUTE_MS }).idleMs).toBe(720 * MINUTE_MS);
    const late = { expiresAt: at(720), endsAt: at(720) };
    expect(sessionEnds(late, { ...known, readAtMs: 715 * MINUTE_MS, lastUsedMs: 719 * MINUTE_MS }).idleMs).toBe(720 * MINUTE_MS);
  });

  it("is told by this browser's clock, however wrong that is", () => {
    const behind = { readAtMs: -60 * MINUTE_MS, lastUsedMs: -50 * MINUTE_MS, serverAheadMs: 60 * MINUTE_MS };
    expect(sessionEnds(told, behind)).toEqual({ idleMs: -20 * MINUTE_MS, absoluteMs: 660 * MINUTE_MS });
  });
});

describe("the use of a session", () => {
  it("is heard of in the other tabs, and so is its change", async () => {
    const name = `test ${Math.random()}`;
    const channels = [new BroadcastChannel(name), new BroadcastChannel(name)] as const;
    const here = createSessionUse(channels[0]);
    const there = createSessionUse(channels[1]);
    const heard = new Promise<void>((resolve) => {
      const stop = there.onChange(() => {
        stop();
        resolve();
      });
    });
    const server = Date.now() + 60_000;
    await new Promise((resolve) => setTimeout(resolve, 20));
    here.note(new Date(server).toUTCString());
    here.changed();
    await heard;
    expect(there.lastMs()).toBe(here.lastMs());
    expect(Math.abs(here.serverAheadMs() - 60_000)).toBeLessThan(5_000);
    for (const channel of channels) channel.close();
  });
});
