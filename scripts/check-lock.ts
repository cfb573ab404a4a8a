import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Proves that package-lock.json is complete for every platform and names no other source than the npm registry.
 *
 * A lock made where a platform's binary was not served lacks its entry, and `npm ci` then fails on that platform (or everywhere).
 */
interface LockEntry {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const REGISTRY = "https://registry.npmjs.org/";
const file = process.argv[2] ?? join(import.meta.dirname, "../package-lock.json");
const { packages } = JSON.parse(readFileSync(file, "utf8")) as { packages: Readonly<Record<string, LockEntry>> };

const problems = Object.entries(packages).flatMap(([path, entry]) => [
  ...missingOptional(path, entry),
  ...(entry.resolved !== undefined && !entry.resolved.startsWith(REGISTRY)
    ? [`${path}: comes from ${new URL(entry.resolved, "file:").host || "a file"}, not from the registry`]
    : []),
  ...(path !== "" && !entry.link && entry.integrity === undefined ? [`${path}: has no integrity hash`] : []),
]);

for (const problem of problems) console.error(problem);
console.log(`${Object.keys(packages).length} lock entries, ${problems.length} problems`);
process.exit(problems.length === 0 ? 0 : 1);

function missingOptional(path: string, { optionalDependencies = {} }: LockEntry): string[] {
  return Object.keys(optionalDependencies)
    .filter((name) => !isLocked(path, name))
    .map((name) => `${path || "package.json"}: optional dependency ${name} is not in the lock`);
}

/** Resolves like node: the package's own node_modules, then each folder above. */
function isLocked(path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (Object.hasOwn(packages, `${folder ? `${folder}/` : ""}node_modules/${name}`)) return true;
    if (folder === "") return false;
  }
}
