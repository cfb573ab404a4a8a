import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { createAjv } from "../../connector/validator.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { renderTypes } from "../../scripts/render-types.ts";
import {
  openConnectors,
  openSchemas,
  type Properties,
  ROOT,
  readJson,
  SCHEMA_BASE,
  subschemas,
} from "../support/json-schemas.ts";
import { slowText } from "../support/slow-pattern.ts";

const connectors = openConnectors();
const everyFile = connectors.flatMap((connector) => connector.files.map((file) => ({ ...file, connector })));
const cases = everyFile.map((file) => [`${file.connector.manifest.id}: ${file.path}`, file] as const);
/** Of the built-in connector. */
const { ajv, files, manifest, validator, issues, schemaOf, propertiesOf, resourceOf } = openSchemas();

describe("schema files", () => {
  it("are those of every connector", () => {
    const kinds = connectors.map((one) => [one.manifest.id, [...new Set(one.files.map(({ kind }) => kind))]]);
    expect(kinds).toEqual([
      ["lever", ["resources", "operations", "platform"]],
      ["quill", ["resources", "operations"]],
    ]);
  });

  it.each(cases)("%s compiles strictly and is named after its path", (_, { schema, path, connector }) => {
    // Other connectors need no names: references within a folder are relative.
    expect(schema.$id).toBe(connector.isBuiltIn ? SCHEMA_BASE + path : undefined);
    expect(connector.validator(path)).toBeInstanceOf(Function);
  });

  it.each(cases)("%s says what each field is", (_, { schema, kind }) => {
    const silent = [...subschemas(schema)]
      .filter(({ pointer }) => kind !== "platform" && /^\/properties\/[^/]+$/.test(pointer))
      .filter(({ schema: field }) => !field.description || (kind === "operations" && !(field.title && field.examples)));
    expect(schema).toMatchObject({ title: expect.any(String), description: expect.any(String) });
    expect(silent.map(({ pointer }) => pointer)).toEqual([]);
  });

  it("hold examples that match their own field", () => {
    const wrong = everyFile.flatMap(({ path, schema, connector }) =>
      [...subschemas(schema)]
        .filter(({ schema: part }) => Array.isArray(part.examples))
        .filter(({ pointer }) => !(schema.examples as unknown[] | undefined)?.length || pointer !== "")
        .flatMap(({ pointer, schema: part }) => {
          const validate = connector.ajv.compile({ $ref: `${SCHEMA_BASE}${path}#${pointer}` });
          return (part.examples as unknown[]).filter((example) => !validate(example)).map(() => `${path}#${pointer}`);
        }),
    );
    expect(wrong).toEqual([]);
  });

  it("use no tuples, which neither strict compilation nor the generated types can express", () => {
    const tuples = everyFile.filter(({ schema }) => [...subschemas(schema)].some(({ schema: part }) => "prefixItems" in part));
    expect(tuples).toEqual([]);
  });

  it("of Lever mark personal data, results of checks and secrets", () => {
    const marked = (name: string, mark: string) =>
      Object.entries(propertiesOf(`resources/${name}.json`)).filter(([, field]) => field["x-sensitive"] === mark);
    const names = (name: string, mark: string) => marked(name, mark).map(([field]) => field);
    expect(names("opportunity", "pii")).toEqual(["name", "headline", "location", "phones", "emails", "links"]);
    expect(names("opportunity", "outcome")).toEqual(["tags"]);
    expect(names("contact", "pii")).toEqual(["name", "headline", "location", "emails", "phones"]);
    expect(names("application", "pii")).toEqual(
      expect.arrayContaining(["name", "email", "phone", "ipAddress", "customQuestions"]),
    );
    expect(names("user", "pii")).toEqual(expect.arrayContaining(["name", "email"]));
    expect(JSON.stringify(propertiesOf("resources/webhook.json"))).toContain('"x-sensitive":"secret"');
  });

  it("give the generated types as they are committed", async () => {
    const rendered = await renderTypes(ROOT);
    const present = readdirSync(join(ROOT, "schemas/types"), { recursive: true, encoding: "utf8" });
    expect(present.filter((file) => file.endsWith(".ts")).sort()).toEqual([...rendered.keys()].sort());
    for (const [file, content] of rendered) expect(readFileSync(join(ROOT, "schemas/types", file), "utf8")).toBe(content);
  });
});

