import type { Cli } from "./cli.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { note, printJson } from "./io.ts";
import { openProgress } from "./progress.ts";

/**
 * Seals every record with the current key, which is a new one where there is a key file to put it into. Records that cannot be
 * opened stay as they are and make the exit code tell.
 */
export async function rotateKeys(cli: Cli, newKey: boolean): Promise<void> {
  const { keys } = await cli.services();
  const kid = newKey && keys.file !== undefined ? await keys.makeNew() : undefined;
  if (kid !== undefined) note(cli.io, `New key ${kid} in ${keys.file}: keep a copy of the file.`);
  const progress = await openProgress(cli.io, "records");
  const report = await keys
    .rotate({ signal: cli.signal, onProgress: ({ done, total }) => progress.update(done, total) })
    .finally(() => progress.stop());
  if (report.failed.length > 0) cli.exitCode = exitCodeOf(report.failed[0]?.code ?? "internal_error");
  if (cli.json) return printJson(cli.io, report);
  note(cli.io, `${report.resealed} records encrypted with ${report.kid}.`);
  for (const { collection, project, id, code } of report.failed)
    note(cli.io, `  not opened, left as it is: ${collection} ${project} ${id} (${code})`);
}
