import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { buildRequest, toPathParts } from "../../connector/build-request.ts";
import { createConnectors } from "../../connector/connectors.ts";
import { parseJson, stringifyJson } from "../../connector/exact-json.ts";
import { loadConnector } from "../../connector/manifest.ts";
import {
  createOnce,
  createSeenCursors,
  cursorOf,
  findPageIssues,
  nextCursor,
  recordsOf,
  withCursor,
  withPageSize,
} from "../../connector/pages.ts";
import { createPickLists } from "../../connector/pick-lists.ts";
import { changedBetween, fillFromBefore, mergeReadBack, readBackInput } from "../../connector/read-back.ts";
import type { CompiledOperation, Input, OperationDeclaration } from "../../connector/types.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import type { Access } from "../../store/access.ts";
import { accessTo } from "../support/access.ts";

const connector = loadConnector();
const ID = "5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10";

function operation(request: OperationDeclaration["request"], timeFields: readonly string[] = []): CompiledOperation {
  return {
    ...connector.operation("list_tags"),
    name: "some_operation",
    pathParts: toPathParts(request.path),
    timeFields: new Set(timeFields),
    declaration: { ...connector.operation("list_tags").declaration, request },
  };
}

function refusedAt(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    if (isConnectorError(error, "input_invalid")) return error.details.issues?.[0]?.pointer;
    throw error;
  }
  return undefined;
}