describe("patterns", () => {
  it("are told apart: a quadratic one is found", () => {
    expect(slowText((text) => /^a*[ab]*$/.test(text))).toBeDefined();
  });

  it("take linear time on any text", () => {
    const patterns = everyFile.flatMap(({ schema }) => [...subschemas(schema)].flatMap(({ schema: part }) => part.pattern ?? []));
    const slow = [...new Set(patterns as string[])].filter((pattern) => slowText((text) => new RegExp(pattern, "u").test(text)));
    expect(patterns.length).toBeGreaterThan(50);
    expect(slow).toEqual([]);
  });

  it("are not undone by slow formats", () => {
    const formats = everyFile.flatMap(({ schema }) => [...subschemas(schema)].flatMap(({ schema: part }) => part.format ?? []));
    const slow = [...new Set(formats as string[])].filter((format) => {
      const validate = createAjv({ allErrors: true }).compile({ type: "string", format });
      return slowText((text) => validate(text));
    });
    expect(new Set(formats)).toEqual(new Set(["date-time", "uri", "uri-reference"]));
    expect(slow).toEqual([]);
  });
});

/** Fixture → the operation whose answer it is, or the resource it holds. Included: fields were left out on request. */
const FIXTURES: Readonly<Record<string, string>> = {
  opportunity: "retrieve_opportunity",
  "opportunity-lead": "retrieve_opportunity",
  "opportunity-archived": "retrieve_opportunity",
  "opportunity-expanded": "retrieve_opportunity",
  "opportunity-included": "retrieve_opportunity",
  "opportunity-after-write": "add_opportunity_tags",
  "opportunity-created": "create_opportunity",
  opportunities: "list_opportunities",
  "opportunities-last-page": "list_opportunities",
  application: "retrieve_application",
  "application-added-by-user": "retrieve_application",
  contact: "retrieve_contact",
  "contact-after-update": "update_contact",
  posting: "retrieve_posting",
  "posting-draft": "create_posting",
  postings: "list_postings",
  users: "list_users",
  stages: "list_stages",
  tags: "list_tags",
  sources: "list_sources",
  "archive-reasons": "list_archive_reasons",
  "webhook-created": "resources/webhook.json",
  webhooks: "resources/webhook.json",
};

describe("sample answers of Lever", () => {
  it("each belong to a schema, and each resource has one", () => {
    const present = readdirSync(join(ROOT, "test/fixtures/lever")).map((file) => basename(file, ".json"));
    const covered = new Set(Object.keys(FIXTURES).map(recordPath));
    expect(present.sort()).toEqual(Object.keys(FIXTURES).sort());
    expect(files.filter(({ kind, path }) => kind === "resources" && !covered.has(path)).map(({ path }) => path)).toEqual([]);
  });

  it.each(Object.keys(FIXTURES))("%s matches its schema", (fixture) => {
    const validate = validator(recordPath(fixture));
    for (const record of records(fixture)) expect(issues(validate, record)).toEqual([]);
    const operation = manifest.operations[FIXTURES[fixture] as string];
    if (operation === undefined) return;
    const output = JSON.parse(JSON.stringify(operation.output).replaceAll('"schemas/', `"${SCHEMA_BASE}`));
    expect(issues(ajv.compile(output), readJson(`test/fixtures/lever/${fixture}.json`))).toEqual([]);
  });

  it.each(Object.keys(FIXTURES))("%s holds no field that the schema does not name", (fixture) => {
    const unnamed = records(fixture).flatMap((record) => [...unnamedFields(record, schemaOf(recordPath(fixture)))]);
    expect(unnamed).toEqual([]);
  });

  it.each(files.filter(({ kind }) => kind === "resources").map((file) => [file.path, file] as const))(
    "%s takes new fields and refuses a wrong type",
    (path, { schema }) => {
      const fixture = Object.keys(FIXTURES).find((name) => recordPath(name) === path) as string;
      const [record] = records(fixture) as [Record<string, unknown>];
      const [key] = schema.required as [string];
      expect(issues(validator(path), { ...record, inventedTomorrow: { a: 1 } })).toEqual([]);
      expect(issues(validator(path), { ...record, [key]: 7 })).toMatchObject([{ pointer: `/${key}`, keyword: "type" }]);
      expect(issues(validator(path), { [key]: record[key] })).toEqual([]);
      expect(issues(validator(path), {})).toMatchObject([{ pointer: `/${key}`, keyword: "required" }]);
    },
  );
});

/** Where a service answers null, or may. Everywhere else a field has a value, or is missing. */
const NULLABLE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  lever: {
    application: [
      "postingHiringManager",
      "postingOwner",
      "name",
      "company",
      "phone",
      "phone.type",
      "email",
      "links",
      "comments",
      "user",
      "customQuestions",
      "archived",
      "requisitionForHire",
      "requisitionForHire.hiringManagerOnHire",
      "ipAddress",
      "referer",
      "userAgent",
      "acceptLanguage",
      "timezone",
    ],
    "archive-reason": [],
    contact: ["phones[].type", "dataProtection", "dataProtection.interviewIntelligence.expiresAt"],
    opportunity: [
      "phones[].type",
      "archived",
      "sourcedBy",
      "owner",
      "updatedAt",
      "snoozedUntil",
      "dataProtection",
      "dataProtection.store.expiresAt",
      "dataProtection.contact.expiresAt",
    ],
    posting: [
      "distributionChannels",
      "user",
      "owner",
      "hiringManager",
      "categories.commitment",
      "categories.department",
      "categories.level",
      "categories.location",
      "categories.team",
      "country",
      "reqCode",
      "urls",
    ],
    source: [],
    stage: [],
    tag: [],
    user: ["photo", "deactivatedAt", "externalDirectoryId", "linkedContactIds", "jobTitle", "managerId"],
    webhook: [],
  },
  quill: { tag: ["color", "parent_id"] },
};

