import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createApiKeys } from "../../app/api-keys.ts";
import { createProjects } from "../../app/projects.ts";
import { reveal } from "../../sealing/secret.ts";
import type { DocumentStore } from "../../store/document-store.ts";
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

  it("is not given twice where two ask for it at the same moment", async () => {
    let waiting = 0;
    let release = () => {};
    const bothLooked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const together: DocumentStore = {
      ...store,
      // Each has looked and found nobody; only then both are written.
      async insert(collection, document) {
        waiting += 1;
        if (waiting === 2) release();
        await bothLooked;
        return store.insert(collection, document);
      },
    };
    const projects = createProjects({ store: together });
    const both = await Promise.allSettled([projects.create("At once"), projects.create("at ONCE")]);
    const kept = (await projects.list()).filter(({ name }) => name.toLowerCase() === "at once");
    expect(kept.length).toBeLessThanOrEqual(1);
    expect(both.filter(({ status }) => status === "fulfilled")).toHaveLength(kept.length);
    if (kept.length === 0) expect(await createProjects({ store }).create("At once")).toMatchObject({ name: "At once" });
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
