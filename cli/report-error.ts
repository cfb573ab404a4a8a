import { isNativeError } from "node:util/types";
import { type ConnectorError, type ErrorCode, isConnectorError } from "../errors/connector-error.ts";
import type { Cli } from "./cli.ts";
import { type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { note, noteJson, type Painted, paint } from "./io.ts";

/** What a person can do, where the message alone does not say it. */
const advice = (service: string): Partial<Record<ErrorCode, string>> => ({
  credential_pending: "Finish the consent: lever-connector credentials reconnect <credential>",
  credential_rejected: `Check the key in ${service}, then: lever-connector credentials reconnect <credential>`,
  credential_reauth_required: "Connect it again: lever-connector credentials reconnect <credential>",
  credential_scope_missing: "Reconnect and grant the scope: lever-connector credentials reconnect <credential>",
  oauth_denied: "If that was a mistake: lever-connector credentials reconnect <credential>",
  credential_key_unavailable: "Set CREDENTIALS_KEYS (or the key file) to the keys this store was encrypted with.",
  oauth_app_missing: "Or use an API key.",
  perform_as_missing: "Pass --perform-as USER_ID, or give the credential a default: credentials rename NAME --perform-as USER_ID",
  permission_denied: `Grant the permission to the key in ${service}, or use another credential.`,
  rate_limited: "Try again later; the wait is in details.retryAfterMs with --json.",
  outcome_unknown: `Look in ${service} whether the write took effect before repeating it.`,
  store_unavailable: "Check DATA_DIR or MONGODB_URI.",
  store_full: "Make space on the disk that holds the store.",
  config_invalid: "lever-connector start --help explains the environment variables.",
});

const LISTED_BY: Readonly<Record<string, string>> = {
  operation: "What there is: lever-connector operations list",
  credential: "What there is: lever-connector credentials list",
  connector: "What there is: lever-connector connectors list",
  destination: "What there is: lever-connector destinations list",
  endpoint: "What there is: lever-connector endpoints list",
  preset: "What there is: lever-connector endpoints presets",
  delivery: "What there is: lever-connector deliveries list",
  api_key: "What there is: lever-connector api-keys list",
};

/** Says on stderr what failed (text, or the problem document for `--json`) and answers the exit code. */
export async function reportError(cli: Cli, error: unknown): Promise<ExitCode> {
  const failure = await toFailure(cli, error);
  if (cli.json) {
    const [{ toProblem }, { newId }] = await Promise.all([import("../errors/problem.ts"), import("../store/new-id.ts")]);
    noteJson(cli.io, toProblem(failure, newId("req")));
  } else {
    for (const line of errorLines(failure, cli.service)) note(cli.io, ...line);
  }
  return exitCodeOf(failure.code);
}

async function toFailure(cli: Cli, error: unknown): Promise<ConnectorError> {
  if (isConnectorError(error)) return error;
  const { ConnectorError } = await import("../errors/connector-error.ts");
  if (cli.signal.aborted) return new ConnectorError("cancelled", "The command was cancelled.");
  if (isFileError(error)) {
    const code: ErrorCode = error.code === "ENOSPC" ? "store_full" : "config_invalid";
    return new ConnectorError(code, `${error.path ?? "A file"} cannot be used (${error.code}).`, {}, { cause: error });
  }
  if (cli.io.env.LOG_LEVEL === "debug" && isNativeError(error))
    for (const line of (error.stack ?? String(error)).split("\n")) note(cli.io, line);
  return new ConnectorError(
    "internal_error",
    "Something unexpected went wrong (LOG_LEVEL=debug shows where).",
    {},
    { cause: error },
  );
}

/** Folders that are missing, read-only or full are matters of the installation, not of the program. */
function isFileError(error: unknown): error is NodeJS.ErrnoException {
  const codes = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "ENOENT", "EISDIR", "ENOSPC"];
  return isNativeError(error) && "syscall" in error && codes.includes(String((error as NodeJS.ErrnoException).code));
}

function errorLines(error: ConnectorError, known: string | undefined): (string | Painted)[][] {
  const service = known ?? "the service";
  const lines: (string | Painted)[][] = [[paint("red", "error"), ` ${error.message} (${error.code})`]];
  for (const issue of error.details.issues ?? []) lines.push([`  ${issue.pointer || "/"}  ${issue.message}`]);
  const { upstream, retryAfterMs } = error.details;
  const said = [upstream?.status, upstream?.code, upstream?.message].filter((part) => part !== undefined).join(" ");
  if (said) lines.push([`  ${known ?? "The service"} said: ${said}`]);
  if (retryAfterMs !== undefined) lines.push([`  Worth another try in ${Math.ceil(retryAfterMs / 1000)} s.`]);
  const isUnknownUser = error.details.issues?.some(({ keyword }) => keyword === "unknown_user") === true;
  const listed = error.code === "not_found" ? LISTED_BY[String(error.details.kind)] : advice(service)[error.code];
  const hint = isUnknownUser ? "To save it all the same: --accept-unknown-perform-as" : listed;
  if (hint) lines.push([`  ${hint}`]);
  return lines;
}
