import type { Connector, Connectors, Input } from "../connector/types.ts";
import type { ErrorCode } from "../errors/connector-error.ts";
import type { Access } from "../store/access.ts";
import type { CheckLine, Credential } from "./credential.ts";
import type { CredentialStore } from "./credential-store.ts";

export interface ProbeCall {
  readonly access: Access;
  readonly credential: string;
  readonly operation: string;
  readonly input: Input;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export interface ProbeAnswer {
  readonly output: unknown;
  readonly meta: { readonly durationMs: number };
  /** The service's clock, in full seconds. */
  readonly serverDateMs?: number;
}

export interface CheckerOptions {
  readonly connectors: Pick<Connectors, "builtIn" | "of">;
  readonly credentials: Pick<CredentialStore, "look" | "setStatus" | "sign" | "tokenState">;
  /** One call of a read operation, exactly one attempt. @throws ConnectorError */
  readonly probe: (call: ProbeCall) => Promise<ProbeAnswer>;
  readonly now?: () => number;
  /** For the whole test; 15,000 by default. */
  readonly timeoutMs?: number;
}

/** What the lines of a report are made from. */
export interface CheckContext {
  readonly record: Credential;
  readonly connector: Pick<Connector, "manifest" | "operations" | "environments">;
  /** One read operation with this credential, within the deadline. */
  readonly call: (operation: string, input: Input) => Promise<ProbeAnswer>;
}

/** A failed line, with the code that the whole report gets. */
export interface Finding {
  readonly line: CheckLine;
  readonly code?: ErrorCode;
}
