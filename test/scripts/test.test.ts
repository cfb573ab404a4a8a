import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { describe, expect, it } from "@jest/globals";

const root = join(import.meta.dirname, "../..");

/** The files that a script of package.json would run, relative to test/. */
function filesOf(...script: string[]): string[] {
  const { FAULTS: _, ...env } = process.env;
  const { status, stdout } = spawnSync("npm", ["run", "--silent", ...script, "--", "--listTests"], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  expect(status).toBe(0);
  return stdout.split("\n").flatMap((file) => (file.endsWith(".test.ts") ? [relative(join(root, "test"), file)] : []));
}

describe("npm run test:faults", () => {
  it("runs the batteries that take minutes, and nothing else", () => {
    const files = filesOf("test:faults");
    expect(files).toContain("faults/long/kill.test.ts");
    expect(files.filter((file) => !file.startsWith("faults/long/"))).toEqual([]);
  });
});
