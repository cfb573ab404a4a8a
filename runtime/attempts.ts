import { setTimeout as sleep } from "node:timers/promises";
import type { Priority, RateLimiter } from "../connector/http/rate-limit.ts";
import { nextAttempt, toOutcomeUnknown } from "../connector/http/retry.ts";
import { judge } from "../connector/http/to-error.ts";
import type {
  CompiledOperation,
  ConnectorRequest,
  Environment,
  Input,
  RateLimit,
  SchemaWarnings,
  Send,
} from "../connector/types.ts";
import type { Credentials, SigningCredential } from "../credentials/types.ts";
import { ConnectorError, type ErrorCode, isConnectorError } from "../errors/connector-error.ts";
import type { Meta } from "../schemas/types/index.ts";
import type { Access } from "../store/access.ts";
import { steadyNow } from "./steady-now.ts";
import type { Turn } from "./turns.ts";

export interface AttemptsOptions {
  readonly operation: CompiledOperation;
  readonly request: ConnectorRequest;
  readonly input: Input;
  readonly environment: Environment;
  readonly rateLimit: RateLimit;
  readonly access: Access;
  readonly signing: SigningCredential;
  /** By the same clock as `now`. */
  readonly deadlineAt: number;
  readonly signal?: AbortSignal | undefined;
  readonly priority?: Priority | undefined;
  /** The longest that an attempt waits for the rate budget; the deadline by default. */
  readonly budgetWaitMs?: number | undefined;
  /** Where writes are ordered: proves before each attempt that no newer write has overtaken this one. */
  readonly turn?: Turn | undefined;
  /** Exactly one attempt, not even a refresh after a 401. */
  readonly once?: boolean;
  /** Told of waits and retries. */
  readonly tell?: ((event: AttemptEvent) => void) | undefined;
  /** Told whenever a request goes on its way, and when that has ended. A write under way is followed to its end, past `deadlineAt` and `signal`. */
  readonly onWire?: ((busy: boolean) => void) | undefined;
}

export type AttemptEvent =
  | { readonly type: "waited"; readonly waitedMs: number }
  | { readonly type: "retried"; readonly attempt: number; readonly code: ErrorCode; readonly waitMs: number };

export interface AttemptsResult {
  readonly output: unknown;
  readonly warnings?: SchemaWarnings | undefined;
  readonly attempts: number;
  readonly waitedMs: number;
  readonly budget: Meta["budget"];
  readonly serverDateMs?: number | undefined;
}

export type Attempts = (options: AttemptsOptions) => Promise<AttemptsResult>;

export interface AttemptsDeps {
  readonly send: Send;
  readonly limiter: RateLimiter;
  readonly credentials: Credentials;
  /** Must only grow. */
  readonly now?: () => number;
  readonly random?: () => number;
}

/** The rate budget of a credential, as the store knows it. */
export function budgetName(project: string, credential: string): string {
  return `${project}/${credential}`;
}

/** So long a credential's read counts as made at the time of sending. */
const FRESH_MS = 100;

/**
 * Longest time for one attempt; half of the call's, where the caller gives it more than a minute. The call's own deadline may be nearer;
 * it ends what has not been sent, and reads.
 */
export const ATTEMPT_MS = 30_000;

/**
 * Sends one request until it succeeds or may not be sent again: budget, signature, wire, verdict, wait.
 *
 * The effect of the operation decides about repeating (connector/http/retry.ts). A 401 is answered once by a fresh token. A write
 * that may have arrived ends as `outcome_unknown`, never as a plain failure.
 */
