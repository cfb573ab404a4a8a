#!/usr/bin/env node
import { existsSync } from "node:fs";

// In the package always there, in a checkout once it is built. npx links to this file, which is there before, so that a call
// before the build leaves nothing broken behind.
const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error("lever-connector is not built yet: run `npm start` or `npm run build` in this checkout.");
  process.exitCode = 6;
}
