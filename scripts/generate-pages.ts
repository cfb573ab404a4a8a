import { join } from "node:path";
import { loadPresets } from "../triggers/presets.ts";
import { writeGenerated } from "./generated-files.ts";
import { renderPresetPages } from "./render-preset-pages.ts";

/** Writes `docs/providers/` from the presets: `npx tsx scripts/generate-pages.ts`. With `--check` it only looks whether they are current. */
const root = join(import.meta.dirname, "..");

writeGenerated(root, {
  folder: "docs/providers",
  ending: ".md",
  rendered: renderPresetPages([...loadPresets(root).shipped.values()]),
});
