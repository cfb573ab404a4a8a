import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { loadConnectors } from "../../connector/connectors.ts";
import type { CompiledOperation, Input } from "../../connector/types.ts";
import { createAjv } from "../../connector/validator.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { Secret } from "../../sealing/secret.ts";
import { startTestServer, type TestServer } from "../server/start.ts";
import { accessTo } from "../support/access.ts";
import { giveConsent } from "../support/consent.ts";
import { CONNECTORS_DIR } from "../support/json-schemas.ts";
import { mutationsOf } from "../support/mutations.ts";
import { QUILL_KEY, type Quill, startQuill } from "../support/quill.ts";

/** What a real account would have in place of the ids, addresses and cursors in the examples. */
interface Account {
  /** By what the schema says that they identify. */
  readonly ids: Readonly<Record<string, string>>;
  readonly email: string;
  readonly cursors: Readonly<Record<string, string>>;
}

/** Every connector: the built-in one against the playground, the others against a service of their own. */
const connectors = loadConnectors({ dir: CONNECTORS_DIR });
const { builtIn } = connectors;
const all = connectors.all.flatMap(({ operations }) => [...operations.values()]);
const cases = all.map((operation) => [`${operation.connector.name}: ${operation.name}`, operation] as const);
const MIN_MUTATIONS = 10;

let server: TestServer;
let quill: Quill;
let account: Account;

const playground = () => {
  if (!server.playground) throw new Error("the playground is off");
  return server.playground.playground;
};
const runtime = () => server.services.runtime;
const playgroundUrl = () => server.playground?.url ?? "";
/** Each operation has a credential of its own, so that none waits for the rate budget of another. */
const ids = new Map<string, string>();
const call = (operation: string, input: unknown, credential = ids.get(idOf(builtIn.operation(operation))) ?? "") => ({
  access: accessTo("default"),
  operation,
  credential,
  input,
});
const idOf = ({ connector, name }: CompiledOperation) => `${connector.id} ${name}`;
const callOf = (operation: CompiledOperation, input: unknown) => call(operation.name, input, ids.get(idOf(operation)) ?? "");
const sent = () => playground().requests.report(0).count + quill.seen.length;

/** The last requests that the service of a connector has seen: method and address. */
function seenBy({ connector }: CompiledOperation, count: number): string[] {
  if (connector.id === builtIn.manifest.id)
    return playground()
      .requests.report(count)
      .data.map(({ method, path, query }) => `${method} ${playgroundUrl()}${path}${query === "" ? "" : `?${query}`}`);
  return quill.seen.slice(-count).map(({ method, url }) => `${method} ${new URL(url, quill.api).href}`);
}

/** How much has been changed at the services. */
const changes = () => playground().ledger.since(0).length + quill.seen.filter(({ method }) => method === "POST").length;

beforeAll(async () => {
  quill = await startQuill();
  const folder = mkdtempSync(join(tmpdir(), "lever-connector-contract-"));
  const environmentsFile = join(folder, "environments.json");
  writeFileSync(environmentsFile, JSON.stringify({ notebook: { connector: "quill", api: quill.api } }));
  const env = { CONNECTORS_DIR, ENVIRONMENTS_FILE: environmentsFile };
  server = await startTestServer({ env, playground: { autoApprove: true } });
  const { world } = playground();
  const { credentials } = server.services;
  for (const operation of all) {
    const isBuiltIn = operation.connector.id === builtIn.manifest.id;
    const { id } = await credentials.create(accessTo("default"), {
      connector: operation.connector.id,
      nickname: idOf(operation),
      environment: isBuiltIn ? "playground" : "notebook",
      ...(isBuiltIn && { defaultPerformAs: world.users.rows[0]?.id as string }),
      auth: { type: "api_key", apiKey: new Secret(isBuiltIn ? "playground" : QUILL_KEY) },
    });
    ids.set(idOf(operation), id);
  }
  const cursors: Record<string, string> = {};
  for (const [name, { declaration }] of builtIn.operations) {
    if (!declaration.paginated) continue;
    const { output } = await runtime().execute(call(name, { limit: 1 }));
    cursors[name] = (output as { next?: string }).next ?? "";
  }
  const isOpen = ({ confidentiality, state }: { confidentiality: string; state: string }) =>
    confidentiality === "non-confidential" && state === "published";
  // Archived, with a posting, and of a person who can be written to: every operation finds something to do.
  const opportunity = world.opportunities.rows.find(
    ({ contact, archived, application }) =>
      contact.emails.length > 0 && !contact.isAnonymized && archived && application && isOpen(application.posting),
  );
  account = {
    ids: {
      opportunity: opportunity?.id as string,
      application: opportunity?.application?.id as string,
      contact: opportunity?.contact.id as string,
      posting: opportunity?.application?.posting.id as string,
      user: world.users.rows.find(({ deactivatedAt }) => deactivatedAt === null)?.id as string,
      archive_reason: world.archiveReasons.find(({ type, id }) => type === "hired" && id !== opportunity?.archived?.reason)
        ?.id as string,
    },
    email: opportunity?.contact.emails[0] as string,
    cursors,
  };
});
afterAll(async () => {
  await server.close();
  await quill.close();
});
beforeEach(() => playground().ledger.clear());

