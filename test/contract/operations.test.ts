import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { loadConnector } from "../../connector/manifest.ts";
import type { Input } from "../../connector/types.ts";
import { createAjv } from "../../connector/validator.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import type { JsonSchema } from "../../json-schema/json-schema.ts";
import { Secret } from "../../sealing/secret.ts";
import { startTestServer, type TestServer } from "../server/start.ts";
import { accessTo } from "../support/access.ts";
import { giveConsent } from "../support/consent.ts";
import { mutationsOf } from "../support/mutations.ts";

/** What a real account would have in place of the ids, addresses and cursors in the examples. */
interface Account {
  /** By what the schema says that they identify. */
  readonly ids: Readonly<Record<string, string>>;
  readonly email: string;
  readonly cursors: Readonly<Record<string, string>>;
}

const connector = loadConnector();
const operations = [...connector.operations.values()].map((operation) => [operation.name, operation] as const);
const MIN_MUTATIONS = 10;

let server: TestServer;
let account: Account;

const playground = () => {
  if (!server.playground) throw new Error("the playground is off");
  return server.playground.playground;
};
const runtime = () => server.services.runtime;
const playgroundUrl = () => server.playground?.url ?? "";
/** Each operation has a credential of its own, so that none waits for the rate budget of another. */
const ids = new Map<string, string>();
const call = (operation: string, input: unknown, credential = ids.get(operation) ?? "") => ({
  access: accessTo("default"),
  operation,
  credential,
  input,
});
const sent = () => playground().requests.report(0).count;

beforeAll(async () => {
  server = await startTestServer({ playground: { autoApprove: true } });
  const { world } = playground();
  const { credentials } = server.services;
  for (const [nickname] of operations) {
    const { id } = await credentials.create(accessTo("default"), {
      nickname,
      environment: "playground",
      defaultPerformAs: world.users.rows[0]?.id as string,
      auth: { type: "api_key", apiKey: new Secret("playground") },
    });
    ids.set(nickname, id);
  }
  const cursors: Record<string, string> = {};
  for (const [name, { declaration }] of operations) {
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
afterAll(() => server.close());
beforeEach(() => playground().ledger.clear());

/** An example with ids that exist. */
function real(operation: string, input: Input): Record<string, unknown> {
  const values: Readonly<Record<string, unknown>> = { email: account.email, offset: account.cursors[operation] };
  const { inputSchema } = connector.operation(operation);
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

async function refusal(operation: string, input: unknown): Promise<{ code: string; pointers: string[] }> {
  try {
    await runtime().execute(call(operation, input));
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    return { code: error.code, pointers: [...new Set(error.details.issues?.map(({ pointer }) => pointer))] };
  }
  return { code: "no error", pointers: [] };
}

it("runs over every operation of the manifest, and there are some", () => {
  expect(operations.map(([name]) => name)).toEqual(Object.keys(connector.manifest.operations));
  expect(operations.length).toBeGreaterThanOrEqual(24);
});

describe.each(operations)("%s", (name, operation) => {
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

  function minimal(): Record<string, unknown> {
    const properties = inputSchema.properties as Record<string, { examples?: unknown[] }>;
    return Object.fromEntries(
      ((inputSchema.required ?? []) as string[]).map((field) => [field, properties[field]?.examples?.[0]]),
    );
  }

  it("runs its examples and those of its fields: what the dry run showed is what is sent, and the answers are as declared", async () => {
    const isAnswer = createAjv({ allErrors: true }).compile(operation.outputSchema);
    for (const example of examples) {
      const input = real(name, example);
      const before = sent();
      const dry = await runtime().dryRun(call(name, input));
      expect(sent()).toBe(before);
      const { output, meta } = await runtime().execute(call(name, input));
      if (input.include === undefined) expect([input, isAnswer(output), isAnswer.errors]).toEqual([input, true, null]);
      const seen = playground().requests.report(sent() - before).data;
      expect([seen.length, meta.attempts]).toEqual(declaration.readBack ? [2, 1] : [1, 1]);
      const made = seen[declaration.readBefore ? 1 : 0];
      expect(`${made?.method} ${playgroundUrl()}${made?.path}?${made?.query}`).toBe(
        `${dry.method} ${dry.url}${dry.url.includes("?") ? "" : "?"}`,
      );
      expect(dry).toMatchObject({ effect: operation.effect, scopes: declaration.scopes });
      const { body, fixedBody } = declaration.request;
      const given = body?.map((field) => [field, input[field]]) ?? [];
      expect(dry.body).toEqual((body ?? fixedBody) && { ...fixedBody, ...Object.fromEntries(given) });
    }
    expect(playground().ledger.since(0).length > 0).toBe(operation.effect !== "read");
  });

  it("refuses its counter-examples where they are wrong, and sends nothing", async () => {
    const before = sent();
    expect(declaration.counterExamples?.length).toBeGreaterThanOrEqual(5);
    for (const { input, pointer, reason } of declaration.counterExamples ?? [])
      expect({ reason, ...(await refusal(name, input)) }).toEqual({ reason, code: "input_invalid", pointers: [pointer] });
    expect(sent()).toBe(before);
  });

  it("refuses one wrong value at each place and for each rule of its schema, and sends nothing", async () => {
    const before = sent();
    const mutations = mutationsOf(inputSchema, minimal());
    expect(mutations.length).toBeGreaterThanOrEqual(MIN_MUTATIONS);
    for (const { input, pointer, reason } of mutations) {
      const untouched = JSON.stringify(input);
      expect({ reason, ...(await refusal(name, input)) }).toEqual({ reason, code: "input_invalid", pointers: [pointer] });
      expect(JSON.stringify(input)).toBe(untouched);
    }
    expect(sent()).toBe(before);
  });

  it.each(["text", 7, true, null, [], [{}], undefined])("refuses the input %j as a whole", async (input) => {
    const before = sent();
    expect(await refusal(name, input)).toEqual({ code: "input_invalid", pointers: [""] });
    expect(sent()).toBe(before);
  });
});

describe.each(connector.manifest.auth.map(({ type }) => type))("a credential of the kind %s", (type) => {
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
