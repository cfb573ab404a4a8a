import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Command } from "commander";
import { packageRoot } from "../../connector/package-root.ts";
import { type Cli, JSON_OPTION } from "../cli.ts";
import { note, printJson, printLine } from "../io.ts";

export function manifestCommand(cli: Cli): Command {
  return new Command("manifest").description("the connector's declaration").addCommand(validateCommand(cli));
}

function validateCommand(cli: Cli): Command {
  return new Command("validate")
    .description("check manifest.json and every schema and example it names; exit code 3 when something is wrong")
    .argument("[path]", "manifest.json, or the folder that holds it and schemas/ (default: this package's own)")
    .option(...JSON_OPTION)
    .action(async (path: string | undefined, _options: object, command: Command) => {
      const { validateManifest } = await import("../../connector/validate-manifest.ts");
      const root = path === undefined ? packageRoot() : folderOf(path, command);
      const issues = validateManifest(root);
      if (issues.length > 0) cli.exitCode = 3;
      if (cli.json) return printJson(cli.io, { valid: issues.length === 0, issues });
      for (const issue of issues) await printLine(cli.io, `${issue.pointer || "/"}  ${issue.message}`);
      note(cli.io, issues.length === 0 ? "The manifest is valid." : "The manifest is not valid.");
    });
}

function folderOf(path: string, command: Command): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) command.error("error: there is no such file or folder");
  return found?.isDirectory() ? resolve(path) : dirname(resolve(path));
}
