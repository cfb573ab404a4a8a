import { addKey } from "../credentials/key-file.ts";
import type { RotateReport } from "../credentials/rotate-keys.ts";
import type { Cli } from "./cli.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { note, printJson } from "./io.ts";
import { openProgress } from "./progress.ts";
import { openCliServices, type Services } from "./services.ts";

/**
 * Seals every record with the current key, which is a new one where there is a key file to put it into. Records that cannot be
 * opened stay as they are and make the exit code tell.
 */
export async function rotateKeys(cli: Cli, newKey: boolean): Promise<void> {
  const { keys } = await cli.services();
  const report =
    newKey && keys.file !== undefined && !(await isUnfinished(keys))
      ? await rotateToNewKey(cli, keys.file)
      : await rotate(cli, keys);
  if (report.failed.length > 0) cli.exitCode = exitCodeOf(report.failed[0]?.code ?? "internal_error");
  if (cli.json) return printJson(cli.io, report);
  note(cli.io, `${report.resealed} records sealed with ${report.kid}.`);
  for (const { collection, project, id, code } of report.failed)
    note(cli.io, `  not opened, left as it is: ${collection} ${project} ${id} (${code})`);
}

async function rotateToNewKey(cli: Cli, file: string): Promise<RotateReport> {
  note(cli.io, `New key ${addKey(file)} in ${file}: keep a copy of the file.`);
  // Services that are open already take notice of a new key only when they seal the next time.
  const services = await openCliServices(cli.io);
  try {
    return await rotate(cli, services.keys);
  } finally {
    await services.dispose();
  }
}

async function rotate(cli: Cli, keys: Services["keys"]): Promise<RotateReport> {
  const progress = await openProgress(cli.io, "records");
  try {
    return await keys.rotate({ signal: cli.signal, onProgress: ({ done, total }) => progress.update(done, total) });
  } finally {
    progress.stop();
  }
}

/** An interrupted rotation leaves records under an older key: another new key would make them wait for one more. */
async function isUnfinished(keys: Services["keys"]): Promise<boolean> {
  return (await keys.list()).some(({ current, records }) => !current && records > 0);
}
