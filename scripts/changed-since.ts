import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Has a file been changed, or anything in a folder? A folder itself changes when a file in it comes or goes. */
export function changedSince(ms: number, path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return false;
  if (stat.mtimeMs >= ms) return true;
  return stat.isDirectory() && readdirSync(path).some((name) => changedSince(ms, join(path, name)));
}
