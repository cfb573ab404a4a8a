import { createHmac, randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { createForgetRuns } from "../../engine/forget-runs.ts";
import { createRunRecords } from "../../engine/run-records.ts";
import type { Run, Workflow } from "../../schemas/types/index.ts";
import { createKeyRing, type KeyRing } from "../../sealing/encrypt.ts";
import { parseKeys } from "../../sealing/parse-keys.ts";
import { placeOf } from "../../sealing/sealed-place.ts";
import { reveal } from "../../sealing/secret.ts";
import { COLLECTIONS, type CollectionName } from "../../store/collections.ts";
import type { DocumentStore } from "../../store/document-store.ts";
import { createMentions } from "../../text/mentions.ts";
import { accessTo } from "../support/access.ts";
import { describeWithMongod } from "../support/describe-with-mongod.ts";
import { sharedMongod } from "../support/mongod.ts";
import { until } from "../support/until.ts";
import { ADMIN, playgroundCredential, startTestServer, type TestServer } from "./start.ts";

jest.setTimeout(60_000);

const access = accessTo("default");
const NAME = "Zephyrine Quillfeather";
const EMAIL = "zephyrine.quillfeather@example.com";
const at = { kind: "operation", connector: "lever", credential: "main" } as const;

describe("a person that is forgotten, on the embedded store", () => describeForget(async () => ({})));
describeWithMongod("a person that is forgotten, on MongoDB", () =>
  describeForget(async () => ({ MONGODB_URI: (await sharedMongod()).dbUri(`forget_${process.pid}_${Date.now()}`) })),
);

function describeForget(environment: () => Promise<Record<string, string>>): void {
  const keys = `k:${randomBytes(32).toString("base64")}`;
  const ring: KeyRing = createKeyRing(parseKeys(keys));
  let server: TestServer;
  let person: { opportunity: string; contact: string; email: string };
  let other: string;
  let user: string;
  let names = 0;

  beforeAll(async () => {
    server = await startTestServer({
      env: { ...(await environment()), CREDENTIALS_KEYS: keys },
      playground: { opportunities: 6 },
    });
    const world = server.playground?.playground.world as NonNullable<TestServer["playground"]>["playground"]["world"];
    const [one, another] = world.opportunities.rows;
    Object.assign(one?.contact as object, { name: NAME, emails: [EMAIL] });
    person = { opportunity: String(one?.id), contact: String(one?.contact.id), email: EMAIL };
    other = String(another?.id);
    user = world.users.rows.find(({ deactivatedAt }) => deactivatedAt === null)?.id as string;
    await api("POST", "/api/v1/credentials", { ...playgroundCredential("main"), defaultPerformAs: user });
  });
  afterAll(() => server?.close());

  const api = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    server.call(method, path, { key: ADMIN, body, headers });
  const forget = (whom: object = person) => api("POST", "/api/v1/forget", whom);
  const services = () => server.services;

  async function ran(steps: Workflow["steps"], input: unknown, status: Run["status"] = "succeeded", waitingFor?: string) {
    names += 1;
    const definition = { name: `forget-${names}`, title: "Test", trigger: { type: "api", input: {} } as const, steps };
    const { id: workflow } = await services().workflows.create(access, definition);
    await services().workflows.publish(access, workflow);
    const { id } = await services().runs.start(access, workflow, { input });
    await until(async () => {
      const run = await services().runs.get(access, id);
      return run.status === status && run.waitingFor?.for === waitingFor;
    });
    return id;
  }

  const read = {
    ...{ id: "read", title: "read", ...at, operation: "retrieve_opportunity" },
    input: { opportunity_id: "{{ trigger.input.about }}", expand: ["contact"] },
  } as Workflow["steps"][number];
  const tagEach = {
    ...{ id: "each", title: "each", ...at, operation: "add_opportunity_tags" },
    input: { opportunity_id: "{{ item.id }}", tags: ["swept"] },
    forEach: { connector: "lever", operation: "list_opportunities", credential: "main", input: {} },
  } as Workflow["steps"][number];

  /** Everything that the store holds of a project, opened. */
  async function everything(): Promise<string> {
    const parts: unknown[] = [];
    for (const name of Object.keys(COLLECTIONS) as CollectionName[]) {
      const sealed = Object.keys((COLLECTIONS[name] as { sealed?: object }).sealed ?? {});
      for (const document of await services().store.find(name, "default", { limit: 1000 })) {
        parts.push(document);
        for (const field of sealed) {
          const text = document[field];
          if (typeof text === "string") parts.push(reveal(ring.open(text, placeOf(name, document, field))));
        }
      }
    }
    return JSON.stringify(parts);
  }

  /** The files of the store, their logs included. */
  function files(): string {
    return readdirSync(server.dataDir, { recursive: true, encoding: "utf8" })
      .filter((file) => /\.db(-wal|-shm)?$/.test(file))
      .map((file) => readFileSync(join(server.dataDir, file), "latin1"))
      .join("\n");
  }

  const named = () => [person.opportunity, NAME, EMAIL];
  const namedIn = (text: string) => named().filter((one) => text.includes(one));

  it("is left nowhere in the store, in its files, and in no log, and what others have stays", async () => {
    const { destination } = await services().destinations.create(access, {
      name: "inbox",
      url: `${server.playground?.url}/inbox/forget`,
    });
    const send = {
      ...{ id: "send", title: "send", kind: "send", destination: destination.id },
      body: { who: "{{ steps.read.output.data.name }}", at: "{{ steps.read.output.data.emails }}" },
    } as Workflow["steps"][number];
    const mine = await ran([read, send], { about: person.opportunity, note: `asked by ${NAME}` });
    const swept = await ran([tagEach], {});
    const theirs = await ran([read], { about: other });
    await services().runs.reveal(access, mine, `${NAME} (${EMAIL}) asked`);
    const tags = { credential: "main", input: { opportunity_id: person.opportunity, tags: ["Verified"] } };
    const keyed = () => api("POST", "/api/v1/operations/add_opportunity_tags", tags, { "idempotency-key": "forget-1" });
    expect((await keyed()).status).toBe(200);
    const { endpoint, secret } = await services().triggers.endpoints.create(access, { name: "sender", preset: "hmac" });
    const told = JSON.stringify({ reference: person.opportunity, name: NAME, email: EMAIL });
    const signature = createHmac("sha256", reveal(secret as never))
      .update(told)
      .digest("hex");
    expect(
      (await server.call("POST", `/hooks/${endpoint.id}`, { headers: { "x-signature": signature }, body: told })).status,
    ).toBe(200);
    await services().destinations.stop();
    await services().destinations.send(access, { destination: destination.id, id: `a/${person.opportunity}`, body: { EMAIL } });

    expect(namedIn(await everything())).toEqual(named());
    if (services().store.kind === "embedded") expect(namedIn(files())).toContain(person.opportunity);
    const before = await services().runs.reveal(access, theirs, "to compare");
    const [all] = (await services().runs.get(access, swept)).steps;
    server.logged.length = 0;
    const forgotten = await forget();
    expect(forgotten.body).toMatchObject({ by: expect.any(String), endedAt: expect.any(String), runs: 2, received: 1 });
    expect(forgotten.body.deliveries).toBeGreaterThanOrEqual(1);
    // The write and its key, and that of the list.
    expect(forgotten.body.writes).toBeGreaterThanOrEqual(3);
    expect(namedIn(await everything())).toEqual([]);
    if (services().store.kind === "embedded") expect(namedIn(files())).toEqual([]);
    expect(namedIn(server.logged.join("\n"))).toEqual([]);
    expect(namedIn(JSON.stringify((await api("GET", "/api/v1/forget")).body))).toEqual([]);

    expect(await services().runs.reveal(access, theirs, "to compare")).toEqual(before);
    const [others] = (await services().runs.get(access, swept)).steps;
    expect(others?.items).toEqual(all?.items);
    expect(others?.outcomes).toEqual(all?.outcomes?.filter(({ item }) => item !== person.opportunity));
    expect((await api("GET", `/api/v1/runs/${mine}`)).body).toMatchObject({
      status: "succeeded",
      forgottenAt: expect.any(String),
    });
    expect((await api("POST", `/api/v1/runs/${mine}/again`)).status).toBe(409);
    const sent = server.playground?.playground.ledger.since(0).length;
    expect((await keyed()).body).toMatchObject({
      code: "upstream_invalid_response",
      detail: expect.stringContaining("took effect"),
    });
    expect(server.playground?.playground.ledger.since(0).length).toBe(sent);
    expect((await forget()).body).toMatchObject({ runs: 0, deliveries: 0, received: 0, writes: 0 });
  });

  it("is not forgotten while a run is under way that names it, and nothing is removed until that has ended", async () => {
    const ask = { id: "ask", title: "Ask", kind: "approval", message: "Go on?" } as const;
    const open = await ran([ask], { who: EMAIL }, "waiting", "approval");
    const refused = await forget({ email: EMAIL.toUpperCase() });
    expect(refused.body).toMatchObject({ status: 409, code: "conflict", detail: expect.stringContaining(open) });
    expect(namedIn(refused.text)).toEqual([]);
    expect(await everything()).toContain(EMAIL);
    await services().runs.cancel(access, open);
    await until(async () => (await services().runs.get(access, open)).status === "cancelled");
    expect((await forget({ email: EMAIL })).body.runs).toBe(1);
    expect(await everything()).not.toContain(EMAIL);
    expect((await api("POST", `/api/v1/runs/${open}/retry`, {})).status).toBe(409);
  });

  it("is forgotten wholly by whoever asks again after a crash at any moment", async () => {
    const store = services().store;
    const isMentioned = createMentions([person.opportunity]);
    for (let survived = 0; ; survived += 1) {
      // The second step alone would not tell whom it is about.
      const note = {
        id: "note",
        title: "note",
        kind: "approval",
        message: "Well?",
        deadline: { after: "1s", decision: "approved" },
      };
      const id = await ran([read, note as Workflow["steps"][number]], { about: person.opportunity, note: NAME });
      await services().runs.reveal(access, id, NAME);
      let left = survived;
      const dying: DocumentStore = {
        ...store,
        patch(...change) {
          left -= 1;
          if (left < 0) throw new Error("killed");
          return store.patch(...change);
        },
      };
      const first = createForgetRuns({ store: dying, records: createRunRecords({ store: dying, keyRing: ring }), now: Date.now });
      const dead = await first.forget(access, id, isMentioned).then(
        () => false,
        () => true,
      );
      expect((await forget({ opportunity: person.opportunity })).body.runs).toBe(dead ? 1 : 0);
      expect(namedIn(await everything())).toEqual([]);
      if (!dead) return expect(survived).toBeGreaterThan(3);
    }
  });

  it("is named by an id or an address at least, and by callers alone who may", async () => {
    for (const wrong of [{}, { email: "nobody" }, { opportunity: "1" }, { name: NAME }])
      expect([wrong, (await forget(wrong)).status]).toEqual([wrong, 422]);
    const reader = await server.key("default", "workflows:read");
    const allowed = await server.key("default", "data:forget");
    const call = (key: string) => server.call("POST", "/api/v1/forget", { key, body: { email: "somebody@example.com" } });
    expect([(await call(reader)).status, (await call(allowed)).status]).toEqual([403, 200]);
  });
}
