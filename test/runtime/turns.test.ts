import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createTurns } from "../../runtime/turns.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { openStore } from "../../store/index.ts";

let folder: string;
let here: DocumentStore;
let there: DocumentStore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "turns-"));
  here = openStore({ dataDir: folder });
  there = openStore({ dataDir: folder });
  await Promise.all([here.open(), there.open()]);
});
afterAll(async () => {
  await Promise.all([here.dispose(), there.dispose()]);
  rmSync(folder, { recursive: true });
});

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("turns", () => {
  it("come in the order of the calls, one at a time", async () => {
    const turns = createTurns({ store: here });
    const events: string[] = [];
    await Promise.all(
      ["a", "b", "c"].map(async (name) => {
        const turn = await turns.take("default", "opportunity=1", { timeoutMs: 5000 });
        events.push(`${name} begins`);
        await wait(10);
        events.push(`${name} ends`);
        await turn.release();
      }),
    );
    expect(events).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  it("do not hold up other objects or other projects", async () => {
    const turns = createTurns({ store: here });
    const first = await turns.take("default", "opportunity=2", { timeoutMs: 5000 });
    const second = await turns.take("default", "opportunity=3", { timeoutMs: 50 });
    const third = await turns.take("other", "opportunity=2", { timeoutMs: 50 });
    await Promise.all([first.release(), second.release(), third.release()]);
  });

  it("are held across processes, and given up after the time the caller has", async () => {
    const turn = await createTurns({ store: here }).take("default", "opportunity=4", { timeoutMs: 5000 });
    const others = createTurns({ store: there });
    await expect(others.take("default", "opportunity=4", { timeoutMs: 100 })).rejects.toMatchObject({
      code: "write_in_progress",
    });
    const waiting = others.take("default", "opportunity=4", { timeoutMs: 5000 });
    await turn.release();
    await (await waiting).release();
  });

  it("outlast their lease while the holder lives", async () => {
    const turn = await createTurns({ store: here, leaseMs: 400 }).take("default", "opportunity=5", { timeoutMs: 5000 });
    await expect(createTurns({ store: there }).take("default", "opportunity=5", { timeoutMs: 1200 })).rejects.toMatchObject({
      code: "write_in_progress",
    });
    await expect(turn.assertMine()).resolves.toBeUndefined();
    await turn.release();
  });

  it("pass on when the holder is stalled, and a stalled holder that wakes is told so", async () => {
    // A store that stops taking heartbeats is what a stalled process looks like from outside.
    let stalled = false;
    const stalling: DocumentStore = Object.create(here, {
      patch: {
        value: (...args: Parameters<DocumentStore["patch"]>) => (stalled ? Promise.resolve(undefined) : here.patch(...args)),
      },
    });
    const turn = await createTurns({ store: stalling, leaseMs: 60 }).take("default", "opportunity=6", { timeoutMs: 5000 });
    stalled = true;
    const next = await createTurns({ store: there }).take("default", "opportunity=6", { timeoutMs: 5000 });
    stalled = false;
    await expect(turn.assertMine()).rejects.toMatchObject({ code: "superseded" });
    await turn.release();
    await expect(next.assertMine()).resolves.toBeUndefined();
    await next.release();
  });

  it("are stale after the process stood still for half a lease, until they are proven anew", async () => {
    const turn = await createTurns({ store: here, leaseMs: 1000 }).take("default", "opportunity=8", { timeoutMs: 5000 });
    expect(turn.isStale()).toBe(false);
    // No heartbeat gets through meanwhile, as in a process that was stopped.
    const until = performance.now() + 600;
    while (performance.now() < until);
    expect(turn.isStale()).toBe(true);
    await turn.assertMine();
    expect(turn.isStale()).toBe(false);
    await turn.release();
  });

  it("end at once for a caller who gives up, and do not stop those behind", async () => {
    const turns = createTurns({ store: here });
    const first = await turns.take("default", "opportunity=7", { timeoutMs: 5000 });
    const impatient = turns.take("default", "opportunity=7", { timeoutMs: 5000, signal: AbortSignal.timeout(20) });
    const behind = turns.take("default", "opportunity=7", { timeoutMs: 5000 });
    await expect(impatient).rejects.toMatchObject({ code: "cancelled" });
    await first.release();
    await (await behind).release();
  });

  it("leave nothing behind for objects that nobody writes to any more, and do not disturb the others", async () => {
    const turns = createTurns({ store: here });
    await (await turns.take("default", "opportunity=old", { timeoutMs: 5000 })).release();
    const held = await turns.take("default", "opportunity=held", { timeoutMs: 5000 });
    const before = await here.count("turns", "default");
    const [old] = (await here.find("turns", "default")).filter(({ leaseExpiresAtMs }) => leaseExpiresAtMs === 0);
    await here.patch("turns", "default", String(old?.id), { set: { expiresAtMs: Date.now() - 1 } });
    expect(await turns.sweep()).toBe(1);
    expect(await here.count("turns", "default")).toBe(before - 1);
    await expect(held.assertMine()).resolves.toBeUndefined();
    await held.release();
  });
});
