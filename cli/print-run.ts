import type { Run, RunSummary } from "../schemas/types/index.ts";
import { itemsText } from "../text/items.ts";
import type { Cli } from "./cli.ts";
import { type ExitCode, exitCodeOf } from "./exit-codes.ts";
import { printJson, printLine, printTable } from "./io.ts";
import { toText } from "./table.ts";

/** A run with its steps: as a table, or as JSON. */
export async function printRun(cli: Cli, run: Run): Promise<void> {
  if (cli.json) return printJson(cli.io, run);
  await printLine(cli.io, `${run.id}  ${run.name} version ${run.version}  ${statusOf(run)}`);
  const rows = run.steps.map(({ id, status, items, attempts, error }) => {
    const counts = items && itemsText(items, Date.now());
    return {
      step: id,
      status,
      attempts: attempts === 0 ? "" : String(attempts),
      items: toText(counts),
      error: toText(error?.message),
    };
  });
  await printTable(cli.io, rows, ["step", "status", "attempts", "items", "error"]);
}

/** In one phrase: how it stands, what it waits for, why it failed. */
export function statusOf({ status, waitingFor, error }: RunSummary): string {
  if (waitingFor !== null) return `${status} (${waitingFor.for}${waitingFor.until ? ` until ${waitingFor.until}` : ""})`;
  return error === null ? status : `${status}: ${error.code}`;
}

/** What a command ends with that has waited for a run. */
export function runExitCode({ status, error }: RunSummary): ExitCode {
  if (status === "failed" || status === "needs_attention") return exitCodeOf(error?.code ?? "internal_error");
  return status === "cancelled" ? exitCodeOf("cancelled") : 0;
}
