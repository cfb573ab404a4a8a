import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { DocumentStore } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { createLeaseWatch, LEASE_FIELDS, takeLease } from "../../store/lease.ts";

let dataDir: string;
let store: DocumentStore;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "lease-"));
  store = createEmbeddedStore({ dataDir });
  await store.open();
});
afterAll(async () => {
  await store.dispose();
  rmSync(dataDir, { recursive: true });
});

describe("a watched lease", () => {
  const held = (fence: number, leaseExpiresAtMs: number) => ({ id: "l", project: "p", version: 1, fence, leaseExpiresAtMs });

  it("is abandoned once neither its number nor its end has moved for half as long again as it lasts", () => {
    let nowMs = 0;
    const look = createLeaseWatch(LEASE_FIELDS, 1000, () => nowMs);
    expect(look(held(1, 5000))).toBeUndefined();
    for (const moved of [held(1, 6000), held(2, 6000)]) {
      nowMs += 1500;
      expect(look(moved)).toBeUndefined();
    }
    nowMs += 1500;
    expect(look(held(2, 6000))).toBeUndefined();
    nowMs += 1;
    expect(look(held(2, 6000))).toEqual({ fence: 2, leaseExpiresAtMs: 6000 });
  });

  it("lives on where a sign of life does not reach the store", async () => {
    await store.insert("turns", { id: "lease", project: "p", fence: 0, leaseOwner: null, leaseExpiresAtMs: 0, expiresAtMs: 9 });
    let isAway = false;
    const lease = await takeLease({
      fields: LEASE_FIELDS,
      patch: (change, where) => (isAway ? Promise.reject(new Error("away")) : store.patch("turns", "p", "lease", change, where)),
      owner: "me",
      leaseMs: 60,
    });
    isAway = true;
    lease?.startHeartbeat();
    await new Promise((resolve) => setTimeout(resolve, 80));
    isAway = false;
    expect(await lease?.extend()).toBe(true);
    lease?.stop();
  });
});
