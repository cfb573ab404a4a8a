import type { PageEvent } from "../runtime/types.ts";
import type { Cli } from "./cli.ts";
import { note, printLine } from "./io.ts";
import { isFields, printRecords } from "./print-output.ts";
import { openProgress, type Progress } from "./progress.ts";

/**
 * Prints all pages. With `--json` as they come, in the lines of the HTTP API: `{"data"}` for a record, `{"cursor", "count"}` after a
 * page, `{"done", "count"}` last. Else one table at the end, so that its columns line up and the progress bar stays whole.
 *
 * A failure midway keeps what was read and says where to go on.
 */
export async function printAllPages(cli: Cli, pages: AsyncIterable<PageEvent>): Promise<void> {
  // Both on one terminal would write over each other.
  const progress: Progress | undefined = cli.json && cli.io.stdout.isTTY ? undefined : await openProgress(cli.io, "records");
  const kept: Record<string, unknown>[] = [];
  let cursor: string | undefined;
  try {
    for await (const event of pages) {
      if (event.type === "records") {
        cursor = event.cursor;
        progress?.update(event.count);
        if (!cli.json) kept.push(...event.records.filter(isFields));
      }
      if (cli.json) for (const line of toLines(event)) await printLine(cli.io, JSON.stringify(line));
    }
  } catch (error) {
    progress?.stop();
    if (!cli.json && kept.length > 0) await printRecords(cli, kept);
    if (cursor !== undefined) note(cli.io, `Go on from here with --offset '${cursor}'`);
    throw error;
  } finally {
    progress?.stop();
  }
  if (!cli.json) await printRecords(cli, kept);
}

function toLines(event: PageEvent): unknown[] {
  if (event.type === "done") return [{ done: true, count: event.count }];
  const page = event.cursor === undefined ? [] : [{ cursor: event.cursor, count: event.count }];
  return [...event.records.map((record) => ({ data: record })), ...page];
}
