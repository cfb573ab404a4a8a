import type { Input } from "../connector/types.ts";
import { ConnectorError, type ErrorCode, isConnectorError } from "../errors/connector-error.ts";
import type { Access } from "../store/access.ts";
import { toCause } from "./check-cause.ts";
import type { CheckContext, CheckerOptions, Finding, ProbeAnswer } from "./check-context.ts";
import { checkEnvironment, checkPerformAs, checkScopes, type PerformAsFinding } from "./check-lines.ts";
import { askLists } from "./check-lists.ts";
import { clockLine, expiryLine, roundTripLine } from "./check-times.ts";
import type { CheckLine, CheckReport, Credential, CredentialStatus } from "./credential.ts";
import type { CredentialStore } from "./credential-store.ts";
import { placesOfApp } from "./oauth-apps.ts";
import { approverOf, placeOfKeys } from "./service-words.ts";

/**
 * Tests a credential by reading: nothing is written at the service, and nothing is tried twice but a token's first refusal. The
 * verdict is saved with the credential (`lastTest`, status); its name and where it is used stay as they are.
 *
 * @returns the report, also where the credential does not work
 * @throws ConnectorError `not_found`, what keeps the test itself from running (`store_unavailable`), and `cancelled`, which saves no verdict
 */
export function createChecker({ connectors, credentials, probe, now = Date.now, timeoutMs = 15_000 }: CheckerOptions) {
  return async function test(access: Access, id: string, options: { signal?: AbortSignal } = {}): Promise<CheckReport> {
    const { record, secretVersion } = await credentials.look(access, id);
    const connector = connectors.of(record.connector);
    const { name: service } = connector.manifest;
    const startedAtMs = performance.now();
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);

    async function inTime<T>(work: () => Promise<T>): Promise<T> {
      try {
        return await work();
      } catch (error) {
        throw isConnectorError(error, "cancelled") && timeout.aborted ? outOfTime(service, error) : error;
      }
    }

    function call(operation: string, input: Input): Promise<ProbeAnswer> {
      const leftMs = Math.floor(timeoutMs - (performance.now() - startedAtMs));
      if (leftMs <= 0) return Promise.reject(outOfTime(service));
      return inTime(() => probe({ access, credential: id, operation, input, signal, timeoutMs: leftMs }));
    }

    /** A token that was refused is replaced once, as in use: only a fresh one that is refused speaks against the credential. */
    async function firstCall(operation: string, input: Input): Promise<ProbeAnswer> {
      const signing = await inTime(() => credentials.sign(access, id, { signal }));
      try {
        return await call(operation, input);
      } catch (error) {
        if (record.auth !== "oauth2" || !isConnectorError(error, "credential_rejected")) throw error;
      }
      await inTime(() => credentials.sign(access, id, { signal, rejected: signing.secretVersion }));
      return call(operation, input);
    }

    const token = () => credentials.tokenState(access, id);
    const toFailed = (error: ConnectorError) => toFailedReport(error, record, connectors);
    const { report, performAs } = await examine({ record, connector, call }, { firstCall, token, now, toFailed });
    // The later calls tell of failures as lines of the report: nothing may be concluded from calls that were given up.
    if (options.signal?.aborted) throw new ConnectorError("cancelled", "The test was cancelled");
    const at = new Date(now()).toISOString();
    await credentials.setStatus(access, id, toStatus(record, report), {
      lastTest: { at, ok: report.usable, code: report.code, message: report.message },
      lastReport: report,
      ...(isAccepted(report) && record.acceptedAt === null && { acceptedAt: at }),
      ...(performAs && { performAs }),
      secretVersion,
      version: record.version,
    });
    return report;
  };
}

interface Examined {
  readonly report: CheckReport;
  readonly performAs?: PerformAsFinding;
}

interface Examination {
  readonly firstCall: CheckContext["call"];
  readonly token: () => ReturnType<CredentialStore["tokenState"]>;
  readonly now: () => number;
  readonly toFailed: (error: ConnectorError) => CheckReport;
}

async function examine(context: CheckContext, { firstCall, token, now, toFailed }: Examination): Promise<Examined> {
  const { name: service } = context.connector.manifest;
  const { first, answered, trouble } = await askLists(context, firstCall);
  if (first === undefined && trouble !== undefined) return { report: toFailed(trouble) };
  const receivedAtMs = now();
  const state = await token();
  const [scopes, performAs] = await Promise.all([checkScopes(context, answered), checkPerformAs(context)]);
  const seen = first && [
    checkEnvironment(context, first.output, state?.audience ?? []),
    { line: clockLine(first.serverDateMs, receivedAtMs) },
    { line: roundTripLine(first.meta.durationMs, service) },
  ];
  const [environment, clock, roundTrip] = seen ?? (["environment", "clock", "round_trip"] as const).map(unseen);
  const findings = [accepted(service), environment, scopes, performAs, { line: expiryLine(state, now()) }, clock, roundTrip];
  return { report: toReport(findings.filter((finding) => finding !== undefined)), ...(performAs && { performAs }) };
}

