import { relative } from "node:path";
import { declareClassPlugin, PluginKind } from "@stryker-mutator/api/plugin";

/** Prints what no test noticed as soon as it is known, and what ran out of time: on a busy machine that may be no verdict. */
class UnnoticedReporter {
  onMutantTested({ status, fileName, location, replacement, statusReason }) {
    if (status === "Killed" || status === "Ignored") return;
    const file = fileName.startsWith("/") ? relative(process.cwd(), fileName) : fileName;
    const text = (replacement ?? "").replaceAll(/\s+/g, " ").slice(0, 120);
    console.log(
      `${status} ${file}:${location.start.line}:${location.start.column} → ${text}${status === "RuntimeError" ? `\n  ${statusReason}` : ""}`,
    );
  }
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, "unnoticed", UnnoticedReporter)];
