import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connectors } from "../connector/types.ts";
import type { CredentialStore } from "../credentials/credential-store.ts";
import type { Destinations } from "../destinations/create-destinations.ts";
import { ConnectorError, type ErrorCode, isConnectorError } from "../errors/connector-error.ts";
import type { Begun, Runtime } from "../runtime/types.ts";
import type { Budget, DestinationDelivery } from "../schemas/types/index.ts";
import type { Access } from "../store/access.ts";
import { allPages } from "../store/find-page.ts";
import type { Call, Effect, StepError } from "../workflows/types.ts";

/** What came of one call: its answer, why there is none, or why it was not made now. */
export type Performed =
  | { readonly type: "done"; readonly output: unknown; readonly attempts: number; readonly isReplayed: boolean }
  | { readonly type: "failed"; readonly error: StepError }
  /** It may have taken effect, and must not be made again by itself. */
  | { readonly type: "unknown"; readonly error: StepError }
  /** Nothing was sent, or what was sent is still under way: to be asked for again then, with the same key. */
  | { readonly type: "later"; readonly atMs: number; readonly budgetOf?: string }
  /** Nothing is sent before the credential works again. */
  | { readonly type: "held"; readonly credential: string };

export interface Context {
  readonly run: string;
  /** Reaches what belongs to the run's owner alone, where it has one. */
  readonly access: Access;
  /** Names of credentials as they were when the version was published, by what the definition calls them. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Ids of destinations, likewise. */
  readonly destinations: Readonly<Record<string, string>>;
  /** Aborted when the process ends, or when the run is cancelled. */
  readonly signal: AbortSignal;
}

export interface Performer {
  /**
   * Makes one call of a step, or of one item of it. The same key is never sent twice where that would be two: the run remembers with `begun` that
   * it was sent, for as long as there is a run. Throws only what is no outcome.
   */
  perform(context: Context, effect: Effect, key: string, begun?: Begun): Promise<Performed>;
  /** The credential that a call is made with. @throws ConnectorError `not_found`, `conflict` where several would do */
  credentialOf(context: Caller, call: Pick<Call, "connector" | "credential">): Promise<string>;
  /** The rate budget that such a call is made by. @throws ConnectorError as `credentialOf` */
  budgetOf(context: Caller, call: Pick<Call, "connector" | "credential">): Promise<Budget>;
}

/** In whose name a credential is looked for. */
type Caller = Pick<Context, "access" | "credentials">;

export interface PerformerDeps {
  readonly connectors: Connectors;
  readonly credentials: Pick<CredentialStore, "get" | "idOf" | "list">;
  readonly runtime: Pick<Runtime, "execute">;
  readonly destinations: Pick<Destinations, "resolve" | "send" | "outcome" | "onEnded">;
  readonly budget: (access: Access, credential: string) => Promise<Budget>;
  readonly now?: () => number;
}

/** As long as this a call may wait for the rate budget: what would wait longer is parked. */
const BUDGET_WAIT_MS = 1_000;
const ASK_AGAIN_MS = 1_000;
/** A message that is accepted at once is waited for. */
const SOON_MS = 2_000;
/** What says nothing of the call, but that this process cannot work now. */
const AWAY: ReadonlySet<ErrorCode> = new Set(["store_unavailable", "store_full", "shutting_down"]);

type Send = Extract<Effect, { type: "send" }>;

