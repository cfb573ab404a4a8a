import { createRequire } from "node:module";
import { join } from "node:path";
import { faultsOfPages, type PathRule } from "./page-imports.ts";

// The rules of .dependency-cruiser.cjs for what that tool cannot read: the dashboard's pages.
const root = join(import.meta.dirname, "..");
const { forbidden } = createRequire(import.meta.url)("../.dependency-cruiser.cjs") as { forbidden: PathRule[] };
const faults = faultsOfPages(root, "dashboard", forbidden);
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
