import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createApiKeys } from "../../app/api-keys.ts";
import { createProjects } from "../../app/projects.ts";
import type { Project } from "../../schemas/types/index.ts";
import { reveal } from "../../sealing/secret.ts";
import { COLLECTIONS, type CollectionName } from "../../store/collections.ts";
import { type DocumentStore, EVERY_PROJECT } from "../../store/document-store.ts";
import { failure, openTestStore } from "../credentials/setup.ts";
import { accessTo } from "../support/access.ts";
import { signIn } from "./sign-in.ts";
import { ADMIN, playgroundCredential, startTestServer } from "./start.ts";

let store: DocumentStore;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ store, close } = await openTestStore());
});
afterAll(() => close());

async function all(): Promise<Project[]> {
  const found: Project[] = [];
  for await (const project of createProjects({ store }).all()) found.push(project);
  return found;
}

const WRONG = [
  ["a control character", "a\u001b[2Jb"],
  ["a line break", "a\nb"],
  ["a C1 control", "a\u009bb"],
  ["a direction mark", "a\u202eb"],
  ["a soft hyphen", "Sa\u00adles"],
  ["a Hangul filler", "Sales\u115f"],
  ["blanks alone", "   "],
  ["101 characters", "x".repeat(101)],
] as const;

describe("the name of a project", () => {
  it.each([...WRONG, ["the beginning of an id", "proj_sales"] as const])("is refused with %s", async (_what, name) => {
    const error = await failure(createProjects({ store }).create(name));
    expect(error).toMatchObject({ code: "input_invalid", details: { issues: [{ pointer: "/name" }] } });
  });

  it("is saved composed and without blanks around it", async () => {
    expect(await createProjects({ store }).create("  Cafe\u0301 ")).toMatchObject({ name: "Caf\u00e9" });
  });

  it("is given once, whatever its case and spelling", async () => {
    const projects = createProjects({ store });
    const { id } = await projects.create("Straße 9");
    for (const name of ["Straße 9", "STRASSE 9", "ｓｔｒａｓｓｅ 9"])
      expect(await failure(projects.create(name))).toMatchObject({
        code: "conflict",
        details: { issues: [{ pointer: "/name" }] },
      });
    expect((await all()).filter(({ name }) => name.endsWith(" 9")).map((one) => one.id)).toEqual([id]);
  });

  it("is looked for among all projects, beyond one page of them", async () => {
    const many = createProjects({ store, now: () => 5 });
    await store.insert("projects", { id: "proj_first", project: "proj_first", name: "The first", createdAtMs: 1 });
    for (let n = 0; n < 500; n++)
      await store.insert("projects", { id: `proj_n${n}`, project: `proj_n${n}`, name: `number ${n}`, createdAtMs: 2 });
    await store.insert("projects", { id: "proj_last", project: "proj_last", name: "The last", createdAtMs: 3 });
    expect((await failure(many.create("the first"))).code).toBe("conflict");
    expect((await failure(many.create("the last"))).code).toBe("conflict");
  });

  it("that two projects have from before stays theirs", async () => {
    const projects = createProjects({ store });
    for (const id of ["proj_old1", "proj_old2"])
      await store.insert("projects", { id, project: id, name: "old\u00ad", createdAtMs: 4 });
    expect((await projects.get("proj_old2")).name).toBe("old\u00ad");
    expect((await failure(projects.create("Old"))).code).toBe("conflict");
  });

  it("is given to exactly one of two processes that ask for it at the same moment", async () => {
    let arrived = 0;
    let open = () => {};
    const both = new Promise<void>((resolve) => {
      open = resolve;
    });
    const arrive = () => {
      arrived += 1;
      if (arrived === 2) open();
    };
    /** A process that writes its project only when the other one is about to, or waits for its turn. */
    function another() {
      let isWaiting = false;
      return createProjects({
        store: {
          ...store,
          async insert(collection, document) {
            if (collection === "projects") arrive();
            if (collection === "projects") await both;
            return store.insert(collection, document);
          },
          async patch(...call) {
            const patched = await store.patch(...call);
            const [collection, scope, id] = call;
            if (collection === "turns" && patched === undefined && !isWaiting && (await store.get(collection, scope, id))) {
              isWaiting = true;
              arrive();
            }
            return patched;
          },
        },
      });
    }
    const outcomes = await Promise.allSettled([another().create("At once"), another().create("at ONCE")]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(outcomes.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "conflict" } });
    const kept = (await all()).filter(({ name }) => name.toLowerCase() === "at once");
    expect(kept).toHaveLength(1);
  });

  it("stays with the other one where a process stood still so long that its turn was over", async () => {
    const late: DocumentStore = {
      ...store,
      async insert(collection, document) {
        if (collection === "projects") {
          for (const { project, id } of await store.find("turns", EVERY_PROJECT))
            await store.patch("turns", project, id, { set: { leaseExpiresAtMs: 0 } });
          await createProjects({ store }).create("Slow");
        }
        return store.insert(collection, document);
      },
    };
    expect(await failure(createProjects({ store: late }).create("SLOW"))).toMatchObject({ code: "conflict" });
    expect((await all()).filter(({ name }) => /^slow$/i.test(name))).toMatchObject([{ name: "Slow" }]);
  });
});

