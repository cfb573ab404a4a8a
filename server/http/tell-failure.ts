import type { Request } from "express";
import type { ErrorCode } from "../../errors/connector-error.ts";
import { isConnectorError } from "../../errors/connector-error.ts";
import { isUnexpected } from "../../errors/problem.ts";
import type { Listener } from "../../runtime/events.ts";
import { peerAddress } from "./peer-address.ts";

/** What a refusal is about, where it is about who calls. */
const AT_THE_DOOR: Partial<Record<ErrorCode, "key" | "csrf">> = {
  auth_required: "key",
  too_many_requests: "key",
  csrf_rejected: "csrf",
};

/** Tells a failure once, where it is answered: in full where it is a fault of ours, else only its code. */
export function tellFailure(tell: Listener, error: unknown, { req, requestId }: { req: Request; requestId: string }): void {
  if (isUnexpected(error) || !isConnectorError(error)) {
    tell({ type: "fault", what: "unexpected error", error, requestId });
    return;
  }
  const what = AT_THE_DOOR[error.code] ?? "request";
  const address = what === "request" ? undefined : peerAddress(req);
  tell({ type: "refused", what, code: error.code, requestId, address });
}
