import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { createTurns } from "../../runtime/turns.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { accessTo } from "../support/access.ts";
import { gate } from "../support/gate.ts";

let folder: string;
let here: DocumentStore;
let there: DocumentStore;
/** How far the clock of both is ahead of the right time. */
let aheadMs = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "turns-"));
  here = createEmbeddedStore({ dataDir: folder, now: () => Date.now() + aheadMs });
  there = createEmbeddedStore({ dataDir: folder, now: () => Date.now() + aheadMs });
  await Promise.all([here.open(), there.open()]);
});
afterAll(async () => {
  await Promise.all([here.dispose(), there.dispose()]);
  rmSync(folder, { recursive: true });
});

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("turns", () => {
  beforeEach(() => {
    aheadMs = 0;
  });

  it("come in the order of the calls, one at a time", async () => {
    const turns = createTurns({ store: here });
    const events: string[] = [];
    await Promise.all(
      ["a", "b", "c"].map(async (name) => {
        const turn = await turns.take(accessTo("default"), "opportunity=1", { timeoutMs: 5000 });
        events.push(`${name} begins`);
        await wait(10);
        events.push(`${name} ends`);
        await turn.release();
      }),
    );
    expect(events).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  /** A store that does something before each change of a turn; `nth` counts them from 1. */
  const beforePatch = (before: (nth: number) => unknown): DocumentStore => {
    let count = 0;
    const patch = async (...of: Parameters<DocumentStore["patch"]>) => {
      count += 1;
      await before(count);
      return here.patch(...of);
    };
    return Object.create(here, { patch: { value: patch } });
  };

  it("come in the order of the calls although the store answers an earlier one late", async () => {
    const late = gate();
    // 1 finds no record, 2 takes the first turn, 3 gives it back, 4 takes the second one.
    const turns = createTurns({ store: beforePatch((nth) => nth === 4 && late.opened) });
    const order: string[] = [];
    const take = async (name: string) => {
      const turn = await turns.take(accessTo("default"), "opportunity=20", { timeoutMs: 5000 });
      order.push(name);
      return turn;
    };
    const first = await take("first");
    const second = take("second");
    await first.release();
    await wait(20);
    const third = take("third");
    await wait(50);
    expect(order).toEqual(["first"]);
    late.open();
    await (await second).release();
    await (await third).release();
    expect(order).toEqual(["first", "second", "third"]);
  });

  it("are not taken by a caller who leaves the queue, or whose time is up in it, while the store is asked for an earlier one", async () => {
    const late = gate();
    const turns = createTurns({ store: beforePatch((nth) => nth === 1 && late.opened) });
    const first = turns.take(accessTo("default"), "opportunity=21", { timeoutMs: 60_000 });
    const [impatient, hurried] = [{ signal: AbortSignal.timeout(20), timeoutMs: 60_000 }, { timeoutMs: 20 }].map((options) =>
      turns.take(accessTo("default"), "opportunity=21", options).then(
        () => "taken",
        (error: unknown) => error,
      ),
    );
    expect(await impatient).toMatchObject({ code: "cancelled", cause: { name: "AbortError" } });
    expect(await hurried).toMatchObject({ code: "write_in_progress", details: { retryAfterMs: 1000 } });
    late.open();
    await (await first).release();
  });

  it("leave no timer behind once they are taken", async () => {
    const timers = () => process.getActiveResourcesInfo().filter((one) => one === "Timeout").length;
    const turns = createTurns({ store: here });
    const before = timers();
    await (await turns.take(accessTo("default"), "opportunity=22", { timeoutMs: 60_000 })).release();
    expect(timers()).toBe(before);
  });

  it("are not waited for by a caller who leaves while another process holds them", async () => {
    const held = await createTurns({ store: there }).take(accessTo("default"), "opportunity=23", { timeoutMs: 5000 });
    const leaving = new AbortController();
    const waiting = createTurns({ store: here }).take(accessTo("default"), "opportunity=23", {
      timeoutMs: 60_000,
      signal: leaving.signal,
    });
    setTimeout(() => leaving.abort(), 50);
    await expect(waiting).rejects.toMatchObject({ code: "cancelled", cause: { name: "AbortError" } });
    await held.release();
  });

  it("are taken although what is over is removed between their record and their taking", async () => {
    const turns = createTurns({ store: beforePatch(() => createTurns({ store: there }).sweep()) });
    await (await turns.take(accessTo("default"), "opportunity=24", { timeoutMs: 2000 })).release();
  });

  it("keep their record for a day after the last of them", async () => {
    const turns = createTurns({ store: here });
    const take = () => turns.take(accessTo("default"), "opportunity=25", { timeoutMs: 5000 });
    await (await take()).release();
    const { id } = await stateOf("opportunity=25");
    aheadMs = 80_000_000;
    await (await take()).release();
    aheadMs = 160_000_000;
    await turns.sweep();
    expect(await here.get("turns", "default", id)).toBeDefined();
    aheadMs = 170_000_000;
    await turns.sweep();
    expect(await here.get("turns", "default", id)).toBeUndefined();
  });

  it("do not hold up other objects or other projects", async () => {
    const turns = createTurns({ store: here });
    const first = await turns.take(accessTo("default"), "opportunity=2", { timeoutMs: 5000 });
    const second = await turns.take(accessTo("default"), "opportunity=3", { timeoutMs: 50 });
    const third = await turns.take(accessTo("other"), "opportunity=2", { timeoutMs: 50 });
    await Promise.all([first.release(), second.release(), third.release()]);
  });

  it("are held across processes, and given up after the time the caller has", async () => {
    const turn = await createTurns({ store: here }).take(accessTo("default"), "opportunity=4", { timeoutMs: 5000 });
    const others = createTurns({ store: there });
    await expect(others.take(accessTo("default"), "opportunity=4", { timeoutMs: 100 })).rejects.toMatchObject({
      code: "write_in_progress",
    });
    const waiting = others.take(accessTo("default"), "opportunity=4", { timeoutMs: 5000 });
    await turn.release();
    await (await waiting).release();
  });

  it("outlast their lease while the holder lives", async () => {
    const turn = await createTurns({ store: here, leaseMs: 400 }).take(accessTo("default"), "opportunity=5", { timeoutMs: 5000 });
    await expect(
      createTurns({ store: there }).take(accessTo("default"), "opportunity=5", { timeoutMs: 1200 }),
    ).rejects.toMatchObject({
      code: "write_in_progress",
    });
    await expect(turn.assertMine()).resolves.toBeUndefined();
    await turn.release();
  });

  /** A store that takes nothing while it is away: what a process that stands still looks like from outside. */
  function stallable(store: DocumentStore) {
    let away = false;
    const patch = (...args: Parameters<DocumentStore["patch"]>) => (away ? Promise.resolve(undefined) : store.patch(...args));
    const stalling: DocumentStore = Object.create(store, { patch: { value: patch } });
    const stall = (is: boolean) => {
      away = is;
    };
    return { store: stalling, stall };
  }
  async function stateOf(object: string) {
    const id = `turn_${createHash("sha256").update(object).digest("base64url")}`;
    const turn = await here.get("turns", "default", id);
    return { id, fence: turn?.fence, leaseOwner: turn?.leaseOwner, leaseExpiresAtMs: turn?.leaseExpiresAtMs };
  }

  it("pass on when the holder is stalled, and a stalled holder that wakes is told so", async () => {
    const { store, stall } = stallable(here);
    const turn = await createTurns({ store, leaseMs: 60 }).take(accessTo("default"), "opportunity=6", { timeoutMs: 5000 });
    stall(true);
    const next = await createTurns({ store: there }).take(accessTo("default"), "opportunity=6", { timeoutMs: 5000 });
    stall(false);
    await expect(turn.assertMine()).rejects.toMatchObject({ code: "superseded" });
    const held = await stateOf("opportunity=6");
    await turn.release();
    // Nobody may get it from the hands of the new holder: neither its end nor its owner has moved.
    expect(await stateOf("opportunity=6")).toEqual(held);
    await expect(next.assertMine()).resolves.toBeUndefined();
    await next.release();
  });

  it("are stale after the process stood still for half a lease, until they are proven anew", async () => {
    const turn = await createTurns({ store: here, leaseMs: 1000 }).take(accessTo("default"), "opportunity=8", {
      timeoutMs: 5000,
    });
    expect(turn.isStale()).toBe(false);
    // No heartbeat gets through meanwhile, as in a process that was stopped.
    const until = performance.now() + 600;
    while (performance.now() < until);
    expect(turn.isStale()).toBe(true);
    await turn.assertMine();
    expect(turn.isStale()).toBe(false);
    const again = performance.now() + 600;
    while (performance.now() < again);
    expect(turn.isStale()).toBe(true);
    await turn.release();
  });

  it("end at once for a caller who gives up, and do not stop those behind", async () => {
    const turns = createTurns({ store: here });
    const first = await turns.take(accessTo("default"), "opportunity=7", { timeoutMs: 5000 });
    const impatient = turns.take(accessTo("default"), "opportunity=7", { timeoutMs: 5000, signal: AbortSignal.timeout(20) });
    const behind = turns.take(accessTo("default"), "opportunity=7", { timeoutMs: 5000 });
    await expect(impatient).rejects.toMatchObject({ code: "cancelled" });
    await first.release();
    await (await behind).release();
  });

  it("are not lost to a holder whose record was removed and begun anew meanwhile, although numbers begin again", async () => {
    const turn = await createTurns({ store: here }).take(accessTo("default"), "opportunity=9", { timeoutMs: 5000 });
    const { id, fence } = await stateOf("opportunity=9");
    await here.remove("turns", "default", id);
    const next = await createTurns({ store: there }).take(accessTo("default"), "opportunity=9", { timeoutMs: 5000 });
    const held = await stateOf("opportunity=9");
    expect(held.fence).toBe(fence);
    await expect(turn.assertMine()).rejects.toMatchObject({ code: "superseded" });
    await turn.release();
    expect(await stateOf("opportunity=9")).toEqual(held);
    await next.release();
  });

  it("that were released are proof of nothing, also against the same process, and send no more signs of life", async () => {
    let patches = 0;
    const counting: DocumentStore = Object.create(here, {
      patch: {
        value: (...args: Parameters<DocumentStore["patch"]>) => {
          patches += 1;
          return here.patch(...args);
        },
      },
    });
    const turns = createTurns({ store: counting, leaseMs: 60 });
    const turn = await turns.take(accessTo("default"), "opportunity=14", { timeoutMs: 5000 });
    await turn.release();
    const before = patches;
    await wait(100);
    expect(patches).toBe(before);
    const next = await turns.take(accessTo("default"), "opportunity=14", { timeoutMs: 5000 });
    await expect(turn.assertMine()).rejects.toMatchObject({ code: "superseded" });
    await next.release();
  });

  it("outlive a killed holder by ten seconds, and its record a day", async () => {
    const turn = await createTurns({ store: here }).take(accessTo("default"), "opportunity=15", { timeoutMs: 5000 });
    const { id } = await stateOf("opportunity=15");
    const { leaseExpiresAtMs, expiresAtMs } = (await here.get("turns", "default", id)) as Record<string, unknown>;
    const leftMs = Number(leaseExpiresAtMs) - Date.now();
    expect([leftMs > 5_000, leftMs <= 10_000]).toEqual([true, true]);
    expect(Number(expiresAtMs) - Date.now()).toBeGreaterThan(86_000_000);
    await turn.release();
  });

  it("whose release was lost are not taken back where somebody else's began with the same number meanwhile", async () => {
    let away = false;
    const failing: DocumentStore = Object.create(here, {
      patch: {
        value: (...args: Parameters<DocumentStore["patch"]>) =>
          away ? Promise.reject(new Error("the store is away")) : here.patch(...args),
      },
    });
    const mine = createTurns({ store: failing, leaseMs: 60_000 });
    const turn = await mine.take(accessTo("default"), "opportunity=16", { timeoutMs: 5000 });
    away = true;
    await turn.release();
    away = false;
    await here.remove("turns", "default", (await stateOf("opportunity=16")).id);
    const theirs = await createTurns({ store: there }).take(accessTo("default"), "opportunity=16", { timeoutMs: 5000 });
    await expect(mine.take(accessTo("default"), "opportunity=16", { timeoutMs: 100 })).rejects.toMatchObject({
      code: "write_in_progress",
    });
    await theirs.release();
  });

  it("do not wait for a clock that was set back by two hours: a dead holder's turn passes on", async () => {
    const { store, stall } = stallable(here);
    aheadMs = 7_200_000;
    const turn = await createTurns({ store, leaseMs: 200 }).take(accessTo("default"), "opportunity=10", { timeoutMs: 5000 });
    const fence = Number((await stateOf("opportunity=10")).fence);
    stall(true);
    aheadMs = 0;
    const next = await createTurns({ store: there, leaseMs: 200 }).take(accessTo("default"), "opportunity=10", {
      timeoutMs: 60_000,
    });
    stall(false);
    // Taken once: whoever waits for it by its number is not told of two new holders.
    expect((await stateOf("opportunity=10")).fence).toBe(fence + 1);
    await expect(turn.assertMine()).rejects.toMatchObject({ code: "superseded" });
    await turn.release();
    await next.release();
  });

  it("stay with a holder that lives when the clock is set back", async () => {
    aheadMs = 7_200_000;
    const turn = await createTurns({ store: here, leaseMs: 1000 }).take(accessTo("default"), "opportunity=11", {
      timeoutMs: 5000,
    });
    aheadMs = 0;
    const others = createTurns({ store: there, leaseMs: 1000 });
    await expect(others.take(accessTo("default"), "opportunity=11", { timeoutMs: 2500 })).rejects.toMatchObject({
      code: "write_in_progress",
    });
    await expect(turn.assertMine()).resolves.toBeUndefined();
    await turn.release();
  });

  it("are given up after the time the caller has, although the clock is set back while it waits", async () => {
    const turn = await createTurns({ store: here }).take(accessTo("default"), "opportunity=12", { timeoutMs: 5000 });
    const others = createTurns({ store: there });
    // One waits for the lease, the other in the queue behind it.
    const waiting = [1, 2].map(() =>
      others.take(accessTo("default"), "opportunity=12", { timeoutMs: 300 }).then(
        () => "taken",
        (error) => error.code,
      ),
    );
    const { now } = Date;
    const clock = jest.spyOn(Date, "now").mockImplementation(() => now() - 7_200_000);
    try {
      expect(await Promise.all(waiting)).toEqual(["write_in_progress", "write_in_progress"]);
    } finally {
      clock.mockRestore();
    }
    await turn.release();
  });

  it("are taken again at once by the process whose release did not reach the store, and by no other", async () => {
    let away = false;
    const failing: DocumentStore = Object.create(here, {
      patch: {
        value: (...args: Parameters<DocumentStore["patch"]>) =>
          away ? Promise.reject(new Error("the store is away")) : here.patch(...args),
      },
    });
    const errors: unknown[] = [];
    const mine = createTurns({ store: failing, leaseMs: 60_000, onError: (error) => errors.push(error) });
    const turn = await mine.take(accessTo("default"), "opportunity=13", { timeoutMs: 5000 });
    away = true;
    await turn.release();
    away = false;
    expect(errors).toHaveLength(1);
    await expect(
      createTurns({ store: there }).take(accessTo("default"), "opportunity=13", { timeoutMs: 200 }),
    ).rejects.toMatchObject({
      code: "write_in_progress",
    });
    const again = await mine.take(accessTo("default"), "opportunity=13", { timeoutMs: 200 });
    await again.release();
    await (await createTurns({ store: there }).take(accessTo("default"), "opportunity=13", { timeoutMs: 5000 })).release();
  });

  it("are taken again at once although an earlier release was lost as well, so long ago that it is forgotten", async () => {
    let away = false;
    const failing: DocumentStore = Object.create(here, {
      patch: {
        value: (...args: Parameters<DocumentStore["patch"]>) =>
          away ? Promise.reject(new Error("the store is away")) : here.patch(...args),
      },
    });
    const mine = createTurns({ store: failing, leaseMs: 1000 });
    const take = (timeoutMs: number) => mine.take(accessTo("default"), "opportunity=17", { timeoutMs });
    const lose = async (turn: { release(): Promise<void> }) => {
      away = true;
      await turn.release();
      away = false;
    };
    await lose(await take(5000));
    const again = await take(5000);
    await wait(700);
    await lose(again);
    await wait(400);
    await (await take(50)).release();
  });

  it("leave nothing behind for objects that nobody writes to any more, and do not disturb the others", async () => {
    const turns = createTurns({ store: here });
    await (await turns.take(accessTo("default"), "opportunity=old", { timeoutMs: 5000 })).release();
    const held = await turns.take(accessTo("default"), "opportunity=held", { timeoutMs: 5000 });
    const before = await here.count("turns", "default");
    const [old] = (await here.find("turns", "default")).filter(({ leaseExpiresAtMs }) => leaseExpiresAtMs === 0);
    await here.patch("turns", "default", String(old?.id), { set: { expiresAtMs: Date.now() - 1 } });
    expect(await turns.sweep()).toBe(1);
    expect(await here.count("turns", "default")).toBe(before - 1);
    await expect(held.assertMine()).resolves.toBeUndefined();
    await held.release();
  });
});