describe("null", () => {
  it.each(cases.filter(([, { kind }]) => kind === "resources"))(
    "is told of %s where the service answers it, and nowhere else",
    (_, { name, schema, connector }) => {
      const nullable = [...fieldsOf(schema)].filter(([, field]) => isNullable(field));
      expect(nullable.map(([path]) => path)).toEqual(NULLABLE[connector.manifest.id]?.[name]);
    },
  );
});

/** Every field inside of a resource with its path, for example `phones[].type`. Other resources in it are their own matter. */
function* fieldsOf(schema: JsonSchema, path = ""): Generator<[path: string, field: JsonSchema]> {
  for (const [name, field] of Object.entries((schema.properties ?? {}) as Properties)) {
    const at = path === "" ? name : `${path}.${name}`;
    yield [at, field];
    yield* fieldsOf(field, at);
    yield* fieldsOf((field.items ?? {}) as JsonSchema, `${at}[]`);
  }
}

function isNullable({ type, anyOf }: JsonSchema): boolean {
  const branches = (anyOf ?? [{ type }]) as JsonSchema[];
  return branches.some((branch) => [branch.type].flat().includes("null"));
}

describe("environments file", () => {
  const validate = validator("platform/environments.json");
  const local = {
    api: "http://127.0.0.1:3001/v1",
    authorize: "http://127.0.0.1:3001/authorize",
    token: "http://127.0.0.1:3001/oauth/token",
    audience: "http://127.0.0.1:3001/v1/",
  };

  it("takes https, and http on this machine", () => {
    expect(issues(validate, { mine: local })).toEqual([]);
    expect(
      issues(validate, { mine: { ...local, api: "https://lever.example.com:8443/v1", rateLimit: { perSecond: 5, burst: 10 } } }),
    ).toEqual([]);
  });

  it.each([
    "http://lever.example.com/v1",
    "http://127.0.0.1.example.com",
    "https://user@lever.example.com",
    "https://lever.example.com/v1?x=1",
    "ftp://127.0.0.1/",
    "https://lever.example.com/v1/",
    "file:///etc/passwd",
    "http://localhost@example.com",
  ])("refuses %s", (api) => {
    expect(issues(validate, { mine: { ...local, api } })).toMatchObject([{ pointer: "/mine/api", keyword: "pattern" }]);
  });

  it("is what docs/configuration.md shows", () => {
    const page = readFileSync(join(ROOT, "docs/configuration.md"), "utf8");
    const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(
      ([, text]) => JSON.parse(text ?? "") as Record<string, unknown>,
    );
    expect(examples.flatMap((example) => Object.keys(example))).toEqual(["second-playground", "production-eu"]);
    for (const example of examples) expect(issues(validate, example)).toEqual([]);
  });

  it("refuses half an OAuth app and an unusable name", () => {
    expect(issues(validate, { mine: { ...local, clientId: "x" } })).toMatchObject([{ pointer: "/mine/clientSecret" }]);
    expect(issues(validate, { "My place": local })).not.toEqual([]);
  });
});

function recordPath(fixture: string): string {
  const owner = FIXTURES[fixture] as string;
  const operation = manifest.operations[owner];
  return operation === undefined ? owner : resourceOf(operation);
}

function records(fixture: string): unknown[] {
  const { data } = readJson(`test/fixtures/lever/${fixture}.json`) as { data: unknown };
  return Array.isArray(data) ? data : [data];
}

function* unnamedFields(value: unknown, schema: JsonSchema, place = ""): Generator<string> {
  const shapes = ((schema.anyOf as JsonSchema[] | undefined) ?? [schema]).map(followed);
  if (Array.isArray(value)) {
    const items = shapes.find((shape) => shape.items)?.items as JsonSchema | undefined;
    for (const item of value) if (items) yield* unnamedFields(item, items, `${place}/0`);
    return;
  }
  const properties = shapes.find((shape) => shape.properties)?.properties as Properties | undefined;
  if (typeof value !== "object" || value === null || properties === undefined) return;
  for (const [name, part] of Object.entries(value)) {
    const field = properties[name];
    if (field === undefined) yield `${place}/${name}`;
    else yield* unnamedFields(part, field, `${place}/${name}`);
  }
}

function followed(schema: JsonSchema): JsonSchema {
  return typeof schema.$ref === "string" ? schemaOf(`resources/${schema.$ref}`) : schema;
}
