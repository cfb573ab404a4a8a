import type { OperationContext } from "../connector/types.ts";
import { toPageLines } from "../runtime/page-lines.ts";
import type { PageEvent } from "../runtime/types.ts";
import type { Cli } from "./cli.ts";
import { note, printJsonLine } from "./io.ts";
import { cursorOption, isFields, noteWarnings, printRecords } from "./print-output.ts";
import { openProgress, type Progress } from "./progress.ts";

/**
 * Prints all pages. With `--json` as they come, in the lines of the HTTP API: `{"data"}` for a record, `{"cursor", "count"}` after a
 * page, `{"done", "count"}` last. Else one table at the end, so that its columns line up and the progress bar stays whole.
 *
 * A failure midway keeps what was read and says where to continue; a crawl that began at a cursor says so.
 */
export async function printAllPages(cli: Cli, pages: AsyncIterable<PageEvent>, connector: OperationContext): Promise<void> {
  const option = cursorOption(connector);
  // Both on one terminal would write over each other.
  const progress: Progress | undefined = cli.json && cli.io.stdout.isTTY ? undefined : await openProgress(cli.io, "records");
  const kept: Record<string, unknown>[] = [];
  let cursor: string | undefined;
  let done: Extract<PageEvent, { type: "done" }> | undefined;
  try {
    for await (const event of pages) {
      if (event.type === "records") {
        cursor = event.cursor;
        progress?.update(event.count);
        if (!cli.json) kept.push(...event.records.filter(isFields));
      } else done = event;
      if (cli.json) for (const line of toPageLines(event)) await printJsonLine(cli.io, line);
    }
  } catch (error) {
    progress?.stop();
    if (!cli.json && kept.length > 0) await printRecords(cli, kept);
    if (cursor !== undefined) note(cli.io, `Continue from here with ${option} '${cursor}'`);
    throw error;
  } finally {
    progress?.stop();
  }
  if (!cli.json) await printRecords(cli, kept);
  if (!cli.json) noteWarnings(cli, done?.schemaWarnings, connector.name);
  if (done?.from === "cursor") note(cli.io, `From ${option} on; the records before it are not included`);
}
