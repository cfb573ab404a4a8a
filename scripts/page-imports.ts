import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { parseSync } from "@swc/core";

/** A rule of .dependency-cruiser.cjs, as far as it speaks of paths. */
export interface PathRule {
  readonly name: string;
  readonly from: { readonly path?: string; readonly pathNot?: string };
  readonly to: { readonly path?: string; readonly pathNot?: string | readonly string[] };
}

/**
 * What is wrong with the imports of a folder's pages and of what they import there: an arrow that no rule allows, a circle. The parsers of
 * dependency-cruiser that go with our version of TypeScript cannot read JSX; swc can.
 *
 * @param root - where paths begin
 */
export function faultsOfPages(root: string, folder: string, rules: readonly PathRule[]): string[] {
  const imports = new Map<string, readonly string[]>();
  for (const file of listSources(root, folder)) imports.set(file, readImports(root, file));
  const arrows = [...imports].flatMap(([file, found]) =>
    found.flatMap((to) => rules.filter((rule) => isBroken(rule, file, to)).map(({ name }) => `${name}: ${file} → ${to}`)),
  );
  return [...arrows, ...findCircles(imports).map((circle) => `no-circular: ${circle.join(" → ")}`)];
}

function listSources(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /(?<!\.d)\.tsx?$/.test(file))
    .map((file) => join(folder, file))
    .sort();
}

/** The files of ours that one imports; types alone count too, since a reader follows them as well. */
function readImports(root: string, file: string): string[] {
  const source = readFileSync(join(root, file), "utf8");
  const { body } = parseSync(source, { syntax: "typescript", tsx: file.endsWith(".tsx"), target: "es2022" });
  const named = body.flatMap((item) => ("source" in item && item.source ? [item.source.value] : []));
  // A page that is loaded when it is opened.
  const loaded = [...source.matchAll(/\bimport\("([^"]+)"\)/g)].map(([, path = ""]) => path);
  return [...named, ...loaded]
    .filter((path) => path.startsWith("."))
    .map((path) => normalize(join(dirname(file), path)))
    .filter((path) => existsSync(join(root, path)));
}

function isBroken({ from, to }: PathRule, file: string, target: string): boolean {
  const isMeant = matches(from.path, file) && !(from.pathNot !== undefined && matches(from.pathNot, file));
  const allowed = [to.pathNot ?? []].flat();
  return isMeant && to.path !== undefined && matches(to.path, target) && !allowed.some((one) => matches(one, target));
}

function matches(pattern: string | undefined, path: string): boolean {
  return pattern === undefined || new RegExp(pattern).test(path);
}

/** Each circle once, beginning where it was entered. */
function findCircles(imports: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const finished = new Set<string>();
  const way: string[] = [];
  function visit(file: string): void {
    const at = way.indexOf(file);
    if (at !== -1) circles.push([...way.slice(at), file]);
    if (at !== -1 || finished.has(file)) return;
    way.push(file);
    for (const to of imports.get(file) ?? []) visit(to);
    way.pop();
    finished.add(file);
  }
  for (const file of imports.keys()) visit(file);
  return circles;
}