describe("the name of an API key", () => {
  it.each([...WRONG, ["the beginning of an id", "key_ci"] as const])("is refused with %s", async (_what, name) => {
    const error = await failure(createApiKeys({ store }).create(accessTo("default"), { name, scopes: ["admin"] }));
    expect(error).toMatchObject({ code: "input_invalid", details: { issues: [{ pointer: "/name" }] } });
  });

  it("that an older one has goes on working", async () => {
    const keys = createApiKeys({ store });
    const { apiKey, key } = await keys.create(accessTo("default"), { name: " CI ", scopes: ["admin"] });
    expect(apiKey.name).toBe("CI");
    await store.patch("apiKeys", "default", apiKey.id, { set: { name: "C\u009bI" } });
    expect((await keys.authenticate(reveal(key)))?.name).toBe("C\u009bI");
  });
});

describe("a project", () => {
  it("is renamed, but not to the name of another", async () => {
    const projects = createProjects({ store });
    const { id } = await projects.create("Before");
    await projects.create("Taken");
    expect(await projects.rename(id, " After ")).toMatchObject({ id, name: "After" });
    expect(await projects.rename(id, "AFTER")).toMatchObject({ name: "AFTER" });
    expect((await failure(projects.rename(id, "taken"))).code).toBe("conflict");
    expect((await failure(projects.rename(id, " "))).code).toBe("input_invalid");
    expect((await failure(projects.rename("proj_none", "x"))).code).toBe("not_found");
    expect((await projects.get(id)).name).toBe("AFTER");
  });

  it("keeps its name where another is given the same at the same moment", async () => {
    const [one, two] = await Promise.all([createProjects({ store }).create("one"), createProjects({ store }).create("two")]);
    const renamed = await Promise.allSettled([
      createProjects({ store }).rename(one.id, "Same"),
      createProjects({ store }).rename(two.id, "same"),
    ]);
    expect(renamed.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const names = await Promise.all([one.id, two.id].map(async (id) => (await createProjects({ store }).get(id)).name));
    expect(names.filter((name) => name.toLowerCase() === "same")).toHaveLength(1);
  });

  it("is removed with everything in it, in every collection, and nothing beside it", async () => {
    const projects = createProjects({ store });
    const [gone, kept] = await Promise.all([projects.create("To remove"), projects.create("Beside it")]);
    await fill(gone.id, 3);
    await fill(kept.id, 1);
    expect(await projects.contents(gone.id)).toEqual({
      credentials: 3,
      workflows: 3,
      runs: 3,
      destinations: 3,
      endpoints: 3,
      oauthApps: 3,
      apiKeys: 3,
      writes: 3,
    });
    await projects.remove(gone.id);
    expect(await left(gone.id)).toEqual([]);
    expect(await left(kept.id)).toHaveLength(Object.keys(COLLECTIONS).length - 1);
    expect((await failure(projects.get(gone.id))).code).toBe("not_found");
    expect((await failure(projects.contents(gone.id))).code).toBe("not_found");
    expect((await failure(projects.remove(gone.id))).code).toBe("not_found");
    expect((await failure(projects.rename(gone.id, "back"))).code).toBe("not_found");
    // Its name is free.
    expect(await projects.create("To remove")).toMatchObject({ name: "To remove" });
  });

  it("is not removed where it is the default one", async () => {
    const projects = createProjects({ store });
    await projects.ensureDefault();
    expect((await failure(projects.remove("default"))).code).toBe("conflict");
    expect((await projects.get("default")).id).toBe("default");
  });

  it.each(Object.keys(COLLECTIONS).filter((name) => name !== "projects"))(
    "is gone for everybody where its removal dies before %s, and the next process finishes it",
    async (name) => {
      const projects = createProjects({ store });
      const { id } = await projects.create(`killed before ${name}`);
      const keys = createApiKeys({ store });
      const { key } = await keys.create(accessTo(id), { name: "ci", scopes: ["admin"] });
      await fill(id, 2);
      const dying: DocumentStore = {
        ...store,
        removeMany(collection, ...rest) {
          if (collection === name) throw new Error("killed");
          return store.removeMany(collection, ...rest);
        },
      };
      await expect(createProjects({ store: dying }).remove(id)).rejects.toThrow("killed");
      expect((await all()).map((one) => one.id)).not.toContain(id);
      expect((await failure(projects.get(id))).code).toBe("not_found");
      expect(await createApiKeys({ store }).authenticate(reveal(key))).toBeUndefined();
      await createProjects({ store }).sweep();
      expect(await left(id)).toEqual([]);
    },
  );

  it("takes with it what a call that was under way has written after the removal, and then is forgotten", async () => {
    let nowMs = Date.now();
    const projects = createProjects({ store, now: () => nowMs });
    const { id } = await projects.create("With a straggler");
    await projects.remove(id);
    await fill(id, 1);
    await projects.sweep();
    expect([await left(id), (await store.get("projects", id, id))?.id]).toEqual([[], id]);
    nowMs += 16 * 60_000;
    await projects.sweep();
    expect(await store.get("projects", id, id)).toBeUndefined();
  });

  it("is listed among thousands, page after page", async () => {
    const { store: empty, close: end } = await openTestStore();
    const projects = createProjects({ store: empty });
    for (let n = 0; n < 1203; n++)
      await empty.insert("projects", { id: `proj_${n}`, project: `proj_${n}`, name: `n ${n}`, createdAtMs: n >> 1 });
    await projects.remove("proj_7");
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await projects.list({ limit: 500, ...(cursor && { cursor }) });
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next;
      if (cursor === undefined) break;
      expect(page.data).toHaveLength(500);
    }
    expect([seen.length, new Set(seen).size]).toEqual([1202, 1202]);
    let count = 0;
    for await (const { id } of projects.all()) count += id === "proj_7" ? 0 : 1;
    expect(count).toBe(1202);
    expect((await failure(projects.list({ cursor: "x" }))).code).toBe("cursor_invalid");
    await end();
  });

  const names = Object.keys(COLLECTIONS) as CollectionName[];

  /** Something of every collection, as many as are told. */
  async function fill(project: string, count: number): Promise<void> {
    for (const name of names.filter((one) => one !== "projects"))
      for (let n = 0; n < count; n++) {
        const different = { hash: `${name} ${project} ${n}`, nickname: `n ${n}`, name: `n ${n}`, environment: `e ${n}` };
        const fields = Object.keys(COLLECTIONS[name].fields);
        const own = Object.fromEntries(Object.entries(different).filter(([field]) => fields.includes(field)));
        await store.insert(name, { id: `write_${n}`, project, ...own });
      }
  }

  /** The collections that hold anything of the project beside its own document. */
  async function left(project: string): Promise<string[]> {
    const counts = await Promise.all(names.map(async (name) => [name, await store.count(name, project)] as const));
    return counts.flatMap(([name, count]) => (name !== "projects" && count > 0 ? [name] : []));
  }
});

