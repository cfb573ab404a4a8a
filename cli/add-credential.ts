import type { Command } from "commander";
import type { Credential } from "../credentials/credential.ts";
import type { Access } from "../store/access.ts";
import { type ApiKeyOptions, readApiKey } from "./api-key.ts";
import { printCheckReport } from "./check-report.ts";
import { type Cli, openProject } from "./cli.ts";
import { connectInBrowser } from "./consent.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { note, printJson } from "./io.ts";

export interface AddOptions extends ApiKeyOptions {
  readonly connector?: string;
  readonly nickname: string;
  readonly environment: string;
  readonly oauth?: boolean;
  readonly performAs?: string;
  readonly acceptUnknownPerformAs?: boolean;
  readonly test: boolean;
  readonly wait: boolean;
}

/**
 * Saves a credential and tests it (or waits for its consent). What was saved stays saved when the test fails; the exit code tells.
 *
 * With `--json` the credential is printed as it is after the test.
 */
export async function addCredential(cli: Cli, options: AddOptions, command: Command): Promise<void> {
  const connectors = await cli.connectors();
  const { manifest } = options.connector === undefined ? connectors.builtIn : connectors.of(options.connector);
  cli.service = manifest.name;
  const base = {
    connector: manifest.id,
    nickname: options.nickname,
    environment: options.environment,
    ...(options.performAs !== undefined && { defaultPerformAs: options.performAs }),
  };
  if (options.oauth) {
    const { services, access } = await openProject(cli, command);
    // Before anything is saved: a consent that cannot begin must not leave a pending credential behind.
    await services.consents.assertPossible(access, { connector: manifest.id, environment: options.environment });
    const pending = await services.checkedCredentials.create(access, { ...base, auth: { type: "oauth2" } });
    return connectInBrowser(cli, access, pending, options.wait);
  }
  const apiKey = await readApiKey(cli, options, command);
  const { services, access } = await openProject(cli, command);
  const { credentials } = services;
  const { acceptUnknownPerformAs } = options;
  const wanted = { ...base, auth: { type: "api_key", apiKey } } as const;
  const added = await services.checkedCredentials.create(access, wanted, { acceptUnknownPerformAs, signal: cli.signal });
  if (!cli.json) note(cli.io, `Saved as ${added.id} ("${added.nickname}", ${added.environment}).`);
  noteWarnings(cli, added);
  if (options.test) await testAdded(cli, access, added.id);
  if (cli.json) await printJson(cli.io, await credentials.get(access, added.id));
}

/** With `--json` they are in the printed credential. */
export function noteWarnings(cli: Cli, { warnings }: Credential): void {
  if (cli.json) return;
  for (const { message } of warnings) note(cli.io, `Warning: ${message}`);
}

async function testAdded(cli: Cli, access: Access, id: string): Promise<void> {
  const report = await (await cli.services()).test(access, id, { signal: cli.signal });
  if (!report.usable) cli.exitCode = exitCodeOf(report.code);
  if (!cli.json) await printCheckReport(cli, report);
}