function accepted(service: string): Finding {
  return { line: { id: "signature", state: "pass", message: `${service} accepts it` } };
}

function unseen(id: "environment" | "clock" | "round_trip"): Finding {
  return { line: { id, state: "skipped", message: "No list answered to see it by" } };
}

function isAccepted({ checks }: CheckReport): boolean {
  return checks.some(({ id, state }) => id === "signature" && state === "pass");
}

function toReport(findings: readonly Finding[]): CheckReport {
  const checks = findings.map(({ line }) => line);
  const failed = findings.find(({ line }) => line.state === "fail");
  if (failed === undefined) {
    const warnings = checks.filter(({ state }) => state === "warn").length;
    const message =
      warnings === 0
        ? "The credential works"
        : `The credential works; ${warnings === 1 ? "one thing" : `${warnings} things`} to look at`;
    return { usable: true, code: "ok", cause: null, message, checks };
  }
  const code = failed.code ?? "internal_error";
  return { usable: false, code, cause: toCause(code), message: failed.line.message, checks };
}

function toFailedReport(error: ConnectorError, record: Credential, connectors: CheckerOptions["connectors"]): CheckReport {
  const { cause, action } = { cause: toCause(error.code), action: ACTIONS[error.code]?.(record, connectors) };
  const upstream = error.details.upstream === undefined ? {} : { upstream: error.details.upstream };
  const row = ROWS[error.code] ?? (cause === "network" || cause === "service" ? "round_trip" : "signature");
  const failed: CheckLine = { id: row, state: "fail", message: error.message, ...(action && { action }), ...upstream };
  const { performAs } = connectors.of(record.connector).manifest;
  const rows = ALL_ROWS.filter((id) => id !== "perform_as" || performAs !== undefined);
  const checks = rows.map(
    (id): CheckLine => (id === row ? failed : { id, state: "skipped", message: "Not tested, because the first call failed" }),
  );
  return { usable: false, code: error.code, cause, message: error.message, checks };
}

const ALL_ROWS = ["signature", "environment", "scopes", "perform_as", "token_expiry", "clock", "round_trip"] as const;
/** A key is not to blame for what is wrong elsewhere. */
const ROWS: Partial<Record<ErrorCode, CheckLine["id"]>> = {
  environment_unknown: "environment",
  credential_refresh_unavailable: "token_expiry",
};

/**
 * Only a key is called unusable for what it may not do: it has no consent that says so. A consent whose fresh token is refused is not proven gone;
 * where it is, that is known already.
 */
function toStatus({ status, auth }: Credential, { usable, code }: CheckReport): CredentialStatus {
  if (status === "pending" || code === "credential_pending") return "pending";
  if (usable) return "healthy";
  if (code === "credential_reauth_required" || (code === "credential_rejected" && auth === "api_key")) return "reauth_required";
  if (code === "credential_scope_missing" || (code === "permission_denied" && auth === "api_key")) return "unusable";
  return "failing";
}

const ACTIONS: Partial<Record<ErrorCode, (record: Credential, connectors: CheckerOptions["connectors"]) => string>> = {
  credential_pending: () => "Open the link of the credential and agree, or start a new consent.",
  credential_rejected: () => "Check the key or connect again; a key of another environment is refused as well.",
  credential_reauth_required: () => "Connect the credential again.",
  credential_refresh_unavailable: () => "Nothing: try again in a while.",
  credential_key_unavailable: () => "Configure the key that encrypted it, or save the secret again.",
  sealed_data_invalid: () => "Save the secret again: replace the key or connect again.",
  environment_unknown: ({ environment }) =>
    `Configure the environment ${environment} again, or add a new credential for another one.`,
  oauth_app_missing: (record, connectors) => `Set the OAuth app by ${placesOfApp(connectors, record)}.`,
  oauth_app_rejected: (record, connectors) =>
    `Correct client id and secret of the OAuth app by ${placesOfApp(connectors, record)}.`,
  permission_denied: ({ connector }, connectors) => {
    const { manifest } = connectors.of(connector);
    const approver = approverOf(manifest);
    const otherwise = approver === undefined ? "" : `, or let ${approver} connect`;
    return `Give the key the permission in ${placeOfKeys(manifest)}${otherwise}.`;
  },
  rate_limited: () => "Try again in a minute; something else uses the same key a lot.",
  upstream_unreachable: (record, connectors) =>
    `Check that this server may reach ${nameOf(record, connectors)}: DNS, firewall, proxy.`,
  upstream_timeout: () => "Try again; check the network if it stays so.",
  upstream_error: (record, connectors) => `Nothing: the trouble is at ${nameOf(record, connectors)}. Try again in a while.`,
  upstream_unavailable: (record, connectors) =>
    `Nothing: ${nameOf(record, connectors)} is down for maintenance. Try again in a while.`,
};

function nameOf({ connector }: Credential, connectors: CheckerOptions["connectors"]): string {
  return connectors.of(connector).manifest.name;
}

function outOfTime(service: string, cause?: unknown): ConnectorError {
  return new ConnectorError("upstream_timeout", `${service} did not answer in the time of the test`, {}, { cause });
}
