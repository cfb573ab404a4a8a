import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { ConnectorError } from "../../errors/connector-error.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { insertIfAbsent } from "../../store/insert-if-absent.ts";

let dataDir: string;
let store: DocumentStore;
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "insert-"));
  store = createEmbeddedStore({ dataDir });
  await store.open();
});
afterAll(async () => {
  await store.dispose();
  rmSync(dataDir, { recursive: true });
});

describe("what is stored unless it is there", () => {
  const document = { id: "m1", project: "_system", value: 1 };
  const gone = () => Promise.reject(new ConnectorError("conflict", "there"));

  it("is stored once, and read by everybody else", async () => {
    expect(await insertIfAbsent(store, "meta", document)).toMatchObject({ isNew: true, document });
    expect(await insertIfAbsent(store, "meta", { ...document, value: 2 })).toMatchObject({ isNew: false, document });
  });

  it("is tried once more where it was removed in between, and then given up", async () => {
    let inserts = 0;
    const flickering: DocumentStore = Object.create(store, {
      insert: {
        value: () => {
          inserts += 1;
          return gone();
        },
      },
      get: { value: async () => undefined },
    });
    await expect(insertIfAbsent(flickering, "meta", document)).rejects.toMatchObject({ code: "conflict" });
    expect(inserts).toBe(2);
  });

  it("is not looked for where the store fails otherwise", async () => {
    const full: DocumentStore = Object.create(store, {
      insert: { value: () => Promise.reject(new ConnectorError("store_full", "full")) },
    });
    await expect(insertIfAbsent(full, "meta", document)).rejects.toMatchObject({ code: "store_full" });
  });
});
