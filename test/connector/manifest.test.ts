import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { loadConnector } from "../../connector/manifest.ts";
import { packageRoot } from "../../connector/package-root.ts";
import { readFrom } from "../../connector/read-json-file.ts";
import type { CompiledOperation, Environment, Input } from "../../connector/types.ts";
import { validateManifest } from "../../connector/validate-manifest.ts";
import { createAjv } from "../../connector/validator.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import { toIssues } from "../../json-schema/issues.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { createSchemaResolver } from "../../json-schema/resolve-schema.ts";

const connector = loadConnector();
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder with these schema files. */
function schemaFolder(files: Record<string, unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), "connector-"));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

type Json = Record<string, unknown>;

/** A copy of the package's own data with a changed manifest. */
function changedPackage(
  change: (manifest: { operations: Record<string, Record<string, Json>>; [name: string]: unknown }) => void,
): string {
  const folder = schemaFolder({});
  cpSync(join(packageRoot(), "schemas"), join(folder, "schemas"), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(packageRoot(), "manifest.json"), "utf8"));
  change(manifest);
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  return folder;
}

function refusal(call: () => void) {
  try {
    call();
  } catch (error) {
    if (isConnectorError(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

const issuesOf = (operation: string, input: unknown) =>
  refusal(() => {
    const compiled = connector.operations.get(operation);
    compiled?.checkInput(input);
  }).details.issues ?? [];

describe("loading the connector", () => {
  it("offers every operation of the manifest, and no other", () => {
    expect([...connector.operations.keys()]).toEqual(Object.keys(connector.manifest.operations));
    expect(connector.operation("list_opportunities").effect).toBe("read");
    for (const name of ["nope", "constructor", "__proto__"])
      expect(refusal(() => connector.operation(name)).code).toBe("not_found");
  });

  it("resolves every reference: none is left in what callers see", () => {
    expect(JSON.stringify(connector.resolved)).not.toContain('"$ref"');
    for (const operation of connector.operations.values())
      expect(JSON.stringify([operation.inputSchema, operation.outputSchema])).not.toContain('"$ref"');
    const { operations } = connector.resolved as { operations: Record<string, { input: JsonSchema }> };
    expect(operations.add_opportunity_tags?.input).toEqual(connector.operation("add_opportunity_tags").inputSchema);
  });

  it("adds environments of the configuration and keeps the manifest's own safe", () => {
    const playground = {
      title: "Playground",
      api: "http://127.0.0.1:3001/v1/",
      authorize: "http://127.0.0.1:3001/authorize",
      token: "http://127.0.0.1:3001/oauth/token",
      audience: "x",
    };
    const loaded = loadConnector({ environments: { playground } });
    expect(loaded.environment("playground").api).toBe("http://127.0.0.1:3001/v1");
    expect(loaded.environment("production").api).toBe("https://api.lever.co/v1");
    expect(connector.environments.playground).toBeUndefined();
    for (const name of ["playground", "toString"])
      expect(refusal(() => connector.environment(name)).code).toBe("environment_unknown");
    const refused: [string, Partial<Environment>][] = [
      ["production", {}],
      ["Bad Name", {}],
      ["x", { api: "ftp://127.0.0.1/v1" }],
      ["x", { api: "https://user:pass@api.lever.co/v1" }],
      ["x", { api: "https://api.lever.co/v1?x=1" }],
      ["x", { token: "not an address" }],
    ];
    for (const [name, change] of refused)
      expect(refusal(() => loadConnector({ check: false, environments: { [name]: { ...playground, ...change } } })).code).toBe(
        "config_invalid",
      );
  });

  it("stops with the places when the manifest does not match its schema", () => {
    const root = changedPackage((manifest) => {
      manifest.rateLimit = { perSecond: "ten" };
      manifest.surprise = 1;
    });
    const error = refusal(() => loadConnector({ root }));
    expect(error.code).toBe("manifest_invalid");
    expect(error.details.issues?.map((issue) => issue.pointer)).toEqual(
      expect.arrayContaining(["/surprise", "/rateLimit/perSecond", "/rateLimit/burst"]),
    );
    const broken = schemaFolder({ "manifest.json": "{" });
    expect(refusal(() => loadConnector({ root: broken })).code).toBe("manifest_invalid");
  });

  it("treats an operation without an effect as one that must not be repeated", () => {
    const root = changedPackage((manifest) => {
      delete manifest.operations.add_opportunity_tags?.effect;
    });
    expect(loadConnector({ root, check: false }).operation("add_opportunity_tags").effect).toBe("create");
  });
});

describe("resolving references", () => {
  it("follows files, fragments and siblings, and shares what it resolved", () => {
    const root = schemaFolder({
      "schemas/a.json": {
        $id: "x:a",
        type: "object",
        properties: {
          b: { $ref: "sub/b.json", description: "mine" },
          c: { $ref: "#/$defs/c~1d" },
          e: { $ref: "sub/b.json", minLength: 2 },
        },
        $defs: { "c/d": { type: "integer" } },
      },
      "schemas/sub/b.json": { $schema: "y", type: "string", description: "theirs" },
    });
    const resolver = createSchemaResolver(readFrom(root));
    expect(resolver.resolve({ $ref: "schemas/a.json" })).toEqual({
      type: "object",
      properties: {
        b: { type: "string", description: "mine" },
        c: { type: "integer" },
        e: { minLength: 2, allOf: [{ type: "string", description: "theirs" }] },
      },
    });
    expect(resolver.resolve({ $ref: "schemas/a.json" })).toBe(resolver.resolve({ $ref: "schemas/a.json" }));
    expect(resolver.resolve({ properties: { $id: { type: "string" }, $ref: { type: "string" } } })).toEqual({
      properties: { $id: { type: "string" }, $ref: { type: "string" } },
    });
  });

  it("refuses references that lead nowhere, outside, or in a circle", () => {
    const root = schemaFolder({
      "outside.json": {},
      "schemas/circle.json": { properties: { again: { $ref: "circle.json" } } },
      "schemas/broken.json": "{",
      "schemas/a.json": { type: "object" },
    });
    const resolver = createSchemaResolver(readFrom(root));
    for (const $ref of [
      "schemas/missing.json",
      "schemas/a.json#/nope",
      "outside.json",
      "schemas/../../etc.json",
      "schemas/circle.json",
      "schemas/broken.json",
      "schemas/a.json#/constructor",
    ]) {
      expect([$ref, refusal(() => resolver.resolve({ $ref })).code]).toEqual([$ref, "manifest_invalid"]);
    }
  });
});

describe("checking input", () => {
  const tags = (value: unknown) => ({ opportunity_id: "5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10", tags: value });

  it("names the missing property and the unknown one, never a value", () => {
    const issues = issuesOf("add_opportunity_tags", { tags: ["canary"], "a/b~c": "canary", opportunity_id: ["canary"] });
    expect(issues).toContainEqual({ pointer: "/a~1b~0c", keyword: "additionalProperties", message: "is not a known property" });
    expect(issues).toContainEqual({ pointer: "/opportunity_id", keyword: "type", message: "must be string" });
    expect(JSON.stringify(issues)).not.toContain("canary");
    expect(issuesOf("retrieve_opportunity", {})).toEqual([
      { pointer: "/opportunity_id", keyword: "required", message: "is required" },
    ]);
    expect(issuesOf("add_opportunity_tags", tags([]))).toEqual([
      expect.objectContaining({ pointer: "/tags", keyword: "minItems" }),
    ]);
    expect(issuesOf("add_opportunity_tags", tags(["a", 7]))).toEqual([
      expect.objectContaining({ pointer: "/tags/1", keyword: "type" }),
    ]);
  });

  it("refuses what is no plain object, and prototype keys", () => {
    for (const input of [
      null,
      undefined,
      [],
      "text",
      7,
      true,
      () => {},
      new Date(),
      Object.create({ opportunity_id: "x" }),
      new Map(),
    ]) {
      expect(issuesOf("retrieve_opportunity", input)).toEqual([{ pointer: "", keyword: "type", message: "must be object" }]);
    }
    const hostile = JSON.parse(
      '{"opportunity_id":"x","__proto__":{"expand":["stage"]},"constructor":1,"prototype":2,"hasOwnProperty":3}',
    );
    expect(
      issuesOf("retrieve_opportunity", hostile)
        .map((issue) => issue.pointer)
        .sort(),
    ).toEqual(["/__proto__", "/constructor", "/hasOwnProperty", "/prototype"]);
    expect(({} as Json).expand).toBeUndefined();
  });

  it("never changes what it is given", () => {
    const input = Object.freeze({ limit: 5, tag: Object.freeze(["a"]) });
    const compiled = connector.operations.get("list_opportunities");
    compiled?.checkInput(input);
    expect(input).toEqual({ limit: 5, tag: ["a"] });
  });

  it("does not go through a huge input to name every violation", () => {
    const many = Array.from({ length: 50_000 }, () => 7);
    const names = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`x${i}`, i]));
    expect(issuesOf("add_opportunity_tags", tags(many))).toEqual([
      expect.objectContaining({ pointer: "/tags", keyword: "maxItems" }),
    ]);
    expect(issuesOf("list_opportunities", { tag: many })).toEqual([
      expect.objectContaining({ pointer: "/tag", keyword: "maxItems" }),
    ]);
    const unknown = issuesOf("add_opportunity_tags", { ...tags([7]), ...names });
    expect(unknown.map((issue) => issue.keyword)).toEqual(Array(20).fill("additionalProperties"));
  });

  it("survives anything, for every operation", () => {
    const operations: CompiledOperation[] = [...connector.operations.values()];
    fc.assert(
      fc.property(
        fc.constantFrom<CompiledOperation>(...operations),
        fc.anything({ withNullPrototype: true, withDate: true, withMap: true, withBigInt: true }),
        (operation: CompiledOperation, input) => {
          try {
            operation.checkInput(input);
          } catch (error) {
            if (!isConnectorError(error, "input_invalid") || !error.details.issues?.length) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("knows the fields that are moments in time", () => {
    const names = ["created", "updated", "advanced", "archived"].flatMap((name) => [`${name}_at_start`, `${name}_at_end`]);
    expect([...connector.operation("list_opportunities").timeFields].sort()).toEqual(names.sort());
    expect(connector.operation("list_tags").timeFields.size).toBe(0);
  });
});

describe("checking answers", () => {
  const record = { id: "5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10", name: "Nadia Example", contact: "c1", tags: ["Verified"] };
  const deviations = (data: unknown, input: Input = {}, name = "retrieve_opportunity") =>
    connector.operation(name).checkOutput({ data, ...(name.startsWith("list_") && { hasNext: false }) }, input);
  const places = (data: unknown, input: Input = {}) => deviations(data, input)?.issues.map(({ pointer }) => pointer) ?? [];

  it("forgives a field that is null or missing, at any depth, and notes its wrong type and a record without an id", () => {
    expect(places(record)).toEqual([]);
    for (const field of ["name", "contact", "tags", "phones", "urls", "createdAt"])
      expect([field, places({ ...record, [field]: null })]).toEqual([field, []]);
    expect(places({ ...record, urls: { show: null }, stageChanges: [{ toStageId: null }] })).toEqual([]);
    expect(places({ ...record, contact: { id: "c1", location: { name: null } } })).toEqual([]);
    expect(places({ ...record, createdAt: "yesterday" })).toEqual(["/data/createdAt"]);
    expect(places({ ...record, tags: [null], createdAt: [] })).toEqual(["/data/tags/0", "/data/createdAt"]);
    expect(places({ ...record, id: null })).toEqual(["/data/id"]);
    expect(places({ name: "Nadia Example" })).toEqual(["/data/id"]);
  });

  it("forgives a missing id only where less was asked for", () => {
    expect(places({ tags: ["Verified"] }, { include: ["tags"] })).toEqual([]);
    expect(places({ tags: "Verified" }, { include: ["tags"] })).toEqual(["/data/tags"]);
  });

  it("counts what is wrong in each record of a list, and tells the first ten places", () => {
    const list = Array.from({ length: 30 }, (_, at) => (at % 2 === 0 ? record : { ...record, headline: at, origin: {} }));
    const found = deviations([...list, null, "x"], {}, "list_opportunities");
    expect(found?.count).toBe(32);
    expect(found?.issues).toHaveLength(10);
    expect(found?.issues.slice(0, 3).map(({ pointer }) => pointer)).toEqual([
      "/data/1/headline",
      "/data/1/origin",
      "/data/3/headline",
    ]);
    expect(deviations([record], {}, "list_opportunities")).toBeUndefined();
    const page = connector.operation("list_opportunities").checkOutput({ data: [record, record], hasNext: "no" }, {});
    expect(page).toMatchObject({ count: 1, issues: [{ pointer: "/hasNext" }] });
  });

  it("does not go through a record that is huge to name everything that is wrong", () => {
    const many = Array.from({ length: 400_000 }, () => 7);
    const started = performance.now();
    expect(deviations([record, { ...record, tags: many }], {}, "list_opportunities")).toEqual({
      count: 1,
      issues: [{ pointer: "/data/1", keyword: "size", message: "holds more than 10000 values and was not checked" }],
    });
    expect(deviations({ ...record, tags: many })?.issues[0]?.pointer).toBe("/data");
    // The record, its four fields, one of them a list, and what is in the list.
    const holding = (values: number) => deviations({ ...record, tags: many.slice(0, values - 5) })?.issues[0]?.keyword;
    expect([holding(10_000), holding(10_001)]).toEqual(["type", "size"]);
    expect(deviations({ ...record, tags: many.slice(0, 9_000) })?.count).toBe(50);
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it("refuses what holds no record or list where one must be", () => {
    for (const [name, data] of [
      ["retrieve_opportunity", null],
      ["retrieve_opportunity", []],
      ["list_opportunities", {}],
      ["list_opportunities", undefined],
    ] as const)
      expect(() => deviations(data, { include: ["tags"] }, name)).toThrow(
        expect.objectContaining({
          code: "upstream_invalid_response",
          details: { issues: [expect.objectContaining({ pointer: "/data" })] },
        }),
      );
    expect(() => connector.operation("list_tags").checkOutput([], {})).toThrow(
      expect.objectContaining({ code: "upstream_invalid_response" }),
    );
  });
});

describe("toIssues", () => {
  const validate = (schema: JsonSchema, value: unknown) => {
    const check = createAjv({ allErrors: true }).compile(schema);
    check(value);
    return toIssues(check.errors);
  };

  it("makes one issue of alternatives that all failed, and keeps those that lie deeper", () => {
    const schema = {
      type: "object",
      properties: { at: { anyOf: [{ type: "integer" }, { type: "string", format: "date-time" }] } },
    };
    expect(validate(schema, { at: "soon" })).toEqual([
      { pointer: "/at", keyword: "anyOf", message: 'must be integer, or must match format "date-time"' },
    ]);
    const deep = {
      type: "object",
      properties: {
        x: { anyOf: [{ type: "null" }, { type: "object", required: ["y"], properties: { y: { type: "string" } } }] },
      },
    };
    expect(validate(deep, { x: { y: 1 } }).map((issue) => issue.pointer)).toEqual(["/x/y", "/x"]);
  });

  it("says how many fields there must be, unless one of them is missing", () => {
    const schema = { type: "object", minProperties: 2, required: ["a"], properties: { a: {}, b: {} } };
    expect(validate(schema, { a: 1 })).toEqual([
      { pointer: "", keyword: "minProperties", message: "must have at least 2 fields" },
    ]);
    expect(validate(schema, { b: 1 })).toEqual([{ pointer: "/a", keyword: "required", message: "is required" }]);
    expect(validate(schema, { a: 1, b: 2 })).toEqual([]);
  });

  it("names the allowed values of an enum", () => {
    expect(validate({ enum: ["a", "b"] }, "canary")).toEqual([
      { pointer: "", keyword: "enum", message: 'must be one of "a", "b"' },
    ]);
    expect(toIssues(null)).toEqual([]);
  });

  it("points at what is really there or missing, and never quotes a text of the input", () => {
    const schema = {
      type: "object",
      additionalProperties: false,
      required: ["id"],
      properties: {
        id: { type: "string", pattern: "^[a-f]$" },
        list: { type: "array", maxItems: 2, uniqueItems: true, items: { type: "integer", minimum: 3 } },
        inner: { type: "object", additionalProperties: false, properties: { n: { type: "null" } } },
      },
    };
    const check = createAjv({ allErrors: true }).compile(schema);
    const text = fc.string({ minLength: 8 }).map((value) => `canary${value}`);
    const value = fc.oneof(
      text,
      fc.array(fc.oneof(text, fc.integer())),
      fc.dictionary(fc.string(), text),
      fc.record({ n: text }),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(fc.constantFrom("id", "list", "inner"), fc.string()), value), (input) => {
        if (check(input)) return;
        const issues = toIssues(check.errors);
        expect(issues.length).toBeGreaterThan(0);
        for (const { pointer, keyword, message } of issues) {
          expect(message).not.toContain("canary");
          if (pointer.endsWith("…")) continue;
          const parts = pointer
            .split("/")
            .slice(1)
            .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
          const last = parts.pop();
          const parent = parts.reduce<unknown>((node, part) => (node as Json)[part], input);
          if (last !== undefined) expect(Object.hasOwn(parent as object, last)).toBe(keyword !== "required");
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe("validating the manifest", () => {
  it("finds nothing wrong with the package's own", () => {
    expect(validateManifest()).toEqual([]);
  });

  it("finds names that lead nowhere, broken schemas, and examples that do not hold", () => {
    const root = changedPackage((manifest) => {
      const { add_opportunity_tags: add, retrieve_opportunity: retrieve, list_tags: list } = manifest.operations;
      const { remove_opportunity_tags: remove } = manifest.operations;
      if (!add || !retrieve || !list || !remove) throw new Error("the manifest has changed");
      Object.assign(add, {
        serializeBy: "nobody",
        readBack: { operation: "retrieve_nothing", pass: ["opportunity_id"] },
        readBefore: { changes: "nothing", fields: ["name"] },
        examples: [{ input: { opportunity_id: "x", tags: [] } }],
      });
      delete remove.readBack;
      retrieve.request = { method: "GET", path: "/opportunities/{opportunity}", query: ["expand", "include"] };
      list.output = { type: "object", required: ["data"], properties: { data: { $ref: "schemas/resources/missing.json" } } };
    });
    const pointers = validateManifest(root).map((issue) => issue.pointer);
    for (const place of [
      "/operations/add_opportunity_tags/serializeBy",
      "/operations/add_opportunity_tags/readBack/operation",
      "/operations/add_opportunity_tags/readBefore/changes",
      "/operations/remove_opportunity_tags/readBefore",
      "/operations/add_opportunity_tags/examples/0/input/tags",
      "/operations/retrieve_opportunity/request",
      "/operations/retrieve_opportunity/request/path",
      "/operations/list_tags/output",
    ]) {
      expect(pointers).toContain(place);
    }
  });

  it("finds recipes that cannot be filled in", () => {
    const root = changedPackage((manifest) => {
      const [recipe] = manifest.recipes as { inputs: { properties: Record<string, unknown> }; workflow: object }[];
      if (recipe === undefined) throw new Error("the manifest has changed");
      const { credential } = recipe.inputs.properties;
      const of = (inputs: object, step: object, more: object = {}) => ({
        ...recipe,
        inputs: { type: "object", additionalProperties: false, required: ["credential"], properties: { credential, ...inputs } },
        example: { credential: "x" },
        workflow: { trigger: { type: "api" }, steps: [step] },
        ...more,
      });
      const wait = { id: "wait", title: "<<credential>>", kind: "wait", for: "1d" };
      Object.assign(manifest, {
        recipes: [
          of({}, wait),
          of({}, wait),
          of({}, { ...wait, title: "<<credential>> <<nobody>>" }, { name: "unknown" }),
          of({ maybe: { type: "string" } }, { ...wait, title: "<<credential>> <<maybe>>" }, { name: "unsure" }),
          of(
            { list: { type: "array", default: [] } },
            { ...wait, title: "<<credential>> {{ 1 | plus: <<list>> }}" },
            { name: "list" },
          ),
          of({ idle: { type: "string" } }, wait, { name: "idle" }),
          of({}, { ...wait, for: "<<credential>>" }, { name: "structure" }),
          of({}, wait, { name: "example", example: {} }),
        ],
      });
    });
    expect(validateManifest(root).map(({ pointer, message }) => [pointer, message])).toEqual([
      ["/recipes/1/name", "is the name of an earlier recipe"],
      ["/recipes/2/workflow", "holds <<nobody>>, which is not an input"],
      ["/recipes/3/workflow", "holds <<maybe>> within a text, so it must be required or have a default"],
      ["/recipes/4/workflow", "holds <<list>> within an expression, which takes no lists and objects"],
      ["/recipes/5/inputs", "asks for idle, which the workflow does not use"],
      ["/recipes/6/workflow/steps/0/for", expect.any(String)],
      ["/recipes/7/example/credential", "is required"],
    ]);
  });

  it("passes on the places where the manifest breaks its own schema", () => {
    const root = changedPackage((manifest) => {
      manifest.id = 7;
    });
    expect(validateManifest(root)).toEqual([{ pointer: "/id", keyword: "type", message: "must be string" }]);
  });

  it("reports a manifest that cannot be read at all", () => {
    expect(validateManifest(schemaFolder({}))).toEqual([
      { pointer: "", keyword: "manifest_invalid", message: "manifest.json cannot be read: there is no such file" },
    ]);
  });
});
