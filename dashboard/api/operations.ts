import type { DryRun, Problem } from "../../schemas/types/index.ts";
import type { Meta } from "../../sdk/index.ts";
import { call, stream } from "./client.ts";

export interface Answer {
  readonly output: Output;
  readonly meta: Meta;
}

/** The service's body as it came. */
export interface Output {
  readonly data?: unknown;
  readonly [field: string]: unknown;
}

export type { DryRun };

/** A line of the answer of all pages. */
export type PageLine =
  | { readonly data: unknown }
  | { readonly cursor: string; readonly count: number }
  | {
      readonly done: true;
      readonly count: number;
      readonly from?: "cursor";
      readonly schemaWarnings?: Meta["schemaWarnings"];
    }
  | { readonly error: Problem };

export interface OperationCall {
  readonly operation: string;
  readonly credential: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const path = ({ operation }: OperationCall) => `/api/v1/operations/${encodeURIComponent(operation)}`;
const body = ({ credential, input }: OperationCall) => ({ credential, input });

/** Runs it. With an `idempotencyKey` the same call again is answered with what was recorded. */
export function runOperation(
  wanted: OperationCall,
  { signal, idempotencyKey }: { signal: AbortSignal; idempotencyKey?: string | undefined },
) {
  const headers: Record<string, string> = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
  return call<Answer>("POST", path(wanted), { body: body(wanted), headers, signal });
}

/** The request that would be sent; sends nothing. */
export function dryRunOperation(wanted: OperationCall, signal: AbortSignal) {
  return call<DryRun>("POST", `${path(wanted)}?dry_run=true`, { body: body(wanted), signal });
}

/** Every record of every page, as the server gets them. */
export function streamOperation(wanted: OperationCall, signal: AbortSignal) {
  return stream<PageLine>("POST", `${path(wanted)}?pages=all`, { body: body(wanted), signal });
}
