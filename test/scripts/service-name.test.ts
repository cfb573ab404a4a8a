import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";

const root = join(import.meta.dirname, "../..");
const manifest = JSON.parse(readFileSync(join(root, "manifest.json"), "utf8")) as { id: string };
const { name: packageName } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { name: string };

/** Product code: everything that runs in server, command line, SDK and dashboard. The playground plays the service, and may name it. */
const ROOMS =
  "app cli connector credentials dashboard errors json-schema runtime sealing sdk server store text triggers/*.ts schemas/platform";

/** What spells the package, not the service. */
const PACKAGE = new RegExp(packageName.replaceAll("-", "[-_]"), "gi");

it("no product code names the service that the package connects to: it is known from the manifest alone", () => {
  const files = execFileSync("git", ["ls-files", ...ROOMS.split(" ")], { cwd: root, encoding: "utf8" })
    .trim()
    .split("\n");
  expect(files.length).toBeGreaterThan(300);
  // "never", "clever" and the like are words of their own.
  const name = new RegExp(`(?<![a-z])${manifest.id}`, "i");
  const found = files.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, at) => (name.test(line.replace(PACKAGE, "")) ? [`${file}:${at + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
