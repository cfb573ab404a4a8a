import { describe, expect, it } from "@jest/globals";
import type { Manifest, OperationDeclaration } from "../../connector/types.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { openConnectors, openSchemas, subschemas } from "../support/json-schemas.ts";

const connectors = openConnectors();
const cases = connectors.map((one) => [one.manifest.id, one] as const);

/** What holds for one connector alone. */
interface Particulars {
  /** What an id can identify that has no schema of its own. */
  readonly kindsOfId: readonly string[];
  /** Fields whose names look like ids of the service's, and are none. */
  readonly noIds: readonly string[];
  /** Where its documentation begins. */
  readonly documentation: string;
  /** Writes whose answer is the whole record. */
  readonly wholeAnswers: readonly string[];
  /** Writes that the service records for nobody, though it knows of such a user. */
  readonly unrecorded: readonly string[];
}

const PARTICULARS: Readonly<Record<string, Particulars>> = {
  lever: {
    kindsOfId: ["requisition"],
    // A company's own directory has those.
    noIds: ["external_directory_id"],
    documentation: "https://hire.lever.co/developer/documentation#",
    wholeAnswers: ["create_posting"],
    // Lever records changes of a contact for nobody.
    unrecorded: ["update_contact"],
  },
  quill: {
    kindsOfId: [],
    noIds: [],
    documentation: "https://quill.example/docs",
    wholeAnswers: ["create_tag"],
    unrecorded: [],
  },
};

it("runs over every connector, and each has its particulars", () => {
  expect(cases.map(([id]) => id)).toEqual(Object.keys(PARTICULARS));
});

describe.each(cases)(
  "manifest.json of %s",
  (_id, { files, manifest, isManifest, validator, issues, propertiesOf, resourceOf }) => {
    const operations = Object.entries(manifest.operations);
    const oauth2 = manifest.auth.find((auth) => auth.type === "oauth2");
    const [[environment], [operation, declaration]] = [Object.keys(manifest.environments), operations[0] ?? []];

    it("matches its schema", () => {
      expect(issues(isManifest, manifest)).toEqual([]);
    });

    it.each<[string, string, unknown]>([
      ["an unknown field", "/colour", "red"],
      ["no benefit", "/listing/benefits", []],
      [
        "a ninth benefit",
        "/listing/benefits",
        [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => ({ title: `Benefit ${n}`, text: "Text." })),
      ],
      ["an API reached without TLS", `/environments/${environment}/api`, "http://api.example.com/v1"],
      ["a secret in an environment", `/environments/${environment}/clientSecret`, "x"],
      ["an operation without an effect", `/operations/${operation}/effect`, undefined],
      ["an icon from elsewhere", "/listing/icon", "https://example.com/icon.svg"],
      ["an operation that is no verb_resource", "/operations/Tags", declaration],
      ["a path that climbs", `/operations/${operation}/request/path`, "/../tags"],
      ["an input schema from elsewhere", `/operations/${operation}/input/$ref`, "../secrets.json"],
    ])("is refused with %s", (_, pointer, value) => {
      const changed = withValue(manifest, pointer, value);
      expect(issues(isManifest, changed).map((issue) => issue.pointer)).toContain(pointer);
    });

    it("declares exactly the operations that have a schema", () => {
      const schemas = files.filter(({ kind }) => kind === "operations").map(({ name }) => name);
      expect(operations.map(([name]) => name).sort()).toEqual(schemas.sort());
    });

    it("asks by default for enough scopes to run every operation, and for no more than the service allows", () => {
      const defaults = oauth2?.scopes.filter((scope) => scope.default).map((scope) => scope.name) ?? [];
      const granted = new Set(defaults.flatMap((scope) => [scope, scope.replace(":write:", ":read:")]));
      expect(operations.flatMap(([, { scopes }]) => scopes).filter((scope) => !granted.has(scope))).toEqual([]);
      expect(defaults.length).toBeLessThanOrEqual(oauth2?.maxScopes ?? Number.POSITIVE_INFINITY);
    });

    it.each(Object.entries(manifest.optionLists))(
      "offers the pick list %s from an existing operation and existing fields",
      (_, list) => {
        const operation = manifest.operations[list.operation];
        const record = resourceOf(operation as OperationDeclaration);
        const fields = [list.value, list.label, list.detail, list.only?.field].filter((field) => field !== undefined);
        expect(fields.filter((field) => !(field in propertiesOf(record)))).toEqual([]);
        expect(issues(validator(`operations/${list.operation}.json`), list.input ?? {})).toEqual([]);
        expect(operation).toMatchObject({ effect: "read", paginated: true });
      },
    );

    const reads = [
      ["probe", manifest.check.probe] as const,
      ...(manifest.performAs ? [["users", manifest.performAs.users] as const] : []),
    ];
    it.each(reads)("tests credentials with a read: %s", (_name, { operation, input }) => {
      expect(manifest.operations[operation]?.effect).toBe("read");
      expect(issues(validator(`operations/${operation}.json`), input)).toEqual([]);
    });
  },
);

