import { setTimeout as sleep } from "node:timers/promises";
import type { Credential } from "../credentials/credential.ts";
import { ConnectorError } from "../errors/connector-error.ts";
import type { Access } from "../store/access.ts";
import type { Cli } from "./cli.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { note, printJson, printLine } from "./io.ts";
import type { Services } from "./services.ts";

const POLL_MS = 500;
/** As long as an address to start the consent lives. */
const TIMEOUT_MS = 10 * 60_000;
const SPINNER = ["|", "/", "-", "\\"];

/**
 * Prints the address where a person gives consent, and waits until it is given, refused or run out.
 *
 * @throws ConnectorError why the consent ended badly (`oauth_denied`), `credential_pending` when the consent was not finished in time, `cancelled` on Ctrl-C
 */
export async function connectInBrowser(cli: Cli, access: Access, credential: Credential, wait: boolean): Promise<void> {
  const services = await cli.services();
  const { authorizeUrl, flow } = await services.consents.start(access, credential.id);
  await warnWhereNoServerAnswers(cli, services);
  if (!wait) return cli.json ? printJson(cli.io, { ...credential, authorizeUrl }) : printLine(cli.io, authorizeUrl);
  // While the command waits, the address is not the result: with --json the connected credential is.
  if (cli.json) note(cli.io, authorizeUrl);
  else await printLine(cli.io, authorizeUrl);
  const connected = await waitForConsent(cli, access, credential, flow);
  if (connected.status === "unusable") cli.exitCode = exitCodeOf("credential_scope_missing");
  if (cli.json) return printJson(cli.io, connected);
  const told = connected.status === "unusable" ? "is connected, but needed scopes were not granted" : "is connected";
  note(cli.io, `"${connected.nickname}" ${told}. Test it: lever-connector credentials test ${connected.id}`);
}

async function waitForConsent(cli: Cli, access: Access, before: Credential, flow: string): Promise<Credential> {
  const { credentials, flows } = await cli.services();
  const endsAtMs = performance.now() + TIMEOUT_MS;
  const spinning = cli.io.stderr.isTTY === true;
  if (!spinning) note(cli.io, "Open the address in a browser; waiting for the consent …");
  try {
    for (let turn = 0; performance.now() < endsAtMs; turn++) {
      const now = await credentials.get(access, before.id);
      if (isConnected(now, before)) return now;
      const failure = await flows.failureOf(access, flow);
      if (failure !== undefined) throw new ConnectorError(failure.code, failure.message);
      if (spinning)
        cli.io.stderr.write(
          `\r${SPINNER[turn % SPINNER.length]} open the address in a browser; waiting for the consent (Ctrl-C stops waiting)`,
        );
      await sleep(POLL_MS, undefined, { signal: cli.signal });
    }
  } finally {
    if (spinning) cli.io.stderr.write("\r\u001b[K");
  }
  throw new ConnectorError("credential_pending", "Consent was not given within ten minutes.");
}

/** The version grows with a finished consent (and with a change of name), not with tests and refreshes. */
function isConnected(now: Credential, before: Credential): boolean {
  return now.status !== "pending" && now.version !== before.version;
}

async function warnWhereNoServerAnswers(cli: Cli, { publicUrl, fetch }: Services): Promise<void> {
  const reached = await fetch(`${publicUrl}/healthz`, {
    signal: AbortSignal.any([cli.signal, AbortSignal.timeout(2_000)]),
  }).then(
    (answer) => answer.ok,
    () => false,
  );
  if (!reached)
    note(cli.io, `warning: no server answers at ${publicUrl}; the address works only while \`lever-connector start\` runs there`);
}