/** An example with ids that exist. */
function real({ name: operation, connector, inputSchema }: CompiledOperation, input: Input): Record<string, unknown> {
  if (connector.id !== builtIn.manifest.id) return { ...input };
  const values: Readonly<Record<string, unknown>> = { email: account.email, offset: account.cursors[operation] };
  const named = withRealIds(inputSchema, input) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, values[name] ?? value]));
}

function withRealIds(schema: JsonSchema, value: unknown): unknown {
  const id = account.ids[String(schema["x-id"])];
  if (id !== undefined) return Array.isArray(value) ? [id] : id;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withRealIds(properties[name] ?? {}, part)]));
}

async function refusal(operation: CompiledOperation, input: unknown): Promise<{ code: string; pointers: string[] }> {
  try {
    await runtime().execute(callOf(operation, input));
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    return { code: error.code, pointers: [...new Set(error.details.issues?.map(({ pointer }) => pointer))] };
  }
  return { code: "no error", pointers: [] };
}

it("runs over every operation of every connector, and there are some", () => {
  expect(connectors.all.map(({ manifest }) => manifest.id)).toEqual(["lever", "quill"]);
  for (const { manifest, operations } of connectors.all) expect([...operations.keys()]).toEqual(Object.keys(manifest.operations));
  expect(builtIn.operations.size).toBeGreaterThanOrEqual(24);
});

describe.each(cases)("%s", (_title, operation) => {
  const { declaration, inputSchema } = operation;
  // One after the other: what one changes, the next one finds changed.
  const examples = [
    ...(declaration.examples ?? []).map(({ input }) => input),
    ...((inputSchema.examples ?? []) as Input[]),
    ...Object.entries(inputSchema.properties as Record<string, { examples?: unknown[] }>).map(([field, { examples = [] }]) => ({
      ...minimal(),
      [field]: examples[0],
    })),
  ];

  /** What is required, and as many further fields as there must be. */
  function minimal(): Record<string, unknown> {
    const {
      properties,
      required = [],
      minProperties = 0,
    } = inputSchema as {
      properties: Record<string, { examples?: unknown[] }>;
      required?: string[];
      minProperties?: number;
    };
    const fields = [...new Set([...required, ...Object.keys(properties)])].slice(0, Math.max(required.length, minProperties));
    return Object.fromEntries(fields.map((field) => [field, properties[field]?.examples?.[0]]));
  }

  it("runs its examples and those of its fields: what the dry run showed is what is sent, and the answers are as declared", async () => {
    const changed = changes();
    const isAnswer = createAjv({ allErrors: true }).compile(operation.outputSchema);
    for (const example of examples) {
      const input = real(operation, example);
      const before = sent();
      const dry = await runtime().dryRun(callOf(operation, input));
      expect(sent()).toBe(before);
      const { output, meta } = await runtime().execute(callOf(operation, input));
      if (input.include === undefined) expect([input, isAnswer(output), isAnswer.errors]).toEqual([input, true, null]);
      const seen = seenBy(operation, sent() - before);
      expect([seen.length, meta.attempts]).toEqual(declaration.readBack ? [2, 1] : [1, 1]);
      expect(seen[declaration.readBefore ? 1 : 0]).toBe(`${dry.method} ${dry.url}`);
      expect(dry).toMatchObject({ effect: operation.effect, scopes: declaration.scopes });
      const { body, fixedBody } = declaration.request;
      const given = body?.map((field) => [field, input[field]]) ?? [];
      expect(dry.body).toEqual((body ?? fixedBody) && { ...fixedBody, ...Object.fromEntries(given) });
    }
    expect(changes() > changed).toBe(operation.effect !== "read");
  });

  it("refuses its counter-examples where they are wrong, and sends nothing", async () => {
    const before = sent();
    expect(declaration.counterExamples?.length).toBeGreaterThanOrEqual(5);
    for (const { input, pointer, reason } of declaration.counterExamples ?? [])
      expect({ reason, ...(await refusal(operation, input)) }).toEqual({ reason, code: "input_invalid", pointers: [pointer] });
    expect(sent()).toBe(before);
  });

  it("refuses one wrong value at each place and for each rule of its schema, and sends nothing", async () => {
    const before = sent();
    const mutations = mutationsOf(inputSchema, minimal());
    expect(mutations.length).toBeGreaterThanOrEqual(MIN_MUTATIONS);
    for (const { input, pointer, reason } of mutations) {
      const untouched = JSON.stringify(input);
      expect({ reason, ...(await refusal(operation, input)) }).toEqual({ reason, code: "input_invalid", pointers: [pointer] });
      expect(JSON.stringify(input)).toBe(untouched);
    }
    expect(sent()).toBe(before);
  });

  it.each(["text", 7, true, null, [], [{}], undefined])("refuses the input %j as a whole", async (input) => {
    const before = sent();
    expect(await refusal(operation, input)).toEqual({ code: "input_invalid", pointers: [""] });
    expect(sent()).toBe(before);
  });
});

