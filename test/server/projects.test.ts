import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createApiKeys } from "../../app/api-keys.ts";
import { createProjects } from "../../app/projects.ts";
import { reveal } from "../../sealing/secret.ts";
import { type DocumentStore, EVERY_PROJECT } from "../../store/document-store.ts";
import { failure, openTestStore } from "../credentials/setup.ts";
import { accessTo } from "../support/access.ts";

let store: DocumentStore;
let close: () => Promise<void>;
beforeAll(async () => {
  ({ store, close } = await openTestStore());
});
afterAll(() => close());

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
    expect((await projects.list()).filter(({ name }) => name.endsWith(" 9")).map((one) => one.id)).toEqual([id]);
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
    const kept = (await createProjects({ store }).list()).filter(({ name }) => name.toLowerCase() === "at once");
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
    expect((await createProjects({ store }).list()).filter(({ name }) => /^slow$/i.test(name))).toMatchObject([{ name: "Slow" }]);
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
