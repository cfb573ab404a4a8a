import { buildRequest } from "../connector/build-request.ts";
import { noSuchOperation } from "../connector/manifest.ts";
import type { CompiledOperation, Connector, Connectors, Input } from "../connector/types.ts";
import { missingScopes } from "../credentials/scopes.ts";
import type { Credential, Credentials, SigningCredential } from "../credentials/types.ts";
import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";
import type { Access } from "../store/access.ts";
import { ATTEMPT_MS, type Attempts, type AttemptsResult } from "./attempts.ts";
import type { Call } from "./call.ts";
import type { CallFacts, Listener } from "./events.ts";
import { followWrite, type OnWire } from "./follow-write.ts";
import { newRequestId } from "./new-request-id.ts";
import { withPerformAs } from "./perform-as.ts";
import { readPages } from "./read-pages.ts";
import { createRecordReads, type RecordMeta } from "./record-reads.ts";
import { steadyNow } from "./steady-now.ts";
import type { Turn, Turns } from "./turns.ts";
import type { DryRun, ExecuteOptions, ExecuteResult, Probe, Runtime } from "./types.ts";
import type { OpenWrite, WriteFacts, WriteLedger } from "./write-ledger.ts";

export interface RuntimeDeps {
  readonly connectors: Connectors;
  readonly credentials: Credentials;
  readonly attempts: Attempts;
  readonly turns: Turns;
  readonly ledger: WriteLedger;
  /** Told what happens: one `call_ended` for each call, and what led to it. */
  readonly tell?: Listener;
  /** The clock of `attempts`. Must only grow. */
  readonly now?: () => number;
}

const TIMEOUT_MS = 60_000;

/**
 * Runs operations: check input → take budget → sign → send → judge → retry if the effect allows → check output → read back → record.
 *
 * Everything it needs is given; it holds no connection and starts nothing of its own.
 */
