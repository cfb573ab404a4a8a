import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The folder that holds `manifest.json` and `schemas/`: the checkout while developing, the installed package otherwise.
 * Compiled files lie one level deeper (`dist/`), so it is found by walking up from `from`.
 */
export function packageRoot(from: string = import.meta.url): string {
  let folder = dirname(fileURLToPath(from));
  while (!(existsSync(join(folder, "manifest.json")) && existsSync(join(folder, "schemas")))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("the package is incomplete: manifest.json and schemas/ were not found");
    folder = parent;
  }
  return folder;
}

/** The version of this package, as its `package.json` says. */
export function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
