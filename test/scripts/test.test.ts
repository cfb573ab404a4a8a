import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";

const ROOT = join(import.meta.dirname, "../..");

/** The test files that a command would run. */
function listed(...args: string[]): string[] {
  const { FAULTS: _ours, ...env } = process.env;
  const printed = execFileSync(process.execPath, ["--import", "tsx", "scripts/test.ts", ...args, "--listTests"], {
    cwd: ROOT,
    env,
    encoding: "utf8",
  });
  return printed.split("\n").filter((line) => line.endsWith(".test.ts"));
}

describe("npm run test:faults", () => {
  it("runs every long battery and nothing else; npm test runs none of them", () => {
    const long = listed("--long").map((file) => file.replace(`${ROOT}/`, ""));
    const files = readdirSync(join(ROOT, "test/faults/long")).map((name) => `test/faults/long/${name}`);
    expect(long.sort()).toEqual(files.sort());
    const usual = listed("faults/");
    expect(usual).toContain(join(ROOT, "test/faults/kill.test.ts"));
    expect(usual.filter((file) => file.includes("/long/"))).toEqual([]);
  }, 30_000);
});
