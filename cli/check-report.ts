import type { CheckLine, CheckReport } from "../credentials/credential.ts";
import type { Cli } from "./cli.ts";
import { paint, printJson, printLine, type Style } from "./io.ts";

const MARKS: Readonly<Record<CheckLine["state"], readonly [text: string, style: Style]>> = {
  pass: ["pass", "green"],
  warn: ["warn", "yellow"],
  fail: ["FAIL", "red"],
  skipped: ["skip", "dim"],
};

/** Prints the report of a credential test: the verdict, then a line for each check with what can be done about it. */
export async function printCheckReport(cli: Cli, report: CheckReport): Promise<void> {
  if (cli.json) return printJson(cli.io, report);
  const verdict = report.usable ? "usable" : `NOT usable (${report.code})`;
  await printLine(cli.io, paint(report.usable ? "green" : "red", verdict), `: ${report.message}`);
  for (const check of report.checks) {
    const [text, style] = MARKS[check.state];
    await printLine(cli.io, "  ", paint(style, text), `  ${check.id.padEnd(12)}  ${check.message}`);
    if (check.action) await printLine(cli.io, `${" ".repeat(22)}${check.action}`);
  }
}
