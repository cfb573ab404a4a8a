import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { DocumentStore } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { removeAll } from "../../store/remove-all.ts";

let dataDir: string;
let store: DocumentStore;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "remove-all-"));
  store = createEmbeddedStore({ dataDir });
  await store.open();
});
afterAll(async () => {
  await store.dispose();
  rmSync(dataDir, { recursive: true });
});

it("everything that matches is removed in as many steps as it takes, and counted", async () => {
  for (let n = 0; n < 5; n += 1)
    await store.insert("turns", { id: `t${n}`, project: "removed", expiresAtMs: n < 4 ? 1 : 9, fence: 0 });
  const asked: unknown[][] = [];
  const small = {
    removeMany: (...[collection, scope, where, limit]: Parameters<DocumentStore["removeMany"]>) => {
      asked.push([collection, scope, where, limit]);
      return store.removeMany(collection, scope, where, 2);
    },
  };
  expect(await removeAll(small, "turns", "removed", { expiresAtMs: { lte: 1 } })).toBe(4);
  expect(asked).toEqual(Array.from({ length: 3 }, () => ["turns", "removed", { expiresAtMs: { lte: 1 } }, 1000]));
  expect(await store.count("turns", "removed")).toBe(1);
  expect(await removeAll(store, "turns", "removed")).toBe(1);
});