export function createRuntime(deps: RuntimeDeps): Runtime {
  const { connectors, credentials, attempts, turns, ledger, tell = () => {}, now = steadyNow } = deps;
  const followed = new Set<Promise<void>>();
  const records = createRecordReads({
    now,
    tell,
    factsOf,
    answer,
    read: async (call, { operation, input }, more) =>
      run(call, call.connector.operation(operation), input, await sign(call), more),
  });

  return {
    execute: (options) => told(options, (call) => (call.operation.effect === "read" ? read(call) : write(call))),
    pages: (options) =>
      readPages({ connectorOf, options: { priority: "crawl", ...options }, execute: (page) => told(page, read) }),
    probe: (options, signing) =>
      told(options, async (call) => {
        if (call.operation.effect !== "read") throw new ConnectorError("input_invalid", `${call.operation.name} is not a read`);
        const result = await run(call, call.operation, call.input, signing ?? (await sign(call)), { once: true });
        const { output, serverDateMs } = result;
        return { ...answer(call, result, output), ...(serverDateMs === undefined ? {} : { serverDateMs }) };
      }),
    dryRun,
    sweep: async () => (await ledger.sweep()) + (await turns.sweep()),
    settled: async () => void (await Promise.all(followed)),
  };

  /** Where several connectors have an operation of this name, the credential tells which is meant; where none has, that one says so. */
  async function connectorOf({ access, operation, credential }: Omit<ExecuteOptions, "idempotencyKey">): Promise<Connector> {
    const [only, another] = connectors.withOperation(operation);
    if (only !== undefined && another === undefined) return only;
    return connectorOfCredential(access, credential);
  }

  /** @throws ConnectorError `connector_unknown` where the connector's folder is gone */
  async function connectorOfCredential(access: Access, credential: string): Promise<Connector> {
    return connectors.of((await credentials.get(access, credential)).connector);
  }

  /** @throws ConnectorError `not_found` where the credential is another connector's, `connector_unknown` where that one is gone */
  function assertBelongs({ connector }: Pick<Call, "connector">, record: Credential): void {
    if (record.connector === connector.manifest.id) return;
    connectors.of(record.connector);
    throw noSuchOperation();
  }

  async function prepare(options: ExecuteOptions): Promise<Call> {
    const connector = await connectorOf(options);
    const operation: CompiledOperation = connector.operation(options.operation);
    const input: unknown = options.input;
    const startedAt = now();
    const requestId = options.requestId ?? newRequestId();
    try {
      operation.checkInput(input);
    } catch (error) {
      // Where the credential's own connector is gone, another's operation of that name may have refused it.
      await connectorOfCredential(options.access, options.credential);
      const { project, actor } = options.access;
      const facts = { requestId, project, actor, operation: operation.name, effect: operation.effect };
      tell({ type: "call_ended", ...facts, code: "input_invalid", durationMs: now() - startedAt });
      throw error;
    }
    return {
      options,
      connector,
      operation,
      input,
      requestId,
      startedAt,
      deadlineAt: startedAt + (options.timeoutMs ?? TIMEOUT_MS),
    };
  }

  async function read(call: Call): Promise<ExecuteResult> {
    const result = await run(call, call.operation, call.input, await sign(call));
    return answer(call, result, result.output);
  }

  async function write(call: Call): Promise<ExecuteResult> {
    // The place in the queue is taken at once, so that writes run in the order of the calls; nothing waits for it before the ledger is asked.
    const place = takeTurn(call);
    const leave = () => void place.then((turn) => turn?.release()).catch(() => {});
    // It is awaited later, so a failure that comes earlier must not count as unhandled.
    place.catch(() => {});
    const begun = await begin(call).catch((error) => {
      leave();
      throw error;
    });
    if ("open" in begun) return follow(call, begun.open, place);
    leave();
    return begun.recorded;
  }

  function follow(call: Call, open: OpenWrite, place: Promise<Turn | undefined>): Promise<ExecuteResult> {
    const { operation, options, deadlineAt } = call;
    const onLate = (code: string) => tell({ type: "ended_late", ...factsOf(call), code });
    const { told: result, ended } = followWrite(
      { operation, timeoutMs: deadlineAt - now(), signal: options.signal, onLate },
      (onWire) => recordedWrite(call, open, place, onWire),
    );
    followed.add(ended);
    void ended.then(() => followed.delete(ended));
    return result;
  }

  async function begin(call: Call): ReturnType<WriteLedger["begin"]> {
    const { record } = await sign(call);
    // Whatever can be refused without asking the service is refused before anything is recorded.
    const input = withPerformAs(call.operation, call.input, record);
    buildRequest(call.operation, input);
    return ledger.begin({
      access: call.options.access,
      owner: record.owner,
      operation: call.operation.name,
      credential: record.id,
      input: call.input,
      effect: call.operation.effect,
      facts: {
        connector: record.connector,
        performAs: textOf(input, call.operation.connector.performAs?.input),
        target: targetOf(call.operation, input),
        attempts: () => (call.retries ?? 0) + 1,
      },
      requestId: call.requestId,
      idempotencyKey: call.options.idempotencyKey,
      isBegun: call.options.begun?.is(),
      timeoutMs: call.deadlineAt - now() + ATTEMPT_MS,
    });
  }

  async function recordedWrite(
    call: Call,
    open: OpenWrite,
    place: Promise<Turn | undefined>,
    onWire: OnWire,
  ): Promise<ExecuteResult> {
    const { begun } = call.options;
    let turn: Turn | undefined;
    try {
      turn = await place;
      const before = await records.before(call);
      await begun?.set();
      // Signed again: the waits for the turn and for the record may have been long.
      const written = await run(call, call.operation, call.input, await sign(call), { turn, onWire });
      const done = await records.complete(call, written, before);
      // The write has taken effect: a ledger that cannot be written any more must not turn that into a failure.
      await ended(open.done(done));
      return done;
    } catch (error) {
      // First: once the ledger knows, another call with the key may begin.
      if (isWithoutEffect(error) && begun?.is()) await begun.clear().catch((cause) => unrecorded(call, cause));
      await ended(ending(open, error));
      throw error;
    }

    /** Both at once: where the store is away, each waits for it, and the caller waits for both. */
    async function ended(record: Promise<void>): Promise<void> {
      await Promise.all([record.catch((error) => unrecorded(call, error)), turn?.release()]);
    }
  }

  function unrecorded({ requestId }: Call, error: unknown): void {
    tell({ type: "fault", what: "the outcome of a write could not be recorded", error, requestId });
  }

  async function takeTurn({ operation, input, options, deadlineAt }: Call): Promise<Turn | undefined> {
    const name = operation.declaration.serializeBy;
    if (name === undefined) return undefined;
    return turns.take(options.access, `${name}=${String(input[name])}`, {
      timeoutMs: deadlineAt - now(),
      signal: options.signal,
    });
  }

  async function sign(call: Call): Promise<SigningCredential> {
    const { access, credential, signal } = call.options;
    const signing = await credentials.sign(access, credential, { signal });
    call.credential = signing.record.id;
    assertBelongs(call, signing.record);
    assertScopes(call.operation, signing.record);
    return signing;
  }

  function run(
    call: Call,
    operation: CompiledOperation,
    input: Input,
    signing: SigningCredential,
    more: { turn?: Turn | undefined; onWire?: OnWire; once?: boolean; deadlineAt?: number } = {},
  ) {
    const { connector } = call;
    const environment = connector.environment(signing.record.environment);
    return attempts({
      operation,
      request: buildRequest(operation, withPerformAs(operation, input, signing.record)),
      input,
      environment,
      rateLimit: environment.rateLimit ?? connector.manifest.rateLimit,
      access: call.options.access,
      signing,
      deadlineAt: call.deadlineAt,
      signal: call.options.signal,
      priority: call.options.priority,
      budgetWaitMs: call.options.budgetWaitMs,
      tell(event) {
        if (event.type === "retried" && operation === call.operation) call.retries = (call.retries ?? 0) + 1;
        tell({ ...factsOf(call), ...event });
      },
      ...more,
    });
  }

  async function dryRun(options: ExecuteOptions): Promise<DryRun> {
    const { connector, operation, input } = await prepare(options);
    const record = await credentials.get(options.access, options.credential);
    assertBelongs({ connector }, record);
    assertScopes(operation, record);
    const request = buildRequest(operation, withPerformAs(operation, input, record));
    return {
      method: request.method,
      url: connector.environment(record.environment).api + request.path,
      headers: { accept: "application/json", ...(request.body === undefined ? {} : { "content-type": "application/json" }) },
      ...(request.body === undefined ? {} : { body: JSON.parse(request.body) as unknown }),
      credential: { id: record.id, nickname: record.nickname, environment: record.environment },
      effect: operation.effect,
      scopes: operation.declaration.scopes,
    };
  }

  function answer(call: Call, result: AttemptsResult, output: unknown, { readBack, changed }: RecordMeta = {}): ExecuteResult {
    const { attempts: count, waitedMs, budget, warnings } = result;
    const meta = {
      requestId: call.requestId,
      attempts: count,
      durationMs: now() - call.startedAt,
      waitedMs,
      budget,
      ...(readBack && { readBack }),
      ...(changed && { changed }),
      ...(warnings && { schemaWarnings: warnings }),
    };
    return { output, meta };
  }

  function factsOf({ requestId, operation, options, credential }: Call): CallFacts {
    const { project, actor } = options.access;
    return { requestId, project, actor, operation: operation.name, effect: operation.effect, credential };
  }

  /** Tells how the call ended, whatever it was. */
  async function told<T extends ExecuteResult | Probe>(options: ExecuteOptions, work: (call: Call) => Promise<T>): Promise<T> {
    const call = await prepare(options);
    try {
      const result = await work(call);
      const { attempts: count, durationMs, waitedMs, replayed } = result.meta;
      tell({ type: "call_ended", ...factsOf(call), code: "ok", attempts: count, durationMs, waitedMs, replayed });
      return result;
    } catch (error) {
      const known = isConnectorError(error) ? error : undefined;
      tell({
        type: "call_ended",
        ...factsOf(call),
        code: known?.code ?? "internal_error",
        upstream: known?.details.upstream?.status,
        durationMs: now() - call.startedAt,
      });
      throw error;
    }
  }
}

