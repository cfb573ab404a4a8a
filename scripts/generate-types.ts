import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type RenderedTypes, renderTypes } from "./render-types.ts";

/**
 * Writes `schemas/types/` from the schemas: `npx tsx scripts/generate-types.ts`.
 * With `--check` it writes nothing, names the files that are not current and exits with 1.
 */
async function main(): Promise<void> {
  const root = join(import.meta.dirname, "..");
  const folder = join(root, "schemas", "types");
  const rendered = await renderTypes(root);
  const stale = staleFiles(folder, rendered);
  if (process.argv.includes("--check")) return report(stale);
  for (const file of stale) update(folder, file, rendered.get(file));
  console.log(`schemas/types: ${rendered.size} files, ${stale.length} changed`);
}

function staleFiles(folder: string, rendered: RenderedTypes): string[] {
  const present = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  const names = new Set([
    ...rendered.keys(),
    ...present.filter((file) => file.endsWith(".ts")).map((file) => file.replaceAll("\\", "/")),
  ]);
  return [...names].filter((file) => rendered.get(file) !== contentOf(join(folder, file))).sort();
}

function report(stale: readonly string[]): void {
  if (stale.length === 0) return;
  console.error("These generated files are not current; run `npx tsx scripts/generate-types.ts`:");
  for (const file of stale) console.error(`  schemas/types/${file}`);
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

await main();