describe.each(builtIn.manifest.auth.map(({ type }) => type))("a credential of the kind %s", (type) => {
  const nickname = `kind ${type}`;

  async function create(): Promise<string> {
    const { credentials, consents } = server.services;
    const auth = type === "api_key" ? { type, apiKey: new Secret("playground") } : { type };
    const { id, status } = await credentials.create(accessTo("default"), { nickname, environment: "playground", auth });
    expect(status).toBe(type === "api_key" ? "untested" : "pending");
    if (type === "oauth2")
      expect(await giveConsent(server, (await consents.start(accessTo("default"), id, {})).authorizeUrl)).toBe(200);
    return id;
  }

  it("signs, is tested, runs a read and a write, and is gone after its removal", async () => {
    const { credentials } = server.services;
    const id = await create();
    const signing = await credentials.sign(accessTo("default"), id);
    expect(signing.record).toMatchObject({ id, auth: type, nickname });
    expect(await server.services.test(accessTo("default"), id)).toMatchObject({ usable: true, code: "ok" });
    expect(await credentials.get(accessTo("default"), id)).toMatchObject({ status: "healthy", lastTest: { ok: true } });
    expect((await runtime().execute(call("list_stages", {}, id))).meta.attempts).toBe(1);
    const input = { opportunity_id: account.ids.opportunity, tags: [`By ${type}`], perform_as: account.ids.user };
    expect(
      (await runtime().execute(call("add_opportunity_tags", input, await credentials.idOf(accessTo("default"), nickname))))
        .output,
    ).toMatchObject({
      data: { tags: expect.arrayContaining([`By ${type}`]) },
    });
    expect(playground().ledger.since(0)).toMatchObject([{ effect: "opportunity.tags_added", performAs: account.ids.user }]);
    await credentials.remove(accessTo("default"), id);
    const before = sent();
    await expect(runtime().execute(call("list_stages", {}, id))).rejects.toMatchObject({ code: "not_found" });
    await expect(credentials.idOf(accessTo("default"), nickname)).rejects.toMatchObject({ code: "not_found" });
    await expect(credentials.sign(accessTo("default"), id)).rejects.toMatchObject({ code: "not_found" });
    await expect(server.services.test(accessTo("default"), id)).rejects.toMatchObject({ code: "not_found" });
    expect(sent()).toBe(before);
    expect(await server.services.store.get("credentials", "default", id)).toBeUndefined();
  });
});
