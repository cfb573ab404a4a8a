import { join } from "node:path";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { createConnectors } from "../../connector/connectors.ts";
import { loadConnector } from "../../connector/manifest.ts";
import type { CompiledOperation, Connector } from "../../connector/types.ts";
import type { Credential, Credentials, SigningCredential } from "../../credentials/types.ts";
import { ConnectorError, type ErrorCode } from "../../errors/connector-error.ts";
import type { AttemptsOptions, AttemptsResult } from "../../runtime/attempts.ts";
import { createRuntime } from "../../runtime/create-runtime.ts";
import type { RuntimeEvent } from "../../runtime/events.ts";
import { withPerformAs } from "../../runtime/perform-as.ts";
import type { Turn } from "../../runtime/turns.ts";
import type { ExecuteOptions } from "../../runtime/types.ts";
import type { WriteCall, WriteLedger } from "../../runtime/write-ledger.ts";
import type { Access } from "../../store/access.ts";
import { accessTo } from "../support/access.ts";
import { gate } from "../support/gate.ts";

const connector = loadConnector();
const quill = loadConnector({ root: join(import.meta.dirname, "../fixtures/connectors/quill") });
const TARGET = "5f0f2c1e-8a44-4d0f-9a53-1f0c7f8b2a10";
const READ = "retrieve_opportunity";
const WRITE = "add_opportunity_tags";
const ANSWER: AttemptsResult = {
  output: { data: { id: TARGET, tags: [] } },
  attempts: 1,
  waitedMs: 0,
  budget: { remaining: 9, resetMs: 1 },
};

/** Lever's connector, with one thing or other of its own. */
const like = ({ id = "lever", operation }: { id?: string; operation?: CompiledOperation }): Connector => ({
  manifest: { ...connector.manifest, id },
  environments: connector.environments,
  operations: connector.operations,
  resolved: connector.resolved,
  operation: (name) => (name === operation?.name ? operation : connector.operation(name)),
  environment: (name) => connector.environment(name),
});

/** The parts that a runtime stands on, each with a line in `events` and a way to come out otherwise. */
function stage(connectors: readonly Connector[] = [connector]) {
  const events: string[] = [];
  const told: RuntimeEvent[] = [];
  const state = {
    now: 1_000_000,
    record: {
      id: "cred_1",
      connector: "lever",
      owner: null,
      environment: "production",
      auth: "api_key",
      scopes: null as string[] | null,
      defaultPerformAs: "user-1" as string | null,
    },
    account: { userId: "user-of-consent" as string | null, accountId: null },
    attempt: async (_options: AttemptsOptions): Promise<AttemptsResult> => ANSWER,
    place: async (): Promise<void> => {},
    begin: async (_call: WriteCall): Promise<"open" | { recorded: { output: unknown; meta: never } }> => "open",
    recording: async (): Promise<void> => {},
    credential: async (): Promise<void> => {},
  };
  const calls = { attempts: [] as AttemptsOptions[], ledger: [] as WriteCall[], turns: [] as unknown[], signs: [] as unknown[] };
  const end = (name: string) => async (what?: unknown) => {
    events.push(typeof what === "string" ? `${name} ${what}` : name);
    await state.recording();
  };
  const turn: Turn = { assertMine: async () => {}, isStale: () => false, release: async () => void events.push("released") };
  const ledger: WriteLedger = {
    async begin(call) {
      events.push("begin");
      calls.ledger.push(call);
      const begun = await state.begin(call);
      if (begun !== "open") return begun;
      const endings = { done: end("done"), applied: end("applied"), failed: end("failed") };
      return { open: { ...endings, superseded: end("superseded"), unknown: end("unknown") } };
    },
    sweep: async () => 3,
  };
  const runtime = createRuntime({
    connectors: createConnectors(connectors),
    credentials: {
      async sign(...of: unknown[]) {
        events.push("sign");
        calls.signs.push(of);
        await state.credential();
        return {
          record: { ...state.record, account: state.account },
          authorization: "x",
          secretVersion: 1,
        } as unknown as SigningCredential;
      },
      async get() {
        await state.credential();
        return { ...state.record, account: state.account, nickname: "main" };
      },
    } as unknown as Credentials,
    async attempts(options) {
      events.push(options.operation.name === WRITE ? "write" : "read");
      calls.attempts.push(options);
      return state.attempt(options);
    },
    turns: {
      async take(...of) {
        events.push("queued");
        calls.turns.push(of);
        await state.place();
        events.push("turn");
        return turn;
      },
      sweep: async () => 4,
    },
    ledger,
    tell: (event) => void told.push(event),
    now: () => state.now,
  });
  const execute = (operation: string, more: Partial<ExecuteOptions> = {}) =>
    runtime.execute({
      access: accessTo("p1"),
      operation,
      credential: "cred_1",
      input: operation === WRITE ? { opportunity_id: TARGET, tags: ["a"] } : { opportunity_id: TARGET },
      ...more,
    });
  return { state, calls, events, told, runtime, turn, execute };
}

