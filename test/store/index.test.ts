import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { isStoreThere, openStore } from "../../store/index.ts";

it("a folder holds a store once one was opened in it, and not before", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "opened-"));
  expect(isStoreThere(dataDir)).toBe(false);
  const store = openStore({ dataDir });
  expect(isStoreThere(dataDir)).toBe(false);
  await store.open();
  expect(isStoreThere(dataDir)).toBe(true);
  await store.dispose();
  rmSync(dataDir, { recursive: true });
});
