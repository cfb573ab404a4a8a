import { join } from "node:path";
import { writeGenerated } from "./generated-files.ts";
import { renderTypes } from "./render-types.ts";

/** Writes `schemas/types/` from the schemas: `npx tsx scripts/generate-types.ts`. With `--check` it only looks whether they are current. */
const root = join(import.meta.dirname, "..");

writeGenerated(root, { folder: "schemas/types", ending: ".ts", rendered: await renderTypes(root) });