export function createAttempts({ send, limiter, credentials, now = steadyNow, random = Math.random }: AttemptsDeps): Attempts {
  return async function attempts(options) {
    const {
      operation,
      request,
      input,
      environment,
      rateLimit,
      access,
      deadlineAt,
      signal,
      priority,
      budgetWaitMs = Number.POSITIVE_INFINITY,
      turn,
      once = false,
      onWire,
    } = options;
    const { tell = () => {} } = options;
    const { id } = options.signing.record;
    const bucket = budgetName(access.project, id);
    const startedAt = now();
    let { signing } = options;
    let waitedMs = 0;
    /** Of all attempts together. */
    let arrived: "no" | "unknown" = "no";
    let refreshed = false;

    try {
      for (let attempt = 1; ; attempt += 1) {
        const permit = await limiter.take(bucket, rateLimit, {
          maxWaitMs: Math.max(0, Math.min(deadlineAt - now(), budgetWaitMs)),
          signal,
          priority,
        });
        waitedMs += permit.waitedMs;
        if (permit.waitedMs > 0) tell({ type: "waited", waitedMs: permit.waitedMs });
        // A wait is long enough for a token to expire, a credential to be removed or a turn to be lost: nothing is sent by what was known before it.
        const waited = attempt > 1 || permit.waitedMs > FRESH_MS;
        if (waited) signing = await credentials.sign(access, id, { signal });
        if (waited || turn?.isStale()) await turn?.assertMine();

        const timeoutMs = Math.min(Math.max(ATTEMPT_MS, (deadlineAt - startedAt) / 2), deadlineAt - now());
        if (timeoutMs <= 0)
          throw new ConnectorError("upstream_timeout", `${operation.name}: the deadline passed before the request was sent`);
        onWire?.(true);
        const seeThrough = operation.effect !== "read";
        const result = await send(request, {
          base: environment.api,
          authorization: signing.authorization,
          authorizationHeader: signing.authorizationHeader,
          timeoutMs,
          signal,
          seeThrough,
        });
        onWire?.(false);
        const verdict = judge(operation, result, input);
        if (verdict.ok) {
          // A test is no use, and its verdict is its own.
          if (!once) {
            credentials.noteAccepted(signing);
            credentials.markUsed(access, id);
          }
          const { output, warnings } = verdict;
          return {
            output,
            warnings,
            attempts: attempt,
            waitedMs,
            budget: permit.budget,
            serverDateMs: once ? serverDate(result) : undefined,
          };
        }

        if (verdict.arrived === "unknown") arrived = "unknown";
        if (verdict.throttled) await limiter.throttled(bucket, rateLimit, verdict.retryAfterMs ?? 1000);
        if (once) throw verdict.error;
        const refreshable = signing.record.auth === "oauth2" && !refreshed;
        if (verdict.unauthorized && refreshable) {
          refreshed = true;
          tell({ type: "retried", attempt, code: verdict.error.code, waitMs: 0 });
          signing = await credentials.sign(access, id, { rejected: signing.secretVersion, signal });
          continue;
        }
        if (verdict.unauthorized) await credentials.noteRefused(signing);
        const next = nextAttempt({
          effect: operation.effect,
          verdict,
          attempt,
          elapsedMs: now() - startedAt,
          deadlineMs: deadlineAt - startedAt,
          random,
        });
        if (!next.again) throw verdict.error;
        tell({ type: "retried", attempt, code: verdict.error.code, waitMs: next.waitMs });
        waitedMs += next.waitMs;
        await sleep(next.waitMs, undefined, { signal }).catch((cause) => {
          throw new ConnectorError("cancelled", `${operation.name}: the caller gave up between two attempts`, {}, { cause });
        });
      }
    } catch (error) {
      // Whatever ends the call, between two attempts too: what an earlier one may have done is still unknown.
      throw isConnectorError(error) ? toOutcomeUnknown(operation, error, arrived) : error;
    }
  };
}

function serverDate(result: Awaited<ReturnType<Send>>): number | undefined {
  if (!("answer" in result) || typeof result.answer.headers.date !== "string") return undefined;
  const at = Date.parse(result.answer.headers.date);
  return Number.isNaN(at) ? undefined : at;
}
