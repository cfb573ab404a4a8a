import type { DryRun, OperationResult } from "../../schemas/types/index.ts";
import { call, stream } from "./client.ts";

export type { DryRun };

export type Answer = OperationResult;

/** An operation with what it is called with. */
export interface OperationCall {
  readonly operation: string;
  readonly credential: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const RUN = "POST /api/v1/operations/:operation";
const toCall = ({ operation, credential, input }: OperationCall) => ({ params: { operation }, body: { credential, input } });

/** Runs it. With an `idempotencyKey` the same call again is answered with what was recorded. */
export async function runOperation(
  wanted: OperationCall,
  { signal, idempotencyKey }: { signal: AbortSignal; idempotencyKey?: string | undefined },
): Promise<Answer> {
  const headers: Record<string, string> = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
  return (await call(RUN, { ...toCall(wanted), headers, signal })) as Answer;
}

/** The request that would be sent; sends nothing. */
export async function dryRunOperation(wanted: OperationCall, signal: AbortSignal): Promise<DryRun> {
  return (await call(RUN, { ...toCall(wanted), query: { dry_run: true }, signal })) as DryRun;
}

/** Every record of every page, as the server gets them. */
export function streamOperation(wanted: OperationCall, signal: AbortSignal) {
  return stream(RUN, { ...toCall(wanted), query: { pages: "all" }, signal });
}
