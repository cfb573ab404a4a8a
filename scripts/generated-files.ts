import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Path below the folder → content. */
export type Rendered = ReadonlyMap<string, string>;

export interface GeneratedFolder {
  /** Below the root of the repository. Holds nothing else with that ending. */
  readonly folder: string;
  readonly ending: string;
  readonly rendered: Rendered;
}

/** Writes generated files and removes those that are no longer. With `--check` it writes nothing, names what is not current and exits with 1. */
export function writeGenerated(root: string, { folder, ending, rendered }: GeneratedFolder): void {
  const path = join(root, folder);
  const stale = staleFiles(path, ending, rendered);
  if (process.argv.includes("--check")) {
    report(folder, stale);
    return;
  }
  for (const file of stale) update(path, file, rendered.get(file));
  console.log(`${folder}: ${rendered.size} files, ${stale.length} changed`);
}

function staleFiles(folder: string, ending: string, rendered: Rendered): string[] {
  const present = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  const names = new Set([
    ...rendered.keys(),
    ...present.filter((file) => file.endsWith(ending)).map((file) => file.replaceAll("\\", "/")),
  ]);
  return [...names].filter((file) => rendered.get(file) !== contentOf(join(folder, file))).sort();
}

function report(folder: string, stale: readonly string[]): void {
  if (stale.length === 0) return;
  console.error("These generated files are not current; run `npm run generate`:");
  for (const file of stale) console.error(`  ${folder}/${file}`);
  process.exitCode = 1;
}

function update(folder: string, file: string, content: string | undefined): void {
  const path = join(folder, file);
  if (content === undefined) {
    rmSync(path);
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function contentOf(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
