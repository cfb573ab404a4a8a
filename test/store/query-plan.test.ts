import { describe, expect, it } from "@jest/globals";
import { COLLECTIONS, type CollectionDeclaration, type CollectionName } from "../../store/collections.ts";
import { EVERY_PROJECT, storeTime } from "../../store/document-store.ts";
import { afterRuns, physicalIndexes, planQuery, type Term, toLimit, toTerms } from "../../store/query-plan.ts";

const plan = (where: object, sort?: string[], scope: string | typeof EVERY_PROJECT = "p") => {
  const { index, order, descending } = planQuery("credentials", toTerms("credentials", scope, where as never), sort);
  return `${index.name}: ${descending ? "-" : ""}${order.join(", ")}`;
};

describe("the index of a query", () => {
  it.each<[object, string[] | undefined, string]>([
    [{}, undefined, "primary: id"],
    [{ id: "x" }, undefined, "primary: "],
    [{ id: { in: ["x"] } }, undefined, "primary: "],
    [{ id: { gt: "x" } }, undefined, "primary: id"],
    [{}, ["id"], "primary: id"],
    [{}, ["-id"], "primary: -id"],
    [{}, ["createdAtMs"], "byProject: createdAtMs, id"],
    [{}, ["-createdAtMs"], "byProject: -createdAtMs, id"],
    [{}, ["-createdAtMs", "-id"], "byProject: -createdAtMs, id"],
    [{ createdAtMs: { gt: 1 } }, undefined, "byProject: createdAtMs, id"],
    [{ createdAtMs: { gt: 1, lte: 5 } }, ["createdAtMs"], "byProject: createdAtMs, id"],
    [{ createdAtMs: 1 }, ["id"], "byProject: id"],
    [{ owner: "a" }, undefined, "byOwner: createdAtMs, id"],
    [{ owner: "a" }, ["owner", "createdAtMs"], "byOwner: createdAtMs, id"],
    [{ owner: "a", createdAtMs: { lt: 5 } }, ["-createdAtMs"], "byOwner: -createdAtMs, id"],
    [{ owner: { in: ["a", null] } }, undefined, "byOwner: createdAtMs, id"],
    [{ owner: "a", nickname: "n" }, undefined, "byNickname: id"],
    [{ nickname: "n" }, undefined, "byName: id"],
    [{ sealedKid: "k" }, ["id"], "byKey: id"],
  ])("%j sorted by %j", (where, sort, expected) => {
    expect(plan(where, sort)).toBe(expected);
  });

  it("of every project is one that begins with what is asked for", () => {
    expect(plan({ id: "x" }, undefined, EVERY_PROJECT)).toBe("byId: project");
    expect(plan({ sealedKid: "k" }, ["id"], EVERY_PROJECT)).toBe("byKey: id, project");
    expect(plan({}, undefined, EVERY_PROJECT)).toBe("primary: project, id");
    expect(() => plan({ nickname: "n" }, undefined, EVERY_PROJECT)).toThrow("nickname");
  });

  it.each<[object, string[] | undefined]>([
    [{ status: "healthy" }, undefined],
    [{ environment: "e" }, undefined],
    [{ owner: "a", environment: "e" }, undefined],
    [{ owner: { gt: "a" }, createdAtMs: { gt: 1 } }, undefined],
    [{ owner: { gt: "a" } }, ["createdAtMs"]],
    [{ refreshFence: { gt: 1 } }, undefined],
    [{}, ["nickname", "createdAtMs"]],
    [{}, ["owner"]],
    [{}, ["createdAtMs", "-id"]],
    [{}, ["-createdAtMs", "id"]],
    [{ owner: "a" }, ["id"]],
  ])("is missing, and that is said, for %j sorted by %j", (where, sort) => {
    expect(() => plan(where, sort)).toThrow(/no index of credentials/);
  });

  it("names what was asked for where there is none", () => {
    expect(() => plan({ status: "healthy" }, ["nickname"])).toThrow("(project, status) sorted by (nickname)");
    expect(() => planQuery("turns", [], ["fence"])).toThrow("(none) sorted by (fence)");
  });
});

describe("the conditions of a query", () => {
  it("are checked against the declared fields and types", () => {
    const terms = (where: object) => toTerms("turns", "p", where as never);
    expect(terms({ fence: 1, leaseOwner: null })).toEqual([
      { kind: "equal", field: "project", value: "p" },
      { kind: "equal", field: "fence", value: 1 },
      { kind: "equal", field: "leaseOwner", value: null },
    ]);
    expect(terms({ fence: { in: [1, 1, null] } })[1]).toEqual({ kind: "in", field: "fence", values: [1, null] });
    expect(terms({ fence: { gt: 1, lt: undefined } })).toHaveLength(2);
    expect(terms({ fence: { gt: storeTime(5) } })[1]).toMatchObject({ operator: "gt", value: storeTime(5) });
    for (const wrong of [
      { secret: "x" },
      { fence: "1" },
      { fence: true },
      { fence: Number.NaN },
      { fence: undefined },
      { fence: {} },
      { fence: { gt: undefined } },
      { fence: { ne: 1 } },
      { fence: { gt: "1" } },
      { fence: { gt: null } },
      { fence: { gt: true } },
      { fence: { in: ["1"] } },
      { fence: { in: [undefined] } },
      { leaseOwner: { gt: storeTime() } },
      { leaseOwner: { gt: 1 } },
      { constructor: "x" },
    ])
      expect(() => terms(wrong)).toThrow(/turns\./);
    for (const scope of ["", undefined, 7]) expect(() => toTerms("turns", scope as never)).toThrow("project");
    expect(toTerms("turns", EVERY_PROJECT)).toEqual([]);
  });

  it("limit a page to a hundred by default", () => {
    expect([toLimit(), toLimit(1), toLimit(1_000)]).toEqual([100, 1, 1_000]);
    for (const limit of [0, -1, 1_001, 1.5, Number.NaN]) expect(() => toLimit(limit)).toThrow("limit");
  });
});