const operations = connectors.flatMap((one) =>
  Object.entries(one.manifest.operations).map(
    ([name, operation]) => [`${one.manifest.id}: ${name}`, name, operation, one] as const,
  ),
);

describe.each(operations)("%s", (_title, name, operation, connector) => {
  const { files, manifest, validator, issues, schemaOf, propertiesOf, resourceOf } = connector;
  const particulars = PARTICULARS[manifest.id] as Particulars;
  const validate = validator(`operations/${name}.json`);
  const properties = propertiesOf(`operations/${name}.json`);
  const inPath = [...operation.request.path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1] as string);
  const sent = [...inPath, ...(operation.request.query ?? []), ...(operation.request.body ?? [])];

  it("takes its input from the file of its name, and is closed", () => {
    expect(operation.input).toEqual({ $ref: `schemas/operations/${name}.json` });
    expect(schemaOf(`operations/${name}.json`)).toMatchObject({ additionalProperties: false, title: operation.title });
  });

  it("answers with a resource that exists", () => {
    expect(files.map(({ path }) => path)).toContain(resourceOf(operation));
    expect(operation.output.required).toContain("data");
  });

  it("accepts its examples", () => {
    const inputs = [
      ...(operation.examples ?? []).map(({ input }) => input),
      ...(schemaOf(`operations/${name}.json`).examples as unknown[]),
    ];
    expect(inputs.flatMap((input) => issues(validate, input))).toEqual([]);
  });

  it.each((operation.counterExamples ?? []).map((example) => [example.reason, example] as const))("refuses: %s", (_, example) => {
    const pointers = issues(validate, example.input).map((issue) => issue.pointer);
    expect(new Set(pointers)).toEqual(new Set([example.pointer]));
  });

  it("sends every input to exactly one place, and nothing else", () => {
    expect([...sent].sort()).toEqual(Object.keys(properties).sort());
    expect(inPath.filter((field) => !((schemaOf(`operations/${name}.json`).required ?? []) as string[]).includes(field))).toEqual(
      [],
    );
  });

  it("needs scopes that exist and links to the service's documentation", () => {
    const oauth2 = manifest.auth.find((auth) => auth.type === "oauth2");
    const known = oauth2?.scopes.map((scope) => scope.name) ?? [];
    expect(operation.scopes.filter((scope) => !known.includes(scope))).toEqual([]);
    expect(operation.links?.every((link) => link.startsWith(particulars.documentation))).toBe(true);
  });

  it("pages by the fields that the manifest names if it is a list", () => {
    const { limit, cursorIn } = manifest.pagination as Exclude<Manifest["pagination"], { style: "none" }>;
    expect(limit in properties && cursorIn in properties).toBe(operation.paginated === true);
    expect(name.startsWith("list_")).toBe(operation.paginated === true);
  });

  it("offers pick lists that exist", () => {
    const lists = Object.values(properties).flatMap((field) => field["x-options"] ?? []) as string[];
    expect(lists.filter((list) => !(list in manifest.optionLists))).toEqual([]);
  });

  it("offers what a record has now where it is read before the write", () => {
    const fields = Object.keys(properties).filter((field) => properties[field]?.["x-current"] !== undefined);
    expect(fields.filter((field) => operation.readBefore?.changes !== field)).toEqual([]);
  });

  it("reads back through a read that takes what is handed on, where the answer of a write is not whole", () => {
    if (operation.readBack === undefined)
      return expect(operation.effect === "read" || particulars.wholeAnswers.includes(name)).toBe(true);
    const { operation: read, pass = [], take = {} } = operation.readBack;
    const other = propertiesOf(`operations/${read}.json`);
    expect(manifest.operations[read]?.effect).toBe("read");
    expect(pass.filter((field) => !(field in properties && field in other))).toEqual([]);
    const record = propertiesOf(resourceOf(operation));
    expect(Object.entries(take).filter(([field, own]) => !(field in other && own in record))).toEqual([]);
  });

  it("says of each field that holds ids whose they are", () => {
    const kindsOfId = files.filter(({ kind }) => kind === "resources").map((file) => file.name.replaceAll("-", "_"));
    const byId = Object.entries(manifest.optionLists).flatMap(([list, { value }]) => (value === "id" ? [list] : []));
    const fields = [...subschemas(schemaOf(`operations/${name}.json`))].filter(({ schema: field }) => {
      return byId.includes(String(field["x-options"])) || field["x-id"] !== undefined;
    });
    const kinds = fields.map(({ schema: field }) => field["x-id"]);
    expect(kinds.filter((kind) => ![...kindsOfId, ...particulars.kindsOfId].includes(String(kind)))).toEqual([]);
    const named = Object.keys(properties).filter((field) => /(_id|_as)$/.test(field));
    expect(named.filter((field) => properties[field]?.["x-id"] === undefined && !particulars.noIds.includes(field))).toEqual([]);
  });

  it("reads before only what its record has, and changes one list of it", () => {
    if (operation.readBefore === undefined) return;
    const record = propertiesOf(resourceOf(operation));
    const { changes, fields } = operation.readBefore;
    expect([operation.readBack, properties[changes]?.type, record[changes]?.type]).toEqual([expect.anything(), "array", "array"]);
    expect(fields.filter((field) => !(field in record) || field === changes)).toEqual([]);
  });

  it("takes the user that writes are recorded for exactly where it changes something that the service records for one", () => {
    const field = manifest.performAs?.input;
    const isRecorded = field !== undefined && operation.effect !== "read" && !particulars.unrecorded.includes(name);
    expect(field !== undefined && field in properties).toBe(isRecorded);
    expect(operation.performAs).toBe(isRecorded ? "required" : "none");
    expect(operation.serializeBy === undefined || operation.serializeBy in properties).toBe(true);
  });
});