describe("how long a project keeps its runs", () => {
  it("is thirty days until its admin, or whoever runs the installation, says otherwise, and nobody of another project", async () => {
    const server = await startTestServer();
    try {
      const [mine, other] = [await server.project("Mine"), await server.project("Other")];
      const at = `/api/v1/projects/${mine.id}`;
      expect((await server.call("GET", at, { key: mine.key })).body.retentionDays).toBe(30);
      const change = (key: string, body: unknown) => server.call("PATCH", at, { key, body });
      expect((await change(mine.key, { retentionDays: 7 })).body).toMatchObject({ id: mine.id, name: "Mine", retentionDays: 7 });
      expect((await change(ADMIN, { retentionDays: 3650, name: "Ours" })).body).toMatchObject({
        name: "Ours",
        retentionDays: 3650,
      });
      expect((await change(other.key, { retentionDays: 1 })).status).toBe(404);
      expect((await change(mine.key, { name: "Renamed by its own" })).status).toBe(403);
      for (const wrong of [{ retentionDays: 0 }, { retentionDays: 3651 }, { retentionDays: 1.5 }, {}])
        expect([wrong, (await change(mine.key, wrong)).status]).toEqual([wrong, 422]);
      expect((await server.call("GET", at, { key: mine.key })).body.retentionDays).toBe(3650);
    } finally {
      await server.close();
    }
  });
});

