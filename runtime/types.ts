import type { Priority } from "../connector/http/rate-limit.ts";
import type { Input, SchemaWarnings } from "../connector/types.ts";
import type { SigningCredential } from "../credentials/types.ts";
import type { ConnectorError, ErrorCode } from "../errors/connector-error.ts";
import type { DryRun, Shapes } from "../schemas/types/index.ts";
import type { Access } from "../store/access.ts";

/** What a call took. */
export interface Meta extends Readonly<Shapes["meta"]> {
  readonly readBack?: { readonly ok: boolean; readonly code?: ErrorCode };
}

/** Of one write, as its caller remembers it: for longer than the ledger of writes does. */
export interface Begun {
  /** It was begun by an earlier call with the same key, and how that ended is not known. */
  is(): boolean;
  /** Done before the first byte leaves. Where it fails, nothing is sent. */
  set(): Promise<void>;
  /** It surely had no effect. */
  clear(): Promise<void>;
}

export interface ExecuteOptions {
  readonly access: Access;
  readonly operation: string;
  /** Its id. Names are resolved once, where a call comes in (`Credentials.idOf`): they may change their owner while it runs. */
  readonly credential: string;
  readonly input: unknown;
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
  /** With a key: a write that was begun and that the ledger knows nothing of any more is `outcome_unknown`, and not sent. */
  readonly begun?: Begun | undefined;
  /** Deadline for the whole call, waits and retries included. 60,000 by default. A write under way by then is `outcome_unknown`, and followed to its end. */
  readonly timeoutMs?: number;
  /** Who goes first where calls wait for the same credential's rate budget. `interactive` by default; `crawl` where all pages are read. */
  readonly priority?: Priority;
  /** The longest that an attempt waits for the rate budget; what would wait longer fails with `rate_limited` and was not sent. The deadline where it is absent. */
  readonly budgetWaitMs?: number;
  /** For log lines and `meta`; generated where it is absent. */
  readonly requestId?: string;
}

export interface ExecuteResult {
  readonly output: unknown;
  readonly meta: Meta;
}

export type PageEvent =
  | {
      readonly type: "records";
      readonly records: readonly unknown[];
      /** Cursor of the next page; absent after the last. */
      readonly cursor?: string;
      /** Records given so far, duplicates left out. */
      readonly count: number;
      readonly meta: Meta;
    }
  | {
      readonly type: "done";
      readonly count: number;
      /** Where the input named a cursor: records before it are not among these. */
      readonly from?: "cursor";
      /** Of all pages together; a pointer counts within its page. */
      readonly schemaWarnings?: SchemaWarnings;
    };

/** One attempt without retries, for testing a credential. */
export interface Probe extends ExecuteResult {
  /** The service's own clock, from the answer's `Date` header (full seconds). */
  readonly serverDateMs?: number;
}

export interface Runtime {
  /** One call of one operation. @throws ConnectorError, see docs/errors.md */
  execute(options: ExecuteOptions): Promise<ExecuteResult>;
  /** All pages of a paginated operation, from `input.offset` on where given; each record once by `id`. Ends with `done`; throws midway on failure. */
  pages(options: Omit<ExecuteOptions, "idempotencyKey">): AsyncGenerator<PageEvent, void, undefined>;
  /** The request that `execute` would send. Sends nothing, takes no budget, refreshes no token. */
  dryRun(options: ExecuteOptions): Promise<DryRun>;
  /** Like `execute` for a read, with exactly one attempt. `signing`: in place of a saved credential. */
  probe(options: ExecuteOptions, signing?: SigningCredential): Promise<Probe>;
  /** Removes records of writes whose retention is over, and what ordering them left behind; answers how many. */
  sweep(): Promise<number>;
  /** Resolves when every write whose caller has given up is at its end and recorded. */
  settled(): Promise<void>;
}

export type { ConnectorError, DryRun, Input };