/** Makes the calls of runs, by `execute` alone, and says what their outcome means for the run. Holds no state but who waits for which budget. */
export function createPerformer({
  connectors,
  credentials,
  runtime,
  destinations,
  budget,
  now = Date.now,
}: PerformerDeps): Performer {
  /** Calls under way, by credential. */
  const busy = new Map<string, number>();
  /** Up to when the tokens of a credential are spoken for by runs that were parked. */
  const spokenFor = new Map<string, number>();

  return {
    perform,
    credentialOf,
    budgetOf: async (context, call) => budget(context.access, await credentialOf(context, call)),
  };

  async function perform(context: Context, effect: Effect, key: string, begun?: Begun): Promise<Performed> {
    if (effect.type === "send") return send(context, effect, key);
    let credential: string | undefined;
    try {
      credential = await credentialOf(context, effect);
      const parked = await park(context.access, credential);
      if (parked !== undefined) return { type: "later", atMs: parked, budgetOf: credential };
      const { output, meta } = await counted(credential, () => execute(context, effect, String(credential), key, begun));
      return { type: "done", output, attempts: meta.attempts, isReplayed: meta.replayed === true };
    } catch (error) {
      return judge(context, effect, credential, error);
    }
  }

  /** Recorded once under its key, and delivered by whichever process gets to it: the step ends when the message has. */
  async function send(
    { access, signal, destinations: named }: Context,
    { destination, body }: Send,
    key: string,
  ): Promise<Performed> {
    let off = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      off = destinations.onEnded((message) => void (message.key === key && message.project === access.project && resolve()));
    });
    try {
      const id = named[destination] ?? (await destinations.resolve(access, destination)).id;
      const sent = await destinations.send(access, { destination: id, id: key, body });
      const isSoon = sent.state === "pending" && Promise.race([ended, sleep(SOON_MS, undefined, { signal, ref: false })]);
      if (isSoon) await isSoon.catch(() => undefined);
      return judgeMessage(isSoon ? await destinations.outcome(access, key) : sent);
    } catch (error) {
      if (!isConnectorError(error) || signal.aborted || AWAY.has(error.code)) throw error;
      return { type: "failed", error: toStepError(error) };
    } finally {
      off();
    }
  }

  function judgeMessage({ id, state, code, attemptCount, nextAttemptAt, attempts }: DestinationDelivery): Performed {
    if (state === "delivered") return { type: "done", output: { messageId: id }, attempts: attemptCount, isReplayed: false };
    if (state === "pending") return { type: "later", atMs: Math.max(now() + ASK_AGAIN_MS, Date.parse(nextAttemptAt ?? "") || 0) };
    const details = { verdict: code, status: attempts.at(-1)?.status ?? null };
    return {
      type: "failed",
      error: toStepError(new ConnectorError("delivery_failed", "The destination did not accept the message", details)),
    };
  }

  async function execute(
    context: Context,
    call: Call & { timeoutMs: number },
    credential: string,
    key: string,
    begun: Begun | undefined,
  ) {
    const { access, signal } = context;
    const { operation, input, timeoutMs } = call;
    const options = { access, operation, credential, input, timeoutMs, signal, idempotencyKey: key } as const;
    const once = effectOf(call) === "create" ? { begun } : {};
    const wanted = { ...options, ...once, priority: "workflow", budgetWaitMs: BUDGET_WAIT_MS } as const;
    try {
      return await runtime.execute(wanted);
    } catch (error) {
      // What was left under way is followed to its end, and recorded: asked again, it may tell more.
      if (!isConnectorError(error, "outcome_unknown") || signal.aborted) throw error;
      return runtime.execute(wanted);
    }
  }

  async function judge(context: Context, call: Call, credential: string | undefined, error: unknown): Promise<Performed> {
    if (!isConnectorError(error) || context.signal.aborted) throw error;
    const { code } = error;
    const atMs = now() + (error.details.retryAfterMs ?? ASK_AGAIN_MS);
    if (code === "rate_limited" && credential !== undefined) {
      return { type: "later", atMs: speakFor(credential, atMs), budgetOf: credential };
    }
    if (code === "idempotency_in_progress" || code === "write_in_progress") return { type: "later", atMs };
    if (AWAY.has(code)) throw error;
    if (credential !== undefined && (await mustReconnect(context.access, credential))) return { type: "held", credential };
    const told = toStepError(error);
    const isCreate = effectOf(call) === "create";
    return code === "outcome_unknown" && isCreate ? { type: "unknown", error: told } : { type: "failed", error: told };
  }

  function effectOf({ connector, operation }: Call): string {
    return connectors.of(connector).operation(operation).effect;
  }

  async function mustReconnect(access: Access, credential: string): Promise<boolean> {
    try {
      return (await credentials.get(access, credential)).status === "reauth_required";
    } catch (error) {
      if (isConnectorError(error, "not_found")) return false;
      throw error;
    }
  }

  async function credentialOf(
    { access, credentials: named }: Caller,
    { connector, credential }: Pick<Call, "connector" | "credential">,
  ) {
    if (credential === "owner") return ownersCredential(access, connector);
    return named[credential] ?? credentials.idOf(access, credential);
  }

  async function ownersCredential(access: Access, connector: string): Promise<string> {
    const { owner } = access;
    if (owner === undefined) throw new ConnectorError("not_found", "The run has no owner whose credential it could use");
    const saved = await allPages((page) => credentials.list(access, page));
    const fitting = saved.filter((one) => one.connector === connector && one.status !== "pending");
    const [only, another] = fitting;
    if (only === undefined)
      throw new ConnectorError("not_found", `${owner} has no credential for ${connector}`, { kind: "credential" });
    if (another !== undefined)
      throw new ConnectorError(
        "conflict",
        `${owner} has ${fitting.length} credentials for ${connector}; a run needs exactly one`,
        {
          kind: "credential",
        },
      );
    return only.id;
  }

  /** When a call would have its turn, where that is too far off to be waited for by a worker. */
  async function park(access: Access, credential: string): Promise<number | undefined> {
    const { remaining, nextMs, perSecond } = await budget(access, credential);
    const waiting = busy.get(credential) ?? 0;
    const waitMs = nextMs + (Math.max(0, waiting - remaining) * 1000) / perSecond;
    if (waitMs <= BUDGET_WAIT_MS) return undefined;
    return speakFor(credential, now() + waitMs, perSecond);
  }

  /** One moment for each that is parked, so that they do not all come back at once. */
  function speakFor(credential: string, earliestMs: number, perSecond = 10): number {
    const atMs = Math.ceil(Math.max(earliestMs, (spokenFor.get(credential) ?? 0) + 1000 / perSecond));
    if (spokenFor.size > 10_000) for (const [id, until] of spokenFor) if (until < now()) spokenFor.delete(id);
    spokenFor.set(credential, atMs);
    return atMs;
  }

  async function counted<T>(credential: string, work: () => Promise<T>): Promise<T> {
    busy.set(credential, (busy.get(credential) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = (busy.get(credential) ?? 1) - 1;
      if (left === 0) busy.delete(credential);
      else busy.set(credential, left);
    }
  }
}

export function toStepError(error: ConnectorError): StepError {
  const { code, message, retryable, details } = error;
  return { code, message, retryable, details: JSON.parse(JSON.stringify(details)) };
}

/** Names a call in the ledger of writes (docs/reliability.md). Keys are short and visible ASCII, whatever names the item. */
export function ledgerKey(run: string, step: string, { item, again = 0 }: { item?: string; again?: number } = {}): string {
  const name = item === undefined || /^[\w.-]{1,64}$/.test(item) ? item : createHash("sha256").update(item).digest("base64url");
  return [`run/${run}/${step}`, ...(name === undefined ? [] : [name]), ...(again === 0 ? [] : [`again-${again}`])].join("/");
}