describe("the way on behind a document", () => {
  const runs = (sort: string[], after: object, where: object = {}) =>
    afterRuns("credentials", planQuery("credentials", toTerms("credentials", "p", where as never), sort), after as never);
  const text = (terms: Term[][]) =>
    terms.map((run) =>
      run
        .map((term) =>
          "value" in term
            ? `${term.field} ${term.kind === "range" ? term.operator : "is"} ${term.value}`
            : `${term.field} ${term.kind}`,
        )
        .join(" and "),
    );

  it("goes from what equals it in all but the last field to what equals it in fewer", () => {
    expect(text(runs(["createdAtMs"], { createdAtMs: 5, id: "x" }))).toEqual([
      "createdAtMs is 5 and id gt x",
      "createdAtMs gt 5",
    ]);
    expect(text(runs(["-createdAtMs"], { createdAtMs: 5, id: "x" }))).toEqual([
      "createdAtMs is 5 and id lt x",
      "createdAtMs lt 5",
      "createdAtMs is null",
    ]);
    expect(text(runs(["createdAtMs"], { createdAtMs: null, id: "x" }))).toEqual([
      "createdAtMs is null and id gt x",
      "createdAtMs present",
    ]);
    expect(text(runs(["-createdAtMs"], { createdAtMs: null, id: "x" }))).toEqual(["createdAtMs is null and id lt x"]);
    expect(afterRuns("credentials", planQuery("credentials", []), undefined)).toEqual([[]]);
  });

  it("needs every field of the order, of its type", () => {
    expect(() => runs(["createdAtMs"], { id: "x" })).toThrow('"after" must hold createdAtMs');
    expect(() => runs(["createdAtMs"], { createdAtMs: 1 })).toThrow('"after" must hold id');
    expect(() => runs(["createdAtMs"], { createdAtMs: "1", id: "x" })).toThrow("createdAtMs");
  });
});

describe("the declared collections", () => {
  const names = Object.keys(COLLECTIONS) as CollectionName[];

  it("index only fields that they declare, and every index holds the primary key", () => {
    for (const name of names) {
      const fields: string[] = ["id", "project", ...Object.keys(COLLECTIONS[name].fields)];
      for (const index of physicalIndexes(name)) {
        expect([name, index.name, index.fields.filter((field) => !fields.includes(field))]).toEqual([name, index.name, []]);
        expect(index.fields).toEqual(expect.arrayContaining(["id", "project"]));
        expect(new Set(index.fields).size).toBe(index.fields.length);
      }
      expect(Object.values(COLLECTIONS[name].fields).filter((type) => type !== "string" && type !== "number")).toEqual([]);
    }
  });

  it("say which keys are unique, what is sealed, and what sweeps and rotation look for", () => {
    const unique = names.flatMap((name) =>
      physicalIndexes(name).flatMap((index) => (index.unique ? [[name, ...index.unique]] : [])),
    );
    expect(unique).toEqual([
      ["credentials", "project", "owner", "nickname"],
      ["oauthApps", "project", "environment"],
      ["apiKeys", "hash"],
      ["workflows", "project", "name"],
      ["destinations", "project", "name"],
      ["endpoints", "project", "name"],
    ]);
    const declared: Readonly<Record<string, CollectionDeclaration>> = COLLECTIONS;
    const sealed = Object.entries(declared).flatMap(([name, { sealed }]) => (sealed ? [[name, ...Object.keys(sealed)]] : []));
    expect(sealed).toEqual([
      ["credentials", "secret"],
      ["oauthFlows", "verifier"],
      ["oauthApps", "clientSecret"],
      ["writes", "answer", "changed"],
      ["runs", "trigger", "toldSealed"],
      ["runSteps", "sealed"],
      ["destinations", "secret", "previousSecret"],
      ["messages", "body"],
      ["endpoints", "settings", "previousSettings"],
      ["deliveries", "body"],
      ["meta", "value"],
    ]);
    const served = (collection: CollectionName, where: object) =>
      planQuery(collection, toTerms(collection, EVERY_PROJECT, where as never)).index.name;
    for (const [name] of sealed) expect(served(name as CollectionName, { sealedKid: "k" })).toBe("byKey");
    for (const name of ["oauthFlows", "sessions", "writes", "turns"] as const)
      expect(served(name, { expiresAtMs: { lte: storeTime() } })).toBe("byExpiry");
    expect(served("apiKeys", { hash: "h" })).toBe("byHash");
    expect(served("oauthFlows", { stateHash: "h" })).toBe("byState");
    expect(served("oauthFlows", { ticketHash: "h" })).toBe("byTicket");
  });
});
