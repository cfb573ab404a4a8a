import type { Effect } from "../connector/types.ts";
import type { CredentialEvent } from "../credentials/types.ts";
import type { ErrorCode } from "../errors/connector-error.ts";

/** What every event of one call says. Ids and names alone: no input, no output. */
export interface CallFacts {
  readonly requestId: string;
  readonly project: string;
  readonly actor: string;
  readonly operation: string;
  readonly effect: Effect;
  /** Id; absent where the call ended before the credential was found. */
  readonly credential?: string | undefined;
}

/** What every event of one run says. */
export interface RunFacts {
  readonly project: string;
  readonly run: string;
  /** Id of the workflow. */
  readonly workflow: string;
  readonly version: number;
}

/** What happens while the program works, for its subscribers: the log, metrics, traces. Codes, ids, counts and durations. */
export type RuntimeEvent =
  | (CallFacts & {
      readonly type: "call_ended";
      readonly code: "ok" | ErrorCode;
      readonly durationMs: number;
      readonly attempts?: number;
      readonly waitedMs?: number;
      readonly replayed?: boolean | undefined;
      /** The status that the service answered a failure with. */
      readonly upstream?: number | undefined;
    })
  /** An attempt had to wait for the rate budget. */
  | (CallFacts & { readonly type: "waited"; readonly waitedMs: number })
  /** An attempt failed, and another follows after `waitMs`. */
  | (CallFacts & { readonly type: "retried"; readonly attempt: number; readonly code: ErrorCode; readonly waitMs: number })
  /** The record of a write was read beside it. */
  | (CallFacts & { readonly type: "read_back"; readonly code: "ok" | ErrorCode })
  /** A write came to its end after its caller had left. */
  | (CallFacts & { readonly type: "ended_late"; readonly code: string })
  | CredentialEvent
  /** A message to a destination was accepted, or given up. `message` is its webhook-id. */
  | {
      readonly type: "message_ended";
      readonly project: string;
      readonly destination: string;
      readonly message: string;
      /** `ok`, or the verdict on the last attempt. */
      readonly code: string;
      readonly attempts: number;
    }
  /** Nothing is sent to a destination until somebody resumes it. */
  | { readonly type: "destination_paused"; readonly project: string; readonly destination: string; readonly reason: string }
  /** A delivery to an endpoint was verified and recorded, or had been before. */
  | {
      readonly type: "delivery_taken";
      readonly project: string;
      readonly endpoint: string;
      readonly delivery: string;
      readonly isDuplicate: boolean;
    }
  /** A delivery was refused; where its address is an endpoint's, it is told. `bodyHash`: SHA-256. */
  | {
      readonly type: "delivery_refused";
      readonly project?: string | undefined;
      readonly endpoint?: string | undefined;
      readonly reason: string;
      readonly bodyHash: string;
      readonly requestId: string;
    }
  /** The runs of a delivery are started, or it was given up. */
  | {
      readonly type: "delivery_ended";
      readonly project: string;
      readonly endpoint: string;
      readonly delivery: string;
      /** `ok`, or why the last attempt failed. */
      readonly code: string;
      readonly attempts: number;
      readonly runs: number;
    }
  /** A run went on, waits, or came to its end; `code`: why, where that is an error. */
  | (RunFacts & {
      readonly type: "run_changed";
      readonly status: string;
      readonly waitingFor?: string;
      readonly code?: ErrorCode | undefined;
    })
  /** A step of a run came to its end, or is `running` and has come on. */
  | (RunFacts & {
      readonly type: "step_changed";
      readonly step: string;
      readonly status: string;
      readonly code?: ErrorCode | undefined;
      readonly attempts?: number;
      readonly durationMs?: number;
    })
  /** A request was turned away. `what`: `key`, `csrf` and `sign_in` concern who calls, `request` anything else. */
  | {
      readonly type: "refused";
      readonly what: "key" | "csrf" | "sign_in" | "request";
      readonly code: string;
      readonly requestId: string;
      readonly address?: string | undefined;
      /** What a sign-in provider said: names and codes alone. */
      readonly reason?: string | undefined;
    }
  /** A request was answered; `route` is its pattern, never the address: that may hold a ticket. */
  | {
      readonly type: "request_ended";
      readonly requestId: string;
      readonly method: string;
      readonly route: string;
      readonly status: number;
      readonly durationMs: number;
    }
  /** Something failed that no caller is told of in full, or waits for. `level` `warn`: it is made good elsewhere. */
  | {
      readonly type: "fault";
      readonly what: string;
      readonly error: unknown;
      readonly level?: "warn" | "error";
      readonly requestId?: string;
      readonly credential?: string;
    };

export type Listener = (event: RuntimeEvent) => void;

export interface Events {
  readonly tell: Listener;
  /** Subscribes; call what it answers to unsubscribe. A listener must be quick and must not throw. */
  on(listener: Listener): () => void;
}

/** Tells each event to every listener at once, in the order in which they subscribed. */
export function createEvents(): Events {
  const listeners = new Set<Listener>();
  return {
    tell(event) {
      for (const listener of listeners) listener(event);
    },
    on(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