describe("Lever's manifest", () => {
  const { manifest } = openSchemas();

  it("names hosts exactly as Lever documents them", () => {
    expect(manifest.environments.production).toMatchObject({
      api: "https://api.lever.co/v1",
      authorize: "https://auth.lever.co/authorize",
      token: "https://auth.lever.co/oauth/token",
      audience: "https://api.lever.co/v1/",
    });
    expect(manifest.environments.sandbox).toMatchObject({
      api: "https://api.sandbox.lever.co/v1",
      authorize: "https://sandbox-lever.auth0.com/authorize",
      token: "https://sandbox-lever.auth0.com/oauth/token",
      audience: "https://api.sandbox.lever.co/v1/",
    });
  });

  it("asks for a refresh token by default", () => {
    const oauth2 = manifest.auth.find((auth) => auth.type === "oauth2");
    expect(oauth2?.scopes.filter((scope) => scope.default).map((scope) => scope.name)).toContain("offline_access");
    expect(oauth2?.maxScopes).toBe(20);
  });
});

describe("Lever's input fields", () => {
  const { manifest, validator, issues, propertiesOf } = openSchemas();

  it("of one name mean the same in every operation", () => {
    const rules = new Map<string, Set<string>>();
    for (const name of Object.keys(manifest.operations)) {
      for (const field of ["limit", "offset", "opportunity_id", "perform_as", "email", "updated_at_start", "confidentiality"]) {
        const {
          title,
          description,
          examples,
          "x-placeholder": placeholder,
          "x-current": current,
          ...rule
        } = propertiesOf(`operations/${name}.json`)[field] ?? {};
        if (Object.keys(rule).length > 0) rules.set(field, (rules.get(field) ?? new Set()).add(JSON.stringify(rule)));
      }
    }
    expect([...rules].filter(([, variants]) => variants.size > 1).map(([field]) => field)).toEqual([]);
    expect(rules.size).toBe(7);
  });

  it("that create a tag are stricter than those that name one, which Lever may hold in any spelling", () => {
    const [add, remove] = ["add", "remove"].map((verb) => propertiesOf(`operations/${verb}_opportunity_tags.json`).tags);
    const filter = propertiesOf("operations/list_opportunities.json").tag;
    expect(remove?.items).toEqual(filter?.items);
    expect(add?.items).toMatchObject({
      minLength: 1,
      maxLength: 255,
      pattern: expect.not.stringMatching(/^\^\\P\{Cs\}\*\$$/),
    });
  });

  it("of time take milliseconds and RFC 3339 text, and no other text", () => {
    const validate = validator("operations/list_opportunities.json");
    for (const time of [0, 1767225600123, "2026-01-01T00:00:00Z", "2026-01-01T12:30:00.250+01:00"])
      expect(issues(validate, { updated_at_start: time })).toEqual([]);
    for (const time of ["yesterday", "1767225600123", "2026-13-01T00:00:00Z", 1e17, null])
      expect(issues(validate, { updated_at_start: time })).toMatchObject([{ pointer: "/updated_at_start" }]);
  });

  it("that are ids never leave their place in a path", () => {
    const validate = validator("operations/retrieve_opportunity.json");
    for (const id of [".", "..", "a/b", "a?b", "a#b", "a%2e", "a\\b", "a b", "a\n", "ä", "a;b", "\u0000"])
      expect(issues(validate, { opportunity_id: id })).toMatchObject([{ pointer: "/opportunity_id", keyword: "pattern" }]);
  });

  it("of postings let an update time go with what Lever allows beside it", () => {
    const validate = validator("operations/list_postings.json");
    const rest = { confidentiality: "all", include: ["content"], expand: ["owner"], limit: 5, offset: "x" };
    expect(issues(validate, { updated_at_start: 1, updated_at_end: 2, ...rest })).toEqual([]);
    const free = Object.keys(propertiesOf("operations/list_postings.json")).filter(
      (name) => !/^updated_at/.test(name) && !(name in rest),
    );
    for (const name of free) {
      const { examples } = propertiesOf("operations/list_postings.json")[name] as JsonSchema;
      const [value] = examples as [unknown];
      expect(issues(validate, { [name]: value })).toEqual([]);
      for (const time of ["updated_at_start", "updated_at_end"])
        expect(issues(validate, { [name]: value, [time]: 1 }).map((issue) => issue.pointer)).toEqual([`/${name}`]);
    }
    expect(free).toHaveLength(8);
    expect(issues(validate, { state: "draft", updated_at_end: 1 })).toMatchObject([
      { pointer: "/state", message: "may not be given together with updated_at_end" },
    ]);
  });
});

/** A copy with one value changed; undefined takes it away. */
function withValue(document: object, pointer: string, value: unknown): unknown {
  const copy = structuredClone(document) as Record<string, unknown>;
  const names = pointer.slice(1).split("/");
  const last = names.pop() as string;
  const parent = names.reduce((node, name) => node[name] as Record<string, unknown>, copy);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return copy;
}