let here: ReturnType<typeof stage>;
beforeEach(() => {
  here = stage();
});
const only = (...names: string[]) => here.events.filter((event) => names.includes(event.split(" ")[0] as string));
const fails =
  (code: ErrorCode, details = {}) =>
  async () => {
    throw new ConnectorError(code, "no", details);
  };
const failing =
  (code: ErrorCode, details = {}) =>
  async (options: AttemptsOptions) =>
    options.operation.name === WRITE ? fails(code, details)() : ANSWER;

describe("a write", () => {
  it("takes its place in the queue before anything else, and its turn before it reads, signs and sends", async () => {
    await here.execute(WRITE);
    expect(here.events).toEqual([...["queued", "sign", "turn", "begin", "sign", "read", "sign", "write", "done", "released"]]);
    expect(here.calls.turns).toEqual([[accessTo("p1"), `opportunity_id=${TARGET}`, { timeoutMs: 60_000, signal: undefined }]]);
    const [read, write] = here.calls.attempts;
    expect([read?.turn, write?.turn, read?.once, write?.once]).toEqual([undefined, here.turn, true, undefined]);
  });

  it("tells the ledger what it is, and for how long it may run at the longest", async () => {
    await here.execute(WRITE, { timeoutMs: 7_000, idempotencyKey: "key", requestId: "req_1" });
    expect(here.calls.ledger).toEqual([
      {
        access: accessTo("p1"),
        owner: null,
        operation: WRITE,
        credential: "cred_1",
        input: { opportunity_id: TARGET, tags: ["a"] },
        effect: "repeatable",
        facts: expect.objectContaining({ performAs: "user-1", target: { field: "opportunity_id", id: TARGET } }),
        requestId: "req_1",
        idempotencyKey: "key",
        timeoutMs: 37_000,
      },
    ]);
  });

  it("reads its record within a quarter of the time, and is sent within all of it", async () => {
    await here.execute(WRITE, { timeoutMs: 8_000 });
    expect(here.calls.attempts.map(({ deadlineAt }) => deadlineAt - here.state.now)).toEqual([2_000, 8_000]);
  });

  it("is recorded by how it ended, and gives its turn back", async () => {
    for (const [attempt, ending] of [
      [failing("permission_denied"), "failed permission_denied"],
      [failing("outcome_unknown"), "unknown"],
      [failing("superseded"), "superseded"],
      [failing("upstream_invalid_response", { applied: true }), "applied upstream_invalid_response"],
      [
        async ({ operation }: AttemptsOptions) => {
          if (operation.name === WRITE) throw new Error("a fault of ours");
          return ANSWER;
        },
        "unknown",
      ],
    ] as const) {
      here = stage();
      here.state.attempt = attempt;
      await expect(here.execute(WRITE)).rejects.toThrow();
      expect(here.events.slice(-2)).toEqual([ending, "released"]);
    }
  });

  it("is done although its end cannot be recorded, and only the log says so", async () => {
    here.state.recording = () => Promise.reject(new Error("the store is away"));
    expect((await here.execute(WRITE)).output).toEqual(ANSWER.output);
    expect(only("released")).toHaveLength(1);
    expect(here.told).toContainEqual(
      expect.objectContaining({ type: "fault", what: "the outcome of a write could not be recorded" }),
    );
  });

  it("gives its turn back while its end is still being recorded, and is told after both", async () => {
    const recorded = gate();
    here.state.recording = () => recorded.opened;
    let told = false;
    const writing = here.execute(WRITE).then(() => {
      told = true;
    });
    while (only("released").length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(told).toBe(false);
    recorded.open();
    await writing;
  });

  it("that the ledger refuses or knows gives its turn back, sends nothing and ends nothing", async () => {
    const recorded = { output: "recorded", meta: { replayed: true } as never };
    here.state.begin = async () => ({ recorded });
    expect(await here.execute(WRITE)).toBe(recorded);
    here.state.begin = fails("idempotency_key_reused");
    await expect(here.execute(WRITE)).rejects.toMatchObject({ code: "idempotency_key_reused" });
    await new Promise((resolve) => setImmediate(resolve));
    expect(only("released", "write", "read", "done", "failed")).toEqual(["released", "released"]);
  });

  it("that is answered from the record does not wait for its turn", async () => {
    const queue = gate();
    here.state.place = () => queue.opened;
    here.state.begin = async () => ({ recorded: { output: "recorded", meta: {} as never } });
    expect(await here.execute(WRITE)).toMatchObject({ output: "recorded" });
    queue.open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(only("turn", "released")).toEqual(["turn", "released"]);
  });

  it("hears its caller while it waits, is signed and is sent", async () => {
    const { signal } = new AbortController();
    await here.execute(WRITE, { signal });
    const [[, , options]] = here.calls.turns as [[string, string, { signal: unknown }]];
    const signs = here.calls.signs as [Access, string, { signal: unknown }][];
    expect(options.signal).toBe(signal);
    expect(signs).toHaveLength(3);
    for (const [access, id, { signal: heard }] of signs)
      expect([access, id, heard === signal]).toEqual([accessTo("p1"), "cred_1", true]);
    for (const attempt of here.calls.attempts) expect(attempt.signal).toBe(signal);
  });

  it("whose turn is refused while the ledger is still asked fails in order", async () => {
    here.state.place = fails("write_in_progress");
    here.state.begin = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return "open";
    };
    await expect(here.execute(WRITE)).rejects.toMatchObject({ code: "write_in_progress" });
    expect(only("failed")).toEqual(["failed write_in_progress"]);
  });

  it("whose turn never comes is recorded as without effect", async () => {
    here.state.place = fails("write_in_progress");
    await expect(here.execute(WRITE)).rejects.toMatchObject({ code: "write_in_progress" });
    expect(here.events.at(-1)).toBe("failed write_in_progress");
    here.state.begin = fails("idempotency_in_progress");
    await expect(here.execute(WRITE)).rejects.toMatchObject({ code: "idempotency_in_progress" });
  });

  it("has as many attempts as were told of it, whatever the reads beside it took", async () => {
    here.state.attempt = async ({ operation, tell }) => {
      tell?.({ type: "waited", waitedMs: 5 });
      const repeats = operation.name === WRITE ? [1, 2] : [1];
      for (const attempt of repeats) tell?.({ type: "retried", attempt, code: "upstream_unreachable", waitMs: 5 });
      return ANSWER;
    };
    const counts: unknown[] = [];
    here.state.begin = async ({ facts }) => {
      counts.push(facts?.attempts());
      return "open";
    };
    await here.execute(WRITE);
    const [{ facts } = { facts: undefined }] = here.calls.ledger;
    expect([...counts, facts?.attempts()]).toEqual([1, 3]);
  });

  it("that creates something waits for no turn, and has no target and no record to read", async () => {
    here = stage([connector, quill]);
    Object.assign(here.state.record, { connector: "quill", environment: "production" });
    const { meta } = await here.execute("create_tag", { input: { name: "Later" } });
    expect(here.calls.turns).toEqual([]);
    expect(here.calls.ledger).toMatchObject([{ effect: "create", facts: { connector: "quill", performAs: null, target: null } }]);
    expect(meta).not.toHaveProperty("readBack");
    expect([here.calls.attempts.length, here.told.map(({ type }) => type)]).toEqual([1, ["call_ended"]]);
    here.state.begin = async () => ({ recorded: { output: "recorded", meta: {} as never } });
    expect(await here.execute("create_tag", { input: { name: "Later" } })).toMatchObject({ output: "recorded" });
  });

  it("is recorded for nobody where the service asks for no user", async () => {
    await here.execute("update_contact", { input: { contact_id: TARGET, name: "N" } });
    expect(here.calls.ledger).toMatchObject([{ facts: { performAs: null, target: { field: "contact_id", id: TARGET } } }]);
  });

  it("is recorded as one to what its path names, where that is a text", async () => {
    const { serializeBy: _, ...declaration } = connector.operation(WRITE).declaration;
    const operation = { ...connector.operation(WRITE), declaration, checkInput: () => {} } as unknown as CompiledOperation;
    here = stage([like({ operation })]);
    await here.execute(WRITE);
    await here.execute(WRITE, { input: { opportunity_id: 7, tags: ["a"] } });
    expect(here.calls.turns).toEqual([]);
    expect(here.calls.ledger.map(({ facts }) => facts?.target)).toEqual([{ field: "opportunity_id", id: TARGET }, null]);
  });

  it("is read back where the manifest asks for no read before it", async () => {
    await here.execute("set_opportunity_stage", { input: { opportunity_id: TARGET, stage: TARGET } });
    expect(here.calls.attempts.map(({ operation }) => operation.name)).toEqual(["set_opportunity_stage", READ]);
    expect(here.told.map(({ type }) => type)).toEqual(["read_back", "call_ended"]);
    expect(here.told[0]).toMatchObject({ code: "ok", operation: "set_opportunity_stage" });
  });

  it("whose time is up while it is on its way is told so, and followed to its end", async () => {
    const answered = gate();
    here.state.attempt = async ({ operation, onWire }) => {
      if (operation.name !== WRITE) return ANSWER;
      onWire?.(true);
      await answered.opened;
      return ANSWER;
    };
    await expect(here.execute(WRITE, { timeoutMs: 20 })).rejects.toMatchObject({
      code: "outcome_unknown",
      details: { seen: "upstream_timeout" },
    });
    answered.open();
    await here.runtime.settled();
    expect(only("done", "released")).toEqual(["done", "released"]);
  });

  it("that can be refused without asking Lever leaves no record", async () => {
    here.state.record.defaultPerformAs = null;
    await expect(here.execute(WRITE)).rejects.toMatchObject({
      code: "perform_as_missing",
      details: { issues: [{ pointer: "/perform_as", keyword: "required" }] },
    });
    here.state.record.scopes = ["opportunities:read:admin"];
    await expect(here.execute(WRITE)).rejects.toMatchObject({
      code: "credential_scope_missing",
      details: { scopes: ["opportunities:write:admin"] },
    });
    expect(only("begin", "write")).toEqual([]);
  });

  it("whose caller leaves is followed to its end: settled() waits for it, and the log tells it", async () => {
    const answered = gate();
    const leaving = new AbortController();
    here.state.attempt = async ({ operation, onWire }) => {
      if (operation.name !== WRITE) return ANSWER;
      onWire?.(true);
      leaving.abort();
      await answered.opened;
      return ANSWER;
    };
    await expect(here.execute(WRITE, { signal: leaving.signal, requestId: "req_left" })).rejects.toMatchObject({
      code: "outcome_unknown",
    });
    let settled = false;
    const settling = here.runtime.settled().then(() => {
      settled = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([settled, only("done")]).toEqual([false, []]);
    answered.open();
    await settling;
    expect(only("done", "released")).toEqual(["done", "released"]);
    expect(here.told.at(-1)).toMatchObject({ type: "ended_late", requestId: "req_left", operation: WRITE, code: "ok" });
  });

  it.each([
    ["the input's", { perform_as: "user-of-input" }, "user-1", "api_key", "user-of-input"],
    ["else the credential's", {}, "user-1", "oauth2", "user-1"],
    ["else the one who gave the consent", {}, null, "oauth2", "user-of-consent"],
  ] as const)("is recorded for %s user", async (_name, more, defaultPerformAs, auth, user) => {
    Object.assign(here.state.record, { defaultPerformAs, auth });
    await here.execute(WRITE, { input: { opportunity_id: TARGET, tags: ["a"], ...more } });
    expect(here.calls.attempts.at(-1)?.request.path).toContain(`perform_as=${user}`);
    expect(here.calls.attempts[0]?.request.path).not.toContain("perform_as");
  });
});

describe("the record of a write", () => {
  const before = { data: { id: TARGET, name: "Nadia Example", tags: ["b"] } };
  const written = { data: { id: TARGET, name: "", tags: ["b", "a"] } };
  const attempt =
    (read: () => Promise<AttemptsResult>) =>
    async ({ operation }: AttemptsOptions) =>
      operation.name === WRITE ? { ...ANSWER, output: written, waitedMs: 10, attempts: 2 } : read();

  it("is the write's answer with what was read before; waits count, reads are no attempts", async () => {
    here.state.attempt = attempt(async () => ({ ...ANSWER, output: before, waitedMs: 5, attempts: 1 }));
    const { output, meta } = await here.execute(WRITE);
    expect(output).toEqual({ data: { id: TARGET, name: "Nadia Example", tags: ["b", "a"] } });
    expect(meta).toMatchObject({
      attempts: 2,
      waitedMs: 15,
      readBack: { ok: true },
      changed: { field: "tags", added: ["a"], removed: [] },
    });
  });

  it("is read back where it is another one than was read before", async () => {
    let reads = 0;
    here.state.attempt = attempt(async () => {
      reads += 1;
      return { ...ANSWER, output: reads === 1 ? { data: { id: "other", tags: [] } } : before, waitedMs: 5 };
    });
    const { output, meta } = await here.execute(WRITE);
    expect([output, only("read", "write")]).toEqual([before, ["read", "write", "read"]]);
    expect(meta).toMatchObject({ attempts: 2, waitedMs: 20, readBack: { ok: true } });
    expect(meta).not.toHaveProperty("changed");
    const [, , back] = here.calls.attempts;
    expect([back?.once, back?.turn, back?.deadlineAt]).toEqual([undefined, undefined, here.state.now + 60_000]);
  });

  it("is not said to be whole where neither read gave the record of the answer; what is odd about the answer is still told", async () => {
    const warnings = { count: 1, issues: [{ pointer: "/data/id", keyword: "type", message: "must be string" }] };
    const odd = { data: { id: 7, tags: "x" } };
    here.state.attempt = async ({ operation }: AttemptsOptions) =>
      operation.name === WRITE ? { ...ANSWER, output: odd, warnings } : { ...ANSWER, output: before };
    const { output, meta } = await here.execute(WRITE);
    expect(output).toEqual(odd);
    expect(meta).toMatchObject({ readBack: { ok: false, code: "upstream_invalid_response" }, schemaWarnings: warnings });
  });

  it("is not asked for again where the key may not read it, and is where it was hindered otherwise", async () => {
    for (const [code, asked] of [
      ["permission_denied", ["read", "write"]],
      ["upstream_not_found", ["read", "write", "read"]],
      ["rate_limited", ["read", "write", "read"]],
    ] as const) {
      here = stage();
      here.state.attempt = attempt(fails(code));
      const { output, meta } = await here.execute(WRITE);
      expect([output, meta.readBack, only("read", "write")]).toEqual([written, { ok: false, code }, asked]);
      expect(here.told.filter(({ type }) => type === "read_back")).toMatchObject([{ code }]);
    }
  });

  it("is a matter of the log and not of the write where a fault of ours breaks the reading", async () => {
    here.state.attempt = attempt(() => Promise.reject(new Error("a fault of ours")));
    const { output, meta } = await here.execute(WRITE, { requestId: "req_fault" });
    expect([output, meta.readBack]).toEqual([written, { ok: false, code: "internal_error" }]);
    const what = "the record of a write could not be read";
    expect(here.told.filter(({ type }) => type === "fault")).toMatchObject([
      { requestId: "req_fault", what },
      { requestId: "req_fault", what },
    ]);
    expect(only("done", "unknown")).toEqual(["done"]);
  });
});

describe("a read", () => {
  it("needs no turn and no record", async () => {
    const { meta } = await here.execute(READ, { timeoutMs: 5_000 });
    expect(here.events).toEqual(["sign", "read"]);
    expect(here.calls.attempts[0]).toMatchObject({
      access: accessTo("p1"),
      deadlineAt: here.state.now + 5_000,
      rateLimit: connector.manifest.rateLimit,
    });
    expect(meta).toMatchObject({ requestId: expect.stringMatching(/^req_/), attempts: 1, durationMs: 0 });
    expect(meta).not.toHaveProperty("readBack");
  });

  it("takes as long as it took", async () => {
    here.state.attempt = async () => {
      here.state.now += 250;
      return ANSWER;
    };
    expect((await here.execute(READ)).meta.durationMs).toBe(250);
  });

  it("is refused before anything is asked where its input is wrong or its scope is missing", async () => {
    await expect(here.execute(READ, { input: {} })).rejects.toMatchObject({ code: "input_invalid" });
    expect(here.told).toEqual([
      expect.objectContaining({ type: "call_ended", operation: READ, effect: "read", code: "input_invalid", durationMs: 0 }),
    ]);
    expect(here.events).toEqual([]);
    here.state.record.scopes = ["tags:read:admin"];
    await expect(here.execute(READ)).rejects.toMatchObject({ code: "credential_scope_missing" });
    expect(here.events).toEqual(["sign"]);
    here.state.record.scopes = ["opportunities:read:admin"];
    await here.execute(READ);
  });
});

describe("an operation of a name that several connectors have", () => {
  it("is the one of the credential's connector", async () => {
    here = stage([connector, like({ id: "twin" })]);
    for (const id of ["twin", "lever"]) {
      here.state.record.connector = id;
      await here.execute(READ);
      await here.runtime.dryRun({
        ...{ access: accessTo("p1"), operation: READ, credential: "cred_1", input: { opportunity_id: TARGET } },
      });
    }
    expect(only("read")).toHaveLength(2);
    here.state.record.connector = "gone";
    await expect(here.execute(READ)).rejects.toMatchObject({ code: "connector_unknown" });
  });

  it("is none where the credential's connector has none of it", async () => {
    here = stage([connector, like({ id: "twin" }), quill]);
    here.state.record.connector = "quill";
    for (const name of [READ, "no_such_operation"])
      await expect(here.execute(name)).rejects.toMatchObject({ code: "not_found", details: { kind: "operation" } });
    here = stage([connector, quill]);
    here.state.record.connector = "quill";
    await expect(here.execute(READ)).rejects.toMatchObject({ code: "not_found", details: { kind: "operation" } });
    expect(only("read")).toEqual([]);
  });
});

describe("all pages", () => {
  it("give way to calls that somebody waits for, unless told otherwise", async () => {
    here.state.attempt = async () => ({ ...ANSWER, output: { data: [], hasNext: false } });
    const crawl = { access: accessTo("p1"), operation: "list_stages", credential: "cred_1", input: {} };
    for await (const _ of here.runtime.pages(crawl));
    for await (const _ of here.runtime.pages({ ...crawl, priority: "interactive" }));
    await here.execute("list_stages", { input: {} });
    expect(here.calls.attempts.map(({ priority }) => priority)).toEqual(["crawl", "interactive", undefined]);
  });
});

describe("a probe", () => {
  it("is one attempt of a read, with the service's clock where it tells it", async () => {
    here.state.attempt = async () => ({ ...ANSWER, serverDateMs: 7 });
    const options = { access: accessTo("p1"), operation: READ, credential: "cred_1", input: { opportunity_id: TARGET } };
    expect(await here.runtime.probe(options)).toMatchObject({ output: ANSWER.output, serverDateMs: 7 });
    expect(here.calls.attempts[0]?.once).toBe(true);
    here.state.attempt = async () => ANSWER;
    expect(await here.runtime.probe(options)).not.toHaveProperty("serverDateMs");
  });

  it("never writes", async () => {
    const input = { opportunity_id: TARGET, tags: ["a"] };
    await expect(
      here.runtime.probe({ access: accessTo("p1"), operation: WRITE, credential: "cred_1", input }),
    ).rejects.toMatchObject({
      code: "input_invalid",
    });
    expect(here.events).toEqual([]);
  });
});

describe("a dry run", () => {
  const dry = (operation: string, input: object) =>
    here.runtime.dryRun({ access: accessTo("p1"), operation, credential: "cred_1", input });

  it("shows a body and its type only where one is sent", async () => {
    const shown = await dry(READ, { opportunity_id: TARGET });
    expect(shown).toMatchObject({ method: "GET", headers: { accept: "application/json" }, effect: "read" });
    expect([Object.keys(shown.headers), "body" in shown]).toEqual([["accept"], false]);
    expect(await dry(WRITE, { opportunity_id: TARGET, tags: ["a"] })).toMatchObject({
      url: `${connector.environment("production").api}/opportunities/${TARGET}/addTags?perform_as=user-1`,
      headers: { "content-type": "application/json" },
      body: { tags: ["a"] },
      credential: { id: "cred_1", nickname: "main", environment: "production" },
    });
  });

  it("is refused for what the call would be refused for", async () => {
    here.state.record.scopes = [];
    await expect(dry(READ, { opportunity_id: TARGET })).rejects.toMatchObject({ code: "credential_scope_missing" });
    here.state.record.scopes = null;
    here.state.record.defaultPerformAs = null;
    await expect(dry(WRITE, { opportunity_id: TARGET, tags: ["a"] })).rejects.toMatchObject({ code: "perform_as_missing" });
    await expect(dry(WRITE, {})).rejects.toMatchObject({ code: "input_invalid" });
    expect(here.events).toEqual([]);
  });
});

describe("the event of a call's end", () => {
  const last = () => here.told.at(-1);

  it("is told once for each call, with the status that the service gave where it failed", async () => {
    await here.execute(READ, { requestId: "req_r" });
    expect(last()).toMatchObject({
      ...{ type: "call_ended", requestId: "req_r", project: "p1", actor: "test", operation: READ, effect: "read" },
      ...{ credential: "cred_1", code: "ok", attempts: 1, durationMs: 0, waitedMs: 0 },
    });
    await here.execute(WRITE);
    expect(last()).toMatchObject({ type: "call_ended", operation: WRITE, effect: "repeatable", code: "ok" });
    expect(here.told.map(({ type }) => type)).toEqual(["call_ended", "read_back", "call_ended"]);
    here.state.attempt = fails("permission_denied", { upstream: { status: 403 } });
    await expect(here.execute(READ)).rejects.toThrow();
    expect(last()).toMatchObject({ operation: READ, code: "permission_denied", upstream: 403, credential: "cred_1" });
    here.state.attempt = async () => {
      here.state.now += 250;
      throw new Error("a fault of ours");
    };
    await expect(here.execute(READ)).rejects.toThrow();
    expect(last()).toMatchObject({ type: "call_ended", code: "internal_error", durationMs: 250 });
    here.state.credential = fails("not_found");
    await expect(here.execute(READ, { requestId: "req_none" })).rejects.toMatchObject({ code: "not_found" });
    expect(last()).toMatchObject({ type: "call_ended", code: "not_found", requestId: "req_none" });
  });

  it("says what the call's attempts told, with the call's id", async () => {
    here.state.attempt = async ({ tell }) => {
      tell?.({ type: "waited", waitedMs: 70 });
      tell?.({ type: "retried", attempt: 1, code: "upstream_unreachable", waitMs: 5 });
      return ANSWER;
    };
    await here.execute(READ, { requestId: "req_r" });
    expect(here.told.slice(0, 2)).toMatchObject([
      { type: "waited", requestId: "req_r", credential: "cred_1", waitedMs: 70 },
      { type: "retried", requestId: "req_r", attempt: 1, code: "upstream_unreachable" },
    ]);
  });
});

it("acts for nobody where the service needs no user and none is known", () => {
  const operation = connector.operation(WRITE);
  const optional = { ...operation, declaration: { ...operation.declaration, performAs: "optional" as const } };
  const input = { opportunity_id: TARGET, tags: ["a"] };
  const record = { auth: "api_key", defaultPerformAs: null, account: { userId: "u" } } as unknown as Credential;
  expect(withPerformAs(optional, input, record)).toBe(input);
  // Nor is a user added to what is sent without one.
  const known = { ...record, defaultPerformAs: "user-1" };
  expect(withPerformAs(connector.operation(READ), input, known)).toBe(input);
  expect(withPerformAs(quill.operation("create_tag"), input, known)).toBe(input);
});

it("sweeps the records of writes and of turns", async () => {
  expect(await here.runtime.sweep()).toBe(7);
});
