import { ConnectorError } from "../errors/connector-error.ts";
import type { CredentialDocument } from "./document.ts";

/** The same for a missing credential and for another project's. */
export function noSuchCredential(): ConnectorError {
  return new ConnectorError("not_found", "There is no such credential", { kind: "credential" });
}

export function reauthRequired({ id, statusReason }: Pick<CredentialDocument, "id" | "statusReason">): ConnectorError {
  const why = statusReason === null ? "" : `: ${statusReason}`;
  return new ConnectorError("credential_reauth_required", `The credential must be connected again${why}`, { credential: id });
}

/** No fresh token for a reason that passes. The old one, where it is still valid, may be used. */
export function refreshUnavailable(why: string, retryAfterMs = 1_000): ConnectorError {
  return new ConnectorError("credential_refresh_unavailable", `A fresh access token could not be had: ${why}`, { retryAfterMs });
}
