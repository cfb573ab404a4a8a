import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "@jest/globals";

const root = mkdtempSync(join(tmpdir(), "lever-build-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Runs the script in a folder without a compiler: it says that it builds, and fails, or it does nothing. */
function startsBuilding(...args: string[]): boolean {
  const { status, stderr } = spawnSync(process.execPath, ["--import", loader, "scripts/build.ts", ...args], {
    cwd: root,
    encoding: "utf8",
  });
  const begun = stderr.startsWith("Building …\n");
  expect(status === 0).toBe(!begun);
  return begun;
}

/** A checkout that was built a minute ago, and not changed since. */
function built(): void {
  for (const file of ["package.json", "manifest.json", "scripts/build.ts", "cli/main.ts", "dist/cli/main.js", ".cache/built"]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), file === "package.json" ? '{"type":"module"}' : "");
  }
  for (const file of ["scripts/build.ts", "scripts/changed-since.ts"])
    copyFileSync(join(import.meta.dirname, "../..", file), join(root, file));
  const [before, after] = [new Date(Date.now() - 120_000), new Date(Date.now() - 60_000)];
  for (const path of ["manifest.json", "scripts/build.ts", "scripts/changed-since.ts", "scripts", "cli/main.ts", "cli"])
    utimesSync(join(root, path), before, before);
  utimesSync(join(root, ".cache/built"), after, after);
}

describe("the build of npm start", () => {
  it("does nothing while nothing has changed, unlike that of npm pack", () => {
    built();
    expect(startsBuilding("--if-changed")).toBe(false);
    expect(startsBuilding()).toBe(true);
  });

  it.each([
    ["a source was changed", () => writeFileSync(join(root, "cli/main.ts"), "1")],
    ["a source was removed", () => rmSync(join(root, "cli/main.ts"))],
    ["the manifest was changed", () => writeFileSync(join(root, "manifest.json"), "{}")],
    ["dist is gone", () => rmSync(join(root, "dist"), { recursive: true })],
    ["nothing was ever built", () => rmSync(join(root, ".cache"), { recursive: true })],
    ["an earlier build failed", () => startsBuilding()],
  ])("builds, and says so, where %s", (_why, change) => {
    built();
    change();
    expect(startsBuilding("--if-changed")).toBe(true);
  });
});
