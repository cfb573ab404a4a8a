import type { ErrorCode, ErrorDetails } from "../errors/connector-error.ts";
import type { JsonSchema } from "../json-schema/json-schema.ts";
import type { Verification } from "../schemas/types/platform/verification.ts";
import type { OperationStep, Step, Workflow } from "../schemas/types/platform/workflow.ts";
import type { WorkflowFinding } from "../schemas/types/platform/workflow-finding.ts";
import type { Mapped } from "./mapping.ts";

export type Finding = WorkflowFinding;

/** A finding before it is known of which step it is and how grave. */
export type Fault = Omit<Finding, "severity" | "step">;

/** Why a step failed; `ConnectorError.toJSON()` is one. */
export interface StepError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: ErrorDetails;
}

/** How many items of a `forEach` ended in which way. */
export interface ItemCounts {
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * How a step ended; a step without one has not. Times are RFC 3339.
 *
 * An approval ends as `succeeded`, with a `Decision` as its output.
 */
export type StepResult =
  | { readonly status: "succeeded"; readonly output?: unknown; readonly items?: ItemCounts; readonly endedAt: string }
  | { readonly status: "skipped"; readonly reason: "when" | "disabled" }
  | { readonly status: "failed"; readonly error: StepError; readonly items?: ItemCounts; readonly endedAt?: string }
  /** A `create` that may have taken effect: a person says what happened, and the engine puts `succeeded` or nothing in its place. */
  | { readonly status: "unknown"; readonly error: StepError };

/** What came of an approval. `by` is null where nobody decided before the deadline. */
export interface Decision {
  readonly decision: "approved" | "declined";
  readonly by: string | null;
  readonly at: string;
  readonly note?: string;
}

/** What `run` names in expressions. */
export interface RunFacts {
  readonly id: string;
  /** RFC 3339. The only clock there is. */
  readonly startedAt: string;
  /** The workflow's name. */
  readonly workflow: string;
  readonly version: number;
  readonly owner: string | null;
}

/**
 * What started a run, and what `trigger` names in expressions: `input` for `api`, `scheduledAt` (RFC 3339) for `schedule`, `body` and
 * `verification` for `webhook`.
 */
export type TriggerData =
  | { readonly input?: unknown }
  | { readonly scheduledAt: string }
  | { readonly body: unknown; readonly verification: Verification };

/** What a run knows so far: all that `advance` looks at. Plain JSON. */
export interface RunState {
  readonly trigger: TriggerData;
  readonly run: RunFacts;
  /** By step id. */
  readonly results: Readonly<Record<string, StepResult>>;
  readonly cancelled?: boolean;
  /** When a person last let the run go on (retry, reconnect): waits and deadlines count from then, if it is later than the last result. */
  readonly resumedAt?: string;
}

/** One call of an operation, its input resolved and ready for `execute`. */
export interface Call {
  readonly connector: string;
  readonly operation: string;
  /** Id or nickname; `owner` for the credential of the run's owner. */
  readonly credential: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A step that has no effect now: skipped, or failed before it began. */
export interface Decided {
  readonly type: "result";
  readonly step: string;
  readonly result: Extract<StepResult, { status: "skipped" | "failed" }>;
}

/** The effect of a step, or of one item of it. */
export type Effect =
  | ({ readonly type: "call"; readonly step: string; readonly timeoutMs: number } & Call)
  | {
      readonly type: "send";
      readonly step: string;
      readonly timeoutMs: number;
      readonly destination: string;
      readonly body: unknown;
    };

export type Next =
  | Effect
  /** The engine iterates and asks `advanceItem` for each item; then the step's result has the counts. */
  | {
      readonly type: "each";
      readonly step: string;
      readonly over: { readonly items: readonly unknown[] } | { readonly pages: Call };
      readonly concurrency: number;
      /** `stop`: the first item that fails ends the step as failed. `continue`: the others are done, and the step succeeds. */
      readonly onError: "stop" | "continue";
    }
  | { readonly type: "wait"; readonly step: string; readonly untilMs: number }
  | {
      readonly type: "approval";
      readonly step: string;
      readonly message: string;
      readonly approvers?: readonly string[];
      readonly deadline?: { readonly atMs: number; readonly decision: Decision["decision"] };
    }
  | Decided
  | {
      readonly type: "end";
      readonly status: "succeeded" | "failed" | "cancelled" | "needs_attention";
      /** The step at which it ended; absent where all steps are done. */
      readonly step?: string;
      readonly error?: StepError;
    };

export type NextOfItem = Effect | Decided;

/**
 * A definition with its expressions parsed and its operations' input schemas at hand: what `advance` works on. Made once per version by
 * `compileWorkflow`, shared by all its runs, holds no state.
 */
export interface CompiledWorkflow {
  readonly definition: Workflow;
  readonly steps: readonly CompiledStep[];
}

export interface CompiledStep {
  readonly step: Step;
  /** What was written in the step, by the pointers of its fields (`/input`, `/when/all/0/value`). */
  readonly mapped: ReadonlyMap<string, Mapped>;
  /** Of the operation that the step runs, and of the one that it iterates over: which fields must be there and which may be null. */
  readonly inputSchema?: JsonSchema | undefined;
  readonly pagesSchema?: JsonSchema | undefined;
  /** Whether the condition is about `item`, and so asked for each. */
  readonly isWhenOfItem: boolean;
}

/** The input schema (references resolved) of an operation; undefined where there is none. */
export type InputSchemaOf = (connector: string, operation: string) => JsonSchema | undefined;

/** What a workflow can use: plain data, so that server, command line and browser ask the same question. */
export interface Catalog {
  /** By id; the answers of `GET /api/v1/connectors/:connector` are such. */
  readonly connectors: Readonly<Record<string, CatalogConnector>>;
  readonly credentials: readonly CatalogCredential[];
  readonly destinations: readonly CatalogDestination[];
  readonly endpoints: readonly CatalogEndpoint[];
}

export interface CatalogEndpoint {
  readonly id: string;
  readonly name: string;
  /** What its deliveries' bodies look like. */
  readonly body: JsonSchema;
  /** Whether its deliveries tell outcomes. */
  readonly decides: boolean;
}

export interface CatalogConnector {
  readonly name: string;
  /** By name, schemas with their references resolved. */
  readonly operations: Readonly<Record<string, CatalogOperation>>;
  readonly performAs?: { readonly input: string };
  /** Input that names the fields wanted of an answer: where it is given, others may be missing. */
  readonly fieldsInput?: string;
}

export interface CatalogOperation {
  readonly title: string;
  readonly input: JsonSchema;
  readonly output: JsonSchema;
  readonly effect?: "read" | "repeatable" | "create";
  readonly paginated?: boolean;
  readonly performAs?: "required" | "optional" | "none";
  readonly scopes?: readonly string[];
}

export interface CatalogCredential {
  readonly id: string;
  readonly nickname: string;
  readonly connector: string;
  /** Granted scopes; null where they are not known. */
  readonly scopes: readonly string[] | null;
  readonly defaultPerformAs: string | null;
}

export interface CatalogDestination {
  readonly id: string;
  readonly name: string;
  /** Why nothing is sent to it; null where it is sent to. */
  readonly paused: object | null;
}

export type { OperationStep, Step, Workflow };