describe("buildRequest", () => {
  it("fills path, query and body by name, in the manifest's order", () => {
    const input = { perform_as: "u1", tags: ["Verified", "ÄÖ"], expand: ["stage", "owner"], opportunity_id: ID };
    const { path, body, method } = buildRequest(connector.operation("add_opportunity_tags"), input);
    expect([method, body]).toEqual(["POST", '{"tags":["Verified","ÄÖ"]}']);
    expect(path).toBe(`/opportunities/${ID}/addTags?perform_as=u1&expand=stage&expand=owner`);
  });

  it("sends no body where the operation has none, and an empty one where nothing of it was given", () => {
    expect(buildRequest(connector.operation("retrieve_opportunity"), { opportunity_id: ID })).toEqual({
      method: "GET",
      path: `/opportunities/${ID}`,
    });
    expect(buildRequest(operation({ method: "POST", path: "/x", body: ["a"] }), {}).body).toBe("{}");
  });

  it.each([
    ["repeats arrays", { tag: ["a b", "c&d=e"] }, "tag=a%20b&tag=c%26d%3De"],
    ["leaves out empty arrays, null and undefined", { tag: [], email: null, origin: undefined }, ""],
    ["spells booleans", { archived: true, snoozed: false }, "archived=true&snoozed=false"],
    ["sends 0", { created_at_start: 0 }, "created_at_start=0"],
    ["turns RFC 3339 text into milliseconds", { created_at_start: "2026-01-01T00:00:00Z" }, "created_at_start=1767225600000"],
    ["honours offsets and fractions", { created_at_start: "2026-01-01t01:00:00.123456+01:00" }, "created_at_start=1767225600123"],
    ["leaves milliseconds alone", { created_at_start: 1767225600123 }, "created_at_start=1767225600123"],
    ["encodes a cursor once more", { offset: "%5B3%2C1767225600123%5D" }, "offset=%255B3%252C1767225600123%255D"],
    ["encodes line breaks and the rest of the text", { location: "a\r\nb: c/?#é" }, "location=a%0D%0Ab%3A%20c%2F%3F%23%C3%A9"],
    ["takes nothing from a prototype", Object.create({ email: "x" }), ""],
  ])("%s", (_name, input: Input, query) => {
    expect(buildRequest(connector.operation("list_opportunities"), input).path).toBe(
      query === "" ? "/opportunities" : `/opportunities?${query}`,
    );
  });

  it("sends fixed parameters first", () => {
    expect(
      buildRequest(operation({ method: "GET", path: "/x", query: ["a"], fixedQuery: { mode: "all", n: 1 } }), { a: "b" }).path,
    ).toBe("/x?mode=all&n=1&a=b");
  });

  it("sends fixed fields of the body, alone or before the others", () => {
    const fixedBody = { reason: null, mode: 1 };
    const path = "/x";
    expect(buildRequest(operation({ method: "PUT", path, fixedBody }), {}).body).toBe('{"reason":null,"mode":1}');
    expect(buildRequest(operation({ method: "PUT", path, body: ["a"], fixedBody }), { a: "b" }).body).toBe(
      '{"reason":null,"mode":1,"a":"b"}',
    );
    expect(buildRequest(connector.operation("unarchive_opportunity"), { opportunity_id: ID }).body).toBe('{"reason":null}');
  });

  it("turns times into milliseconds inside an object too, and changes nothing else of it", () => {
    const create = connector.operation("create_opportunity");
    const archived = { reason: "2026-01-01T00:00:00Z", archivedAt: "2026-01-01T00:00:00Z" };
    const phones = [{ value: "2026-01-01T00:00:00Z" }];
    expect(JSON.parse(buildRequest(create, { createdAt: "1970-01-01T00:00:01Z", archived, phones }).body as string)).toEqual({
      createdAt: 1000,
      archived: { reason: "2026-01-01T00:00:00Z", archivedAt: 1767225600000 },
      phones,
    });
    expect(refusedAt(() => buildRequest(create, { archived: { archivedAt: "2026-13-01T00:00:00Z" } }))).toBe(
      "/archived/archivedAt",
    );
  });

  it.each([
    "",
    ".",
    "..",
    "...",
    "../users",
    "a/../b",
    "..\\x",
    "..%2fusers",
    "%2e%2e",
    "%2E./x",
    "a\u0000b",
    "a\r\nb",
    "\u007f",
    "\ud800",
  ])("refuses %j in a path", (id) => {
    expect(refusedAt(() => buildRequest(connector.operation("retrieve_opportunity"), { opportunity_id: id }))).toBe(
      "/opportunity_id",
    );
  });

  it("refuses a missing path value, half a surrogate pair, an object in the query, and a moment that does not exist", () => {
    expect(refusedAt(() => buildRequest(connector.operation("retrieve_opportunity"), {}))).toBe("/opportunity_id");
    const list = connector.operation("list_opportunities");
    expect(refusedAt(() => buildRequest(list, { email: "\udfff" }))).toBe("/email");
    expect(refusedAt(() => buildRequest(list, { email: { $ne: null } }))).toBe("/email");
    expect(refusedAt(() => buildRequest(list, { updated_at_end: "2026-13-45T99:00:00Z" }))).toBe("/updated_at_end");
  });

  it("never lets an id change origin, path prefix or parameters, and loses nothing of it", () => {
    const base = "https://api.lever.co/v1";
    const add = connector.operation("add_opportunity_tags");
    const part = fc.constantFrom(
      "..",
      ".",
      "/",
      "\\",
      "%2f",
      "%2e",
      "%00",
      "?",
      "#",
      "@",
      ":",
      ";",
      "//evil.example",
      "\r\n",
      " ",
      "é",
      "a",
    );
    const id = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.array(part).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(id, id, (opportunity_id, perform_as) => {
        let path: string;
        try {
          path = buildRequest(add, { opportunity_id, perform_as, tags: ["x"] }).path;
        } catch (error) {
          expect(isConnectorError(error, "input_invalid")).toBe(true);
          return;
        }
        const url = new URL(base + path);
        const [, version, resource, encoded, verb, ...rest] = url.pathname.split("/");
        const seen = [
          url.origin,
          version,
          resource,
          decodeURIComponent(encoded as string),
          verb,
          rest,
          [...url.searchParams],
          url.hash,
          /^[\x21-\x7e]+$/.test(path),
        ];
        expect(seen).toEqual([
          "https://api.lever.co",
          "v1",
          "opportunities",
          opportunity_id,
          "addTags",
          [],
          [["perform_as", perform_as]],
          "",
          true,
        ]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("pages", () => {
  const { pagination } = connector.manifest;

  it("goes on only while the service says so and names where", () => {
    expect(nextCursor(pagination, { data: [], hasNext: true, next: "%5B1%5D" })).toBe("%5B1%5D");
    for (const output of [
      { data: [], hasNext: false },
      { data: [] },
      { data: [], hasNext: false, next: "x" },
      { data: [], hasNext: null, next: "x" },
      null,
      "x",
    ])
      expect(nextCursor(pagination, output)).toBeUndefined();
    for (const next of [undefined, "", null, 7])
      expect(() => nextCursor(pagination, { data: [], hasNext: true, next })).toThrow(
        expect.objectContaining({ code: "upstream_invalid_response" }),
      );
    for (const hasNext of ["true", 1, {}])
      expect(() => nextCursor(pagination, { data: [], hasNext, next: "x" })).toThrow(
        expect.objectContaining({ code: "upstream_invalid_response" }),
      );
  });

  it("continues with everything else unchanged", () => {
    const input = Object.freeze({ tag: ["a"], offset: "old" });
    expect(withCursor(pagination, input, "new")).toEqual({ tag: ["a"], offset: "new" });
    expect(withCursor(pagination, input, undefined)).toBe(input);
    expect([cursorOf(pagination, input), cursorOf(pagination, {}), cursorOf(pagination, { offset: "" })]).toEqual([
      "old",
      undefined,
      undefined,
    ]);
    expect([withPageSize(pagination, {}), withPageSize(pagination, { limit: 5 })]).toEqual([{ limit: 100 }, { limit: 5 }]);
    expect([recordsOf({ data: [1] }), recordsOf({ data: {} }), recordsOf(null)]).toEqual([[1], [], []]);
  });

  it("passes each id once, and everything without an id", () => {
    const once = createOnce();
    expect(once([{ id: "a" }, { id: "b" }, { id: "a" }, { text: "t" }, { text: "t" }])).toEqual([
      { id: "a" },
      { id: "b" },
      { text: "t" },
      { text: "t" },
    ]);
    expect(once([{ id: "b" }, { id: "c" }, 7])).toEqual([{ id: "c" }, 7]);
    const { exact } = parseJson(
      '[{"id":9007199254740993},{"id":9007199254740993},{"id":9007199254740995},null,{"id":null},{"id":null}]',
    );
    expect(once(exact as unknown[]).map((record) => stringifyJson(record))).toEqual([
      '{"id":9007199254740993}',
      '{"id":9007199254740995}',
      "null",
      '{"id":null}',
    ]);
  });

  it("forgets only ids long past when there are too many to remember", () => {
    const once = createOnce(100);
    const ids = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => ({ id: from + i }));
    expect(once(ids(0, 140))).toHaveLength(140);
    expect(once(ids(90, 140))).toHaveLength(0);
    expect(once(ids(0, 10))).toHaveLength(10);
  });
});

describe("a page that does not say what comes after it", () => {
  it("is told by the fields that the manifest names, in whatever style it pages", () => {
    const numbered = {
      style: "number",
      limit: "size",
      maxLimit: 50,
      cursorIn: "page",
      pageOut: "at",
      pagesOut: "of/all",
    } as const;
    const missing = (pointer: string) => ({ pointer, keyword: "required", message: "is required" });
    const { pagination } = connector.manifest;
    expect(findPageIssues(numbered, { at: 1, "of/all": 2 })).toEqual([]);
    expect(findPageIssues(numbered, { data: [] })).toEqual([missing("/at"), missing("/of~1all")]);
    expect(findPageIssues({ style: "none" }, { data: [] })).toEqual([]);
    expect(findPageIssues(pagination, { hasNext: false })).toEqual([]);
    expect(findPageIssues(pagination, { hasNext: true, next: "x" })).toEqual([]);
    expect(findPageIssues(pagination, { next: "x" })).toEqual([missing("/hasNext")]);
  });
});

describe("cursors seen before", () => {
  it("are recognised however long ago, in bounded memory", () => {
    for (const [tail, length] of [
      [0, 1],
      [0, 2],
      [7, 5],
      [0, 40],
      [100, 63],
    ] as const) {
      const isRepeated = createSeenCursors(undefined, 8);
      const at = (step: number) => (step < tail ? `t${step}` : `c${(step - tail) % length}`);
      let step = 0;
      while (step < 1000 && !isRepeated(at(step))) step += 1;
      expect(step).toBeGreaterThanOrEqual(tail + length);
      expect(step).toBeLessThanOrEqual(length <= 8 ? tail + length : 4 * (tail + length));
    }
  });

  it("are never seen in a crawl whose cursors all differ, however long it is", () => {
    const isRepeated = createSeenCursors("start", 8);
    for (let i = 0; i < 5_000; i++) expect(isRepeated(`c${i}`)).toBe(false);
    expect([isRepeated("c4999"), isRepeated("c4992"), isRepeated("c4991")]).toEqual([true, true, false]);
  });
});

describe("read-back", () => {
  it("reads the record that was written, with what matters of the input", () => {
    const add = connector.operation("add_opportunity_tags");
    const { readBack } = add.declaration;
    expect(readBackInput(add, { opportunity_id: ID, tags: ["a"], perform_as: "u", expand: ["stage"] })).toEqual({
      operation: "retrieve_opportunity",
      input: { opportunity_id: ID, expand: ["stage"] },
    });
    expect(readBackInput(add, { opportunity_id: ID, tags: ["a"] })).toEqual({
      operation: readBack?.operation,
      input: { opportunity_id: ID },
    });
    expect(readBackInput(connector.operation("list_tags"), {})).toBeUndefined();
  });

  it("reads what was created by the id in the answer, and nothing where there is none", () => {
    const create = connector.operation("create_opportunity");
    expect(readBackInput(create, { name: "x" }, { deduped: false, data: { id: ID } })).toEqual({
      operation: "retrieve_opportunity",
      input: { opportunity_id: ID },
    });
    for (const written of [undefined, {}, { data: {} }, { data: null }, { data: [] }])
      expect(readBackInput(create, { name: "x" }, written)).toBeUndefined();
  });

  it("does not tell what changed where the service spelled it in a way of its own", () => {
    const add = connector.operation("add_opportunity_links");
    const record = (...links: string[]) => ({ data: { id: ID, links } });
    const input = { opportunity_id: ID, links: ["example.com"] };
    expect(
      changedBetween(add, input, record("https://a.example"), record("https://a.example", "http://example.com")),
    ).toBeUndefined();
    expect(changedBetween(add, input, record("example.com"), record("example.com"))).toEqual({
      field: "links",
      added: [],
      removed: [],
    });
  });

  it("takes over the record, keeps what is beside it, and ignores another record", () => {
    const written = { deduped: true, data: { id: "1", name: "" } };
    expect(mergeReadBack(written, { data: { id: "1", name: "Nadia Example" } })).toEqual({
      deduped: true,
      data: { id: "1", name: "Nadia Example" },
    });
    for (const read of [{ data: { id: "2" } }, { data: [] }, null, {}, "x"]) expect(mergeReadBack(written, read)).toBe(written);
  });

  const add = () => connector.operation("add_opportunity_tags");
  const tagged = (...tags: string[]) => ({ data: { id: "1", tags } });

  it("tells by the states before and after which of the values made a difference, and none of other people's", () => {
    const input = { tags: ["a", "b", "c"] };
    expect(changedBetween(add(), input, tagged("a", "c", "theirs"), tagged("a", "b", "others"))).toEqual({
      field: "tags",
      added: ["b"],
      removed: ["c"],
    });
  });

  it("claims no change where one of the states is missing, of another record or no list", () => {
    const [input, known] = [{ tags: ["a"] }, tagged("b")];
    for (const state of [undefined, null, {}, { data: [] }, { data: { id: "2", tags: [] } }, { data: { id: "1", tags: "a" } }]) {
      expect(changedBetween(add(), input, state, known)).toBeUndefined();
      expect(changedBetween(add(), input, known, state)).toBeUndefined();
    }
    expect(changedBetween(add(), { tags: "a" }, known, known)).toBeUndefined();
    expect(changedBetween(connector.operation("retrieve_opportunity"), input, known, known)).toBeUndefined();
  });

  it("fills what the write's answer leaves empty from the record before, and nothing else", () => {
    const before = { data: { id: "1", name: "Nadia Example", phones: [{ value: "1" }], tags: ["old"], owner: "o" } };
    const written = { deduped: true, data: { id: "1", name: "", phones: [], emails: [], tags: ["new"], owner: "p" } };
    expect(fillFromBefore(add(), written, before)).toEqual({
      deduped: true,
      data: { id: "1", name: "Nadia Example", phones: [{ value: "1" }], emails: [], tags: ["new"], owner: "p" },
    });
    expect(written.data.name).toBe("");
    for (const read of [{ data: { id: "2" } }, { data: [] }, null, undefined])
      expect([fillFromBefore(add(), written, read), fillFromBefore(add(), read, before)]).toEqual([undefined, undefined]);
  });
});

describe("pick lists", () => {
  const reasons = [
    { id: "r1", text: "Timing", status: "active", type: "non-hired" },
    { id: "r2", text: "Old reason", status: "inactive", type: "non-hired" },
    { id: "r3", text: "Hired", status: "active", type: "hired" },
    { id: "r3", text: "Hired again", status: "active", type: "hired" },
    { text: "no id", status: "active" },
    null,
  ];

  function pickLists(pages: Record<string, readonly (readonly unknown[])[]>, more: { ttlMs?: number; maxLists?: number } = {}) {
    const asked: string[] = [];
    let time = 0;
    let failure: Error | undefined;
    const all = async function* ({ project }: Access, credential: string, name: string, input: Input) {
      asked.push([project, credential, name, JSON.stringify(input)].join(" "));
      if (failure !== undefined) throw failure;
      for (const page of pages[name] ?? []) {
        await Promise.resolve();
        yield page;
      }
    };
    const lists = createPickLists({ connectors: createConnectors([connector]), all, reach, now: () => time, ...more });
    return { lists, asked, later: (ms: number) => (time += ms), fail: (error?: Error) => (failure = error) };
  }
  const reach = async () => ({ connector: "lever" });
  const query = { access: accessTo("p1"), credential: "c1", list: "archive_reasons" };

  it("offers all pages as value and label, usable ones only, each once", async () => {
    const { lists, asked } = pickLists({
      list_archive_reasons: [reasons.slice(0, 2), reasons.slice(2)],
      list_tags: [[{ text: "Full-time", count: 9 }]],
    });
    expect(await lists.options(query)).toEqual({
      data: [
        { value: "r1", label: "Timing", detail: "non-hired" },
        { value: "r3", label: "Hired", detail: "hired" },
      ],
      count: 2,
      leftOut: 2,
      fetchedAt: "1970-01-01T00:00:00.000Z",
    });
    expect((await lists.options({ ...query, list: "tags" })).data).toEqual([
      { value: "Full-time", label: "Full-time", detail: "9" },
    ]);
    expect(asked[0]).toBe('p1 c1 list_archive_reasons {"limit":100}');
    for (const list of ["nope", "constructor"])
      await expect(lists.options({ ...query, list })).rejects.toMatchObject({ code: "not_found" });
  });

  it("searches label, detail and value in whatever case, and counts what it cuts", async () => {
    const { lists } = pickLists({ list_archive_reasons: [reasons] });
    const found = async (search: string) => (await lists.options({ ...query, search })).data.map((option) => option.value);
    expect([await found("TIM"), await found("hired"), await found(" R3 "), await found("zzz"), await found("  ")]).toEqual([
      ["r1"],
      ["r1", "r3"],
      ["r3"],
      [],
      ["r1", "r3"],
    ]);
    expect(await lists.options({ ...query, limit: 1 })).toMatchObject({ data: [{ value: "r1" }], count: 2 });
  });

  it("finds a name however it and the search are composed", async () => {
    const { lists } = pickLists({ list_archive_reasons: [[{ id: "r9", text: "Cafe\u0301 Straße", status: "active" }]] });
    const found = async (search: string) => (await lists.options({ ...query, search })).count;
    expect([await found("caf\u00e9"), await found("CAFE\u0301"), await found("strasse"), await found("ｃａｆｅ")]).toEqual([
      1, 1, 1, 1,
    ]);
  });

  it("asks anew where the clock was set back by two hours since", async () => {
    const { lists, asked, later } = pickLists({ list_archive_reasons: [reasons] }, { ttlMs: 1000 });
    await lists.options(query);
    later(-7_200_000);
    await lists.options(query);
    expect(asked).toHaveLength(2);
    later(999);
    await lists.options(query);
    expect(asked).toHaveLength(2);
  });

  it("asks once for all who ask together, remembers for a while, and says how old it is", async () => {
    const { lists, asked, later } = pickLists({ list_archive_reasons: [reasons] }, { ttlMs: 1000 });
    await Promise.all([lists.options(query), lists.options({ ...query, search: "x" }), lists.options(query)]);
    expect(asked).toHaveLength(1);
    later(999);
    expect((await lists.options(query)).fetchedAt).toBe("1970-01-01T00:00:00.000Z");
    await lists.options({ ...query, credential: "c2" });
    await lists.options({ ...query, access: accessTo("p2") });
    expect(asked).toHaveLength(3);
    later(1);
    expect((await lists.options(query)).fetchedAt).toBe("1970-01-01T00:00:01.000Z");
    await lists.options({ ...query, refresh: true });
    expect(asked).toHaveLength(5);
  });

  it("counts the age of a list from the end of its reading, however long that takes", async () => {
    let time = 0;
    const asked: unknown[] = [];
    const all = async function* () {
      asked.push(time);
      time += 5_000;
      yield reasons;
    };
    const lists = createPickLists({ connectors: createConnectors([connector]), all, reach, now: () => time, ttlMs: 1_000 });
    const first = await lists.options(query);
    time += 999;
    expect(await lists.options(query)).toEqual(first);
    expect([first.fetchedAt, asked]).toEqual(["1970-01-01T00:00:05.000Z", [0]]);
    time += 1;
    await lists.options(query);
    expect(asked).toEqual([0, 6_000]);
  });

  it("does not remember a failure, forgets on demand, and never holds more lists than it may", async () => {
    const { lists, asked, fail } = pickLists({ list_archive_reasons: [reasons] }, { maxLists: 2 });
    fail(new Error("down"));
    await expect(lists.options(query)).rejects.toThrow("down");
    fail();
    await lists.options(query);
    expect(asked).toHaveLength(2);
    lists.forget(accessTo("p1"), "c1");
    await lists.options(query);
    await lists.options({ ...query, credential: "c2" });
    await lists.options(query);
    expect(asked).toHaveLength(4);
    await lists.options({ ...query, credential: "c3" });
    await lists.options(query);
    expect(asked).toHaveLength(5);
    await lists.options({ ...query, credential: "c2" });
    expect(asked).toHaveLength(6);
  });
});