function textOf(input: Input, field: string | undefined): string | null {
  const value = field === undefined ? undefined : input[field];
  return typeof value === "string" ? value : null;
}

/** The field of the path that names what is written to. */
function targetOf({ declaration }: CompiledOperation, input: Input): WriteFacts["target"] {
  const field = declaration.serializeBy ?? /\{([^}]+)\}/.exec(declaration.request.path)?.[1];
  const id = textOf(input, field);
  return field === undefined || id === null ? null : { field, id };
}

function ending(open: OpenWrite, error: unknown): Promise<void> {
  if (isWithoutEffect(error)) return error.code === "superseded" ? open.superseded() : open.failed(error.code);
  return isConnectorError(error) && error.details.applied === true ? open.applied(error.code) : open.unknown();
}

function isWithoutEffect(error: unknown): error is ConnectorError {
  return isConnectorError(error) && error.code !== "outcome_unknown" && error.details.applied !== true;
}

function assertScopes(operation: CompiledOperation, record: Credential): void {
  if (record.scopes === null) return;
  const missing = missingScopes(operation.declaration.scopes, record.scopes);
  if (missing.length === 0) return;
  throw new ConnectorError(
    "credential_scope_missing",
    `${operation.name} needs scopes that the credential was not granted: ${missing.join(", ")}`,
    {
      scopes: missing,
    },
  );
}
