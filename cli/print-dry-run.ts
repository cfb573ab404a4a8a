import type { DryRunStep, WorkflowDryRun } from "../schemas/types/index.ts";
import type { Cli } from "./cli.ts";
import { exitCodeOf } from "./exit-codes.ts";
import { note, printJson, printLine } from "./io.ts";

/** What a run would do, a step a line and below it the request and what would change. Ends as the run would. */
export async function printDryRun(cli: Cli, tried: WorkflowDryRun): Promise<void> {
  const failed = tried.steps.find(({ outcome }) => outcome === "failed")?.error;
  if (tried.status === "failed" && failed) cli.exitCode = exitCodeOf(failed.code as never);
  if (cli.json) return printJson(cli.io, tried);
  for (const step of tried.steps) {
    const { outcome, request, diff, error, message, until, tried: count } = step;
    await printLine(cli.io, count === undefined ? `${nameOf(step)}: ${WORDS[outcome]}` : repeatedLine(step));
    for (const line of [
      request && `${request.method} ${request.url}`,
      request?.body !== undefined && JSON.stringify(request.body),
      diff && diffWords(diff),
      error?.message,
      message,
      until && `until ${until}`,
    ])
      if (line) await printLine(cli.io, `  ${line}`);
  }
  note(cli.io, `The run would have ${tried.status}. Nothing that changes anything was sent.`);
}

const WORDS: Readonly<Record<DryRunStep["outcome"], string>> = {
  read: "read",
  would_write: "would write",
  would_send: "would send",
  would_wait: "would wait",
  would_ask: "would ask a person",
  skipped: "skipped",
  failed: "failed",
  repeated: "repeated",
};

function nameOf({ step, item }: DryRunStep): string {
  return item === undefined ? step : `${step}, item ${item}`;
}

function repeatedLine({ step, tried, of }: DryRunStep): string {
  if (of === tried) return `${step}: ${tried} items, which are all`;
  return `${step}: the first ${tried} items; there are ${of === null ? "more" : of}`;
}

/** `+Verified −Needs Review, 3 untouched` */
function diffWords({ added, removed, untouched }: NonNullable<DryRunStep["diff"]>): string {
  const parts = [...added.map((one) => `+${one}`), ...removed.map((one) => `−${one}`)];
  return parts.length === 0 ? "nothing would change" : `${parts.join(" ")}, ${untouched} untouched`;
}
