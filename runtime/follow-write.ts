import { toOutcomeUnknown } from "../connector/http/retry.ts";
import type { CompiledOperation } from "../connector/types.ts";
import { ConnectorError, isConnectorError } from "../errors/connector-error.ts";

/** Told when a request goes on its way, and when that has ended. */
export type OnWire = (busy: boolean) => void;

export interface FollowOptions {
  readonly operation: CompiledOperation;
  /** The time the caller has. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** How a write ended that its caller did not wait for: `ok`, or the code of the error. */
  readonly onLate: (code: string) => void;
}

export interface Followed<T> {
  /** What the caller is told, no later than its time allows. */
  readonly told: Promise<T>;
  /** Resolves when the write is at its end, however it ended. */
  readonly ended: Promise<void>;
}

/** What has not been sent ends at the deadline, to within this. */
const GRACE_MS = 100;

/**
 * Runs a write to its end although its caller may leave before: a request that is given up while it is under way can still take effect,
 * after a newer write to the same object, and no caller would ever learn it.
 *
 * The caller who leaves while a request is under way is told `outcome_unknown`; otherwise the work itself says what has become of it.
 */
export function followWrite<T>(options: FollowOptions, work: (onWire: OnWire) => Promise<T>): Followed<T> {
  const { operation, timeoutMs, signal, onLate } = options;
  let busy = false;
  let timeIsUp = false;
  let isTold = false;
  let tell: (error: ConnectorError) => void = () => {};
  const left = new Promise<never>((_resolve, reject) => {
    tell = reject;
  });

  function leave(): void {
    timeIsUp = true;
    if (!busy) return;
    isTold = true;
    tell(unknown(operation, signal));
  }
  function onWire(is: boolean): void {
    busy = is;
    if (busy && timeIsUp) leave();
  }
  // What waits for a connection hears the signal too, and says that nothing was sent.
  const onAbort = () => void setImmediate(leave);
  const timer = setTimeout(leave, timeoutMs + GRACE_MS);
  signal?.addEventListener("abort", onAbort, { once: true });

  const working = work(onWire).finally(() => {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  });
  const late = (code: string) => void (isTold && onLate(code));
  return {
    told: Promise.race([working, left]),
    ended: working.then(
      () => late("ok"),
      (error) => late(isConnectorError(error) ? error.code : "internal_error"),
    ),
  };
}

function unknown(operation: CompiledOperation, signal: AbortSignal | undefined): ConnectorError {
  const seen = signal?.aborted
    ? new ConnectorError("cancelled", `${operation.name}: the caller gave up before the answer came`)
    : new ConnectorError("upstream_timeout", `${operation.name}: the service did not answer in time`);
  return toOutcomeUnknown(operation, seen, "unknown");
}
