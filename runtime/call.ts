import type { CompiledOperation, Connector, Input } from "../connector/types.ts";
import type { ExecuteOptions } from "./types.ts";

/** One call on its way through the runtime. */
export interface Call {
  readonly options: ExecuteOptions;
  readonly connector: Connector;
  readonly operation: CompiledOperation;
  readonly input: Input;
  readonly requestId: string;
  readonly startedAt: number;
  readonly deadlineAt: number;
  /** Id of the credential, once it was found. */
  credential?: string;
  /** Attempts of the operation itself that failed and were followed by another. */
  retries?: number;
}