describe("a removed project over HTTP", () => {
  it("lets nobody in at once, and leads people who stood in it to the default one", async () => {
    const server = await startTestServer();
    try {
      const { id, key } = await server.project("Over HTTP");
      await server.call("POST", "/api/v1/credentials", { key, body: playgroundCredential("in it") });
      const person = await signIn(server);
      await person.call("POST", "/session/project", { project: id });
      expect((await person.call("GET", "/api/v1/credentials")).body.data).toHaveLength(1);

      const at = `/api/v1/projects/${id}`;
      expect((await server.call("PATCH", at, { key: ADMIN, body: { name: "Renamed" } })).body).toMatchObject({ name: "Renamed" });
      const shown = await server.call("GET", at, { key });
      expect(shown.body).toMatchObject({
        id,
        name: "Renamed",
        contents: { credentials: 1, workflows: 0, runs: 0, destinations: 0, apiKeys: 1, oauthApps: 0, writes: 0 },
      });
      for (const [method, body] of [
        ["PATCH", { name: "x" }],
        ["DELETE", undefined],
      ] as const)
        expect((await server.call(method, at, { key, body })).body.code).toBe("forbidden");
      expect((await server.call("GET", "/api/v1/projects/default", { key })).body.code).toBe("not_found");

      expect((await server.call("DELETE", at, { key: ADMIN })).status).toBe(204);
      expect((await server.call("GET", "/api/v1/credentials", { key })).status).toBe(401);
      const late = await person.call("POST", "/api/v1/credentials", playgroundCredential("too late"));
      expect([late.status, late.body.code]).toEqual([404, "not_found"]);
      expect((await person.call("GET", "/session")).body.project).toEqual({ id: "default", name: "Default" });
      expect((await person.call("GET", "/api/v1/credentials")).body.data).toEqual([]);
      expect((await server.call("DELETE", "/api/v1/projects/default", { key: ADMIN })).body.code).toBe("conflict");
    } finally {
      await server.close();
    }
  });
});
