import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { systemAccess, wholeProject } from "../../store/access.ts";
import { type Collection, openCollection } from "../../store/collection.ts";
import { COLLECTIONS, type HeldCollection } from "../../store/collections.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { createEmbeddedStore } from "../../store/embedded.ts";
import { createMongoStore } from "../../store/mongo.ts";
import { accessTo } from "../support/access.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { sharedMongod } from "../support/mongod.ts";

const HELD = Object.entries(COLLECTIONS).filter(([, { belongsTo }]) => belongsTo !== "installation");
const OF_OWNERS = HELD.filter(([, { belongsTo }]) => belongsTo === "owner").map(([name]) => name as HeldCollection);
const OF_PROJECT = HELD.filter(([, { belongsTo }]) => belongsTo === "project").map(([name]) => name as HeldCollection);

describe("in the embedded store", () => {
  const dataDir = mkdtempSync(join(tmpdir(), "collection-"));
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
  accessContract(async () => createEmbeddedStore({ dataDir }));
});
describeWithMongod("in the MongoDB store", () => {
  accessContract(async () => createMongoStore({ uri: (await sharedMongod()).dbUri("collection") }));
});

function accessContract(openStore: () => Promise<DocumentStore>): void {
  let store: DocumentStore;
  beforeAll(async () => {
    store = await openStore();
    await store.open();
  });
  afterAll(() => store.dispose());

  /** A project of its own with a document of each of two owners, one of its own, and one of a store that knew no owners. */
  async function stage(name: HeldCollection) {
    const saved = openCollection(store, name);
    const project = `p-${randomUUID()}`;
    const [whole, alice, bob] = [accessTo(project), accessTo(project, "alice"), accessTo(project, "bob")];
    const create = async (access = whole, more = {}) => (await saved.insert(access, { ...filler(), ...more })).id;
    const ids = {
      alice: await create(alice),
      bob: await create(whole, { owner: "bob" }),
      own: await create(),
      old: (await store.insert(name, { ...filler(), project })).id,
    };
    return { saved, project, whole, alice, bob, ids };
  }

  describe.each(OF_OWNERS)("%s", (name) => {
    it("are an owner's who created them, or who was named by the project", async () => {
      const { saved, whole, ids } = await stage(name);
      const owners = await Promise.all(Object.values(ids).map(async (id) => (await saved.get(whole, id))?.owner));
      expect(owners).toEqual(["alice", "bob", "", undefined]);
    });

    it("show an owner what belongs to it alone, and the project everything", async () => {
      const { saved, whole, alice, bob, ids } = await stage(name);
      const seenBy = async (access: typeof whole) => (await saved.find(access)).map(({ id }) => id).sort();
      expect(await seenBy(alice)).toEqual([ids.alice]);
      expect(await seenBy(bob)).toEqual([ids.bob]);
      expect(await seenBy(whole)).toEqual(Object.values(ids).sort());
      expect(await seenBy(accessTo("elsewhere", "alice"))).toEqual([]);
    });

    it("are not read, changed or removed by another owner, by another project, or by an owner where they are the project's", async () => {
      const { saved, whole, alice, bob, ids } = await stage(name);
      const foreign = [
        [bob, ids.alice],
        [alice, ids.bob],
        [alice, ids.own],
        [alice, ids.old],
        [accessTo("elsewhere"), ids.alice],
        [accessTo("elsewhere", "alice"), ids.alice],
        [{ ...whole, owner: "" }, ids.alice],
      ] as const;
      for (const [access, id] of foreign) {
        const before = await saved.get(whole, id);
        expect(await outcomes(saved, access, id)).toEqual(await outcomes(saved, access, "missing"));
        expect(await saved.get(whole, id)).toEqual(before);
      }
    });

    it("are not reached by a condition that names another owner", async () => {
      const { saved, whole, alice, bob, ids } = await stage(name);
      expect(await saved.find(bob, { where: { owner: "alice" } })).toEqual([]);
      expect(await saved.patch(bob, ids.bob, { set: { note: 1 } }, { owner: "alice" })).toBeUndefined();
      expect(await saved.remove(bob, ids.bob, { owner: "alice" })).toBe(false);
      expect((await saved.find(whole, { where: { owner: "alice" } })).map(({ id }) => id)).toEqual([ids.alice]);
      expect((await saved.find(alice, { where: { owner: "alice" } })).map(({ id }) => id)).toEqual([ids.alice]);
    });

    it("are changed and removed by their owner and by the project, under the conditions that these name", async () => {
      const { saved, whole, alice, ids } = await stage(name);
      expect(await saved.patch(alice, ids.alice, { set: { note: "mine" } }, { version: 1 })).toMatchObject({ note: "mine" });
      expect(await saved.patch(alice, ids.alice, { set: { note: "late" } }, { version: 1 })).toBeUndefined();
      expect(await saved.patch(whole, ids.alice, { set: { note: "ours" } })).toMatchObject({ note: "ours", owner: "alice" });
      expect(await saved.remove(alice, ids.alice, { version: 1 })).toBe(false);
      expect(await saved.remove(alice, ids.alice)).toBe(true);
      expect(await saved.remove(whole, ids.bob)).toBe(true);
    });

    it("are not created for somebody else by an owner", async () => {
      const { saved, whole, alice } = await stage(name);
      const before = (await saved.find(whole)).length;
      await expect(saved.insert(alice, { ...filler(), owner: "bob" })).rejects.toMatchObject({ code: "forbidden" });
      expect(await saved.insert(alice, { ...filler(), owner: "alice" })).toMatchObject({ owner: "alice" });
      expect(await saved.find(whole)).toHaveLength(before + 1);
    });

    it("are stored once where they must be there, and are not shown to an owner who takes the id of somebody else's", async () => {
      const { saved, whole, alice, bob, ids } = await stage(name);
      const document = filler();
      expect(await saved.insertIfAbsent(alice, document)).toMatchObject({ isNew: true, document: { owner: "alice" } });
      expect(await saved.insertIfAbsent(alice, document)).toMatchObject({ isNew: false, document: { id: document.id } });
      expect(await saved.insertIfAbsent(whole, document)).toMatchObject({ isNew: false, document: { owner: "alice" } });
      for (const id of [ids.alice, ids.own, ids.old])
        await expect(saved.insertIfAbsent(bob, { ...filler(), id })).rejects.toMatchObject({ code: "conflict" });
      await expect(saved.insertIfAbsent(bob, { ...filler(), owner: "alice" })).rejects.toMatchObject({ code: "forbidden" });
    });

    it("stay in their project, whatever project a document names", async () => {
      const { saved, whole, project } = await stage(name);
      expect(await saved.insert(whole, { ...filler(), project: "elsewhere" })).toMatchObject({ project });
    });
  });

  describe.each(OF_PROJECT)("%s", (name) => {
    it("are the project's alone: no owner finds, changes, removes or creates any", async () => {
      const saved = openCollection(store, name);
      const project = `p-${randomUUID()}`;
      const { id } = await saved.insert(accessTo(project), filler());
      const alice = accessTo(project, "alice");
      expect(await outcomes(saved, alice, id)).toEqual([undefined, [], undefined, false]);
      await expect(saved.insert(alice, filler())).rejects.toMatchObject({ code: "forbidden" });
      expect((await saved.find(accessTo(project))).map((found) => found.id)).toEqual([id]);
      expect(await saved.patch(accessTo(project), id, { set: { note: 1 } })).toMatchObject({ note: 1 });
      expect(await saved.remove(accessTo(project), id)).toBe(true);
    });
  });
}

/** What an access is answered about a document. */
async function outcomes(saved: Collection, access: ReturnType<typeof accessTo>, id: string): Promise<unknown[]> {
  return [
    await saved.get(access, id),
    (await saved.find(access)).filter((found) => found.id === id),
    await saved.patch(access, id, { set: { note: "changed" } }),
    await saved.remove(access, id),
  ];
}

/** A document that fits every collection and is like no other. */
function filler(): Record<string, unknown> & { id: string } {
  const id = randomUUID();
  return { id, nickname: id, hash: id, environment: id, stateHash: id, ticketHash: id, createdAtMs: 1, expiresAtMs: 1 };
}

describe("an access", () => {
  it("of the system reaches what a document's project has, and one of an owner is widened to it by name alone", () => {
    expect(systemAccess({ project: "p1" })).toEqual({ project: "p1", actor: "system" });
    expect(wholeProject(accessTo("p1", "alice"))).toEqual({ project: "p1", actor: "test" });
  });
});
